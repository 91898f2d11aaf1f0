//! Rule 3: the right that a change needs.

use bailiwick_membership::{AssignmentRef, UserManagement};

use super::Actor;
use crate::check::{Obstacle, in_effect};
use crate::holding::may_hold_ability;
use crate::scheme::{CapIx, Reach, Resource, Switch, UnderCaseload};
use bailiwick_membership::UnitIx;

/// The right that a change needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// One capability: `user.manage`, a kind's right, `clearance.set` …
    Of(CapIx),
    /// `user.manage` and `user.identity.edit`, of the same assignment.
    Identity,
}

impl Right {
    /// The capability that is the right; none, where several together are.
    pub(crate) fn capability(self) -> Option<CapIx> {
        match self {
            Self::Of(cap) => Some(cap),
            Self::Identity => None,
        }
    }
}

/// How far user management must be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// To see: `view` or `manage`.
    View,
    /// To change: `manage`.
    Manage,
}

impl<'w> Actor<'w> {
    /// The actor's assignments that pass rule 3 for a right: effective, of a role that carries it, switched on, and,
    /// for an unranked role's management capability, beside an effective ranked role that carries it too and is
    /// switched on, anywhere. Oldest first.
    pub fn passing(&self, right: Right, level: Level) -> impl Iterator<Item = AssignmentRef<'w>> + use<'w> {
        let actor = *self;
        self.user.assignments().filter(move |a| actor.passes(a, right, level))
    }

    pub(crate) fn passes(&self, assignment: &AssignmentRef<'w>, right: Right, level: Level) -> bool {
        self.try_right(assignment, right, level).is_ok()
    }

    /// Rule 3 for one assignment.
    ///
    /// # Errors
    /// Why it does not pass.
    pub(crate) fn try_right(
        &self,
        assignment: &AssignmentRef<'w>,
        right: Right,
        level: Level,
    ) -> Result<(), Obstacle> {
        let right = self.right_asked(right);
        self.carries_right(assignment, right, level)?;
        let by_itself = !self.is_management_right(right) || self.scheme.rank(assignment.role).is_some();
        if by_itself || self.ranked_beside(right, level).next().is_some() {
            Ok(())
        } else {
            Err(Obstacle::NoRankedRole)
        }
    }

    /// Whether an assignment carries all that a right consists of.
    fn carries_right(
        &self,
        assignment: &AssignmentRef<'w>,
        right: Right,
        level: Level,
    ) -> Result<(), Obstacle> {
        let core = self.scheme.core();
        match right {
            Right::Of(cap) => self.carries(assignment, cap, level),
            Right::Identity => {
                self.carries(assignment, core.user_manage, level)?;
                self.carries(assignment, core.user_identity_edit, level)
            }
        }
    }

    fn is_management_right(&self, right: Right) -> bool {
        match right {
            Right::Of(cap) => {
                self.is_management(cap) || (self.is_approving() && cap == self.scheme.core().request_approve)
            }
            Right::Identity => true,
        }
    }

    /// The effective ranked assignments that carry a right, switched on.
    pub(crate) fn ranked_beside(
        &self,
        right: Right,
        level: Level,
    ) -> impl Iterator<Item = AssignmentRef<'w>> + use<'w> {
        let (actor, right) = (*self, self.right_asked(right));
        self.user.assignments().filter(move |a| {
            actor.scheme.rank(a.role).is_some() && actor.carries_right(a, right, level).is_ok()
        })
    }

    /// Whether an assignment's role carries the capability there, it is effective, and it is switched on.
    fn carries(&self, assignment: &AssignmentRef<'w>, cap: CapIx, level: Level) -> Result<(), Obstacle> {
        let mut abilities = self
            .scheme
            .abilities(assignment.role, cap)
            .iter()
            .filter(|ability| ability.reach == Reach::Below)
            .peekable();
        if abilities.peek().is_none() {
            return Err(Obstacle::RoleLacksCapability);
        }
        if !abilities.any(|ability| may_hold_ability(self.world, self.scheme, assignment, cap, ability)) {
            return Err(Obstacle::NotHeldHere);
        }
        in_effect(self.world, self.user, assignment, self.now)?;
        if self.switched_on(assignment, cap, level) { Ok(()) } else { Err(Obstacle::NotSwitchedOn) }
    }

    /// Whether user management is on as far as the role asks for a switch. Of what is no right over users the switch
    /// says nothing (`customer.place`, `unit.manage`).
    fn switched_on(&self, assignment: &AssignmentRef<'_>, cap: CapIx, level: Level) -> bool {
        let Some(role) = self.scheme.role(assignment.role) else { return false };
        let core = self.scheme.core();
        // What approving a request brings about is management of the person it is about.
        let approves = self.is_approving() && cap == core.request_approve;
        if !self.is_management(cap) && cap != core.clearance_set && !approves {
            return true;
        }
        match role.user_management {
            Switch::Always => true,
            Switch::Never => !self.is_user_management(cap),
            Switch::Switch => match assignment.options.user_management {
                UserManagement::None => false,
                UserManagement::View => level == Level::View,
                UserManagement::Manage => true,
            },
        }
    }

    fn is_user_management(&self, cap: CapIx) -> bool {
        cap != self.scheme.core().clearance_set
            && self.scheme.capability(cap).is_none_or(|c| c.resource == Resource::User)
    }

    /// The management capabilities, which an unranked role has only beside a ranked one: those over users, except
    /// the clearance, and the kinds' rights.
    fn is_management(&self, cap: CapIx) -> bool {
        self.is_user_management(cap) || self.scheme.is_kind_right(cap)
    }

    /// The oldest assignment with a capability that covers an open unit, no caseload restriction refusing it there.
    /// For what is done to units and customers.
    #[must_use]
    pub fn holds_at(&self, cap: CapIx, unit: UnitIx) -> Option<AssignmentRef<'w>> {
        if self.world.is_closed(unit) {
            return None;
        }
        let refused = self.scheme.capability(cap).is_none_or(|c| c.under_caseload == UnderCaseload::Refused);
        self.passing(Right::Of(cap), Level::Manage)
            .find(|a| a.covers(self.world, unit) && !(refused && a.restricted_in(self.world, unit)))
    }
}
