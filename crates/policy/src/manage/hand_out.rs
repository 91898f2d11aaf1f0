//! Rules 5b and 6: roles handed out, and roles held that one could not have handed out.

use bailiwick_membership::{RoleIx, UnitIx, UserRef};

use super::{Actor, Level, Right};
use crate::holding::effective;
use crate::reason::Reason;
use crate::scheme::HandOut;

/// Where the right to hand an unranked role out must lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// It covers the unit.
    There,
    /// Anywhere: for disabling through the home unit.
    Anywhere,
}

impl<'w> Actor<'w> {
    /// Rule 6: a role may be handed out at a unit. A ranked one: at most the actor's lowest, less the gap. An
    /// unranked one: the actor has an effective assignment whose role may hand it out, covering the unit, or being
    /// the ranked role beside the unranked one that gives the actor its right there.
    ///
    /// # Errors
    /// [`Reason::RoleAboveOwn`].
    pub fn may_hand_out(&self, role: RoleIx, unit: UnitIx, right: Right, place: Where) -> Result<(), Reason> {
        let Some(given) = self.scheme.role(role) else { return Err(Reason::RoleAboveOwn) };
        let allowed = match (&given.hand_out, given.rank) {
            (HandOut::ByRank, Some(rank)) => self.lowest().is_some_and(|mine| self.clears_gap(mine, rank)),
            (HandOut::ByRank, None) => false,
            (HandOut::Roles(roles), _) => self.holds_one_of(roles, unit, right, place),
        };
        if allowed { Ok(()) } else { Err(Reason::RoleAboveOwn) }
    }

    fn holds_one_of(&self, roles: &[RoleIx], unit: UnitIx, right: Right, place: Where) -> bool {
        let mut givers = self
            .user
            .assignments()
            .filter(|a| roles.contains(&a.role) && effective(self.world, self.user, a, self.now));
        givers.any(|a| place == Where::Anywhere || a.covers(self.world, unit))
            || self.ranked_beside_right_at(roles, unit, right)
    }

    /// Whether the right at a unit comes from an unranked role, and a ranked role beside it may hand out.
    fn ranked_beside_right_at(&self, roles: &[RoleIx], unit: UnitIx, right: Right) -> bool {
        let unranked_there = self
            .passing(right, Level::Manage)
            .any(|a| self.scheme.rank(a.role).is_none() && a.covers(self.world, unit));
        unranked_there && self.ranked_beside(right, Level::Manage).any(|a| roles.contains(&a.role))
    }

    /// Rule 5b: the other holds no unranked role that the actor may not hand out.
    ///
    /// # Errors
    /// [`Reason::RoleAboveOwn`].
    pub fn may_hand_out_all_held(
        &self,
        other: UserRef<'_>,
        right: Right,
        place: Where,
    ) -> Result<(), Reason> {
        other
            .assignments()
            .filter(|a| a.held(self.now) && self.scheme.rank(a.role).is_none())
            .try_for_each(|a| self.may_hand_out(a.role, a.unit, right, place))
    }
}
