//! A second opinion: Bailiwick's rules evaluated as naively as they can be written.
//!
//! Nothing here is indexed, cached or shared with the engine. Every function reads like the sentence of
//! the design that it cites, over plain strings and vectors, and returns what that sentence says. Where
//! the engine and this crate disagree on a generated question, one of them is wrong.
//!
//! Start with [`model`] (what a scheme and a world are), then [`check`] (design §6), [`manage`] (design §5) and [`place`]
//! (what §5 says of units, customers and caseloads). [`generate`] makes the biased worlds, questions and changes on which both are compared.

pub mod check;
pub mod generate;
pub mod holding;
pub mod manage;
pub mod model;
pub mod place;
pub mod reason;
pub mod rng;
pub mod roles;
pub mod units;
