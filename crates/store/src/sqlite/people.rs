//! What tables know of users.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Instant, RealmId, UserId, UsernameDigest};
use bailiwick_realm::{MOST_BORN, MOST_NAMESAKES, Namesake, Revision, canonical};
use sqlx::SqliteConnection;

use super::json;
use super::places::places;
use crate::api::{Counted, Hour, Placed, UserKey};
use crate::database::rows::Columns;
use crate::database::{Fault, KnownUser, People, PlaceQuery, rows};
use crate::log::Damage;
use crate::log::tables::RequestKey;

/// What every query for users selects, and from where; what follows restricts `p`.
macro_rules! select {
    ($rest:literal) => {
        select!("", $rest)
    };
    ($along:literal, $rest:literal) => {
        concat!(
            "SELECT p.user, p.etag, who.personal, has.personal, p.created_at, p.updated_at FROM profile AS p ",
            $along,
            " LEFT JOIN entity AS who ON who.realm = p.realm AND who.kind = 5 AND who.entity = p.user ",
            "LEFT JOIN entity AS has ON has.realm = p.realm AND has.kind = 4 AND has.entity = p.user ",
            $rest
        )
    };
}

/// Users of the same names, by id. Left to itself, SQLite goes through everybody by id, and looks at their names.
pub(super) const NAMESAKES: &str = select!(
    "INDEXED BY profile_by_names",
    "WHERE p.realm = ? AND p.names = ? AND p.user > ? ORDER BY p.user LIMIT ?"
);

// `CROSS JOIN` tells SQLite to go from what is wanted to what is there: left to itself it may read whole tables.

