//! Worlds in which places can be changed, and commands that change them.

use super::{NOW, generate};
use crate::model::{
    Capability, CaseloadEntry, Instant, PlacementState, Reach, ResourceType, RoleCapability, Scheme, World,
};
use crate::place::{Command, after};
use crate::reason::Reason;
use crate::rng::Rng;
use crate::units::covers;

/// What lets somebody change places, with how many of a hundred ranked roles have it.
const RIGHTS: [(&str, usize); 3] = [("customer.place", 70), ("customer.transfer", 45), ("unit.manage", 60)];
/// So often a command is drawn again that is refused for the right or the reach that it needs.
const DRAWN_AGAIN: usize = 3;

/// The scheme and the world that belong to `seed`, with rights over places and caseloads, and their instant.
#[must_use]
pub fn generate_places(seed: u64) -> (Scheme, World, Instant) {
    let (mut scheme, mut world, now) = generate(seed);
    let mut rng = Rng::new(seed ^ 0x9e37_79b9_7f4a_7c15);
    for (name, percent) in RIGHTS {
        scheme.capabilities.push(Capability {
            name: name.to_owned(),
            resource: ResourceType::Unit,
            refused_under_caseload: rng.chance(if name == "customer.transfer" { 90 } else { 25 }),
            any_placement: false,
        });
        for role in &mut scheme.roles {
            if !role.exclusive && rng.chance(if role.rank.is_some() { percent } else { 25 }) {
                role.capabilities.push(RoleCapability {
                    capability: name.to_owned(),
                    reach: Reach::Below,
                    at_kinds: None,
                    classes: Vec::new(),
                });
            }
        }
    }
    for kind in scheme.kinds.iter_mut().filter(|kind| kind.assign_right == "team.manage") {
        if rng.chance(60) {
            kind.unit_right.clone_from(&kind.assign_right);
            kind.place_right.clone_from(&kind.assign_right);
        }
    }
    let plain = world.clone();
    for assignment in world.users.iter_mut().flat_map(|user| &mut user.assignments) {
        let units = plain.units.iter().filter(|unit| covers(&plain, assignment, &unit.id));
        let units: Vec<String> = units.map(|unit| unit.id.clone()).collect();
        if rng.chance(45) {
            assignment.own_caseload = rng.some(&units, 50);
        }
        if rng.chance(45) {
            assignment.others_caseload = rng.some(&units, 50);
        }
    }
    (scheme, world, now)
}

/// Commands about the places of a world, with who gives them.
#[must_use]
pub fn commands(scheme: &Scheme, world: &World, rng: &mut Rng, count: usize) -> Vec<(String, Command)> {
    let mut drawn = Vec::new();
    while drawn.len() < count {
        let mut one = command(world, rng);
        for _ in 0..DRAWN_AGAIN {
            match after(world, scheme, &one.0, &one.1, NOW) {
                Err(
                    Reason::OutOfReach
                    | Reason::NoManagementRight
                    | Reason::UnknownUser
                    | Reason::UserDisabled,
                ) => one = command(world, rng),
                Ok(_) | Err(_) => break,
            }
        }
        drawn.push(one);
    }
    drawn
}

fn command(world: &World, rng: &mut Rng) -> (String, Command) {
    let users: Vec<String> = world.users.iter().map(|user| user.id.clone()).collect();
    let customers: Vec<String> = world.customers.iter().map(|customer| customer.id.clone()).collect();
    let units: Vec<String> = world.units.iter().map(|unit| unit.id.clone()).collect();
    let (actor, worker) = (pick(&users, "nobody", rng), pick(&users, "nobody", rng));
    let worker = if rng.chance(40) { actor.clone() } else { worker };
    let customer = pick(&customers, "new", rng);
    let anywhere = pick(&units, "nowhere", rng);
    // Mostly where the customer is.
    let placements =
        world.customer(&customer).map(|customer| customer.placements.clone()).unwrap_or_default();
    let there = rng.pick(&placements).map(|placed| placed.unit.clone()).filter(|_| rng.chance(75));
    let unit = there.unwrap_or_else(|| anywhere.clone());
    let left = placements.iter().find(|placed| placed.state == PlacementState::Dismissed);
    let left = left.map_or_else(|| unit.clone(), |placed| placed.unit.clone());
    let cases: Vec<(String, CaseloadEntry)> = world
        .users
        .iter()
        .flat_map(|user| user.caseload.iter().map(|entry| (user.id.clone(), entry.clone())))
        .collect();
    let command = match rng.below(14) {
        0..=2 => Command::Place(customer, anywhere),
        3 => Command::Place(customer, unit),
        4 => Command::Dismiss(customer, unit),
        5..=6 => Command::Remove(customer, unit),
        7 => Command::TakeCase(worker, customer, left),
        8 => Command::TakeCase(worker, customer, unit),
        9..=10 => match rng.pick(&cases).filter(|_| rng.chance(70)).cloned() {
            Some((worker, entry)) => Command::DropCase(worker, entry.customer, entry.unit),
            None => Command::DropCase(worker, customer, unit),
        },
        11..=12 => Command::Archive(anywhere),
        _ => {
            let archived: Vec<String> =
                world.units.iter().filter(|unit| unit.archived).map(|unit| unit.id.clone()).collect();
            Command::Restore(rng.pick(&archived).cloned().unwrap_or(anywhere))
        }
    };
    (actor, command)
}

/// One of these; now and then one that is not there.
fn pick(from: &[String], otherwise: &str, rng: &mut Rng) -> String {
    match rng.pick(from).cloned() {
        Some(known) if !rng.chance(4) => known,
        Some(_) | None => otherwise.to_owned(),
    }
}
