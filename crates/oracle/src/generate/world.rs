//! A random world under a scheme: fifteen to thirty units, eight to fifteen users, ten customers.

use super::DAY;
use crate::model::{
    Assignment, CaseloadEntry, Customer, Grant, HandOut, Instant, Placement, PlacementState, Scheme, Scope,
    Standing, Unit, User, UserManagement, World,
};
use crate::rng::Rng;
use crate::units::{at_or_below, covers, strictly_below};

pub(super) fn world(scheme: &Scheme, now: Instant, rng: &mut Rng) -> World {
    let mut world = World { units: units(scheme, rng), users: Vec::new(), customers: Vec::new() };
    for number in 0..10 {
        let customer = customer(&world, number, rng);
        world.customers.push(customer);
    }
    for number in 0..rng.between(8, 15) {
        let user = user(scheme, &world, number, now, rng);
        world.users.push(user);
    }
    mark_disabled_and_same_person(&mut world, rng);
    world
}

fn units(scheme: &Scheme, rng: &mut Rng) -> Vec<Unit> {
    let per_level = [1 + usize::from(rng.chance(15)), rng.between(2, 4), rng.between(4, 7), 7, 6];
    let mut units: Vec<Unit> = Vec::new();
    for (kind, count) in scheme.kinds.iter().zip(per_level.into_iter().chain(std::iter::repeat(6))) {
        let eligible: Vec<String> = units
            .iter()
            .filter(|unit| kind.parents.contains(&unit.kind))
            .map(|unit| unit.id.clone())
            .collect();
        let count = if scheme.kinds.len() == 3 && kind.name == "site" { 14 } else { count };
        for _ in 0..count {
            let mut parents: Vec<String> = rng.pick(&eligible).cloned().into_iter().collect();
            if kind.several_parents && rng.chance(40) {
                parents.extend(rng.pick(&eligible).filter(|second| !parents.contains(second)).cloned());
            }
            let number = units.len();
            let placeholder = kind.placeholders.first().filter(|_| rng.chance(20)).cloned();
            units.push(Unit {
                id: format!("n{number}"),
                kind: kind.name.clone(),
                archived: !parents.is_empty() && rng.chance(5),
                parents,
                name: placeholder.unwrap_or_else(|| format!("Unit {number}")),
            });
        }
    }
    units
}

fn customer(world: &World, number: usize, rng: &mut Rng) -> Customer {
    let placed: Vec<String> =
        world.units.iter().filter(|unit| !unit.parents.is_empty()).map(|unit| unit.id.clone()).collect();
    let mut placements: Vec<Placement> = Vec::new();
    for _ in 0..rng.between(1, 4) {
        if let Some(unit) = rng.pick(&placed)
            && placements.iter().all(|placement| placement.unit != *unit)
        {
            let state = if rng.chance(72) { PlacementState::Enrolled } else { PlacementState::Dismissed };
            placements.push(Placement { unit: unit.clone(), state });
        }
    }
    Customer { id: format!("c{number}"), placements }
}

fn user(scheme: &Scheme, world: &World, number: usize, now: Instant, rng: &mut Rng) -> User {
    let units: Vec<String> = world.units.iter().map(|unit| unit.id.clone()).collect();
    let mut assignments: Vec<Assignment> = Vec::new();
    let count = if rng.chance(5) { 0 } else { rng.between(1, 3) };
    for index in 0..count {
        // The first user of most worlds manages the whole root.
        let (unit, role) = if number == 0 && index == 0 {
            (units.first().cloned(), scheme.roles.first().map(|role| role.name.clone()))
        } else {
            place_and_role(scheme, world, &units, &assignments, rng)
        };
        let (Some(unit), Some(role)) = (unit, role) else { continue };
        let next = u32::try_from(index + 1).unwrap_or(1);
        let mut made = assignment(scheme, world, next, &unit, &role, now, rng);
        if number == 0 && index == 0 && rng.chance(85) {
            made = Assignment { scope: Scope::All, ends_at: None, starts_at: None, ..made };
        }
        assignments.push(made);
    }
    let mut home_unit = assignments.first().map(|first| first.unit.clone());
    if home_unit.is_none() || rng.chance(30) {
        home_unit = rng.pick(&units).cloned();
    }
    let caseload = caseload(world, &assignments, rng);
    let reporting: Vec<String> = scheme.reporting_roles.iter().map(|role| role.name.clone()).collect();
    User {
        id: format!("p{number}"),
        active: true,
        disabled_by: None,
        home_unit: home_unit.unwrap_or_default(),
        person: None,
        own_record: world.customers.get(number).filter(|_| rng.chance(14)).map(|found| found.id.clone()),
        assignments,
        caseload,
        grants: grants(scheme, now, rng),
        reporting_role: if rng.chance(60) { rng.pick(&reporting).cloned() } else { None },
    }
}

