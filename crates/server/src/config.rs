//! Configuration: strict, small, with units in the names of keys.
//!
//! `docs/config.example.toml` explains every key and shows its default. Flags and environment are laid over it by the
//! command line; nothing here reads a file or a variable.

mod callers;
mod gateway;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bailiwick_store::{Location, PostgresUrl};
use serde::{Deserialize, Deserializer, de};

pub(crate) use self::callers::is_id;
pub use self::callers::{CallersConfig, GrantConfig, IssuerConfig, ProgramConfig, TokenConfig};
pub use self::gateway::{AllowConfig, GatewayConfig, RouteConfig, UserSourceConfig};
use crate::gateway::Gateway;
use crate::issuer;
use crate::listener::Address;
use crate::program::Programs;
use crate::sealing::SealingKeys;
use crate::tls::TlsConfig;

/// How the server is set up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen: an address of this machine (`127.0.0.1:50051`) or a socket (`unix:/run/bailiwick.sock`).
    pub listen: Address,
    /// How connections are encrypted.
    pub tls: Option<TlsConfig>,
    /// Whether connections are not encrypted: of this machine alone.
    pub plaintext: bool,
    /// Where realms are kept.
    pub store: StoreConfig,
    /// Who may call.
    pub callers: CallersConfig,
    /// What a gateway asks about.
    pub gateway: GatewayConfig,
    /// How secrets that are mailed are kept until then.
    pub outbox: OutboxConfig,
    /// How much the server takes on, and for how long.
    pub limits: LimitsConfig,
    /// What the log says.
    pub log: LogConfig,
}

/// Where realms are kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// The SQLite file. Without it and `url`: a temporary one, gone at the end.
    pub path: Option<PathBuf>,
    /// The PostgreSQL database instead, as an address; it may hold a password and is never shown.
    #[serde(deserialize_with = "read_url")]
    pub url: Option<PostgresUrl>,
    /// Commands that may wait to be written; more are refused at once.
    pub queue_commands: usize,
    /// How long questions are answered while the database does not say whether there is anything newer.
    pub max_staleness_seconds: u64,
}

/// How secrets that are mailed are kept until then.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboxConfig {
    /// The file with the keys with which they are sealed.
    pub sealing_key_file: Option<PathBuf>,
    /// The keys themselves, read from that file or from the environment. Without one, nothing is mailed.
    #[serde(skip)]
    pub sealing_keys: SealingKeys,
}

/// How much the server takes on, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// The longest that a call may take, whatever its own deadline says.
    pub request_timeout_seconds: u64,
    /// Calls in progress; more are refused at once. Health has permits of its own.
    pub concurrent_requests: usize,
    /// Connections at once; more are closed as they come.
    pub connections: usize,
    /// How long a new connection may say nothing.
    pub first_byte_timeout_seconds: u64,
    /// How long calls in progress may take to end when the server stops.
    pub drain_timeout_seconds: u64,
}

/// What the log says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// The least severe that is written: `error`, `warn`, `info`, `debug`, `trace`, or a filter such as
    /// `info,bailiwick_server=debug`.
    pub level: String,
    /// For people or for machines.
    pub format: LogFormat,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// An object for machines.
    Json,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { path: None, url: None, queue_commands: 1_024, max_staleness_seconds: 60 }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            request_timeout_seconds: 30,
            concurrent_requests: 1_024,
            connections: 8_192,
            first_byte_timeout_seconds: 10,
            drain_timeout_seconds: 15,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text }
    }
}

/// What is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault(String);

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigFault {}

impl Config {
    /// Reads a configuration. What it does not say has its default.
    ///
    /// # Errors
    /// When it is no TOML, has a key that there is not, or a value that cannot be.
    pub fn parse(toml: &str) -> Result<Self, ConfigFault> {
        // The line itself is not shown: there may be a password in it.
        let told = |fault: toml::de::Error| {
            let before = fault.span().and_then(|span| toml.get(..span.start)).unwrap_or_default();
            // Nor a value that the fault repeats.
            let what = match fault.message() {
                message if message.contains("://") => "a value is not of the type that its key has",
                message => message,
            };
            ConfigFault(format!("line {}: {what}", before.matches('\n').count() + 1))
        };
        let config: Self = toml::from_str(toml).map_err(told)?;
        faultless(config.faults())?;
        Ok(config)
    }

    /// For this machine alone: nothing is encrypted, and whoever is here may everything.
    #[must_use]
    pub fn local() -> Self {
        let callers = CallersConfig { local_operator: true, ..CallersConfig::default() };
        Self { plaintext: true, callers, ..Self::default() }
    }

