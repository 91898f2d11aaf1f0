//! Credentials, attempts to sign in, and what is to be mailed.

use std::collections::BTreeSet;

use bailiwick_identity::delay::Failures;
use bailiwick_identity::{Instant, RealmId, SecretDigest, UserId, UsernameDigest};
use sqlx::SqliteConnection;

use super::json;
use crate::api::{Attempts, OutboxRow};
use crate::database::Fault;
use crate::database::rows::{self, signed};
use crate::database::secrets::{Counter, KNOWN, KNOWN_CLIENTS, Secrets};

impl Secrets for SqliteConnection {
    async fn owner_of(&mut self, realm: &RealmId, secret: &SecretDigest) -> Result<Option<UserId>, Fault> {
        let row = sqlx::query("SELECT user FROM credential WHERE realm = ? AND secret = ?")
            .bind(realm.as_str())
            .bind(secret.0.to_vec())
            .fetch_optional(self)
            .await?;
        row.map(|row| rows::owner(&row)).transpose()
    }

    /// A transaction that may write is alone.
    async fn lock_name(&mut self, _realm: &RealmId, _name: UsernameDigest) -> Result<(), Fault> {
        Ok(())
    }

    async fn failures(&mut self, of: Counter<'_>, now: Instant) -> Result<Option<Failures>, Fault> {
        let row = sqlx::query(
            "SELECT failures, waits_until FROM login_failure \
             WHERE realm = ? AND name = ? AND client = ? AND expires_at > ?",
        )
        .bind(of.realm.as_str())
        .bind(of.name.0.to_vec())
        .bind(of.client.0.to_vec())
        .bind(now.as_micros())
        .fetch_optional(self)
        .await?;
        row.map(|row| rows::failures(&row)).transpose()
    }

    async fn attempts_of(
        &mut self,
        realm: &RealmId,
        user: &UserId,
        now: Instant,
    ) -> Result<Vec<Attempts>, Fault> {
        let found = sqlx::query(
            "SELECT failures, waits_until, client, expires_at FROM login_failure \
             WHERE realm = ? AND user = ? AND expires_at > ? ORDER BY name, client",
        )
        .bind(realm.as_str())
        .bind(user.as_str())
        .bind(now.as_micros())
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::attempts)
    }

    async fn put_failures(
        &mut self,
        of: Counter<'_>,
        user: Option<&UserId>,
        failures: Failures,
        expires_at: Instant,
    ) -> Result<(), Fault> {
        sqlx::query(
            "INSERT INTO login_failure (realm, name, client, user, failures, waits_until, expires_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (realm, name, client) DO UPDATE SET user = excluded.user, \
             failures = excluded.failures, waits_until = excluded.waits_until, expires_at = excluded.expires_at",
        )
        .bind(of.realm.as_str())
        .bind(of.name.0.to_vec())
        .bind(of.client.0.to_vec())
        .bind(user.map(UserId::as_str))
        .bind(i64::from(failures.count))
        .bind(failures.until.as_micros())
        .bind(expires_at.as_micros())
        .execute(self)
        .await?;
        Ok(())
    }

    async fn drop_failures(&mut self, of: Counter<'_>) -> Result<(), Fault> {
        sqlx::query("DELETE FROM login_failure WHERE realm = ? AND name = ? AND client = ?")
            .bind(of.realm.as_str())
            .bind(of.name.0.to_vec())
            .bind(of.client.0.to_vec())
            .execute(self)
            .await?;
        Ok(())
    }

    async fn drop_failures_of(&mut self, realm: &RealmId, user: &UserId) -> Result<(), Fault> {
        sqlx::query("DELETE FROM login_failure WHERE realm = ? AND user = ? AND client < ?")
            .bind(realm.as_str())
            .bind(user.as_str())
            .bind(KNOWN.0.to_vec())
            .execute(self)
            .await?;
        Ok(())
    }

    async fn forget_failures(
        &mut self,
        realm: &RealmId,
        name: UsernameDigest,
        now: Instant,
    ) -> Result<(), Fault> {
        sqlx::query("DELETE FROM login_failure WHERE realm = ? AND expires_at <= ?")
            .bind(realm.as_str())
            .bind(now.as_micros())
            .execute(&mut *self)
            .await?;
        sqlx::query(
            "DELETE FROM login_failure WHERE realm = ?1 AND name = ?2 AND client >= ?3 AND client NOT IN \
             (SELECT client FROM login_failure WHERE realm = ?1 AND name = ?2 AND client >= ?3 \
              ORDER BY expires_at DESC, client LIMIT ?4)",
        )
        .bind(realm.as_str())
        .bind(name.0.to_vec())
        .bind(KNOWN.0.to_vec())
        .bind(KNOWN_CLIENTS)
        .execute(self)
        .await?;
        Ok(())
    }

    async fn messages(
        &mut self,
        realm: &RealmId,
        after: u64,
        now: Instant,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, Fault> {
        let found = sqlx::query(
            "SELECT id, kind, user, sealed, created_at, expires_at, request FROM outbox \
             WHERE realm = ? AND id > ? AND expires_at > ? ORDER BY id LIMIT ?",
        )
        .bind(realm.as_str())
        .bind(signed(after))
        .bind(now.as_micros())
        .bind(signed(limit as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::message)
    }

    async fn acknowledge(&mut self, realm: &RealmId, ids: &BTreeSet<u64>) -> Result<u64, Fault> {
        let ids: Vec<String> = ids.iter().map(|&id| signed(id).to_string()).collect();
        let done = sqlx::query(
            "DELETE FROM outbox WHERE realm = ? AND id IN (SELECT CAST(value AS INTEGER) FROM json_each(?))",
        )
        .bind(realm.as_str())
        .bind(json::list(ids.iter().map(String::as_str)))
        .execute(self)
        .await?;
        Ok(done.rows_affected())
    }
}
