//! Rare situations, put into a part of the worlds on purpose.

use super::DAY;
use super::world::{assignment, plain};
use crate::model::{
    Assignment, HandOut, Instant, PlacementState, Reach, Role, Scheme, Scope, Unit, UserManagement, World,
};
use crate::rng::Rng;
use crate::roles::capabilities_of;
use crate::units::{at_or_below, nearest_of_kind, strictly_below};

pub(super) fn twist(scheme: &Scheme, world: &mut World, now: Instant, rng: &mut Rng) {
    if rng.chance(40) {
        archive_one_of_two_parents(world, rng);
    }
    if rng.chance(35) {
        archive_selected(world, rng);
    }
    if rng.chance(35) {
        select_moved_away(world, rng);
    }
    if rng.chance(60) {
        two_nearest(scheme, world, now, rng);
    }
    if rng.chance(50) {
        assign_at_placeholder(scheme, world, now, rng);
    }
    if rng.chance(40) {
        unranked_only(scheme, world, now, rng);
    }
    if rng.chance(45) {
        exempt_below(world, rng);
    }
    if rng.chance(45) {
        place_own_record(world, rng);
    }
    if rng.chance(75) {
        manage_here_and_view_there(scheme, world, rng);
    }
    if rng.chance(60) {
        unranked_manager_beside_ranked(scheme, world, rng);
    }
    if rng.chance(45) {
        reached_through_a_selection(scheme, world, rng);
    }
    if rng.chance(40) {
        second_manager_who_ends(scheme, world, now);
    }
    if rng.chance(12) {
        archive_high_up(world, rng);
    }
}

fn archive(world: &mut World, id: &str) {
    for unit in world.units.iter_mut().filter(|unit| unit.id == id) {
        unit.archived = true;
    }
}

fn archive_one_of_two_parents(world: &mut World, rng: &mut Rng) {
    let parents: Vec<Vec<String>> =
        world.units.iter().filter(|unit| unit.parents.len() > 1).map(|unit| unit.parents.clone()).collect();
    if let Some(parent) = rng.pick(&parents).and_then(|parents| rng.pick(parents)) {
        archive(world, parent);
    }
}

fn archive_high_up(world: &mut World, rng: &mut Rng) {
    let second: Vec<String> = world
        .units
        .iter()
        .filter(|unit| !unit.parents.is_empty())
        .take(3)
        .map(|unit| unit.id.clone())
        .collect();
    if let Some(unit) = rng.pick(&second) {
        archive(world, unit);
    }
}

fn archive_selected(world: &mut World, rng: &mut Rng) {
    let selected: Vec<String> = world
        .users
        .iter()
        .flat_map(|user| &user.assignments)
        .flat_map(|one| match &one.scope {
            Scope::All => Vec::new(),
            Scope::Only(selected) => selected.clone(),
        })
        .collect();
    if let Some(unit) = rng.pick(&selected) {
        archive(world, unit);
    }
}

/// A unit of an `only` that is not, or no longer, below the assignment's unit.
fn select_moved_away(world: &mut World, rng: &mut Rng) {
    let view = world.clone();
    let ids: Vec<String> = view.units.iter().map(|unit| unit.id.clone()).collect();
    for one in world.users.iter_mut().flat_map(|user| &mut user.assignments) {
        let Some(away) = rng.pick(&ids).filter(|away| !strictly_below(&view, away, &one.unit)) else {
            continue;
        };
        if let Scope::Only(selected) = &mut one.scope
            && !selected.is_empty()
            && rng.chance(50)
        {
            selected.push(away.clone());
        }
    }
}

/// An assignment with enclosing reach at a unit below two nearest units of that kind.
fn two_nearest(scheme: &Scheme, world: &mut World, now: Instant, rng: &mut Rng) {
    let mut candidates = Vec::new();
    for unit in &world.units {
        let Some(kind) = scheme.kind(&unit.kind) else { continue };
        for role in &kind.roles {
            for listed in capabilities_of(scheme, role) {
                if let Reach::Enclosing(kind) = &listed.reach
                    && nearest_of_kind(world, &unit.id, kind).len() > 1
                {
                    candidates.push((unit.id.clone(), role.clone()));
                }
            }
        }
    }
    if let Some((unit, role)) = rng.pick(&candidates).cloned() {
        give(scheme, world, &unit, &role, now, rng);
    }
}

