//! Held, effective, lowest and highest (design §4).

use crate::model::{Assignment, Grant, Instant, Scheme, Standing, User, World};
use crate::units::closed;

/// §4: "*held*: not removed, and `ends_at` unset or > t". What was removed is not in the world.
#[must_use]
pub fn held(assignment: &Assignment, now: Instant) -> bool {
    assignment.ends_at.is_none_or(|end| end > now)
}

/// The assignments that `user` holds, oldest first.
#[must_use]
pub fn all_held(user: &User, now: Instant) -> Vec<&Assignment> {
    user.assignments.iter().filter(|assignment| held(assignment, now)).collect()
}

/// §4: "*effective*: held, live, `starts_at` unset or ≤ t, its user active, its unit not closed".
#[must_use]
pub fn effective(world: &World, user: &User, assignment: &Assignment, now: Instant) -> bool {
    held(assignment, now)
        && assignment.standing == Standing::Live
        && assignment.starts_at.is_none_or(|start| start <= now)
        && user.active
        && !closed(world, &assignment.unit)
}

/// §4: the least rank over held, ranked assignments; none where there are none.
#[must_use]
pub fn lowest(scheme: &Scheme, user: &User, now: Instant) -> Option<u32> {
    all_held(user, now).into_iter().filter_map(|assignment| scheme.rank(&assignment.role)).min()
}

/// §4: the greatest rank over held, ranked assignments; none, below every rank, where there are none.
#[must_use]
pub fn highest(scheme: &Scheme, user: &User, now: Instant) -> Option<u32> {
    all_held(user, now).into_iter().filter_map(|assignment| scheme.rank(&assignment.role)).max()
}

/// The greatest rank over *effective* assignments (§6, systems).
#[must_use]
pub fn highest_effective(world: &World, scheme: &Scheme, user: &User, now: Instant) -> Option<u32> {
    user.assignments
        .iter()
        .filter(|assignment| effective(world, user, assignment, now))
        .filter_map(|assignment| scheme.rank(&assignment.role))
        .max()
}

/// Whether a grant of a system has not ended.
#[must_use]
pub fn grant_held(grant: &Grant, now: Instant) -> bool {
    grant.ends_at.is_none_or(|end| end > now)
}

/// Whether a grant of a system is live and started, and has not ended.
#[must_use]
pub fn grant_effective(grant: &Grant, now: Instant) -> bool {
    grant_held(grant, now)
        && grant.standing == Standing::Live
        && grant.starts_at.is_none_or(|start| start <= now)
}

/// §6, `valid_until`: the earliest later instant at which anything starts or ends that the user holds.
#[must_use]
pub fn next_instant(user: &User, now: Instant) -> Option<Instant> {
    let mut instants = Vec::new();
    for assignment in all_held(user, now) {
        instants.extend(assignment.starts_at);
        instants.extend(assignment.ends_at);
    }
    for grant in user.grants.iter().filter(|grant| grant_held(grant, now)) {
        instants.extend(grant.starts_at);
        instants.extend(grant.ends_at);
    }
    instants.into_iter().filter(|instant| *instant > now).min()
}
