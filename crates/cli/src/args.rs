//! What can be typed: the commands, and the options that all of them share.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bailiwick_proto::v1::{self, freshness::Requirement};
use clap::{Args, Parser, Subcommand};
use prost_types::Timestamp;

use crate::ask::Asker;
use crate::command::{
    allowed, caseload, changes, check, customer, explain, gateway, healthcheck, import, key, load, manage,
    notify, realm, request, review, scheme, serve, unit, user,
};
use crate::exit::{Answer, Failure};
use crate::name;
use crate::output::Format;

/// Answers who may do what, where, to whom; and lets managers hand that out.
///
/// Every command but `serve` asks a running service. Exit codes: 0 allowed or done, 1 denied or refused by the
/// rules, 2 an error.
#[derive(Debug, Parser)]
#[command(name = "bailiwick", version, propagate_version = true, max_term_width = 110)]
pub(crate) struct Cli {
    /// Where and how to ask.
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// How to print what comes back.
    #[arg(long, short, global = true, value_enum, default_value = "table", env = "BAILIWICK_OUTPUT")]
    pub(crate) output: Format,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where and how to ask.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// The server: `https://HOST:PORT`; on this machine `http://127.0.0.1:50051` or `unix:/path`.
    #[arg(long, global = true, env = "BAILIWICK_SERVER", default_value = "http://127.0.0.1:50051")]
    pub(crate) server: String,
    /// The API key to send. Better given in the environment: other users of this machine see what is typed.
    #[arg(long, global = true, env = "BAILIWICK_API_KEY", hide_env_values = true, value_name = "KEY")]
    pub(crate) api_key: Option<Secret>,
    /// A file that holds the API key.
    #[arg(
        long,
        global = true,
        env = "BAILIWICK_API_KEY_FILE",
        value_name = "FILE",
        conflicts_with = "api_key"
    )]
    pub(crate) api_key_file: Option<PathBuf>,
    /// The authority of the server's certificate, in PEM. Without it, those that this machine trusts.
    #[arg(long, global = true, env = "BAILIWICK_CA_FILE", value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// The certificate to show, in PEM.
    #[arg(
        long,
        global = true,
        env = "BAILIWICK_CERTIFICATE_FILE",
        value_name = "FILE",
        requires = "certificate_key_file"
    )]
    pub(crate) certificate_file: Option<PathBuf>,
    /// The private key of that certificate, in PEM.
    #[arg(
        long,
        global = true,
        env = "BAILIWICK_CERTIFICATE_KEY_FILE",
        value_name = "FILE",
        requires = "certificate_file"
    )]
    pub(crate) certificate_key_file: Option<PathBuf>,
    /// How long to wait for an answer, in seconds.
    #[arg(long, global = true, env = "BAILIWICK_DEADLINE_SECONDS", default_value = "10", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) deadline: Duration,
}

/// A text that is never shown.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number of seconds")?;
    let duration = Duration::try_from_secs_f64(number).map_err(|_| "expected a number of seconds")?;
    if duration.is_zero() || duration > Duration::from_secs(86_400) {
        return Err("expected more than 0 and at most 86400 seconds".to_owned());
    }
    Ok(duration)
}

/// The realm that a command is about.
#[derive(Debug, Args)]
pub(crate) struct InRealm {
    /// The realm: `eto`.
    #[arg(long, short, env = "BAILIWICK_REALM", value_parser = name::realm)]
    pub(crate) realm: String,
}

/// Options of a command that changes something.
#[derive(Debug, Args)]
pub(crate) struct Writing {
    /// Only say what would happen, and what it would change for whom; or why not.
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
    /// With `--dry-run`: not what it would change for whom.
    #[arg(long, global = true)]
    pub(crate) skip_preview: bool,
    /// Why, for the log.
    #[arg(long, global = true, default_value = "", hide_default_value = true)]
    pub(crate) reason: String,
    /// A name for the command, so that it can be sent again and happens once. Made if not given.
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) request_id: Option<String>,
}

/// On whose behalf.
#[derive(Debug, Args)]
pub(crate) struct OnBehalf {
    /// The user on whose behalf, whose rules bind. Without: as an operator.
    #[arg(long = "as", global = true, value_name = "ACTOR", value_parser = name::user)]
    pub(crate) actor: Option<String>,
}

impl OnBehalf {
    /// The actor's name; empty for an operator.
    pub(crate) fn name(&self) -> String {
        self.actor.clone().unwrap_or_default()
    }
}

