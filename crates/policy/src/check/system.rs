//! Questions about a system.

use bailiwick_membership::{AssignmentRef, Grant, SystemIx};

use super::obstacle::{Attempt, Obstacle, Witness, first_that_allows};
use super::{Answer, Asking, Deciding};
use crate::reason::Reason;
use crate::scheme::{ClassSet, Rank};

impl Asking<'_> {
    pub(super) fn about_system(&self, system: SystemIx, witness: &mut impl Witness) -> Answer {
        let uses = self.cap == self.scheme.core().system_use;
        if uses { self.use_of(system, witness) } else { self.right_over(system, witness) }
    }

    /// Use: a role with an effective assignment brings it; or a grant is in force, and the highest effective rank is
    /// at least the system's minimum.
    fn use_of<W: Witness>(&self, system: SystemIx, witness: &mut W) -> Answer {
        let brings = |held: &AssignmentRef<'_>| {
            self.scheme.role(held.role).is_some_and(|role| role.systems.contains(system))
        };
        let tries = self.held().filter(brings).map(|held| (Deciding::of(&held), self.in_effect(&held)));
        let by_role = first_that_allows(tries, witness);
        if let Ok(by) = by_role
            && !W::TRIES_ALL
        {
            return Answer::allowed(Some(by));
        }
        let by_grant = self.granted(system, witness);
        match (by_role, by_grant) {
            (Ok(by), _) => Answer::allowed(Some(by)),
            (Err(_), Ok(())) => Answer::allowed(None),
            (Err(role), Err(grant)) => denied(role.max(grant)),
        }
    }

    /// Whether a grant in force lets use.
    ///
    /// # Errors
    /// The furthest obstacle; none where there is no grant.
    fn granted(&self, system: SystemIx, witness: &mut impl Witness) -> Result<(), Option<Obstacle>> {
        let mut furthest = None;
        for grant in self.user.grants().iter().filter(|g| g.system == system && g.held(self.now)) {
            let tried = self.try_grant(grant);
            witness.saw(Attempt::by_grant(tried));
            match tried {
                Ok(()) => return Ok(()),
                Err(obstacle) => furthest = furthest.max(Some(obstacle)),
            }
        }
        Err(furthest)
    }

    fn try_grant(&self, grant: &Grant) -> Result<(), Obstacle> {
        if !self.user.is_active() {
            return Err(Obstacle::Disabled);
        }
        if grant.state.is_suspended(self.now) {
            return Err(Obstacle::Suspended);
        }
        if !grant.in_force(self.now) {
            return Err(Obstacle::NotStarted);
        }
        let minimum = self.scheme.system(grant.system).and_then(|system| system.minimum_rank);
        if minimum > self.highest_effective() { Err(Obstacle::BelowMinimumRank) } else { Ok(()) }
    }

    /// The greatest rank of what is effective; unset, where nothing ranked is.
    pub(crate) fn highest_effective(&self) -> Option<Rank> {
        let effective = self.held().filter(|held| self.in_effect(held).is_ok());
        effective.filter_map(|held| self.scheme.rank(held.role)).max()
    }

    /// Any other capability over a system: an effective assignment's role carries it.
    fn right_over(&self, system: SystemIx, witness: &mut impl Witness) -> Answer {
        let over = self.ways().filter(|(_, ability)| ability.systems.contains(system));
        let tries = over.map(|(held, _)| (Deciding::of(&held), self.in_effect(&held)));
        match first_that_allows(tries, witness) {
            Ok(by) => Answer::allowed(Some(by)),
            Err(furthest) => denied(furthest),
        }
    }
}

fn denied(furthest: Option<Obstacle>) -> Answer {
    let reason = furthest.map_or(Reason::NoEntitlement, Obstacle::reason);
    Answer::denied(reason, ClassSet::EMPTY)
}
