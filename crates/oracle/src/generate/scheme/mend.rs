//! What must be true of a scheme as a whole.

use crate::model::{Reach, Role, Scheme};

/// Changes what the validator would refuse.
pub(super) fn mend(scheme: &mut Scheme) {
    hold_every_role_somewhere(scheme);
    hand_out_every_role(scheme);
    identity_with_management(scheme);
    reach_from_where_it_is_held(scheme);
    bring_systems_by_rank(scheme);
    minimums_that_fit(scheme);
}

/// The kind of that name and every kind that can stand above it.
fn above(scheme: &Scheme, kind: &str) -> Vec<String> {
    let mut all = vec![kind.to_owned()];
    for parent in scheme.kind(kind).map(|kind| kind.parents.clone()).unwrap_or_default() {
        all.extend(above(scheme, &parent));
    }
    all
}

/// The kinds at which a role can be held.
fn held_at(scheme: &Scheme, role: &str) -> Vec<String> {
    let listing = scheme.kinds.iter().filter(|kind| kind.roles.iter().any(|listed| listed == role));
    listing.map(|kind| kind.name.clone()).collect()
}

fn hold_every_role_somewhere(scheme: &mut Scheme) {
    let names: Vec<String> = scheme.roles.iter().map(|role| role.name.clone()).collect();
    for name in names {
        if held_at(scheme, &name).is_empty()
            && let Some(kind) = scheme.kinds.last_mut()
        {
            kind.roles.push(name);
        }
    }
}

/// Where an unranked role is held, a role that may hand it out is held there or above. The first role is held at
/// the root and can assign everywhere.
fn hand_out_every_role(scheme: &mut Scheme) {
    let view = scheme.clone();
    let first = view.roles.first().map(|role| role.name.clone());
    for role in scheme.roles.iter_mut().filter(|role| !role.handed_out_by.is_empty()) {
        let places: Vec<String> =
            role.handed_out_by.iter().flat_map(|hander| held_at(&view, hander)).collect();
        let stands = |kind: &String| above(&view, kind).iter().any(|over| places.contains(over));
        if !held_at(&view, &role.name).iter().all(stands) {
            role.handed_out_by.extend(first.clone().filter(|first| !role.handed_out_by.contains(first)));
        }
    }
}

/// `user.identity.edit` counts only beside `user.manage`.
fn identity_with_management(scheme: &mut Scheme) {
    for role in &mut scheme.roles {
        let manages = lists(role, "user.manage");
        role.capabilities.retain(|listed| manages || listed.capability != "user.identity.edit");
    }
}

fn lists(role: &Role, capability: &str) -> bool {
    role.capabilities.iter().any(|listed| listed.capability == capability)
}

/// A capability is had only at kinds where the role is held, and enclosing reach finds its kind above one of them.
fn reach_from_where_it_is_held(scheme: &mut Scheme) {
    let view = scheme.clone();
    for role in &mut scheme.roles {
        let places = held_at(&view, &role.name);
        for listed in &mut role.capabilities {
            if let Some(kinds) = &mut listed.at_kinds {
                kinds.retain(|kind| places.contains(kind));
            }
            listed.at_kinds = listed.at_kinds.take().filter(|kinds| !kinds.is_empty());
            if let Reach::Enclosing(kind) = &listed.reach
                && !places.iter().any(|place| above(&view, place).contains(kind))
            {
                listed.reach = Reach::Below;
            }
        }
    }
}

/// No role brings a system, itself or by inclusion, whose minimum rank it has not.
fn bring_systems_by_rank(scheme: &mut Scheme) {
    let view = scheme.clone();
    for role in &mut scheme.roles {
        let suits = |system: &String| {
            view.system(system)
                .and_then(|found| found.minimum_rank)
                .is_none_or(|least| role.rank >= Some(least))
        };
        role.systems.retain(suits);
    }
}

/// A minimum is no more than what may be held at one unit, of a role that may.
fn minimums_that_fit(scheme: &mut Scheme) {
    let view = scheme.clone();
    for kind in &mut scheme.kinds {
        let Some(minimum) = &mut kind.minimum else { continue };
        let most = view.role(&minimum.role).and_then(|role| role.max_per_unit);
        for most in [most, kind.capacity].into_iter().flatten() {
            minimum.count = minimum.count.min(usize::try_from(most).unwrap_or(1));
        }
    }
}
