//! What PostgreSQL says differently in statements about requests and reviews.

use sqlx::{Postgres, QueryBuilder};

use crate::database::Dialect;

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
