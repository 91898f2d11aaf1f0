//! Who sees a request, and for whom it waits.

use bailiwick_identity::{Instant, UserId};

use super::approvers::Approvers;
use super::authoring::may_be_told;
use super::deciding::serves_at;
use super::trial::Trial;
use super::{Parts, rules};
use crate::facts::Facts;
use crate::request::{Happened, Request, Stage};
use crate::state::State;

/// For whom a request waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Who may approve each part, those who have among them.
    pub approvers: Approvers,
    /// The desks that have not yet carried out their part.
    pub desks: Vec<String>,
}

/// Who may approve a request, or a draft before it is submitted, and which desks are still to carry it out. Of a draft whose
/// author could not submit it, or asks for themselves, nobody: it would tell of people whom they have no business with.
///
/// What tables know is not asked: whose an address or an id is, is told by submitting, which is counted, and by approving.
#[must_use]
pub fn waiting(state: &State, request: &Request, now: Instant) -> Waiting {
    let mut waiting = Waiting::default();
    let facts = Facts::not_asked();
    let trial = Trial::new(state, &facts, request, now);
    let is_draft = request.stage == Stage::Draft;
    let is_waiting = if is_draft { may_be_told(&trial, request) } else { request.stage.is_undecided(now) };
    if is_waiting {
        waiting.approvers = trial.approvers();
    }
    if !request.stage.is_over() {
        let desks = rules::desks(state, &request.content).into_iter();
        waiting.desks = desks.filter(|desk| !request.carried_out.contains_key(desk)).collect();
    }
    waiting
}

/// Whether somebody sees a request: its author; once it is submitted, whom alone it is about, who approved or carried it out, and
/// for whom it waits.
#[must_use]
pub fn may_read(state: &State, request: &Request, reader: &UserId, now: Instant) -> bool {
    if request.author.as_ref() == Some(reader) {
        return true;
    }
    if !was_submitted(request) {
        return false;
    }
    let has_part = request.steps.iter().any(|step| step.by.as_ref() == Some(reader));
    // A form for several people is not each one's to read.
    let mut subjects = request.content.subjects();
    let is_own = subjects.next() == Some(reader) && subjects.next().is_none();
    if has_part || is_own {
        return true;
    }
    if request.stage.is_undecided(now) {
        return waits_for(state, request, reader, now);
    }
    matches!(request.stage, Stage::Approved { due_at: Some(_), .. })
        && is_at_desk(state, request, reader, now)
}

/// Whether somebody sees what a form for several people asks for them: once it is submitted.
#[must_use]
pub fn reads_own_part(request: &Request, reader: &UserId) -> bool {
    was_submitted(request) && request.content.subjects().any(|subject| subject == reader)
}

/// What was never submitted is its author's alone, though it was taken back.
fn was_submitted(request: &Request) -> bool {
    request.steps.iter().any(|step| step.what == Happened::Submitted)
}

/// Whether a submitted request waits for somebody: a part is theirs to approve, or, where a limit is in the way, to reject.
pub(super) fn waits_for(state: &State, request: &Request, reader: &UserId, now: Instant) -> bool {
    let Some(reader) = state.world.user_ix(reader.as_str()) else { return false };
    Trial::new(state, &Facts::not_asked(), request, now).may_decide(reader)
}

fn is_at_desk(state: &State, request: &Request, reader: &UserId, now: Instant) -> bool {
    let Some(reader) = state.world.user_ix(reader.as_str()) else { return false };
    let units = Parts::of(state, &request.content, now).units;
    let desks = rules::desks(state, &request.content);
    let mut desks = desks.iter().filter_map(|desk| state.scheme.desk_named(desk));
    desks.any(|desk| serves_at(state, desk, reader, &units, now))
}
