//! The smallest world on which both still differ in the same way.
//!
//! Parts are left out one by one as long as the difference stays; what cannot be left out is what matters.

#![expect(clippy::indexing_slicing, reason = "every index is one of the list that it looks into")]

use bailiwick_oracle::model::{HandOut, Scheme, Scope, Standing, UserManagement, World};

use crate::case::{Case, Difference};
use crate::world::Pair;

/// Where a world with one thing less goes: what leaves it out.
type Less<'a> = dyn FnMut(&dyn Fn(&mut World)) + 'a;

/// Leaves out what can be left out.
#[must_use]
pub fn shrink(pair: &Pair, case: &Case, difference: &Difference) -> (Pair, Difference) {
    let mut best = (pair.clone(), difference.clone());
    let stays = |scheme: Scheme, world: World| {
        let pair = Pair::new(scheme, world, pair.now).ok()?;
        let found = case.compare(&pair).ok()?.err()?;
        found.is_like(difference).then_some((pair, found))
    };
    loop {
        let mut smaller = None;
        for world in worlds(&best.0.world) {
            if let Some(found) = stays(best.0.model.clone(), world) {
                smaller = Some(found);
                break;
            }
        }
        if smaller.is_none() {
            smaller =
                schemes(&best.0.model).into_iter().find_map(|scheme| stays(scheme, best.0.world.clone()));
        }
        match smaller {
            Some(found) => best = found,
            None => return best,
        }
    }
}

/// Each world that has one thing less.
fn worlds(world: &World) -> Vec<World> {
    let mut all = Vec::new();
    let mut with = |edit: &dyn Fn(&mut World)| {
        let mut less = world.clone();
        edit(&mut less);
        if less != *world {
            all.push(less);
        }
    };
    for nth in 0..world.users.len() {
        with(&|less| {
            less.users.remove(nth);
        });
    }
    for nth in 0..world.customers.len() {
        with(&|less| {
            less.customers.remove(nth);
        });
    }
    for unit in &world.units {
        with(&|less| {
            less.units.retain(|one| one.id != unit.id);
            less.units.iter_mut().for_each(|one| one.parents.retain(|parent| *parent != unit.id));
        });
        with(&|less| {
            less.units.iter_mut().filter(|one| one.id == unit.id).for_each(|one| one.archived = false)
        });
        with(&|less| {
            less.units.iter_mut().filter(|one| one.id == unit.id).for_each(|one| one.parents.truncate(1))
        });
    }
    for (nth, customer) in world.customers.iter().enumerate() {
        for place in 0..customer.placements.len() {
            with(&|less| {
                less.customers[nth].placements.remove(place);
            });
        }
    }
    for nth in 0..world.users.len() {
        users(world, nth, &mut with);
    }
    all
}

/// What can be left out of one user.
fn users(world: &World, nth: usize, with: &mut Less<'_>) {
    let user = &world.users[nth];
    for one in 0..user.assignments.len() {
        with(&|less| {
            less.users[nth].assignments.remove(one);
        });
        with(&|less| less.users[nth].assignments[one].scope = Scope::All);
        if let Scope::Only(units) = &user.assignments[one].scope {
            for place in 0..units.len() {
                with(&|less| {
                    if let Scope::Only(units) = &mut less.users[nth].assignments[one].scope {
                        units.remove(place);
                    }
                });
            }
        }
        with(&|less| less.users[nth].assignments[one].default_unit = None);
        with(&|less| less.users[nth].assignments[one].user_management = UserManagement::None);
        with(&|less| less.users[nth].assignments[one].caseload_only = false);
        with(&|less| less.users[nth].assignments[one].exempt.clear());
        with(&|less| less.users[nth].assignments[one].starts_at = None);
        with(&|less| less.users[nth].assignments[one].ends_at = None);
        with(&|less| less.users[nth].assignments[one].standing = Standing::Live);
    }
    with(&|less| less.users[nth].grants.clear());
    with(&|less| less.users[nth].caseload.clear());
    with(&|less| less.users[nth].person = None);
    with(&|less| less.users[nth].own_record = None);
    with(&|less| less.users[nth].reporting_role = None);
    with(&|less| less.users[nth].disabled_by = None);
    with(&|less| {
        less.users[nth].active = true;
        less.users[nth].disabled_by = None;
    });
    let root = world.units.first().map(|unit| unit.id.clone()).unwrap_or_default();
    with(&|less| less.users[nth].home_unit.clone_from(&root));
}

/// Each scheme that says one thing less.
fn schemes(scheme: &Scheme) -> Vec<Scheme> {
    let mut all = Vec::new();
    let mut with = |edit: &dyn Fn(&mut Scheme)| {
        let mut less = scheme.clone();
        edit(&mut less);
        if less != *scheme {
            all.push(less);
        }
    };
    for role in &scheme.roles {
        with(&|less| {
            less.roles.retain(|one| one.name != role.name);
            for one in &mut less.roles {
                one.includes.retain(|name| *name != role.name);
                one.handed_out_by.retain(|name| *name != role.name);
            }
            less.kinds.iter_mut().for_each(|kind| kind.roles.retain(|name| *name != role.name));
        });
    }
    for (nth, role) in scheme.roles.iter().enumerate() {
        for place in 0..role.capabilities.len() {
            with(&|less| {
                less.roles[nth].capabilities.remove(place);
            });
            with(&|less| less.roles[nth].capabilities[place].at_kinds = None);
        }
        with(&|less| less.roles[nth].includes.clear());
        with(&|less| less.roles[nth].systems.clear());
        with(&|less| less.roles[nth].max_per_unit = None);
        with(&|less| less.roles[nth].exclusive = false);
        with(&|less| {
            less.roles[nth].user_management = HandOut::Never;
            less.roles[nth].capabilities.retain(|listed| !listed.capability.starts_with("user."));
        });
    }
    for nth in 0..scheme.kinds.len() {
        with(&|less| less.kinds[nth].capacity = None);
        with(&|less| less.kinds[nth].minimum = None);
        with(&|less| less.kinds[nth].single_role = false);
        with(&|less| less.kinds[nth].placeholders.clear());
        with(&|less| "user.manage".clone_into(&mut less.kinds[nth].assign_right));
    }
    for nth in 0..scheme.reporting_roles.len() {
        with(&|less| {
            less.reporting_roles.remove(nth);
        });
    }
    with(&|less| less.gap = 0);
    for capability in &scheme.capabilities {
        with(&|less| {
            less.capabilities.retain(|one| one.name != capability.name);
            less.roles.iter_mut().for_each(|role| {
                role.capabilities.retain(|listed| listed.capability != capability.name);
            });
        });
    }
    all
}
