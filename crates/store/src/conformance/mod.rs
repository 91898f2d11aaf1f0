//! What every store must do, whatever its database: one suite, run by each.
//!
//! Each function is a test. It is given a way to open a store, with so many commands that may wait: every call opens
//! the *same* database again, as another process would; each test is given a database of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends where its assumptions do"
)]

mod concurrent;
pub(crate) mod fixture;
mod log;
mod people;

pub use concurrent::*;
pub use log::*;
pub use people::*;
