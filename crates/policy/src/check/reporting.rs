//! Questions that reporting roles decide instead of roles.

use bailiwick_membership::{AssignmentRef, KindIx, Scope, UnitIx};

use super::{Answer, Asking, Deciding};
use crate::reason::Reason;
use crate::scheme::{ClassSet, ReportingScope};

impl Asking<'_> {
    /// Scope *all* needs any effective assignment; scope *kind*, one that lies at or below, or covers, a unit of the
    /// kind which is the unit asked about or above it.
    pub(super) fn about_reports(&self, unit: UnitIx) -> Answer {
        let role = self.user.reporting_role().and_then(|r| self.scheme.reporting_role(r));
        let Some(role) = role.filter(|r| r.decides.contains(&self.cap)) else {
            return Answer::denied(Reason::NoReportingRole, ClassSet::EMPTY);
        };
        if self.world.is_closed(unit) {
            return Answer::denied(Reason::OutOfScope, ClassSet::EMPTY);
        }
        let mut in_scope = false;
        for assignment in self.held() {
            let related = covers_something(&assignment)
                && match role.scope {
                    ReportingScope::All => true,
                    ReportingScope::Kind(kind) => self.related(&assignment, unit, kind),
                };
            if related && self.in_effect(&assignment) {
                return Answer::allowed(Some(Deciding::of(&assignment)));
            }
            in_scope |= related;
        }
        let reason = if in_scope { Reason::NotEffective } else { Reason::OutOfScope };
        Answer::denied(reason, ClassSet::EMPTY)
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
