//! Units and placements.

use bailiwick_identity::{CustomerId, Instant};
use bailiwick_membership::{Enrolment, Placement, Unit, World};
use bailiwick_policy::is_below_minimum;
use bailiwick_policy::scheme::{Compulsory, Scheme};
use bailiwick_realm::{Assignable, Caseload, Fingerprint, Switchable, Widest};

use super::answer::unit_name;
use super::sight::Sight;
use crate::parse::{Collection, fingerprint_etag};
use crate::v1;

/// A unit as it is, or was left, with those of its parents that are seen.
#[must_use]
pub fn unit(world: &World, scheme: &Scheme, unit: &Unit, sight: &dyn Sight, now: Instant) -> v1::Unit {
    let parents = unit.parents.iter().filter(|&&parent| sight.unit(parent));
    let kind = scheme.kind(unit.kind);
    let ix = world.unit_ix(unit.id.as_str());
    let state = if unit.archived {
        v1::UnitState::Archived
    } else if unit.parents.iter().any(|&parent| world.is_closed(parent)) {
        v1::UnitState::Closed
    } else {
        v1::UnitState::Open
    };
    v1::Unit {
        name: Collection::Units.name(&unit.id),
        kind: kind.map(|kind| kind.name.clone()).unwrap_or_default(),
        display_name: unit.name.clone(),
        description: unit.description.clone(),
        parents: parents.map(|&parent| unit_name(world, parent)).collect(),
        state: state.into(),
        etag: fingerprint_etag(Fingerprint::of_unit(unit)),
        below_minimum: kind.zip(ix).is_some_and(|(kind, ix)| is_below_minimum(world, kind, ix, now)),
    }
}

/// A role that may be handed out at a unit.
#[must_use]
pub fn assignable_role(scheme: &Scheme, assignable: &Assignable) -> v1::AssignableRole {
    let Some(role) = scheme.role(assignable.role) else { return v1::AssignableRole::default() };
    v1::AssignableRole {
        role: role.name.clone(),
        title: role.title.clone(),
        rank: role.rank.map(|rank| rank.0),
        only_chosen_units: assignable.scope == Widest::Chosen,
        caseload_only: assignable.caseload == Caseload::Bound,
        user_management: assignable.user_management == Switchable::Yes,
        user_type_required: role.user_type == Compulsory::Yes,
        note_required: assignable.note == Compulsory::Yes,
        required_fields: role.required_fields.iter().map(|field| field.name().to_owned()).collect(),
    }
}

/// A placement of a customer.
#[must_use]
pub fn placement(
    world: &World,
    scheme: &Scheme,
    customer: &CustomerId,
    placement: Placement,
) -> v1::Placement {
    let state = match placement.enrolment {
        Enrolment::Enrolled => v1::PlacementState::Enrolled,
        Enrolment::Dismissed => v1::PlacementState::Dismissed,
    };
    let node = world.node(placement.unit);
    let kind = node.and_then(|node| scheme.kind(node.unit.kind));
    v1::Placement {
        customer: Collection::Customers.name(customer),
        unit: unit_name(world, placement.unit),
        state: state.into(),
        unit_display_name: node.map(|node| node.unit.name.clone()).unwrap_or_default(),
        unit_kind: kind.map(|kind| kind.name.clone()).unwrap_or_default(),
    }
}

/// A placement in a unit beyond sight: what the unit is called, and nothing else of it.
#[must_use]
pub fn named_placement(
    world: &World,
    scheme: &Scheme,
    customer: &CustomerId,
    placed: Placement,
) -> v1::Placement {
    v1::Placement { unit: String::new(), ..placement(world, scheme, customer, placed) }
}
