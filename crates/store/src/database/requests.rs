//! Requests, which wait for their approvers, and reviews.

use bailiwick_identity::{Instant, RealmId, UnitId};

use super::{Answer, Database, Fault};
use crate::api::{Due, RequestPlace, RequestQuery, ReviewPlace, UndecidedRequest, WhichReviews};
use crate::log::Damage;
use crate::log::waiting::WaitKind;

/// A request that waits for approval, and one of the things that it waits for, if it does.
pub(crate) type Undecided = (RequestPlace, Option<(WaitKind, String)>);

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

    /// Requests that wait for approval, who expires first comes first, so many: a row for each thing that one waits for, at
    /// least one of each request.
    fn undecided(
        &mut self,
        realm: &RealmId,
        after: Option<&RequestPlace>,
        limit: usize,
    ) -> impl Answer<Vec<Undecided>>;
}

/// Requests that wait for approval, with what each waits for; who expires first comes first.
pub(crate) async fn undecided(
    conn: &mut impl Database,
    realm: &RealmId,
    after: Option<&RequestPlace>,
    limit: usize,
) -> Result<Vec<UndecidedRequest>, Fault> {
    let mut undecided: Vec<UndecidedRequest> = Vec::new();
    for (place, wait) in conn.undecided(realm, after, limit).await? {
        if undecided.last().is_none_or(|last| last.place != place) {
            undecided.push(UndecidedRequest { place, units: Vec::new(), systems: Vec::new() });
        }
        let (Some(last), Some((kind, target))) = (undecided.last_mut(), wait) else { continue };
        match kind {
            WaitKind::Unit => {
                last.units.push(UnitId::parse(&target).map_err(|_| Damage("a unit's id is none"))?);
            }
            WaitKind::System => last.systems.push(target),
            WaitKind::Desk => {}
        }
    }
    Ok(undecided)
}
