//! Writing a batch: the log, the newest state of each entity, the columns for queries.

mod erase;
pub(super) mod people;
mod requests;
mod secrets;

use bailiwick_identity::{Instant, RealmId, UsernameKey};
use bailiwick_realm::Revision;
use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite};

use crate::database::rows::signed;
use crate::database::{Entities, Fault};
use crate::log::tables::{Batch, EntityRow, RequestRow};
use crate::log::{Damage, StoredChange, StoredEvent};

/// So many rows go into one statement; what is left over goes into smaller ones, so that few texts of statements
/// are ever prepared.
const SIZES: [usize; 4] = [256, 32, 4, 1];

/// Cuts rows into statements.
fn portions<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|&size| size <= rows.len())?;
        let (portion, rest) = rows.split_at_checked(size)?;
        rows = rest;
        Some(portion)
    })
}

async fn run(conn: &mut SqliteConnection, mut statement: QueryBuilder<Sqlite>) -> Result<(), Fault> {
    statement.build().execute(conn).await?;
    Ok(())
}

/// Writes a batch in the open transaction.
pub(super) async fn write(conn: &mut SqliteConnection, batch: &Batch, key: UsernameKey) -> Result<(), Fault> {
    let Batch {
        realm,
        base,
        changes,
        entities,
        profiles: _,
        touched,
        made: _,
        requests,
        handles,
        erased,
        credentials,
        messages,
        links,
        waiting,
        reviews,
    } = batch;
    advance(conn, realm, *base, changes).await?;
    write_changes(conn, realm, changes).await?;
    write_events(conn, realm, changes).await?;
    write_entities(conn, realm, entities).await?;
    people::write_all(conn, realm, &batch.people(), key).await?;
    write_requests(conn, realm, requests, changes).await?;
    use_up(conn, realm, handles, changes).await?;
    secrets::write(conn, realm, credentials, messages).await?;
    conn.note_links(realm, links).await?;
    requests::write(conn, realm, waiting).await?;
    requests::write_reviews(conn, realm, reviews).await?;
    if !touched.is_empty() {
        requests::widen(conn, realm, changes).await?;
    }
    for (user, by) in erased {
        erase::erase(conn, realm, user, *by).await?;
    }
    Ok(())
}

/// Moves the realm's row on. It stands at the base: the lock was taken before the head was read.
async fn advance(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    base: Revision,
    changes: &[StoredChange],
) -> Result<(), Fault> {
    let last = changes.last().ok_or(Damage("a batch without changes"))?;
    let statement = if base == Revision(0) {
        sqlx::query("INSERT INTO realm (revision, hash, recorded_at, realm) SELECT ?, ?, ?, ? WHERE ? = 0")
    } else {
        sqlx::query(
            "UPDATE realm SET revision = ?, hash = ?, recorded_at = ? WHERE realm = ? AND revision = ?",
        )
    };
    let done = statement
        .bind(signed(last.revision.0))
        .bind(last.hash.0.to_vec())
        .bind(last.recorded_at.as_micros())
        .bind(realm.as_str())
        .bind(signed(base.0))
        .execute(conn)
        .await?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Damage("the realm's row is not where it was locked").into())
    }
}

async fn write_changes(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    changes: &[StoredChange],
) -> Result<(), Fault> {
    for portion in portions(changes) {
        let mut statement = QueryBuilder::new(
            "INSERT INTO change (realm, revision, recorded_at, hash, header, salt, personal) ",
        );
        statement.push_values(portion, |mut row, change| {
            row.push_bind(realm.as_str())
                .push_bind(signed(change.revision.0))
                .push_bind(change.recorded_at.as_micros())
                .push_bind(change.hash.0.to_vec())
                .push_bind(change.header.as_slice())
                .push_bind(change.personal.as_ref().map(|p| p.salt.to_vec()))
                .push_bind(change.personal.as_ref().map(|p| p.part.as_slice()));
        });
        run(conn, statement).await?;
    }
    Ok(())
}

