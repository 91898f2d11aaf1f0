//! The engine beside the naive evaluator, on the same worlds.
//!
//! `bailiwick-oracle` writes the rules down as plainly as it can; the engine has indexes, packed worlds and drafts.
//! Here both are asked the same and must say the same. [`document`] and [`world`] turn what the oracle generates
//! into a real scheme and a real world, [`ask`] and [`change`] put one question or one change to both, [`shrink`]
//! makes the smallest world on which they still differ, and [`run`] asks very many.

pub mod after;
pub mod ask;
pub mod case;
pub mod change;
pub mod document;
pub mod run;
pub mod shrink;
pub mod world;
