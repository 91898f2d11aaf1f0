//! Units and placements.

use bailiwick_identity::{CustomerId, Instant};
use bailiwick_membership::{Enrolment, Placement, UnitIx, World};
use bailiwick_policy::is_below_minimum;
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::Fingerprint;

use super::answer::unit_name;
use super::sight::Sight;
use crate::parse::{Collection, fingerprint_etag};
use crate::v1;

/// A unit, with those of its parents that are seen; nothing where it is not there.
#[must_use]
pub fn unit(
    world: &World,
    scheme: &Scheme,
    unit: UnitIx,
    sight: &dyn Sight,
    now: Instant,
) -> Option<v1::Unit> {
    let node = world.node(unit)?;
    let parents = node.unit.parents.iter().filter(|&&parent| sight.unit(parent));
    let kind = scheme.kind(node.unit.kind);
    let state = if node.unit.archived {
        v1::UnitState::Archived
    } else if node.closed {
        v1::UnitState::Closed
    } else {
        v1::UnitState::Open
    };
    Some(v1::Unit {
        name: Collection::Units.name(&node.unit.id),
        kind: kind.map(|kind| kind.name.clone()).unwrap_or_default(),
        display_name: node.unit.name.clone(),
        description: node.unit.description.clone(),
        parents: parents.map(|&parent| unit_name(world, parent)).collect(),
        state: state.into(),
        etag: fingerprint_etag(Fingerprint::of_unit(&node.unit)),
        below_minimum: kind.is_some_and(|kind| is_below_minimum(world, kind, unit, now)),
    })
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
