//! Questions about a unit.

use bailiwick_membership::{AssignmentRef, UnitIx};

use super::obstacle::{Obstacle, Witness, first_that_allows};
use super::{Answer, Asking, Deciding};
use crate::scheme::{Ability, ClassSet, Reach, UnderCaseload};

impl Asking<'_> {
    /// Allowed when an effective assignment's role has the capability with reach *below* and covers the unit, and no
    /// restriction that refuses it binds there; or with reach *enclosing*, and the unit is one of the nearest.
    pub(super) fn about_unit(&self, unit: UnitIx, witness: &mut impl Witness) -> Answer {
        let tries = self.ways().map(|(assignment, ability)| {
            (Deciding::of(&assignment), self.try_unit(&assignment, ability, unit))
        });
        match first_that_allows(tries, witness) {
            Ok(by) => Answer::allowed(Some(by)),
            Err(furthest) => {
                let furthest = furthest.unwrap_or(Obstacle::RoleLacksCapability);
                Answer::denied(furthest.reason(), ClassSet::EMPTY)
            }
        }
    }

    fn try_unit(
        &self,
        assignment: &AssignmentRef<'_>,
        ability: &Ability,
        unit: UnitIx,
    ) -> Result<(), Obstacle> {
        let refusable =
            self.scheme.capability(self.cap).is_none_or(|c| c.under_caseload == UnderCaseload::Refused);
        let (in_scope, restricted) = match ability.reach {
            Reach::Below => (assignment.covers(self.world, unit), assignment.restricted_in(self.world, unit)),
            Reach::Enclosing(kind) => {
                let nearest = self.world.node(assignment.unit).is_some_and(|node| node.meets_first(unit))
                    && self.world.node(unit).is_some_and(|node| node.unit.kind == kind);
                (nearest, assignment.options.caseload.only)
            }
            Reach::Own => (false, false),
        };
        if !in_scope {
            return Err(Obstacle::NotCovered);
        }
        if self.world.is_closed(unit) {
            return Err(Obstacle::Closed);
        }
        self.in_effect(assignment)?;
        if refusable && restricted { Err(Obstacle::RefusedUnderCaseload) } else { Ok(()) }
    }
}
