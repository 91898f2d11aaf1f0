//! Entities: the newest event of each, and those before.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId, UserId};
use bailiwick_realm::Revision;
use sqlx::PgConnection;

use crate::database::entities::{Current, Parts};
use crate::database::rows::Columns;
use crate::database::{Entities, Fault, Written, rows};
use crate::log::tables::{Link, LinkKind};
use crate::log::{EntityKind, StoredEvent};

impl Entities for PgConnection {
    async fn schemes(&mut self, realm: &RealmId, last: Revision) -> Result<Vec<Vec<u8>>, Fault> {
        let found = sqlx::query(
            "SELECT body FROM event WHERE realm = $1 AND kind = $2 AND revision <= $3 ORDER BY revision, place",
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
            "SELECT id, entity, body FROM entity WHERE realm = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4",
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
            "SELECT id, entity, personal FROM entity WHERE realm = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4",
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
            "SELECT e.revision, e.kind, e.entity, e.body, e.salt, e.personal, c.recorded_at FROM event AS e \
             JOIN change AS c ON c.realm = e.realm AND c.revision = e.revision \
             WHERE e.realm = $1 AND e.kind = $2 AND e.entity = $3 AND e.revision <= $4 \
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
        let entities: Vec<&str> = entities.iter().map(String::as_str).collect();
        let found = sqlx::query(
            "SELECT body, personal FROM entity WHERE realm = $1 AND kind = $2 AND entity = ANY($3)",
        )
        .bind(realm.as_str())
        .bind(kind.number())
        .bind(entities)
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
        let entities: Vec<&str> = entities.iter().map(String::as_str).collect();
        let found = sqlx::query(
            "SELECT e.body, e.personal, r.revision, r.hash FROM realm AS r \
             LEFT JOIN entity AS e ON e.realm = r.realm AND e.kind = $2 AND e.entity = ANY($3) WHERE r.realm = $1",
        )
        .bind(realm.as_str())
        .bind(kind.number())
        .bind(entities)
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
        let entities: Vec<&str> = entities.iter().map(String::as_str).collect();
        let found = sqlx::query(
            "SELECT e.revision, e.kind, e.entity, e.body, e.salt, e.personal, c.recorded_at \
             FROM unnest($4::text[]) AS wanted (id) \
             CROSS JOIN LATERAL (\
                 SELECT * FROM event AS l \
                 WHERE l.realm = $1 AND l.kind = $2 AND l.entity = wanted.id AND l.revision <= $3 \
                 ORDER BY l.revision DESC, l.place DESC LIMIT 1) AS e \
             JOIN change AS c ON c.realm = e.realm AND c.revision = e.revision",
        )
        .bind(realm.as_str())
        .bind(kind.number())
        .bind(rows::signed(revision.0))
        .bind(entities)
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
             WHERE realm = $1 AND kind = $2 AND (entity, revision) > ($3, $4) ORDER BY entity, revision LIMIT $5",
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
        let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
        let found =
            sqlx::query(r#"SELECT "user" FROM link WHERE realm = $1 AND kind = $2 AND target = ANY($3)"#)
                .bind(realm.as_str())
                .bind(kind.number())
                .bind(targets)
                .fetch_all(self)
                .await?;
        rows::all(&found, rows::owner)
    }

    async fn note_links(&mut self, realm: &RealmId, links: &[Link]) -> Result<(), Fault> {
        for Link { kind, target, user } in links {
            sqlx::query(
                r#"INSERT INTO link (realm, kind, target, "user") VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"#,
            )
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
            "SELECT DISTINCT revision FROM event WHERE realm = $1 AND kind IN (4, 5, 6, 8) AND entity = $2 AND revision > $3 \
             ORDER BY revision LIMIT $4",
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
            "SELECT c.recorded_at FROM event AS e \
             JOIN change AS c ON c.realm = e.realm AND c.revision = e.revision \
             WHERE e.realm = $1 AND e.kind = $2 AND e.entity = $3 ORDER BY e.revision LIMIT 1",
        )
        .bind(realm.as_str())
        .bind(kind.number())
        .bind(entity)
        .fetch_optional(self)
        .await?;
        row.map(|row| rows::instant(&row, 0)).transpose()
    }
}
