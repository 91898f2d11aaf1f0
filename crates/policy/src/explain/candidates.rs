//! Changes that would remove one obstacle.

use bailiwick_membership::{ReportingRoleIx, Scope, UnitIx, UserManagement};

use super::{Denied, Remedy};
use crate::check::{Attempt, By, Deciding, Found, Obstacle, Part};
use crate::list::ToUser;
use crate::reason::Reason;

/// So many places are thought of for one assignment.
const MOST_PLACES: usize = 16;

impl Denied<'_> {
    /// What would remove an obstacle that was met, the least first. Some of it meets another one then.
    pub(super) fn candidates(&self) -> Vec<Remedy> {
        if self.reason == Reason::UserDisabled {
            return vec![Remedy::Enable];
        }
        let mut found: Vec<Remedy> = self.attempts.iter().flat_map(|attempt| self.against(attempt)).collect();
        if self.may_be_granted() {
            found.push(Remedy::Grant);
        }
        if self.reason == Reason::NoReportingRole {
            found.extend(self.reporting_roles());
        }
        if let Found::Customer(_, Some(at)) = self.found {
            found.push(Remedy::Place(at));
        }
        found.sort_unstable();
        found
    }

    fn against(&self, attempt: &Attempt) -> Vec<Remedy> {
        let Some(obstacle) = attempt.obstacle else { return Vec::new() };
        match attempt.by {
            By::Grant if obstacle == Obstacle::Suspended => vec![Remedy::ReinstateGrant],
            By::Grant => Vec::new(),
            By::Assignment(by) => self.against_of(by, attempt.part, obstacle),
        }
    }

    fn against_of(&self, by: Deciding, part: Part, obstacle: Obstacle) -> Vec<Remedy> {
        match obstacle {
            Obstacle::Suspended => vec![Remedy::Reinstate(by.number)],
            Obstacle::NotStarted => vec![Remedy::Start(by.number)],
            Obstacle::HeldAtClosed => self.restoring(by.unit),
            Obstacle::Closed => {
                let mut found = self.place_of(part).map_or_else(Vec::new, |unit| self.restoring(unit));
                found.extend(self.placing(by));
                found
            }
            Obstacle::NotSwitchedOn => vec![Remedy::SwitchOn(by.number, self.level())],
            Obstacle::RefusedUnderCaseload => self.lifting(by, part),
            Obstacle::NotOnCaseload => {
                let adding = self.place_of(part).map(Remedy::AddToCaseload);
                adding.into_iter().chain(self.lifting(by, part)).collect()
            }
            Obstacle::Dismissed => {
                let enrolling = self.place_of(part).map(Remedy::Place);
                enrolling.into_iter().chain(self.placing(by)).collect()
            }
            Obstacle::NotCovered => {
                let mut found = self.restoring_choices(by);
                found.extend(self.placing(by));
                found
            }
            Obstacle::NotPlaced | Obstacle::PlacedBelow => self.placing(by),
            // What removes these is another role, or nothing.
            Obstacle::RoleLacksCapability
            | Obstacle::NotHeldHere
            | Obstacle::NotOwnRecord
            | Obstacle::OwnRecord
            | Obstacle::Disabled
            | Obstacle::NoRankedRole
            | Obstacle::NotInReach
            | Obstacle::BelowMinimumRank => Vec::new(),
        }
    }

    /// The unit that an attempt was about.
    fn place_of(&self, part: Part) -> Option<UnitIx> {
        match (part, self.found) {
            (Part::Placement(unit), _) | (Part::Whole, Found::Unit(unit)) => Some(unit),
            _ => None,
        }
    }

    /// Restores what closes a unit, where that is one thing.
    fn restoring(&self, unit: UnitIx) -> Vec<Remedy> {
        let world = self.asking.world;
        let Some(node) = world.node(unit) else { return Vec::new() };
        let is_archived = |above: &&UnitIx| world.node(**above).is_some_and(|node| node.unit.archived);
        let archived: Vec<_> = node.with_ancestors().iter().filter(is_archived).collect();
        if let [only] = archived.as_slice() { vec![Remedy::Restore(**only)] } else { Vec::new() }
    }

    /// Restores an archived choice of an assignment, which covers nothing.
    fn restoring_choices(&self, by: Deciding) -> Vec<Remedy> {
        let world = self.asking.world;
        let Some(held) = self.asking.held().find(|held| held.number == by.number) else { return Vec::new() };
        match &held.options.scope {
            Scope::All => Vec::new(),
            Scope::Only(chosen) => {
                let archived = chosen.iter().filter(|&&unit| world.is_closed(unit));
                archived.flat_map(|&unit| self.restoring(unit)).collect()
            }
        }
    }

    /// Lifts the caseload restriction of an assignment: where it was met, if that is what it binds in.
    fn lifting(&self, by: Deciding, part: Part) -> Vec<Remedy> {
        let exempting = self.place_of(part).map(|unit| Remedy::Exempt(by.number, unit));
        exempting.into_iter().chain([Remedy::LiftRestriction(by.number)]).collect()
    }

    /// Places the customer where an assignment reaches them: where it is held, in what it is restricted to, and where the
    /// caseload does not stand in the way.
    fn placing(&self, by: Deciding) -> Vec<Remedy> {
        let Found::Customer(customer, None) = self.found else { return Vec::new() };
        let Some(held) = self.asking.held().find(|held| held.number == by.number) else { return Vec::new() };
        let reached = match &held.options.scope {
            Scope::All => std::slice::from_ref(&by.unit),
            Scope::Only(chosen) => chosen,
        };
        let exempt = &held.options.caseload.exempt;
        let cases = self.asking.user.caseload().iter().filter(|case| case.customer == customer);
        let units = reached.iter().chain(exempt).copied().chain(cases.map(|case| case.unit));
        units.take(MOST_PLACES).map(Remedy::Place).collect()
    }

    /// Whether a grant is what lets do this, and there is none.
    fn may_be_granted(&self) -> bool {
        let granted = self.attempts.iter().any(|attempt| attempt.by == By::Grant);
        self.system().is_some() && self.asking.cap == self.asking.scheme.core().system_use && !granted
    }

    /// The reporting roles that decide what was asked.
    fn reporting_roles(&self) -> Vec<Remedy> {
        let scheme = self.asking.scheme;
        let named = (0_u8..).map(ReportingRoleIx).zip(scheme.reporting_roles());
        let deciding = named.filter(|(_, role)| role.decides.contains(&self.asking.cap));
        let live = deciding.filter(|(ix, role)| scheme.reporting_role_named(&role.name) == Some(*ix));
        live.map(|(ix, _)| Remedy::Report(ix)).collect()
    }

    /// How far user management must be on for what was asked.
    pub(super) fn level(&self) -> UserManagement {
        match ToUser::of(self.asking.scheme, self.asking.cap) {
            Some(ToUser::View) => UserManagement::View,
            Some(ToUser::Manage) | None => UserManagement::Manage,
        }
    }
}
