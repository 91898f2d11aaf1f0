//! Who may call.

use std::path::PathBuf;

use bailiwick_identity::RealmId;
use serde::Deserialize;

/// Who may call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallersConfig {
    /// Whether whoever reaches the loopback address or the socket without a key is the local operator.
    pub local_operator: bool,
    /// Programs that prove who they are otherwise than by an API key.
    pub programs: Vec<ProgramConfig>,
    /// Who issues bearer tokens.
    pub issuers: Vec<IssuerConfig>,
}

/// A program that proves who it is by exactly one name in a certificate, or by a token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramConfig {
    /// What the log calls it: 1 to 64 of `a` to `z`, `0` to `9` and `-`.
    pub id: String,
    /// The one URI of its certificate: `spiffe://example.org/billing`.
    pub spiffe: Option<String>,
    /// A DNS name of its certificate.
    pub dns: Option<String>,
    /// Whose token it has.
    pub token: Option<TokenConfig>,
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

/// Whose token a program has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenConfig {
    /// The `id` of who issued it.
    pub issuer: String,
    /// The program's `sub` there.
    pub subject: String,
}

/// Who issues bearer tokens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// What the log calls it: 1 to 64 of `a` to `z`, `0` to `9` and `-`.
    pub id: String,
    /// The `iss` of its tokens, exactly.
    pub issuer: String,
    /// Of these, a token's `aud` has one.
    pub audiences: Vec<String>,
    /// How its tokens may be signed, asymmetric only: `RS256`, `ES256`, `EdDSA` …
    pub algorithms: Vec<String>,
    /// Its keys as a JWK set, in a file.
    pub jwks_file: Option<PathBuf>,
    /// Its keys as a JWK set, at an address (`https://`).
    pub jwks_url: Option<String>,
    /// The authority of that address, in PEM; unset: one of those that this machine trusts.
    pub jwks_ca_file: Option<PathBuf>,
    /// How often the keys are read, in seconds: 1 to 86,400.
    #[serde(default = "refresh_seconds")]
    pub refresh_seconds: u64,
    /// For how long keys that could not be read again are good, in seconds: `refresh_seconds` to 604,800.
    #[serde(default = "max_age_seconds")]
    pub max_age_seconds: u64,
    /// The realms whose users it knows: whoever brings a token acts there as the user whom the realm knows by its `sub`, and as
    /// nobody else.
    #[serde(default)]
    pub user_realms: Vec<String>,
}

fn refresh_seconds() -> u64 {
    300
}

fn max_age_seconds() -> u64 {
    3_600
}

impl IssuerConfig {
    /// What is wrong with it, but for its algorithms and what it shares with others.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |is_good: bool, fault: &str| {
            if !is_good {
                faults.push(fault.to_owned());
            }
        };
        check(is_id(&self.id), "`id` is 1 to 64 of `a` to `z`, `0` to `9` and `-`");
        check(!self.issuer.is_empty(), "`issuer` is the `iss` of its tokens");
        let has_audiences = !self.audiences.is_empty() && self.audiences.iter().all(|one| !one.is_empty());
        check(has_audiences, "`audiences` says for whom a token must be, by its `aud`");
        check(!self.algorithms.is_empty(), "`algorithms` says how a token may be signed");
        check(self.jwks_file.is_some() != self.jwks_url.is_some(), "it has either `jwks_file` or `jwks_url`");
        let has_authority = self.jwks_ca_file.is_none() || self.jwks_url.is_some();
        check(has_authority, "`jwks_ca_file` is for `jwks_url`");
        check((1..=86_400).contains(&self.refresh_seconds), "`refresh_seconds` must be 1 to 86400");
        let ages = self.refresh_seconds..=604_800;
        check(ages.contains(&self.max_age_seconds), "`max_age_seconds` must be `refresh_seconds` to 604800");
        for realm in &self.user_realms {
            let fault = format!("`{}` is no realm's id", realm.escape_debug());
            check(RealmId::parse(realm).is_ok(), &fault);
        }
        faults
    }
}

/// Whether something in the configuration may be called so.
pub(crate) fn is_id(id: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&id.len()) && id.chars().all(good)
}
