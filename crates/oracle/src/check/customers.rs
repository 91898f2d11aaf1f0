//! Questions about a customer's record (design §6, second row, *caseload restriction* and *record classes*).

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Question, Step};
use crate::holding::{all_held, effective};
use crate::model::{
    Assignment, Customer, Instant, Placement, PlacementReach, PlacementState, Reach, Scheme, User, World,
};
use crate::reason::Reason;
use crate::roles::entries;
use crate::units::{caseload_binds, covers_for_questions};

/// What is asked, found once.
struct Asked<'a> {
    world: &'a World,
    scheme: &'a Scheme,
    subject: &'a User,
    question: &'a Question,
    customer: &'a Customer,
    now: Instant,
}

pub(super) fn check(
    world: &World,
    scheme: &Scheme,
    subject: &User,
    question: &Question,
    customer: &str,
    now: Instant,
) -> Answer {
    let Some(customer) = world.customer(customer) else {
        return Answer::denied(Reason::UnknownResource);
    };
    let asked = Asked { world, scheme, subject, question, customer, now };
    let mut furthest = Step::Capability;
    let mut deciding = None;
    let mut visible = BTreeSet::new();
    let mut through: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for assignment in all_held(subject, now) {
        for entry in entries(world, scheme, assignment, &question.capability) {
            for (step, unit) in asked.tries(assignment, &entry.reach) {
                furthest = furthest.max(step);
                if step == Step::Allowed {
                    deciding = deciding.or(Some(assignment));
                    visible.extend(entry.classes.iter().cloned());
                    // One's own record is one's own wherever it is placed.
                    let units = match unit {
                        Some(unit) => vec![unit],
                        None => customer.placements.iter().map(|placement| placement.unit.clone()).collect(),
                    };
                    for unit in units {
                        through.entry(unit).or_default().extend(entry.classes.iter().cloned());
                    }
                }
            }
        }
    }
    if furthest == Step::Scope && asked.own_record_of_person() {
        return Answer::denied(Reason::SelfReference);
    }
    if furthest != Step::Allowed {
        return Answer::denied(furthest.reason());
    }
    // "A question that names classes is allowed only if all are visible (decided once, on the union)."
    if question.classes.iter().any(|class| !visible.contains(class)) {
        return Answer::denied(Reason::ClassHidden);
    }
    let mut answer = Answer::allowed(deciding);
    answer.visible = visible.into_iter().collect();
    answer.through =
        through.into_iter().map(|(unit, classes)| (unit, classes.into_iter().collect())).collect();
    answer
}

impl Asked<'_> {
    /// How far one entry of one assignment's role gets, with each placement in turn; the unit is that of the
    /// placement, and none where own reach asked no placement.
    fn tries(&self, assignment: &Assignment, reach: &Reach) -> Vec<(Step, Option<String>)> {
        match reach {
            Reach::Below => {
                // What is asked of no placement at all is out of scope.
                let mut steps = vec![(Step::Scope, None)];
                for placement in &self.customer.placements {
                    steps.push((self.try_placement(assignment, placement), Some(placement.unit.clone())));
                }
                steps
            }
            Reach::Own => vec![(self.try_own(assignment), None)],
            // Enclosing reach is for unit capabilities only (§3).
            Reach::Enclosing(_) => vec![(Step::Scope, None)],
        }
    }

    fn try_own(&self, assignment: &Assignment) -> Step {
        if self.subject.own_record.as_ref() != Some(&self.customer.id) {
            Step::Scope
        } else if !effective(self.world, self.subject, assignment, self.now) {
            Step::Effective
        } else {
            Step::Allowed
        }
    }

    fn try_placement(&self, assignment: &Assignment, placement: &Placement) -> Step {
        let scope = !self.own_record_of_person()
            && self.question.at.as_ref().is_none_or(|at| *at == placement.unit)
            && covers_for_questions(self.world, assignment, &placement.unit)
            && self.within_placement_reach(assignment, placement)
            && self.counts(placement);
        if !scope {
            Step::Scope
        } else if !effective(self.world, self.subject, assignment, self.now) {
            Step::Effective
        } else if !self.caseload_met(assignment, placement) {
            Step::Caseload
        } else {
            Step::Allowed
        }
    }

    /// §3: "`placement_reach`: `below`, or `unit` (a placement there counts only for assignments at the
    /// team itself)".
    fn within_placement_reach(&self, assignment: &Assignment, placement: &Placement) -> bool {
        match self.kind_of(placement).map(|kind| kind.placement_reach) {
            Some(PlacementReach::Below) => true,
            Some(PlacementReach::Unit) => assignment.unit == placement.unit,
            None => false,
        }
    }

    /// "A placement that satisfies `enrolled` / `any`": a dismissed one only where the capability asks for
    /// any and the unit's kind keeps dismissed placements visible.
    fn counts(&self, placement: &Placement) -> bool {
        match placement.state {
            PlacementState::Enrolled => true,
            PlacementState::Dismissed => {
                let any = self
                    .scheme
                    .capability(&self.question.capability)
                    .is_some_and(|capability| capability.any_placement);
                any && self.kind_of(placement).is_some_and(|kind| kind.dismissed_visible)
            }
        }
    }

    /// "The customer must be on the subject's caseload **in that unit** and enrolled there; capabilities
    /// marked as refused are denied."
    fn caseload_met(&self, assignment: &Assignment, placement: &Placement) -> bool {
        if !caseload_binds(self.world, assignment, &placement.unit) {
            return true;
        }
        let refused = self
            .scheme
            .capability(&self.question.capability)
            .is_none_or(|capability| capability.refused_under_caseload);
        let on_caseload = self
            .subject
            .caseload
            .iter()
            .any(|entry| entry.customer == self.customer.id && entry.unit == placement.unit);
        !refused && on_caseload && placement.state == PlacementState::Enrolled
    }

    /// §4, *own record*: "staff roles of no user of the same person reach it".
    fn own_record_of_person(&self) -> bool {
        self.world.users.iter().any(|user| {
            self.world.same_person(&user.id, &self.subject.id)
                && user.own_record.as_ref() == Some(&self.customer.id)
        })
    }

    fn kind_of(&self, placement: &Placement) -> Option<&crate::model::Kind> {
        let unit = self.world.unit(&placement.unit)?;
        self.scheme.kind(&unit.kind)
    }
}
