//! Where users stand in the orders in which they are listed.

use bailiwick_identity::{RealmId, UserId};
use sqlx::QueryBuilder;
use sqlx::sqlite::SqliteConnection;

use super::json;
use crate::api::{Direction, Period, Place, PlaceKey, Placed, UserOrder};
use crate::database::rows::{self, signed};
use crate::database::{Fault, PlaceQuery};

pub(super) type Query = QueryBuilder<sqlx::Sqlite>;

/// What [`rows::placed`] reads.
const COLUMNS: &str =
    "SELECT p.user, p.last_name, p.first_name, p.username, p.updated_at, p.created_at FROM ";

pub(super) async fn places(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    query: &PlaceQuery<'_>,
) -> Result<Vec<Placed>, Fault> {
    let mut statement = Query::new("");
    write(&mut statement, realm, query);
    let found = statement.build().fetch_all(conn).await?;
    rows::all(&found, |row| rows::placed(row, query.order))
}

/// The whole statement.
pub(super) fn write(statement: &mut Query, realm: &RealmId, query: &PlaceQuery<'_>) {
    statement.push(COLUMNS);
    from(statement, realm, query);
    filter(statement, query);
    after(statement, query);
    order(statement, query);
}

/// From some users to their rows; or along the index that has the order, whatever else SQLite may think of.
fn from(statement: &mut Query, realm: &RealmId, query: &PlaceQuery<'_>) {
    if let Some(among) = query.among {
        statement.push("json_each(");
        statement.push_bind(json::list(among.iter().map(UserId::as_str)));
        statement.push(") AS wanted CROSS JOIN profile AS p ON p.user = wanted.value AND p.realm = ");
        statement.push_bind(realm.as_str().to_owned());
        statement.push(" WHERE TRUE");
        return;
    }
    statement.push(match query.order {
        UserOrder::Name => "profile AS p INDEXED BY profile_in_order_of_name",
        UserOrder::Username => "profile AS p INDEXED BY profile_by_username",
        UserOrder::Updated => "profile AS p INDEXED BY profile_in_order_of_update",
        UserOrder::Created => "profile AS p INDEXED BY profile_in_order_of_creation",
    });
    statement.push(" WHERE p.realm = ");
    statement.push_bind(realm.as_str().to_owned());
}

fn filter(statement: &mut Query, query: &PlaceQuery<'_>) {
    if query.order == UserOrder::Username {
        statement.push(" AND p.username IS NOT NULL");
    }
    if let Some(from) =
        query.last_name_from.as_ref().filter(|_| !is_implied(query, UserOrder::Name, End::Least))
    {
        statement.push(" AND p.last_name >= ").push_bind(from.clone());
    }
    let before = query.last_name_before.as_ref();
    if let Some(before) = before.filter(|_| !is_implied(query, UserOrder::Name, End::Greatest)) {
        statement.push(" AND p.last_name < ").push_bind(before.clone());
    }
    if let Some(username) = &query.username {
        statement.push(" AND p.username = ").push_bind(username.clone());
    }
    let updated = [" AND p.updated_at >= ", " AND p.updated_at < "];
    within(statement, updated, query, UserOrder::Updated, query.updated);
    let created = [" AND p.created_at >= ", " AND p.created_at < "];
    within(statement, created, query, UserOrder::Created, query.created);
}

fn within(
    statement: &mut Query,
    clauses: [&'static str; 2],
    query: &PlaceQuery<'_>,
    order: UserOrder,
    period: Period,
) {
    let [from, before] = clauses;
    if let Some(at) = period.from.filter(|_| !is_implied(query, order, End::Least)) {
        statement.push(from).push_bind(at.as_micros());
    }
    if let Some(at) = period.before.filter(|_| !is_implied(query, order, End::Greatest)) {
        statement.push(before).push_bind(at.as_micros());
    }
}

/// An end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Least,
    Greatest,
}

/// Whether an end of the range of the order's own column is implied by where the list goes on. An index is entered at one
/// place: were both said, it would be the beginning of the range again, for every page.
fn is_implied(query: &PlaceQuery<'_>, order: UserOrder, end: End) -> bool {
    let behind = match query.direction {
        Direction::Ascending => End::Least,
        Direction::Descending => End::Greatest,
    };
    query.order == order && query.after.is_some() && end == behind
}

fn after(statement: &mut Query, query: &PlaceQuery<'_>) {
    let Some(Place { key, user }) = query.after else { return };
    statement.push(match query.order {
        UserOrder::Name => " AND (p.last_name, p.first_name, p.user) ",
        UserOrder::Username => " AND (p.username, p.user) ",
        UserOrder::Updated => " AND (p.updated_at, p.user) ",
        UserOrder::Created => " AND (p.created_at, p.user) ",
    });
    statement.push(match query.direction {
        Direction::Ascending => "> (",
        Direction::Descending => "< (",
    });
    match key {
        PlaceKey::Name(last, first) => {
            statement.push_bind(last.clone()).push(", ").push_bind(first.clone());
        }
        PlaceKey::Username(username) => {
            statement.push_bind(username.clone());
        }
        PlaceKey::Instant(at) => {
            statement.push_bind(at.as_micros());
        }
    }
    statement.push(", ").push_bind(user.as_str().to_owned()).push(")");
}

fn order(statement: &mut Query, query: &PlaceQuery<'_>) {
    statement.push(match (query.order, query.direction) {
        (UserOrder::Name, Direction::Ascending) => " ORDER BY p.last_name, p.first_name, p.user",
        (UserOrder::Name, Direction::Descending) => {
            " ORDER BY p.last_name DESC, p.first_name DESC, p.user DESC"
        }
        (UserOrder::Username, Direction::Ascending) => " ORDER BY p.username, p.user",
        (UserOrder::Username, Direction::Descending) => " ORDER BY p.username DESC, p.user DESC",
        (UserOrder::Updated, Direction::Ascending) => " ORDER BY p.updated_at, p.user",
        (UserOrder::Updated, Direction::Descending) => " ORDER BY p.updated_at DESC, p.user DESC",
        (UserOrder::Created, Direction::Ascending) => " ORDER BY p.created_at, p.user",
        (UserOrder::Created, Direction::Descending) => " ORDER BY p.created_at DESC, p.user DESC",
    });
    statement.push(" LIMIT ").push_bind(signed(query.limit as u64));
}
