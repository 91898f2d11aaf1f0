//! The one place where commands are judged.
//!
//! Every write path ends here: single changes, loads, and whatever comes later. A command is judged change by
//! change on a draft of the next state; limits that look at the whole (capacity, minimum, last manager) are judged
//! once, on the final draft. A refusal leaves nothing behind.

mod caseload;
mod customer;
mod draft;
mod import;
mod judge;
mod last_manager;
mod limits;
mod load;
mod moved;
mod positions;
mod realm;
mod reporting;
mod request;
mod review;
mod running;
mod unit;
mod user;

use bailiwick_identity::{Instant, UserId, holds_national_identifier};
use bailiwick_policy::Reason;

use crate::command::{Body, Command};
use crate::event::{Effect, Event, Message};
use crate::facts::Facts;
use crate::import::RowOutcome;
use crate::refusal::{Refusal, Refused};
use crate::state::{RealmStatus, State};

use draft::Draft;

pub use request::{
    ApproverReach, Approvers, MOST_PEOPLE, MOST_TOGETHER, Parts, Waiting, awaits_approval_of, awaits_desk_of,
    desks_of, line_managers, may_read, reads_own_part, waiting,
};
pub use review::visible_items;

/// Changes that one command may hold.
pub const MAX_CHANGES: usize = 1_000;

/// Assignments of one user, ended ones too; placements of one customer; cases of one worker: each is one entity, written
/// whole whenever a part of it changes.
const MAX_HELD: usize = 10_000;

/// Refuses one more of what there may be [`MAX_HELD`] of.
fn room_for_one_more(present: usize) -> Judged {
    if present < MAX_HELD {
        return Ok(());
    }
    Err(Refusal::precondition(Reason::TooMany).because(format!("there may be {MAX_HELD}")))
}

/// Refuses what the world has no number left for.
fn room_in_world(has_room: bool) -> Judged {
    if has_room { Ok(()) } else { Err(Refusal::precondition(Reason::TooMany).because("the realm is full")) }
}

/// Refuses an id that is written like a national identifier: it would be kept for ever, and is in every log.
fn no_national_identifier(id: &str, field: &str) -> Judged {
    if !holds_national_identifier(id) {
        return Ok(());
    }
    let refusal = Refusal::new(Refused::Invalid, Reason::FieldInvalid).at_field(field);
    Err(refusal.because("national identifiers are not kept"))
}

/// An accepted command: what it makes true, and what else happened.
#[derive(Debug, Clone, Default)]
pub struct Decided {
    /// New states of entities, in the order in which they are applied.
    pub events: Vec<Event>,
    /// What the reply tells beside.
    pub effects: Vec<Effect>,
    /// What is to be mailed.
    pub messages: Vec<Message>,
    /// Handles that the command has used up, and when each would have ended anyway.
    pub used_handles: Vec<([u8; 16], Instant)>,
    /// Whose personal parts go from this change's predecessors, with their random bytes.
    pub erases: Option<UserId>,
}

impl Decided {
    /// Whether all was looked at. A part of a list of which some rows were not is looked at anew when it comes again.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.effects.iter().filter_map(Effect::imported).any(|row| row.outcome == RowOutcome::NotLookedAt)
    }
}

/// A judgement of one step.
type Judged<T = ()> = Result<T, Refusal>;

/// Judges a command on a state, at the instant that will be recorded for it.
///
/// # Errors
/// When a rule or a limit refuses it; then nothing changes.
pub fn decide(state: &State, facts: &Facts, command: &Command, now: Instant) -> Result<Decided, Refusal> {
    let thaws = matches!(command.body, Body::SetStatus(RealmStatus::Active));
    if state.status == RealmStatus::Frozen && !thaws {
        return Err(Refusal::precondition(Reason::RealmFrozen));
    }
    if let Body::ImportUsers(list) = &command.body {
        return import::import(state, facts, command, list, now);
    }
    if let Body::Request(what) = &command.body {
        return request::decide(state, facts, command, what, now);
    }
    if let Body::Review(what) = &command.body {
        return review::decide(state, facts, command, what, now);
    }
    one(Draft::new(state, facts, command, now))
}

/// Judges a command that stands or falls as a whole.
fn one(mut draft: Draft<'_>) -> Result<Decided, Refusal> {
    match &draft.command.body {
        Body::CreateRealm { title, scheme } => realm::create(&mut draft, title, scheme)?,
        Body::SetStatus(status) => realm::set_status(&mut draft, *status)?,
        Body::PutScheme(scheme) => realm::put_scheme(&mut draft, scheme)?,
        Body::ManageUser(manage) => user::manage(&mut draft, manage)?,
        Body::EraseUser(user) => user::erase(&mut draft, user)?,
        Body::IssueSecret(issue) => user::issue(&mut draft, issue)?,
        Body::RedeemSecret(redeem) => user::redeem(&mut draft, redeem)?,
        Body::CreateUnit(new) => unit::create(&mut draft, new)?,
        Body::UpdateUnit { unit, name, description } => {
            unit::update(&mut draft, unit, name.as_deref(), description.as_deref())?;
        }
        Body::MoveUnit { unit, parents } => unit::relocate(&mut draft, unit, parents)?,
        Body::ArchiveUnit(unit) => unit::set_archived(&mut draft, unit, unit::Archive::In)?,
        Body::RestoreUnit(unit) => unit::set_archived(&mut draft, unit, unit::Archive::Out)?,
        Body::PlaceCustomer { customer, unit } => customer::place(&mut draft, customer, unit)?,
        Body::DismissCustomer { customer, unit } => customer::dismiss(&mut draft, customer, unit)?,
        Body::RemovePlacement { customer, unit } => customer::remove(&mut draft, customer, unit)?,
        Body::UpdateCaseload { user, changes } => caseload::update(&mut draft, user, changes)?,
        Body::Load(items) => load::load(&mut draft, items)?,
        // Each of their parts is a command of its own.
        Body::ImportUsers(_) | Body::Request(_) | Body::Review(_) => {
            return Err(Refusal::new(Refused::Invalid, Reason::NothingToChange));
        }
    }
    close(draft)
}

/// What looks at the whole of a draft, once nothing is to be added.
fn close(mut draft: Draft<'_>) -> Judged<Decided> {
    limits::on_the_whole(&draft)?;
    positions::within_limits(&draft)?;
    last_manager::remains(&draft)?;
    let below = limits::newly_below_minimum(&draft);
    draft.effects.extend(below);
    Ok(draft.finish())
}
