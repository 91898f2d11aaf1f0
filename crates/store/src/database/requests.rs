//! Requests, which wait for their approvers, and reviews.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId, UserId};

use super::Answer;
use super::entities::Parts;
use crate::api::{Due, RequestPlace, RequestQuery, ReviewPlace, UnitsWaitedFor, WhichReviews};

/// What tables know of requests beside what they ask for.
pub(crate) trait Requests: Send {
    /// What is due at an instant in every realm, longest due first; after one of it.
    fn due(&mut self, now: Instant, after: Option<&Due>, limit: usize) -> impl Answer<Vec<Due>>;

    /// Where reviews stand, the newest first; those that are not over alone, or all.
    fn review_places(
        &mut self,
        realm: &RealmId,
        which: WhichReviews,
        after: Option<&ReviewPlace>,
        limit: usize,
    ) -> impl Answer<Vec<ReviewPlace>>;

    /// Where the requests stand that a query asks for, in its order.
    fn request_places(&mut self, realm: &RealmId, query: &RequestQuery) -> impl Answer<Vec<RequestPlace>>;

    /// The units in which requests that come after a place wait for approval.
    fn units_waited_for(
        &mut self,
        realm: &RealmId,
        after: Option<&RequestPlace>,
    ) -> impl Answer<UnitsWaitedFor>;

    /// The requests about these people that still say something.
    fn requests_about(&mut self, realm: &RealmId, people: &BTreeSet<UserId>) -> impl Answer<Vec<Parts>>;
}
