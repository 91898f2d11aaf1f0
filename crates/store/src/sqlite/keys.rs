//! Keys of calling programs.

use bailiwick_identity::{Instant, RealmId};
use sqlx::SqliteConnection;

use crate::api::ApiKey;
use crate::database::rows::Columns;
use crate::database::{Fault, KeyWrite, Keys, rows};

impl Keys for SqliteConnection {
    async fn keys_at(&mut self) -> Result<i64, Fault> {
        sqlx::query("SELECT keys_at FROM meta").fetch_one(self).await?.number(0)
    }

    async fn keys(&mut self) -> Result<Vec<ApiKey>, Fault> {
        let found = sqlx::query(
            "SELECT id, name, secret_hash, permissions, realms, created_at, revoked_at FROM api_key \
             ORDER BY created_at, id",
        );
        rows::all(&found.fetch_all(self).await?, rows::key)
    }

    async fn write_key(&mut self, write: &KeyWrite) -> Result<bool, Fault> {
        let done = match write {
            KeyWrite::Create(key) => {
                let realms: Vec<&str> = key.realms.iter().map(RealmId::as_str).collect();
                sqlx::query(
                    "INSERT INTO api_key (id, name, secret_hash, permissions, realms, created_at, revoked_at) \
                     VALUES (?, ?, ?, ?, ?, ?, ?)",
                )
                .bind(key.id.as_str())
                .bind(key.name.as_str())
                .bind(key.secret_hash.to_vec())
                .bind(key.permissions.join(" "))
                .bind(realms.join(" "))
                .bind(key.created_at.as_micros())
                .bind(key.revoked_at.map(Instant::as_micros))
                .execute(&mut *self)
                .await?
            }
            KeyWrite::Revoke { id, at } => {
                sqlx::query("UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
                    .bind(at.as_micros())
                    .bind(id.as_str())
                    .execute(&mut *self)
                    .await?
            }
        };
        sqlx::query("UPDATE meta SET keys_at = keys_at + 1").execute(self).await?;
        Ok(done.rows_affected() > 0)
    }
}
