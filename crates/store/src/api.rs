//! What the server sees of a store. Lists of users: [`list`].

mod list;
mod past;
mod requests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bailiwick_identity::delay::Failures;
use bailiwick_identity::{Credentials, Instant, RealmId, UserId};
use bailiwick_membership::{Access, CaseloadEntry};
use bailiwick_realm::{ChainHash, Decided, Effect, Event, Message, Person, Refusal, Revision, State};

pub use past::{Past, PastAt, PastRange, PastWanted};
pub use requests::{
    Due, DueOf, RequestPlace, RequestQuery, RequestsOf, RequestsRead, ReviewPlace, ReviewsRead,
    UnitsWaitedFor, WhichReviews,
};

pub use list::{Direction, Period, Place, PlaceKey, Placed, UserOrder, UserQuery};

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Where the database is.
    pub location: Location,
    /// Commands that may wait to be written; more are refused at once. At least 1.
    pub queue: usize,
}

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Location {
    /// In a temporary SQLite file, gone at the end.
    #[default]
    Temporary,
    /// In this SQLite file, made if it is missing.
    File(PathBuf),
    /// In PostgreSQL.
    Postgres(PostgresUrl),
}

/// The address of a PostgreSQL database (`postgres://user@host/name`). It may hold a password, so it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

impl PostgresUrl {
    /// Takes an address; none of another scheme than `postgres` and `postgresql`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        is_one.then(|| Self(text.to_owned()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresUrl(…)")
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Temporary => f.write_str("the temporary database"),
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Postgres(_) => f.write_str("the PostgreSQL database"),
        }
    }
}

/// Why a store does not open. The text says what to do.
#[derive(Debug)]
pub enum OpenError {
    /// The file is no database, or damaged.
    Damaged(String),
    /// The file was written by a newer version.
    Newer(String),
    /// The file cannot be read or written.
    Unreadable(String),
}

/// Questions about people that are counted, or that were counted and not asked after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Questions {
    /// So many are counted; at least one.
    Asked(u32),
    /// So many are taken back that were counted in this hour. Once it is over, there is nothing to take back.
    TakenBack(u32, Hour),
}

/// An hour in which an actor's questions are counted: it begins with the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hour(pub(crate) Instant);

/// How many questions an actor has asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// In that hour.
    pub asked: u64,
    /// The hour they were asked in.
    pub hour: Hour,
}

/// A caller's own id of a command, so that a repetition is answered and not done again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId {
    /// The id, as given; 1 to 128 characters.
    pub id: String,
    /// SHA-256 of the request's canonical bytes.
    pub body: [u8; 32],
}

/// A change that is in the log.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Its number.
    pub revision: Revision,
    /// Its chain hash.
    pub hash: ChainHash,
    /// Its instant.
    pub recorded_at: Instant,
    /// What it made true.
    pub events: Vec<Event>,
    /// What else happened.
    pub effects: Vec<Effect>,
    /// The state it led to; for a repeated request, the newest state.
    pub state: Arc<State>,
}

/// What a command would make true.
#[derive(Debug, Clone)]
pub struct Previewed {
    /// The state on which it was decided.
    pub before: State,
    /// The instant that would be recorded.
    pub now: Instant,
    /// What it makes true.
    pub decided: Decided,
}

/// Why a command has no revision.
#[derive(Debug)]
pub enum SubmitError {
    /// The rules refuse it.
    Refused(Refusal),
    /// There is no such realm.
    UnknownRealm,
    /// The realm exists already.
    RealmExists,
    /// The request id was used with another body.
    RequestIdReused,
    /// Too many commands wait.
    Overloaded,
    /// The database does not answer, or the store is closing. Nothing was written.
    Unavailable,
    /// The database fell silent, or the store ended, before it was found out whether the command was written. Asking again
    /// with the same request id tells.
    Unknown,
}

/// Why a read, or a change of the keys, has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreError {
    /// The database does not answer. Nothing was written.
    Unavailable,
    /// Whether it was written is not known. Reading tells, once the database answers.
    Unknown,
    /// What is stored is not what was written.
    Damaged,
}

/// What is wrong with a realm's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyError {
    /// There is no such realm.
    UnknownRealm,
    /// The first revision that does not verify.
    Broken {
        /// Its number.
        revision: Revision,
        /// What is wrong with it, without any of its content.
        what: &'static str,
    },
    /// The database does not answer.
    Unavailable,
}

/// How the connection that writes is set, read back from it: settings of the database, by the names that it has for
/// them.
pub type WriterSettings = BTreeMap<&'static str, String>;

