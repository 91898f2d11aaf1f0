//! Changes of one user, in order, all or none.
//!
//! Each kind of change states its row of the table: the right, the reach, the rules. Rules are judged on the state
//! that the earlier changes left; but what the command itself adds gives no reach in it.

mod amend;
mod assign;
mod create;
mod credentials;
mod end;
mod erase;
mod identity;
mod options;
mod profile;
mod seat;
mod secret;
mod standing;
mod system;

use bailiwick_identity::{Instant, UnitId, UserId};
use bailiwick_membership::{Assignment, AssignmentRef, UnitIx, UserIx};
use bailiwick_policy::manage::{Level, Other, Right};
use bailiwick_policy::scheme::ByRequest;
use bailiwick_policy::{Reason, Seen};

pub(super) use assign::{frees_only_what_is_free, holds_management, overlap, would_lower_lowest};
pub(super) use end::is_suspended;
pub(super) use erase::erase;
pub(super) use secret::{issue, redeem};

use super::draft::Draft;
use super::judge::{Judge, Sight};
use super::{Judged, MAX_CHANGES, caseload};
use crate::command::{Actor, Body, Command, Handle, ManageUser, UserChange};
use crate::facts::Facts;
use crate::refusal::{Refusal, Refused};
use crate::state::Revision;

/// The user whom a command changes.
pub(super) struct Subject {
    pub(super) id: UserId,
    /// Unset: nobody.
    ix: Option<UserIx>,
    /// Assignments up to this number give reach.
    newest_giving_reach: u32,
    /// The home unit before the command.
    home: UnitIx,
    /// Whether the actor need not see the user.
    sight: Sight,
    /// Whether the actor found the user before, by what they know of them.
    found: bool,
}

impl Subject {
    /// The user as the changes so far have left them.
    fn other<'d>(&self, draft: &'d Draft<'_>) -> Option<Other<'d>> {
        let ix = self.ix?;
        let user = draft.state.world.user(ix)?;
        Some(Other { ix, user, newest_giving_reach: self.newest_giving_reach, home: self.home })
    }

    /// The user, who was found to exist by a rule before.
    fn known(&self) -> Judged<UserIx> {
        self.ix.ok_or_else(|| Refusal::new(Refused::NotFound, Reason::UnknownUser))
    }
}

pub(super) fn manage(draft: &mut Draft<'_>, manage: &ManageUser) -> Judged {
    if manage.changes.is_empty() || manage.changes.len() > MAX_CHANGES {
        return Err(Refusal::new(Refused::Invalid, Reason::TooMany)
            .because(format!("a command holds 1 to {MAX_CHANGES} changes")));
    }
    let found =
        draft.is_approved() || good_handles(draft.command, draft.facts, manage, draft.now).next().is_some();
    let mut subject = find(draft, &manage.user, if found { Sight::Proved } else { Sight::Needed })?;
    if subject.found {
        let good: Vec<_> = good_handles(draft.command, draft.facts, manage, draft.now)
            .map(|handle| (handle.id, handle.expires_at))
            .collect();
        draft.used_handles.extend(good);
    }
    check_etag(draft, manage.etag, &subject)?;
    let before = credentials::Before::of(draft, &subject, manage);
    if let Some(ix) = subject.ix {
        caseload::prune(draft, ix);
    }
    for (index, change) in manage.changes.iter().enumerate() {
        apply(draft, &mut subject, change, index).map_err(|refusal| refusal.at_change(index))?;
    }
    clearance_apart(draft, manage)?;
    caseload::prune(draft, subject.known()?);
    before.follow(draft, &subject);
    Ok(())
}

/// Whether the actor may take an assignment away: rules 1 to 5b.
pub(super) fn may_take_away(draft: &Draft<'_>, user: &UserId, number: u32) -> Judged<Assignment> {
    let subject = find(draft, user, Sight::Needed)?;
    end::taken_away(draft, &subject, number)
}

/// Ends an assignment that was reviewed.
pub(super) fn end_by_review(draft: &mut Draft<'_>, user: &UserId, number: u32) -> Judged {
    let changes = vec![UserChange::End { number, at: None }];
    changes.iter().try_for_each(|change| by_request_only(draft, change))?;
    let manage = ManageUser { user: user.clone(), etag: None, handles: Vec::new(), changes };
    let subject = find(draft, user, Sight::Needed)?;
    let before = credentials::Before::of(draft, &subject, &manage);
    end::end_whatever_is_left(draft, &subject, number)?;
    caseload::prune(draft, subject.known()?);
    before.follow(draft, &subject);
    Ok(())
}

