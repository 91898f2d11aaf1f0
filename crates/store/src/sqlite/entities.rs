//! Entities: the newest event of each, and those before.
//!
//! The index is named: where few entities change, SQLite would rather look through the whole log, newest first, than seek.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId, UserId};
use bailiwick_realm::Revision;
use sqlx::SqliteConnection;

use super::json;
use crate::database::entities::{Current, Parts};
use crate::database::rows::Columns;
use crate::database::{Entities, Fault, Written, rows};
use crate::log::tables::{Link, LinkKind};
use crate::log::{EntityKind, StoredEvent};

/// Of a realm (1), entities of a kind (2) by these ids (3).
pub(super) const CURRENT_AND_HEAD: &str = "\
    SELECT e.body, e.personal, r.revision, r.hash FROM realm AS r \
    LEFT JOIN entity AS e ON e.realm = r.realm AND e.kind = ?2 AND e.entity IN (SELECT value FROM json_each(?3)) \
    WHERE r.realm = ?1";

impl Entities for SqliteConnection {
    async fn schemes(&mut self, realm: &RealmId, last: Revision) -> Result<Vec<Vec<u8>>, Fault> {
        let found = sqlx::query(
            "SELECT body FROM event INDEXED BY event_by_entity \
             WHERE realm = ? AND kind = ? AND entity = '' AND revision <= ? ORDER BY revision, place",
        )
        .bind(realm.as_str())
        .bind(EntityKind::Scheme.number())
        .bind(rows::signed(last.0))
        .fetch_all(self)
        .await?;
        rows::all(&found, |row| row.blob(0).map(<[u8]>::to_vec))
    }