fn assign_at_placeholder(scheme: &Scheme, world: &mut World, now: Instant, rng: &mut Rng) {
    let mut candidates = Vec::new();
    for unit in &world.units {
        let Some(kind) = scheme.kind(&unit.kind) else { continue };
        if kind.placeholders.contains(&unit.name) {
            candidates.extend(kind.roles.iter().map(|role| (unit.id.clone(), role.clone())));
        }
    }
    if let Some((unit, role)) = rng.pick(&candidates).cloned() {
        give(scheme, world, &unit, &role, now, rng);
    }
}

/// One more assignment for a random user, where nothing exclusive is in the way.
fn give(scheme: &Scheme, world: &mut World, unit: &str, role: &str, now: Instant, rng: &mut Rng) {
    let view = world.clone();
    let exclusive = |role: &str| scheme.role(role).is_some_and(|role| role.exclusive);
    let number = rng.below(world.users.len());
    if let Some(user) = world.users.get_mut(number)
        && !exclusive(role)
        && user.assignments.iter().all(|one| !exclusive(&one.role))
    {
        let next = user.assignments.iter().map(|one| one.number).max().unwrap_or(0) + 1;
        user.assignments.push(assignment(scheme, &view, next, unit, role, now, rng));
    }
}

/// Somebody who holds nothing but unranked roles.
fn unranked_only(scheme: &Scheme, world: &mut World, now: Instant, rng: &mut Rng) {
    let view = world.clone();
    let number = rng.between(1, world.users.len().saturating_sub(1));
    let Some(user) = world.users.get_mut(number) else { return };
    user.assignments.retain(|one| scheme.rank(&one.role).is_none());
    let mut candidates = Vec::new();
    for unit in &view.units {
        let kind = scheme.kind(&unit.kind);
        let roles = kind.map(|kind| kind.roles.clone()).unwrap_or_default();
        for role in roles.into_iter().filter(|role| scheme.rank(role).is_none()) {
            candidates.push((unit.id.clone(), role));
        }
    }
    if user.assignments.is_empty()
        && let Some((unit, role)) = rng.pick(&candidates)
    {
        user.assignments.push(assignment(scheme, &view, 1, unit, role, now, rng));
    }
}

/// A restricted assignment with an exempt unit below its own.
fn exempt_below(world: &mut World, rng: &mut Rng) {
    let view = world.clone();
    for one in world.users.iter_mut().flat_map(|user| &mut user.assignments) {
        let below: Vec<&str> = view
            .units
            .iter()
            .filter(|unit| strictly_below(&view, &unit.id, &one.unit))
            .map(|unit| unit.id.as_str())
            .collect();
        if one.caseload_only
            && let Some(exempt) = rng.pick(&below)
        {
            one.exempt = vec![(*exempt).to_owned()];
        }
    }
}

/// Someone whose own record is placed where its roles, or those of the same person, would reach it.
fn place_own_record(world: &mut World, rng: &mut Rng) {
    let view = world.clone();
    let mut taken: Vec<String> = view.users.iter().filter_map(|user| user.own_record.clone()).collect();
    for user in &mut world.users {
        if !rng.chance(25) {
            continue;
        }
        let near = |customer: &&crate::model::Customer| {
            let held_near = |one: &Assignment| {
                customer.placements.iter().any(|placement| {
                    placement.state == PlacementState::Enrolled
                        && at_or_below(&view, &placement.unit, &one.unit)
                })
            };
            user.assignments.iter().any(held_near) && !taken.contains(&customer.id)
        };
        let own: Vec<String> = view.customers.iter().filter(near).map(|found| found.id.clone()).collect();
        if let Some(own) = rng.pick(&own)
            && user.own_record.is_none()
        {
            user.own_record = Some(own.clone());
            taken.push(own.clone());
        }
    }
}

