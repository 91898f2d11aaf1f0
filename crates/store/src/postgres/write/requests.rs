//! Writing what queries ask of requests and reviews.

use bailiwick_identity::{Instant, RealmId, UserId};
use sqlx::PgConnection;

use crate::database::Fault;
use crate::database::rows::signed;
use crate::log::StoredChange;
use crate::log::waiting::{self, ReviewRow, WaitKind, WaitingRow};

pub(super) async fn write(
    conn: &mut PgConnection,
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
    conn: &mut PgConnection,
    realm: &RealmId,
    changes: &[StoredChange],
) -> Result<(), Fault> {
    let waits = "SELECT EXISTS (SELECT 1 FROM request WHERE realm = $1 AND stage = 2)";
    if !sqlx::query_scalar(waits).bind(realm.as_str()).fetch_one(&mut *conn).await? {
        return Ok(());
    }
    let holders = waiting::holders(changes)?;
    let held = || holders.iter().flat_map(|(user, units)| units.iter().map(move |unit| (user, unit)));
    let users: Vec<&str> = held().map(|(user, _)| user.as_str()).collect();
    let units: Vec<&str> = held().map(|(_, unit)| unit.as_str()).collect();
    sqlx::query(
        "INSERT INTO request_wait (realm, kind, target, at, request) \
         SELECT DISTINCT s.realm, $1::bigint, held.unit, r.due_at, s.request \
         FROM unnest($2::text[], $3::text[]) AS held (who, unit) \
         JOIN request_subject AS s ON s.realm = $4 AND s.\"user\" = held.who \
         JOIN request AS r ON r.realm = s.realm AND r.request = s.request AND r.stage = 2 \
         ON CONFLICT DO NOTHING",
    )
    .bind(WaitKind::Unit.number())
    .bind(users)
    .bind(units)
    .bind(realm.as_str())
    .execute(&mut *conn)
    .await?;
    Ok(())
}

async fn write_one(conn: &mut PgConnection, realm: &RealmId, row: &WaitingRow) -> Result<(), Fault> {
    let (realm, request) = (realm.as_str(), row.request.as_str());
    sqlx::query(
        "INSERT INTO request (realm, request, author, stage, due_at, overdue_at, etag, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (realm, request) DO UPDATE SET \
         stage = excluded.stage, due_at = excluded.due_at, overdue_at = excluded.overdue_at, \
         etag = excluded.etag, updated_at = excluded.updated_at",
    )
    .bind(realm)
    .bind(request)
    .bind(row.author.as_ref().map(UserId::as_str))
    .bind(row.stage)
    .bind(row.due_at.map(Instant::as_micros))
    .bind(row.overdue_at.map(Instant::as_micros))
    .bind(signed(row.revision.0))
    .bind(row.at.as_micros())
    .execute(&mut *conn)
    .await?;
    for statement in [
        "DELETE FROM request_subject WHERE realm = $1 AND request = $2",
        "DELETE FROM request_wait WHERE realm = $1 AND request = $2",
    ] {
        sqlx::query(statement).bind(realm).bind(request).execute(&mut *conn).await?;
    }
    let subjects: Vec<&str> = row.subjects.iter().map(UserId::as_str).collect();
    sqlx::query("INSERT INTO request_subject (realm, \"user\", request) SELECT $1, unnest($3::text[]), $2")
        .bind(realm)
        .bind(request)
        .bind(subjects)
        .execute(&mut *conn)
        .await?;
    let kinds: Vec<i64> = row.waits.iter().map(|wait| wait.kind.number()).collect();
    let targets: Vec<&str> = row.waits.iter().map(|wait| wait.target.as_str()).collect();
    let instants: Vec<i64> = row.waits.iter().map(|wait| wait.at.as_micros()).collect();
    sqlx::query(
        "INSERT INTO request_wait (realm, kind, target, at, request) SELECT $1, w.kind, w.target, w.at, $2 \
         FROM unnest($3::bigint[], $4::text[], $5::bigint[]) AS w (kind, target, at)",
    )
    .bind(realm)
    .bind(request)
    .bind(kinds)
    .bind(targets)
    .bind(instants)
    .execute(&mut *conn)
    .await?;
    Ok(())
}

pub(super) async fn write_reviews(
    conn: &mut PgConnection,
    realm: &RealmId,
    rows: &[ReviewRow],
) -> Result<(), Fault> {
    for row in rows {
        sqlx::query(
            "INSERT INTO review (realm, review, opened_at, due_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (realm, review) DO UPDATE SET due_at = excluded.due_at",
        )
        .bind(realm.as_str())
        .bind(row.review.as_str())
        .bind(row.opened_at.as_micros())
        .bind(row.due_at.map(Instant::as_micros))
        .execute(&mut *conn)
        .await?;
        let subjects: Vec<&str> = row.subjects.iter().map(UserId::as_str).collect();
        sqlx::query(
            "INSERT INTO review_subject (realm, \"user\", review) SELECT $1, unnest($3::text[]), $2 \
             ON CONFLICT DO NOTHING",
        )
        .bind(realm.as_str())
        .bind(row.review.as_str())
        .bind(subjects)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