    async fn entities(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, StoredEvent)>, Fault> {
        let found = sqlx::query(
            "SELECT id, entity, body FROM entity WHERE realm = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(realm.as_str())
        .bind(kind.number())
        .bind(after)
        .bind(rows::signed(limit as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, |row| rows::entity(row, kind))
    }

    async fn profiles(
        &mut self,
        realm: &RealmId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, UserId, Option<Vec<u8>>)>, Fault> {
        let found = sqlx::query(
            "SELECT id, entity, personal FROM entity WHERE realm = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(realm.as_str())
        .bind(EntityKind::Profile.number())
        .bind(after)
        .bind(rows::signed(limit as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::profile)
    }

    async fn newest(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        entity: &str,
        revision: Revision,
    ) -> Result<Option<Written>, Fault> {
        let row = sqlx::query(
            "SELECT e.revision, e.kind, e.entity, e.body, e.salt, e.personal, c.recorded_at \
             FROM event AS e INDEXED BY event_by_entity \
             CROSS JOIN change AS c ON c.realm = e.realm AND c.revision = e.revision \
             WHERE e.realm = ? AND e.kind = ? AND e.entity = ? AND e.revision <= ? \
             ORDER BY e.revision DESC, e.place DESC LIMIT 1",
        )
        .bind(realm.as_str())
        .bind(kind.number())
        .bind(entity)
        .bind(rows::signed(revision.0))
        .fetch_optional(self)
        .await?;
        row.as_ref().map(rows::written).transpose()
    }

    async fn current(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        entities: &BTreeSet<String>,
    ) -> Result<Vec<Parts>, Fault> {
        let found = sqlx::query(
            "SELECT e.body, e.personal FROM json_each(?) AS wanted \
             CROSS JOIN entity AS e ON e.realm = ? AND e.kind = ? AND e.entity = wanted.value",
        )
        .bind(json::list(entities.iter().map(String::as_str)))
        .bind(realm.as_str())
        .bind(kind.number())
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::part)
    }

    async fn current_and_head(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        entities: &BTreeSet<String>,
    ) -> Result<Current, Fault> {
        let found = sqlx::query(CURRENT_AND_HEAD)
            .bind(realm.as_str())
            .bind(kind.number())
            .bind(json::list(entities.iter().map(String::as_str)))
            .fetch_all(self)
            .await?;
        rows::parts_and_head(&found)
    }

    async fn newest_of(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        entities: &BTreeSet<String>,
        revision: Revision,
    ) -> Result<Vec<Written>, Fault> {
        // An entity comes once within a change. A change may be a whole world: its events are not looked through.
        let found = sqlx::query(
            "SELECT e.revision, e.kind, e.entity, e.body, e.salt, e.personal, c.recorded_at \
             FROM json_each(?4) AS wanted \
             CROSS JOIN event AS e INDEXED BY event_by_entity \
             ON e.realm = ?1 AND e.kind = ?2 AND e.entity = wanted.value AND e.revision = (\
                 SELECT max(l.revision) FROM event AS l \
                 WHERE l.realm = ?1 AND l.kind = ?2 AND l.entity = wanted.value AND l.revision <= ?3) \
             CROSS JOIN change AS c ON c.realm = e.realm AND c.revision = e.revision",
        )
        .bind(realm.as_str())
        .bind(kind.number())
        .bind(rows::signed(revision.0))
        .bind(json::list(entities.iter().map(String::as_str)))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::written)
    }

    async fn all_events(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        after: &(String, Revision),
        limit: usize,
    ) -> Result<Vec<(Revision, StoredEvent)>, Fault> {
        let found = sqlx::query(
            "SELECT revision, kind, entity, body, salt, personal FROM event \
             WHERE realm = ? AND kind = ? AND (entity, revision) > (?, ?) ORDER BY entity, revision LIMIT ?",
        )
        .bind(realm.as_str())
        .bind(kind.number())
        .bind(after.0.as_str())
        .bind(rows::signed(after.1.0))
        .bind(rows::signed(limit as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::event)
    }

    async fn linked(
        &mut self,
        realm: &RealmId,
        kind: LinkKind,
        targets: &BTreeSet<String>,
    ) -> Result<Vec<UserId>, Fault> {
        let found = sqlx::query(
            "SELECT l.user FROM json_each(?) AS wanted \
             CROSS JOIN link AS l ON l.realm = ? AND l.kind = ? AND l.target = wanted.value",
        )
        .bind(json::list(targets.iter().map(String::as_str)))
        .bind(realm.as_str())
        .bind(kind.number())
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::owner)
    }

    async fn note_links(&mut self, realm: &RealmId, links: &[Link]) -> Result<(), Fault> {
        for Link { kind, target, user } in links {
            sqlx::query("INSERT OR IGNORE INTO link (realm, kind, target, user) VALUES (?, ?, ?, ?)")
                .bind(realm.as_str())
                .bind(kind.number())
                .bind(target.as_str())
                .bind(user.as_str())
                .execute(&mut *self)
                .await?;
        }
        Ok(())
    }

    async fn revisions(
        &mut self,
        realm: &RealmId,
        user: &UserId,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Revision>, Fault> {
        let found = sqlx::query(
            "SELECT DISTINCT revision FROM event INDEXED BY event_by_entity \
             WHERE realm = ? AND kind IN (4, 5, 6, 8) AND entity = ? AND revision > ? \
             ORDER BY revision LIMIT ?",
        )
        .bind(realm.as_str())
        .bind(user.as_str())
        .bind(rows::signed(after.0))
        .bind(rows::signed(limit as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, |row| rows::revision(row, 0))
    }

    async fn first_written(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        entity: &str,
    ) -> Result<Option<Instant>, Fault> {
        let row = sqlx::query(
            "SELECT c.recorded_at FROM event AS e INDEXED BY event_by_entity \
             CROSS JOIN change AS c ON c.realm = e.realm AND c.revision = e.revision \
             WHERE e.realm = ? AND e.kind = ? AND e.entity = ? ORDER BY e.revision LIMIT 1",
        )
        .bind(realm.as_str())
        .bind(kind.number())
        .bind(entity)
        .fetch_optional(self)
        .await?;
        row.map(|row| rows::instant(&row, 0)).transpose()
    }
}