    /// Examines the whole: what [`Self::parse`] does, and whether anybody may call safely, which flags may still change.
    ///
    /// # Errors
    /// Everything that cannot be.
    pub fn examine(&self) -> Result<(), ConfigFault> {
        let mut faults = self.faults();
        match (&self.tls, self.plaintext) {
            (None, false) => faults.push(
                "nothing says how connections are encrypted (`tls`), or that they are not (`plaintext = true`, \
                 `--plaintext`: of this machine alone)"
                    .to_owned(),
            ),
            (Some(_), true) => faults.push("`tls` and `plaintext` exclude each other".to_owned()),
            (None, true) | (Some(_), false) => {}
        }
        if self.callers.local_operator && self.listen.permitted().is_err() {
            faults.push(format!(
                "`callers.local_operator` is for a loopback address or a Unix socket, and not for {}",
                self.listen
            ));
        }
        faultless(faults)
    }

    /// Values outside their range, and those that lack what they need.
    fn faults(&self) -> Vec<String> {
        let mut faults = self.out_of_range();
        if self.store.path.is_some() && self.store.url.is_some() {
            faults.push("`store.path` and `store.url` exclude each other".to_owned());
        }
        let shows_certificates = self.tls.as_ref().is_some_and(|tls| tls.client_ca_file.is_some());
        if self.callers.programs.iter().any(|one| one.token.is_none()) && !shows_certificates {
            let why = "without it no caller is asked for a certificate";
            faults.push(format!("`callers.programs` needs `tls.client_ca_file`: {why}"));
        }
        faults.extend(Programs::of(&self.callers).err().into_iter().flatten());
        faults.extend(issuer::faults(&self.callers.issuers));
        faults.extend(Gateway::of(&self.gateway, &self.callers).err().into_iter().flatten());
        faults
    }

    fn out_of_range(&self) -> Vec<String> {
        let (limits, store) = (&self.limits, &self.store);
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let values = [
            ("limits.request_timeout_seconds", limits.request_timeout_seconds, 1..=3_600),
            ("limits.first_byte_timeout_seconds", limits.first_byte_timeout_seconds, 1..=3_600),
            // The database may be locked by another process for some seconds, and nothing is wrong.
            ("store.max_staleness_seconds", store.max_staleness_seconds, 10..=3_600),
            // With the time that closing the store may take, a stop is over within 30 seconds.
            ("limits.drain_timeout_seconds", limits.drain_timeout_seconds, 1..=20),
            ("limits.concurrent_requests", count(limits.concurrent_requests), 1..=1_000_000),
            ("limits.connections", count(limits.connections), 1..=1_000_000),
            ("store.queue_commands", count(store.queue_commands), 1..=1_000_000),
        ];
        let tls = self.tls.as_ref().map(|tls| ("tls.reload_seconds", tls.reload_seconds, 1..=3_600));
        let outside = values.into_iter().chain(tls).filter(|(_, value, range)| !range.contains(value));
        outside
            .map(|(key, _, range)| format!("`{key}` must be {} to {}", range.start(), range.end()))
            .collect()
    }
}

fn faultless(faults: Vec<String>) -> Result<(), ConfigFault> {
    if faults.is_empty() { Ok(()) } else { Err(ConfigFault(faults.join("; "))) }
}

/// What is no address is not repeated: it may be one with a slip in it, and a password.
fn read_url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PostgresUrl>, D::Error> {
    let text = String::deserialize(from).map_err(|_| de::Error::custom("`store.url` must be a text"))?;
    let url = PostgresUrl::parse(&text);
    url.map(Some).ok_or_else(|| de::Error::custom("`store.url` must begin with `postgres://`"))
}

impl StoreConfig {
    /// Where the database is.
    #[must_use]
    pub fn location(&self) -> Location {
        match (&self.path, &self.url) {
            (_, Some(url)) => Location::Postgres(url.clone()),
            (Some(path), None) => Location::File(path.clone()),
            (None, None) => Location::Temporary,
        }
    }

    /// Puts the database elsewhere.
    pub fn set_location(&mut self, location: &Location) {
        (self.path, self.url) = match location {
            Location::Temporary => (None, None),
            Location::File(path) => (Some(path.clone()), None),
            Location::Postgres(url) => (None, Some(url.clone())),
        };
    }

    pub(crate) fn max_staleness(&self) -> Duration {
        Duration::from_secs(self.max_staleness_seconds)
    }
}

