//! Queries for users.

use std::collections::BTreeSet;

use bailiwick_identity::{RealmId, UserId};
use bailiwick_realm::{State, canonical};

use super::{Database, Fault, KnownUser, PlaceQuery};
use crate::api::{Placed, UserKey, UserQuery, UserRow};
use crate::codec::Names;

fn read(known: KnownUser, names: &Names<'_>) -> Result<UserRow, Fault> {
    Ok(UserRow {
        person: known.person.read(names)?,
        user: known.person.user,
        created_at: known.created_at,
        updated_at: known.updated_at,
    })
}

/// The user of this id, username or external id.
pub(crate) async fn find_user(
    conn: &mut impl Database,
    state: &State,
    key: &UserKey,
) -> Result<Option<UserRow>, Fault> {
    let known = conn.user(&state.realm, key).await?;
    known.map(|known| read(known, &Names::of(state))).transpose()
}

/// Those of these users who exist, in the order of their ids.
pub(crate) async fn some_users(
    conn: &mut impl Database,
    state: &State,
    users: &BTreeSet<UserId>,
) -> Result<Vec<UserRow>, Fault> {
    let mut found = conn.users(&state.realm, users).await?;
    found.sort_unstable_by(|a, b| a.person.user.cmp(&b.person.user));
    found.into_iter().map(|known| read(known, &Names::of(state))).collect()
}

/// Users of these names, in the order of their ids, after one of them.
pub(crate) async fn namesakes(
    conn: &mut impl Database,
    state: &State,
    names: &str,
    after: Option<&UserId>,
    limit: usize,
) -> Result<Vec<UserRow>, Fault> {
    let found = conn.namesakes(&state.realm, names, after.map_or("", UserId::as_str), limit).await?;
    found.into_iter().map(|known| read(known, &Names::of(state))).collect()
}

/// Where the users stand that a query asks for, in its order.
pub(crate) async fn places(
    conn: &mut impl Database,
    realm: &RealmId,
    query: &UserQuery,
) -> Result<Vec<Placed>, Fault> {
    let UserQuery { among, last_name_prefix, username, updated, created, order, direction, after, limit } =
        query;
    let last_name_from = last_name_prefix.as_deref().map(canonical);
    let last_name_before = last_name_from.as_deref().and_then(after_prefix);
    let wanted = PlaceQuery {
        among: among.as_deref(),
        last_name_from,
        last_name_before,
        username: username.as_deref().map(canonical),
        updated: *updated,
        created: *created,
        order: *order,
        direction: *direction,
        after: after.as_ref(),
        limit: *limit,
    };
    conn.places(realm, &wanted).await
}

/// The least text that is greater than every text with this beginning; none where there is no such text.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_somewhere() {
        assert_eq!(after_prefix("ab").as_deref(), Some("ac"));
        assert_eq!(after_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after_prefix("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(after_prefix(""), None);
    }
}
