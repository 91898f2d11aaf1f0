//! Which kind of request fits whom, and which changes are made by it.

use bailiwick_identity::Instant;
use bailiwick_membership::{AssignmentRef, AssignmentState};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;

use super::person::Person;
use crate::command::{NewUser, UserChange};
use crate::decide::Judged;
use crate::decide::user::is_suspended;
use crate::refusal::{Refusal, Refused};
use crate::request::Content;
use crate::state::State;

/// Whether the kind of a request fits what everybody it is about holds, and what is asked for.
pub(super) fn kind_fits(state: &State, content: &Content, now: Instant) -> Judged {
    for (of, person) in Person::all(state, content, now).enumerate() {
        let fits = match content.kind {
            RequestKind::SetUp => fits_set_up(&person),
            RequestKind::Amend | RequestKind::Remove => holds_something(&person),
            RequestKind::Suspend => fits_suspend(&person),
            RequestKind::Reinstate => fits_reinstate(&person),
        };
        fits.map_err(|why| Refusal::precondition(Reason::RequestKind).at_person(of).because(why))?;
        keeps_positions(&person).map_err(|refusal| refusal.at_person(of))?;
    }
    Ok(())
}

/// For who has no access yet, and gets some: a form is not for none.
fn fits_set_up(person: &Person<'_>) -> Result<(), &'static str> {
    let exclusive = |role| person.state.scheme.role(role).is_some_and(|role| role.exclusive);
    if person.held().any(|a| !exclusive(a.role)) {
        return Err("the person holds something: it is amended");
    }
    if person.added().next().is_none() {
        return Err(
            "whoever is set up comes to hold something: where no position is needed, one that stands in for it",
        );
    }
    Ok(())
}

fn holds_something(person: &Person<'_>) -> Result<(), &'static str> {
    let holds = person.held().next().is_some() || person.grants().next().is_some();
    if holds { Ok(()) } else { Err("the person holds nothing") }
}

fn fits_suspend(person: &Person<'_>) -> Result<(), &'static str> {
    let live = |state: &AssignmentState| !is_suspended(state, person.now);
    let holds = person.held().any(|a| live(&a.options.state)) || person.grants().any(|g| live(&g.state));
    if holds { Ok(()) } else { Err("the person holds nothing that is not suspended") }
}

/// For who has something suspended: it is live again, or another place is given for it. What is live is neither left nor added to.
fn fits_reinstate(person: &Person<'_>) -> Result<(), &'static str> {
    let suspended = |state: &AssignmentState| is_suspended(state, person.now);
    let holds =
        person.held().any(|a| suspended(&a.options.state)) || person.grants().any(|g| suspended(&g.state));
    if !holds {
        return Err("the person holds nothing that is suspended");
    }
    let ended = || person.held().filter(|a| person.is_ended(a.number));
    let is_left = |a: AssignmentRef<'_>| {
        a.options.state.is_suspended(person.now) && person.is_over(a.number) && !person.reinstates(a.number)
    };
    if !ended().all(is_left) {
        return Err("only what is suspended now is left by being reinstated elsewhere, and at once");
    }
    if person.added().count() != ended().count() {
        return Err("whoever is reinstated elsewhere leaves one place that was suspended for each");
    }
    Ok(())
}

/// A role beside a position is given to who holds that position, and keeps it: what changes is the role alone.
fn keeps_positions(person: &Person<'_>) -> Judged {
    let Person { state, .. } = person;
    let roles = person.roles_given().filter_map(|name| state.scheme.role_named(name));
    for kinds in roles.filter_map(|role| state.scheme.role(role)?.beside) {
        let unit = |a: &AssignmentRef<'_>| state.world.node(a.unit).map(|node| &node.unit);
        let positions = || person.held().filter(|a| unit(a).is_some_and(|unit| kinds.contains(unit.kind)));
        // What stands in for a position is none.
        let holds_one = positions().any(|a| unit(&a).is_some_and(|unit| !unit.placeholder));
        if !holds_one || positions().any(|a| person.is_ended(a.number)) {
            let refusal = Refusal::precondition(Reason::PositionRequired);
            return Err(refusal.because("this role is given to who holds a position, and keeps it"));
        }
    }
    Ok(())
}

/// Whether every change is one that requests of this kind make. Nobody but an operator brings a username along.
pub(super) fn changes_belong(content: &Content) -> Judged {
    for (of, person) in content.people.iter().enumerate() {
        if let Some(index) = person.changes.iter().position(|change| !belongs(content.kind, change)) {
            let refusal = Refusal::new(Refused::Invalid, Reason::RequestKind).at_person(of).at_change(index);
            return Err(refusal.because("this change belongs to another kind of request, or to none"));
        }
        let brings_username =
            |change: &UserChange| matches!(change, UserChange::Create(NewUser { username: Some(_), .. }));
        if person.changes.iter().any(brings_username) {
            let refusal = Refusal::new(Refused::Invalid, Reason::FieldLocked).at_person(of).at_change(0);
            return Err(refusal.at_field("username"));
        }
    }
    Ok(())
}

/// Whether a change is made by requests of a kind. Who somebody is, whose record is theirs, and a clearance are changed by
/// none.
fn belongs(kind: RequestKind, change: &UserChange) -> bool {
    match change {
        UserChange::SetOwnRecord(_)
        | UserChange::SetSamePerson(_)
        | UserChange::SetClearance(_)
        | UserChange::UpdateProfile(_) => false,
        UserChange::Create(_) => kind == RequestKind::SetUp,
        UserChange::Assign(_) | UserChange::Enable => {
            matches!(kind, RequestKind::SetUp | RequestKind::Amend | RequestKind::Reinstate)
        }
        UserChange::Grant(_) | UserChange::SetHome(_) | UserChange::SetReportingRole(_) => {
            matches!(kind, RequestKind::SetUp | RequestKind::Amend)
        }
        UserChange::Amend { .. } | UserChange::AmendGrant(_) => kind == RequestKind::Amend,
        UserChange::End { .. } | UserChange::Remove { .. } => {
            matches!(kind, RequestKind::Amend | RequestKind::Remove | RequestKind::Reinstate)
        }
        UserChange::EndGrant { .. } => matches!(kind, RequestKind::Amend | RequestKind::Remove),
        UserChange::Disable => matches!(kind, RequestKind::Remove | RequestKind::Suspend),
        UserChange::Suspend { .. } | UserChange::SuspendAt { .. } | UserChange::SuspendGrant { .. } => {
            kind == RequestKind::Suspend
        }
        UserChange::Reinstate { .. } | UserChange::ReinstateGrant { .. } => kind == RequestKind::Reinstate,
    }
}
