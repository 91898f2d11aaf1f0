//! Requests: changes that wait for their approvers.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RequestId, UsernameKey};
use bailiwick_realm::{Request, State, request_lookups};

use super::{Answer, Database, Fault, read_facts};
use crate::api::{DueRequest, RequestsRead};
use crate::codec::{self, Names};
use crate::log::EntityKind;
use crate::machine::Known;

/// What tables know of requests beside what they ask for.
pub(crate) trait Requests: Send {
    /// Requests of every realm to which something is due at an instant, longest due first; after one of them.
    fn due(&mut self, now: Instant, after: Option<&DueRequest>, limit: usize)
    -> impl Answer<Vec<DueRequest>>;
}

/// Requests as they stand, in the order of their ids, with what must be known to say for whom they wait. To be read within one
/// transaction.
pub(crate) async fn requests(
    conn: &mut impl Database,
    state: &State,
    ids: &BTreeSet<RequestId>,
    now: Instant,
    key: UsernameKey,
) -> Result<RequestsRead, Fault> {
    let wanted: BTreeSet<String> = ids.iter().map(RequestId::to_string).collect();
    let head = conn.head(&state.realm).await?;
    let found = conn.current(&state.realm, EntityKind::Request, &wanted).await?;
    let read = found.iter().map(|(body, part)| codec::read_request(body, part.as_deref()));
    let mut requests = read.collect::<Result<Vec<Request>, _>>()?;
    requests.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let rows = read_facts(conn, &state.realm, &request_lookups(&requests), &[], now, key).await?;
    let facts = Known::read(&rows, Some(&Names::of(state)))?.all();
    Ok(RequestsRead { revision: head.map(|head| head.revision), requests, facts })
}
