//! Questions about a system (design §6, last row).

use super::Answer;
use crate::holding::{all_held, effective, grant_effective, grant_held, highest_effective};
use crate::model::{Instant, Scheme, User, World};
use crate::reason::Reason;
use crate::roles::{brings_system, entries};

pub(super) fn check(
    world: &World,
    scheme: &Scheme,
    subject: &User,
    capability: &str,
    system: &str,
    now: Instant,
) -> Answer {
    if capability == "system.use" {
        use_of(world, scheme, subject, system, now)
    } else {
        other(world, scheme, subject, capability, now)
    }
}

/// "A role with an effective assignment brings it; or (a grant is live and started, and the highest
/// *effective* rank is at least the system's minimum)."
fn use_of(world: &World, scheme: &Scheme, subject: &User, system: &str, now: Instant) -> Answer {
    let mut furthest = Reason::NoEntitlement;
    for assignment in all_held(subject, now) {
        if brings_system(scheme, &assignment.role, system) {
            if effective(world, subject, assignment, now) {
                return Answer::allowed(Some(assignment));
            }
            furthest = Reason::NotEffective;
        }
    }
    let senior_enough = match scheme.system(system).and_then(|found| found.minimum_rank) {
        None => true,
        Some(minimum) => highest_effective(world, scheme, subject, now).is_some_and(|rank| rank >= minimum),
    };
    let granted = subject.grants.iter().filter(|grant| grant.system == system && grant_held(grant, now));
    let mut started = false;
    for grant in granted {
        if grant_effective(grant, now) {
            started = true;
        } else {
            furthest = Reason::NotEffective;
        }
    }
    match (started, senior_enough) {
        (true, true) => Answer::allowed(None),
        (true, false) => Answer::denied(Reason::RankTooLow),
        (false, _) => Answer::denied(furthest),
    }
}

/// "Any other system capability: an effective assignment's role carries it."
fn other(world: &World, scheme: &Scheme, subject: &User, capability: &str, now: Instant) -> Answer {
    let mut furthest = Reason::NoEntitlement;
    for assignment in all_held(subject, now) {
        if !entries(world, scheme, assignment, capability).is_empty() {
            if effective(world, subject, assignment, now) {
                return Answer::allowed(Some(assignment));
            }
            furthest = Reason::NotEffective;
        }
    }
    Answer::denied(furthest)
}
