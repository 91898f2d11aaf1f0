//! Who may call.

use serde::Deserialize;

/// Who may call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallersConfig {
    /// Whether whoever reaches the loopback address or the socket without a key is the local operator.
    pub local_operator: bool,
    /// Programs that prove who they are otherwise than by an API key.
    pub programs: Vec<ProgramConfig>,
}

/// A program that proves who it is by a certificate, by exactly one name in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramConfig {
    /// What the log calls it: 1 to 64 of `a` to `z`, `0` to `9` and `-`.
    pub id: String,
    /// The one URI of its certificate: `spiffe://example.org/billing`.
    pub spiffe: Option<String>,
    /// A DNS name of its certificate.
    pub dns: Option<String>,
    /// What it may do, and where.
    pub grants: Vec<GrantConfig>,
}

/// What a program may do in some realms.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantConfig {
    /// What: `check`, `list`, `follow`, `watch_personal`, `login`, `manage`, `operate`, `deliver`.
    pub permissions: Vec<String>,
    /// Where; empty: in every realm.
    #[serde(default)]
    pub realms: Vec<String>,
}
