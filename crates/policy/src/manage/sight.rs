//! Who may see whom, and what of them.

use std::collections::BTreeSet;

use bailiwick_identity::Instant;
use bailiwick_membership::{AssignmentRef, UnitIx, UserIx, World};

use super::{Actor, Level, Other, ReachNeeded, Right};
use crate::reason::Reason;
use crate::scheme::Scheme;

/// What an actor sees of another user: the profile, these assignments, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Numbers of the assignments shown.
    pub assignments: BTreeSet<u32>,
    /// How many held assignments are not shown.
    pub others: usize,
}

/// The rights that let see: `user.manage`, and every kind's right.
pub(crate) fn rights(scheme: &Scheme) -> impl Iterator<Item = Right> {
    let manage = scheme.core().user_manage;
    let kinds: BTreeSet<_> =
        scheme.kinds().iter().map(|kind| kind.assign_right).filter(|&r| r != manage).collect();
    std::iter::once(manage).chain(kinds).map(Right::Of)
}

impl<'w> Actor<'w> {
    /// The row *see*: rules 3 and 4 with part reach, for `user.manage` switched to view or manage, or any kind's
    /// right. Tells the oldest assignment by which the other is seen. A request puts whom it is about in sight of who approves
    /// it.
    ///
    /// # Errors
    /// [`Reason::NoManagementRight`], [`Reason::UnknownUser`].
    pub fn may_see(&self, other: Option<Other<'w>>) -> Result<AssignmentRef<'w>, Reason> {
        if rights(self.scheme).all(|right| self.passing(right, Level::View).next().is_none()) {
            return Err(Reason::NoManagementRight);
        }
        let other = other.ok_or(Reason::UnknownUser)?;
        if self.is_approving() {
            let right = Right::Of(self.scheme.core().request_approve);
            return self.passing(right, Level::View).next().ok_or(Reason::NoManagementRight);
        }
        rights(self.scheme)
            .filter_map(|right| self.reaches(&other, right, Level::View, ReachNeeded::Part))
            .min_by_key(|a| a.number)
            .ok_or(Reason::UnknownUser)
    }

    /// The units at or below which the actor sees those who hold something, and nowhere else.
    #[must_use]
    pub fn sees_from(&self) -> BTreeSet<UnitIx> {
        rights(self.scheme).flat_map(|right| self.passing(right, Level::View)).map(|a| a.unit).collect()
    }

    /// Whether the actor could create a user, or add one, somewhere: they may look for people.
    #[must_use]
    pub fn may_look_for_people(&self) -> bool {
        rights(self.scheme).any(|right| self.passing(right, Level::Manage).next().is_some())
    }

    /// What the actor sees of somebody whom they may see.
    ///
    /// # Errors
    /// As [`Self::may_see`].
    pub fn sight_of(&self, other: &Other<'w>) -> Result<Seen, Reason> {
        self.may_see(Some(*other))?;
        let held = || other.user.assignments().filter(|a| a.held(self.now));
        if self.scheme.users().shows_all_assignments || self.is_approving() {
            return Ok(Seen::everything(held()));
        }
        let assignments: BTreeSet<u32> = held()
            .filter(|a| rights(self.scheme).any(|right| self.reaching(right, Level::View, a).is_some()))
            .map(|a| a.number)
            .collect();
        let others = held().count() - assignments.len();
        Ok(Seen { assignments, others })
    }
}

impl Seen {
    fn everything<'a>(held: impl Iterator<Item = AssignmentRef<'a>>) -> Self {
        Self { assignments: held.map(|a| a.number).collect(), others: 0 }
    }
}

/// Whether an actor sees a user: oneself always, others by the row *see*.
#[must_use]
pub fn sees(world: &World, scheme: &Scheme, actor: UserIx, other: UserIx, now: Instant) -> bool {
    sight(world, scheme, actor, other, now).is_some()
}

/// What an actor sees of a user; nothing where they may not see them, or are disabled or nobody themselves.
#[must_use]
pub fn sight(world: &World, scheme: &Scheme, actor: UserIx, other: UserIx, now: Instant) -> Option<Seen> {
    let user = world.user(actor).filter(|u| u.is_active())?;
    let them = Other::as_held(world, other)?;
    if actor == other {
        return Some(Seen::everything(them.user.assignments().filter(|a| a.held(now))));
    }
    Actor::alone(world, scheme, (actor, user), now).sight_of(&them).ok()
}
