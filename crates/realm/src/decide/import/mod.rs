//! A part of a list of people: row by row, each a command of its own, all of them one revision.
//!
//! For each row the person is looked for first ([`recognise`]). Then a ManageUser is made, which creates them or adds to
//! who was found, and is judged by [`decide`](super::decide) itself, on what the rows before left: whatever refuses that
//! command refuses the row, and nothing of a refused row stays. There is no second guard here, and no right of its own.

mod holding;
mod recognise;

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Field, Instant, UserId};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::Actor as PolicyActor;

use self::recognise::{Found, Recognised};
use super::running::Running;
use super::{Decided, Judged, MAX_CHANGES};
use crate::command::{Actor, Body, Command, FieldChange, Handle, ManageUser, Spares, UserChange};
use crate::event::Effect;
use crate::facts::Facts;
use crate::import::{
    ImportRow, ImportUsers, ImportedRow, ListedPerson, Lost, MAX_ROW_ASSIGNMENTS, MAX_ROWS, RowFault,
    RowOutcome, RowSight,
};
use crate::matching::MatchOutcome;
use crate::refusal::{Refusal, Refused};
use crate::state::State;

/// Judges a part of a list.
pub(super) fn import(
    state: &State,
    facts: &Facts,
    command: &Command,
    list: &ImportUsers,
    now: Instant,
) -> Judged<Decided> {
    if list.rows.is_empty() || list.rows.len() > MAX_ROWS || list.changes() > MAX_CHANGES {
        return Err(Refusal::new(Refused::Invalid, Reason::TooMany).at_field("rows").because(format!(
            "a part holds 1 to {MAX_ROWS} rows, which ask for at most {MAX_CHANGES} changes together"
        )));
    }
    may_look(state, command, now)?;
    let mut rows = Rows {
        running: Running::new(state, facts, now),
        command,
        list,
        left: list.may_tell,
        beyond: BTreeMap::new(),
        seen: BTreeMap::new(),
    };
    for row in &list.rows {
        rows.row(row);
    }
    // Handles are proofs made of rows, and are not kept; nothing is mailed: there is no secret for that.
    Ok(Decided { used_handles: Vec::new(), messages: Vec::new(), ..rows.running.finish() })
}

/// Lists are for who could look for people: every row tells whether somebody is known.
fn may_look(state: &State, command: &Command, now: Instant) -> Judged {
    let Actor::User(id) = &command.actor else { return Ok(()) };
    let actor = PolicyActor::find(&state.world, &state.scheme, id.as_str(), now).map_err(Refusal::denied)?;
    match actor.may_look_for_people() {
        true => Ok(()),
        false => Err(Refusal::denied(Reason::NoManagementRight)),
    }
}

/// Why somebody must look at a person who is there.
const HELD_IN_VAIN: &str = "held to no effect: suspended, or not begun, or the user is disabled";
const LOST: &str = "was held before and has ended, or something was removed that may have been this; or the user is disabled";
/// So much is told of why a row was refused: a thousand rows are one reply.
const DETAIL_CHARACTERS: usize = 600;
/// Where it stands that somebody is disabled.
const STATE: &str = "state";

/// Who is told of people.
#[derive(Clone, Copy)]
enum Viewer<'s> {
    /// An operator, who sees everybody.
    Operator,
    /// An actor, whose sight binds.
    User(PolicyActor<'s>),
}

impl<'s> Viewer<'s> {
    /// Whose sight binds a search: an operator's does not.
    fn bound(self) -> Option<PolicyActor<'s>> {
        match self {
            Self::Operator => None,
            Self::User(actor) => Some(actor),
        }
    }
}

/// Where rows are worked through.
struct Rows<'c> {
    running: Running,
    command: &'c Command,
    list: &'c ImportUsers,
    /// Of how many rows the actor may still be told.
    left: Option<u32>,
    /// Whom the part found beyond the actor's sight, with the last number that an assignment of theirs had then: to the end
    /// of the part no more of them is seen than what it gives them. What is only tried must not show what doing it would.
    beyond: BTreeMap<UserId, u32>,
    /// By names, whom the viewer sees of those who have them. Looked at once, however many rows have the names: a part
    /// changes nobody's sight of those whom it does not touch.
    seen: BTreeMap<String, BTreeSet<UserId>>,
}

