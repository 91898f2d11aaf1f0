//! What a role brings, with what it includes (design §3).

use crate::model::{Assignment, ResourceType, RoleCapability, Scheme, World};
use crate::units::placeholder;

/// §5, rule 3: a *management capability* is `user.*` or a right that some kind names.
#[must_use]
pub fn is_management(scheme: &Scheme, capability: &str) -> bool {
    capability.starts_with("user.") || scheme.kinds.iter().any(|kind| kind.assign_right == capability)
}

/// §3, included roles: "inclusion carries capabilities with reach and classes, and systems; never rank,
/// user management, hand-out rights or limits".
#[must_use]
pub fn capabilities_of(scheme: &Scheme, role: &str) -> Vec<RoleCapability> {
    let Some(role) = scheme.role(role) else { return Vec::new() };
    let mut all = role.capabilities.clone();
    for included in &role.includes {
        for capability in capabilities_of(scheme, included) {
            if !is_management(scheme, &capability.capability) {
                all.push(capability);
            }
        }
    }
    all
}

/// The systems that a role lists or includes, before their minimum rank is asked.
fn systems_of(scheme: &Scheme, role: &str) -> Vec<String> {
    let Some(role) = scheme.role(role) else { return Vec::new() };
    let mut all = role.systems.clone();
    for included in &role.includes {
        all.extend(systems_of(scheme, included));
    }
    all
}

/// §3: "a system with a minimum rank is not brought by an unranked role or one below it".
#[must_use]
pub fn brings_system(scheme: &Scheme, role: &str, system: &str) -> bool {
    let Some(found) = scheme.system(system) else { return false };
    let senior_enough = match found.minimum_rank {
        None => true,
        Some(minimum) => scheme.rank(role).is_some_and(|rank| rank >= minimum),
    };
    senior_enough && systems_of(scheme, role).iter().any(|listed| listed == system)
}

/// The entries of a capability that this assignment's role has at this assignment's unit: only at the kinds
/// that the entry names, and at a placeholder unit none for users, customers and requests (§3).
#[must_use]
pub fn entries(
    world: &World,
    scheme: &Scheme,
    assignment: &Assignment,
    capability: &str,
) -> Vec<RoleCapability> {
    let Some(unit) = world.unit(&assignment.unit) else { return Vec::new() };
    if placeholder(world, scheme, &unit.id) && withheld_at_placeholder(scheme, capability) {
        return Vec::new();
    }
    capabilities_of(scheme, &assignment.role)
        .into_iter()
        .filter(|entry| entry.capability == capability)
        .filter(|entry| entry.at_kinds.as_ref().is_none_or(|kinds| kinds.contains(&unit.kind)))
        .collect()
}

/// §3, placeholder units: "an assignment there brings no user, customer or request capability".
fn withheld_at_placeholder(scheme: &Scheme, capability: &str) -> bool {
    let by_resource = match scheme.capability(capability).map(|found| found.resource) {
        Some(ResourceType::User | ResourceType::Customer) => true,
        Some(ResourceType::Unit | ResourceType::System) | None => false,
    };
    let by_name = ["user.", "customer.", "request."].iter().any(|prefix| capability.starts_with(prefix));
    by_resource || by_name || is_management(scheme, capability)
}
