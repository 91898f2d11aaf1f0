//! Rule 4: what of another's assignments lies within reach of one's own.

use bailiwick_membership::{AssignmentRef, Scope, UnitIx, World};

use super::{Actor, Level, Other, ReachNeeded, Right};

impl<'w> Actor<'w> {
    /// The oldest of the actor's assignments that passes rule 3 and gives the reach needed. Whole reach may take
    /// several together; then the oldest that reaches anything is told.
    #[must_use]
    pub fn reaches(
        &self,
        other: &Other<'w>,
        right: Right,
        level: Level,
        needed: ReachNeeded,
    ) -> Option<AssignmentRef<'w>> {
        let held = || other.user.assignments().filter(|a| a.held(self.now));
        let gives_reach = |theirs: &AssignmentRef<'_>| theirs.number <= other.newest_giving_reach;
        let by = |theirs: &AssignmentRef<'_>| self.reaching(right, level, theirs);
        let all = || held().all(|theirs| by(&theirs).is_some());
        let home = || self.covering(right, level, other.home);
        if !held().any(|theirs| gives_reach(&theirs)) {
            return home().filter(|_| needed != ReachNeeded::Whole || all());
        }
        let part = || held().filter(gives_reach).filter_map(|a| by(&a)).min_by_key(|a| a.number);
        match needed {
            ReachNeeded::Part => part(),
            ReachNeeded::Whole => part().filter(|_| all()),
            ReachNeeded::WholeOrHome => part().filter(|_| all()).or_else(home),
        }
    }

    /// The oldest of the actor's assignments that passes rule 3 and covers a unit; of those who approve together, of the
    /// first who has one.
    #[must_use]
    pub fn covering(&self, right: Right, level: Level, unit: UnitIx) -> Option<AssignmentRef<'w>> {
        self.by_any(|actor| actor.passing(right, level).find(|a| a.covers(self.world, unit)))
    }

    /// The oldest of the actor's assignments that passes rule 3 and has another's assignment in reach; of those who approve
    /// together, of the first who has one.
    #[must_use]
    pub fn reaching(
        &self,
        right: Right,
        level: Level,
        theirs: &AssignmentRef<'_>,
    ) -> Option<AssignmentRef<'w>> {
        self.by_any(|actor| actor.passing(right, level).find(|mine| in_reach(self.world, mine, theirs)))
    }
}

/// Whether another's assignment is in reach of mine: mine covers its unit; or it is restricted to chosen units, at
/// least one, its unit lies at or below mine, and mine covers every chosen unit.
pub(crate) fn in_reach(world: &World, mine: &AssignmentRef<'_>, theirs: &AssignmentRef<'_>) -> bool {
    if mine.covers(world, theirs.unit) {
        return true;
    }
    match &theirs.options.scope {
        Scope::All => false,
        Scope::Only(chosen) => {
            !chosen.is_empty()
                && world.is_within(theirs.unit, mine.unit)
                && chosen.iter().all(|&unit| mine.covers(world, unit))
        }
    }
}
