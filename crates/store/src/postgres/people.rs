//! What tables know of users.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Instant, RealmId, UserId, UsernameDigest};
use bailiwick_realm::{MOST_BORN, MOST_NAMESAKES, Namesake, Revision, canonical};
use sqlx::PgConnection;

use super::places::places;
use crate::api::{Counted, Hour, Placed, UserKey};
use crate::database::{Fault, KnownUser, People, PlaceQuery, rows};
use crate::log::tables::RequestKey;

/// What every query for users selects, and from where; what follows restricts `p`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            r#"SELECT p."user", p.etag, who.personal, has.personal, p.created_at, p.updated_at FROM profile AS p "#,
            r#"LEFT JOIN entity AS who ON who.realm = p.realm AND who.kind = 5 AND who.entity = p."user" "#,
            r#"LEFT JOIN entity AS has ON has.realm = p.realm AND has.kind = 4 AND has.entity = p."user" "#,
            $rest
        )
    };
}

impl People for PgConnection {
    async fn users(&mut self, realm: &RealmId, users: &BTreeSet<UserId>) -> Result<Vec<KnownUser>, Fault> {
        let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
        let found = sqlx::query(select!(r#"WHERE p.realm = $1 AND p."user" = ANY($2)"#))
            .bind(realm.as_str())
            .bind(users)
            .fetch_all(self)
            .await?;
        rows::all(&found, rows::user)
    }

    async fn usernames(
        &mut self,
        realm: &RealmId,
        families: &[UsernameDigest],
    ) -> Result<Vec<UsernameDigest>, Fault> {
        let families: Vec<&[u8]> = families.iter().map(|family| family.0.as_slice()).collect();
        let found = sqlx::query("SELECT name FROM used_username WHERE realm = $1 AND family = ANY($2)")
            .bind(realm.as_str())
            .bind(families)
            .fetch_all(self)
            .await?;
        rows::all(&found, rows::digest)
    }

    async fn provider_subjects(
        &mut self,
        realm: &RealmId,
        subjects: &BTreeSet<String>,
    ) -> Result<Vec<(String, UserId)>, Fault> {
        let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
        let found = sqlx::query(
            r#"SELECT provider_subject, "user" FROM profile WHERE realm = $1 AND provider_subject = ANY($2)"#,
        )
        .bind(realm.as_str())
        .bind(subjects)
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::whose)
    }

    async fn emails(
        &mut self,
        realm: &RealmId,
        emails: &BTreeSet<String>,
    ) -> Result<Vec<(String, UserId)>, Fault> {
        let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
        let found = sqlx::query(r#"SELECT email, "user" FROM profile WHERE realm = $1 AND email = ANY($2)"#)
            .bind(realm.as_str())
            .bind(emails)
            .fetch_all(self)
            .await?;
        rows::all(&found, rows::whose)
    }

    async fn external_ids(
        &mut self,
        realm: &RealmId,
        ids: &BTreeSet<(String, String)>,
    ) -> Result<Vec<((String, String), UserId)>, Fault> {
        let (names, values): (Vec<&str>, Vec<&str>) =
            ids.iter().map(|(name, value)| (name.as_str(), value.as_str())).unzip();
        let found = sqlx::query(
            r#"SELECT x.name, x.value, x."user" FROM unnest($2::text[], $3::text[]) AS wanted (name, value)
             JOIN external_id AS x ON x.realm = $1 AND x.name = wanted.name AND x.value = wanted.value"#,
        )
        .bind(realm.as_str())
        .bind(names)
        .bind(values)
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::whose_external_id)
    }

    async fn used_handles(
        &mut self,
        realm: &RealmId,
        handles: &BTreeSet<[u8; 16]>,
    ) -> Result<Vec<[u8; 16]>, Fault> {
        let handles: Vec<&[u8]> = handles.iter().map(<[u8; 16]>::as_slice).collect();
        let found = sqlx::query("SELECT handle FROM used_handle WHERE realm = $1 AND handle = ANY($2)")
            .bind(realm.as_str())
            .bind(handles)
            .fetch_all(self)
            .await?;
        rows::all(&found, |row| rows::bytes(row, 0))
    }

    async fn namesakes(
        &mut self,
        realm: &RealmId,
        names: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<KnownUser>, Fault> {
        let found = sqlx::query(select!(
            r#"WHERE p.realm = $1 AND p.names = $2 AND p."user" > $3 ORDER BY p."user" LIMIT $4"#
        ))
        .bind(realm.as_str())
        .bind(names)
        .bind(after)
        .bind(rows::signed(limit as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::user)
    }

    async fn namesakes_of(
        &mut self,
        realm: &RealmId,
        wanted: &BTreeMap<String, BTreeSet<String>>,
    ) -> Result<Vec<(String, Namesake)>, Fault> {
        let names: Vec<&str> = wanted.keys().map(String::as_str).collect();
        let born =
            wanted.iter().flat_map(|(names, dates)| dates.iter().map(|date| (names.as_str(), date.as_str())));
        let (born_names, born_dates): (Vec<&str>, Vec<&str>) = born.unzip();
        let found = sqlx::query(
            r#"SELECT n.names, n."user", n.birth_date FROM unnest($2::text[]) AS wanted (names) CROSS JOIN LATERAL (
                 SELECT p.names, p."user", p.birth_date FROM profile AS p
                 WHERE p.realm = $1 AND p.names = wanted.names COLLATE "C" ORDER BY p."user" LIMIT $3) AS n
             UNION SELECT b.names, b."user", b.birth_date FROM (
                 SELECT p.names, p."user", p.birth_date,
                   row_number() OVER (PARTITION BY p.names, p.birth_date ORDER BY p."user") AS place
                 FROM profile AS p
                 WHERE p.realm = $1 AND p.names = ANY($2)
                   AND (p.names, p.birth_date) IN (SELECT * FROM unnest($4::text[], $5::text[]))) AS b
             WHERE b.place <= $6 ORDER BY 1, 2"#,
        )
        .bind(realm.as_str())
        .bind(names)
        .bind(rows::signed(MOST_NAMESAKES as u64))
        .bind(born_names)
        .bind(born_dates)
        .bind(rows::signed(MOST_BORN as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::namesake)
    }

    async fn questions_asked(&mut self, realm: &RealmId, actor: &UserId, now: Instant) -> Result<u64, Fault> {
        let row = sqlx::query(
            "SELECT asked FROM match_count WHERE realm = $1 AND actor = $2 AND since > $3 - 3600000000",
        )
        .bind(realm.as_str())
        .bind(actor.as_str())
        .bind(now.as_micros())
        .fetch_optional(self)
        .await?;
        row.map_or(Ok(0), |row| rows::revision(&row, 0).map(|asked| asked.0))
    }

    async fn count_question(
        &mut self,
        realm: &RealmId,
        actor: &UserId,
        questions: u32,
        now: Instant,
    ) -> Result<Counted, Fault> {
        let row = sqlx::query(
            "INSERT INTO match_count AS m (realm, actor, since, asked) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (realm, actor) DO UPDATE SET \
             asked = CASE WHEN m.since <= $3 - 3600000000 THEN $4 ELSE m.asked + $4 END, \
             since = CASE WHEN m.since <= $3 - 3600000000 THEN $3 ELSE m.since END \
             RETURNING asked, since",
        )
        .bind(realm.as_str())
        .bind(actor.as_str())
        .bind(now.as_micros())
        .bind(i64::from(questions))
        .fetch_one(self)
        .await?;
        rows::counted(&row)
    }

    async fn take_question_back(
        &mut self,
        realm: &RealmId,
        actor: &UserId,
        questions: u32,
        hour: Hour,
    ) -> Result<Counted, Fault> {
        let row = sqlx::query(
            // Where nothing is left of what was counted, the hour is over: nothing was asked in it.
            "UPDATE match_count SET asked = GREATEST(asked - $4, 1), \
             since = CASE WHEN asked - $4 < 1 THEN since - 3600000000 ELSE since END \
             WHERE realm = $1 AND actor = $2 AND since = $3 \
             RETURNING CASE WHEN since = $3 THEN asked ELSE 0 END",
        )
        .bind(realm.as_str())
        .bind(actor.as_str())
        .bind(hour.0.as_micros())
        .bind(i64::from(questions))
        .fetch_optional(self)
        .await?;
        let asked = row.map_or(Ok(0), |row| rows::revision(&row, 0).map(|asked| asked.0))?;
        Ok(Counted { asked, hour })
    }

    async fn request(
        &mut self,
        realm: &RealmId,
        key: &RequestKey,
        now: Instant,
    ) -> Result<Option<([u8; 32], Revision)>, Fault> {
        let row = sqlx::query(
            "SELECT body, revision FROM request_id \
             WHERE realm = $1 AND caller = $2 AND actor = $3 AND id IN ($4, $5) AND expires_at > $6",
        )
        .bind(realm.as_str())
        .bind(key.caller.as_str())
        .bind(key.actor.as_str())
        .bind(key.id.as_str())
        .bind(key.plain.as_str())
        .bind(now.as_micros())
        .fetch_optional(self)
        .await?;
        row.map(|row| Ok((rows::bytes(&row, 0)?, rows::revision(&row, 1)?))).transpose()
    }

    async fn user(&mut self, realm: &RealmId, key: &UserKey) -> Result<Option<KnownUser>, Fault> {
        let realm = realm.as_str();
        let query = match key {
            UserKey::Id(user) => sqlx::query(select!(r#"WHERE p.realm = $1 AND p."user" = $2"#))
                .bind(realm)
                .bind(user.as_str()),
            UserKey::Username(username) => sqlx::query(select!("WHERE p.realm = $1 AND p.username = $2"))
                .bind(realm)
                .bind(canonical(username)),
            UserKey::Email(email) => {
                sqlx::query(select!("WHERE p.realm = $1 AND p.email = $2")).bind(realm).bind(canonical(email))
            }
            UserKey::ProviderSubject(subject) => {
                sqlx::query(select!("WHERE p.realm = $1 AND p.provider_subject = $2"))
                    .bind(realm)
                    .bind(subject.as_str())
            }
            UserKey::External(name, value) => sqlx::query(select!(
                r#"WHERE p.realm = $1 AND p."user" = (SELECT x."user" FROM external_id AS x
                 WHERE x.realm = $1 AND x.name = $2 AND x.value = $3)"#
            ))
            .bind(realm)
            .bind(name.as_str())
            .bind(value.as_str()),
        };
        query.fetch_optional(self).await?.as_ref().map(rows::user).transpose()
    }

    async fn places(&mut self, realm: &RealmId, query: &PlaceQuery<'_>) -> Result<Vec<Placed>, Fault> {
        places(self, realm, query).await
    }
}
