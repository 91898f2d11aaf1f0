//! The one place where commands are judged.

use bailiwick_identity::Instant;
use bailiwick_policy::Reason;

use crate::command::Command;
use crate::event::{Effect, Event};
use crate::facts::Facts;
use crate::refusal::Refusal;
use crate::state::State;

/// An accepted command: what it makes true, and what else happened.
#[derive(Debug, Clone)]
pub struct Decided {
    /// New states of entities, in the order in which they are applied.
    pub events: Vec<Event>,
    /// What the reply tells beside.
    pub effects: Vec<Effect>,
}

/// Judges a command on a state, at the instant that will be recorded for it.
///
/// # Errors
/// When a rule or a limit refuses it; then nothing changes.
pub fn decide(state: &State, facts: &Facts, command: &Command, now: Instant) -> Result<Decided, Refusal> {
    let _ = (state, facts, command, now);
    Err(Refusal::denied(Reason::OperatorOnly))
}
