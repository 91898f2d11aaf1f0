//! SQLite: one file, one connection that writes, a few that read.
//!
//! The only place that knows SQLite's SQL. What is written follows from `log`; when, from `machine`.

mod connection;
mod entities;
mod json;
mod keys;
mod log;
mod open;
mod people;
mod places;
mod requests;
mod secrets;
mod write;

pub(crate) use open::{is_damage, open};

#[cfg(test)]
mod tests;
