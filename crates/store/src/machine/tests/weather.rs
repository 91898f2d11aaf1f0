//! What can go wrong in a simulation, and what is counted of it.

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    /// Nothing.
    Fair,
    /// Everything.
    Storm,
}

/// What happened, to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    Accepted,
    Refused,
    Unavailable,
    Overloaded,
    Repeated,
    /// A transaction with more than one change.
    Shared,
    /// A commit of unknown outcome that stands.
    UnknownFound,
    /// A commit of unknown outcome that does not.
    UnknownNotFound,
    /// A commit that was made after it was first looked for.
    FoundLate,
    Crash,
    CaughtUp,
    /// An account that was made at its instant.
    InTime,
    /// A request that nobody decided in time.
    Expired,
}

impl Seen {
    pub(super) const ALL: [Self; 13] = [
        Self::Accepted,
        Self::Refused,
        Self::Unavailable,
        Self::Overloaded,
        Self::Repeated,
        Self::Shared,
        Self::UnknownFound,
        Self::UnknownNotFound,
        Self::FoundLate,
        Self::Crash,
        Self::CaughtUp,
        Self::InTime,
        Self::Expired,
    ];
}
