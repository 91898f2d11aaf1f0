//! Asking the rules: who acts, with which right, within which reach, over whom.
//!
//! An operator is asked none of rules 2 to 6. [`Judge::ask`] tries them in their order; [`Rules`] says which a change
//! needs, so that a change reads like its row of the table.

use bailiwick_identity::{Instant, UnitId};
use bailiwick_membership::{AssignmentRef, UnitIx, World};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Actor, Level, Other, RankTooLow, ReachNeeded, Right, Where};
use bailiwick_policy::scheme::{CapIx, Scheme};

use super::Judged;
use crate::refusal::{Refusal, Refused};

/// The rules on the draft as it stands, for whoever gives the command.
#[derive(Clone, Copy)]
pub(super) struct Judge<'d> {
    pub(super) world: &'d World,
    pub(super) scheme: &'d Scheme,
    pub(super) now: Instant,
    /// Unset: an operator.
    pub(super) actor: Option<Actor<'d>>,
}

/// What a change needs: its row of the table.
pub(super) struct Rules<'a> {
    pub(super) right: Right,
    pub(super) reach: Reach<'a>,
    /// Whether the change would lower the other's lowest rank while they hold a management capability: then reach
    /// must be whole.
    pub(super) lowers_lowest: bool,
    /// Rule 5.
    pub(super) rank: Asked,
    /// Rule 5b.
    pub(super) unranked: Unranked<'a>,
}

/// Within which reach.
pub(super) enum Reach<'a> {
    /// Of the other's assignments.
    Of(ReachNeeded),
    /// Of these units.
    Units(&'a [UnitIx]),
    /// Of a unit that is not there.
    Nowhere(Sight),
    /// Of an assignment with its scope, held or to be held; the other must be in sight, or was found before.
    Assignment(AssignmentRef<'a>, Sight),
}

/// Whether the other must be in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// They must.
    Needed,
    /// They were found before, by what the actor knows of them, or are being created.
    Proved,
}

/// Whether a rule is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// What rule 5b is asked about.
pub(super) enum Unranked<'a> {
    /// Not asked.
    NotAsked,
    /// Every unranked role that the other holds.
    All,
    /// The same; or, through the home unit, the right to hand out may lie anywhere.
    AllOrThroughHome,
    /// Every unranked role that the other holds where this assignment is, if its role is unranked.
    There(AssignmentRef<'a>),
}

impl<'d> Judge<'d> {
    /// Rules 2 to 5b, in their order.
    pub(super) fn ask(&self, other: Option<Other<'d>>, rules: &Rules<'_>) -> Judged {
        let Some(actor) = &self.actor else {
            return match other {
                Some(_) => Ok(()),
                None => Err(Refusal::new(Refused::NotFound, Reason::UnknownUser)),
            };
        };
        let other = self.reach(actor, other, rules)?;
        // Whoever holds nothing but what was just added is reached through it alone: what they are known by belongs to
        // where they belong.
        if rules.right == Right::Identity
            && actor.covering(Right::Identity, Level::Manage, other.home).is_none()
        {
            return Err(Refusal::denied(Reason::OutOfReach));
        }
        if rules.lowers_lowest && !self.whole(&other, rules.right) {
            return Err(Refusal::denied(Reason::WouldLowerLowest));
        }
        if rules.rank == Asked::Yes {
            actor.outranks(other.user).map_err(|too_low| rank_too_low(&too_low))?;
        }
        self.unranked(actor, &other, rules)
    }

    /// Rules 2 to 4.
    fn reach(&self, actor: &Actor<'d>, other: Option<Other<'d>>, rules: &Rules<'_>) -> Judged<Other<'d>> {
        let right = rules.right;
        if let Reach::Of(needed) = rules.reach {
            actor.may_reach(other, right, needed).map_err(Refusal::denied)?;
            return other.ok_or_else(|| Refusal::denied(Reason::UnknownUser));
        }
        if let Some(other) = &other {
            actor.not_self(other.ix).map_err(Refusal::denied)?;
        }
        if actor.passing(right, Level::Manage).next().is_none() {
            return Err(Refusal::denied(Reason::NoManagementRight));
        }
        let other = other.ok_or_else(|| Refusal::denied(Reason::UnknownUser))?;
        let (reached, sight) = match &rules.reach {
            Reach::Nowhere(sight) => (false, *sight),
            Reach::Of(_) => (true, Sight::Proved),
            Reach::Units(units) => (
                units.iter().all(|&unit| actor.covering(right, Level::Manage, unit).is_some()),
                Sight::Proved,
            ),
            Reach::Assignment(theirs, sight) => {
                let reached = actor.reaching(right, Level::Manage, theirs).is_some();
                (reached && self.covers_what_it_shows(actor, &other, theirs), *sight)
            }
        };
        if sight == Sight::Needed && actor.may_see(Some(other)).is_err() {
            return Err(Refusal::denied(Reason::UnknownUser));
        }
        if reached { Ok(other) } else { Err(Refusal::denied(actor.beyond(&other))) }
    }

    /// What an assignment makes the other's reporting role show is covered by the right that sets reporting roles.
    fn covers_what_it_shows(&self, actor: &Actor<'d>, other: &Other<'d>, given: &AssignmentRef<'_>) -> bool {
        let right = Right::Of(self.scheme.core().user_manage);
        let covered = |unit| actor.covering(right, Level::Manage, unit).is_some();
        self.shown_newly(other.user, given).into_iter().all(covered)
    }

    /// Rule 5b.
    fn unranked(&self, actor: &Actor<'d>, other: &Other<'d>, rules: &Rules<'_>) -> Judged {
        let right = rules.right;
        let judged = match &rules.unranked {
            Unranked::NotAsked => Ok(()),
            Unranked::All => actor.may_hand_out_all_held(other.user, right, Where::There),
            Unranked::AllOrThroughHome => self.unranked_or_home(actor, other, right),
            Unranked::There(one) => return self.unranked_there(other, right, one),
        };
        judged.map_err(Refusal::denied)
    }

    /// Rule 5b for one assignment: where its role is unranked, every unranked role that the other holds there.
    pub(super) fn unranked_there(&self, other: &Other<'_>, right: Right, one: &AssignmentRef<'_>) -> Judged {
        let Some(actor) = self.actor.filter(|_| self.scheme.rank(one.role).is_none()) else { return Ok(()) };
        let there = |a: &AssignmentRef<'_>| {
            a.unit == one.unit && a.held(self.now) && self.scheme.rank(a.role).is_none()
        };
        let mut held = other.user.assignments().filter(there);
        held.try_for_each(|a| actor.may_hand_out(a.role, a.unit, right, Where::There))
            .map_err(Refusal::denied)
    }

