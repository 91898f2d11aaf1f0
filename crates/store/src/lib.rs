//! Keeps revisions: the writer, the follower, the loader.
//!
//! [`Store`] is a cheap handle. Questions read [`Store::state`], a snapshot that costs no lock and no await; commands
//! go through [`Store::submit`], one revision each.
//!
//! ```text
//!  submit ──► driver ──► machine ──► actions ──► sqlite      machine: states, queue, groups; no I/O
//!    ▲           │          ▲                      │          driver:  one task, the only one that writes
//!    └─ answers ─┘          └────── outcomes ──────┘          sqlite:  the only place that knows SQL
//!                └─ publishes ─► shared ─► state()
//! ```
//!
//! What is stored: `log` (changes, events, the chain of hashes, the tables beside), in the bytes of `codec`
//! (`bailiwick.log.v1`). An answer means *committed*: nothing is published or answered before the database said so,
//! and where that is unknown, the log is read again.

mod api;
mod codec;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod driver;
mod log;
mod machine;
mod shared;
mod sqlite;
mod store;
mod surroundings;
mod verify;

pub use api::*;
pub use store::Store;
