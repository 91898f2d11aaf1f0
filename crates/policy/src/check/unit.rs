//! Questions about a unit.

use bailiwick_membership::{AssignmentRef, UnitIx};

use super::{Answer, Asking, Deciding, Step};
use crate::scheme::{Ability, ClassSet, Reach, UnderCaseload};

impl Asking<'_> {
    /// Allowed when an effective assignment's role has the capability with reach *below* and covers the unit, and no
    /// restriction that refuses it binds there; or with reach *enclosing*, and the unit is one of the nearest.
    pub(super) fn about_unit(&self, unit: UnitIx) -> Answer {
        let mut furthest = Step::Capability;
        for (assignment, ability) in self.ways() {
            let step = self.try_unit(&assignment, ability, unit);
            if step == Step::Passed {
                return Answer::allowed(Some(Deciding::of(&assignment)));
            }
            furthest = furthest.max(step);
        }
        Answer::denied(furthest.reason(), ClassSet::EMPTY)
    }

    fn try_unit(&self, assignment: &AssignmentRef<'_>, ability: &Ability, unit: UnitIx) -> Step {
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
        if !in_scope || self.world.is_closed(unit) {
            Step::Scope
        } else if !self.in_effect(assignment) {
            Step::Effect
        } else if refusable && restricted {
            Step::Caseload
        } else {
            Step::Passed
        }
    }
}