impl People for SqliteConnection {
    async fn users(&mut self, realm: &RealmId, users: &BTreeSet<UserId>) -> Result<Vec<KnownUser>, Fault> {
        let found = sqlx::query(
            "SELECT p.user, p.etag, who.personal, has.personal, p.created_at, p.updated_at FROM json_each(?) AS wanted \
             CROSS JOIN profile AS p ON p.realm = ? AND p.user = wanted.value \
             LEFT JOIN entity AS who ON who.realm = p.realm AND who.kind = 5 AND who.entity = p.user \
             LEFT JOIN entity AS has ON has.realm = p.realm AND has.kind = 4 AND has.entity = p.user",
        )
        .bind(json::list(users.iter().map(UserId::as_str)))
        .bind(realm.as_str())
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::user)
    }

    async fn usernames(
        &mut self,
        realm: &RealmId,
        families: &[UsernameDigest],
    ) -> Result<Vec<UsernameDigest>, Fault> {
        let families: Vec<String> = families.iter().map(|family| json::hex(&family.0)).collect();
        // Common names have families of thousands, and a row costs far more than what it holds: all come as one value.
        let row = sqlx::query(
            "SELECT coalesce(group_concat(hex(u.name), ''), '') FROM json_each(?) AS wanted \
             CROSS JOIN used_username AS u ON u.realm = ? AND u.family = unhex(wanted.value)",
        )
        .bind(json::list(families.iter().map(String::as_str)))
        .bind(realm.as_str())
        .fetch_one(self)
        .await?;
        let names = json::unhex(row.text(0)?)
            .ok_or(Damage("a username's digest has not the length it should have"))?;
        Ok(names.into_iter().map(UsernameDigest).collect())
    }

    async fn provider_subjects(
        &mut self,
        realm: &RealmId,
        subjects: &BTreeSet<String>,
    ) -> Result<Vec<(String, UserId)>, Fault> {
        let found = sqlx::query(
            "SELECT p.provider_subject, p.user FROM json_each(?) AS wanted \
             CROSS JOIN profile AS p ON p.realm = ? AND p.provider_subject = wanted.value",
        )
        .bind(json::list(subjects.iter().map(String::as_str)))
        .bind(realm.as_str())
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::whose)
    }

    async fn emails(
        &mut self,
        realm: &RealmId,
        emails: &BTreeSet<String>,
    ) -> Result<Vec<(String, UserId)>, Fault> {
        let found = sqlx::query(
            "SELECT p.email, p.user FROM json_each(?) AS wanted \
             CROSS JOIN profile AS p ON p.realm = ? AND p.email = wanted.value",
        )
        .bind(json::list(emails.iter().map(String::as_str)))
        .bind(realm.as_str())
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::whose)
    }

    async fn external_ids(
        &mut self,
        realm: &RealmId,
        ids: &BTreeSet<(String, String)>,
    ) -> Result<Vec<((String, String), UserId)>, Fault> {
        let found = sqlx::query(
            "SELECT x.name, x.value, x.user FROM json_each(?) AS wanted CROSS JOIN external_id AS x \
             ON x.realm = ? AND x.name = wanted.value ->> 0 AND x.value = wanted.value ->> 1",
        )
        .bind(json::pairs(ids.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
        .bind(realm.as_str())
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::whose_external_id)
    }

    async fn used_handles(
        &mut self,
        realm: &RealmId,
        handles: &BTreeSet<[u8; 16]>,
    ) -> Result<Vec<[u8; 16]>, Fault> {
        let handles: Vec<String> = handles.iter().map(|handle| json::hex(handle)).collect();
        let found = sqlx::query(
            "SELECT u.handle FROM json_each(?) AS wanted \
             CROSS JOIN used_handle AS u ON u.realm = ? AND u.handle = unhex(wanted.value)",
        )
        .bind(json::list(handles.iter().map(String::as_str)))
        .bind(realm.as_str())
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
        let found = sqlx::query(NAMESAKES)
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
        // The first half seeks so many of each name; the second looks through the namesakes for the dates alone, once for
        // each name, and would go through the whole realm if it were left to choose.
        let found = sqlx::query(
            "SELECT p.names, p.user, p.birth_date FROM json_each(?1) AS wanted CROSS JOIN profile AS p \
             ON p.realm = ?2 AND p.user IN (SELECT n.user FROM profile AS n \
             WHERE n.realm = ?2 AND n.names = json_extract(wanted.value, '$[0]') ORDER BY n.user LIMIT ?3) \
             UNION SELECT names, user, birth_date FROM (SELECT p.names, p.user, p.birth_date, \
             row_number() OVER (PARTITION BY p.names, p.birth_date ORDER BY p.user) AS place \
             FROM json_each(?1) AS wanted \
             CROSS JOIN profile AS p INDEXED BY profile_by_names ON p.realm = ?2 AND p.names = json_extract(wanted.value, '$[0]') \
             WHERE p.birth_date IN (SELECT born.value FROM json_each(wanted.value, '$[1]') AS born)) \
             WHERE place <= ?4 ORDER BY 1, 2",
        )
        .bind(json::lists(wanted.iter().map(|(names, dates)| (names.as_str(), dates.iter().map(String::as_str)))))
        .bind(realm.as_str())
        .bind(rows::signed(MOST_NAMESAKES as u64))
        .bind(rows::signed(MOST_BORN as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::namesake)
    }

    async fn questions_asked(&mut self, realm: &RealmId, actor: &UserId, now: Instant) -> Result<u64, Fault> {
        let row = sqlx::query(
            "SELECT asked FROM match_count WHERE realm = ? AND actor = ? AND since > ? - 3600000000",
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
            "INSERT INTO match_count (realm, actor, since, asked) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (realm, actor) DO UPDATE SET \
             asked = CASE WHEN since <= ?3 - 3600000000 THEN ?4 ELSE asked + ?4 END, \
             since = CASE WHEN since <= ?3 - 3600000000 THEN ?3 ELSE since END \
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
            "UPDATE match_count SET asked = max(asked - ?4, 1), \
             since = CASE WHEN asked - ?4 < 1 THEN since - 3600000000 ELSE since END \
             WHERE realm = ?1 AND actor = ?2 AND since = ?3 \
             RETURNING CASE WHEN since = ?3 THEN asked ELSE 0 END",
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
             WHERE realm = ? AND caller = ? AND actor = ? AND id IN (?, ?) AND expires_at > ?",
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
            UserKey::Id(user) => {
                sqlx::query(select!("WHERE p.realm = ? AND p.user = ?")).bind(realm).bind(user.as_str())
            }
            UserKey::Username(username) => sqlx::query(select!("WHERE p.realm = ? AND p.username = ?"))
                .bind(realm)
                .bind(canonical(username)),
            UserKey::Email(email) => {
                sqlx::query(select!("WHERE p.realm = ? AND p.email = ?")).bind(realm).bind(canonical(email))
            }
            UserKey::ProviderSubject(subject) => {
                sqlx::query(select!("WHERE p.realm = ? AND p.provider_subject = ?"))
                    .bind(realm)
                    .bind(subject.as_str())
            }
            UserKey::External(name, value) => sqlx::query(select!(
                "WHERE p.realm = ? AND p.user = (SELECT x.user FROM external_id AS x \
                 WHERE x.realm = p.realm AND x.name = ? AND x.value = ?)"
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