/// A change, as the log tells it.
#[derive(Debug, Clone)]
pub struct ChangeRecord {
    /// Its number.
    pub revision: Revision,
    /// Its chain hash.
    pub hash: ChainHash,
    /// Its instant.
    pub recorded_at: Instant,
    /// The user on whose behalf; unset: an operator.
    pub actor: Option<UserId>,
    /// The program that called.
    pub caller: String,
    /// The command's name (`ManageUser`).
    pub command: &'static str,
    /// The caller's own id of the command.
    pub request_id: Option<String>,
    /// Why; unset where none was given or it was erased.
    pub reason: Option<String>,
    /// What it made true, with personal parts.
    pub events: Vec<Event>,
    /// What else happened.
    pub effects: Vec<Effect>,
}

/// A user with what tables know.
#[derive(Debug, Clone)]
pub struct UserRow {
    /// Who.
    pub user: UserId,
    /// Profile, notes and etag.
    pub person: Person,
    /// When the user was created.
    pub created_at: Instant,
    /// When the user last changed.
    pub updated_at: Instant,
}

/// A user as a revision left them.
#[derive(Debug, Clone)]
pub struct PastUser {
    /// What tables knew; the etag is the revision that had changed the user last by then.
    pub row: UserRow,
    /// What they held.
    pub access: Access,
}

/// A user as one change left them.
#[derive(Debug, Clone)]
pub struct Version {
    /// The change.
    pub change: ChangeRecord,
    /// What it left.
    pub left: PastUser,
    /// The caseload as it left it.
    pub caseload: Vec<CaseloadEntry>,
    /// How the password stood, without what it is compared with; unset: there never was any.
    pub credentials: Option<Credentials>,
}

/// How a user is named in a lookup.
#[derive(Debug, Clone)]
pub enum UserKey {
    /// By id.
    Id(UserId),
    /// By username, compared canonically.
    Username(String),
    /// By e-mail address, compared canonically.
    Email(String),
    /// By an external id: name and value.
    External(String, String),
    /// By the identity provider's subject.
    ProviderSubject(String),
}

/// A step of signing in, for those who count what fails.
#[derive(Debug, Clone)]
pub struct Login {
    /// Where.
    pub realm: RealmId,
    /// The names under which it is counted: what was typed, whoever has it.
    pub names: Vec<String>,
    /// Whose name it is; unset: nobody's.
    pub user: Option<UserId>,
    /// The end user's device or address, as the caller knows it.
    pub client: Option<String>,
    /// Which step.
    pub step: LoginStep,
}

/// A step of signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginStep {
    /// A password is about to be looked at.
    Attempt,
    /// It was the right one.
    Success,
    /// The user starts anew: they have redeemed a secret, or were given a password.
    Proof,
}

/// What is counted of attempts to sign in under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// From one client that has signed in before; otherwise, from some of the others together.
    pub known_client: bool,
    /// Failures in a row.
    pub failures: Failures,
    /// When it is forgotten.
    pub expires_at: Instant,
}

/// Something to be mailed.
#[derive(Debug, Clone)]
pub struct OutboxRow {
    /// Its number: ascending in the order in which changes were committed.
    pub id: u64,
    /// When it came to be.
    pub created_at: Instant,
    /// What, and to whom.
    pub message: Message,
}

impl OutboxRow {
    /// The change that put it there.
    #[must_use]
    pub fn revision(&self) -> Revision {
        Revision(self.id / crate::log::tables::MESSAGES)
    }
}

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// `k-…`.
    pub id: String,
    /// For people who read.
    pub name: String,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// `check`, `list`, `manage`, `operate`, `follow`, `watch_personal`, `login`, `deliver`.
    pub permissions: Vec<String>,
    /// Realms that it is good for; empty: all.
    pub realms: Vec<RealmId>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(text) | Self::Newer(text) | Self::Unreadable(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::UnknownRealm => f.write_str("there is no such realm"),
            Self::RealmExists => f.write_str("the realm exists already"),
            Self::RequestIdReused => f.write_str("the request id was used with another body"),
            Self::Overloaded => f.write_str("too many commands wait"),
            Self::Unavailable => f.write_str("the database does not answer; nothing was written"),
            Self::Unknown => f.write_str("whether the command was written is not known"),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable => "the database does not answer",
            Self::Unknown => "whether it was written is not known",
            Self::Damaged => "what is stored is not what was written",
        })
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownRealm => f.write_str("there is no such realm"),
            Self::Broken { revision, what } => write!(f, "revision {}: {what}", revision.0),
            Self::Unavailable => f.write_str("the database does not answer"),
        }
    }
}

impl std::error::Error for OpenError {}
impl std::error::Error for SubmitError {}
impl std::error::Error for StoreError {}
impl std::error::Error for VerifyError {}
