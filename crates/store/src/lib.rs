//! Keeps revisions: the writer, the follower, the loader.
//!
//! [`Store`] is a cheap handle. Questions read [`Store::state`], a snapshot that costs no lock and no await; commands
//! go through [`Store::submit`], one revision each.
//!
//! ```text
//!  submit ──► driver ──► machine ──► actions ──► database    machine:  states, queue, groups; no I/O
//!    ▲           │          ▲                      │          driver:   one task, the only one that writes
//!    └─ answers ─┘          └────── outcomes ──────┘          database: what is done with a connection
//!                └─ publishes ─► shared ─► state()            sqlite, postgres: the only places that know SQL
//! ```
//!
//! What is stored: `log` (changes, events, the chain of hashes, the tables beside), in the bytes of `codec`
//! (`bailiwick.log.v1`). An answer means *committed*: nothing is published or answered before the database said so,
//! and where that is unknown, the log is read again.

mod api;
mod codec;
#[cfg(test)]
mod conformance;
mod database;
mod driver;
#[cfg(test)]
mod heard;
mod log;
mod machine;
mod postgres;
mod readers;
mod record;
mod request;
mod shared;
mod sqlite;
mod store;
mod surroundings;
mod verify;

pub use api::*;
pub use store::{Store, content_digest};
