//! What tables know of requests.

use bailiwick_identity::{Instant, RealmId, RequestId};
use sqlx::PgConnection;

use crate::database::{Fault, Requests, rows};

impl Requests for PgConnection {
    async fn due(&mut self, now: Instant, limit: usize) -> Result<Vec<(RealmId, RequestId)>, Fault> {
        let found = sqlx::query(
            "SELECT realm, request FROM request WHERE due_at <= $1 ORDER BY due_at, realm, request LIMIT $2",
        )
        .bind(now.as_micros())
        .bind(rows::signed(limit as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::request)
    }
}
