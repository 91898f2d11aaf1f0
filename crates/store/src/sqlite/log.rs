//! Reading the log and the realms' rows.

use bailiwick_identity::RealmId;
use bailiwick_realm::{ChainHash, Revision};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::{Fault, bytes, chain_hash, column, instant, realm_id, signed, unsigned};
use crate::log::{Damage, EntityKind, Head, Personal, StoredChange, StoredEvent};

/// Consecutive changes after a revision, oldest first, with their events.
pub(crate) async fn read_log(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    after: Revision,
    limit: usize,
) -> Result<Vec<StoredChange>, Fault> {
    let rows = sqlx::query(
        "SELECT revision, recorded_at, hash, header, salt, personal FROM change \
         WHERE realm = ? AND revision > ? ORDER BY revision LIMIT ?",
    )
    .bind(realm.as_str())
    .bind(signed(after.0))
    .bind(signed(limit as u64))
    .fetch_all(&mut *conn)
    .await?;
    let mut changes = rows.iter().map(change).collect::<Result<Vec<_>, _>>()?;
    let Some(last) = changes.last().map(|change| change.revision) else { return Ok(changes) };
    let rows = sqlx::query(
        "SELECT revision, kind, entity, body, salt, personal FROM event \
         WHERE realm = ? AND revision > ? AND revision <= ? ORDER BY revision, place",
    )
    .bind(realm.as_str())
    .bind(signed(after.0))
    .bind(signed(last.0))
    .fetch_all(conn)
    .await?;
    let mut place = 0;
    for row in &rows {
        let revision = Revision(unsigned(column(row, 0)?)?);
        while changes.get(place).is_some_and(|change| change.revision < revision) {
            place += 1;
        }
        let change = changes.get_mut(place).filter(|change| change.revision == revision);
        change.ok_or(Damage("an event belongs to no change"))?.events.push(event(row)?);
    }
    Ok(changes)
}

fn change(row: &SqliteRow) -> Result<StoredChange, Fault> {
    Ok(StoredChange {
        revision: Revision(unsigned(column(row, 0)?)?),
        recorded_at: instant(column(row, 1)?)?,
        hash: chain_hash(column(row, 2)?)?,
        header: column(row, 3)?,
        personal: personal(row, 4)?,
        events: Vec::new(),
    })
}

/// An event, from the six columns from its revision on.
pub(super) fn event(row: &SqliteRow) -> Result<StoredEvent, Fault> {
    let kind = EntityKind::numbered(column(row, 1)?);
    Ok(StoredEvent {
        kind: kind.ok_or(Damage("an event is about a kind of entity that this version does not know"))?,
        entity: column(row, 2)?,
        body: column(row, 3)?,
        personal: personal(row, 4)?,
    })
}

/// Salt and part, from two neighbouring columns.
fn personal(row: &SqliteRow, place: usize) -> Result<Option<Personal>, Fault> {
    let salt: Option<&[u8]> = column(row, place)?;
    let part: Option<Vec<u8>> = column(row, place + 1)?;
    match (salt, part) {
        (Some(salt), Some(part)) => Ok(Some(Personal { salt: bytes(salt)?, part })),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(Damage("half of a personal part is missing").into()),
    }
}

/// The newest change of a realm.
pub(crate) async fn head(conn: &mut SqliteConnection, realm: &RealmId) -> Result<Option<Head>, Fault> {
    let row = sqlx::query("SELECT realm, revision, hash FROM realm WHERE realm = ?")
        .bind(realm.as_str())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read_head).transpose()
}

/// The newest change of every realm.
pub(super) async fn heads(conn: &mut SqliteConnection) -> Result<Vec<Head>, Fault> {
    let rows = sqlx::query("SELECT realm, revision, hash FROM realm ORDER BY realm").fetch_all(conn).await?;
    rows.iter().map(read_head).collect()
}

fn read_head(row: &SqliteRow) -> Result<Head, Fault> {
    Ok(Head {
        realm: realm_id(column(row, 0)?)?,
        revision: Revision(unsigned(column(row, 1)?)?),
        hash: chain_hash(column(row, 2)?)?,
    })
}

/// The chain hash of a revision.
pub(crate) async fn hash_at(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    revision: Revision,
) -> Result<Option<ChainHash>, Fault> {
    let row = sqlx::query("SELECT hash FROM change WHERE realm = ? AND revision = ?")
        .bind(realm.as_str())
        .bind(signed(revision.0))
        .fetch_optional(conn)
        .await?;
    row.map(|row| chain_hash(column(&row, 0)?)).transpose()
}
