//! Which options of design §4 a world shows.

use crate::holding::{all_held, held};
use crate::manage::rights::management_capabilities;
use crate::model::{
    Assignment, HandOut, Instant, PlacementReach, PlacementState, Reach, Scheme, Scope, Standing, User,
    UserManagement, World,
};
use crate::roles::capabilities_of;
use crate::units::{closed, covers, nearest_of_kind, placeholder, strictly_below};

/// Every feature that [`features`] can name.
pub const FEATURES: [&str; 34] = [
    "two parents, one archived",
    "archived ancestor",
    "archived unit itself",
    "several roots",
    "only {}",
    "only W, W archived",
    "only W, W moved away",
    "only W, effective",
    "suspended",
    "not started",
    "starts now",
    "ended now",
    "ends later",
    "caseload only",
    "exempt unit",
    "exempt unit below",
    "caseload entry",
    "unranked only",
    "unranked manages beside ranked",
    "gap 1",
    "placeholder unit",
    "own record",
    "same person",
    "enclosing reach",
    "enclosing reach, two nearest",
    "capability at some kinds only",
    "placement reach unit",
    "disabled user",
    "dismissed placement",
    "reporting role",
    "grant starts now",
    "grant ends now",
    "exclusive role",
    "nothing held",
];

/// The features that this world shows, in the order of [`FEATURES`].
#[must_use]
pub fn features(scheme: &Scheme, world: &World, now: Instant) -> Vec<&'static str> {
    FEATURES.into_iter().filter(|feature| shows(scheme, world, now, feature)).collect()
}

fn shows(scheme: &Scheme, world: &World, now: Instant, feature: &str) -> bool {
    let holders = || world.users.iter().flat_map(|user| all_held(user, now));
    match feature {
        "gap 1" => scheme.gap == 1,
        "several roots" => world.units.iter().filter(|unit| unit.parents.is_empty()).count() > 1,
        "two parents, one archived" => world.units.iter().any(|unit| {
            let archived = |parent: &&String| world.unit(parent).is_some_and(|found| found.archived);
            unit.parents.len() > 1 && unit.parents.iter().filter(archived).count() == 1
        }),
        "dismissed placement" => world
            .customers
            .iter()
            .flat_map(|customer| &customer.placements)
            .any(|placement| placement.state == PlacementState::Dismissed),
        "placement reach unit" => {
            world.customers.iter().flat_map(|customer| &customer.placements).any(|placement| {
                let kind = world.unit(&placement.unit).and_then(|unit| scheme.kind(&unit.kind));
                kind.is_some_and(|kind| kind.placement_reach == PlacementReach::Unit)
            })
        }
        "ended now" => {
            world.users.iter().flat_map(|user| &user.assignments).any(|one| one.ends_at == Some(now))
        }
        _ => {
            world.users.iter().any(|user| of_user(scheme, world, user, now, feature))
                || holders().any(|one| of_assignment(scheme, world, one, now, feature))
        }
    }
}

fn of_user(scheme: &Scheme, world: &World, user: &User, now: Instant, feature: &str) -> bool {
    let held = all_held(user, now);
    let ranked = |one: &&&Assignment| scheme.rank(&one.role).is_some();
    match feature {
        "own record" => user.own_record.is_some(),
        "same person" => {
            world.users.iter().any(|other| other.id != user.id && world.same_person(&user.id, &other.id))
        }
        "disabled user" => !user.active,
        "reporting role" => user.reporting_role.is_some(),
        "nothing held" => held.is_empty(),
        "caseload entry" => !user.caseload.is_empty(),
        "unranked only" => !held.is_empty() && held.iter().filter(ranked).count() == 0,
        "unranked manages beside ranked" => {
            let unranked = held.iter().filter(|one| scheme.rank(&one.role).is_none());
            unranked
                .filter(|one| one.user_management != UserManagement::None)
                .flat_map(|one| management_capabilities(world, scheme, one))
                .any(|right| {
                    held.iter().filter(ranked).any(|one| {
                        let always = scheme.role(&one.role).map(|role| role.user_management);
                        let on =
                            always == Some(HandOut::Always) || one.user_management != UserManagement::None;
                        on && management_capabilities(world, scheme, one).contains(&right)
                    })
                })
        }
        "grant starts now" => user.grants.iter().any(|grant| grant.starts_at == Some(now)),
        "grant ends now" => user.grants.iter().any(|grant| grant.ends_at == Some(now)),
        _ => false,
    }
}

fn of_assignment(scheme: &Scheme, world: &World, one: &Assignment, now: Instant, feature: &str) -> bool {
    let selected = match &one.scope {
        Scope::All => Vec::new(),
        Scope::Only(selected) => selected.clone(),
    };
    let archived = |unit: &str| world.unit(unit).is_some_and(|found| found.archived);
    let listed = || capabilities_of(scheme, &one.role);
    match feature {
        "archived ancestor" => closed(world, &one.unit) && !archived(&one.unit),
        "archived unit itself" => archived(&one.unit),
        "only {}" => one.scope == Scope::Only(Vec::new()),
        "only W, W archived" => selected.iter().any(|unit| archived(unit)),
        "only W, W moved away" => selected.iter().any(|unit| !strictly_below(world, unit, &one.unit)),
        "only W, effective" => selected.iter().any(|unit| covers(world, one, unit) && !closed(world, unit)),
        "suspended" => one.standing == Standing::Suspended,
        "not started" => one.starts_at.is_some_and(|start| start > now),
        "starts now" => one.starts_at == Some(now),
        "ends later" => one.ends_at.is_some() && held(one, now),
        "caseload only" => one.caseload_only,
        "exempt unit" => one.caseload_only && !one.exempt.is_empty(),
        "exempt unit below" => {
            one.caseload_only && one.exempt.iter().any(|unit| strictly_below(world, unit, &one.unit))
        }
        "placeholder unit" => placeholder(world, scheme, &one.unit),
        "enclosing reach" => listed().iter().any(|listed| matches!(listed.reach, Reach::Enclosing(_))),
        "enclosing reach, two nearest" => listed().iter().any(|listed| match &listed.reach {
            Reach::Enclosing(kind) => {
                let mut nearest = nearest_of_kind(world, &one.unit, kind);
                nearest.sort();
                nearest.dedup();
                nearest.len() > 1
            }
            Reach::Below | Reach::Own => false,
        }),
        "capability at some kinds only" => listed().iter().any(|listed| listed.at_kinds.is_some()),
        "exclusive role" => scheme.role(&one.role).is_some_and(|role| role.exclusive),
        _ => false,
    }
}
