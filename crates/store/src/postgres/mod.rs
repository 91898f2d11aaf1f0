//! PostgreSQL: the same product on a database server.
//!
//! The only place that knows PostgreSQL's SQL. What is written follows from `log`; when, from `machine`.

mod connection;
mod entities;
mod keys;
mod log;
mod open;
mod people;
mod places;
mod requests;
mod secrets;
mod write;

pub(crate) use open::open;

#[cfg(test)]
mod tests;