/// Whether the actor sees an assignment, their own among them; an operator sees all.
pub(super) fn shows(draft: &Draft<'_>, user: UserIx, number: u32) -> bool {
    let Ok(judge) = draft.judge() else { return false };
    let Some(actor) = &judge.actor else { return true };
    if actor.ix() == user {
        return true;
    }
    let other = Other::as_held(judge.world, user);
    let seen = other.and_then(|other| actor.sight_of(&other).ok());
    seen.is_some_and(|seen| seen.assignments.contains(&number))
}

/// Whether the actor sees what is held in a unit.
pub(super) fn sees_who_is_at(draft: &Draft<'_>, unit: &UnitId) -> bool {
    let Ok(judge) = draft.judge() else { return false };
    let (Some(actor), Some(unit)) = (&judge.actor, judge.world.unit_ix(unit.as_str())) else { return false };
    actor.covering(judge.kind_right(unit), Level::View, unit).is_some()
}

/// The handles that prove that this actor, by this caller, found this user not long ago; none that was used up.
pub(super) fn good_handles<'c>(
    command: &'c Command,
    facts: &'c Facts,
    manage: &'c ManageUser,
    now: Instant,
) -> impl Iterator<Item = &'c Handle> + use<'c> {
    manage.handles.iter().filter(move |handle| {
        handle.user == manage.user
            && matches!(&command.actor, Actor::User(actor) if handle.actor == *actor)
            && handle.caller == command.caller
            && handle.expires_at > now
            && !facts.used_handles.contains(&handle.id)
    })
}

/// Finds the user, and whether the actor has proved to know them.
fn find(draft: &Draft<'_>, user: &UserId, sight: Sight) -> Judged<Subject> {
    let judge = draft.judge()?;
    let id = user.clone();
    // One who was erased is nobody.
    let ix = judge.world.user_ix(user.as_str());
    let ix = ix.filter(|&ix| judge.world.user(ix).is_some_and(|user| !user.is_erased()));
    let user = ix.and_then(|ix| judge.world.user(ix));
    Ok(Subject {
        id,
        ix,
        newest_giving_reach: user.map_or(0, |u| u.access().last_number),
        home: user.map_or(UnitIx(u32::MAX), |u| u.home()),
        sight,
        found: sight == Sight::Proved,
    })
}

/// Somebody else was faster: told only to who may see the user.
fn check_etag(draft: &Draft<'_>, etag: Option<Revision>, subject: &Subject) -> Judged {
    let (Some(etag), Some(ix)) = (etag, subject.ix) else { return Ok(()) };
    let judge = draft.judge()?;
    let seen =
        judge.actor.is_none_or(|actor| actor.ix() == ix || actor.may_see(subject.other(draft)).is_ok());
    let current = draft.people.get(&subject.id).map(|person| person.etag);
    if seen && current != Some(etag) {
        return Err(Refusal::new(Refused::Conflict, Reason::EtagMismatch));
    }
    Ok(())
}

fn apply(draft: &mut Draft<'_>, subject: &mut Subject, change: &UserChange, index: usize) -> Judged {
    by_request_only(draft, change)?;
    match change {
        UserChange::Create(new) if index == 0 => create::create(draft, subject, new),
        UserChange::Create(_) => Err(Refusal::new(Refused::Invalid, Reason::AlreadyExists)
            .because("a user is created by the first change of a command")),
        UserChange::UpdateProfile(fields) => profile::update(draft, subject, fields),
        UserChange::Assign(spec) => assign::assign(draft, subject, spec),
        UserChange::Amend { number, role, options } => {
            amend::amend(draft, subject, *number, role.as_deref(), options)
        }
        UserChange::End { number, at } => end::end(draft, subject, *number, *at),
        UserChange::Remove { number } => end::remove(draft, subject, *number),
        UserChange::Suspend { number, from, until } => end::suspend(draft, subject, *number, *from, *until),
        UserChange::Reinstate { number } => end::reinstate(draft, subject, *number),
        UserChange::SuspendAt { unit } => end::suspend_at(draft, subject, unit),
        UserChange::Disable => standing::disable(draft, subject),
        UserChange::Enable => standing::enable(draft, subject),
        UserChange::SetHome(unit) => standing::set_home(draft, subject, unit),
        UserChange::SetReportingRole(role) => system::set_reporting_role(draft, subject, role.as_deref()),
        UserChange::SetOwnRecord(customer) => identity::set_own_record(draft, subject, customer.as_ref()),
        UserChange::SetSamePerson(other) => identity::set_same_person(draft, subject, other.as_ref()),
        UserChange::SetClearance(cleared) => system::set_clearance(draft, subject, *cleared),
        UserChange::Grant(spec) => system::grant(draft, subject, spec),
        UserChange::AmendGrant(spec) => system::amend_grant(draft, subject, spec),
        UserChange::SuspendGrant { system, from, until } => {
            system::suspend_grant(draft, subject, system, *from, *until)
        }
        UserChange::ReinstateGrant { system } => system::reinstate_grant(draft, subject, system),
        UserChange::EndGrant { system, at } => system::end_grant(draft, subject, system, *at),
    }
}

