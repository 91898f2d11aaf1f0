//! Writing a batch: the log, the newest state of each entity, the columns for queries. One statement a table, its rows
//! as arrays.

mod erase;
pub(super) mod people;
mod requests;
mod secrets;

use bailiwick_identity::{Instant, RealmId, UsernameKey};
use bailiwick_realm::Revision;
use sqlx::PgConnection;

use crate::database::rows::signed;
use crate::database::{Entities, Fault};
use crate::log::tables::{Batch, EntityRow, RequestRow};
use crate::log::{Damage, Personal, StoredChange, StoredEvent};

/// A column of rows.
fn each<'r, R, T>(rows: &'r [R], column: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(column).collect()
}

fn salt(personal: Option<&Personal>) -> Option<&[u8]> {
    personal.map(|personal| personal.salt.as_slice())
}

fn part(personal: Option<&Personal>) -> Option<&[u8]> {
    personal.map(|personal| personal.part.as_slice())
}

/// Writes a batch in the open transaction.
pub(super) async fn write(conn: &mut PgConnection, batch: &Batch, key: UsernameKey) -> Result<(), Fault> {
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
    conn: &mut PgConnection,
    realm: &RealmId,
    base: Revision,
    changes: &[StoredChange],
) -> Result<(), Fault> {
    let last = changes.last().ok_or(Damage("a batch without changes"))?;
    let statement = if base == Revision(0) {
        sqlx::query(
            "INSERT INTO realm (revision, hash, recorded_at, realm) SELECT $1, $2, $3, $4 WHERE $5 = 0::bigint \
             ON CONFLICT DO NOTHING",
        )
    } else {
        sqlx::query(
            "UPDATE realm SET revision = $1, hash = $2, recorded_at = $3 WHERE realm = $4 AND revision = $5",
        )
    };
    let done = statement
        .bind(signed(last.revision.0))
        .bind(last.hash.0.as_slice())
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
    conn: &mut PgConnection,
    realm: &RealmId,
    changes: &[StoredChange],
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO change (realm, revision, recorded_at, hash, header, salt, personal) SELECT $1, * \
         FROM unnest($2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[])",
    )
    .bind(realm.as_str())
    .bind(each(changes, |c| signed(c.revision.0)))
    .bind(each(changes, |c| c.recorded_at.as_micros()))
    .bind(each(changes, |c| c.hash.0.as_slice()))
    .bind(each(changes, |c| c.header.as_slice()))
    .bind(each(changes, |c| salt(c.personal.as_ref())))
    .bind(each(changes, |c| part(c.personal.as_ref())))
    .execute(conn)
    .await?;
    Ok(())
}

async fn write_events(
    conn: &mut PgConnection,
    realm: &RealmId,
    changes: &[StoredChange],
) -> Result<(), Fault> {
    let mut rows: Vec<(Revision, i64, &StoredEvent)> = Vec::new();
    for change in changes {
        rows.extend((0..).zip(&change.events).map(|(place, event)| (change.revision, place, event)));
    }
    sqlx::query(
        "INSERT INTO event (realm, revision, place, kind, entity, body, salt, personal) SELECT $1, * \
         FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[])",
    )
    .bind(realm.as_str())
    .bind(each(&rows, |(revision, _, _)| signed(revision.0)))
    .bind(each(&rows, |(_, place, _)| *place))
    .bind(each(&rows, |(_, _, event)| event.kind.number()))
    .bind(each(&rows, |(_, _, event)| event.entity.as_str()))
    .bind(each(&rows, |(_, _, event)| event.body.as_slice()))
    .bind(each(&rows, |(_, _, event)| salt(event.personal.as_ref())))
    .bind(each(&rows, |(_, _, event)| part(event.personal.as_ref())))
    .execute(conn)
    .await?;
    Ok(())
}

/// The ids of new rows ascend in the order of the rows.
async fn write_entities(
    conn: &mut PgConnection,
    realm: &RealmId,
    entities: &[EntityRow],
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO entity (realm, kind, entity, revision, body, personal) \
         SELECT $1, kind, entity, revision, body, personal \
         FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::bytea[], $6::bytea[]) WITH ORDINALITY \
         AS new (kind, entity, revision, body, personal, place) ORDER BY place \
         ON CONFLICT (realm, kind, entity) DO UPDATE \
         SET revision = excluded.revision, body = excluded.body, personal = excluded.personal",
    )
    .bind(realm.as_str())
    .bind(each(entities, |e| e.kind.number()))
    .bind(each(entities, |e| e.entity.as_str()))
    .bind(each(entities, |e| signed(e.revision.0)))
    .bind(each(entities, |e| e.body.as_slice()))
    .bind(each(entities, |e| e.personal.as_deref()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes callers' own ids of commands, and forgets those that are over.
async fn write_requests(
    conn: &mut PgConnection,
    realm: &RealmId,
    requests: &[RequestRow],
    changes: &[StoredChange],
) -> Result<(), Fault> {
    let Some(now) = changes.last().map(|change| change.recorded_at).filter(|_| !requests.is_empty()) else {
        return Ok(());
    };
    // Another realm's writer may be at the same rows: each its own.
    sqlx::query("DELETE FROM request_id WHERE realm = $1 AND expires_at <= $2")
        .bind(realm.as_str())
        .bind(now.as_micros())
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "INSERT INTO request_id (realm, caller, actor, id, body, revision, expires_at) SELECT $1, * \
         FROM unnest($2::text[], $3::text[], $4::text[], $5::bytea[], $6::bigint[], $7::bigint[]) \
         ON CONFLICT (realm, caller, actor, id) DO UPDATE \
         SET body = excluded.body, revision = excluded.revision, expires_at = excluded.expires_at",
    )
    .bind(realm.as_str())
    .bind(each(requests, |r| r.key.caller.as_str()))
    .bind(each(requests, |r| r.key.actor.as_str()))
    .bind(each(requests, |r| r.key.id.as_str()))
    .bind(each(requests, |r| r.body.as_slice()))
    .bind(each(requests, |r| signed(r.revision.0)))
    .bind(each(requests, |r| r.expires_at.as_micros()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes handles as used up, and forgets those that have ended since.
async fn use_up(
    conn: &mut PgConnection,
    realm: &RealmId,
    handles: &[([u8; 16], Instant)],
    changes: &[StoredChange],
) -> Result<(), Fault> {
    let Some(now) = changes.last().map(|change| change.recorded_at).filter(|_| !handles.is_empty()) else {
        return Ok(());
    };
    sqlx::query("DELETE FROM used_handle WHERE realm = $1 AND expires_at <= $2")
        .bind(realm.as_str())
        .bind(now.as_micros())
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "INSERT INTO used_handle (realm, handle, expires_at) SELECT $1, * FROM unnest($2::bytea[], $3::bigint[])",
    )
    .bind(realm.as_str())
    .bind(each(handles, |(handle, _)| handle.as_slice()))
    .bind(each(handles, |(_, expires_at)| expires_at.as_micros()))
    .execute(conn)
    .await?;
    Ok(())
}
