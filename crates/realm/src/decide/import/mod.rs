//! A part of a list of people: row by row, each a command of its own, all of them one revision.
//!
//! For each row the person is looked for first ([`recognise`]). Then a ManageUser is made, which creates them or adds to
//! who was found, and is judged by [`decide`](super::decide) itself, on what the rows before left: whatever refuses that
//! command refuses the row, and nothing of a refused row stays. There is no second guard here, and no right of its own.

mod recognise;
mod running;

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Field, Instant, UserId};
use bailiwick_membership::AssignmentRef;
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Actor as PolicyActor, Other};

use self::recognise::{Found, Recognised};
use self::running::Running;
use super::{Decided, Judged};
use crate::command::{Actor, AssignmentSpec, Body, Command, FieldChange, Handle, ManageUser, UserChange};
use crate::event::Effect;
use crate::facts::Facts;
use crate::import::{
    ImportRow, ImportUsers, ImportedRow, ListedPerson, MAX_ROW_ASSIGNMENTS, MAX_ROWS, RowFault, RowOutcome,
    RowSight,
};
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
    if list.rows.is_empty() || list.rows.len() > MAX_ROWS {
        return Err(Refusal::new(Refused::Invalid, Reason::TooMany)
            .at_field("rows")
            .because(format!("a part holds 1 to {MAX_ROWS} rows")));
    }
    may_look(state, command, now)?;
    let mut desk = Desk {
        running: Running::new(state, facts, now),
        command,
        list,
        left: list.may_tell,
        beyond: BTreeMap::new(),
    };
    for row in &list.rows {
        desk.row(row);
    }
    Ok(desk.running.finish())
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

/// Where rows are worked through.
struct Desk<'c> {
    running: Running,
    command: &'c Command,
    list: &'c ImportUsers,
    /// Of how many rows the actor may still be told.
    left: Option<u32>,
    /// Whom the part found beyond the actor's sight, with the last number that an assignment of theirs had then: to the end
    /// of the part no more of them is seen than what it gives them. What is only tried must not show what doing it would.
    beyond: BTreeMap<UserId, u32>,
}

impl Desk<'_> {
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
        match self.decide(manage) {
            Ok(()) => ImportedRow { user: Some(person.user.clone()), ..plain(line, RowOutcome::Created) },
            Err(refusal) => refused(line, &refusal, None),
        }
    }

    /// Gives somebody who was found what they do not have yet.
    fn add(&mut self, line: u32, person: &ListedPerson, mut found: Found) -> ImportedRow {
        let missing = self.missing(person, &mut found);
        let birth_date = person.new.fields.get(&Field::BirthDate).filter(|_| found.lacks_birth_date);
        // Of somebody out of sight nothing is filled in but beside what is added: else no rule gives reach.
        let fills = birth_date.filter(|_| found.sight == RowSight::Within || !missing.is_empty());
        if birth_date.is_some() && fills.is_none() {
            found.differs.push(Field::BirthDate.name().to_owned());
        }
        let outcome = match (missing.is_empty(), fills) {
            (true, None) => return told(line, RowOutcome::Unchanged, found),
            (true, Some(_)) => RowOutcome::Updated,
            (false, _) => RowOutcome::Added,
        };
        let fill = |value: &String| {
            UserChange::UpdateProfile(vec![FieldChange::Field(Field::BirthDate, Some(value.clone()))])
        };
        let changes = missing.into_iter().map(UserChange::Assign).chain(fills.map(fill)).collect();
        let handles = self.proof(&found).into_iter().collect();
        let manage = ManageUser { user: found.user.clone(), etag: None, handles, changes };
        match self.decide(manage) {
            Ok(()) => told(line, outcome, found),
            Err(refusal) => refused(line, &refusal, Some(found)),
        }
    }

    /// What the row gives beyond what is seen of what they hold. What is not seen is judged by the rules, as for any
    /// command.
    fn missing(&self, person: &ListedPerson, found: &mut Found) -> Vec<AssignmentSpec> {
        let (world, scheme) = (&self.running.state.world, &self.running.state.scheme);
        let known = world.user_ix(found.user.as_str()).and_then(|ix| Other::as_held(world, ix));
        let Some(other) = known else { return person.assignments.clone() };
        let given = |number: &u32| self.beyond.get(&found.user).is_none_or(|before| number > before);
        let seen = match self.actor() {
            None => None,
            Some(actor) if actor.ix() == other.ix => None,
            Some(actor) => match actor.sight_of(&other) {
                Ok(seen) => Some(seen.assignments.into_iter().filter(given).collect::<BTreeSet<_>>()),
                Err(_) => return person.assignments.clone(),
            },
        };
        let held = |spec: &AssignmentSpec| -> Option<AssignmentRef<'_>> {
            let mut held = other.user.assignments().filter(|a| a.held(self.running.now));
            held.find(|a| {
                let is_it = world.unit_ix(spec.unit.as_str()) == Some(a.unit)
                    && scheme.role_named(&spec.role) == Some(a.role);
                is_it && seen.as_ref().is_none_or(|seen| seen.contains(&a.number))
            })
        };
        let (there, missing): (Vec<_>, Vec<_>) =
            person.assignments.iter().partition(|spec| held(spec).is_some());
        let relabelled = there.iter().any(|spec| match (&spec.options.user_type, held(spec)) {
            (crate::command::Patch::Set(name), Some(a)) => {
                scheme.user_type_named(name) != a.options.user_type
            }
            (crate::command::Patch::Set(_), None)
            | (crate::command::Patch::Keep | crate::command::Patch::Clear, _) => false,
        });
        if relabelled {
            found.differs.push("user_type".to_owned());
        }
        missing.into_iter().cloned().collect()
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

    /// Judges a row's change as the command that it is, and takes in what it made true.
    fn decide(&mut self, manage: ManageUser) -> Judged {
        let command = Command {
            actor: self.command.actor.clone(),
            caller: self.command.caller.clone(),
            reason: self.command.reason.clone(),
            may_remove_last_manager: false,
            expects: None,
            // One secret is not for several people: who is revoked by a row is mailed nothing, and a manager issues anew.
            spare: None,
            body: Body::ManageUser(manage),
        };
        self.running.take(&command)
    }

    /// The actor, as the rows so far have left them; none for an operator.
    fn actor(&self) -> Option<PolicyActor<'_>> {
        let Actor::User(id) = &self.command.actor else { return None };
        let state = &self.running.state;
        PolicyActor::find(&state.world, &state.scheme, id.as_str(), self.running.now).ok()
    }
}

fn plain(line: u32, outcome: RowOutcome) -> ImportedRow {
    let (fields, detail) = (Vec::new(), String::new());
    ImportedRow { line, outcome, user: None, sight: RowSight::Within, fields, detail }
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
        detail: refusal.detail.clone(),
        ..plain(line, RowOutcome::Refused(refusal.reason))
    }
}
