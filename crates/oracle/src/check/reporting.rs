//! Capabilities that reporting roles decide instead of roles (design §6, *reporting roles*).

use super::{Answer, Step};
use crate::holding::{all_held, effective};
use crate::model::{Assignment, Instant, ReportingRole, ReportingScope, Scheme, Scope, User, World};
use crate::reason::Reason;
use crate::units::{at_or_below, closed, covers};

/// Whether any reporting role of the scheme decides this capability.
pub(super) fn decides(scheme: &Scheme, capability: &str) -> bool {
    scheme.reporting_roles.iter().any(|role| role.decides.iter().any(|decided| decided == capability))
}

pub(super) fn check(
    world: &World,
    scheme: &Scheme,
    subject: &User,
    capability: &str,
    unit: &str,
    now: Instant,
) -> Answer {
    let role = subject.reporting_role.as_ref().and_then(|name| scheme.reporting_role(name));
    let Some(role) = role.filter(|role| role.decides.iter().any(|decided| decided == capability)) else {
        return Answer::denied(Reason::NoReportingRole);
    };
    let mut furthest = Step::Scope;
    for assignment in all_held(subject, now) {
        // "A closed v fails at scope, for `all` too."
        if closed(world, unit) || !shows(world, role, assignment, unit) {
            continue;
        }
        if effective(world, subject, assignment, now) {
            return Answer::allowed(Some(assignment));
        }
        furthest = Step::Effective;
    }
    Answer::denied(furthest.reason())
}

/// Whether the reporting role shows `unit` because of this assignment. Closed units are not looked at here.
pub(crate) fn shows(world: &World, role: &ReportingRole, assignment: &Assignment, unit: &str) -> bool {
    // "`only {}` counts nowhere".
    if assignment.scope == Scope::Only(Vec::new()) {
        return false;
    }
    match &role.scope {
        ReportingScope::All => true,
        // "An assignment that lies at or below, or covers, a unit of kind K which is v or above v."
        ReportingScope::Kind(kind) => world.units.iter().any(|found| {
            found.kind == *kind
                && at_or_below(world, unit, &found.id)
                && (at_or_below(world, &assignment.unit, &found.id) || covers(world, assignment, &found.id))
        }),
    }
}
