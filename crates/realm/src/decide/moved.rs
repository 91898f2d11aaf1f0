//! A unit that moves comes under people who did not cover it: they have been handed their roles there.

use std::collections::BTreeSet;

use bailiwick_membership::{AssignmentRef, UnitIx, UserIx, World};
use bailiwick_policy::manage::{Actor, Level, Right, Where};
use bailiwick_policy::may_hold_ability;
use bailiwick_policy::scheme::{Ability, CapIx, Reach};

use super::Judged;
use super::judge::Judge;
use crate::refusal::Refusal;

/// Whoever covers a unit only since it moved gets nothing by it that the actor could not have handed out there, and does
/// not have there. Otherwise two people together could make one of them see what neither could have given.
pub(super) fn may_be_handed_on(before: &World, judge: &Judge<'_>, moved: UnitIx) -> Judged {
    let Some(actor) = &judge.actor else { return Ok(()) };
    let right = judge.kind_right(moved);
    for a in covering_newly(before, judge, moved) {
        let given = actor.may_hand_out(a.role, moved, right, Where::There);
        if given.is_err() && !has_all_that_brings(judge, actor, &a, moved) {
            return given.map_err(Refusal::denied);
        }
    }
    Ok(())
}

/// The assignments that cover something of a moved unit and did not before.
fn covering_newly<'d>(before: &World, judge: &Judge<'d>, moved: UnitIx) -> Vec<AssignmentRef<'d>> {
    let below = super::unit::subtree(judge.world, moved);
    let above = judge.world.node(moved).map_or(&[][..], |node| node.with_ancestors());
    let holders: BTreeSet<UserIx> = above.iter().flat_map(|&unit| judge.world.holders(unit)).collect();
    let held =
        holders.into_iter().filter_map(|holder| judge.world.user(holder)).flat_map(|u| u.assignments());
    let newly = |a: &AssignmentRef<'_>| {
        below.iter().any(|&unit| a.covers(judge.world, unit) && !a.covers(before, unit))
    };
    held.filter(|a| a.held(judge.now) && newly(a)).collect()
}

/// Whether the actor has, over all of a unit and without a caseload restriction, every capability with every record class
/// that another's assignment brings there.
fn has_all_that_brings(
    judge: &Judge<'_>,
    actor: &Actor<'_>,
    theirs: &AssignmentRef<'_>,
    unit: UnitIx,
) -> bool {
    let capabilities = (0_u16..).map(CapIx).take(judge.scheme.capabilities().len());
    let brings = |a: &AssignmentRef<'_>, cap: CapIx| -> Vec<Ability> {
        let ways = judge.scheme.abilities(a.role, cap).iter();
        ways.filter(|way| {
            way.reach == Reach::Below && may_hold_ability(judge.world, judge.scheme, a, cap, way)
        })
        .cloned()
        .collect()
    };
    capabilities.into_iter().all(|cap| {
        let mine = || {
            let passing = actor.passing(Right::Of(cap), Level::Manage);
            passing.filter(|a| a.covers(judge.world, unit) && !a.options.caseload.only)
        };
        brings(theirs, cap).iter().all(|way| {
            let has = |own: &Ability| way.classes.minus(own.classes).is_empty();
            mine().any(|a| brings(&a, cap).iter().any(has))
        })
    })
}
