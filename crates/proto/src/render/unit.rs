//! Units and placements.

use bailiwick_identity::{CustomerId, Instant};
use bailiwick_membership::{Enrolment, Placement, UnitIx, World};
use bailiwick_policy::scheme::Scheme;

use super::answer::unit_name;
use crate::parse::Collection;
use crate::v1;

/// A unit; nothing where it is not there.
#[must_use]
pub fn unit(world: &World, scheme: &Scheme, unit: UnitIx, now: Instant) -> Option<v1::Unit> {
    let node = world.node(unit)?;
    let state = if node.unit.archived {
        v1::UnitState::Archived
    } else if node.closed {
        v1::UnitState::Closed
    } else {
        v1::UnitState::Open
    };
    Some(v1::Unit {
        name: Collection::Units.name(&node.unit.id),
        kind: scheme.kind(node.unit.kind).map(|kind| kind.name.clone()).unwrap_or_default(),
        display_name: node.unit.name.clone(),
        description: node.unit.description.clone(),
        parents: node.unit.parents.iter().map(|&parent| unit_name(world, parent)).collect(),
        state: state.into(),
        below_minimum: below_minimum(world, scheme, unit, now),
    })
}

/// Whether a unit has fewer holders of a role than its kind needs.
fn below_minimum(world: &World, scheme: &Scheme, unit: UnitIx, now: Instant) -> bool {
    let Some(node) = world.node(unit) else { return false };
    let Some(minimum) = scheme.kind(node.unit.kind).and_then(|kind| kind.minimum) else { return false };
    let holds = |user: bailiwick_membership::UserIx| {
        world.user(user).is_some_and(|user| {
            user.assignments().any(|a| a.unit == unit && a.role == minimum.role && a.held(now))
        })
    };
    let needed = usize::try_from(minimum.count).unwrap_or(usize::MAX);
    world.holders(unit).filter(|&user| holds(user)).take(needed).count() < needed
}

/// A placement of a customer.
#[must_use]
pub fn placement(world: &World, customer: &CustomerId, placement: Placement) -> v1::Placement {
    let state = match placement.enrolment {
        Enrolment::Enrolled => v1::PlacementState::Enrolled,
        Enrolment::Dismissed => v1::PlacementState::Dismissed,
    };
    v1::Placement {
        customer: Collection::Customers.name(customer),
        unit: unit_name(world, placement.unit),
        state: state.into(),
    }
}
