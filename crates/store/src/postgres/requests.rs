//! What tables know of requests.

use bailiwick_identity::{Instant, RealmId};
use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::api::{DueRequest, RequestPlace, RequestQuery};
use crate::database::{Dialect, Fault, Requests, Undecided, request_list, rows};

impl Requests for PgConnection {
    async fn due(
        &mut self,
        now: Instant,
        after: Option<&DueRequest>,
        limit: usize,
    ) -> Result<Vec<DueRequest>, Fault> {
        let found = sqlx::query(
            "SELECT due_at, realm, request FROM request \
             WHERE due_at <= $1 AND (due_at, realm, request) > ($2, $3, $4) \
             ORDER BY due_at, realm, request LIMIT $5",
        )
        .bind(now.as_micros())
        .bind(after.map_or(i64::MIN, |last| last.due_at.as_micros()))
        .bind(after.map_or("", |last| last.realm.as_str()))
        .bind(after.map_or("", |last| last.request.as_str()))
        .bind(rows::signed(limit as u64))
        .fetch_all(self)
        .await?;
        rows::all(&found, rows::due)
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
