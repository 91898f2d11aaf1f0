//! Writing what queries ask of requests and reviews.

use bailiwick_identity::{Instant, RealmId, UserId};
use sqlx::sqlite::SqliteConnection;

use crate::database::Fault;
use crate::database::rows::signed;
use crate::log::StoredChange;
use crate::log::waiting::{self, ReviewRow, Wait, WaitKind, WaitingRow};
use crate::sqlite::json;

pub(super) async fn write(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    rows: &[WaitingRow],
) -> Result<(), Fault> {
    for row in rows {
        write_one(conn, realm, row).await?;
    }
    Ok(())
}

/// Requests that wait for approval are looked for wherever those they are about hold something by now.
pub(super) async fn widen(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    changes: &[StoredChange],
) -> Result<(), Fault> {
    let waits = "SELECT EXISTS (SELECT 1 FROM request WHERE realm = ? AND stage = 2)";
    if !sqlx::query_scalar(waits).bind(realm.as_str()).fetch_one(&mut *conn).await? {
        return Ok(());
    }
    let holders = waiting::holders(changes)?;
    let held =
        holders.iter().flat_map(|(user, units)| units.iter().map(|unit| (user.as_str(), unit.as_str())));
    sqlx::query(
        "INSERT OR IGNORE INTO request_wait (realm, kind, target, at, request) \
         SELECT s.realm, ?1, json_extract(held.value, '$[1]'), r.due_at, s.request FROM json_each(?2) AS held \
         CROSS JOIN request_subject AS s CROSS JOIN request AS r \
         WHERE s.realm = ?3 AND s.user = json_extract(held.value, '$[0]') \
         AND r.realm = s.realm AND r.request = s.request AND r.stage = 2",
    )
    .bind(WaitKind::Unit.number())
    .bind(json::pairs(held))
    .bind(realm.as_str())
    .execute(&mut *conn)
    .await?;
    Ok(())
}

async fn write_one(conn: &mut SqliteConnection, realm: &RealmId, row: &WaitingRow) -> Result<(), Fault> {
    let (realm, request) = (realm.as_str(), row.request.as_str());
    sqlx::query(
        "INSERT INTO request (realm, request, author, stage, due_at, overdue_at, etag, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) ON CONFLICT (realm, request) DO UPDATE SET \
         stage = excluded.stage, due_at = excluded.due_at, overdue_at = excluded.overdue_at, \
         etag = excluded.etag, updated_at = excluded.updated_at",
    )
    .bind(realm)
    .bind(request)
    .bind(row.author.as_ref().map(|author| author.as_str().to_owned()))
    .bind(row.stage)
    .bind(row.due_at.map(Instant::as_micros))
    .bind(row.overdue_at.map(Instant::as_micros))
    .bind(signed(row.revision.0))
    .bind(row.at.as_micros())
    .execute(&mut *conn)
    .await?;
    for statement in [
        "DELETE FROM request_subject WHERE realm = ? AND request = ?",
        "DELETE FROM request_wait WHERE realm = ? AND request = ?",
    ] {
        sqlx::query(statement).bind(realm).bind(request).execute(&mut *conn).await?;
    }
    for subject in &row.subjects {
        sqlx::query("INSERT INTO request_subject (realm, user, request) VALUES (?, ?, ?)")
            .bind(realm)
            .bind(subject.as_str())
            .bind(request)
            .execute(&mut *conn)
            .await?;
    }
    for Wait { kind, target, at } in &row.waits {
        sqlx::query("INSERT INTO request_wait (realm, kind, target, at, request) VALUES (?, ?, ?, ?, ?)")
            .bind(realm)
            .bind(kind.number())
            .bind(target.as_str())
            .bind(at.as_micros())
            .bind(request)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

pub(super) async fn write_reviews(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    rows: &[ReviewRow],
) -> Result<(), Fault> {
    for row in rows {
        sqlx::query(
            "INSERT INTO review (realm, review, opened_at, due_at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (realm, review) DO UPDATE SET due_at = excluded.due_at",
        )
        .bind(realm.as_str())
        .bind(row.review.as_str())
        .bind(row.opened_at.as_micros())
        .bind(row.due_at.map(Instant::as_micros))
        .execute(&mut *conn)
        .await?;
        sqlx::query(
            "INSERT OR IGNORE INTO review_subject (realm, user, review) SELECT ?1, value, ?2 FROM json_each(?3)",
        )
        .bind(realm.as_str())
        .bind(row.review.as_str())
        .bind(json::list(row.subjects.iter().map(UserId::as_str)))
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
