//! May A manage B?
//!
//! The rules, in the order in which they are tried; the first refusal names the reason:
//!
//! 1. A exists and is active ([`Actor::find`]).
//! 2. A is not B, nor the same person ([`Actor::not_self`]).
//! 3. A has an effective assignment whose role carries the right, switched on ([`Actor::passing`], `right`).
//! 4. B is in reach of one of those ([`Actor::reaches`], `reach`).
//! 5. **lowest(A) ≥ highest(B)**, plus the scheme's gap, over everything that either holds ([`Actor::outranks`]).
//! 6. A role handed out is not above A's own, 5b: nor is an unranked one that B holds (`hand_out`).
//!
//! Limits (rule 7) and which change needs which of these: `bailiwick-realm`.

mod approve;
mod hand_out;
pub(crate) mod reach;
mod right;
pub mod sight;

use bailiwick_identity::Instant;
use bailiwick_membership::{AssignmentRef, UnitIx, UserIx, UserRef, World};

pub use hand_out::Where;
pub use right::{Level, Right};

use crate::holding::{highest, lowest};
use crate::reason::Reason;
use crate::scheme::{Gap, Rank, Scheme};

/// How much of what B holds must be in reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReachNeeded {
    /// At least one assignment; or, where B holds none, the home unit.
    Part,
    /// Every assignment; or, where B holds none, the home unit.
    Whole,
    /// Every assignment, or the home unit.
    WholeOrHome,
}

/// Who acts: a known, active user at an instant.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'w> {
    pub(crate) world: &'w World,
    pub(crate) scheme: &'w Scheme,
    pub(crate) ix: UserIx,
    pub(crate) user: UserRef<'w>,
    pub(crate) now: Instant,
    /// With whom a request is approved, oneself among them; nobody, where one acts by oneself.
    pub(crate) together: &'w [UserIx],
}

/// Who is acted upon.
#[derive(Debug, Clone, Copy)]
pub struct Other<'w> {
    /// Which user.
    pub ix: UserIx,
    /// The user as the changes so far have left them.
    pub user: UserRef<'w>,
    /// Assignments up to this number give reach; what the command itself adds does not.
    pub newest_giving_reach: u32,
    /// The home unit before the command.
    pub home: UnitIx,
}

/// A rank that was too low, with the numbers that were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankTooLow {
    /// The actor's lowest rank; none manages nobody.
    pub lowest: Option<Rank>,
    /// The other's highest rank; none is below every rank.
    pub highest: Option<Rank>,
}

impl<'w> Other<'w> {
    /// A user as they stand, all of whose assignments give reach. One who was erased is nobody.
    #[must_use]
    pub fn as_held(world: &'w World, ix: UserIx) -> Option<Self> {
        let user = world.user(ix).filter(|user| !user.is_erased())?;
        Some(Self { ix, user, newest_giving_reach: u32::MAX, home: user.home() })
    }
}

impl<'w> Actor<'w> {
    /// Rule 1: the actor exists and is active.
    ///
    /// # Errors
    /// [`Reason::UnknownUser`], [`Reason::UserDisabled`].
    pub fn find(world: &'w World, scheme: &'w Scheme, id: &str, now: Instant) -> Result<Self, Reason> {
        let ix = world.user_ix(id).ok_or(Reason::UnknownUser)?;
        let user = world.user(ix).ok_or(Reason::UnknownUser)?;
        if !user.is_active() {
            return Err(Reason::UserDisabled);
        }
        Ok(Self::alone(world, scheme, (ix, user), now))
    }

    /// One who acts by themselves.
    pub(crate) fn alone(
        world: &'w World,
        scheme: &'w Scheme,
        (ix, user): (UserIx, UserRef<'w>),
        now: Instant,
    ) -> Self {
        Self { world, scheme, ix, user, now, together: &[] }
    }

    /// Which user acts.
    #[must_use]
    pub fn ix(&self) -> UserIx {
        self.ix
    }

    /// The actor as a user.
    #[must_use]
    pub fn user(&self) -> UserRef<'w> {
        self.user
    }

    /// The actor's lowest rank.
    #[must_use]
    pub fn lowest(&self) -> Option<Rank> {
        lowest(self.scheme, self.user, self.now)
    }

    /// Rule 2: the other is not oneself, nor marked as the same person.
    ///
    /// # Errors
    /// [`Reason::SelfManagement`].
    pub fn not_self(&self, other: UserIx) -> Result<(), Reason> {
        if self.is_self(other) { Err(Reason::SelfManagement) } else { Ok(()) }
    }

    fn is_self(&self, other: UserIx) -> bool {
        let person = self.user.person();
        other == self.ix
            || (person.is_some() && self.world.user(other).is_some_and(|other| other.person() == person))
    }

    /// Rule 5: the actor's lowest rank is at least the other's highest, plus the scheme's gap.
    ///
    /// # Errors
    /// The numbers compared, for [`Reason::RankTooLow`].
    pub fn outranks(&self, other: UserRef<'_>) -> Result<(), RankTooLow> {
        let highest = highest(self.scheme, other, self.now);
        let lowest = self.lowest();
        if suffices(self.scheme, lowest, highest) { Ok(()) } else { Err(RankTooLow { lowest, highest }) }
    }

    /// Whether `mine` is at least `theirs` plus the scheme's gap.
    #[must_use]
    pub fn clears_gap(&self, mine: Rank, theirs: Rank) -> bool {
        suffices(self.scheme, Some(mine), Some(theirs))
    }

    /// Rules 2 to 4 for one right: who acts on whom, with what, within which reach. Tells the assignment that passes;
    /// of several, the oldest.
    ///
    /// # Errors
    /// The first rule that refuses. Who is beyond sight is [`Reason::UnknownUser`], as nobody is.
    pub fn may_reach(
        &self,
        other: Option<Other<'w>>,
        right: Right,
        needed: ReachNeeded,
    ) -> Result<AssignmentRef<'w>, Reason> {
        if let Some(other) = &other {
            self.not_self(other.ix)?;
        }
        if self.passing(right, Level::Manage).next().is_none() {
            return Err(Reason::NoManagementRight);
        }
        let other = other.ok_or(Reason::UnknownUser)?;
        self.reaches(&other, right, Level::Manage, needed).ok_or_else(|| self.beyond(&other))
    }

    /// Rules 2 to 5 for a user as they stand.
    ///
    /// # Errors
    /// The first rule that refuses.
    pub fn may_manage(
        &self,
        other: Option<UserIx>,
        right: Right,
        needed: ReachNeeded,
    ) -> Result<AssignmentRef<'w>, Reason> {
        let other = other.and_then(|ix| Other::as_held(self.world, ix));
        let by = self.may_reach(other, right, needed)?;
        match other {
            Some(other) => self.outranks(other.user).map(|()| by).map_err(|_| Reason::RankTooLow),
            None => Err(Reason::UnknownUser),
        }
    }

    /// How to say that somebody is out of reach: only to who may see them.
    #[must_use]
    pub fn beyond(&self, other: &Other<'w>) -> Reason {
        if self.may_see(Some(*other)).is_ok() { Reason::OutOfReach } else { Reason::UnknownUser }
    }
}

/// Rule 5 by its numbers: whether a lowest rank is at least a highest one, plus the scheme's gap. No rank is below every
/// rank, and manages nobody.
#[must_use]
pub fn suffices(scheme: &Scheme, lowest: Option<Rank>, highest: Option<Rank>) -> bool {
    match (lowest, highest) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(lowest), Some(highest)) => match scheme.gap() {
            Gap::None => lowest >= highest,
            Gap::OneGrade => lowest > highest,
        },
    }
}
