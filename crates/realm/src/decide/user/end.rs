//! Ending, removing, suspending and reinstating assignments.

use bailiwick_identity::{Instant, UnitId};
use bailiwick_membership::{Assignment, AssignmentState, Suspension, SuspensionCause};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::Level;

use super::amend::check_interval;
use super::assign::may_give;
use super::options::Names;
use super::{Judged, Subject, as_ref, held, seen_by};
use crate::decide::draft::Draft;
use crate::decide::judge::{Asked, Reach, Rules, Sight, Unranked, rank_too_low};
use crate::event::Effect;
use crate::refusal::{Refusal, Refused};

/// The row *suspend, end, remove, narrow*: the kind's right over the unit, rules 1 to 5b. For an unranked role the
/// actor must be one who may hand it out there.
pub(super) fn taken_away(draft: &Draft<'_>, subject: &Subject, number: u32) -> Judged<Assignment> {
    let assignment = held(draft, subject, number)?;
    let judge = draft.judge()?;
    judge.ask(
        subject.other(draft),
        &Rules {
            right: judge.kind_right(assignment.unit),
            reach: Reach::Assignment(as_ref(&assignment), Sight::Needed),
            lowers_lowest: false,
            rank: Asked::Yes,
            unranked: Unranked::There(as_ref(&assignment)),
        },
    )?;
    Ok(assignment)
}

pub(super) fn end(draft: &mut Draft<'_>, subject: &Subject, number: u32, at: Option<Instant>) -> Judged {
    let assignment = taken_away(draft, subject, number)?;
    let at = at.unwrap_or(draft.now);
    let bad =
        |why: &str| Err(Refusal::new(Refused::Invalid, Reason::BadInterval).at_field("at").because(why));
    if at < draft.now {
        return bad("the end is in the past");
    }
    if assignment.options.ends_at.is_some_and(|end| at > end) {
        return bad("the assignment ends before that; amend it to end later");
    }
    draft.emptied.insert((assignment.unit, assignment.role, at));
    edit(draft, subject, number, |a| a.options.ends_at = Some(at))
}

/// Ends an assignment now, whatever minimum it leaves: a review is not refused for one.
pub(super) fn end_whatever_is_left(draft: &mut Draft<'_>, subject: &Subject, number: u32) -> Judged {
    taken_away(draft, subject, number)?;
    let now = draft.now;
    edit(draft, subject, number, |a| a.options.ends_at = Some(now))
}

pub(super) fn remove(draft: &mut Draft<'_>, subject: &Subject, number: u32) -> Judged {
    let assignment = taken_away(draft, subject, number)?;
    draft.emptied.insert((assignment.unit, assignment.role, draft.now));
    let ix = subject.known()?;
    draft.edit_access(ix, |access| access.assignments.retain(|a| a.number != number));
    draft.edit_notes(&subject.id, |notes| {
        notes.assignments.remove(&number);
    });
    Ok(())
}

pub(super) fn suspend(
    draft: &mut Draft<'_>,
    subject: &Subject,
    number: u32,
    from: Option<Instant>,
    until: Option<Instant>,
) -> Judged {
    let assignment = taken_away(draft, subject, number)?;
    let state = suspended_over(&assignment.options.state, from, until, draft.now)?;
    edit(draft, subject, number, |a| a.options.state = state)
}

/// A manager's suspension over an interval. One that stands is replaced by a longer one and never shortened: that
/// would be reinstating.
pub(super) fn suspended_over(
    present: &AssignmentState,
    from: Option<Instant>,
    until: Option<Instant>,
    now: Instant,
) -> Judged<AssignmentState> {
    check_interval(from, until, now)?;
    let wanted = Suspension { cause: SuspensionCause::Manager, from, until };
    if let AssignmentState::Suspended(standing) = present
        && is_suspended(present, now)
    {
        if contains(standing, &wanted, now) {
            return Err(Refusal::precondition(Reason::NothingToChange));
        }
        if !contains(&wanted, standing, now) {
            return Err(Refusal::precondition(Reason::BadInterval).at_field("from").because(
                "another suspension stands: name an interval that contains it, or reinstate first",
            ));
        }
    }
    Ok(AssignmentState::Suspended(wanted))
}

/// Whether one suspension binds, from now on, at every instant at which another does.
fn contains(outer: &Suspension, inner: &Suspension, now: Instant) -> bool {
    let start = |suspension: &Suspension| suspension.from.map_or(now, |from| from.max(now));
    let ends_later = match (outer.until, inner.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(outer), Some(inner)) => outer >= inner,
    };
    start(outer) <= start(inner) && ends_later
}

