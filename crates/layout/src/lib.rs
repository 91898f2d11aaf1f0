//! Tests that hold the repository to its layout. Nothing but tests: no crate depends on this one.
//!
//! A rule that only people remember is broken by the first who forgets it. Here stand those that a machine can
//! read off the files: which crate may use which (`dependencies`), what the pure crates must not touch
//! (`purity`), how a source file looks (`sources`), and what is numbered or named by a pattern (`names`).
//! Each test lists every fault it finds, not only the first.

#![cfg(test)]

mod dependencies;
mod names;
mod purity;
mod repository;
mod sources;