impl Rows<'_> {
    fn row(&mut self, row: &ImportRow) {
        let done = match &row.person {
            Err(fault) => unreadable(row.line, fault),
            Ok(_) if self.left == Some(0) => plain(row.line, RowOutcome::NotLookedAt),
            Ok(person) => {
                let done = self.person(row.line, person);
                if done.tells() {
                    self.left = self.left.map(|left| left.saturating_sub(1));
                }
                done
            }
        };
        self.running.effects.push(Effect::Imported(Box::new(done)));
    }

    fn person(&mut self, line: u32, person: &ListedPerson) -> ImportedRow {
        if person.assignments.len() > MAX_ROW_ASSIGNMENTS {
            let refusal = Refusal::new(Refused::Invalid, Reason::TooMany)
                .at_field("assignments")
                .because(format!("a row has at most {MAX_ROW_ASSIGNMENTS}"));
            return refused(line, &refusal, None);
        }
        let recognised = match self.recognise(person) {
            Ok(recognised) => recognised,
            Err(refusal) => return refused(line, &refusal, None),
        };
        if let Recognised::Somebody(found) | Recognised::Unclear(_, found) = &recognised
            && found.sight == RowSight::Beyond
        {
            let last_number = self.last_number(&found.user);
            self.beyond.entry(found.user.clone()).or_insert(last_number);
        }
        match recognised {
            Recognised::Nobody => self.create(line, person),
            Recognised::Somebody(found) => self.add(line, person, found),
            Recognised::Unclear(outcome, found) => told(line, RowOutcome::NeedsDecision(outcome), found),
        }
    }

    fn create(&mut self, line: u32, person: &ListedPerson) -> ImportedRow {
        let create = UserChange::Create(person.new.clone());
        let assign = person.assignments.iter().cloned().map(UserChange::Assign);
        let manage = ManageUser {
            user: person.user.clone(),
            etag: None,
            handles: Vec::new(),
            changes: std::iter::once(create).chain(assign).collect(),
        };
        match self.judge(manage) {
            Ok(judged) => {
                self.running.keep(judged);
                ImportedRow { user: Some(person.user.clone()), ..plain(line, RowOutcome::Created) }
            }
            Err(refusal) => refused(line, &refusal, None),
        }
    }

    /// Gives somebody who was found what they do not have yet.
    fn add(&mut self, line: u32, person: &ListedPerson, mut found: Found) -> ImportedRow {
        let held = match self.holding(person, &found) {
            Ok(held) => held,
            Err(refusal) => return refused(line, &refusal, Some(found)),
        };
        found.differs.extend(held.differs);
        if !held.idle.is_empty() {
            found.differs.splice(0..0, held.idle);
            return undecided(line, found, HELD_IN_VAIN);
        }
        let birth_date = person.new.fields.get(&Field::BirthDate).filter(|_| found.lacks_birth_date);
        // Of somebody out of sight nothing is filled in but beside what is added: else no rule gives reach.
        let fills = birth_date.filter(|_| found.sight == RowSight::Within || !held.missing.is_empty());
        if birth_date.is_some() && fills.is_none() {
            found.differs.push(Field::BirthDate.name().to_owned());
        }
        let outcome = match (held.missing.is_empty(), fills) {
            (true, None) => return told(line, RowOutcome::Unchanged, found),
            (true, Some(_)) => RowOutcome::Updated,
            (false, _) => RowOutcome::Added,
        };
        let fill = |value: &String| {
            UserChange::UpdateProfile(vec![FieldChange::Field(Field::BirthDate, Some(value.clone()))])
        };
        let changes = held.missing.into_iter().map(UserChange::Assign).chain(fills.map(fill)).collect();
        let handles = self.proof(&found).into_iter().collect();
        let manage = ManageUser { user: found.user.clone(), etag: None, handles, changes };
        let judged = match self.judge(manage) {
            Ok(judged) => judged,
            Err(refusal) => return refused(line, &refusal, Some(found)),
        };
        // Asked last: who may not give it here is not told that it was held.
        if !held.lost.is_empty() && self.list.lost == Lost::Ask {
            found.differs.splice(0..0, held.lost);
            return undecided(line, found, LOST);
        }
        self.running.keep(judged);
        if found.sight == RowSight::Within && !self.is_active(&found.user) {
            found.differs.push(STATE.to_owned());
        }
        told(line, outcome, found)
    }

    /// The last number that an assignment of somebody has.
    fn last_number(&self, user: &UserId) -> u32 {
        let world = &self.running.state.world;
        let user = world.user_ix(user.as_str()).and_then(|ix| world.user(ix));
        user.map_or(0, |user| user.access().last_number)
    }

    /// What stands in for the handle that a search would have given: the row itself shows that the actor knows them.
    fn proof(&self, found: &Found) -> Option<Handle> {
        match (&self.command.actor, found.sight) {
            (Actor::User(actor), RowSight::Beyond) => Some(Handle {
                id: [0; 16],
                caller: self.command.caller.clone(),
                actor: actor.clone(),
                user: found.user.clone(),
                expires_at: Instant::MAX,
            }),
            (Actor::User(_), RowSight::Within) | (Actor::Operator, _) => None,
        }
    }

    /// Judges a row's change as the command that it is.
    fn judge(&self, manage: ManageUser) -> Judged<Decided> {
        let command = Command {
            actor: self.command.actor.clone(),
            caller: self.command.caller.clone(),
            reason: self.command.reason.clone(),
            may_remove_last_manager: false,
            expects: None,
            // A list mails nothing: who is revoked by a row is issued a secret by a manager.
            spares: Spares::default(),
            body: Body::ManageUser(manage),
        };
        self.running.judge(&command)
    }

    /// Who looks, as the rows so far have left them: whoever may no longer act is told of nobody.
    fn viewer(&self) -> Judged<Viewer<'_>> {
        let Actor::User(id) = &self.command.actor else { return Ok(Viewer::Operator) };
        let state = &self.running.state;
        let actor = PolicyActor::find(&state.world, &state.scheme, id.as_str(), self.running.now);
        actor.map(Viewer::User).map_err(Refusal::denied)
    }

    fn is_active(&self, user: &UserId) -> bool {
        let world = &self.running.state.world;
        world.user_ix(user.as_str()).and_then(|ix| world.user(ix)).is_some_and(|user| user.is_active())
    }
}

