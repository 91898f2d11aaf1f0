//! How SQLite finds its way: a page of a list is a seek, however deep it lies.

use bailiwick_identity::{Instant, RealmId, RequestId, UserId};
use sqlx::{AssertSqlSafe, Row, Sqlite};

use super::{behind, open};
use crate::api::{Direction, Period, Place, PlaceKey, RequestPlace, RequestQuery, RequestsOf, UserOrder};
use crate::database::{PlaceQuery, request_list};
use crate::sqlite::entities::CURRENT_AND_HEAD;
use crate::sqlite::people::NAMESAKES;
use crate::sqlite::places::{Query, write};

fn query(order: UserOrder, direction: Direction) -> PlaceQuery<'static> {
    PlaceQuery {
        among: None,
        last_name_from: None,
        last_name_before: None,
        username: None,
        updated: Period::default(),
        created: Period::default(),
        order,
        direction,
        after: None,
        limit: 100,
    }
}

/// Namesakes are looked up, and so is who has a username: nobody else is looked at.
#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_by_what_they_are_known_by() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path(), 1).await.close().await;
    let mut conn = behind(directory.path()).await;
    let mut namesakes = Query::new("EXPLAIN QUERY PLAN ");
    namesakes.push(NAMESAKES);
    let mut named = Query::new("EXPLAIN QUERY PLAN ");
    let realm = RealmId::parse("r").unwrap();
    let username = Some("ab".to_owned());
    write(&mut named, &realm, &PlaceQuery { username, ..query(UserOrder::Username, Direction::Ascending) });
    for (mut statement, found) in [
        (namesakes, "SEARCH p USING INDEX profile_by_names (realm=? AND names=? AND user>?)"),
        (named, "SEARCH p USING INDEX profile_by_username (realm=? AND username=?)"),
    ] {
        let plan = statement.build().fetch_all(&mut conn).await.unwrap();
        assert_eq!(plan[0].get::<&str, _>(3), found);
    }
}

/// A later page of each order, from each end: along the order's index from where the page before ended, and nowhere else;
/// within a prefix and within a period too.
#[tokio::test(flavor = "multi_thread")]
async fn pages_are_seeks() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path(), 1).await.close().await;
    let mut conn = behind(directory.path()).await;
    let realm = RealmId::parse("r").unwrap();
    let user = UserId::parse("u").unwrap();
    let at = Instant::from_micros(7).unwrap();
    let place = |key| Place { key, user: user.clone() };
    let name = place(PlaceKey::Name("ab".to_owned(), "c".to_owned()));
    let (username, instant) = (place(PlaceKey::Username("ab".to_owned())), place(PlaceKey::Instant(at)));
    let period = Period { from: Some(at), before: Instant::from_micros(9) };
    for direction in [Direction::Ascending, Direction::Descending] {
        let prefix = ("a".to_owned(), "b".to_owned());
        let plain = [
            (query(UserOrder::Name, direction), &name, "profile_in_order_of_name", "last_name"),
            (query(UserOrder::Username, direction), &username, "profile_by_username", "username"),
            (query(UserOrder::Updated, direction), &instant, "profile_in_order_of_update", "updated_at"),
            (query(UserOrder::Created, direction), &instant, "profile_in_order_of_creation", "created_at"),
        ];
        let ranges = [
            (
                PlaceQuery {
                    last_name_from: Some(prefix.0),
                    last_name_before: Some(prefix.1),
                    ..query(UserOrder::Name, direction)
                },
                &name,
                "profile_in_order_of_name",
                "last_name",
            ),
            (
                PlaceQuery { updated: period, ..query(UserOrder::Updated, direction) },
                &instant,
                "profile_in_order_of_update",
                "updated_at",
            ),
            (
                PlaceQuery { created: period, ..query(UserOrder::Created, direction) },
                &instant,
                "profile_in_order_of_creation",
                "created_at",
            ),
        ];
        for (query, after, index, column) in plain.into_iter().chain(ranges) {
            let query = PlaceQuery { after: Some(after), ..query };
            let mut statement = Query::new("EXPLAIN QUERY PLAN ");
            write(&mut statement, &realm, &query);
            let plan = statement.build().fetch_all(&mut conn).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|row| row.get(3)).collect();
            // One step, which begins behind the row that came last: the row value is what bounds it.
            let bound = format!("({column},");
            let found = plan.len() == 1 && plan[0].contains(index) && plan[0].contains("SEARCH");
            assert!(found && plan[0].contains(&bound), "{query:?}: {plan:?}");
        }
    }
}

