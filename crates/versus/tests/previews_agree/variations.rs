//! Changes of a generated world, of people, of places and of rules, made on both sides.

use std::sync::Arc;

use bailiwick_membership::{CaseloadEntry, Enrolment, Placement};
use bailiwick_oracle::generate::changes;
use bailiwick_oracle::holding::effective;
use bailiwick_oracle::model;
use bailiwick_oracle::rng::Rng;
use bailiwick_oracle::units::{caseload_binds, covers};
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{Event, Notes};
use bailiwick_versus::after::after;
use bailiwick_versus::change::{self, Asked};
use bailiwick_versus::document::document;
use bailiwick_versus::world::Pair;

/// A world after something was changed, and what the change made true.
pub(crate) type Changed = (Pair, Vec<Event>);

/// Several changes of a world, each by itself.
pub(crate) fn changed(pair: &Pair, rng: &mut Rng) -> Vec<(&'static str, Changed)> {
    let mut found = Vec::new();
    let drawn = changes(&pair.model, &pair.world, pair.now, rng, 30);
    let users = drawn.into_iter().filter_map(|(actor, subject, change)| {
        let asked = Asked { actor, subject, change };
        let (_, decided) = change::engine(pair, &asked).expect("names that fit");
        decided.map(|decided| (after(pair, &asked, &decided), decided.events))
    });
    found.extend(users.take(3).map(|changed| ("a user", changed)));
    found.extend((0..3).filter_map(|_| moved(pair, rng)).map(|changed| ("a move", changed)));
    found.extend((0..2).filter_map(|_| archived(pair, rng)).map(|changed| ("the archive", changed)));
    found.extend((0..3).filter_map(|_| own_record(pair, rng)).map(|changed| ("an own record", changed)));
    found.extend((0..3).filter_map(|_| other_rules(pair, rng)).map(|changed| ("rules", changed)));
    found.extend((0..2).filter_map(|_| placed(pair, rng)).map(|changed| ("a placement", changed)));
    found.extend((0..3).filter_map(|_| with_case(pair, rng)).map(|changed| ("a case", changed)));
    found
}

/// A unit under other parents.
fn moved(pair: &Pair, rng: &mut Rng) -> Option<Changed> {
    let unit = rng.pick(&pair.world.units)?.clone();
    let kind = pair.model.kind(&unit.kind)?;
    let world = &pair.state.world;
    let ix = world.unit_ix(&unit.id)?;
    let is_parent = |other: &&model::Unit| {
        kind.parents.contains(&other.kind)
            && world.unit_ix(&other.id).is_some_and(|other| !world.is_within(other, ix))
    };
    let others: Vec<&model::Unit> = pair.world.units.iter().filter(is_parent).collect();
    let parent = rng.pick(&others)?.id.clone();
    let mut parents = vec![parent];
    if kind.several_parents && rng.chance(50) {
        parents.extend(unit.parents.iter().cloned());
        parents.sort();
        parents.dedup();
    }
    Some(with_unit(pair, model::Unit { parents, ..unit }))
}

/// A unit in the archive, or out of it.
fn archived(pair: &Pair, rng: &mut Rng) -> Option<Changed> {
    let unit = rng.pick(&pair.world.units)?.clone();
    let archived = !unit.archived;
    Some(with_unit(pair, model::Unit { archived, ..unit }))
}

fn with_unit(pair: &Pair, unit: model::Unit) -> Changed {
    let mut after = pair.clone();
    let world = &pair.state.world;
    let ix = world.unit_ix(&unit.id).expect("a unit");
    let mut put = world.node(ix).expect("a unit").unit.clone();
    put.parents = unit.parents.iter().map(|parent| world.unit_ix(parent).expect("a parent")).collect();
    put.parents.sort_unstable();
    put.archived = unit.archived;
    let events = vec![Event::Unit(put)];
    events.iter().for_each(|event| after.state.apply(event));
    let place = after.world.units.iter().position(|other| other.id == unit.id).expect("a unit");
    after.world.units[place] = unit;
    (after, events)
}

