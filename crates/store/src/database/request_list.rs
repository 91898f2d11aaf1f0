//! Lists of requests and reviews, in words that both databases understand.

use bailiwick_identity::{Instant, RealmId, UserId};
use sqlx::QueryBuilder;

use super::rows::{self, signed};
use crate::api::{Due, RequestPlace, RequestQuery, RequestsOf, ReviewPlace, WhichReviews};
use crate::codec;
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
}

impl Order {
    fn of(list: &RequestsOf) -> Self {
        match list {
            RequestsOf::All | RequestsOf::Author(_) | RequestsOf::Subject(_) => Self::Newest,
            RequestsOf::Awaiting { .. } => Self::Expiry,
            RequestsOf::AtDesks(_) | RequestsOf::Overdue { .. } => Self::Due,
        }
    }

    fn column(self) -> &'static str {
        match self {
            Self::Newest => "r.created_at",
            Self::Expiry => "r.due_at",
            Self::Due => "r.overdue_at",
        }
    }
}

/// A statement that yields places: instant and request.
pub(crate) fn places<D: Dialect>(realm: &RealmId, query: &RequestQuery) -> QueryBuilder<D> {
    let order = Order::of(&query.of);
    let mut words = Words::begin("SELECT ");
    words.say(order.column()).say(", r.request FROM ");
    words.list(realm, &query.of);
    if !query.stages.is_empty() {
        words.say(" AND r.stage IN (0");
        for &stage in &query.stages {
            words.say(", ").number(codec::stage_number(stage));
        }
        words.say(")");
    }
    words.page(order, query.after.as_ref(), query.limit);
    words.0
}

/// A statement that yields requests that wait for approval, with what each waits for: instant, request, kind and target; who
/// expires first comes first; of so many requests.
pub(crate) fn undecided<D: Dialect>(
    realm: &RealmId,
    after: Option<&RequestPlace>,
    limit: usize,
) -> QueryBuilder<D> {
    let mut words = Words::begin("SELECT r.due_at, r.request, w.kind, w.target FROM (");
    words.say("SELECT r.realm, r.due_at, r.request FROM request AS r WHERE r.stage = 2 AND r.realm = ");
    words.text(realm.as_str());
    words.page(Order::Expiry, after, limit);
    words.say(") AS r LEFT JOIN request_wait AS w ON w.realm = r.realm AND w.request = r.request");
    words.say(" ORDER BY r.due_at, r.request");
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

    /// The tables of a list, and what its requests have in common.
    fn list(&mut self, realm: &RealmId, of: &RequestsOf) {
        match of {
            RequestsOf::Subject(_) => self.say("request_subject AS s CROSS JOIN "),
            RequestsOf::Awaiting { units, systems } => {
                let units: Vec<String> = units.iter().map(ToString::to_string).collect();
                self.say("(").waiting(realm, WaitKind::Unit, &units);
                self.say(" UNION ").waiting(realm, WaitKind::System, systems);
                self.say(") AS w CROSS JOIN ")
            }
            RequestsOf::AtDesks(Some(desks)) => {
                self.say("(").waiting(realm, WaitKind::Desk, desks);
                self.say(") AS w CROSS JOIN ")
            }
            RequestsOf::All
            | RequestsOf::Author(_)
            | RequestsOf::AtDesks(None)
            | RequestsOf::Overdue { .. } => self,
        }
        .say("request AS r WHERE r.realm = ")
        .text(realm.as_str());
        match of {
            RequestsOf::All => self,
            RequestsOf::Author(author) => self.say(" AND r.author = ").text(author.as_str()),
            RequestsOf::Subject(subject) => {
                self.say(" AND s.realm = r.realm AND s.request = r.request AND s.\"user\" = ");
                self.text(subject.as_str())
            }
            RequestsOf::Awaiting { .. } => self.say(" AND r.request = w.request AND r.stage = 2"),
            RequestsOf::AtDesks(None) => self.say(" AND r.overdue_at IS NOT NULL"),
            RequestsOf::AtDesks(Some(_)) => {
                self.say(" AND r.request = w.request AND r.overdue_at IS NOT NULL")
            }
            RequestsOf::Overdue { before, of } => {
                self.say(" AND r.overdue_at <= ").number(before.as_micros());
                if let Some((author, desks)) = of {
                    self.belonging(author, desks);
                }
                self
            }
        };
    }

    /// Requests that wait for one of these, each once.
    fn waiting(&mut self, realm: &RealmId, kind: WaitKind, targets: &[String]) -> &mut Self {
        self.say("SELECT DISTINCT w.request FROM ");
        D::texts(&mut self.0, targets);
        self.say(" CROSS JOIN request_wait AS w WHERE w.target = wanted.value AND w.kind = ");
        self.number(kind.number()).say(" AND w.realm = ").text(realm.as_str())
    }

    /// Of an author, or at one of these desks.
    fn belonging(&mut self, author: &UserId, desks: &[String]) {
        self.say(" AND (r.author = ").text(author.as_str());
        self.say(" OR EXISTS (SELECT 1 FROM request_wait AS w WHERE w.realm = r.realm AND w.kind = ");
        self.number(WaitKind::Desk.number());
        self.say(" AND w.request = r.request AND w.target IN (SELECT wanted.value FROM ");
        D::texts(&mut self.0, desks);
        self.say(")))");
    }

    /// What comes after a place, in order, so many.
    fn page(&mut self, order: Order, after: Option<&RequestPlace>, limit: usize) {
        let (comes_after, way) = match order {
            Order::Newest => (") < (", " DESC"),
            Order::Expiry | Order::Due => (") > (", ""),
        };
        let column = order.column();
        if let Some(RequestPlace { at, request }) = after {
            self.say(" AND (").say(column).say(", r.request").say(comes_after);
            self.number(at.as_micros()).say(", ").text(request.as_str()).say(")");
        }
        self.say(" ORDER BY ").say(column).say(way).say(", r.request").say(way);
        self.say(" LIMIT ").number(signed(limit as u64));
    }
}
