//! Requests, as they are read.

use bailiwick_identity::{Instant, RealmId, RequestId};
use bailiwick_realm::{Facts, Request, Revision};

/// Requests as they stand, with what must be known to say for whom they wait.
#[derive(Debug, Clone, Default)]
pub struct RequestsRead {
    /// The newest revision in the database when they were read; unset: there is no such realm.
    pub revision: Option<Revision>,
    /// Those that are there, in the order of their ids.
    pub requests: Vec<Request>,
    /// What tables know of whom they are about.
    pub facts: Facts,
}

/// A request to which something is due without anybody doing anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRequest {
    /// Since when.
    pub due_at: Instant,
    /// Where.
    pub realm: RealmId,
    /// Which.
    pub request: RequestId,
}
