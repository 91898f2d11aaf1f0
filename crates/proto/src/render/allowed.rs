//! Rows of lists of what is allowed.

use bailiwick_membership::{UserIx, World};
use bailiwick_policy::list::ResourceIx;
use bailiwick_policy::scheme::{CapIx, Scheme};
use bailiwick_policy::{Answer, Deciding};

use super::answer::{answer, unit_name};
use crate::parse::Collection;
use crate::v1;

/// The id of a resource: nothing for one that is not there.
#[must_use]
pub fn resource_id<'a>(resource: ResourceIx, world: &'a World, scheme: &'a Scheme) -> Option<&'a str> {
    match resource {
        ResourceIx::Unit(unit) => world.node(unit).map(|node| node.unit.id.as_str()),
        ResourceIx::Customer(customer) => world.customer_id_text(customer),
        ResourceIx::User(user) => world.user_id_text(user),
        ResourceIx::System(system) => scheme.system(system).map(|system| system.name.as_str()),
    }
}

/// A resource to which something may be done.
#[must_use]
pub fn allowed_resource(
    resource: ResourceIx,
    by: Option<&Deciding>,
    world: &World,
    scheme: &Scheme,
) -> v1::AllowedResource {
    let v1::DecidingAssignment { assignment, role, unit } = deciding(by, world, scheme);
    v1::AllowedResource { resource: resource_name(resource, world, scheme), assignment, role, unit }
}

/// The name of a resource; empty for one that is not there.
#[must_use]
pub fn resource_name(resource: ResourceIx, world: &World, scheme: &Scheme) -> String {
    let collection = match resource {
        ResourceIx::Unit(_) => Collection::Units,
        ResourceIx::Customer(_) => Collection::Customers,
        ResourceIx::User(_) => Collection::Users,
        ResourceIx::System(_) => Collection::Systems,
    };
    // Of a hundred thousand at a time: not by way of a formatter.
    resource_id(resource, world, scheme).map(|id| [collection.prefix(), id].concat()).unwrap_or_default()
}

/// A user who may do something.
#[must_use]
pub fn allowed_user(user: UserIx, by: Option<&Deciding>, world: &World, scheme: &Scheme) -> v1::AllowedUser {
    let v1::DecidingAssignment { assignment, role, unit } = deciding(by, world, scheme);
    v1::AllowedUser {
        user: world.user_id_text(user).map(|id| Collection::Users.name(id)).unwrap_or_default(),
        assignment,
        role,
        unit,
    }
}

/// Something that a user may do, with the whole answer.
#[must_use]
pub fn allowed_capability(
    capability: CapIx,
    given: &Answer,
    world: &World,
    scheme: &Scheme,
) -> v1::AllowedCapability {
    let capability = scheme.capability(capability);
    v1::AllowedCapability {
        capability: capability.map(|capability| capability.name.clone()).unwrap_or_default(),
        answer: Some(answer(given, world, scheme)),
    }
}

/// The deciding assignment, its role and its unit; all empty where none decides.
#[must_use]
pub fn deciding(by: Option<&Deciding>, world: &World, scheme: &Scheme) -> v1::DecidingAssignment {
    let role = by.and_then(|by| scheme.role(by.role));
    v1::DecidingAssignment {
        assignment: by.map(|by| Collection::Assignments.name(by.number)).unwrap_or_default(),
        role: role.map(|role| role.name.clone()).unwrap_or_default(),
        unit: by.map(|by| unit_name(world, by.unit)).unwrap_or_default(),
    }
}
