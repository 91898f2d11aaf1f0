//! What tables know of requests and reviews.

use bailiwick_identity::{Instant, RealmId};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::json;
use crate::api::{Due, RequestPlace, RequestQuery, ReviewPlace, WhichReviews};
use crate::database::{Dialect, Fault, Requests, Undecided, request_list, rows};

impl Requests for SqliteConnection {
    async fn due(&mut self, now: Instant, after: Option<&Due>, limit: usize) -> Result<Vec<Due>, Fault> {
        let found = request_list::due(now, after, limit).build().fetch_all(self).await?;
        rows::all(&found, rows::due)
    }

    async fn review_places(
        &mut self,
        realm: &RealmId,
        which: WhichReviews,
        after: Option<&ReviewPlace>,
        limit: usize,
    ) -> Result<Vec<ReviewPlace>, Fault> {
        let found = request_list::reviews(realm, which, after, limit).build().fetch_all(self).await?;
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

impl Dialect for Sqlite {
    fn number(statement: &mut QueryBuilder<Self>, number: i64) {
        statement.push_bind(number);
    }

    fn text(statement: &mut QueryBuilder<Self>, text: &str) {
        statement.push_bind(text.to_owned());
    }

    fn texts(statement: &mut QueryBuilder<Self>, texts: &[String]) {
        statement.push("json_each(").push_bind(json::list(texts.iter().map(String::as_str)));
        statement.push(") AS wanted");
    }
}
