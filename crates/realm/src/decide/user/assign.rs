//! Adding an assignment: the kind's right, reach over the unit with the scope, and every rule.

use std::collections::BTreeSet;

use bailiwick_identity::Instant;
use bailiwick_membership::{Assignment, AssignmentRef, Options, Scope, UnitIx, UserIx, UserRef, World};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Actor, Other, Right, Where};
use bailiwick_policy::scheme::{Compulsory, Rank, Scheme};
use bailiwick_policy::{effective, lowest, may_hold_ability};

use super::options::Names;
use super::seat::lowest_available;
use super::{Judged, Subject, as_ref, standing};
use crate::command::{AssignmentSpec, Patch, Seat};
use crate::decide::draft::Draft;
use crate::decide::judge::{Asked, Judge, Reach, Rules, Sight, Unranked};
use crate::decide::room_for_one_more;
use crate::event::Effect;
use crate::facts::Tables;
use crate::refusal::{Refusal, Refused};

pub(super) fn assign(draft: &mut Draft<'_>, subject: &Subject, spec: &AssignmentSpec) -> Judged {
    let assignment = planned(draft, subject, spec)?;
    let ix = subject.known()?;
    let judge = draft.judge()?;
    let unit = judge.world.node(assignment.unit).map(|node| node.unit.clone());
    let stands_in = unit.is_some_and(|unit| unit.placeholder);
    if stands_in && !matches!(&spec.options.note, Patch::Set(note) if !note.trim().is_empty()) {
        return Err(Refusal::new(Refused::Invalid, Reason::NoteRequired).at_field("note"));
    }
    room_for_one_more(judge.world.user(ix).map_or(0, |user| user.assignments().count()))?;
    end_exclusive(draft, subject, ix, &assignment)?;
    let (number, unit_added) = (assignment.number, assignment.unit);
    draft.filled.insert((assignment.unit, assignment.role));
    draft.edit_access(ix, |access| {
        access.last_number = number;
        access.assignments.push(assignment);
    });
    set_note(draft, subject, number, &spec.options.note);
    standing::enable_by_add(draft, subject, unit_added)
}

/// Judges an assignment that is to be added, and says what it is.
fn planned(draft: &Draft<'_>, subject: &Subject, spec: &AssignmentSpec) -> Judged<Assignment> {
    let judge = draft.judge()?;
    let names = Names { world: judge.world, scheme: judge.scheme, now: draft.now };
    let other = subject.other(draft);
    let role = names.role(&spec.role)?;
    let Some(unit) = judge.find_unit(&spec.unit) else {
        return Err(unknown_place(&judge, other, subject.sight));
    };
    let kind = judge.world.node(unit).map(|node| node.unit.kind);
    if spec.options.scope.is_none() && kind.is_some_and(|kind| names.scope_must_be_said(kind)) {
        return Err(Refusal::new(Refused::Invalid, Reason::ScopeRequired).at_field("scope"));
    }
    let options = names.options(&Options::default(), &spec.options)?;
    let unit = match spec.seat {
        Seat::There => unit,
        Seat::LowestAvailable => {
            // Whether anything is free there is told to who reaches the unit above.
            let reach = Reach::Units(&[unit]);
            let right = judge.kind_right(unit);
            let rank = Asked::Yes;
            let unranked = Unranked::NotAsked;
            judge.ask(other, &Rules { right, reach, lowers_lowest: false, rank, unranked })?;
            lowest_available(draft, &judge, subject, unit, role, &options)?
        }
    };
    let last = other.as_ref().map_or(0, |other| other.user.access().last_number);
    let number = last.checked_add(1).ok_or_else(|| Refusal::precondition(Reason::TooMany))?;
    let assignment = Assignment { number, unit, role, options };
    let lowers = |other: &Other<'_>| {
        let rank = judge.scheme.rank(assignment.role);
        would_lower_lowest(judge.world, judge.scheme, other.user, rank, draft.now)
    };
    let rules = Rules {
        right: judge.kind_right(unit),
        reach: Reach::Assignment(as_ref(&assignment), subject.sight),
        lowers_lowest: other.as_ref().is_some_and(lowers),
        rank: Asked::Yes,
        unranked: Unranked::NotAsked,
    };
    judge.ask(other, &rules)?;
    let other = other.ok_or_else(|| Refusal::new(Refused::NotFound, Reason::UnknownUser))?;
    may_give(&judge, &assignment, rules.right)?;
    names.limits(&assignment, None)?;
    names.user_management(&assignment, other.user)?;
    no_duplicate(other.user, &assignment, draft.now)?;
    has_what_the_role_needs(draft, subject, &assignment)?;
    Ok(assignment)
}

