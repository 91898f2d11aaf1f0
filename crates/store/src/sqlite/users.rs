//! Queries for users.

use bailiwick_identity::UserId;
use bailiwick_realm::{State, canonical};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::facts::person;
use super::{Fault, column, instant, json, signed};
use crate::api::{UserKey, UserQuery, UserRow};
use crate::codec::Names;

/// What every query selects, and from where; what follows restricts `p`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT p.user, p.etag, who.personal, has.personal, p.created_at, p.updated_at FROM profile AS p ",
            "LEFT JOIN entity AS who ON who.realm = p.realm AND who.kind = 5 AND who.entity = p.user ",
            "LEFT JOIN entity AS has ON has.realm = p.realm AND has.kind = 4 AND has.entity = p.user ",
            $rest
        )
    };
}

fn read(row: &SqliteRow, names: &Names<'_>) -> Result<UserRow, Fault> {
    let known = person(row)?;
    Ok(UserRow {
        person: known.read(names)?,
        user: known.user,
        created_at: instant(column(row, 4)?)?,
        updated_at: instant(column(row, 5)?)?,
    })
}

/// The user of this id, username or external id.
pub(crate) async fn find_user(
    conn: &mut SqliteConnection,
    state: &State,
    key: &UserKey,
) -> Result<Option<UserRow>, Fault> {
    let realm = state.realm.as_str();
    let query = match key {
        UserKey::Id(user) => {
            sqlx::query(select!("WHERE p.realm = ? AND p.user = ?")).bind(realm).bind(user.as_str())
        }
        UserKey::Username(username) => {
            sqlx::query(select!("WHERE p.realm = ? AND p.username = ?")).bind(realm).bind(canonical(username))
        }
        UserKey::External(name, value) => sqlx::query(select!(
            "WHERE p.realm = ? AND p.user = (SELECT x.user FROM external_id AS x \
             WHERE x.realm = p.realm AND x.name = ? AND x.value = ?)"
        ))
        .bind(realm)
        .bind(name.as_str())
        .bind(value.as_str()),
    };
    let row = query.fetch_optional(conn).await?;
    row.map(|row| read(&row, &Names::of(state))).transpose()
}

/// The users of these ids who exist, in the order of their ids.
pub(crate) async fn some_users(
    conn: &mut SqliteConnection,
    state: &State,
    ids: &[UserId],
) -> Result<Vec<UserRow>, Fault> {
    let rows = sqlx::query(select!(
        "WHERE p.realm = ? AND p.user IN (SELECT value FROM json_each(?)) ORDER BY p.user"
    ))
    .bind(state.realm.as_str())
    .bind(json::list(ids.iter().map(UserId::as_str)))
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| read(row, &Names::of(state))).collect()
}

/// The users that a query asks for, in the order of canonical last name and id.
pub(crate) async fn list_users(
    conn: &mut SqliteConnection,
    state: &State,
    query: &UserQuery,
) -> Result<Vec<UserRow>, Fault> {
    let UserQuery { last_name_prefix, username, after, limit } = query;
    let from = last_name_prefix.as_deref().map(canonical).unwrap_or_default();
    let to = json::after_prefix(&from);
    let (after_name, after_user) = match after {
        Some((name, user)) => (name.as_str(), user.as_str()),
        None => ("", ""),
    };
    let rows = sqlx::query(select!(
        "WHERE p.realm = ?1 AND p.last_name >= ?2 AND (?3 IS NULL OR p.last_name < ?3) \
         AND (p.last_name, p.user) > (?4, ?5) AND (?6 IS NULL OR p.username = ?6) \
         ORDER BY p.last_name, p.user LIMIT ?7"
    ))
    .bind(state.realm.as_str())
    .bind(from)
    .bind(to)
    .bind(after_name)
    .bind(after_user)
    .bind(username.as_deref().map(canonical))
    .bind(signed(*limit as u64))
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| read(row, &Names::of(state))).collect()
}
