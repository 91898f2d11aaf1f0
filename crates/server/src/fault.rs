//! What can go wrong with a call. How each becomes a gRPC status is `status`'s.

use std::time::Duration;

use bailiwick_policy::scheme::Fault as SchemeFault;
use bailiwick_proto::parse::{Paths, Violations};
use bailiwick_realm::Refusal;
use bailiwick_store::{PastRange, StoreError, SubmitError};

/// Why a call has no answer. Says nothing that the caller may not know.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Fields of the request are wrong.
    Invalid(Violations),
    /// The rules refuse the command, for something at this path of its request; empty: all of it.
    Refused(Box<Refusal>, String),
    /// The person to be made is there.
    Known(Box<Known>),
    /// What should prove who calls does not, or is missing: one answer for all.
    UnknownCaller,
    /// The caller lacks a permission.
    NotPermitted(&'static str),
    /// The caller may not do this in the realm; whether it exists is not said.
    RealmNotPermitted,
    /// Whoever has a token of their own acts as themselves.
    OthersActor,
    /// The realm does not exist; said only to callers for all realms.
    UnknownRealm,
    /// The realm exists already.
    RealmExists,
    /// The API key does not exist.
    UnknownKey,
    /// No such method.
    UnknownMethod,
    /// The message is none of the method's.
    Unreadable,
    /// The message is longer than the method takes.
    TooLong,
    /// The request id was used with another request.
    RequestIdReused,
    /// The token is from another history.
    HistoryChanged,
    /// The past that is asked for is not in the log.
    NotInLog(PastRange),
    /// What the token or the freshness asks for cannot be reached.
    Unreachable(&'static str),
    /// The document of a scheme has faults, in the field named.
    SchemeInvalid(&'static str, Vec<SchemeFault>),
    /// The actor has asked too often about people out of sight.
    MatchLimit,
    /// There is no key with which a secret for the outbox is sealed, or not the one with which one was.
    NoSealingKey,
    /// Too many attempts to sign in under this name have failed: what comes before then is turned away.
    LoginDelayed(Duration),
    /// What a command would change for whom is too much to be compared or told.
    PreviewTooLarge,
    /// What was sent on a stream was not taken for too long.
    NotTaken,
    /// The server has as much to do as it takes on.
    Overloaded,
    /// The call took longer than it may.
    DeadlineExceeded,
    /// The database does not answer.
    Unavailable,
    /// The keys of whoever issued a token cannot be had.
    NoIssuerKeys,
    /// Whether the command was written is not known.
    OutcomeUnknown,
    /// Something is broken; the text is for the log.
    Internal(&'static str),
}

impl From<Violations> for Fault {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let path = Paths::Flat.path(&refusal);
        Self::Refused(Box::new(refusal), path)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable => Self::Unavailable,
            StoreError::Unknown => Self::OutcomeUnknown,
            StoreError::Damaged => Self::Internal("the database is damaged"),
        }
    }
}

impl From<SubmitError> for Fault {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => refusal.into(),
            SubmitError::UnknownRealm => Self::UnknownRealm,
            SubmitError::RealmExists => Self::RealmExists,
            SubmitError::RequestIdReused => Self::RequestIdReused,
            SubmitError::Overloaded => Self::Overloaded,
            SubmitError::Unavailable => Self::Unavailable,
            SubmitError::Unknown => Self::OutcomeUnknown,
        }
    }
}

/// That the person to be made is there.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) refusal: Refusal,
    /// Where the refusal points to.
    pub(crate) path: String,
    /// With which the person is added instead.
    pub(crate) handle: String,
}

impl Fault {
    /// A field that is wrong.
    pub(crate) fn field(field: &str, description: impl Into<String>) -> Self {
        Self::Invalid(Violations::one(field, description))
    }

    /// The same fault, with where in the request what it is about stands.
    pub(crate) fn within(self, paths: &Paths) -> Self {
        match self {
            Self::Refused(refusal, _) => {
                let path = paths.path(&refusal);
                Self::Refused(refusal, path)
            }
            other @ (Self::Invalid(_)
            | Self::UnknownCaller
            | Self::OthersActor
            | Self::NotPermitted(_)
            | Self::RealmNotPermitted
            | Self::UnknownRealm
            | Self::RealmExists
            | Self::UnknownKey
            | Self::UnknownMethod
            | Self::Unreadable
            | Self::TooLong
            | Self::RequestIdReused
            | Self::HistoryChanged
            | Self::NotInLog(_)
            | Self::Unreachable(_)
            | Self::SchemeInvalid(..)
            | Self::Known(_)
            | Self::MatchLimit
            | Self::NoSealingKey
            | Self::LoginDelayed(_)
            | Self::Overloaded
            | Self::PreviewTooLarge
            | Self::NotTaken
            | Self::DeadlineExceeded
            | Self::Unavailable
            | Self::NoIssuerKeys
            | Self::OutcomeUnknown
            | Self::Internal(_)) => other,
        }
    }
}
