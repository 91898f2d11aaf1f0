//! Where users stand in the orders in which they are listed.

use bailiwick_identity::RealmId;
use sqlx::{PgConnection, QueryBuilder};

use crate::api::{Direction, Period, Place, PlaceKey, Placed, UserOrder};
use crate::database::rows::{self, signed};
use crate::database::{Fault, PlaceQuery};

type Query = QueryBuilder<sqlx::Postgres>;

/// What [`rows::placed`] reads.
const COLUMNS: &str =
    "SELECT p.\"user\", p.last_name, p.first_name, p.username, p.updated_at, p.created_at FROM ";

pub(super) async fn places(
    conn: &mut PgConnection,
    realm: &RealmId,
    query: &PlaceQuery<'_>,
) -> Result<Vec<Placed>, Fault> {
    let mut statement = Query::new(COLUMNS);
    from(&mut statement, realm, query);
    filter(&mut statement, query);
    after(&mut statement, query);
    order(&mut statement, query);
    let found = statement.build().fetch_all(conn).await?;
    rows::all(&found, |row| rows::placed(row, query.order))
}

/// From some users to their rows, and only then into order (`OFFSET 0` keeps the planner from walking the order in the hope
/// of meeting them soon); or of everybody, where it knows by its statistics which index is the shorter way.
fn from(statement: &mut Query, realm: &RealmId, query: &PlaceQuery<'_>) {
    let Some(among) = query.among else {
        statement.push("profile AS p WHERE p.realm = ").push_bind(realm.as_str().to_owned());
        return;
    };
    let among: Vec<String> = among.iter().map(|user| user.as_str().to_owned()).collect();
    statement.push("(SELECT row.* FROM unnest(").push_bind(among);
    statement
        .push("::text[]) AS wanted (id) JOIN profile AS row ON row.\"user\" = wanted.id AND row.realm = ");
    statement.push_bind(realm.as_str().to_owned());
    statement.push(" OFFSET 0) AS p WHERE TRUE");
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
        UserOrder::Name => " AND (p.last_name, p.first_name, p.\"user\") ",
        UserOrder::Username => " AND (p.username, p.\"user\") ",
        UserOrder::Updated => " AND (p.updated_at, p.\"user\") ",
        UserOrder::Created => " AND (p.created_at, p.\"user\") ",
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
        (UserOrder::Name, Direction::Ascending) => " ORDER BY p.last_name, p.first_name, p.\"user\"",
        (UserOrder::Name, Direction::Descending) => {
            " ORDER BY p.last_name DESC, p.first_name DESC, p.\"user\" DESC"
        }
        (UserOrder::Username, Direction::Ascending) => " ORDER BY p.username, p.\"user\"",
        (UserOrder::Username, Direction::Descending) => " ORDER BY p.username DESC, p.\"user\" DESC",
        (UserOrder::Updated, Direction::Ascending) => " ORDER BY p.updated_at, p.\"user\"",
        (UserOrder::Updated, Direction::Descending) => " ORDER BY p.updated_at DESC, p.\"user\" DESC",
        (UserOrder::Created, Direction::Ascending) => " ORDER BY p.created_at, p.\"user\"",
        (UserOrder::Created, Direction::Descending) => " ORDER BY p.created_at DESC, p.\"user\" DESC",
    });
    statement.push(" LIMIT ").push_bind(signed(query.limit as u64));
}
