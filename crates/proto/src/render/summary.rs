//! All access of a user.

use bailiwick_membership::{ReportingRoleIx, World};
use bailiwick_policy::scheme::{ReportingScope, Scheme, SystemSet};
use bailiwick_policy::{AllowedAt, Allows, By, Held, Restricted, UsedSystem};

use super::answer::{classes, unit_name};
use super::explanation::obstacle;
use super::sight::Sight;
use crate::parse::Collection;
use crate::v1;

/// What an assignment allows; of units that enclose its own, those that are seen are named.
#[must_use]
pub fn assignment_access(
    held: &Held,
    world: &World,
    scheme: &Scheme,
    sight: &dyn Sight,
) -> v1::AssignmentAccess {
    let unit = world.node(held.by.unit).map(|node| &node.unit);
    let kind = unit.and_then(|unit| scheme.kind(unit.kind));
    v1::AssignmentAccess {
        assignment: Collection::Assignments.name(held.by.number),
        unit_kind: kind.map(|kind| kind.name.clone()).unwrap_or_default(),
        unit_display_name: unit.map(|unit| unit.name.clone()).unwrap_or_default(),
        allows: held.allows.iter().map(|allows| capability_access(allows, world, scheme, sight)).collect(),
    }
}

fn capability_access(
    allows: &Allows,
    world: &World,
    scheme: &Scheme,
    sight: &dyn Sight,
) -> v1::CapabilityAccess {
    let capability = scheme.capability(allows.cap);
    let (allowed_at, units) = match &allows.reach {
        AllowedAt::Covered => (v1::AllowedAt::Covered, &[][..]),
        AllowedAt::Enclosing(units) => (v1::AllowedAt::Enclosing, units.as_slice()),
        AllowedAt::OwnRecord => (v1::AllowedAt::OwnRecord, &[][..]),
    };
    let caseload = match allows.restricted {
        Restricted::No => v1::CaseloadRule::Unspecified,
        Restricted::ToCaseload => v1::CaseloadRule::OnlyCaseload,
        Restricted::Refused => v1::CaseloadRule::Refused,
    };
    v1::CapabilityAccess {
        capability: capability.map(|capability| capability.name.clone()).unwrap_or_default(),
        allowed_at: allowed_at.into(),
        units: units.iter().filter(|&&unit| sight.unit(unit)).map(|&unit| unit_name(world, unit)).collect(),
        record_classes: classes(allows.classes, scheme),
        systems: systems(allows.systems, scheme),
        caseload: caseload.into(),
        obstacle: allows.obstacle.map_or(v1::Obstacle::Unspecified, obstacle).into(),
    }
}

fn systems(set: SystemSet, scheme: &Scheme) -> Vec<String> {
    let named = set.iter().filter_map(|system| scheme.system(system));
    named.map(|system| Collection::Systems.name(&system.name)).collect()
}

/// A system that a user uses.
#[must_use]
pub fn system_access(used: &UsedSystem, scheme: &Scheme) -> v1::SystemAccess {
    v1::SystemAccess {
        system: scheme.system(used.system).map(|s| Collection::Systems.name(&s.name)).unwrap_or_default(),
        assignment: match used.by {
            By::Assignment(by) => Collection::Assignments.name(by.number),
            By::Grant => String::new(),
        },
        obstacle: used.obstacle.map_or(v1::Obstacle::Unspecified, obstacle).into(),
    }
}

/// What a reporting role decides.
#[must_use]
pub fn reporting_access(role: ReportingRoleIx, scheme: &Scheme) -> Option<v1::ReportingAccess> {
    let role = scheme.reporting_role(role)?;
    let decides = role.decides.iter().filter_map(|&cap| scheme.capability(cap));
    let kind = match role.scope {
        ReportingScope::All => None,
        ReportingScope::Kind(kind) => scheme.kind(kind),
    };
    Some(v1::ReportingAccess {
        reporting_role: role.name.clone(),
        capabilities: decides.map(|capability| capability.name.clone()).collect(),
        kind: kind.map(|kind| kind.name.clone()).unwrap_or_default(),
    })
}
