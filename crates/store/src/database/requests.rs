//! Requests, which wait for their approvers, and reviews.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId, UserId};
use sqlx::{PgConnection, SqliteConnection};

use super::entities::Parts;
use super::rows::Columns;
use super::{Answer, Fault, request_list, rows};
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

/// The same for both databases, which the statements are written for.
macro_rules! requests {
    ($conn:ty) => {
        impl Requests for $conn {
            async fn due(
                &mut self,
                now: Instant,
                after: Option<&Due>,
                limit: usize,
            ) -> Result<Vec<Due>, Fault> {
                let found = request_list::due(now, after, limit).build().fetch_all(self).await?;
                rows::all(&found, rows::due)
            }

            async fn review_places(
                &mut self,
                realm: &RealmId,
                which: WhichReviews,
                after: Option<&ReviewPlace>,
                limit: usize,
            ) -> Result<Vec<ReviewPlace>, Fault> {
                let found = request_list::reviews(realm, which, after, limit).build().fetch_all(self).await?;
                rows::all(&found, rows::review_place)
            }

            async fn request_places(
                &mut self,
                realm: &RealmId,
                query: &RequestQuery,
            ) -> Result<Vec<RequestPlace>, Fault> {
                let found = request_list::places(realm, query).build().fetch_one(self).await?;
                rows::request_places(&found)
            }

            async fn units_waited_for(
                &mut self,
                realm: &RealmId,
                after: Option<&RequestPlace>,
            ) -> Result<UnitsWaitedFor, Fault> {
                let found = request_list::units_waited_for(realm, after).build().fetch_one(self).await?;
                Ok(UnitsWaitedFor(found.some_text(0)?.unwrap_or_default().to_owned()))
            }

            async fn requests_about(
                &mut self,
                realm: &RealmId,
                people: &BTreeSet<UserId>,
            ) -> Result<Vec<Parts>, Fault> {
                let found = request_list::requests_about(realm, people).build().fetch_all(self).await?;
                rows::all(&found, rows::part)
            }
        }
    };
}

requests!(PgConnection);
requests!(SqliteConnection);