/// Of which state something is asked. Without: of the newest.
#[derive(Debug, Args)]
pub(crate) struct AsOf {
    /// The state after this revision, at the instant at which it was recorded.
    #[arg(long, value_name = "REVISION")]
    at_revision: Option<u64>,
    /// What was at this instant, such as `2026-03-01T12:00:00Z`; or what will be, if nothing else changes.
    #[arg(long, value_name = "INSTANT", value_parser = name::instant, conflicts_with = "at_revision")]
    at_time: Option<Timestamp>,
}

impl AsOf {
    /// As a question has it.
    pub(crate) fn freshness(self) -> Option<v1::Freshness> {
        let revision = self.at_revision.map(Requirement::AtRevision);
        let requirement = revision.or(self.at_time.map(Requirement::AtTime))?;
        Some(v1::Freshness { requirement: Some(requirement) })
    }
}

/// How much of a list to print.
#[derive(Debug, Args)]
pub(crate) struct Paging {
    /// Stop after so many; without: all of them.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
}

/// What to do: run the service, or ask one.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the service.
    Serve(serve::Serve),
    /// Everything else.
    #[command(flatten)]
    Ask(Box<Question>),
}

/// What is asked of a running service.
#[derive(Debug, Subcommand)]
pub(crate) enum Question {
    /// Asks whether a user may do something. Exit code 0: allowed, 1: denied.
    Check(check::Check),
    /// Explains why a user may do something, or why not, and what would change that. Exit code 0: allowed, 1: denied.
    Explain(Box<explain::Explain>),
    /// Lists what is allowed: to what, to whom, and what.
    #[command(subcommand)]
    Allowed(Box<allowed::Allowed>),
    /// Changes what a user is and holds.
    Manage(Box<manage::Manage>),
    /// Lists users, or shows one.
    #[command(subcommand)]
    User(user::User),
    /// Lists, shows, makes, moves and archives units.
    #[command(subcommand)]
    Unit(unit::Unit),
    /// Shows where customers are, and places them.
    #[command(subcommand)]
    Customer(customer::Customer),
    /// Shows who works with whom, and changes it.
    #[command(subcommand)]
    Caseload(caseload::Caseload),
    /// Asks for changes, approves them, and carries them out.
    #[command(subcommand)]
    Request(Box<request::Request>),
    /// Looks again at what is held.
    #[command(subcommand)]
    Review(Box<review::Review>),
    /// Makes, lists, freezes and thaws realms.
    #[command(subcommand)]
    Realm(realm::Realm),
    /// Validates, shows and puts schemes.
    #[command(subcommand)]
    Scheme(scheme::Scheme),
    /// Loads a world from a file.
    Load(load::Load),
    /// Imports a list of people from a CSV file. Exit code 1: some rows were refused, or need a decision.
    Import(Box<import::Import>),
    /// Lists what happened in a realm.
    Changes(changes::Changes),
    /// Mails what is in the outbox of a realm, until it is told to stop.
    Notify(Box<notify::Notify>),
    /// Makes, lists and revokes API keys.
    #[command(subcommand)]
    Key(key::Key),
    /// Tries requests at a gateway by the routes of a configuration.
    #[command(subcommand)]
    Gateway(gateway::GatewayCommand),
    /// Asks whether the service is up. Exit code 0: serving.
    Healthcheck(healthcheck::Healthcheck),
}

impl Question {
    /// Asks it.
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        match self {
            Self::Check(command) => command.run(asker).await,
            Self::Explain(command) => command.run(asker).await,
            Self::Allowed(command) => command.run(asker).await,
            Self::Manage(command) => command.run(asker).await,
            Self::User(command) => command.run(asker).await,
            Self::Unit(command) => command.run(asker).await,
            Self::Customer(command) => command.run(asker).await,
            Self::Caseload(command) => command.run(asker).await,
            Self::Request(command) => command.run(asker).await,
            Self::Review(command) => command.run(asker).await,
            Self::Realm(command) => command.run(asker).await,
            Self::Scheme(command) => command.run(asker).await,
            Self::Load(command) => command.run(asker).await,
            Self::Import(command) => command.run(asker).await,
            Self::Changes(command) => command.run(asker).await,
            Self::Notify(command) => command.run(asker).await,
            Self::Key(command) => command.run(asker).await,
            Self::Gateway(command) => command.run(asker).await,
            Self::Healthcheck(command) => command.run(asker).await,
        }
    }
}

#[cfg(test)]
mod tests;
