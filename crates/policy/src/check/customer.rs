//! Questions about a customer.

use bailiwick_membership::{AssignmentRef, CustomerIx, Enrolment, Placement, UnitIx};

use super::{Answer, Asking, Deciding, Step, Through, Verdict, Way};
use crate::reason::Reason;
use crate::scheme::{Ability, Capability, ClassSet, Needs, PlacementReach, Reach, UnderCaseload};

/// What has been found while assignments are tried.
struct Findings {
    furthest: Step,
    deciding: Option<Deciding>,
    visible: ClassSet,
    through: Vec<Through>,
}

/// The customer of a question, and what about them matters.
struct Customer {
    ix: CustomerIx,
    /// Only placements at this unit count.
    at: Option<UnitIx>,
    /// The subject's own record.
    own: bool,
    /// The own record of the subject or of another user of the same person: no staff role reaches it.
    of_person: bool,
}

impl Asking<'_> {
    /// Allowed when an effective assignment's role has the capability and covers a unit where the customer has a
    /// placement that counts, and the caseload restriction, if it binds there, is met; or when the record is the
    /// subject's own and a role reaches it.
    pub(crate) fn about_customer<'w>(
        &self,
        ways: impl Iterator<Item = Way<'w>>,
        customer: CustomerIx,
        at: Option<UnitIx>,
        classes: Option<ClassSet>,
    ) -> Answer {
        let wanted = classes.unwrap_or_else(|| self.scheme.all_classes());
        let customer = self.customer(customer, at);
        let Some(capability) = self.scheme.capability(self.cap) else {
            return Answer::denied(Reason::RoleLacksCapability, wanted);
        };
        let mut found = Findings {
            furthest: Step::Capability,
            deciding: None,
            visible: ClassSet::EMPTY,
            through: Vec::new(),
        };
        for (assignment, ability) in ways {
            self.try_customer(&assignment, ability, capability, &customer, &mut found);
        }
        conclude(found, customer.of_person, classes, wanted)
    }

    fn customer(&self, ix: CustomerIx, at: Option<UnitIx>) -> Customer {
        let owner = self.world.owner_of(ix);
        let own = owner == Some(self.ix);
        let person = owner.and_then(|owner| self.world.user(owner)).and_then(|owner| owner.person());
        let of_person = own || (person.is_some() && person == self.user.person());
        Customer { ix, at, own, of_person }
    }

    fn try_customer(
        &self,
        assignment: &AssignmentRef<'_>,
        ability: &Ability,
        capability: &Capability,
        customer: &Customer,
        found: &mut Findings,
    ) {
        found.furthest = found.furthest.max(Step::Scope);
        match ability.reach {
            Reach::Own => self.try_own(assignment, ability, customer, found),
            Reach::Below if !customer.of_person => {
                for placement in self.world.placements(customer.ix) {
                    if customer.at.is_some_and(|at| at != placement.unit) {
                        continue;
                    }
                    let step = self.try_placement(assignment, capability, customer.ix, placement);
                    found.furthest = found.furthest.max(step);
                    if step == Step::Passed {
                        found.allow(assignment, ability.classes, Some(placement.unit));
                    }
                }
            }
            Reach::Below | Reach::Enclosing(_) => {}
        }
    }

    fn try_own(
        &self,
        assignment: &AssignmentRef<'_>,
        ability: &Ability,
        customer: &Customer,
        found: &mut Findings,
    ) {
        if !customer.own {
            return;
        }
        if !self.in_effect(assignment) {
            found.furthest = found.furthest.max(Step::Effect);
            return;
        }
        found.furthest = Step::Passed;
        found.allow(assignment, ability.classes, None);
        for placement in self.world.placements(customer.ix) {
            found.allow(assignment, ability.classes, Some(placement.unit));
        }
    }

    fn try_placement(
        &self,
        assignment: &AssignmentRef<'_>,
        capability: &Capability,
        customer: CustomerIx,
        placement: Placement,
    ) -> Step {
        let unit = placement.unit;
        if !self.placement_in_scope(assignment, capability, placement) {
            return Step::Scope;
        }
        if !self.in_effect(assignment) {
            return Step::Effect;
        }
        if !assignment.restricted_in(self.world, unit) {
            return Step::Passed;
        }
        let enrolled = placement.enrolment == Enrolment::Enrolled;
        let kept = capability.under_caseload == UnderCaseload::Kept;
        if kept && enrolled && self.user.has_case(customer, unit) { Step::Passed } else { Step::Caseload }
    }

    /// Whether the assignment covers the placement's unit within its reach, the unit is open, and the placement is
    /// of the standing that the capability needs.
    fn placement_in_scope(
        &self,
        assignment: &AssignmentRef<'_>,
        capability: &Capability,
        placement: Placement,
    ) -> bool {
        let Some(node) = self.world.node(placement.unit) else { return false };
        let Some(kind) = self.scheme.kind(node.unit.kind) else { return false };
        let near_enough = match kind.placement_reach {
            PlacementReach::Below => true,
            PlacementReach::Unit => assignment.unit == placement.unit,
        };
        let counts = match (placement.enrolment, capability.needs) {
            (Enrolment::Enrolled, Needs::Enrolled | Needs::Any) => true,
            (Enrolment::Dismissed, Needs::Any) => kind.dismissed_visible,
            (Enrolment::Dismissed, Needs::Enrolled) => false,
        };
        near_enough && counts && !node.closed && assignment.covers(self.world, placement.unit)
    }
}

impl Findings {
    fn allow(&mut self, assignment: &AssignmentRef<'_>, classes: ClassSet, unit: Option<UnitIx>) {
        self.deciding.get_or_insert_with(|| Deciding::of(assignment));
        self.visible = self.visible.union(classes);
        let Some(unit) = unit else { return };
        match self.through.iter_mut().find(|t| t.unit == unit) {
            Some(through) => through.classes = through.classes.union(classes),
            None => self.through.push(Through { unit, classes }),
        }
    }
}

fn conclude(found: Findings, of_person: bool, named: Option<ClassSet>, wanted: ClassSet) -> Answer {
    if found.deciding.is_none() {
        let own_at_scope = of_person && found.furthest == Step::Scope;
        let reason = if own_at_scope { Reason::SelfManagement } else { found.furthest.reason() };
        return Answer::denied(reason, wanted);
    }
    let hidden = wanted.minus(found.visible);
    if named.is_some() && !hidden.is_empty() {
        return Answer::denied(Reason::ClassHidden, wanted);
    }
    Answer {
        verdict: Verdict::Allowed,
        deciding: found.deciding,
        visible: found.visible,
        redacted: hidden,
        through: found.through,
        valid_until: None,
    }
}
