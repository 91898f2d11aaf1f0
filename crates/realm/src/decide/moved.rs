//! A unit that moves comes under people who did not cover it, or not without a restriction: they have been given
//! something there.

use std::collections::BTreeSet;

use bailiwick_membership::{AssignmentRef, UnitIx, UserIx, World};
use bailiwick_policy::manage::{Actor, Level, Right, Where};
use bailiwick_policy::scheme::{Ability, CapIx, Reach};
use bailiwick_policy::{Reason, effective, may_hold_ability};

use super::Judged;
use super::judge::Judge;
use super::unit::subtree;
use crate::refusal::Refusal;

/// Whoever gains by a unit's new place gains nothing that the actor could not have given out there, and does not have
/// there. Otherwise two people together could make one of them see what neither could have given.
pub(super) fn may_be_handed_on(before: &World, judge: &Judge<'_>, moved: UnitIx) -> Judged {
    let Some(actor) = &judge.actor else { return Ok(()) };
    let gain = Gain { before, judge, moved, below: subtree(judge.world, moved) };
    for holder in gain.holders() {
        let Some(user) = judge.world.user(holder) else { continue };
        for a in user.assignments().filter(|a| a.held(judge.now) && gain.widens(a)) {
            if !gain.has_all_that_brings(actor, &a) {
                gain.may_be_given(actor, &a)?;
            }
        }
        gain.reports_are_covered(actor, holder)?;
    }
    Ok(())
}

/// What a unit's new place changes.
struct Gain<'d> {
    before: &'d World,
    /// The rules on the world after.
    judge: &'d Judge<'d>,
    moved: UnitIx,
    /// The unit and all below it.
    below: BTreeSet<UnitIx>,
}

impl Gain<'_> {
    /// Who holds something at, below or above the unit where it is now.
    fn holders(&self) -> BTreeSet<UserIx> {
        let world = self.judge.world;
        let above = world.node(self.moved).map_or(&[][..], |node| node.with_ancestors());
        self.below.iter().chain(above).flat_map(|&unit| world.holders(unit)).collect()
    }

    /// Whether an assignment covers something of the unit only now, or is freed of a caseload restriction there, or may
    /// change more caseloads.
    fn widens(&self, a: &AssignmentRef<'_>) -> bool {
        let (before, after) = (self.before, self.judge.world);
        let caseload = &a.options.caseload;
        let lists = [&caseload.exempt, &caseload.own, &caseload.others];
        self.below.iter().any(|&unit| {
            let listed = |listed: &UnitIx| after.is_within(unit, *listed) && !before.is_within(unit, *listed);
            a.covers(after, unit) && (!a.covers(before, unit) || lists.into_iter().flatten().any(listed))
        })
    }

    /// Rules 3, 4 and 6 for an assignment as if it were added at the unit, and what binds whoever is bound by a caseload.
    fn may_be_given(&self, actor: &Actor<'_>, a: &AssignmentRef<'_>) -> Judged {
        let right = self.judge.kind_right(self.moved);
        if actor.covering(right, Level::Manage, self.moved).is_none() {
            return Err(Refusal::denied(Reason::RoleAboveOwn));
        }
        actor.may_hand_out(a.role, self.moved, right, Where::There).map_err(Refusal::denied)?;
        let is_bound = |unit: &&UnitIx| {
            let bound =
                |mine: &AssignmentRef<'_>| mine.covers(self.judge.world, **unit) && self.binds(mine, **unit);
            let mut mine = actor.user().assignments();
            mine.any(|mine| effective(self.judge.world, actor.user(), &mine, self.judge.now) && bound(&mine))
        };
        let freed = |unit: &UnitIx| a.covers(self.judge.world, *unit) && !self.binds(a, *unit);
        match self.below.iter().filter(is_bound).any(freed) {
            true => Err(Refusal::denied(Reason::CaseloadBound)),
            false => Ok(()),
        }
    }

    fn binds(&self, a: &AssignmentRef<'_>, unit: UnitIx) -> bool {
        let caseload = &a.options.caseload;
        caseload.only && !caseload.exempt.iter().any(|&exempt| self.judge.world.is_within(unit, exempt))
    }

    /// Whether the actor has, over all of the unit and without a caseload restriction, every capability with every record
    /// class that another's assignment brings there.
    fn has_all_that_brings(&self, actor: &Actor<'_>, theirs: &AssignmentRef<'_>) -> bool {
        let (world, scheme) = (self.judge.world, self.judge.scheme);
        let brings = |a: &AssignmentRef<'_>, cap: CapIx| -> Vec<Ability> {
            let ways = scheme.abilities(a.role, cap).iter();
            ways.filter(|way| way.reach == Reach::Below && may_hold_ability(world, scheme, a, cap, way))
                .cloned()
                .collect()
        };
        (0_u16..).map(CapIx).take(scheme.capabilities().len()).all(|cap| {
            let mine = || {
                let passing = actor.passing(Right::Of(cap), Level::Manage);
                passing.filter(|a| a.covers(world, self.moved) && !a.options.caseload.only)
            };
            brings(theirs, cap).iter().all(|way| {
                let has = |own: &Ability| way.classes.minus(own.classes).is_empty();
                mine().any(|a| brings(&a, cap).iter().any(has))
            })
        })
    }

    /// What somebody's reporting role shows only now is covered by the right that sets reporting roles.
    fn reports_are_covered(&self, actor: &Actor<'_>, holder: UserIx) -> Judged {
        let (judge, right) = (self.judge, Right::Of(self.judge.scheme.core().user_manage));
        let (Some(was), Some(is)) = (self.before.user(holder), judge.world.user(holder)) else {
            return Ok(());
        };
        let Some(role) = is.reporting_role().and_then(|role| judge.scheme.reporting_role(role)) else {
            return Ok(());
        };
        let then = Judge { world: self.before, scheme: judge.scheme, now: judge.now, actor: None };
        let shown: BTreeSet<UnitIx> = then.shown_by(was, role).into_iter().collect();
        let newly = judge.shown_by(is, role).into_iter().filter(|unit| !shown.contains(unit));
        for unit in newly {
            if actor.covering(right, Level::Manage, unit).is_none() {
                return Err(Refusal::denied(Reason::OutOfReach));
            }
        }
        Ok(())
    }
}
