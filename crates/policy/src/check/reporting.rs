//! Questions that reporting roles decide instead of roles.

use bailiwick_membership::{AssignmentRef, KindIx, Scope, UnitIx};

use super::obstacle::{Obstacle, Witness, first_that_allows};
use super::{Answer, Asking, Deciding};
use crate::reason::Reason;
use crate::scheme::{ClassSet, ReportingScope};

impl Asking<'_> {
    /// Scope *all* needs any effective assignment; scope *kind*, one that lies at or below, or covers, a unit of the
    /// kind which is the unit asked about or above it.
    pub(super) fn about_reports(&self, unit: UnitIx, witness: &mut impl Witness) -> Answer {
        let role = self.user.reporting_role().and_then(|r| self.scheme.reporting_role(r));
        let Some(role) = role.filter(|r| r.decides.contains(&self.cap)) else {
            return Answer::denied(Reason::NoReportingRole, ClassSet::EMPTY);
        };
        let closed = self.world.is_closed(unit);
        let tries = self.held().map(|held| {
            (
                Deciding::of(&held),
                if closed { Err(Obstacle::Closed) } else { self.try_report(&held, unit, role.scope) },
            )
        });
        match first_that_allows(tries, witness) {
            Ok(by) => Answer::allowed(Some(by)),
            Err(furthest) => {
                let reason = furthest.map_or(Reason::OutOfScope, Obstacle::reason);
                Answer::denied(reason, ClassSet::EMPTY)
            }
        }
    }

    fn try_report(
        &self,
        assignment: &AssignmentRef<'_>,
        unit: UnitIx,
        scope: ReportingScope,
    ) -> Result<(), Obstacle> {
        let related = covers_something(assignment)
            && match scope {
                ReportingScope::All => true,
                ReportingScope::Kind(kind) => self.related(assignment, unit, kind),
            };
        if related { self.in_effect(assignment) } else { Err(Obstacle::NotCovered) }
    }

    /// Whether an assignment lies at or below, or covers, a unit of the kind that is `unit` or above it. For *at* and
    /// *below* its scope is not asked.
    fn related(&self, assignment: &AssignmentRef<'_>, unit: UnitIx, kind: KindIx) -> bool {
        let Some(node) = self.world.node(unit) else { return false };
        node.with_ancestors().iter().any(|&above| {
            self.world.node(above).is_some_and(|n| n.unit.kind == kind)
                && (self.world.is_within(assignment.unit, above) || assignment.covers(self.world, above))
        })
    }
}

/// An empty choice counts nowhere.
fn covers_something(assignment: &AssignmentRef<'_>) -> bool {
    match &assignment.options.scope {
        Scope::All => true,
        Scope::Only(chosen) => !chosen.is_empty(),
    }
}
