//! Rule 3 of design §5: which of A's assignments carry the right that a change needs.

use crate::holding::effective;
use crate::model::{Assignment, HandOut, Instant, Reach, Scheme, User, UserManagement, World};
use crate::roles::{entries, is_management};

/// How far the switch must be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// `view` is enough.
    View,
    /// It must be `manage`.
    Manage,
}

/// A's assignments that pass rule 3 for a change that needs all of `rights`, oldest first.
#[must_use]
pub fn passing<'a>(
    world: &World,
    scheme: &Scheme,
    actor: &'a User,
    rights: &[&str],
    need: Need,
    now: Instant,
) -> Vec<&'a Assignment> {
    let mut passing = Vec::new();
    for assignment in &actor.assignments {
        if passes(world, scheme, actor, assignment, rights, need, now) {
            passing.push(assignment);
        }
    }
    passing
}

/// "A has an effective assignment whose role carries the right that the change needs, switched on where the
/// role says `switch`. An unranked role's *management capability* counts only beside an effective *ranked*
/// role that carries it too and is switched on, anywhere."
fn passes(
    world: &World,
    scheme: &Scheme,
    actor: &User,
    assignment: &Assignment,
    rights: &[&str],
    need: Need,
    now: Instant,
) -> bool {
    let itself = effective(world, actor, assignment, now)
        && rights.iter().all(|right| carries(world, scheme, assignment, right))
        && rights.iter().all(|right| switched_on(scheme, assignment, right, need));
    let management: Vec<&str> = rights.iter().copied().filter(|right| is_management(scheme, right)).collect();
    let ranked = scheme.rank(&assignment.role).is_some();
    itself
        && (ranked
            || management.is_empty()
            || !ranked_beside(world, scheme, actor, &management, need, now).is_empty())
}

/// The effective ranked assignments of A that carry these management capabilities too, switched on, anywhere.
#[must_use]
pub fn ranked_beside<'a>(
    world: &World,
    scheme: &Scheme,
    actor: &'a User,
    rights: &[&str],
    need: Need,
    now: Instant,
) -> Vec<&'a Assignment> {
    actor
        .assignments
        .iter()
        .filter(|other| scheme.rank(&other.role).is_some())
        .filter(|other| effective(world, actor, other, now))
        .filter(|other| rights.iter().all(|right| carries(world, scheme, other, right)))
        .filter(|other| rights.iter().all(|right| switched_on(scheme, other, right, need)))
        .collect()
}

/// Whether the assignment's role has the right there, for the unit and everything under it.
#[must_use]
pub fn carries(world: &World, scheme: &Scheme, assignment: &Assignment, right: &str) -> bool {
    entries(world, scheme, assignment, right).iter().any(|entry| entry.reach == Reach::Below)
}

/// Whether the right is switched on. A role that never manages users is withheld `user.*` only: a kind's own
/// right (`team.manage`) and `clearance.set` count.
fn switched_on(scheme: &Scheme, assignment: &Assignment, right: &str, need: Need) -> bool {
    match scheme.role(&assignment.role).map(|role| role.user_management) {
        Some(HandOut::Always) => true,
        Some(HandOut::Switch) => match need {
            Need::View => assignment.user_management != UserManagement::None,
            Need::Manage => assignment.user_management == UserManagement::Manage,
        },
        Some(HandOut::Never) => !right.starts_with("user."),
        None => false,
    }
}

/// The management capabilities that the assignment's role brings there, whether switched on or not.
#[must_use]
pub fn management_capabilities(world: &World, scheme: &Scheme, assignment: &Assignment) -> Vec<String> {
    let never = scheme.role(&assignment.role).is_none_or(|role| role.user_management == HandOut::Never);
    scheme
        .capabilities
        .iter()
        .map(|capability| capability.name.clone())
        .filter(|name| is_management(scheme, name) && !(never && name.starts_with("user.")))
        .filter(|name| carries(world, scheme, assignment, name))
        .collect()
}

/// Every right that some kind names, each once.
#[must_use]
pub fn kind_rights(scheme: &Scheme) -> Vec<&str> {
    let mut rights: Vec<&str> = Vec::new();
    for kind in &scheme.kinds {
        if !rights.contains(&kind.assign_right.as_str()) {
            rights.push(&kind.assign_right);
        }
    }
    rights
}
