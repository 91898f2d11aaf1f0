//! Which requests are somebody's to approve or to carry out: where they have to be looked for, and whether one is.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, UserId};
use bailiwick_membership::{AssignmentRef, SystemIx, UnitIx, World};
use bailiwick_policy::manage::{Actor as Manager, Level, Right};

use super::approvers::{approves_for, indices};
use super::deciding::serves_at;
use super::trial::Trial;
use super::{Parts, rules};
use crate::facts::Facts;
use crate::request::{Request, Stage};
use crate::state::State;

/// Where somebody may have something to approve: what touches nothing of it is not theirs to approve.
pub struct ApproverReach<'s> {
    world: &'s World,
    /// The assignments by which they approve.
    held: Vec<AssignmentRef<'s>>,
    /// The systems that they approve for, by name.
    systems: BTreeSet<&'s str>,
}

impl<'s> ApproverReach<'s> {
    /// Of a user at an instant; none where there is no such user.
    #[must_use]
    pub fn of(state: &'s State, user: &UserId, now: Instant) -> Option<Self> {
        let State { world, scheme, .. } = state;
        let ix = world.user_ix(user.as_str())?;
        let (alone, right) = ([ix], Right::Of(scheme.core().request_approve));
        let manager = Manager::find(world, scheme, user.as_str(), now).ok();
        let passing = manager.map(|manager| manager.approving(&alone).passing(right, Level::Manage));
        let passing: BTreeSet<u32> = passing.into_iter().flatten().map(|a| a.number).collect();
        let held = world.user(ix)?.assignments().filter(|a| passing.contains(&a.number)).collect();
        let systems = (0..).map(SystemIx).zip(scheme.systems());
        let systems = systems.filter(|(system, _)| approves_for(state, ix, *system, now));
        Some(Self { world, held, systems: systems.map(|(_, system)| system.name.as_str()).collect() })
    }

    /// The units that their `request.approve` covers, unless there are more than so many.
    #[must_use]
    pub fn units(&self, most: usize) -> Option<BTreeSet<UnitIx>> {
        // What is below an assignment may be left out of it: looked at are at most twice as many.
        let below = self.world.subtrees(self.held.iter().map(|a| a.unit)).take(2 * most);
        let below: Vec<UnitIx> = below.collect();
        if below.len() == 2 * most {
            return None;
        }
        let covered = below.into_iter().filter(|&unit| self.covers(unit));
        Some(covered.collect::<BTreeSet<_>>()).filter(|units| units.len() <= most)
    }

    /// Whether their `request.approve` covers a unit.
    #[must_use]
    pub fn includes(&self, unit: &str) -> bool {
        self.world.unit_ix(unit).is_some_and(|unit| self.covers(unit))
    }

    /// The systems that they approve for, by name.
    pub fn systems(&self) -> impl Iterator<Item = &'s str> {
        self.systems.iter().copied()
    }

    fn covers(&self, unit: UnitIx) -> bool {
        self.held.iter().any(|a| a.covers(self.world, unit))
    }
}

/// The desks of the scheme at which somebody serves somewhere, by name.
#[must_use]
pub fn desks_of(state: &State, user: &UserId, now: Instant) -> BTreeSet<String> {
    let Some(user) = state.world.user_ix(user.as_str()) else { return BTreeSet::new() };
    let desks = state.scheme.desks().iter();
    let served = desks.filter(|desk| serves_at(state, desk, user, &BTreeSet::new(), now));
    served.map(|desk| desk.name.clone()).collect()
}

/// Whether somebody may approve a part of a request that nobody has approved yet.
#[must_use]
pub fn awaits_approval_of(state: &State, request: &Request, user: &UserId, now: Instant) -> bool {
    let Some(user) = state.world.user_ix(user.as_str()) else { return false };
    if request.stage == Stage::Draft || !request.stage.is_undecided(now) {
        return false;
    }
    let approved = indices(&state.world, request.approvals.iter().map(|approval| &approval.by));
    Trial::new(state, &Facts::not_asked(), request, now).may_decide_beside(user, &approved)
}

/// Whether a request waits for a desk at which somebody serves, for all that it touches, and is not about them.
#[must_use]
pub fn awaits_desk_of(state: &State, request: &Request, user: &UserId, now: Instant) -> bool {
    let Some(user) = state.world.user_ix(user.as_str()) else { return false };
    if !matches!(request.stage, Stage::Approved { due_at: Some(_), .. }) {
        return false;
    }
    let units = Parts::of(state, &request.content, now).units;
    let desks = rules::desks(state, &request.content).into_iter();
    let mut open = desks.filter(|desk| !request.carried_out.contains_key(desk));
    let serves = |desk: String| {
        state.scheme.desk_named(&desk).is_some_and(|desk| serves_at(state, desk, user, &units, now))
    };
    open.any(serves) && Trial::new(state, &Facts::not_asked(), request, now).not_about(user).is_ok()
}