/// What a role needs of its holder: fields of the profile, a user type.
pub(super) fn has_what_the_role_needs(
    draft: &Draft<'_>,
    subject: &Subject,
    assignment: &Assignment,
) -> Judged {
    let Some(role) = draft.state.scheme.role(assignment.role) else { return Ok(()) };
    if role.user_type == Compulsory::Yes && assignment.options.user_type.is_none() {
        return Err(Refusal::new(Refused::Invalid, Reason::FieldRequired).at_field("user_type"));
    }
    if draft.facts.tables == Tables::NotAsked {
        return Ok(());
    }
    let profile = draft.people.get(&subject.id).map(|person| &person.profile);
    let missing = role.required_fields.iter().find(|field| profile.is_none_or(|p| p.get(**field).is_none()));
    match missing {
        Some(field) => Err(Refusal::precondition(Reason::FieldRequired).at_field(field.name())),
        None => Ok(()),
    }
}

/// A unit that is not there, or out of sight: the answer that a unit out of reach gets.
fn unknown_place(judge: &Judge<'_>, other: Option<Other<'_>>, sight: Sight) -> Refusal {
    let rules = Rules {
        right: Right::Of(judge.scheme.core().user_manage),
        reach: Reach::Nowhere(sight),
        lowers_lowest: false,
        rank: Asked::No,
        unranked: Unranked::NotAsked,
    };
    judge.ask(other, &rules).err().unwrap_or_else(|| judge.unknown_unit())
}

/// Rule 6 and what goes with it: the role may be handed out there, and whoever is bound by a caseload hands out
/// nothing without that. Of those who approve a request, each is asked for what is theirs to approve.
pub(super) fn may_give(judge: &Judge<'_>, given: &Assignment, right: Right) -> Judged {
    let Some(actor) = judge.actor.as_ref().filter(|actor| actor.approves_at(given.unit)) else {
        return Ok(());
    };
    actor.may_hand_out(given.role, given.unit, right, Where::There).map_err(Refusal::denied)?;
    caseload_bound(judge, given)
}

/// Whether one more rank would lower the lowest of somebody who holds a management capability.
pub(in crate::decide) fn would_lower_lowest(
    world: &World,
    scheme: &Scheme,
    user: UserRef<'_>,
    with: Option<Rank>,
    now: Instant,
) -> bool {
    let Some(present) = lowest(scheme, user, now) else { return false };
    with.is_some_and(|rank| rank < present) && holds_management(world, scheme, user, now)
}

/// Whether a user holds a management capability, switched on or not.
pub(in crate::decide) fn holds_management(
    world: &World,
    scheme: &Scheme,
    user: UserRef<'_>,
    now: Instant,
) -> bool {
    user.assignments().any(|a| a.held(now) && manages(world, scheme, &a))
}

/// Whether an assignment's role carries a management capability where it is held, switched on or not.
fn manages(world: &World, scheme: &Scheme, assignment: &AssignmentRef<'_>) -> bool {
    let core = scheme.core();
    let rights = scheme.kinds().iter().map(|kind| kind.assign_right);
    rights.chain([core.user_manage, core.user_identity_edit]).any(|cap| {
        let ways = scheme.abilities(assignment.role, cap);
        ways.iter().any(|way| may_hold_ability(world, scheme, assignment, cap, way))
    })
}

/// Who is bound by a caseload in a unit hands out nothing there without it, and no exemption that they lack.
pub(super) fn caseload_bound(judge: &Judge<'_>, given: &Assignment) -> Judged {
    let Some(actor) = &judge.actor else { return Ok(()) };
    // Few are bound: what lies below is gathered only for them.
    if !actor.user().assignments().any(|mine| mine.options.caseload.only) {
        return Ok(());
    }
    frees_only_what_is_free(judge, actor, &as_ref(given), &judge.world.subtree(given.unit))
}

