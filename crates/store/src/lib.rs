//! Keeps revisions: the writer, the follower, the loader.
//!
//! [`Store`] is a cheap handle. Questions read [`Store::state`], a snapshot that costs no lock and no await;
//! commands go through [`Store::submit`], one revision each.

mod api;

pub use api::*;
