//! What a user's assignments amount to at an instant: held, effective, lowest, highest.

use bailiwick_identity::Instant;
use bailiwick_membership::{AssignmentRef, UserRef, World};

use crate::scheme::{Ability, CapIx, Capability, Rank, Resource, Scheme};

/// Whether an assignment has effect: its user is active, it is held, live and started, and its unit is not closed.
#[must_use]
pub fn effective(world: &World, user: UserRef<'_>, assignment: &AssignmentRef<'_>, now: Instant) -> bool {
    user.is_active() && assignment.options.in_force(now) && !world.is_closed(assignment.unit)
}

/// The rank of a held, ranked assignment.
#[must_use]
pub fn rank_held(scheme: &Scheme, assignment: &AssignmentRef<'_>, now: Instant) -> Option<Rank> {
    if assignment.held(now) { scheme.rank(assignment.role) } else { None }
}

/// The least rank over everything held and ranked, wherever it is. Suspended, not yet started, closed: all count.
/// With none, the user manages nobody.
#[must_use]
pub fn lowest(scheme: &Scheme, user: UserRef<'_>, now: Instant) -> Option<Rank> {
    user.assignments().filter_map(|a| rank_held(scheme, &a, now)).min()
}

/// The greatest rank over everything held and ranked, wherever it is. None is below every rank.
#[must_use]
pub fn highest(scheme: &Scheme, user: UserRef<'_>, now: Instant) -> Option<Rank> {
    user.assignments().filter_map(|a| rank_held(scheme, &a, now)).max()
}

/// Whether an assignment stands where its role has this ability: at a kind that the scheme names for it, and not at
/// a stand-in that brings no user, customer or request capability.
#[must_use]
pub fn may_hold_ability(
    world: &World,
    scheme: &Scheme,
    assignment: &AssignmentRef<'_>,
    cap: CapIx,
    ability: &Ability,
) -> bool {
    let Some(node) = world.node(assignment.unit) else { return false };
    ability.at.contains(node.unit.kind) && !(node.unit.placeholder && withheld_at_placeholder(scheme, cap))
}

/// Whether a stand-in withholds a capability: those of users, customers and requests, by what they are about or by
/// name (`customer.find` is about a unit), and every kind's right.
fn withheld_at_placeholder(scheme: &Scheme, cap: CapIx) -> bool {
    let withheld = |c: &Capability| {
        matches!(c.resource, Resource::User | Resource::Customer)
            || ["user.", "customer.", "request."].iter().any(|prefix| c.name.starts_with(prefix))
    };
    scheme.is_kind_right(cap) || scheme.capability(cap).is_none_or(withheld)
}
