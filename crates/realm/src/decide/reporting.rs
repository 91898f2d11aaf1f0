//! What a reporting role shows: the units that whoever sets it, or adds what makes it show more, must cover.

use bailiwick_membership::{AssignmentRef, KindIx, Scope, UnitIx, UserRef};
use bailiwick_policy::scheme::{ReportingRole, ReportingScope};

use super::judge::Judge;

impl Judge<'_> {
    /// The units that a reporting role would show to a user: all roots, or the units of its kind at, below or above
    /// which they hold something. What lies below a unit shown needs no cover of its own.
    pub(super) fn shown_by(&self, user: UserRef<'_>, role: &ReportingRole) -> Vec<UnitIx> {
        let units = self.world.units();
        match role.scope {
            ReportingScope::All => {
                units.filter(|(_, node)| node.unit.parents.is_empty()).map(|(ix, _)| ix).collect()
            }
            ReportingScope::Kind(kind) => {
                self.units_of(kind).filter(|&unit| self.is_related(user, unit)).collect()
            }
        }
    }

    /// The units that a user's reporting role shows only since they hold, or would hold, this assignment. One that is
    /// held already shows nothing new.
    pub(super) fn shown_newly(&self, user: UserRef<'_>, given: &AssignmentRef<'_>) -> Vec<UnitIx> {
        let role = user.reporting_role().and_then(|role| self.scheme.reporting_role(role));
        let Some(ReportingScope::Kind(kind)) = role.map(|role| role.scope) else { return Vec::new() };
        let newly = |unit: &UnitIx| self.relates(given, *unit) && !self.is_related(user, *unit);
        self.units_of(kind).filter(newly).collect()
    }

    fn units_of(&self, kind: KindIx) -> impl Iterator<Item = UnitIx> {
        self.world.units().filter(move |(_, node)| node.unit.kind == kind).map(|(ix, _)| ix)
    }

    fn is_related(&self, user: UserRef<'_>, unit: UnitIx) -> bool {
        user.assignments().filter(|a| a.held(self.now)).any(|a| self.relates(&a, unit))
    }

    /// Whether an assignment lies at or below a unit, or covers it. An empty choice counts nowhere.
    fn relates(&self, assignment: &AssignmentRef<'_>, unit: UnitIx) -> bool {
        let chooses_nothing = match &assignment.options.scope {
            Scope::All => false,
            Scope::Only(chosen) => chosen.is_empty(),
        };
        !chooses_nothing
            && (self.world.is_within(assignment.unit, unit) || assignment.covers(self.world, unit))
    }
}
