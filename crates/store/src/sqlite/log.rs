//! The log and the realms' rows.

use bailiwick_identity::{Instant, RealmId};
use bailiwick_realm::{ChainHash, Revision};
use sqlx::SqliteConnection;

use crate::database::{Fault, Log, rows};
use crate::log::{Head, StoredChange, StoredEvent};

impl Log for SqliteConnection {
    async fn head(&mut self, realm: &RealmId) -> Result<Option<Head>, Fault> {
        let row = sqlx::query("SELECT realm, revision, hash, recorded_at FROM realm WHERE realm = ?")
            .bind(realm.as_str())
            .fetch_optional(self)
            .await?;
        row.as_ref().map(rows::head).transpose()
    }

    async fn heads(&mut self) -> Result<Vec<Head>, Fault> {
        let found = sqlx::query("SELECT realm, revision, hash, recorded_at FROM realm ORDER BY realm");
        rows::all(&found.fetch_all(self).await?, rows::head)
    }

    async fn recorded_at(&mut self, realm: &RealmId, revision: Revision) -> Result<Option<Instant>, Fault> {
        let row = sqlx::query("SELECT recorded_at FROM change WHERE realm = ? AND revision = ?")
            .bind(realm.as_str())
            .bind(rows::signed(revision.0))
            .fetch_optional(self)
            .await?;
        row.map(|row| rows::instant(&row, 0)).transpose()
    }

    async fn hash_at(&mut self, realm: &RealmId, revision: Revision) -> Result<Option<ChainHash>, Fault> {
        let row = sqlx::query("SELECT hash FROM change WHERE realm = ? AND revision = ?")
            .bind(realm.as_str())
            .bind(rows::signed(revision.0))
            .fetch_optional(self)
            .await?;
        row.map(|row| rows::hash(&row, 0)).transpose()
    }

    async fn changes(
        &mut self,
        realm: &RealmId,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<StoredChange>, Fault> {
        let found = sqlx::query(
            "SELECT revision, recorded_at, hash, header, salt, personal FROM change \
             WHERE realm = ? AND revision > ? ORDER BY revision LIMIT ?",
        )
        .bind(realm.as_str())
        .bind(rows::signed(after.0))
        .bind(rows::signed(limit as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::change)
    }

    async fn events(
        &mut self,
        realm: &RealmId,
        after: Revision,
        last: Revision,
    ) -> Result<Vec<(Revision, StoredEvent)>, Fault> {
        let found = sqlx::query(
            "SELECT revision, kind, entity, body, salt, personal FROM event \
             WHERE realm = ? AND revision > ? AND revision <= ? ORDER BY revision, place",
        )
        .bind(realm.as_str())
        .bind(rows::signed(after.0))
        .bind(rows::signed(last.0))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::event)
    }
}
