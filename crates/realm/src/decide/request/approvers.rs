//! Who may approve a request, found by the rule that decides it.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Instant, UserId};
use bailiwick_membership::{SystemIx, UnitIx, UserIx};
use bailiwick_policy::manage::{Actor as Manager, Level, Right};
use bailiwick_policy::{Question, Reason, Target, check};

use super::trial::Trial;
use crate::decide::{Decided, Judged};
use crate::refusal::{Refusal, Refused};
use crate::request::WaitsFor;
use crate::state::State;

/// Who may approve each part of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approvers {
    /// For each unit that it touches.
    pub units: BTreeMap<UnitIx, BTreeSet<UserIx>>,
    /// For each system that has an approver of its own.
    pub systems: BTreeMap<SystemIx, BTreeSet<UserIx>>,
}

impl Approvers {
    /// Everybody who may approve a part.
    pub fn each_part(&self) -> impl Iterator<Item = &BTreeSet<UserIx>> {
        self.units.values().chain(self.systems.values())
    }

    /// Whether somebody may approve a part.
    #[must_use]
    pub fn contain(&self, user: UserIx) -> bool {
        self.each_part().any(|part| part.contains(&user))
    }

    /// Whether each part has been approved by one of these.
    fn are_all_among(&self, approved: &BTreeSet<UserIx>) -> bool {
        self.each_part().all(|part| !part.is_disjoint(approved))
    }
}

/// Who may approve, and what stood in the way of others.
pub(super) struct Found {
    pub(super) approvers: Approvers,
    refusals: BTreeMap<UserIx, Refusal>,
}

impl Found {
    /// Why somebody may approve nothing of it.
    pub(super) fn refusal_of(&self, user: UserIx) -> Refusal {
        self.refusals.get(&user).cloned().unwrap_or_else(|| Refusal::denied(Reason::NoManagementRight))
    }

    /// A request that nobody could approve is refused: for what stands in everybody's way, or because there is nobody.
    pub(super) fn somebody_could(&self) -> Judged {
        if self.approvers.each_part().all(|part| !part.is_empty()) {
            return Ok(());
        }
        let in_the_way = self.refusals.values().find(|refusal| refusal.refused != Refused::Denied);
        Err(in_the_way.cloned().unwrap_or_else(|| Refusal::precondition(Reason::NoApprover)))
    }

    /// What nobody of these may have approved.
    pub(super) fn still_wanted(&self, state: &State, approved: &BTreeSet<UserIx>) -> WaitsFor {
        let units = self.approvers.units.iter().filter(|(_, users)| users.is_disjoint(approved));
        let systems = self.approvers.systems.iter().filter(|(_, users)| users.is_disjoint(approved));
        let name = |system: &SystemIx| state.scheme.system(*system).map(|system| system.name.clone());
        WaitsFor {
            units: units.filter_map(|(&unit, _)| state.world.unit_id(unit).cloned()).collect(),
            systems: systems.filter_map(|(system, _)| name(system)).collect(),
            desks: BTreeSet::new(),
        }
    }

    /// Whether everything has been approved by somebody.
    pub(super) fn is_complete(&self, approved: &BTreeSet<UserIx>) -> bool {
        self.approvers.are_all_among(approved)
    }
}

impl Trial<'_> {
    /// Everybody who may approve a part: whoever's `request.approve` covers a unit of it, tried with all of those together;
    /// and whoever approves for a system.
    pub(super) fn approvers(&self) -> Found {
        let asked = self.asked();
        let together: Vec<UserIx> = asked.keys().copied().collect();
        let mut found = Found { approvers: Approvers::default(), refusals: BTreeMap::new() };
        for &unit in &self.parts.units {
            found.approvers.units.insert(unit, BTreeSet::new());
        }
        for (&user, units) in asked {
            match self.judged(user, &together) {
                Ok(_) => {
                    for &unit in units {
                        found.approvers.units.entry(unit).or_default().insert(user);
                    }
                }
                Err(refusal) => {
                    found.refusals.insert(user, refusal);
                }
            }
        }
        for &system in &self.parts.systems {
            found.approvers.systems.insert(system, self.approvers_of(system));
        }
        found
    }

    /// Whether a part is somebody's to approve or to reject, though a limit may be in everybody's way by now.
    pub(super) fn may_decide(&self, user: UserIx) -> bool {
        let for_system = self.parts.systems.iter().any(|&system| self.approves_for(user, system));
        let at_unit = || {
            let asked = self.asked();
            let together: Vec<UserIx> = asked.keys().copied().collect();
            asked.contains_key(&user) && self.decides_with(user, &together)
        };
        for_system || at_unit()
    }

    /// Whether the rules let somebody approve with others; or a limit, and nothing else, is in the way.
    fn decides_with(&self, user: UserIx, together: &[UserIx]) -> bool {
        self.judged(user, together).map_or_else(|refusal| refusal.refused != Refused::Denied, |_| true)
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
            let together: Vec<UserIx> = asked.keys().copied().collect();
            // Who approved for a system alone has approved no unit, though their right covers one.
            let may = |user: &&UserIx| self.decides_with(**user, &together);
            let covered: BTreeSet<_> = approved.iter().filter(may).flat_map(of).collect();
            of(&user).any(|unit| !covered.contains(unit)) && self.decides_with(user, &together)
        };
        for_system || at_unit()
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
                if self.manager(user).is_ok_and(|manager| self.approves_unit(&manager, unit)) {
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

    fn approves_for(&self, user: UserIx, system: SystemIx) -> bool {
        approves_for(self.state, user, system, self.now) && self.not_about(user).is_ok()
    }

    /// The request as its approvers have approved it: each of them must still be one, and together they approve all of it.
    pub(super) fn approved_by(&self, approved: &BTreeSet<UserIx>) -> Judged<Decided> {
        let asked = self.asked();
        let for_system =
            |user: &UserIx| self.parts.systems.iter().any(|&system| self.approves_for(*user, system));
        let mut together: Vec<UserIx> =
            approved.iter().copied().filter(|user| asked.contains_key(user)).collect();
        for user in approved {
            self.not_about(*user)?;
            if !asked.contains_key(user) && !for_system(user) {
                return Err(Refusal::denied(Reason::NoManagementRight));
            }
        }
        // Who approves for a system need not be one who approves where it is used.
        let whole = together.clone();
        together.retain(|user| !for_system(user) || self.judged(*user, &whole).is_ok());
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
