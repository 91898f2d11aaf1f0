//! Lists of requests and reviews, in words that both databases understand.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId, UserId};
use sqlx::QueryBuilder;

use super::rows::{self, signed};
use crate::api::{Due, RequestPlace, RequestQuery, RequestsOf, ReviewPlace, WhichReviews};
use crate::codec;
use crate::log::EntityKind;
use crate::log::waiting::WaitKind;

/// What databases say differently.
pub(crate) trait Dialect: sqlx::Database {
    /// A number.
    fn number(statement: &mut QueryBuilder<Self>, number: i64);

    /// A text.
    fn text(statement: &mut QueryBuilder<Self>, text: &str);

    /// Several texts, as the column `value` of a table named `wanted`.
    fn texts(statement: &mut QueryBuilder<Self>, texts: &[String]);
}

/// Which way a list goes, by which column.
#[derive(Clone, Copy)]
enum Order {
    Newest,
    Expiry,
    Due,
    Waiting,
}

impl Order {
    fn of(list: &RequestsOf) -> Self {
        match list {
            RequestsOf::All | RequestsOf::Author(_) | RequestsOf::Subject(_) => Self::Newest,
            RequestsOf::Awaiting { .. } | RequestsOf::AtDesks(Some(_)) => Self::Waiting,
            RequestsOf::Undecided => Self::Expiry,
            RequestsOf::AtDesks(None) | RequestsOf::Overdue { .. } => Self::Due,
        }
    }

    fn column(self) -> &'static str {
        match self {
            Self::Newest => "r.created_at",
            Self::Expiry => "r.due_at",
            Self::Due => "r.overdue_at",
            Self::Waiting => "r.at",
        }
    }

    fn way(self) -> &'static str {
        match self {
            Self::Newest => " DESC",
            Self::Expiry | Self::Due | Self::Waiting => "",
        }
    }
}

/// A statement that yields places, in order: instant and request of each, as one text.
pub(crate) fn places<D: Dialect>(realm: &RealmId, query: &RequestQuery) -> QueryBuilder<D> {
    let order = Order::of(&query.of);
    // What waits for several things is found by each.
    let each_once = if matches!(order, Order::Waiting) { "SELECT DISTINCT " } else { "SELECT " };
    let mut words = Words::begin("SELECT string_agg(at || ' ' || request, ' ' ORDER BY at");
    words.say(order.way()).say(", request").say(order.way()).say(") FROM (").say(each_once);
    words.say(order.column()).say(" AS at, r.request FROM ");
    match &query.of {
        RequestsOf::All => words.requests(realm, query),
        RequestsOf::Author(author) => {
            words.requests(realm, query).say(" AND r.author = ").text(author.as_str())
        }
        RequestsOf::Subject(subject) => {
            words.say("request_subject AS s CROSS JOIN ").requests(realm, query);
            words.say(" AND s.realm = r.realm AND s.request = r.request AND s.\"user\" = ");
            words.text(subject.as_str())
        }
        RequestsOf::Undecided => words.requests(realm, query).say(" AND r.stage = 2"),
        RequestsOf::Awaiting { units, systems } => {
            let units: Vec<String> = units.iter().map(ToString::to_string).collect();
            let targets = [(WaitKind::Unit, &units[..]), (WaitKind::System, systems)];
            words.waits_by_target(realm, &targets, query)
        }
        RequestsOf::AtDesks(Some(desks)) => words.waits_by_target(realm, &[(WaitKind::Desk, desks)], query),
        RequestsOf::AtDesks(None) => words.requests(realm, query).say(" AND r.overdue_at IS NOT NULL"),
        RequestsOf::Overdue { before, of } => {
            words.requests(realm, query).say(" AND r.overdue_at <= ").number(before.as_micros());
            match of {
                Some((author, desks)) => words.belonging(author, desks),
                None => &mut words,
            }
        }
    };
    words.page(order, query.after.as_ref(), query.limit);
    words.say(") AS page");
    words.0
}

/// A statement that yields the units in which something waits for approval that comes after a place, and when the first of it expires,
/// as one text: handing over a row takes longer than finding it. No id has a space in it.
pub(crate) fn units_waited_for<D: Dialect>(realm: &RealmId, after: Option<&RequestPlace>) -> QueryBuilder<D> {
    let mut words =
        Words::begin("SELECT string_agg(unit, ' ') FROM (SELECT target || ' ' || MIN(at) AS unit");
    words.say(" FROM request_wait WHERE realm = ").text(realm.as_str());
    words.say(" AND kind = ").number(WaitKind::Unit.number());
    words.after("(at, request) >", after);
    words.say(" GROUP BY target) AS waiting");
    words.0
}

/// A statement that yields what is due by an instant, of every realm: instant, realm, kind and name; who is due first comes first.
pub(crate) fn due<D: Dialect>(now: Instant, after: Option<&Due>, limit: usize) -> QueryBuilder<D> {
    let mut words = Words::begin("SELECT due_at, realm, kind, id FROM (");
    words.say("SELECT due_at, realm, CAST(1 AS BIGINT) AS kind, request AS id FROM request WHERE due_at <= ");
    words.number(now.as_micros());
    words.say(" UNION ALL SELECT due_at, realm, CAST(2 AS BIGINT), review FROM review WHERE due_at <= ");
    words.number(now.as_micros()).say(") AS due");
    if let Some(Due { at, realm, of }) = after {
        let (kind, id) = rows::due_key(of);
        words.say(" WHERE (due_at, realm, kind, id) > (").number(at.as_micros());
        words.say(", ").text(realm.as_str()).say(", ").number(kind).say(", ").text(id).say(")");
    }
    words.say(" ORDER BY due_at, realm, kind, id LIMIT ").number(signed(limit as u64));
    words.0
}