    /// Rule 5b for disabling: by whole reach, with the right to hand out there; or through the home unit, with it
    /// anywhere.
    fn unranked_or_home(&self, actor: &Actor<'d>, other: &Other<'d>, right: Right) -> Result<(), Reason> {
        let hand_out = |place| actor.may_hand_out_all_held(other.user, right, place);
        let by_home = actor.covering(right, Level::Manage, other.home).is_some();
        let by_whole = actor.reaches(other, right, Level::Manage, ReachNeeded::Whole).is_some();
        let passes =
            (by_whole && hand_out(Where::There).is_ok()) || (by_home && hand_out(Where::Anywhere).is_ok());
        if passes { Ok(()) } else { Err(Reason::RoleAboveOwn) }
    }

    /// Whether the actor has whole reach over the other by a right; an operator has.
    pub(super) fn whole(&self, other: &Other<'d>, right: Right) -> bool {
        self.actor
            .as_ref()
            .is_none_or(|a| a.reaches(other, right, Level::Manage, ReachNeeded::Whole).is_some())
    }

    /// Whether a capability's holder covers an open unit; an operator does.
    pub(super) fn holds_at(&self, cap: CapIx, unit: UnitIx) -> bool {
        self.actor.as_ref().is_none_or(|actor| actor.holds_at(cap, unit).is_some())
    }

    /// The right that a unit's kind asks of who assigns there.
    pub(super) fn kind_right(&self, unit: UnitIx) -> Right {
        let node = self.world.node(unit);
        let kind = node.and_then(|node| self.scheme.kind(node.unit.kind));
        Right::Of(kind.map_or(self.scheme.core().user_manage, |kind| kind.assign_right))
    }

    /// The unit of this id, where it is in sight: for an actor, one that something they hold covers, or that lies above
    /// what they hold. A unit out of sight is answered like one that is not there.
    pub(super) fn find_unit(&self, id: &UnitId) -> Option<UnitIx> {
        let unit = self.world.unit_ix(id.as_str())?;
        // Who approves a request reads in it what it names.
        let Some(actor) = self.actor.as_ref().filter(|actor| !actor.is_approving()) else {
            return Some(unit);
        };
        let mut held = actor.user().assignments().filter(|a| a.held(self.now));
        let covers_a_part = |a: &AssignmentRef<'_>| {
            let mut units = self.world.units();
            units.any(|(part, node)| node.is_within(unit) && a.covers(self.world, part))
        };
        let sees = |a: &AssignmentRef<'_>| {
            self.world.is_within(a.unit, unit)
                || a.covers(self.world, unit)
                || (self.world.is_within(unit, a.unit) && covers_a_part(a))
        };
        held.any(|a| sees(&a)).then_some(unit)
    }

    /// A unit that is not there: for an actor the same as one out of reach.
    pub(super) fn unknown_unit(&self) -> Refusal {
        match self.actor {
            Some(_) => Refusal::denied(Reason::OutOfReach),
            None => Refusal::new(Refused::NotFound, Reason::UnknownUnit),
        }
    }
}

/// Both numbers, never a unit.
pub(super) fn rank_too_low(ranks: &RankTooLow) -> Refusal {
    let number = |rank: Option<bailiwick_policy::scheme::Rank>| match rank {
        Some(rank) => rank.0.to_string(),
        None => "none".to_owned(),
    };
    let detail =
        format!("lowest rank {}, highest rank of the other {}", number(ranks.lowest), number(ranks.highest));
    Refusal::denied(Reason::RankTooLow).because(detail)
}