fn plain(line: u32, outcome: RowOutcome) -> ImportedRow {
    let (fields, detail) = (Vec::new(), String::new());
    ImportedRow { line, outcome, user: None, sight: RowSight::Within, fields, detail }
}

/// Somebody is there for sure, and yet a person must look.
fn undecided(line: u32, found: Found, detail: &str) -> ImportedRow {
    let outcome = RowOutcome::NeedsDecision(MatchOutcome::Exact);
    ImportedRow { detail: detail.to_owned(), ..told(line, outcome, found) }
}

fn told(line: u32, outcome: RowOutcome, found: Found) -> ImportedRow {
    let Found { user, sight, differs, lacks_birth_date: _ } = found;
    ImportedRow { user: Some(user), sight, fields: differs, ..plain(line, outcome) }
}

fn unreadable(line: u32, fault: &RowFault) -> ImportedRow {
    let RowFault { fields, problem } = fault;
    let outcome = RowOutcome::Refused(Reason::FieldInvalid);
    ImportedRow { fields: fields.clone(), detail: problem.clone(), ..plain(line, outcome) }
}

fn refused(line: u32, refusal: &Refusal, found: Option<Found>) -> ImportedRow {
    let (user, sight): (Option<UserId>, _) = match found {
        Some(found) => (Some(found.user), found.sight),
        None => {
            (refusal.found.clone(), if refusal.found.is_some() { RowSight::Beyond } else { RowSight::Within })
        }
    };
    ImportedRow {
        user,
        sight,
        fields: refusal.field.iter().cloned().collect(),
        detail: refusal.detail.chars().take(DETAIL_CHARACTERS).collect(),
        ..plain(line, RowOutcome::Refused(refusal.reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_one_row_is_short() {
        let refusal = Refusal::new(Refused::Invalid, Reason::FieldInvalid).because("é".repeat(5_000));
        assert_eq!(refused(1, &refusal, None).detail.chars().count(), DETAIL_CHARACTERS);
    }
}
