//! Who may approve a request, found by the rule that decides it.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Instant, UserId};
use bailiwick_membership::{SystemIx, UnitIx, UserIx};
use bailiwick_policy::manage::{Actor as Manager, Level, Right};
use bailiwick_policy::scheme::Rank;
use bailiwick_policy::{Question, Reason, Target, check};

use super::Parts;
use super::trial::Trial;
use crate::decide::{Decided, Judged};
use crate::refusal::{Refusal, Refused};
use crate::state::State;

/// Who may approve each part of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approvers {
    /// For each unit that it touches.
    pub units: BTreeMap<UnitIx, BTreeSet<UserIx>>,
    /// For each system that has an approver of its own.
    pub systems: BTreeMap<SystemIx, BTreeSet<UserIx>>,
}

/// A request that has its approvers: everybody whose `request.approve` covers a unit of it, tried with all of those together; and
/// whoever approves for a system. Who is not asked about is not tried: of hundreds who may, a decision is about a few.
impl Trial<'_> {
    /// Everybody who may approve a part.
    pub(super) fn approvers(&self) -> Approvers {
        let units = self.parts.units.iter().map(|&unit| (unit, self.of_unit(unit).collect()));
        let systems = self.parts.systems.iter().map(|&system| (system, self.approvers_of(system)));
        Approvers { units: units.collect(), systems: systems.collect() }
    }

    /// Whether somebody may approve a part.
    pub(super) fn may_approve(&self, user: UserIx) -> Judged {
        if self.approves_for_any(user) { Ok(()) } else { self.judged_at_units(user) }
    }

    /// A request that nobody could approve is refused. What stands in everybody's way was looked at before.
    pub(super) fn somebody_could(&self) -> Judged {
        let mut units = self.parts.units.iter();
        let mut systems = self.parts.systems.iter();
        let could = units.all(|&unit| self.of_unit(unit).next().is_some())
            && systems.all(|&system| !self.approvers_of(system).is_empty());
        if could { Ok(()) } else { Err(Refusal::precondition(Reason::NoApprover)) }
    }

    /// What nobody of these may have approved.
    pub(super) fn still_wanted(&self, approved: &BTreeSet<UserIx>) -> Parts {
        let at_unit = |unit: &UnitIx| approved.iter().any(|&user| self.approves_at(user, *unit));
        let for_system = |system: &SystemIx| approved.iter().any(|&user| self.approves_for(user, *system));
        Parts {
            units: self.parts.units.iter().copied().filter(|unit| !at_unit(unit)).collect(),
            systems: self.parts.systems.iter().copied().filter(|system| !for_system(system)).collect(),
        }
    }

    /// Those of a few who may approve at a unit; where there are none of them, the lowest in rank who may, so many.
    pub(super) fn nearest(&self, unit: UnitIx, first: &BTreeSet<UserIx>, most: usize) -> Vec<UserIx> {
        let of_first: Vec<UserIx> =
            first.iter().copied().filter(|&user| self.approves_at(user, unit)).collect();
        if !of_first.is_empty() {
            return of_first;
        }
        let by_rank = self.by_rank.get_or_init(|| {
            let mut all: Vec<UserIx> = self.asked().keys().copied().collect();
            all.sort_by_cached_key(|&user| self.lowest(user));
            all
        });
        by_rank.iter().copied().filter(|&user| self.approves_at(user, unit)).take(most).collect()
    }

    /// The same for a system.
    pub(super) fn nearest_for(&self, system: SystemIx, first: &BTreeSet<UserIx>, most: usize) -> Vec<UserIx> {
        let all = self.approvers_of(system);
        let mut nearest: Vec<UserIx> = all.intersection(first).copied().collect();
        if nearest.is_empty() {
            nearest = all.into_iter().collect();
            nearest.sort_by_cached_key(|&user| self.lowest(user));
            nearest.truncate(most);
        }
        nearest
    }

    fn lowest(&self, user: UserIx) -> Option<Rank> {
        self.manager(user).ok().and_then(|manager| manager.lowest())
    }

    /// Whether a part is somebody's to approve or to reject, though a limit may be in everybody's way by now.
    pub(super) fn may_decide(&self, user: UserIx) -> bool {
        self.approves_for_any(user) || self.decides_at_units(user)
    }

    /// Whether a part that none of those who have approved covers is somebody's to approve or to reject.
    pub(super) fn may_decide_beside(&self, user: UserIx, approved: &BTreeSet<UserIx>) -> bool {
        let mut systems = self.parts.systems.iter();
        let for_system = systems.any(|&system| {
            let is_open = || !approved.iter().any(|&other| self.approves_for(other, system));
            self.approves_for(user, system) && is_open()
        });
        let at_unit = || {
            let asked = self.asked();
            let of = |user: &UserIx| asked.get(user).into_iter().flatten();
            // Who approved for a system alone has approved no unit, though their right covers one.
            let covered: BTreeSet<_> =
                approved.iter().filter(|user| self.decides_at_units(**user)).flat_map(of).collect();
            of(&user).any(|unit| !covered.contains(unit)) && self.decides_at_units(user)
        };
        for_system || at_unit()
    }

    /// Whether the rules let somebody approve units; or a limit, and nothing else, is in the way.
    fn decides_at_units(&self, user: UserIx) -> bool {
        self.judged_at_units(user).map_or_else(|refusal| refusal.refused != Refused::Denied, |()| true)
    }

    /// Who may approve at a unit.
    fn of_unit(&self, unit: UnitIx) -> impl Iterator<Item = UserIx> {
        self.asked().keys().copied().filter(move |&user| self.approves_at(user, unit))
    }

    fn approves_at(&self, user: UserIx, unit: UnitIx) -> bool {
        self.asked().get(&user).is_some_and(|units| units.contains(&unit))
            && self.judged_at_units(user).is_ok()
    }

    /// Whether the rules let somebody approve the units that their `request.approve` covers.
    fn judged_at_units(&self, user: UserIx) -> Judged {
        let asked = self.asked();
        if !asked.contains_key(&user) {
            return Err(Refusal::denied(Reason::NoManagementRight));
        }
        if let Some(before) = self.tried.borrow().get(&user) {
            return before.clone();
        }
        let together: Vec<UserIx> = asked.keys().copied().collect();
        let judged = self.judged(user, &together).map(drop);
        self.tried.borrow_mut().insert(user, judged.clone());
        judged
    }

    /// Whose `request.approve` covers a unit of the request, and which.
    fn asked(&self) -> &BTreeMap<UserIx, BTreeSet<UnitIx>> {
        self.asked.get_or_init(|| self.find_asked())
    }

    fn find_asked(&self) -> BTreeMap<UserIx, BTreeSet<UnitIx>> {
        let world = &self.state.world;
        let mut asked: BTreeMap<UserIx, BTreeSet<UnitIx>> = BTreeMap::new();
        for &unit in &self.parts.units {
            let above = world.node(unit).map_or(&[][..], |node| node.with_ancestors());
            let holders: BTreeSet<UserIx> = above.iter().flat_map(|&unit| world.holders(unit)).collect();
            for user in holders {
                if self.manager(user).is_ok_and(|manager| self.may_be_asked(&manager, unit)) {
                    asked.entry(user).or_default().insert(unit);
                }
            }
        }
        asked
    }

    /// Who approves for a system: rules 1 and 2, and `system.approve` for it.
    fn approvers_of(&self, system: SystemIx) -> BTreeSet<UserIx> {
        let (world, scheme) = (&self.state.world, &self.state.scheme);
        let cap = scheme.core().system_approve;
        let roles = (0..).map(bailiwick_membership::RoleIx).zip(scheme.roles());
        let roles = roles.filter(|(role, _)| !scheme.abilities(*role, cap).is_empty());
        let holders: BTreeSet<UserIx> = roles.flat_map(|(role, _)| world.having(role, None)).collect();
        holders.into_iter().filter(|&user| self.approves_for(user, system)).collect()
    }

    fn approves_for_any(&self, user: UserIx) -> bool {
        self.parts.systems.iter().any(|&system| self.approves_for(user, system))
    }

    fn approves_for(&self, user: UserIx, system: SystemIx) -> bool {
        approves_for(self.state, user, system, self.now) && self.not_about(user).is_ok()
    }

    /// The request as its approvers have approved it: each of them must still be one, and together they approve all of it.
    pub(super) fn approved_by(&self, approved: &BTreeSet<UserIx>) -> Judged<Decided> {
        let asked = self.asked();
        let mut together: Vec<UserIx> =
            approved.iter().copied().filter(|user| asked.contains_key(user)).collect();
        for user in approved {
            self.not_about(*user)?;
            if !asked.contains_key(user) && !self.approves_for_any(*user) {
                return Err(Refusal::denied(Reason::NoManagementRight));
            }
        }
        // Who approves for a system need not be one who approves where it is used.
        let whole = together.clone();
        together.retain(|user| !self.approves_for_any(*user) || self.judged(*user, &whole).is_ok());
        let covered =
            |unit| together.iter().any(|user| asked.get(user).is_some_and(|units| units.contains(unit)));
        let allowed = |&system: &SystemIx| approved.iter().any(|&user| self.approves_for(user, system));
        if !self.parts.units.iter().all(covered) || !self.parts.systems.iter().all(allowed) {
            return Err(Refusal::denied(Reason::OutOfReach));
        }
        let judged = together.iter().map(|&user| self.judged(user, &together));
        let all = judged.collect::<Judged<Vec<Decided>>>()?;
        // What is decided is the same by whomever: who approve, approve one thing.
        all.into_iter().next().ok_or_else(|| Refusal::precondition(Reason::NoApprover))
    }
}

/// Whether somebody's `system.approve` is for a system.
pub(super) fn approves_for(state: &State, user: UserIx, system: SystemIx, now: Instant) -> bool {
    let (world, scheme) = (&state.world, &state.scheme);
    let Some(id) = world.user_id(user) else { return false };
    let question = Question {
        subject: id.as_str(),
        capability: scheme.core().system_approve,
        resource: Target::System(system),
        classes: None,
        at: None,
    };
    check(world, scheme, &question, now).is_allowed()
}

/// Those of these users who are there.
pub(super) fn indices<'u>(
    world: &bailiwick_membership::World,
    users: impl IntoIterator<Item = &'u UserId>,
) -> BTreeSet<UserIx> {
    users.into_iter().filter_map(|user| world.user_ix(user.as_str())).collect()
}

/// Whether somebody's own capability over units covers one, closed or not.
pub(super) fn covers(manager: &Manager<'_>, cap: bailiwick_policy::scheme::CapIx, unit: UnitIx) -> bool {
    manager.covering(Right::Of(cap), Level::Manage, unit).is_some()
}
