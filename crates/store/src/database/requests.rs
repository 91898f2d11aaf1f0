//! Requests: changes that wait for their approvers.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId, RequestId, UnitId, UsernameKey};
use bailiwick_realm::{Lookups, Request, request_lookups};

use super::{Answer, Database, Fault, read_facts};
use crate::api::{DueRequest, RequestPlace, RequestQuery, UndecidedRequest};
use crate::codec;
use crate::log::Damage;
use crate::log::waiting::WaitKind;
use crate::machine::FactRows;

/// A request that waits for approval, and one of the things that it waits for, if it does.
pub(crate) type Undecided = (RequestPlace, Option<(WaitKind, String)>);

/// What tables know of requests beside what they ask for.
pub(crate) trait Requests: Send {
    /// Requests of every realm to which something is due at an instant, longest due first; after one of them.
    fn due(&mut self, now: Instant, after: Option<&DueRequest>, limit: usize)
    -> impl Answer<Vec<DueRequest>>;

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

/// Requests as they stand, with what must be known to say for whom they wait. To be read within one transaction.
pub(crate) async fn request_rows(
    conn: &mut impl Database,
    realm: &RealmId,
    ids: &BTreeSet<RequestId>,
    now: Instant,
    key: UsernameKey,
) -> Result<FactRows, Fault> {
    let wanted = Lookups { requests: ids.clone(), ..Lookups::default() };
    let waiting = read_facts(conn, realm, &wanted, &[], now, key).await?.waiting;
    let requests = waiting.iter().map(|(body, part)| codec::read_request(body, part.as_deref()));
    let requests = requests.collect::<Result<Vec<Request>, _>>()?;
    let about = read_facts(conn, realm, &request_lookups(&requests), &[], now, key).await?;
    Ok(FactRows { waiting, ..about })
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