/// A statement that yields places of reviews: instant and review; the newest comes first.
pub(crate) fn reviews<D: Dialect>(
    realm: &RealmId,
    which: WhichReviews,
    after: Option<&ReviewPlace>,
    limit: usize,
) -> QueryBuilder<D> {
    let mut words = Words::begin("SELECT opened_at, review FROM review WHERE realm = ");
    words.text(realm.as_str());
    match which {
        WhichReviews::Open => words.say(" AND due_at IS NOT NULL"),
        WhichReviews::All => &mut words,
    };
    if let Some(ReviewPlace { opened_at, review }) = after {
        words.say(" AND (opened_at, review) < (").number(opened_at.as_micros());
        words.say(", ").text(review.as_str()).say(")");
    }
    words.say(" ORDER BY opened_at DESC, review DESC LIMIT ").number(signed(limit as u64));
    words.0
}

/// A statement that yields the requests about these people that still say something: body and personal part.
pub(crate) fn requests_about<D: Dialect>(realm: &RealmId, people: &BTreeSet<UserId>) -> QueryBuilder<D> {
    let people: Vec<String> = people.iter().map(ToString::to_string).collect();
    let mut words = Words::begin("SELECT e.body, e.personal FROM ");
    words.texts(&people).say(" CROSS JOIN request_subject AS s JOIN entity AS e ");
    words.say("ON e.realm = s.realm AND e.entity = s.request AND e.kind = ");
    words.number(EntityKind::Request.number()).say(" WHERE s.realm = ").text(realm.as_str());
    words.say(" AND s.\"user\" = wanted.value AND e.personal IS NOT NULL");
    words.0
}

/// A statement that is written.
struct Words<D: Dialect>(QueryBuilder<D>);

impl<D: Dialect> Words<D> {
    fn begin(words: &str) -> Self {
        Self(QueryBuilder::new(words))
    }

    fn say(&mut self, words: &str) -> &mut Self {
        self.0.push(words);
        self
    }

    fn number(&mut self, number: i64) -> &mut Self {
        D::number(&mut self.0, number);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        D::text(&mut self.0, text);
        self
    }

    fn texts(&mut self, texts: &[String]) -> &mut Self {
        D::texts(&mut self.0, texts);
        self
    }

    /// The requests of a realm that stand as is asked for.
    fn requests(&mut self, realm: &RealmId, query: &RequestQuery) -> &mut Self {
        self.say("request AS r WHERE r.realm = ").text(realm.as_str());
        if !query.stages.is_empty() {
            self.say(" AND r.stage IN (0");
            for &stage in &query.stages {
                self.say(", ").number(codec::stage_number(stage));
            }
            self.say(")");
        }
        self
    }

    /// Each target is looked up.
    fn waits_by_target(
        &mut self,
        realm: &RealmId,
        targets: &[(WaitKind, &[String])],
        query: &RequestQuery,
    ) -> &mut Self {
        let mut word = "(";
        for (kind, names) in targets {
            self.say(word).say("SELECT w.at, w.request FROM ").texts(names);
            self.say(" CROSS JOIN request_wait AS w WHERE w.realm = ").text(realm.as_str());
            self.say(" AND w.kind = ").number(kind.number()).say(" AND w.target = wanted.value");
            self.after("(w.at, w.request) >", query.after.as_ref());
            word = " UNION ";
        }
        self.say(") AS r WHERE 1 = 1")
    }

    /// Of an author, or at one of these desks.
    fn belonging(&mut self, author: &UserId, desks: &[String]) -> &mut Self {
        self.say(" AND (r.author = ").text(author.as_str());
        self.say(" OR EXISTS (SELECT 1 FROM request_wait AS w WHERE w.realm = r.realm AND w.kind = ");
        self.number(WaitKind::Desk.number());
        self.say(" AND w.request = r.request AND w.target IN (SELECT wanted.value FROM ");
        self.texts(desks).say(")))")
    }

    /// What comes after a place, in order, so many.
    fn page(&mut self, order: Order, after: Option<&RequestPlace>, limit: usize) {
        let (column, way) = (order.column(), order.way());
        let comes_after = if way.is_empty() { ") >" } else { ") <" };
        self.after(&format!("({column}, r.request{comes_after}"), after);
        self.say(" ORDER BY ").say(column).say(way).say(", r.request").say(way);
        self.say(" LIMIT ").number(signed(limit as u64));
    }

    fn after(&mut self, comes_after: &str, after: Option<&RequestPlace>) {
        let Some(RequestPlace { at, request }) = after else { return };
        self.say(" AND ").say(comes_after).say(" (").number(at.as_micros());
        self.say(", ").text(request.as_str()).say(")");
    }
}