/// A customer who is placed somewhere, dismissed there or taken off.
fn placed(pair: &Pair, rng: &mut Rng) -> Option<Changed> {
    let (mut after, world) = (pair.clone(), &pair.state.world);
    let place = rng.below(pair.world.customers.len());
    let customer = after.world.customers.get_mut(place)?;
    let unit = rng.pick(&customer.placements).filter(|_| rng.chance(60)).map(|placed| placed.unit.clone());
    let unit = unit.or_else(|| Some(rng.pick(&pair.world.units)?.id.clone()))?;
    let before = customer.placements.clone();
    customer.placements.retain(|placed| placed.unit != unit);
    let state =
        rng.pick(&[Some(model::PlacementState::Enrolled), Some(model::PlacementState::Dismissed), None])?;
    customer.placements.extend(state.map(|state| model::Placement { unit, state }));
    if customer.placements == before {
        return None;
    }
    let placement = |placed: &model::Placement| {
        let enrolment = match placed.state {
            model::PlacementState::Enrolled => Enrolment::Enrolled,
            model::PlacementState::Dismissed => Enrolment::Dismissed,
        };
        Some(Placement { unit: world.unit_ix(&placed.unit)?, enrolment })
    };
    let mut placements: Vec<Placement> = customer.placements.iter().filter_map(placement).collect();
    placements.sort_unstable();
    let customer = world.customer_id(world.customer_ix(&customer.id)?)?;
    let events = vec![Event::Placements { customer, placements }];
    events.iter().for_each(|event| after.state.apply(event));
    Some((after, events))
}

/// A worker who has a case more, or one less: of customers where an assignment binds the worker to their cases.
fn with_case(pair: &Pair, rng: &mut Rng) -> Option<Changed> {
    let (mut after, world) = (pair.clone(), &pair.state.world);
    let mut cases = Vec::new();
    for (place, user) in pair.world.users.iter().enumerate().filter(|(_, user)| user.active) {
        for customer in &pair.world.customers {
            let binds = |held: &model::Assignment, unit: &str| {
                effective(&pair.world, user, held, pair.now)
                    && covers(&pair.world, held, unit)
                    && caseload_binds(&pair.world, held, unit)
            };
            let there = |placed: &&model::Placement| {
                placed.state == model::PlacementState::Enrolled
                    && user.assignments.iter().any(|held| binds(held, &placed.unit))
            };
            let entry = |placed: &model::Placement| model::CaseloadEntry {
                customer: customer.id.clone(),
                unit: placed.unit.clone(),
            };
            cases.extend(customer.placements.iter().filter(there).map(|placed| (place, entry(placed))));
        }
    }
    let (place, entry) = rng.pick(&cases)?.clone();
    let user = after.world.users.get_mut(place)?;
    match user.caseload.iter().position(|held| *held == entry) {
        Some(held) => drop(user.caseload.remove(held)),
        None => user.caseload.push(entry),
    }
    let entry = |entry: &model::CaseloadEntry| {
        let (customer, unit) = (world.customer_ix(&entry.customer)?, world.unit_ix(&entry.unit)?);
        Some(CaseloadEntry { customer, unit })
    };
    let mut entries: Vec<CaseloadEntry> = user.caseload.iter().filter_map(entry).collect();
    entries.sort_unstable();
    let events = vec![Event::Caseload { user: world.user_ix(&user.id)?, entries }];
    events.iter().for_each(|event| after.state.apply(event));
    Some((after, events))
}

/// A customer who is somebody's own record, of those who are nobody's: mostly of somebody who has two accounts.
fn own_record(pair: &Pair, rng: &mut Rng) -> Option<Changed> {
    let (world, users) = (&pair.state.world, &pair.world.users);
    let twins: Vec<&model::User> = users.iter().filter(|user| user.person.is_some()).collect();
    let user = match rng.pick(&twins) {
        Some(twin) if rng.chance(80) => *twin,
        Some(_) | None => rng.pick(users)?,
    };
    let is_free = |customer: &&model::Customer| {
        world.customer_ix(&customer.id).is_some_and(|customer| world.owner_of(customer).is_none())
    };
    let free: Vec<&model::Customer> = pair.world.customers.iter().filter(is_free).collect();
    let customer = rng.pick(&free)?;
    let mut after = pair.clone();
    let ix = world.user_ix(&user.id)?;
    let mut access = world.user(ix)?.access();
    access.own_record = world.customer_ix(&customer.id);
    let events = vec![Event::Access { user: world.user_id(ix)?, access, notes: Notes::default() }];
    events.iter().for_each(|event| after.state.apply(event));
    let place = users.iter().position(|other| other.id == user.id)?;
    after.world.users[place].own_record = Some(customer.id.clone());
    Some((after, events))
}