/// Whether a suspension stands that is not over.
pub(in super::super) fn is_suspended(state: &AssignmentState, now: Instant) -> bool {
    match state {
        AssignmentState::Live => false,
        AssignmentState::Suspended(suspension) => suspension.until.is_none_or(|until| until > now),
    }
}

/// Whether a suspension binds now and until somebody reinstates it.
fn is_suspended_for_good(state: &AssignmentState, now: Instant) -> bool {
    match state {
        AssignmentState::Live => false,
        AssignmentState::Suspended(suspension) => suspension.until.is_none() && suspension.binds(now),
    }
}

/// Reinstating gives again what is held: judged like adding it.
pub(super) fn reinstate(draft: &mut Draft<'_>, subject: &Subject, number: u32) -> Judged {
    let assignment = taken_away(draft, subject, number)?;
    let judge = draft.judge()?;
    may_give(&judge, &assignment, judge.kind_right(assignment.unit))?;
    if !is_suspended(&assignment.options.state, draft.now) {
        return Err(Refusal::precondition(Reason::NothingToChange));
    }
    if let Some(user) = judge.world.user(subject.known()?) {
        let names = Names { world: judge.world, scheme: judge.scheme, now: draft.now };
        names.user_management(&assignment, user)?;
    }
    edit(draft, subject, number, |a| a.options.state = AssignmentState::Live)
}

fn edit(draft: &mut Draft<'_>, subject: &Subject, number: u32, edit: impl FnOnce(&mut Assignment)) -> Judged {
    let ix = subject.known()?;
    draft.edit_access(ix, |access| {
        if let Some(assignment) = access.assignments.iter_mut().find(|a| a.number == number) {
            edit(assignment);
        }
    });
    Ok(())
}

/// *Disable at a site*: suspends every held assignment at or below a unit that the actor covers, and tells what
/// remains from above.
pub(super) fn suspend_at(draft: &mut Draft<'_>, subject: &Subject, unit: &UnitId) -> Judged {
    let (suspended, remaining) = found_at(draft, subject, unit)?;
    if suspended.is_empty() {
        return Err(Refusal::precondition(Reason::NothingToChange));
    }
    for number in suspended {
        let open = AssignmentState::Suspended(Suspension::open(SuspensionCause::Unit));
        edit(draft, subject, number, |a| a.options.state = open)?;
        draft.effects.push(Effect::Suspended { user: subject.id.clone(), number });
    }
    let told =
        remaining.into_iter().map(|number| Effect::RemainsFromAbove { user: subject.id.clone(), number });
    draft.effects.extend(told);
    Ok(())
}

/// What a suspension at a unit takes, and what covers the unit from above.
fn found_at(draft: &Draft<'_>, subject: &Subject, unit: &UnitId) -> Judged<(Vec<u32>, Vec<u32>)> {
    let judge = draft.judge()?;
    let other = subject.other(draft);
    let seen = seen_by(&judge, other)?;
    let other = other.ok_or_else(|| Refusal::new(Refused::NotFound, Reason::UnknownUser))?;
    let site = judge.find_unit(unit).ok_or_else(|| judge.unknown_unit())?;
    let (mut taken, mut remaining, mut beyond) = (Vec::new(), Vec::new(), false);
    for a in other.user.assignments().filter(|a| a.held(draft.now)) {
        let right = judge.kind_right(a.unit);
        if !judge.world.is_within(a.unit, site) {
            if a.covers(judge.world, site) {
                remaining.push(a.number);
            }
        } else if judge.actor.is_some_and(|actor| actor.reaching(right, Level::Manage, &a).is_none()) {
            beyond = true;
        } else if !is_suspended_for_good(&a.options.state, draft.now) {
            taken.push(a);
        }
    }
    // Of what is not seen nothing is told, not even whether it lies there.
    let unseen = seen.as_ref().is_some_and(|seen| seen.others > 0);
    if taken.is_empty() && (beyond || unseen) {
        return Err(Refusal::denied(Reason::OutOfReach));
    }
    if let Some(actor) = &judge.actor {
        actor.outranks(other.user).map_err(|too_low| rank_too_low(&too_low))?;
    }
    for a in &taken {
        judge.unranked_there(&other, judge.kind_right(a.unit), a)?;
    }
    remaining.retain(|number| seen.as_ref().is_none_or(|seen| seen.assignments.contains(number)));
    Ok((taken.iter().map(|a| a.number).collect(), remaining))
}