/// A later page of each list of requests begins where the page before ended, or looks only at what waits in the right places.
#[tokio::test(flavor = "multi_thread")]
async fn requests_are_found_where_they_are_listed() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path(), 1).await.close().await;
    let mut conn = behind(directory.path()).await;
    let realm = RealmId::parse("r").unwrap();
    let user = UserId::parse("u").unwrap();
    let at = Instant::from_micros(7).unwrap();
    let after = Some(RequestPlace { at, request: RequestId::parse("q").unwrap() });
    let waiting = "SEARCH w USING PRIMARY KEY (realm=? AND kind=? AND target=? AND (at,request)>(?,?))";
    let overdue = RequestsOf::Overdue { before: at, of: Some((user.clone(), vec!["d".to_owned()])) };
    let lists = [
        (RequestsOf::All, "INDEX request_by_creation (realm=? AND (created_at,request)<(?,?))"),
        (RequestsOf::Author(user.clone()), "INDEX request_by_author (realm=? AND author=? AND (created_at,"),
        (RequestsOf::Subject(user), "SEARCH s USING PRIMARY KEY (realm=? AND user=?)"),
        (RequestsOf::Undecided, "INDEX request_undecided (realm=? AND (due_at,request)>(?,?))"),
        (RequestsOf::Awaiting { units: Vec::new(), systems: vec!["s".to_owned()] }, waiting),
        (RequestsOf::AtDesks(None), "INDEX request_overdue (realm=? AND (overdue_at,request)>(?,?))"),
        (RequestsOf::AtDesks(Some(vec!["d".to_owned()])), waiting),
        (overdue, "INDEX request_overdue (realm=? AND (overdue_at,request)>(?,?)"),
    ];
    let mut plan = async |sql: String| -> Vec<String> {
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
        plan.fetch_all(&mut conn).await.unwrap().iter().map(|row| row.get(3)).collect()
    };
    for (of, found) in lists {
        let query = RequestQuery { of, stages: Vec::new(), after: after.clone(), limit: 10 };
        let plan = plan(request_list::places::<Sqlite>(&realm, &query).sql().as_str().to_owned()).await;
        assert!(plan.iter().any(|step| step.contains(found)), "{query:?}: {plan:#?}");
        assert!(!plan.iter().any(|step| step.contains("SCAN r ") || step.contains("SCAN s")), "{plan:#?}");
    }
    let units = request_list::units_waited_for::<Sqlite>(&realm, None);
    let plan = plan(units.sql().as_str().to_owned()).await;
    let found = "SEARCH request_wait USING PRIMARY KEY (realm=? AND kind=?)";
    assert!(plan.iter().any(|step| step.contains(found)), "{plan:#?}");
    assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:#?}");
}

/// Entities are looked up by their ids, whatever else there is.
#[tokio::test(flavor = "multi_thread")]
async fn entities_are_looked_up() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path(), 1).await.close().await;
    let mut conn = behind(directory.path()).await;
    let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {CURRENT_AND_HEAD}")));
    let plan = plan.bind("r").bind(9).bind("[]").fetch_all(&mut conn).await.unwrap();
    let plan: Vec<String> = plan.iter().map(|row| row.get(3)).collect();
    let found = |step: &str| plan.iter().any(|line| line.starts_with(step));
    assert!(found("SEARCH r USING INDEX") && found("SEARCH e USING"), "{plan:#?}");
    assert!(plan.iter().any(|step| step.contains("(realm=? AND kind=? AND entity=?)")), "{plan:#?}");
}
