//! What tables know of requests.

use bailiwick_identity::Instant;
use sqlx::SqliteConnection;

use crate::api::DueRequest;
use crate::database::{Fault, Requests, rows};

impl Requests for SqliteConnection {
    async fn due(
        &mut self,
        now: Instant,
        after: Option<&DueRequest>,
        limit: usize,
    ) -> Result<Vec<DueRequest>, Fault> {
        let found = sqlx::query(
            "SELECT due_at, realm, request FROM request \
             WHERE due_at <= ? AND (due_at, realm, request) > (?, ?, ?) \
             ORDER BY due_at, realm, request LIMIT ?",
        )
        .bind(now.as_micros())
        .bind(after.map_or(i64::MIN, |last| last.due_at.as_micros()))
        .bind(after.map_or("", |last| last.realm.as_str()))
        .bind(after.map_or("", |last| last.request.as_str()))
        .bind(rows::signed(limit as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::due)
    }
}
