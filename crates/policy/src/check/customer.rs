//! Questions about a customer.

use bailiwick_membership::{AssignmentRef, CustomerIx, Enrolment, Placement, UnitIx};

use super::obstacle::{Attempt, Obstacle, Part, Witness};
use super::{Answer, Asking, Deciding, Through, Verdict, Way};
use crate::reason::Reason;
use crate::scheme::{Ability, Capability, ClassSet, Needs, PlacementReach, Reach, UnderCaseload};

/// What has been found while assignments are tried.
struct Findings {
    furthest: Obstacle,
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
        witness: &mut impl Witness,
    ) -> Answer {
        let wanted = classes.unwrap_or_else(|| self.scheme.all_classes());
        let customer = self.customer(customer, at);
        let Some(capability) = self.scheme.capability(self.cap) else {
            return Answer::denied(Reason::RoleLacksCapability, wanted);
        };
        let mut found = Findings {
            furthest: Obstacle::RoleLacksCapability,
            deciding: None,
            visible: ClassSet::EMPTY,
            through: Vec::new(),
        };
        for (assignment, ability) in ways {
            self.try_customer(&assignment, ability, capability, &customer, &mut found, witness);
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
        witness: &mut impl Witness,
    ) {
        let by = Deciding::of(assignment);
        let mut saw = |part, tried| {
            witness.saw(Attempt::showing(by, part, tried, ability.classes));
            found.take(by, part, tried, ability.classes);
        };
        match ability.reach {
            Reach::Own if customer.own => {
                let tried = self.in_effect(assignment);
                saw(Part::Whole, tried);
                if tried.is_ok() {
                    let placements = self.world.placements(customer.ix);
                    placements.for_each(|placement| saw(Part::Placement(placement.unit), Ok(())));
                }
            }
            Reach::Own => saw(Part::Whole, Err(Obstacle::NotOwnRecord)),
            Reach::Below if customer.of_person => saw(Part::Whole, Err(Obstacle::OwnRecord)),
            Reach::Below => {
                let mut nowhere = true;
                for placement in self.world.placements(customer.ix) {
                    if customer.at.is_some_and(|at| at != placement.unit) {
                        continue;
                    }
                    nowhere = false;
                    let tried = self.try_placement(assignment, capability, customer.ix, placement);
                    saw(Part::Placement(placement.unit), tried);
                }
                if nowhere {
                    saw(Part::Whole, Err(Obstacle::NotPlaced));
                }
            }
            Reach::Enclosing(_) => saw(Part::Whole, Err(Obstacle::NotCovered)),
        }
    }

    fn try_placement(
        &self,
        assignment: &AssignmentRef<'_>,
        capability: &Capability,
        customer: CustomerIx,
        placement: Placement,
    ) -> Result<(), Obstacle> {
        let unit = placement.unit;
        self.placement_in_scope(assignment, capability, placement)?;
        self.in_effect(assignment)?;
        if !assignment.restricted_in(self.world, unit) {
            return Ok(());
        }
        if capability.under_caseload == UnderCaseload::Refused {
            return Err(Obstacle::RefusedUnderCaseload);
        }
        let enrolled = placement.enrolment == Enrolment::Enrolled;
        let on_caseload = enrolled && self.user.has_case(customer, unit);
        if on_caseload { Ok(()) } else { Err(Obstacle::NotOnCaseload) }
    }

    /// Whether the assignment covers the placement's unit within its reach, the unit is open, and the placement is
    /// of the standing that the capability needs.
    fn placement_in_scope(
        &self,
        assignment: &AssignmentRef<'_>,
        capability: &Capability,
        placement: Placement,
    ) -> Result<(), Obstacle> {
        let node = self.world.node(placement.unit).ok_or(Obstacle::NotPlaced)?;
        let kind = self.scheme.kind(node.unit.kind).ok_or(Obstacle::NotPlaced)?;
        if !assignment.covers_node(self.world, node) {
            return Err(Obstacle::NotCovered);
        }
        if kind.placement_reach == PlacementReach::Unit && assignment.unit != placement.unit {
            return Err(Obstacle::PlacedBelow);
        }
        let counts = match (placement.enrolment, capability.needs) {
            (Enrolment::Enrolled, Needs::Enrolled | Needs::Any) => true,
            (Enrolment::Dismissed, Needs::Any) => kind.dismissed_visible,
            (Enrolment::Dismissed, Needs::Enrolled) => false,
        };
        if !counts {
            return Err(Obstacle::Dismissed);
        }
        if node.closed { Err(Obstacle::Closed) } else { Ok(()) }
    }
}

impl Findings {
    fn take(&mut self, by: Deciding, part: Part, tried: Result<(), Obstacle>, classes: ClassSet) {
        if let Err(obstacle) = tried {
            self.furthest = self.furthest.max(obstacle);
            return;
        }
        self.deciding.get_or_insert(by);
        self.visible = self.visible.union(classes);
        let Part::Placement(unit) = part else { return };
        match self.through.iter_mut().find(|t| t.unit == unit) {
            Some(through) => through.classes = through.classes.union(classes),
            None => self.through.push(Through { unit, classes }),
        }
    }
}

fn conclude(found: Findings, of_person: bool, named: Option<ClassSet>, wanted: ClassSet) -> Answer {
    if found.deciding.is_none() {
        let reason = found.furthest.reason();
        let own_at_scope = of_person && reason == Reason::OutOfScope;
        return Answer::denied(if own_at_scope { Reason::SelfManagement } else { reason }, wanted);
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