/// Rules that differ in one thing, where they can be put.
fn other_rules(pair: &Pair, rng: &mut Rng) -> Option<Changed> {
    let mut after = pair.clone();
    let rules = &mut after.model;
    let role = rng.below(rules.roles.len());
    let role_before = rules.roles.get(role)?.clone();
    match rng.below(14) {
        0 => {
            let lost = rng.below(role_before.capabilities.len());
            rules.roles[role].capabilities.retain(|has| Some(has) != role_before.capabilities.get(lost));
        }
        1 => {
            let from = rng.pick(&pair.model.roles)?;
            let capability = rng.pick(&from.capabilities)?.clone();
            rules.roles[role].capabilities.push(capability);
        }
        2 => rules.roles[role].rank = role_before.rank.map(|rank| rank + 1),
        3 => rules.gap = 1 - rules.gap,
        4 => {
            let kind = rng.below(rules.kinds.len());
            let kind = &mut rules.kinds[kind];
            kind.dismissed_visible = !kind.dismissed_visible;
        }
        5 => {
            let kind = rng.below(rules.kinds.len());
            let kind = &mut rules.kinds[kind];
            kind.placement_reach = match kind.placement_reach {
                model::PlacementReach::Below => model::PlacementReach::Unit,
                model::PlacementReach::Unit => model::PlacementReach::Below,
            };
        }
        6 => {
            let place = rng.below(rules.capabilities.len());
            let capability = &mut rules.capabilities[place];
            capability.refused_under_caseload = !capability.refused_under_caseload;
        }
        7 => {
            let place = rng.below(rules.systems.len());
            let system = rules.systems.get_mut(place)?;
            system.minimum_rank = Some(system.minimum_rank.map_or(2, |rank| rank + 1));
        }
        8 => {
            let place = rng.below(rules.reporting_roles.len());
            let role = rules.reporting_roles.get_mut(place)?;
            role.scope = model::ReportingScope::All;
        }
        9 => {
            // What reports decide goes, or has another name.
            let place = rng.below(rules.reporting_roles.len());
            let decided = rules.reporting_roles.get(place)?.decides.first()?.clone();
            let name = format!("{decided}.anew");
            for role in &mut rules.reporting_roles {
                role.decides.iter_mut().filter(|one| **one == decided).for_each(|one| one.clone_from(&name));
            }
            rules
                .capabilities
                .iter_mut()
                .filter(|one| one.name == decided)
                .for_each(|one| one.name.clone_from(&name));
        }
        10 => rules.classes.reverse(),
        11 => {
            rules.roles[role].user_management = match role_before.user_management {
                model::HandOut::Always => model::HandOut::Switch,
                model::HandOut::Switch => model::HandOut::Always,
                model::HandOut::Never => return None,
            };
        }
        12 => {
            let place = rng.below(role_before.capabilities.len());
            let listed = rules.roles[role].capabilities.get_mut(place)?;
            listed.at_kinds = match &listed.at_kinds {
                None => rng.pick(&pair.model.kinds).map(|kind| vec![kind.name.clone()]),
                Some(_) => None,
            };
        }
        _ => {
            // Another name for a role that nobody may hold yet, and what it brings.
            let mut more = role_before.clone();
            more.name.push_str("-too");
            let kinds = rules.kinds.iter_mut().filter(|kind| kind.roles.contains(&role_before.name));
            kinds.for_each(|kind| kind.roles.push(more.name.clone()));
            rules.roles.push(more);
        }
    }
    let scheme = Scheme::parse_after(&document(&after.model), &pair.state.scheme).ok()?;
    let events = vec![Event::Scheme(Arc::new(scheme))];
    events.iter().for_each(|event| after.state.apply(event));
    Some((after, events))
}
