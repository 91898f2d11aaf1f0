//! What tables know of requests and reviews.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId, UserId};
use sqlx::{PgConnection, Postgres, QueryBuilder};

use crate::api::{Due, RequestPlace, RequestQuery, ReviewPlace, UnitsWaitedFor, WhichReviews};
use crate::database::entities::Parts;
use crate::database::rows::Columns;
use crate::database::{Dialect, Fault, Requests, request_list, rows};

impl Requests for PgConnection {
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
        let found = request_list::places(realm, query).build().fetch_one(self).await?;
        rows::request_places(&found)
    }

    async fn units_waited_for(
        &mut self,
        realm: &RealmId,
        after: Option<&RequestPlace>,
    ) -> Result<UnitsWaitedFor, Fault> {
        let found = request_list::units_waited_for(realm, after).build().fetch_one(self).await?;
        Ok(UnitsWaitedFor(found.some_text(0)?.unwrap_or_default().to_owned()))
    }

    async fn requests_about(
        &mut self,
        realm: &RealmId,
        people: &BTreeSet<UserId>,
    ) -> Result<Vec<Parts>, Fault> {
        let found = request_list::requests_about(realm, people).build().fetch_all(self).await?;
        rows::all(&found, rows::part)
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
