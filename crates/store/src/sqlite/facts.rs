//! Reading what a group of commands must know.

use bailiwick_identity::{Instant, RealmId};
use bailiwick_realm::{Lookups, Revision};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::log::read_log;
use super::{Fault, bytes, column, json, unsigned, user_id};
use crate::log::Damage;
use crate::log::tables::RequestKey;
use crate::machine::{FactRows, FoundRequest, PersonRow};

// `CROSS JOIN` tells SQLite to go from what is wanted to what is there: left to itself it may read whole tables.

/// Reads facts, and the changes that were made under callers' own ids and are remembered at `now`.
pub(crate) async fn read_facts(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    wanted: &Lookups,
    requests: &[RequestKey],
    now: Instant,
) -> Result<FactRows, Fault> {
    let Lookups { people, username_stems, emails, external_ids } = wanted;
    let mut rows = FactRows::default();
    if !people.is_empty() {
        let ids = json::list(people.iter().map(bailiwick_identity::UserId::as_str));
        rows.people = read_people(conn, realm, ids).await?;
    }
    if !username_stems.is_empty() {
        // The stem itself, and what goes on with a digit: `:` comes after `9`.
        let itself = |stem: &String| (stem.clone(), format!("{stem}\u{1}"));
        let numbered = |stem: &String| (format!("{stem}0"), format!("{stem}:"));
        let ranges: Vec<(String, String)> =
            username_stems.iter().flat_map(|stem| [itself(stem), numbered(stem)]).collect();
        let ranges = json::pairs(ranges.iter().map(|(from, to)| (from.as_str(), to.as_str())));
        rows.usernames = read_usernames(conn, realm, ranges).await?;
    }
    if !emails.is_empty() {
        let list = json::list(emails.iter().map(String::as_str));
        let found = sqlx::query(
            "SELECT p.email, p.user FROM json_each(?) AS wanted \
             CROSS JOIN profile AS p ON p.realm = ? AND p.email = wanted.value",
        )
        .bind(list)
        .bind(realm.as_str())
        .fetch_all(&mut *conn)
        .await?;
        for row in &found {
            rows.emails.push((column(row, 0)?, user_id(column(row, 1)?)?));
        }
    }
    if !external_ids.is_empty() {
        let pairs = json::pairs(external_ids.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let found = sqlx::query(
            "SELECT x.name, x.value, x.user FROM json_each(?) AS wanted \
             CROSS JOIN external_id AS x ON x.realm = ? AND x.name = wanted.value ->> 0 AND x.value = wanted.value ->> 1",
        )
        .bind(pairs)
        .bind(realm.as_str())
        .fetch_all(&mut *conn)
        .await?;
        for row in &found {
            rows.external_ids.push(((column(row, 0)?, column(row, 1)?), user_id(column(row, 2)?)?));
        }
    }
    for key in requests {
        rows.requests.extend(read_request(conn, realm, key, now).await?);
    }
    Ok(rows)
}

async fn read_people(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    ids: String,
) -> Result<Vec<PersonRow>, Fault> {
    let found = sqlx::query(
        "SELECT p.user, p.etag, who.personal, has.personal FROM json_each(?) AS wanted \
         CROSS JOIN profile AS p ON p.realm = ? AND p.user = wanted.value \
         LEFT JOIN entity AS who ON who.realm = p.realm AND who.kind = 5 AND who.entity = p.user \
         LEFT JOIN entity AS has ON has.realm = p.realm AND has.kind = 4 AND has.entity = p.user",
    )
    .bind(ids)
    .bind(realm.as_str())
    .fetch_all(conn)
    .await?;
    found.iter().map(person).collect()
}

/// User, etag, and the personal parts of profile and access, from the first four columns.
pub(super) fn person(row: &SqliteRow) -> Result<PersonRow, Fault> {
    Ok(PersonRow {
        user: user_id(column(row, 0)?)?,
        etag: Revision(unsigned(column(row, 1)?)?),
        profile: column(row, 2)?,
        notes: column(row, 3)?,
    })
}

async fn read_usernames(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    ranges: String,
) -> Result<Vec<String>, Fault> {
    let found = sqlx::query(
        "SELECT u.username FROM json_each(?) AS stem \
         CROSS JOIN username AS u ON u.realm = ? AND u.username >= stem.value ->> 0 AND u.username < stem.value ->> 1",
    )
    .bind(ranges)
    .bind(realm.as_str())
    .fetch_all(conn)
    .await?;
    found.iter().map(|row| column(row, 0)).collect()
}

async fn read_request(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    key: &RequestKey,
    now: Instant,
) -> Result<Option<FoundRequest>, Fault> {
    let row = sqlx::query(
        "SELECT body, revision FROM request_id \
         WHERE realm = ? AND caller = ? AND actor = ? AND id = ? AND expires_at > ?",
    )
    .bind(realm.as_str())
    .bind(key.caller.as_str())
    .bind(key.actor.as_str())
    .bind(key.id.as_str())
    .bind(now.as_micros())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let revision = unsigned(column(&row, 1)?)?;
    let changes = read_log(conn, realm, Revision(revision.saturating_sub(1)), 1).await?;
    let change = changes.into_iter().next().filter(|change| change.revision.0 == revision);
    let change = change.ok_or(Damage("a request id belongs to no change"))?;
    Ok(Some(FoundRequest { key: key.clone(), body: bytes(column(&row, 0)?)?, change }))
}
