//! What tables know of requests.

use bailiwick_identity::{Instant, RealmId, RequestId};
use sqlx::SqliteConnection;

use crate::database::{Fault, Requests, rows};

impl Requests for SqliteConnection {
    async fn due(&mut self, now: Instant, limit: usize) -> Result<Vec<(RealmId, RequestId)>, Fault> {
        let found = sqlx::query(
            "SELECT realm, request FROM request WHERE due_at <= ? ORDER BY due_at, realm, request LIMIT ?",
        )
        .bind(now.as_micros())
        .bind(rows::signed(limit as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::request)
    }
}
