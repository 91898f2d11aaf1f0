//! What SQLite says differently in statements about requests and reviews.

use sqlx::{QueryBuilder, Sqlite};

use super::json;
use crate::database::Dialect;

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
