//! A unit that moves comes under people who did not cover it, or not without a restriction: they have been given
//! something there.

use std::collections::BTreeSet;

use bailiwick_membership::{AssignmentRef, UnitIx, UserIx, World};
use bailiwick_policy::manage::{Actor, Level, Right, Where};
use bailiwick_policy::scheme::{Ability, CapIx, Reach};
use bailiwick_policy::{Reason, may_hold_ability};

use super::Judged;
use super::judge::Judge;
use super::user::frees_only_what_is_free;
use crate::refusal::Refusal;

/// Whoever gains by a unit's new place gains nothing that the actor could not have given out there, and does not have
/// there. Otherwise two people together could make one of them see what neither could have given.
pub(super) fn may_be_handed_on(before: &World, judge: &Judge<'_>, moved: UnitIx) -> Judged {
    let Some(actor) = &judge.actor else { return Ok(()) };
    let gain = Gain { before, judge, moved, below: judge.world.subtree(moved) };
    for holder in gain.holders() {
        let Some(user) = judge.world.user(holder) else { continue };
        for a in user.assignments().filter(|a| a.held(judge.now) && gain.widens(a)) {
            if gain.widens_lists(&a) || !gain.has_all_that_brings(actor, &a) {
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

    /// Whether an assignment covers something of the unit only now, or is freed of a caseload restriction there, may
    /// change more caseloads, or lies in another enclosing unit.
    fn widens(&self, a: &AssignmentRef<'_>) -> bool {
        self.covers_more(a) || self.widens_lists(a) || self.newly_enclosing(a).next().is_some()
    }

    fn covers_more(&self, a: &AssignmentRef<'_>) -> bool {
        let (before, after) = (self.before, self.judge.world);
        self.below.iter().any(|&unit| a.covers(after, unit) && !a.covers(before, unit))
            || self.lists_more(a, &a.options.caseload.exempt)
    }

    /// Whether an assignment may change more caseloads than before: an option, which no capability makes up for.
    fn widens_lists(&self, a: &AssignmentRef<'_>) -> bool {
        let caseload = &a.options.caseload;
        self.lists_more(a, &caseload.own) || self.lists_more(a, &caseload.others)
    }

    /// Whether something covered is at or below a listed unit only now.
    fn lists_more(&self, a: &AssignmentRef<'_>, list: &[UnitIx]) -> bool {
        let (before, after) = (self.before, self.judge.world);
        self.below.iter().any(|&unit| {
            let newly = |&listed: &UnitIx| after.is_within(unit, listed) && !before.is_within(unit, listed);
            a.covers(after, unit) && list.iter().any(newly)
        })
    }

    /// The units that an assignment's own unit meets first above it only now.
    fn newly_enclosing(&self, a: &AssignmentRef<'_>) -> impl Iterator<Item = UnitIx> {
        let (before, after) = (self.before.node(a.unit), self.judge.world.node(a.unit));
        let above = after.map_or(&[][..], |node| node.with_ancestors()).iter().copied();
        above.filter(move |&unit| {
            after.is_some_and(|now| now.meets_first(unit))
                && !before.is_some_and(|then| then.meets_first(unit))
        })
    }

    /// Rules 3, 4 and 6 for an assignment as if it were added at the unit, and what binds whoever is bound by a caseload.
    fn may_be_given(&self, actor: &Actor<'_>, a: &AssignmentRef<'_>) -> Judged {
        let right = self.judge.kind_right(self.moved);
        if actor.covering(right, Level::Manage, self.moved).is_none() {
            return Err(Refusal::denied(Reason::RoleAboveOwn));
        }
        actor.may_hand_out(a.role, self.moved, right, Where::There).map_err(Refusal::denied)?;
        frees_only_what_is_free(self.judge, actor, a, &self.below)
    }

    /// Whether the actor has, without a caseload restriction, every capability with every record class that another's
    /// assignment brings only now: over the unit, or over what encloses it.
    fn has_all_that_brings(&self, actor: &Actor<'_>, theirs: &AssignmentRef<'_>) -> bool {
        let caps = (0_u16..).map(CapIx).take(self.judge.scheme.capabilities().len());
        let below = self.covers_more(theirs);
        caps.into_iter().all(|cap| {
            self.abilities(theirs, cap).all(|way| match way.reach {
                Reach::Below => !below || self.has(actor, cap, &way, self.moved),
                Reach::Enclosing(kind) => self
                    .newly_enclosing(theirs)
                    .filter(|&unit| self.judge.world.node(unit).is_some_and(|node| node.unit.kind == kind))
                    .all(|unit| self.has(actor, cap, &way, unit)),
                // Moving a unit changes nobody's own record.
                Reach::Own => true,
            })
        })
    }

    /// Whether the actor has as much of a capability over all of a unit.
    fn has(&self, actor: &Actor<'_>, cap: CapIx, way: &Ability, unit: UnitIx) -> bool {
        let passing = actor.passing(Right::Of(cap), Level::Manage);
        let mut mine = passing.filter(|a| a.covers(self.judge.world, unit) && !a.options.caseload.only);
        mine.any(|a| {
            let mut own = self.abilities(&a, cap);
            own.any(|own| own.reach == Reach::Below && way.classes.minus(own.classes).is_empty())
        })
    }

    fn abilities(&self, a: &AssignmentRef<'_>, cap: CapIx) -> impl Iterator<Item = Ability> {
        let (world, scheme) = (self.judge.world, self.judge.scheme);
        let ways = scheme.abilities(a.role, cap).iter().copied();
        ways.filter(move |way| may_hold_ability(world, scheme, a, cap, way))
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
