//! Keys of calling programs.

use bailiwick_identity::Instant;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::{Fault, bytes, column, instant, realm_id};
use crate::api::ApiKey;

/// A change of the keys.
#[derive(Debug)]
pub(crate) enum KeyWrite {
    /// A new key.
    Create(Box<ApiKey>),
    /// An end to a key.
    Revoke { id: String, at: Instant },
}

/// Writes, and says whether that changed anything.
pub(super) async fn write(conn: &mut SqliteConnection, write: &KeyWrite) -> Result<bool, Fault> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *conn).await?;
    let done = match write {
        KeyWrite::Create(key) => {
            let realms: Vec<&str> = key.realms.iter().map(bailiwick_identity::RealmId::as_str).collect();
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
            .execute(&mut *conn)
            .await?
        }
        KeyWrite::Revoke { id, at } => {
            sqlx::query("UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
                .bind(at.as_micros())
                .bind(id.as_str())
                .execute(&mut *conn)
                .await?
        }
    };
    sqlx::query("UPDATE meta SET keys_at = keys_at + 1").execute(&mut *conn).await?;
    sqlx::query("COMMIT").execute(conn).await?;
    Ok(done.rows_affected() > 0)
}

/// Every key, revoked ones too, oldest first.
pub(crate) async fn read_keys(conn: &mut SqliteConnection) -> Result<Vec<ApiKey>, Fault> {
    let rows = sqlx::query(
        "SELECT id, name, secret_hash, permissions, realms, created_at, revoked_at FROM api_key \
         ORDER BY created_at, id",
    )
    .fetch_all(conn)
    .await?;
    rows.iter().map(key).collect()
}

/// The number that is raised whenever keys change.
pub(super) async fn changed_at(conn: &mut SqliteConnection) -> Result<i64, Fault> {
    let row = sqlx::query("SELECT keys_at FROM meta").fetch_one(conn).await?;
    column(&row, 0)
}

fn key(row: &SqliteRow) -> Result<ApiKey, Fault> {
    let permissions: &str = column(row, 3)?;
    let realms: &str = column(row, 4)?;
    let revoked_at: Option<i64> = column(row, 6)?;
    Ok(ApiKey {
        id: column(row, 0)?,
        name: column(row, 1)?,
        secret_hash: bytes(column(row, 2)?)?,
        permissions: permissions.split_whitespace().map(str::to_owned).collect(),
        realms: realms.split_whitespace().map(realm_id).collect::<Result<_, _>>()?,
        created_at: instant(column(row, 5)?)?,
        revoked_at: revoked_at.map(instant).transpose()?,
    })
}
