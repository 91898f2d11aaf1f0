//! Requests: changes that wait for their approvers.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId, RequestId, UsernameKey};
use bailiwick_realm::{Lookups, Request, request_lookups};

use super::{Answer, Database, Fault, read_facts};
use crate::api::DueRequest;
use crate::codec;
use crate::machine::FactRows;

/// What tables know of requests beside what they ask for.
pub(crate) trait Requests: Send {
    /// Requests of every realm to which something is due at an instant, longest due first; after one of them.
    fn due(&mut self, now: Instant, after: Option<&DueRequest>, limit: usize)
    -> impl Answer<Vec<DueRequest>>;
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