/// A unit, often near what is held already, and a role that may be assigned there.
fn place_and_role(
    scheme: &Scheme,
    world: &World,
    units: &[String],
    held: &[Assignment],
    rng: &mut Rng,
) -> (Option<String>, Option<String>) {
    let near: Vec<String> = units
        .iter()
        .filter(|unit| held.iter().any(|one| at_or_below(world, unit, &one.unit)))
        .cloned()
        .collect();
    let shallow: Vec<String> = units.iter().take(units.len().div_ceil(3)).cloned().collect();
    let among = match rng.below(10) {
        0..=2 if !near.is_empty() => &near,
        0..=5 => &shallow,
        _ => units,
    };
    let Some(unit) = rng.pick(among).cloned() else { return (None, None) };
    let kind = world.unit(&unit).and_then(|found| scheme.kind(&found.kind));
    let exclusive = |role: &String| scheme.role(role).is_some_and(|role| role.exclusive);
    let roles: Vec<String> = kind
        .map(|kind| kind.roles.clone())
        .unwrap_or_default()
        .into_iter()
        .filter(|role| held.is_empty() || !exclusive(role))
        .collect();
    if held.iter().any(|one| exclusive(&one.role)) {
        return (None, None);
    }
    let role = rng.pick(&roles).cloned();
    (Some(unit), role)
}

/// An assignment with random options.
pub(super) fn assignment(
    scheme: &Scheme,
    world: &World,
    number: u32,
    unit: &str,
    role: &str,
    now: Instant,
    rng: &mut Rng,
) -> Assignment {
    let below: Vec<String> = world
        .units
        .iter()
        .filter(|found| strictly_below(world, &found.id, unit))
        .map(|found| found.id.clone())
        .collect();
    let mut made = Assignment {
        number,
        unit: unit.to_owned(),
        role: role.to_owned(),
        scope: scope(scheme, world, &below, rng),
        default_unit: None,
        user_type: None,
        user_management: match scheme.role(role).map(|role| role.user_management) {
            Some(HandOut::Switch) => match rng.below(10) {
                0 => UserManagement::None,
                1..=3 => UserManagement::View,
                _ => UserManagement::Manage,
            },
            Some(HandOut::Always | HandOut::Never) | None => UserManagement::None,
        },
        caseload_only: rng.chance(22),
        exempt: Vec::new(),
        own_caseload: Vec::new(),
        others_caseload: Vec::new(),
        starts_at: None,
        ends_at: None,
        standing: if rng.chance(9) { Standing::Suspended } else { Standing::Live },
    };
    if made.caseload_only && rng.chance(45) {
        made.exempt = rng.some(&below, 25).into_iter().take(2).collect();
        if rng.chance(15) {
            made.exempt.push(unit.to_owned());
        }
    }
    if rng.chance(30) {
        let covered: Vec<String> = world
            .units
            .iter()
            .filter(|found| covers(world, &made, &found.id))
            .map(|found| found.id.clone())
            .collect();
        made.default_unit = rng.pick(&covered).cloned();
    }
    (made.starts_at, made.ends_at) = interval(now, rng);
    made
}

