//! Requests, as they are read.

use std::sync::Arc;

use bailiwick_identity::{Instant, RealmId, RequestId};
use bailiwick_realm::{Facts, State};

/// Requests as they stand, with what must be known to say for whom they wait.
#[derive(Debug, Clone)]
pub struct RequestsRead {
    /// The state in which they were read.
    pub state: Arc<State>,
    /// The requests, and what tables know of whom they are about.
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