/// Whether an assignment leaves every one of these units restricted in which the actor is bound by a caseload.
pub(in crate::decide) fn frees_only_what_is_free(
    judge: &Judge<'_>,
    actor: &Actor<'_>,
    given: &AssignmentRef<'_>,
    units: &BTreeSet<UnitIx>,
) -> Judged {
    let world = judge.world;
    let mine = actor.user().assignments();
    let bound: Vec<_> =
        mine.filter(|a| a.options.caseload.only && effective(world, actor.user(), a, judge.now)).collect();
    let frees = |&unit: &UnitIx| {
        given.covers(world, unit)
            && !given.restricted_in(world, unit)
            && bound.iter().any(|a| a.covers(world, unit) && a.restricted_in(world, unit))
    };
    match !bound.is_empty() && units.iter().any(frees) {
        true => Err(Refusal::denied(Reason::CaseloadBound)),
        false => Ok(()),
    }
}

/// Whether two half-open intervals have an instant in common.
pub(in super::super) fn overlap(a: &Options, b: &Options) -> bool {
    let before = |end: Option<Instant>, start: Option<Instant>| match (end, start) {
        (Some(end), Some(start)) => end <= start,
        (None, _) | (_, None) => false,
    };
    !before(a.ends_at, b.starts_at) && !before(b.ends_at, a.starts_at)
}

/// The same user, unit and role at the same time is one assignment too many.
pub(super) fn no_duplicate(user: UserRef<'_>, given: &Assignment, now: Instant) -> Judged {
    let twice = user.assignments().any(|a| {
        a.held(now)
            && a.number != given.number
            && a.unit == given.unit
            && a.role == given.role
            && overlap(a.options, &given.options)
    });
    if twice { Err(Refusal::precondition(Reason::AlreadyInGroup)) } else { Ok(()) }
}

/// Adding another role ends an exclusive one, at the new one's start, without reach or approval of its own. An
/// exclusive role is not added beside others; the same role elsewhere is no other.
pub(super) fn end_exclusive(
    draft: &mut Draft<'_>,
    subject: &Subject,
    ix: UserIx,
    given: &Assignment,
) -> Judged {
    let scheme = draft.state.scheme.clone();
    let exclusive = |role| scheme.role(role).is_some_and(|r| r.exclusive);
    let Some(user) = draft.state.world.user(ix) else { return Ok(()) };
    let held: Vec<(u32, bool)> = user
        .assignments()
        .filter(|a| a.number != given.number && a.role != given.role && a.held(draft.now))
        .map(|a| (a.number, exclusive(a.role)))
        .collect();
    if exclusive(given.role) && !held.is_empty() {
        return Err(Refusal::precondition(Reason::ExclusiveRole));
    }
    let from = given.options.starts_at.map_or(draft.now, |start| start.max(draft.now));
    for (number, _) in held.into_iter().filter(|(_, exclusive)| *exclusive) {
        draft.edit_access(ix, |access| {
            if let Some(ended) = access.assignments.iter_mut().find(|a| a.number == number) {
                ended.options.ends_at = Some(ended.options.ends_at.map_or(from, |end| end.min(from)));
            }
        });
        draft.effects.push(Effect::EndedExclusive { user: subject.id.clone(), number });
    }
    Ok(())
}

/// An exclusive role is never held beside another, at no time: what would make them overlap is refused.
pub(super) fn nothing_beside_exclusive(
    scheme: &Scheme,
    user: UserRef<'_>,
    given: &Assignment,
    now: Instant,
) -> Judged {
    let exclusive = |role| scheme.role(role).is_some_and(|r| r.exclusive);
    let beside = user.assignments().any(|a| {
        a.held(now)
            && a.number != given.number
            && a.role != given.role
            && (exclusive(a.role) || exclusive(given.role))
            && overlap(a.options, &given.options)
    });
    if beside { Err(Refusal::precondition(Reason::ExclusiveRole)) } else { Ok(()) }
}

/// Keeps an assignment's note.
pub(super) fn set_note(draft: &mut Draft<'_>, subject: &Subject, number: u32, note: &Patch<String>) {
    match note {
        Patch::Keep => {}
        Patch::Clear => draft.edit_notes(&subject.id, |notes| {
            notes.assignments.remove(&number);
        }),
        Patch::Set(text) => draft.edit_notes(&subject.id, |notes| {
            notes.assignments.insert(number, text.clone());
        }),
    }
}

/// The units that an assignment's scope names.
pub(super) fn chosen(options: &Options) -> &[UnitIx] {
    match &options.scope {
        Scope::All => &[],
        Scope::Only(units) => units,
    }
}
