//! Which requests are somebody's to approve or to carry out: where they have to be looked for, and whether one is.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, UnitId, UserId};
use bailiwick_membership::{SystemIx, UnitIx, UserIx};
use bailiwick_policy::manage::{Actor as Manager, Level, Right};

use super::approvers::{approves_for, indices};
use super::deciding::serves_at;
use super::trial::Trial;
use super::{Parts, rules};
use crate::facts::Facts;
use crate::request::{Request, Stage};
use crate::state::State;

/// Where somebody may have something to approve: what touches nothing of it is not theirs to approve.
#[derive(Clone, Copy)]
pub struct ApproverReach<'s> {
    state: &'s State,
    user: UserIx,
    now: Instant,
}

impl<'s> ApproverReach<'s> {
    /// Of a user at an instant; none where there is no such user.
    #[must_use]
    pub fn of(state: &'s State, user: &UserId, now: Instant) -> Option<Self> {
        let user = state.world.user_ix(user.as_str())?;
        Some(Self { state, user, now })
    }

    /// The units that their `request.approve` covers, unless there are more than so many.
    #[must_use]
    pub fn units(&self, most: usize) -> Option<BTreeSet<UnitIx>> {
        let alone = [self.user];
        let Some(manager) = self.manager(&alone) else { return Some(BTreeSet::new()) };
        let world = &self.state.world;
        let held: Vec<_> = manager.passing(self.right(), Level::Manage).collect();
        // What is below an assignment may be left out of it: looked at are at most twice as many.
        let below = world.subtrees(held.iter().map(|a| a.unit)).take(2 * most);
        let below: Vec<UnitIx> = below.collect();
        if below.len() == 2 * most {
            return None;
        }
        let covered = below.into_iter().filter(|&unit| held.iter().any(|a| a.covers(world, unit)));
        Some(covered.collect::<BTreeSet<_>>()).filter(|units| units.len() <= most)
    }

    /// Those of these units that their `request.approve` covers.
    #[must_use]
    pub fn covered(&self, mut units: Vec<UnitId>) -> Vec<UnitId> {
        let alone = [self.user];
        let Some(manager) = self.manager(&alone) else { return Vec::new() };
        let world = &self.state.world;
        let held: Vec<_> = manager.passing(self.right(), Level::Manage).collect();
        let covers = |unit: UnitIx| held.iter().any(|a| a.covers(world, unit));
        units.retain(|unit| world.unit_ix(unit.as_str()).is_some_and(covers));
        units
    }

    /// The systems that they approve for, by name.
    #[must_use]
    pub fn systems(&self) -> BTreeSet<String> {
        let systems = (0..).map(SystemIx).zip(self.state.scheme.systems());
        let own = systems.filter(|(ix, _)| approves_for(self.state, self.user, *ix, self.now));
        own.map(|(_, system)| system.name.clone()).collect()
    }

    fn right(&self) -> Right {
        Right::Of(self.state.scheme.core().request_approve)
    }

    fn manager<'m>(&'m self, alone: &'m [UserIx]) -> Option<Manager<'m>> {
        let State { world, scheme, .. } = self.state;
        let id = world.user_id(self.user)?;
        let manager = Manager::find(world, scheme, id.as_str(), self.now).ok()?;
        Some(manager.approving(alone))
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
    Trial::new(state, &Facts::not_asked(), request, now).may_approve_beside(user, &approved)
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
