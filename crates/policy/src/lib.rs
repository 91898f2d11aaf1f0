//! What the rules are and what they answer: schemes, `check`, and the rule of who may manage whom.
//!
//! Everything here is a pure function of a world, a scheme, a question and an instant: no I/O, no clock, no lock.
//! Changing a world is `bailiwick-realm`'s.

mod reason;
pub mod scheme;

pub use reason::Reason;
