//! Why something that a subject holds does not allow what was asked, and who looks on while that is found out.

use bailiwick_membership::UnitIx;

use super::Deciding;
use crate::reason::Reason;
use crate::scheme::ClassSet;

/// Why one thing that a subject holds does not allow what was asked. The order is the order in which rules are tried: of
/// several, the greatest came furthest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obstacle {
    /// The role has not the capability, or does not bring the system.
    RoleLacksCapability,
    /// The role has the capability, but not where this assignment stands: at another kind of unit, or at a stand-in.
    NotHeldHere,
    /// The customer is placed nowhere that the question is about.
    NotPlaced,
    /// The role reaches the user's own record, and this is not it.
    NotOwnRecord,
    /// The record is the user's own, or the same person's: staff roles do not reach it.
    OwnRecord,
    /// The assignment does not cover the unit, or enclose it, or a reporting role does not relate the two.
    NotCovered,
    /// The placement counts for assignments at exactly its unit.
    PlacedBelow,
    /// The customer is dismissed there.
    Dismissed,
    /// The unit asked about, or where the customer is placed, is archived or lies below an archived one.
    Closed,
    /// The user is disabled.
    Disabled,
    /// The assignment, or grant, is suspended.
    Suspended,
    /// The assignment, or grant, has not started.
    NotStarted,
    /// The assignment's unit is archived or lies below an archived one.
    HeldAtClosed,
    /// User management is not switched on, or not as far.
    NotSwitchedOn,
    /// An unranked role manages only beside an effective ranked one that carries the right, too.
    NoRankedRole,
    /// The other's assignment, or home, is not within reach.
    NotInReach,
    /// The capability is refused under the caseload restriction that binds here.
    RefusedUnderCaseload,
    /// The caseload restriction binds here, and the customer is not enrolled and on the caseload.
    NotOnCaseload,
    /// The highest effective rank is below the system's minimum.
    BelowMinimumRank,
}

impl Obstacle {
    /// The reason of a denial whose furthest obstacle this is, of questions about units and customers.
    pub(super) fn reason(self) -> Reason {
        match self {
            Self::RoleLacksCapability | Self::NotHeldHere => Reason::RoleLacksCapability,
            Self::NotPlaced
            | Self::NotOwnRecord
            | Self::OwnRecord
            | Self::NotCovered
            | Self::PlacedBelow
            | Self::Dismissed
            | Self::Closed => Reason::OutOfScope,
            Self::Disabled | Self::Suspended | Self::NotStarted | Self::HeldAtClosed => Reason::NotEffective,
            Self::RefusedUnderCaseload | Self::NotOnCaseload => Reason::CaseloadRestricted,
            // Those of other questions: none of them lets through.
            Self::NotSwitchedOn | Self::NoRankedRole => Reason::NoManagementRight,
            Self::NotInReach => Reason::OutOfReach,
            Self::BelowMinimumRank => Reason::RankTooLow,
        }
    }
}

/// Something that a subject holds, tried with some part of what was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// What was tried.
    pub by: By,
    /// With which part of the resource.
    pub part: Part,
    /// Why it does not allow; unset: it does, or would by itself.
    pub obstacle: Option<Obstacle>,
    /// The record classes that it shows, where it does.
    pub classes: ClassSet,
}

/// What a subject holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// An assignment.
    Assignment(Deciding),
    /// A grant of the system.
    Grant,
}

/// What of a resource something was tried with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// A customer's placement at a unit.
    Placement(UnitIx),
    /// An assignment of the other user, by its number, at a unit.
    Held(u32, UnitIx),
    /// The home unit of the other user, who holds nothing.
    Home(UnitIx),
}

/// Who looks on while a question is answered. Nobody (`()`) costs nothing.
pub(crate) trait Witness {
    /// Whether everything is tried, though something allows already.
    const TRIES_ALL: bool;

    /// Is told what was tried.
    fn saw(&mut self, attempt: Attempt);
}

impl Witness for () {
    const TRIES_ALL: bool = false;

    #[inline]
    fn saw(&mut self, _attempt: Attempt) {}
}

/// What was seen, as far as it is told.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    pub(crate) told: Vec<Attempt>,
    pub(crate) left_out: usize,
}

impl Attempts {
    /// The most that are told: somebody who holds a thousand things may ask about a thousand placements.
    pub(crate) const MOST: usize = 1_000;
}

impl Witness for Attempts {
    const TRIES_ALL: bool = true;

    /// A role may have a capability in several ways, by itself and by what it includes: what was tried with the same thing is
    /// told once, as what came furthest.
    fn saw(&mut self, attempt: Attempt) {
        let of_same = self.told.iter_mut().rev().take_while(|told| told.by == attempt.by);
        if let Some(known) = of_same.into_iter().find(|told| told.part == attempt.part) {
            known.obstacle = known.obstacle.zip(attempt.obstacle).map(|(one, other)| one.max(other));
            known.classes = known.classes.union(attempt.classes);
            return;
        }
        if self.told.len() < Self::MOST {
            self.told.push(attempt);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }
}

impl Attempt {
    /// Of an assignment that shows no record.
    pub(crate) fn of(by: Deciding, part: Part, tried: Result<(), Obstacle>) -> Self {
        Self { by: By::Assignment(by), part, obstacle: tried.err(), classes: ClassSet::EMPTY }
    }

    /// Of a grant.
    pub(super) fn by_grant(tried: Result<(), Obstacle>) -> Self {
        Self { by: By::Grant, part: Part::Whole, obstacle: tried.err(), classes: ClassSet::EMPTY }
    }

    /// Of an assignment that shows these classes, where it allows.
    pub(super) fn showing(by: Deciding, part: Part, tried: Result<(), Obstacle>, classes: ClassSet) -> Self {
        let classes = if tried.is_ok() { classes } else { ClassSet::EMPTY };
        Self { classes, ..Self::of(by, part, tried) }
    }
}

/// Tries what is held, in its order, until something allows; to the end where somebody looks on. Tells the first that
/// allows.
///
/// # Errors
/// The furthest obstacle; none where nothing was tried.
pub(super) fn first_that_allows<W: Witness>(
    tries: impl Iterator<Item = (Deciding, Result<(), Obstacle>)>,
    witness: &mut W,
) -> Result<Deciding, Option<Obstacle>> {
    let (mut first, mut furthest) = (None, None);
    for (by, tried) in tries {
        witness.saw(Attempt::of(by, Part::Whole, tried));
        match tried {
            Ok(()) => first = first.or(Some(by)),
            Err(obstacle) => furthest = furthest.max(Some(obstacle)),
        }
        if first.is_some() && !W::TRIES_ALL {
            break;
        }
    }
    first.ok_or(furthest)
}
