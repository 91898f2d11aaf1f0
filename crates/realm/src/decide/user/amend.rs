//! Changing an assignment: its role and options.
//!
//! What widens it is judged like adding it; what narrows it, like ending it.

use bailiwick_identity::Instant;
use bailiwick_membership::{Assignment, Options, Scope, UnitIx, UserRef, World};
use bailiwick_policy::scheme::Scheme;
use bailiwick_policy::{Reason, lowest};

use super::assign::{
    chosen, end_exclusive, has_what_the_role_needs, holds_management, may_give, no_duplicate,
    nothing_beside_exclusive, set_note,
};
use super::options::Names;
use super::{Judged, Subject, as_ref, held};
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
    let before = held(draft, subject, number)?;
    let after = judge_amended(draft, subject, &before, role, spec)?;
    let gives_more = after.role != before.role || widens(&before, &after);
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
        draft.emptied.insert((before.unit, before.role, draft.now));
    }
    let earlier = |end: &Instant| before.options.ends_at.is_none_or(|old| *end < old);
    if let Some(end) = after.options.ends_at.filter(earlier) {
        draft.emptied.insert((before.unit, before.role, end));
    }
    if gives_more {
        draft.filled.insert((after.unit, after.role));
    }
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
    let other = other.ok_or_else(|| Refusal::new(Refused::NotFound, Reason::UnknownUser))?;
    let new_role = role.map(|name| names.role(name)).transpose()?;
    let options = names.options(&before.options, spec)?;
    let after = Assignment { role: new_role.unwrap_or(before.role), options, ..before.clone() };
    let gives_more = after.role != before.role || widens(before, &after);
    let rules = |assignment, lowers_lowest, rank, unranked| Rules {
        right,
        reach: Reach::Assignment(assignment, Sight::Needed),
        lowers_lowest,
        rank,
        unranked,
    };
    if gives_more {
        // Reach comes before rank: first of what is held, then of what it would become.
        judge.ask(Some(other), &rules(as_ref(before), false, Asked::No, Unranked::NotAsked))?;
        let lowers = lowers_lowest(judge.world, judge.scheme, other.user, before, &after, draft.now);
        judge.ask(Some(other), &rules(as_ref(&after), lowers, Asked::No, Unranked::NotAsked))?;
    }
    judge.ask(Some(other), &rules(as_ref(before), false, Asked::Yes, Unranked::There(as_ref(before))))?;
    if gives_more {
        may_give(&judge, &after, right)?;
    }
    names.limits(&after, Some(before))?;
    names.user_management(&after, other.user)?;
    no_duplicate(other.user, &after, draft.now)?;
    if gives_more && after.role == before.role {
        nothing_beside_exclusive(judge.scheme, other.user, &after, draft.now)?;
    }
    has_what_the_role_needs(draft, subject, &after)?;
    Ok(after)
}

/// Whether a changed role lowers the lowest rank of somebody who holds a management capability, or leaves them none.
fn lowers_lowest(
    world: &World,
    scheme: &Scheme,
    user: UserRef<'_>,
    before: &Assignment,
    after: &Assignment,
    now: Instant,
) -> bool {
    let Some(present) = lowest(scheme, user, now) else { return false };
    let others = user.assignments().filter(|a| a.number != before.number && a.held(now));
    let ranks = others.map(|a| a.role).chain([after.role]).filter_map(|role| scheme.rank(role));
    ranks.min().is_none_or(|rank| rank < present) && holds_management(world, scheme, user, now)
}

/// Whether an assignment gives more than before: later end, earlier start, wider scope, `caseload_only` lifted, an
/// exemption, user management further on, more caseloads to change. A unit newly named is more, even below one that
/// was named before: that one may be archived.
fn widens(before: &Assignment, after: &Assignment) -> bool {
    let (old, new) = (&before.options, &after.options);
    let later_end = old.ends_at.is_some_and(|old| new.ends_at.is_none_or(|new| new > old));
    let earlier_start = old.starts_at.is_some_and(|old| new.starts_at.is_none_or(|new| new < old));
    later_end
        || earlier_start
        || scope_widens(old, new)
        || caseload_widens(old, new)
        || new.user_management > old.user_management
}

fn scope_widens(old: &Options, new: &Options) -> bool {
    match (&old.scope, &new.scope) {
        (Scope::All, _) => false,
        (Scope::Only(_), Scope::All) => true,
        (Scope::Only(listed), Scope::Only(_)) => chosen(new).iter().any(|unit| !listed.contains(unit)),
    }
}

fn caseload_widens(old: &Options, new: &Options) -> bool {
    let more = |old: &[UnitIx], new: &[UnitIx]| new.iter().any(|unit| !old.contains(unit));
    (old.caseload.only && !new.caseload.only)
        || more(&old.caseload.exempt, &new.caseload.exempt)
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