impl LimitsConfig {
    pub(crate) fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }

    pub(crate) fn first_byte_timeout(&self) -> Duration {
        Duration::from_secs(self.first_byte_timeout_seconds)
    }

    pub(crate) fn drain_timeout(&self) -> Duration {
        Duration::from_secs(self.drain_timeout_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_shows_the_defaults() {
        let example = include_str!("../../../docs/config.example.toml");
        let mut config = Config::parse(example).unwrap();
        assert_eq!(config.store.path.take(), Some(PathBuf::from("/var/lib/bailiwick/bailiwick.db")));
        assert_eq!(config, Config::default());
        assert_eq!(Config::parse("").unwrap(), Config::default());
    }

    #[test]
    fn unknown_keys_and_impossible_values_are_refused() {
        for bad in [
            "lisen = '127.0.0.1:1'",
            "[callers]\nlocal = true",
            "[limits]\nconcurrent_requests = 0",
            "[limits]\ndrain_timeout_seconds = 4000",
            "[log]\nformat = 'xml'",
            "listen = 'nowhere'",
            "[store]\nurl = 'mysql://localhost/b'",
            "[store]\nurl = 7",
            "[store]\nurl = 'postgres://localhost/b'\npath = 'b.db'",
        ] {
            assert!(Config::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_fault_is_said_at_once() {
        let bad = "[limits]\nconcurrent_requests = 0\ndrain_timeout_seconds = 21\n[tls]\ncertificate_file = 'a'\n\
                   key_file = 'b'\nreload_seconds = 0\n[[callers.programs]]\nid = 'A'\ndns = 'a'\ngrants = [{ permissions = ['x'] }]";
        let said = Config::parse(bad).unwrap_err().to_string();
        for part in [
            "`limits.concurrent_requests` must be 1 to 1000000",
            "`limits.drain_timeout_seconds` must be 1 to 20",
            "`tls.reload_seconds` must be 1 to 3600",
            "`callers.programs` needs `tls.client_ca_file`",
            "`callers.programs[0]`: `id`",
            "`x` is no permission",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    #[test]
    fn what_is_not_encrypted_is_said_and_for_this_machine() {
        let said = |toml: &str| Config::parse(toml).unwrap().examine().map_err(|fault| fault.to_string());
        assert!(said("").unwrap_err().contains("`plaintext = true`"));
        assert_eq!(said("plaintext = true"), Ok(()));
        assert_eq!(Config::local().examine(), Ok(()));
        let tls = "[tls]\ncertificate_file = 'a'\nkey_file = 'b'\n";
        assert_eq!(said(&format!("listen = '0.0.0.0:1'\n{tls}")), Ok(()));
        assert!(said(&format!("plaintext = true\n{tls}")).unwrap_err().contains("exclude"));
        let open = format!("listen = '0.0.0.0:1'\n{tls}[callers]\nlocal_operator = true");
        assert!(said(&open).unwrap_err().contains("not for 0.0.0.0:1"));
    }

    #[test]
    fn encryption_and_programs_are_read() {
        let config = Config::parse(
            "[tls]\ncertificate_file = 'a'\nkey_file = 'b'\nclient_ca_file = 'c'\n[[callers.programs]]\n\
             id = 'a'\nspiffe = 'spiffe://example.org/a'\ngrants = [{ permissions = ['check'] }]",
        );
        let config = config.unwrap();
        assert_eq!(config.tls.map(|tls| tls.reload_seconds), Some(10));
        assert!(config.callers.programs[0].grants[0].realms.is_empty());
        assert!(Config::parse("[tls]\ncertificate_file = 'a'").is_err());
    }

    #[test]
    fn no_fault_shows_a_password() {
        for bad in [
            "[store]\nurl = 'postgre://scott:tiger@localhost/b'",
            "[store]\nuri = 'postgres://scott:tiger@localhost/b'",
            "[store]\nurl = ['postgres://scott:tiger@localhost/b']",
            "[store]\nurl = 'postgres://scott:tiger@localhost/b",
            "\nstore = 'postgres://scott:tiger@localhost/b'",
            "[store]\nqueue_commands = 'postgres://scott:tiger@localhost/b'",
        ] {
            let fault = Config::parse(bad).unwrap_err().to_string();
            assert!(!fault.contains("tiger") && fault.contains("line 2"), "{fault}");
        }
        let config = Config::parse("[store]\nurl = 'postgres://scott:tiger@localhost/b'").unwrap();
        assert!(matches!(config.store.location(), Location::Postgres(_)));
        assert!(!format!("{config:?}").contains("tiger"));
    }
}