/// Somebody who manages users in one place and only views them in another, where there is one to see.
fn manage_here_and_view_there(scheme: &Scheme, world: &mut World, rng: &mut Rng) {
    let second_level: Vec<String> = world
        .units
        .iter()
        .filter(|unit| !unit.parents.is_empty())
        .take(6)
        .map(|unit| unit.id.clone())
        .collect();
    let roles: Vec<String> = scheme
        .roles
        .iter()
        .filter(|role| role.rank.is_some() && role.user_management == HandOut::Switch)
        .filter(|role| role.capabilities.iter().any(|listed| listed.capability == "user.manage"))
        .map(|role| role.name.clone())
        .collect();
    let number = rng.between(1, 6);
    if let (Some(here), Some(there), Some(role), Some(user)) =
        (rng.pick(&second_level), rng.pick(&second_level), rng.pick(&roles), world.users.get_mut(number))
    {
        let manage = Assignment { user_management: UserManagement::Manage, ..plain(1, here, role) };
        let view = Assignment { user_management: UserManagement::View, ..plain(2, there, role) };
        user.assignments = vec![manage, view];
        let lowest = scheme.roles.iter().rfind(|role| role.rank.is_some()).map(|role| role.name.clone());
        if let (Some(seen), Some(lowest)) = (world.users.get_mut(number + 1), lowest) {
            seen.assignments = vec![plain(1, there, &lowest)];
        }
    }
}

/// Somebody who manages through an unranked role in one place, beside a ranked one in another that may hand
/// it out, and somebody who holds the unranked role there.
fn unranked_manager_beside_ranked(scheme: &Scheme, world: &mut World, rng: &mut Rng) {
    let ids: Vec<String> =
        world.units.iter().filter(|unit| !unit.archived).skip(1).map(|unit| unit.id.clone()).collect();
    let manages = |role: &&Role| role.capabilities.iter().any(|listed| listed.capability == "user.manage");
    let unranked = scheme.roles.iter().filter(|role| role.rank.is_none()).find(manages);
    let Some(unranked) = unranked else { return };
    let ranked: Vec<&Role> = scheme
        .roles
        .iter()
        .filter(|role| role.rank.is_some() && unranked.handed_out_by.contains(&role.name))
        .filter(manages)
        .collect();
    let number = rng.between(1, 6);
    if let (Some(here), Some(there), Some(ranked)) = (rng.pick(&ids), rng.pick(&ids), rng.pick(&ranked)) {
        let on = |number, unit: &str, role: &Role| Assignment {
            user_management: UserManagement::Manage,
            ..plain(number, unit, &role.name)
        };
        if let Some(user) = world.users.get_mut(number) {
            user.assignments = vec![on(1, here, ranked), on(2, there, unranked)];
        }
        if let Some(managed) = world.users.get_mut(number + 1) {
            managed.assignments = vec![plain(1, there, &unranked.name)];
        }
    }
}

/// A manager of nothing but a selected unit, and somebody who holds at the same unit, restricted to it too.
fn reached_through_a_selection(scheme: &Scheme, world: &mut World, rng: &mut Rng) {
    let selectable = |unit: &Unit| scheme.kind(&unit.kind).is_some_and(|kind| kind.selectable);
    let mut pairs = Vec::new();
    for part in world.units.iter().filter(|unit| selectable(unit) && !unit.archived) {
        let above = world.units.iter().filter(|unit| strictly_below(world, &part.id, &unit.id));
        pairs.extend(above.map(|unit| (unit.id.clone(), part.id.clone())));
    }
    let ranked: Vec<&Role> = scheme.roles.iter().filter(|role| role.rank.is_some()).collect();
    let number = rng.between(1, 5);
    if let (Some((unit, part)), Some(first), Some(role)) =
        (rng.pick(&pairs), ranked.first(), rng.pick(ranked.get(1..).unwrap_or_default()))
    {
        let only =
            |role: &Role| Assignment { scope: Scope::Only(vec![part.clone()]), ..plain(1, unit, &role.name) };
        if let Some(manager) = world.users.get_mut(number) {
            manager.assignments = vec![only(first)];
        }
        if let Some(managed) = world.users.get_mut(number + 1) {
            managed.assignments = vec![only(role)];
        }
    }
}

/// Beside the manager of a root another one, as senior, whose assignment ends: without the first, the root
/// would soon have none.
fn second_manager_who_ends(scheme: &Scheme, world: &mut World, now: Instant) {
    let Some(top) = world.users.first().and_then(|user| user.assignments.first()).cloned() else { return };
    let Some(first) = world.users.first_mut() else { return };
    first.assignments.truncate(1);
    let senior = scheme.roles.first().map(|role| role.name.clone()).unwrap_or_default();
    if let Some(second) = world.users.get_mut(7) {
        second.active = true;
        second.disabled_by = None;
        second.assignments =
            vec![Assignment { ends_at: Some(now + 30 * DAY), ..plain(1, &top.unit, &senior) }];
    }
}