/// What the scheme lets a person change by request only, no actor changes here. Told before anything about the user.
fn by_request_only(draft: &Draft<'_>, change: &UserChange) -> Judged {
    let needs = match change {
        UserChange::Create(_) => ByRequest::Create,
        UserChange::Enable => ByRequest::Enable,
        UserChange::Assign(_)
        | UserChange::Amend { .. }
        | UserChange::End { .. }
        | UserChange::Remove { .. }
        | UserChange::Suspend { .. }
        | UserChange::Reinstate { .. } => ByRequest::Holdings,
        UserChange::Grant(_)
        | UserChange::AmendGrant(_)
        | UserChange::SuspendGrant { .. }
        | UserChange::ReinstateGrant { .. }
        | UserChange::EndGrant { .. } => ByRequest::Grants,
        // Disabling, whole or at a unit, never waits for a request.
        UserChange::Disable | UserChange::SuspendAt { .. } => return Ok(()),
        UserChange::UpdateProfile(_)
        | UserChange::SetHome(_)
        | UserChange::SetReportingRole(_)
        | UserChange::SetOwnRecord(_)
        | UserChange::SetSamePerson(_)
        | UserChange::SetClearance(_) => return Ok(()),
    };
    match draft.command.actor {
        Actor::User(_) if !draft.is_approved() && draft.state.scheme.by_request(needs) => {
            // Rule 1 is asked before.
            draft.judge()?;
            Err(Refusal::denied(Reason::RequestRequired))
        }
        Actor::User(_) | Actor::Operator => Ok(()),
    }
}

/// A clearance is never set in the command that needs it. What is loaded is taken as it is.
fn clearance_apart(draft: &Draft<'_>, manage: &ManageUser) -> Judged {
    if matches!(draft.command.body, Body::Load(_)) {
        return Ok(());
    }
    let sets = manage.changes.iter().any(|c| matches!(c, UserChange::SetClearance(true)));
    let adds = manage.changes.iter().any(|c| matches!(c, UserChange::Assign(_) | UserChange::Create(_)));
    if sets && adds {
        return Err(Refusal::new(Refused::Invalid, Reason::FieldInvalid)
            .at_field("set_clearance")
            .because("a clearance is set in a command of its own"));
    }
    Ok(())
}

/// An assignment as the rules read one.
fn as_ref(assignment: &Assignment) -> AssignmentRef<'_> {
    AssignmentRef {
        number: assignment.number,
        unit: assignment.unit,
        role: assignment.role,
        options: &assignment.options,
    }
}

/// Rules 2 to 4 as far as they do not depend on where something is held: what the actor sees of the other. An operator
/// sees all.
fn seen_by(judge: &Judge<'_>, other: Option<Other<'_>>) -> Judged<Option<Seen>> {
    let Some(actor) = &judge.actor else { return Ok(None) };
    if let Some(other) = &other {
        actor.not_self(other.ix).map_err(Refusal::denied)?;
    }
    let mut rights = judge.scheme.kinds().iter().map(|kind| Right::Of(kind.assign_right));
    if rights.all(|right| actor.passing(right, Level::Manage).next().is_none()) {
        return Err(Refusal::denied(Reason::NoManagementRight));
    }
    let other = other.ok_or_else(|| Refusal::denied(Reason::UnknownUser))?;
    actor.sight_of(&other).map(Some).map_err(Refusal::denied)
}

/// The held assignment of this number. Who does not see the user is told no more than of nobody, before anything is
/// said of an assignment; and of one that the actor does not see, no more than of a number that is not there.
fn held(draft: &Draft<'_>, subject: &Subject, number: u32) -> Judged<Assignment> {
    let judge = draft.judge()?;
    let seen = seen_by(&judge, subject.other(draft))?;
    if seen.is_some_and(|seen| !seen.assignments.contains(&number) && seen.others > 0) {
        return Err(Refusal::denied(Reason::OutOfReach));
    }
    let user = judge.world.user(subject.known()?);
    let assignment = user.and_then(|user| user.access().assignment(number).cloned());
    assignment
        .filter(|a| a.options.held(draft.now))
        .ok_or_else(|| Refusal::new(Refused::NotFound, Reason::NotHeld))
}
