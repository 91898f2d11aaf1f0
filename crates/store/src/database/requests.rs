//! Requests: changes that wait for their approvers.

use bailiwick_identity::{Instant, RealmId, RequestId};

use super::Answer;

/// What tables know of requests beside what they ask for.
pub(crate) trait Requests: Send {
    /// Requests of every realm to which something is due at an instant, longest due first.
    fn due(&mut self, now: Instant, limit: usize) -> impl Answer<Vec<(RealmId, RequestId)>>;
}