async fn write_events(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    changes: &[StoredChange],
) -> Result<(), Fault> {
    let mut rows: Vec<(Revision, i64, &StoredEvent)> = Vec::new();
    for change in changes {
        rows.extend((0..).zip(&change.events).map(|(place, event)| (change.revision, place, event)));
    }
    for portion in portions(&rows) {
        let mut statement = QueryBuilder::new(
            "INSERT INTO event (realm, revision, place, kind, entity, body, salt, personal) ",
        );
        statement.push_values(portion, |mut row, (revision, place, event)| {
            row.push_bind(realm.as_str())
                .push_bind(signed(revision.0))
                .push_bind(*place)
                .push_bind(event.kind.number())
                .push_bind(event.entity.as_str())
                .push_bind(event.body.as_slice())
                .push_bind(event.personal.as_ref().map(|p| p.salt.to_vec()))
                .push_bind(event.personal.as_ref().map(|p| p.part.as_slice()));
        });
        run(conn, statement).await?;
    }
    Ok(())
}

async fn write_entities(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    entities: &[EntityRow],
) -> Result<(), Fault> {
    for portion in portions(entities) {
        let mut statement =
            QueryBuilder::new("INSERT INTO entity (realm, kind, entity, revision, body, personal) ");
        statement.push_values(portion, |mut row, entity| {
            row.push_bind(realm.as_str())
                .push_bind(entity.kind.number())
                .push_bind(entity.entity.as_str())
                .push_bind(signed(entity.revision.0))
                .push_bind(entity.body.as_slice())
                .push_bind(entity.personal.as_deref());
        });
        statement.push(
            " ON CONFLICT (realm, kind, entity) DO UPDATE \
             SET revision = excluded.revision, body = excluded.body, personal = excluded.personal",
        );
        run(conn, statement).await?;
    }
    Ok(())
}

/// Notes callers' own ids of commands, and forgets those that are over.
async fn write_requests(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    requests: &[RequestRow],
    changes: &[StoredChange],
) -> Result<(), Fault> {
    let Some(now) = changes.last().map(|change| change.recorded_at).filter(|_| !requests.is_empty()) else {
        return Ok(());
    };
    sqlx::query("DELETE FROM request_id WHERE realm = ? AND expires_at <= ?")
        .bind(realm.as_str())
        .bind(now.as_micros())
        .execute(&mut *conn)
        .await?;
    for portion in portions(requests) {
        let mut statement = QueryBuilder::new(
            "INSERT INTO request_id (realm, caller, actor, id, body, revision, expires_at) ",
        );
        statement.push_values(portion, |mut row, request| {
            row.push_bind(realm.as_str())
                .push_bind(request.key.caller.as_str())
                .push_bind(request.key.actor.as_str())
                .push_bind(request.key.id.as_str())
                .push_bind(request.body.to_vec())
                .push_bind(signed(request.revision.0))
                .push_bind(request.expires_at.as_micros());
        });
        statement.push(
            " ON CONFLICT (realm, caller, actor, id) DO UPDATE \
             SET body = excluded.body, revision = excluded.revision, expires_at = excluded.expires_at",
        );
        run(conn, statement).await?;
    }
    Ok(())
}

/// Notes handles as used up, and forgets those that have ended since.
async fn use_up(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    handles: &[([u8; 16], Instant)],
    changes: &[StoredChange],
) -> Result<(), Fault> {
    let Some(now) = changes.last().map(|change| change.recorded_at).filter(|_| !handles.is_empty()) else {
        return Ok(());
    };
    sqlx::query("DELETE FROM used_handle WHERE realm = ? AND expires_at <= ?")
        .bind(realm.as_str())
        .bind(now.as_micros())
        .execute(&mut *conn)
        .await?;
    for portion in portions(handles) {
        let mut statement = QueryBuilder::new("INSERT INTO used_handle (realm, handle, expires_at) ");
        statement.push_values(portion, |mut row, (handle, expires_at)| {
            row.push_bind(realm.as_str()).push_bind(handle.to_vec()).push_bind(expires_at.as_micros());
        });
        run(conn, statement).await?;
    }
    Ok(())
}
