//! Questions about a unit (design §6, first row).

use super::{Answer, Step};
use crate::holding::{all_held, effective};
use crate::model::{Assignment, Instant, Reach, RoleCapability, Scheme, User, World};
use crate::roles::entries;
use crate::units::{caseload_binds, closed, covers_for_questions, nearest_of_kind};

pub(super) fn check(
    world: &World,
    scheme: &Scheme,
    subject: &User,
    capability: &str,
    unit: &str,
    now: Instant,
) -> Answer {
    let mut furthest = Step::Capability;
    for assignment in all_held(subject, now) {
        for entry in entries(world, scheme, assignment, capability) {
            let step = try_entry(world, scheme, subject, assignment, &entry, unit, now);
            if step == Step::Allowed {
                return Answer::allowed(Some(assignment));
            }
            furthest = furthest.max(step);
        }
    }
    Answer::denied(furthest.reason())
}

fn try_entry(
    world: &World,
    scheme: &Scheme,
    subject: &User,
    assignment: &Assignment,
    entry: &RoleCapability,
    unit: &str,
    now: Instant,
) -> Step {
    let refused = scheme.capability(&entry.capability).is_none_or(|found| found.refused_under_caseload);
    let (in_scope, restricted) = match &entry.reach {
        // "has the capability with reach `below` and covers v, and, if the capability is refused under a
        // restriction, none binds in v for that assignment".
        Reach::Below => (
            covers_for_questions(world, assignment, unit),
            refused && caseload_binds(world, assignment, unit),
        ),
        // "v is of kind K and is met first among units of kind K on some upward path from the assignment's
        // unit"; "where `caseload_only` is set, a refused capability is restricted here too".
        Reach::Enclosing(kind) => {
            let nearest = nearest_of_kind(world, &assignment.unit, kind);
            let met = nearest.iter().any(|found| found == unit);
            (met && !closed(world, unit), refused && assignment.caseload_only)
        }
        // A unit is nobody's own record.
        Reach::Own => (false, false),
    };
    if !in_scope {
        Step::Scope
    } else if !effective(world, subject, assignment, now) {
        Step::Effective
    } else if restricted {
        Step::Caseload
    } else {
        Step::Allowed
    }
}
