//! What tables know of requests and reviews.

use bailiwick_identity::{Instant, RealmId};
use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::api::{Due, RequestPlace, RequestQuery, ReviewPlace, WhichReviews};
use crate::database::{Dialect, Fault, Requests, Undecided, request_list, rows};

impl Requests for PgConnection {
    async fn due(&mut self, now: Instant, after: Option<&Due>, limit: usize) -> Result<Vec<Due>, Fault> {
        let (kind, id) = after.map_or((0, ""), |last| rows::due_key(&last.of));
        let found = sqlx::query(
            "SELECT due_at, realm, kind, id FROM \
             (SELECT due_at, realm, 1::bigint AS kind, request AS id FROM request WHERE due_at <= $1 \
             UNION ALL SELECT due_at, realm, 2::bigint, review FROM review WHERE due_at <= $1) AS due \
             WHERE (due_at, realm, kind, id) > ($2, $3, $4, $5) \
             ORDER BY due_at, realm, kind, id LIMIT $6",
        )
        .bind(now.as_micros())
        .bind(after.map_or(i64::MIN, |last| last.at.as_micros()))
        .bind(after.map_or("", |last| last.realm.as_str()))
        .bind(kind)
        .bind(id)
        .bind(rows::signed(limit as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::due)
    }

    async fn review_places(
        &mut self,
        realm: &RealmId,
        which: WhichReviews,
        after: Option<&ReviewPlace>,
        limit: usize,
    ) -> Result<Vec<ReviewPlace>, Fault> {
        let statement = match which {
            WhichReviews::Open => {
                "SELECT opened_at, review FROM review WHERE realm = $1 AND due_at IS NOT NULL \
                 AND (opened_at, review) < ($2, $3) ORDER BY opened_at DESC, review DESC LIMIT $4"
            }
            WhichReviews::All => {
                "SELECT opened_at, review FROM review WHERE realm = $1 \
                 AND (opened_at, review) < ($2, $3) ORDER BY opened_at DESC, review DESC LIMIT $4"
            }
        };
        let found = sqlx::query(statement)
            .bind(realm.as_str())
            .bind(after.map_or(i64::MAX, |last| last.opened_at.as_micros()))
            .bind(after.map_or("", |last| last.review.as_str()))
            .bind(rows::signed(limit as u64))
            .fetch_all(self)
            .await?;
        rows::all(&found, rows::review_place)
    }

    async fn request_places(
        &mut self,
        realm: &RealmId,
        query: &RequestQuery,
    ) -> Result<Vec<RequestPlace>, Fault> {
        let found = request_list::places(realm, query).build().fetch_all(self).await?;
        rows::all(&found, rows::request_place)
    }

    async fn undecided(
        &mut self,
        realm: &RealmId,
        after: Option<&RequestPlace>,
        limit: usize,
    ) -> Result<Vec<Undecided>, Fault> {
        let found = request_list::undecided(realm, after, limit).build().fetch_all(self).await?;
        rows::all(&found, rows::undecided)
    }
}

impl Dialect for Postgres {
    fn number(statement: &mut QueryBuilder<Self>, number: i64) {
        statement.push_bind(number);
    }

    fn text(statement: &mut QueryBuilder<Self>, text: &str) {
        statement.push_bind(text.to_owned());
    }

    fn texts(statement: &mut QueryBuilder<Self>, texts: &[String]) {
        statement.push("unnest(").push_bind(texts.to_vec()).push("::text[]) AS wanted (value)");
    }
}
