//! Rules 1, 2, 5, 5b and 6 of design §5.

use super::Case;
use super::limits::caseload_handed_on;
use super::reach::in_reach;
use super::rights::{Need, passing, ranked_beside};
use crate::holding::{all_held, effective, highest, lowest};
use crate::model::{Assignment, Instant, Scheme, User, World};
use crate::reason::Reason;
use crate::units::covers;

/// Rule 1: "A exists and is active".
pub(crate) fn rule_1<'a>(world: &'a World, actor: &str) -> Result<&'a User, Reason> {
    match world.user(actor) {
        None => Err(Reason::UnknownUser),
        Some(actor) if !actor.active => Err(Reason::UserDisabled),
        Some(actor) => Ok(actor),
    }
}

/// Rule 2: "A is not B, nor the same person".
pub(crate) fn rule_2(case: &Case<'_>) -> Result<(), Reason> {
    if case.world.same_person(&case.actor.id, case.subject) { Err(Reason::SelfReference) } else { Ok(()) }
}

/// Rule 5: "lowest(A) ≥ highest(B) + gap".
///
/// # Errors
///
/// `RANK_TOO_LOW`, also where A holds no rank at all: such a user manages nobody.
pub fn rule_5(scheme: &Scheme, actor: &User, subject: &User, now: Instant) -> Result<(), Reason> {
    match (lowest(scheme, actor, now), highest(scheme, subject, now)) {
        (None, _) => Err(Reason::RankTooLow),
        (Some(_), None) => Ok(()),
        (Some(mine), Some(theirs)) if mine >= theirs + scheme.gap => Ok(()),
        (Some(_), Some(_)) => Err(Reason::RankTooLow),
    }
}

/// Where A must be able to hand out the unranked roles that B holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandOutPlace {
    /// At the units where B holds them.
    There,
    /// "For disabling through the home unit: anywhere."
    Anywhere,
}

/// Rule 5b for B as a whole: "B holds no unranked role that A may not hand out (there …)".
pub(crate) fn rule_5b_whole(
    case: &Case<'_>,
    subject: &User,
    rights: &[&str],
    place: HandOutPlace,
) -> Result<(), Reason> {
    let refused = all_held(subject, case.now)
        .into_iter()
        .filter(|theirs| case.scheme.rank(&theirs.role).is_none())
        .any(|theirs| match place {
            HandOutPlace::There => !may_hand_out(case, &theirs.role, &theirs.unit, rights),
            HandOutPlace::Anywhere => !may_hand_out_anywhere(case, &theirs.role),
        });
    if refused { Err(Reason::RoleAboveOwn) } else { Ok(()) }
}

/// Rule 5b for one unranked assignment: B holds, at that unit, no unranked role that A may not hand out
/// there. It asks nothing where the assignment is ranked.
pub(crate) fn rule_5b_one(
    case: &Case<'_>,
    subject: &User,
    assignment: &Assignment,
    rights: &[&str],
) -> Result<(), Reason> {
    if case.scheme.rank(&assignment.role).is_some() {
        return Ok(());
    }
    let refused = all_held(subject, case.now)
        .into_iter()
        .filter(|theirs| theirs.unit == assignment.unit && case.scheme.rank(&theirs.role).is_none())
        .any(|theirs| !may_hand_out(case, &theirs.role, &theirs.unit, rights));
    if refused { Err(Reason::RoleAboveOwn) } else { Ok(()) }
}

/// Rule 6: a role handed out.
pub(crate) fn rule_6(case: &Case<'_>, role: &str, unit: &str, rights: &[&str]) -> Result<(), Reason> {
    if may_hand_out(case, role, unit, rights) { Ok(()) } else { Err(Reason::RoleAboveOwn) }
}

/// Rule 6: "rank ≤ lowest(A) − gap; or, unranked, A has an *effective* assignment whose role may hand it out,
/// covering the unit, or being the ranked role beside the unranked one that gives A its right there (rule
/// 3)".
fn may_hand_out(case: &Case<'_>, role: &str, unit: &str, rights: &[&str]) -> bool {
    let Some(handed) = case.scheme.role(role) else { return false };
    if let Some(rank) = handed.rank {
        return lowest(case.scheme, case.actor, case.now).is_some_and(|mine| mine >= rank + case.scheme.gap);
    }
    let handers = case
        .actor
        .assignments
        .iter()
        .filter(|mine| effective(case.world, case.actor, mine, case.now))
        .filter(|mine| handed.handed_out_by.contains(&mine.role));
    let beside = beside_the_unranked(case, unit, rights);
    handers.into_iter().any(|mine| covers(case.world, mine, unit) || beside.contains(&mine.number))
}

/// The numbers of A's ranked assignments that stand beside an unranked one which gives A its right at `unit`.
fn beside_the_unranked(case: &Case<'_>, unit: &str, rights: &[&str]) -> Vec<u32> {
    let by_unranked = passing(case.world, case.scheme, case.actor, rights, Need::Manage, case.now)
        .into_iter()
        .filter(|mine| case.scheme.rank(&mine.role).is_none())
        .any(|mine| covers(case.world, mine, unit));
    if !by_unranked {
        return Vec::new();
    }
    ranked_beside(case.world, case.scheme, case.actor, rights, Need::Manage, case.now)
        .into_iter()
        .map(|ranked| ranked.number)
        .collect()
}

/// Whether A has an effective assignment, anywhere, whose role may hand out this unranked role.
fn may_hand_out_anywhere(case: &Case<'_>, role: &str) -> bool {
    let Some(handed) = case.scheme.role(role) else { return false };
    case.actor
        .assignments
        .iter()
        .filter(|mine| effective(case.world, case.actor, mine, case.now))
        .any(|mine| handed.handed_out_by.contains(&mine.role))
}

/// What enabling makes effective: "only what the enabler covers and may hand out"; who is bound by a caseload
/// hands out nothing without it.
pub(crate) fn stays_effective(case: &Case<'_>, theirs: &Assignment) -> bool {
    let Some(unit) = case.world.unit(&theirs.unit) else { return false };
    let Some(kind) = case.scheme.kind(&unit.kind) else { return false };
    let rights = [kind.assign_right.as_str()];
    let reached = passing(case.world, case.scheme, case.actor, &rights, Need::Manage, case.now)
        .into_iter()
        .any(|mine| in_reach(case.world, mine, theirs));
    reached
        && may_hand_out(case, &theirs.role, &theirs.unit, &rights)
        && caseload_handed_on(case.world, case.actor, theirs, case.now)
}
