//! A connection: its transactions and how it is set.

use bailiwick_identity::{Instant, RealmId, UsernameKey};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use super::write::{self, people};
use crate::api::WriterSettings;
use crate::database::rows::{self, Columns};
use crate::database::{Clash, Database, Fault, Identity, Log};
use crate::log::Head;
use crate::log::tables::{Batch, ProfileRow};

impl Database for SqliteConnection {
    type Source = SqliteConnectOptions;

    async fn open(source: &Self::Source) -> Result<Self, Fault> {
        Ok(source.clone().create_if_missing(false).connect().await?)
    }

    async fn identity(&mut self) -> Result<Option<Identity>, Fault> {
        let row = sqlx::query("SELECT epoch, page_key, username_key FROM meta");
        rows::identity(&row.fetch_one(self).await?).map(Some)
    }

    async fn begin_reading(&mut self) -> Result<(), Fault> {
        sqlx::query("BEGIN").execute(self).await?;
        Ok(())
    }

    /// `BEGIN IMMEDIATE` is the lock: SQLite has one writer.
    async fn begin_writing(&mut self) -> Result<(), Fault> {
        sqlx::query("BEGIN IMMEDIATE").execute(self).await?;
        Ok(())
    }

    async fn lock(&mut self, realm: &RealmId) -> Result<Option<Head>, Fault> {
        self.head(realm).await
    }

    async fn commit(&mut self) -> Result<(), Fault> {
        sqlx::query("COMMIT").execute(self).await?;
        Ok(())
    }

    async fn roll_back(&mut self) -> Result<(), Fault> {
        sqlx::query("ROLLBACK").execute(self).await?;
        Ok(())
    }

    async fn version(&mut self) -> Result<Option<i64>, Fault> {
        sqlx::query("PRAGMA data_version").fetch_one(self).await?.number(0).map(Some)
    }

    /// The file is written by this machine.
    async fn clock(&mut self) -> Result<Option<Instant>, Fault> {
        Ok(None)
    }

    async fn settings(&mut self) -> Result<WriterSettings, Fault> {
        let journal = sqlx::query("PRAGMA journal_mode").fetch_one(&mut *self).await?;
        let synchronous = sqlx::query("PRAGMA synchronous").fetch_one(&mut *self).await?;
        let foreign_keys = sqlx::query("PRAGMA foreign_keys").fetch_one(&mut *self).await?;
        let busy = sqlx::query("PRAGMA busy_timeout").fetch_one(self).await?;
        Ok(WriterSettings::from([
            ("journal_mode", journal.text(0)?.to_owned()),
            ("synchronous", synchronous.number(0)?.to_string()),
            ("foreign_keys", foreign_keys.number(0)?.to_string()),
            ("busy_timeout", busy.number(0)?.to_string()),
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
        let moved = sqlx::query("UPDATE meta SET projection = ?1 WHERE projection < ?1");
        Ok(moved.bind(version).execute(self).await?.rows_affected() == 1)
    }

    /// Everything into the main file.
    async fn tidy(&mut self) -> Result<(), Fault> {
        // Readers are not waited for as long as writers are: whoever writes waits for this.
        sqlx::raw_sql("PRAGMA busy_timeout = 500").execute(&mut *self).await?;
        let done = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *self).await;
        sqlx::raw_sql("PRAGMA busy_timeout = 5000").execute(&mut *self).await?;
        let done = done?;
        match done.number(0)? {
            0 => Ok(()),
            // Somebody reads what is to be moved.
            _ => Err(Fault::Database(sqlx::Error::Protocol("readers are at the write-ahead log".to_owned()))),
        }
    }

    async fn finish(self) {
        // Closing rolls back what is open; that it cannot be closed tidily adds nothing.
        let _ = self.close().await;
    }
}
