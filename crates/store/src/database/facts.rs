//! Reading what a group of commands must know.

use bailiwick_identity::{Instant, RealmId};
use bailiwick_realm::{Lookups, Revision};

use super::{Database, Fault};
use crate::log::Damage;
use crate::log::tables::RequestKey;
use crate::machine::{FactRows, FoundRequest};

/// Reads facts, and the changes that were made under callers' own ids and are remembered at `now`.
pub(crate) async fn read_facts(
    conn: &mut impl Database,
    realm: &RealmId,
    wanted: &Lookups,
    requests: &[RequestKey],
    now: Instant,
) -> Result<FactRows, Fault> {
    let Lookups { people, username_stems, emails, external_ids } = wanted;
    let mut rows = FactRows::default();
    if !people.is_empty() {
        rows.people = conn.users(realm, people).await?.into_iter().map(|known| known.person).collect();
    }
    if !username_stems.is_empty() {
        // The stem itself, and what goes on with a digit: `:` comes after `9`.
        let itself = |stem: &String| (stem.clone(), format!("{stem}\u{1}"));
        let numbered = |stem: &String| (format!("{stem}0"), format!("{stem}:"));
        let ranges: Vec<_> = username_stems.iter().flat_map(|stem| [itself(stem), numbered(stem)]).collect();
        rows.usernames = conn.usernames(realm, &ranges).await?;
    }
    if !emails.is_empty() {
        rows.emails = conn.emails(realm, emails).await?;
    }
    if !external_ids.is_empty() {
        rows.external_ids = conn.external_ids(realm, external_ids).await?;
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
