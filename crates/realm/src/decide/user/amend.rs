//! Changing an assignment: its role and options.
//!
//! What widens it is judged like adding it; what narrows it, like ending it.

use bailiwick_identity::Instant;
use bailiwick_membership::{Assignment, Options, Scope, World};
use bailiwick_policy::Reason;

use super::assign::{chosen, end_exclusive, may_give, no_duplicate, set_note};
use super::options::Names;
use super::{Judged, Subject, as_ref, held, not_held};
use crate::command::{OptionsSpec, Patch};
use crate::decide::draft::Draft;
use crate::decide::judge::{Asked, Reach, Rules, Sight, Unranked};
use crate::refusal::{Refusal, Refused};

pub(super) fn amend(
    draft: &mut Draft<'_>,
    subject: &Subject,
    number: u32,
    role: Option<&str>,
    spec: &OptionsSpec,
) -> Judged {
    let Some(before) = held(draft, subject, number) else { return Err(not_held(draft, subject)) };
    let after = judge_amended(draft, subject, &before, role, spec)?;
    let stands_in = draft.state.world.node(after.unit).is_some_and(|node| node.unit.placeholder);
    let note_goes = match &spec.note {
        Patch::Keep => false,
        Patch::Clear => true,
        Patch::Set(note) => note.trim().is_empty(),
    };
    if stands_in && note_goes {
        return Err(Refusal::new(Refused::Invalid, Reason::NoteRequired).at_field("note"));
    }
    let ix = subject.known()?;
    if after.role != before.role {
        end_exclusive(draft, subject, ix, &after)?;
        draft.emptied.insert((before.unit, draft.now));
    }
    if let Some(end) = after.options.ends_at.filter(|_| after.options.ends_at != before.options.ends_at) {
        draft.emptied.insert((before.unit, end));
    }
    draft.filled.insert((after.unit, after.role));
    draft.edit_access(ix, |access| {
        if let Some(held) = access.assignments.iter_mut().find(|a| a.number == number) {
            *held = after;
        }
    });
    set_note(draft, subject, number, &spec.note);
    Ok(())
}

fn judge_amended(
    draft: &Draft<'_>,
    subject: &Subject,
    before: &Assignment,
    role: Option<&str>,
    spec: &OptionsSpec,
) -> Judged<Assignment> {
    let judge = draft.judge()?;
    let names = Names { world: judge.world, scheme: judge.scheme, now: draft.now };
    let right = judge.kind_right(before.unit);
    let other = subject.other(draft);
    let rules = |assignment, unranked| Rules {
        right,
        reach: Reach::Assignment(assignment, Sight::Needed),
        rank: Asked::Yes,
        unranked,
    };
    judge.ask(other, &rules(as_ref(before), Unranked::One(as_ref(before))))?;
    let new_role = role.map(|name| names.role(name)).transpose()?;
    let options = names.options(&before.options, spec)?;
    let after = Assignment { role: new_role.unwrap_or(before.role), options, ..before.clone() };
    let other = other.ok_or_else(|| Refusal::new(Refused::NotFound, Reason::UnknownUser))?;
    if after.role != before.role || widens(judge.world, before, &after) {
        judge.ask(Some(other), &rules(as_ref(&after), Unranked::NotAsked))?;
        may_give(&judge, &other, &after, right)?;
    }
    names.limits(&after, Some(before))?;
    names.user_management(&after, other.user)?;
    no_duplicate(other.user, &after, draft.now)?;
    Ok(after)
}

/// Whether an assignment gives more than before: later end, earlier start, wider scope, `caseload_only` lifted, an
/// exemption, user management further on, more caseloads to change.
fn widens(world: &World, before: &Assignment, after: &Assignment) -> bool {
    let (old, new) = (&before.options, &after.options);
    let later_end = old.ends_at.is_some_and(|old| new.ends_at.is_none_or(|new| new > old));
    let earlier_start = old.starts_at.is_some_and(|old| new.starts_at.is_none_or(|new| new < old));
    later_end
        || earlier_start
        || scope_widens(world, before, new)
        || caseload_widens(world, old, new)
        || new.user_management > old.user_management
}

fn scope_widens(world: &World, before: &Assignment, new: &Options) -> bool {
    match (&before.options.scope, &new.scope) {
        (Scope::All, _) => false,
        (Scope::Only(_), Scope::All) => true,
        (Scope::Only(listed), Scope::Only(_)) => {
            chosen(new).iter().any(|unit| !listed.contains(unit) && !as_ref(before).covers(world, *unit))
        }
    }
}

fn caseload_widens(world: &World, old: &Options, new: &Options) -> bool {
    let lifted = old.caseload.only && !new.caseload.only;
    let more = |old: &[_], new: &[_]| {
        new.iter().any(|&unit| !old.iter().any(|&listed| world.is_within(unit, listed)))
    };
    let exempted = old.caseload.only && more(&old.caseload.exempt, &new.caseload.exempt);
    lifted
        || exempted
        || more(&old.caseload.own, &new.caseload.own)
        || more(&old.caseload.others, &new.caseload.others)
}

/// Refuses an interval that is empty or lies in the past.
pub(super) fn check_interval(from: Option<Instant>, until: Option<Instant>, now: Instant) -> Judged {
    let bad = |field: &str, why: &str| {
        Err(Refusal::new(Refused::Invalid, Reason::BadInterval).at_field(field).because(why))
    };
    if until.is_some_and(|until| until <= now) {
        return bad("until", "the end is not in the future");
    }
    match (from, until) {
        (Some(from), Some(until)) if until <= from => bad("until", "the end is not after the start"),
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}
