//! Rows of lists of what is allowed.

use bailiwick_membership::{UserIx, World};
use bailiwick_policy::Deciding;
use bailiwick_policy::scheme::Scheme;

use super::answer::unit_name;
use crate::parse::Collection;
use crate::v1;

/// A user to whom something may be done.
#[must_use]
pub fn allowed_resource(
    user: UserIx,
    by: Option<&Deciding>,
    world: &World,
    scheme: &Scheme,
) -> v1::AllowedResource {
    let v1::AllowedUser { user: resource, assignment, role, unit } = allowed_user(user, by, world, scheme);
    v1::AllowedResource { resource, assignment, role, unit }
}

/// A user who may do something.
#[must_use]
pub fn allowed_user(user: UserIx, by: Option<&Deciding>, world: &World, scheme: &Scheme) -> v1::AllowedUser {
    let role = by.and_then(|by| scheme.role(by.role));
    v1::AllowedUser {
        user: world.user_id(user).map(|id| Collection::Users.name(&id)).unwrap_or_default(),
        assignment: by.map(|by| Collection::Assignments.name(by.number)).unwrap_or_default(),
        role: role.map(|role| role.name.clone()).unwrap_or_default(),
        unit: by.map(|by| unit_name(world, by.unit)).unwrap_or_default(),
    }
}