/// An assignment without options, in force.
pub(super) fn plain(number: u32, unit: &str, role: &str) -> Assignment {
    Assignment {
        number,
        unit: unit.to_owned(),
        role: role.to_owned(),
        scope: Scope::All,
        default_unit: None,
        user_type: None,
        user_management: UserManagement::None,
        caseload_only: false,
        exempt: Vec::new(),
        own_caseload: Vec::new(),
        others_caseload: Vec::new(),
        starts_at: None,
        ends_at: None,
        standing: Standing::Live,
    }
}

fn scope(scheme: &Scheme, world: &World, below: &[String], rng: &mut Rng) -> Scope {
    let selectable: Vec<String> = below
        .iter()
        .filter(|unit| {
            let kind = world.unit(unit).and_then(|found| scheme.kind(&found.kind));
            kind.is_some_and(|kind| kind.selectable)
        })
        .cloned()
        .collect();
    match rng.below(100) {
        _ if selectable.is_empty() => Scope::All,
        0..=69 => Scope::All,
        70..=73 => Scope::Only(Vec::new()),
        _ => {
            let mut some: Vec<String> = rng.some(&selectable, 30).into_iter().take(3).collect();
            if some.is_empty() {
                some.extend(rng.pick(&selectable).cloned());
            }
            Scope::Only(some)
        }
    }
}

/// A start and an end: mostly none, now and then at exactly `now`, always the start before the end.
pub(super) fn interval(now: Instant, rng: &mut Rng) -> (Option<Instant>, Option<Instant>) {
    let start = match rng.below(100) {
        0..=5 => Some(now + 3 * DAY),
        6..=8 => Some(now),
        9..=13 => Some(now - 5 * DAY),
        _ => None,
    };
    let end = match rng.below(100) {
        0..=3 => Some(now),
        4..=5 => Some(now - DAY),
        6..=14 => Some(now + 9 * DAY),
        15 => Some(now + 1),
        _ => None,
    };
    match (start, end) {
        (Some(start), Some(end)) if start >= end => (Some(start), None),
        (start, end) => (start, end),
    }
}

/// Cases in units that a restricted assignment covers, most of them of customers who are there.
fn caseload(world: &World, assignments: &[Assignment], rng: &mut Rng) -> Vec<CaseloadEntry> {
    let mut entries = Vec::new();
    for customer in &world.customers {
        for placement in &customer.placements {
            let covered = assignments
                .iter()
                .any(|assignment| assignment.caseload_only && covers(world, assignment, &placement.unit));
            if covered && rng.chance(45) {
                entries.push(CaseloadEntry { customer: customer.id.clone(), unit: placement.unit.clone() });
            }
        }
    }
    entries
}

fn grants(scheme: &Scheme, now: Instant, rng: &mut Rng) -> Vec<Grant> {
    let mut grants = Vec::new();
    for system in &scheme.systems {
        if rng.chance(28) {
            let (starts_at, ends_at) = interval(now, rng);
            let standing = if rng.chance(12) { Standing::Suspended } else { Standing::Live };
            grants.push(Grant { system: system.name.clone(), starts_at, ends_at, standing });
        }
    }
    grants
}

fn mark_disabled_and_same_person(world: &mut World, rng: &mut Rng) {
    let ids: Vec<String> = world.users.iter().map(|user| user.id.clone()).collect();
    for user in &mut world.users {
        if rng.chance(if user.id == "p0" { 2 } else { 8 }) {
            user.active = false;
            let by = rng.pick(&ids).filter(|id| **id != user.id).cloned();
            user.disabled_by = by.filter(|_| rng.chance(70));
        }
    }
    if rng.chance(45) {
        for user in world.users.iter_mut().skip(rng.between(0, 3)).step_by(3).take(2) {
            user.person = Some("person-1".to_owned());
        }
    }
}
