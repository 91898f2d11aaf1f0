//! Credentials, attempts to sign in, and what is to be mailed.

use std::collections::BTreeSet;

use bailiwick_identity::delay::Failures;
use bailiwick_identity::{Instant, RealmId, SecretDigest, UserId, UsernameDigest};
use sqlx::PgConnection;

use crate::api::{Attempts, OutboxRow};
use crate::database::Fault;
use crate::database::rows::{self, signed};
use crate::database::secrets::{Counter, KNOWN, KNOWN_CLIENTS, Secrets};

impl Secrets for PgConnection {
    async fn owner_of(&mut self, realm: &RealmId, secret: &SecretDigest) -> Result<Option<UserId>, Fault> {
        let row = sqlx::query("SELECT \"user\" FROM credential WHERE realm = $1 AND secret = $2")
            .bind(realm.as_str())
            .bind(secret.0.to_vec())
            .fetch_optional(self)
            .await?;
        row.map(|row| rows::owner(&row)).transpose()
    }

    async fn lock_name(&mut self, realm: &RealmId, name: UsernameDigest) -> Result<(), Fault> {
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1 || encode($2, 'hex'), 1))")
            .bind(realm.as_str())
            .bind(name.0.to_vec())
            .execute(self)
            .await?;
        Ok(())
    }

    async fn failures(&mut self, of: Counter<'_>, now: Instant) -> Result<Option<Failures>, Fault> {
        let row = sqlx::query(
            "SELECT failures, waits_until FROM login_failure \
             WHERE realm = $1 AND name = $2 AND client = $3 AND expires_at > $4",
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
             WHERE realm = $1 AND \"user\" = $2 AND expires_at > $3 ORDER BY name, client",
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
            "INSERT INTO login_failure (realm, name, client, \"user\", failures, waits_until, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (realm, name, client) DO UPDATE SET \"user\" = excluded.\"user\", \
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
        sqlx::query("DELETE FROM login_failure WHERE realm = $1 AND name = $2 AND client = $3")
            .bind(of.realm.as_str())
            .bind(of.name.0.to_vec())
            .bind(of.client.0.to_vec())
            .execute(self)
            .await?;
        Ok(())
    }

    async fn drop_failures_of(&mut self, realm: &RealmId, user: &UserId) -> Result<(), Fault> {
        sqlx::query("DELETE FROM login_failure WHERE realm = $1 AND \"user\" = $2 AND client < $3")
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
        // Under another name somebody may be counting what is to be forgotten: then it is not.
        sqlx::query(
            "DELETE FROM login_failure WHERE ctid = ANY(ARRAY(SELECT ctid FROM login_failure \
             WHERE realm = $1 AND expires_at <= $2 FOR UPDATE SKIP LOCKED))",
        )
        .bind(realm.as_str())
        .bind(now.as_micros())
        .execute(&mut *self)
        .await?;
        sqlx::query(
            "DELETE FROM login_failure WHERE realm = $1 AND name = $2 AND client >= $3 AND client NOT IN \
             (SELECT client FROM login_failure WHERE realm = $1 AND name = $2 AND client >= $3 \
              ORDER BY expires_at DESC, client LIMIT $4)",
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
            "SELECT id, kind, \"user\", sealed, created_at, expires_at, request FROM outbox \
             WHERE realm = $1 AND id > $2 AND expires_at > $3 ORDER BY id LIMIT $4",
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
        let ids: Vec<i64> = ids.iter().map(|&id| signed(id)).collect();
        let done = sqlx::query("DELETE FROM outbox WHERE realm = $1 AND id = ANY($2)")
            .bind(realm.as_str())
            .bind(ids)
            .execute(self)
            .await?;
        Ok(done.rows_affected())
    }
}
