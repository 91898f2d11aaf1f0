//! Reading what a group of commands must know.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_identity::{Instant, RealmId, UserId, UsernameKey};
use bailiwick_realm::{Lookups, Revision, UsedNames};

use super::{Database, Fault};
use crate::log::tables::RequestKey;
use crate::log::{Damage, EntityKind};
use crate::machine::{FactRows, FoundRequest};

/// Reads facts, and the changes that were made under callers' own ids and are remembered at `now`.
pub(crate) async fn read_facts(
    conn: &mut impl Database,
    realm: &RealmId,
    wanted: &Lookups,
    requests: &[RequestKey],
    now: Instant,
    key: UsernameKey,
) -> Result<FactRows, Fault> {
    let Lookups {
        people,
        username_families,
        emails,
        external_ids,
        provider_subjects,
        handles,
        credentials,
        namesakes,
        requests: waiting,
        reviews,
        requests_about,
    } = wanted;
    let mut rows = FactRows { usernames: UsedNames { key, ..UsedNames::default() }, ..FactRows::default() };
    if !people.is_empty() {
        rows.people = conn.users(realm, people).await?.into_iter().map(|known| known.person).collect();
    }
    if !username_families.is_empty() {
        let families: Vec<_> = username_families.iter().map(|family| key.digest(family)).collect();
        rows.usernames.digests = Arc::new(conn.usernames(realm, &families).await?.into_iter().collect());
    }
    if !emails.is_empty() {
        rows.emails = conn.emails(realm, emails).await?;
    }
    if !external_ids.is_empty() {
        rows.external_ids = conn.external_ids(realm, external_ids).await?;
    }
    if !namesakes.is_empty() {
        rows.namesakes = conn.namesakes_of(realm, namesakes).await?;
    }
    let owners = rows.emails.iter().map(|(_, owner)| owner);
    let owners = owners.chain(rows.external_ids.iter().map(|(_, owner)| owner));
    let whole = rows.namesakes.iter().filter(|(names, namesake)| wanted.wants_whole(names, namesake));
    let owners = owners.chain(whole.map(|(_, namesake)| &namesake.user));
    let owners: BTreeSet<UserId> = owners.cloned().collect();
    let others: BTreeSet<UserId> = owners.difference(people).cloned().collect();
    if !others.is_empty() {
        rows.people.extend(conn.users(realm, &others).await?.into_iter().map(|known| known.person));
    }
    if !provider_subjects.is_empty() {
        rows.provider_subjects = conn.provider_subjects(realm, provider_subjects).await?;
    }
    if !handles.is_empty() {
        rows.used_handles = conn.used_handles(realm, handles).await?;
    }
    // A list names nobody: whoever it finds, by whatever, may hold more by it.
    let holders: BTreeSet<UserId> = credentials.union(&owners).cloned().collect();
    if !holders.is_empty() {
        let ids = holders.iter().map(ToString::to_string).collect();
        rows.credentials = conn.current(realm, EntityKind::Credentials, &ids).await?;
    }
    if !waiting.is_empty() {
        let ids = waiting.iter().map(ToString::to_string).collect();
        rows.waiting = conn.current(realm, EntityKind::Request, &ids).await?;
    }
    if !reviews.is_empty() {
        let ids = reviews.iter().map(ToString::to_string).collect();
        let found = conn.current(realm, EntityKind::Review, &ids).await?;
        rows.reviews = found.into_iter().map(|(body, _)| body).collect();
    }
    if !requests_about.is_empty() {
        rows.waiting.extend(conn.requests_about(realm, requests_about).await?);
    }
    for key in requests {
        rows.requests.extend(read_request(conn, realm, key, now).await?);
    }
    Ok(rows)
}

async fn read_request(
    conn: &mut impl Database,
    realm: &RealmId,
    key: &RequestKey,
    now: Instant,
) -> Result<Option<FoundRequest>, Fault> {
    let Some((body, revision)) = conn.request(realm, key, now).await? else { return Ok(None) };
    let changes = conn.read_log(realm, Revision(revision.0.saturating_sub(1)), 1).await?;
    let change = changes.into_iter().next().filter(|change| change.revision == revision);
    let change = change.ok_or(Damage("a request id belongs to no change"))?;
    Ok(Some(FoundRequest { key: key.clone(), body, change }))
}
