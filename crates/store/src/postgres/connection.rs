//! A connection: its transactions and how it is set.

use std::time::Duration;

use bailiwick_identity::{Instant, RealmId, UsernameKey};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};

use super::write::{self, people};
use crate::api::WriterSettings;
use crate::database::rows::{self, Columns};
use crate::database::{Clash, Database, Fault, Identity, timely};
use crate::log::Head;
use crate::log::tables::{Batch, ProfileRow};

/// How soon the server finds out that nobody is at the other end any more: locks must not outlive their holder for long.
macro_rules! keep_alive {
    () => {
        "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; \
         SET tcp_user_timeout = '20s'; SET idle_in_transaction_session_timeout = '30s'; "
    };
}

/// What holds on every connection that writes. A writer that stands still inside a transaction must not keep the others
/// from writing for ever; and what was acknowledged is on the disk, whatever the server's habit. There is no
/// `statement_timeout`: it would end a COMMIT's wait for a synchronous standby as if the standby had it.
const SET_WRITING: &str = concat!(
    keep_alive!(),
    "SET client_min_messages = error; SET lock_timeout = '5s'; SET statement_timeout = 0; \
     SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
);

/// What holds on every connection that reads.
pub(super) const SET_READING: &str = concat!(
    keep_alive!(),
    "SET client_min_messages = error; SET default_transaction_read_only = on; SET lock_timeout = '5s'; \
     SET statement_timeout = '20s'"
);

/// How long a new connection may take.
const CONNECTING: Duration = Duration::from_secs(5);

const LOCKED_HEAD: &str =
    "SELECT realm, revision, hash, recorded_at FROM realm WHERE realm = $1 FOR NO KEY UPDATE";

impl Database for PgConnection {
    type Source = PgConnectOptions;

    async fn open(source: &Self::Source) -> Result<Self, Fault> {
        timely(CONNECTING, async {
            let mut conn = source.connect().await?;
            sqlx::raw_sql(SET_WRITING).execute(&mut conn).await?;
            Ok(conn)
        })
        .await
    }

    async fn identity(&mut self) -> Result<Option<Identity>, Fault> {
        let row =
            sqlx::query("SELECT epoch, page_key, username_key, pg_is_in_recovery()::int::bigint FROM meta");
        let row = row.fetch_one(self).await?;
        if row.number(3)? != 0 {
            return Ok(None);
        }
        rows::identity(&row).map(Some)
    }

    async fn begin_reading(&mut self) -> Result<(), Fault> {
        sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(self).await?;
        Ok(())
    }

    /// What is read after the lock is what was committed before it.
    async fn begin_writing(&mut self) -> Result<(), Fault> {
        sqlx::query("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").execute(self).await?;
        Ok(())
    }

    /// The realm's row; of a realm that has none yet, its name.
    async fn lock(&mut self, realm: &RealmId) -> Result<Option<Head>, Fault> {
        let row = sqlx::query(LOCKED_HEAD).bind(realm.as_str()).fetch_optional(&mut *self).await?;
        if let Some(row) = row {
            return rows::head(&row).map(Some);
        }
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(realm.as_str())
            .execute(&mut *self)
            .await?;
        let row = sqlx::query(LOCKED_HEAD).bind(realm.as_str()).fetch_optional(self).await?;
        row.as_ref().map(rows::head).transpose()
    }

    async fn commit(&mut self) -> Result<(), Fault> {
        sqlx::query("COMMIT").execute(self).await?;
        Ok(())
    }

    async fn roll_back(&mut self) -> Result<(), Fault> {
        sqlx::query("ROLLBACK").execute(self).await?;
        Ok(())
    }

    /// There is no number that moves with commits alone and with each of them.
    async fn version(&mut self) -> Result<Option<i64>, Fault> {
        Ok(None)
    }

    async fn clock(&mut self) -> Result<Option<Instant>, Fault> {
        let row = sqlx::query("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
        rows::instant(&row.fetch_one(self).await?, 0).map(Some)
    }

    async fn settings(&mut self) -> Result<WriterSettings, Fault> {
        let row = sqlx::query(
            "SELECT current_setting('synchronous_commit'), current_setting('fsync'), \
             current_setting('full_page_writes'), current_setting('lock_timeout')",
        );
        let row = row.fetch_one(self).await?;
        Ok(WriterSettings::from([
            ("synchronous_commit", row.text(0)?.to_owned()),
            ("fsync", row.text(1)?.to_owned()),
            ("full_page_writes", row.text(2)?.to_owned()),
            ("lock_timeout", row.text(3)?.to_owned()),
        ]))
    }

    async fn write(&mut self, batch: &Batch, key: UsernameKey) -> Result<(), Fault> {
        write::write(self, batch, key).await
    }

    async fn project(
        &mut self,
        realm: &RealmId,
        profiles: &[ProfileRow],
        key: UsernameKey,
    ) -> Result<(), Fault> {
        people::write(self, realm, &profiles.iter().collect::<Vec<_>>(), key, Clash::OldOnes).await
    }

    async fn projection(&mut self) -> Result<i64, Fault> {
        sqlx::query("SELECT projection FROM meta").fetch_one(self).await?.number(0)
    }

    async fn set_projection(&mut self, version: i64) -> Result<bool, Fault> {
        let moved = sqlx::query("UPDATE meta SET projection = $1 WHERE projection < $1");
        Ok(moved.bind(version).execute(self).await?.rows_affected() == 1)
    }

    /// The server keeps its own house.
    async fn tidy(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    async fn finish(self) {
        // The server rolls back what is open, whether or not it hears of the end.
        let _ = self.close().await;
    }
}
