//! A role's capabilities: what it lists itself, and what inclusion brings.

use std::collections::BTreeSet;

use bailiwick_membership::RoleIx;

use super::keys;
use super::names::{Names, capability_at};
use super::read::{Element, Section, shown};
use crate::scheme::ability::{Ability, CapIx, Capability, ClassSet, KindSet, Reach, Resource, SystemSet};
use crate::scheme::core::CORE;
use crate::scheme::fault::{At, Faults};
use crate::scheme::kind::Kind;
use crate::scheme::role::Role;

/// In how many ways a role can have one capability, those of included roles among them.
const WAYS_LIMIT: usize = 32;

/// What a role lists itself.
#[derive(Default)]
pub(in crate::scheme) struct Listed {
    /// Capabilities.
    pub(in crate::scheme) held: Vec<Held>,
    /// Systems.
    pub(in crate::scheme) systems: SystemSet,
}

/// One capability that a role lists.
pub(in crate::scheme) struct Held {
    /// Which.
    pub(in crate::scheme) cap: CapIx,
    /// How.
    pub(in crate::scheme) ability: Ability,
    /// Where in the document.
    pub(in crate::scheme) at: At,
}

/// The capabilities that a role lists itself.
pub(super) fn read(section: &Section<'_, '_>, names: &Names, capabilities: &[Capability]) -> Vec<Held> {
    let mut held: Vec<Held> = Vec::new();
    for element in section.mixed("capabilities", keys::HELD) {
        let fresh = match element {
            Element::Word(name, at) => plain(name, &at, section.faults(), names, capabilities),
            Element::Table(table) => detailed(&table, names, capabilities),
        };
        for one in fresh {
            let same = |h: &Held| {
                h.cap == one.cap && h.ability.reach == one.ability.reach && h.ability.at == one.ability.at
            };
            if held.iter().any(same) {
                let name = capability_at(capabilities, one.cap).map_or("", |c| c.name.as_str());
                section.faults().add(&one.at, format!("`{name}` is listed twice with the same reach"));
            } else {
                held.push(one);
            }
        }
    }
    held
}

/// `"report.view"`: everywhere below.
fn plain(name: &str, at: &At, faults: &Faults, names: &Names, capabilities: &[Capability]) -> Vec<Held> {
    let Some(cap) = listable(name, at, faults, names) else { return Vec::new() };
    let resource = resource(capabilities, cap);
    if resource == Resource::Customer {
        let allowed = format!("{{ name = \"{}\", classes = \"all\" }}, or a list of classes", shown(name));
        faults.add_allowed(
            at,
            format!("`{}` is about customers: its record classes must be named", shown(name)),
            allowed,
        );
    }
    let systems = if resource == Resource::System { names.all_systems() } else { SystemSet::EMPTY };
    let ability = Ability { reach: Reach::Below, at: KindSet::ALL, classes: ClassSet::EMPTY, systems };
    vec![Held { cap, ability, at: at.clone() }]
}

/// `{ name = "customer.view", classes = ["program"], at = ["team"] }`.
fn detailed(table: &Section<'_, '_>, names: &Names, capabilities: &[Capability]) -> Vec<Held> {
    let faults = table.faults();
    let mut words = table.words("names");
    match (table.has("name"), table.has("names")) {
        (true, true) => table.fault("names", "`name` or `names`, not both"),
        (false, false) => table.fault("name", "must be there, or `names`"),
        (true, false) => words.extend(table.word("name")),
        (false, true) => {}
    }
    let reach = reach(table, names);
    let at_kinds = match table.has("at") {
        true => names.kind_set(&table.words("at"), faults),
        false => KindSet::ALL,
    };
    let classes = classes(table, names);
    let systems = match table.has("systems") {
        true => names.system_set(&table.words("systems"), faults),
        false => names.all_systems(),
    };
    let mut held = Vec::new();
    for (name, at) in words {
        let Some(cap) = listable(name, &at, faults, names) else { continue };
        let resource = resource(capabilities, cap);
        suits(table, name, resource, reach);
        let systems = if resource == Resource::System { systems } else { SystemSet::EMPTY };
        let reach = reach.unwrap_or(Reach::Below);
        let classes = classes.unwrap_or(ClassSet::EMPTY);
        held.push(Held { cap, ability: Ability { reach, at: at_kinds, classes, systems }, at });
    }
    held
}

/// Whether the keys that are there suit what the capability is about.
fn suits(table: &Section<'_, '_>, name: &str, resource: Resource, reach: Option<Reach>) {
    let name = shown(name);
    if resource == Resource::Customer && !table.has("classes") {
        table.fault("classes", format!("`{name}` is about customers: its record classes must be named"));
    }
    if resource != Resource::Customer && table.has("classes") {
        table.fault("classes", format!("`{name}` is not about customers and shows no record classes"));
    }
    if resource != Resource::System && table.has("systems") {
        table.fault("systems", format!("`{name}` is not about systems"));
    }
    match reach {
        Some(Reach::Enclosing(_)) if resource != Resource::Unit => {
            table.fault("reach", format!("`{name}` is not about units: only those reach an enclosing unit"));
        }
        Some(Reach::Own) if resource != Resource::Customer => {
            table.fault("reach", format!("`{name}` is not about customers: only those reach the own record"));
        }
        Some(Reach::Below | Reach::Enclosing(_) | Reach::Own) | None => {}
    }
}

fn reach(table: &Section<'_, '_>, names: &Names) -> Option<Reach> {
    let (word, at) = table.word("reach")?;
    match word.split_once(' ') {
        None if word == "below" => Some(Reach::Below),
        None if word == "own" => Some(Reach::Own),
        Some(("enclosing", kind)) => names.kind(kind, &at, table.faults()).map(Reach::Enclosing),
        None | Some(_) => {
            let problem = format!("unknown value `{}`", shown(word));
            table.faults().add_allowed(&at, problem, "`below`, `own`, `enclosing KIND`");
            None
        }
    }
}

/// `"all"`, or a list of names.
fn classes(table: &Section<'_, '_>, names: &Names) -> Option<ClassSet> {
    if !table.has("classes") {
        return None;
    }
    if table.is_list("classes") {
        return Some(names.class_set(&table.words("classes"), table.faults()));
    }
    let (word, at) = table.word("classes")?;
    if word != "all" {
        let problem = format!("unknown value `{}`", shown(word));
        table.faults().add_allowed(&at, problem, "`all`, or a list of classes");
    }
    Some(names.all_classes())
}

/// A capability that a role may list.
fn listable(name: &str, at: &At, faults: &Faults, names: &Names) -> Option<CapIx> {
    let cap = names.capability(name, at, faults)?;
    let problem = if cap == CORE.user_view {
        "no role lists `user.view`: who may manage somebody there may see them"
    } else if cap == CORE.system_use {
        "no role lists `system.use`: name the systems under `systems`"
    } else {
        return Some(cap);
    };
    faults.add(at, problem);
    None
}

fn resource(capabilities: &[Capability], cap: CapIx) -> Resource {
    capability_at(capabilities, cap).map_or(Resource::Unit, |c| c.resource)
}

/// Whether a capability manages people, which inclusion never carries: every one over users except the clearance,
/// and the kinds' rights to assign.
fn is_management(capabilities: &[Capability], kinds: &[Kind], cap: CapIx) -> bool {
    resource(capabilities, cap) == Resource::User && cap != CORE.clearance_set
        || kinds.iter().any(|kind| kind.assign_right == cap)
}

/// Spreads inclusion out: what each role has of each capability, and the systems that come with it.
pub(super) fn spread(
    root: &Section<'_, '_>,
    roles: &mut [Role],
    listed: &[Listed],
    capabilities: &[Capability],
    kinds: &[Kind],
) -> Vec<Vec<Vec<Ability>>> {
    let included: Vec<BTreeSet<RoleIx>> = (0..roles.len()).map(|place| included(roles, place)).collect();
    let mut abilities = Vec::with_capacity(roles.len());
    for (place, (role, included)) in (0..).map(RoleIx).zip(roles.iter_mut().zip(&included)) {
        let mut of_role = vec![Vec::new(); capabilities.len()];
        let mut full = BTreeSet::new();
        for &member in included.iter().chain(std::iter::once(&place)) {
            let Some(from) = listed.get(usize::from(member.0)) else { continue };
            role.systems = role.systems.union(from.systems);
            for held in &from.held {
                if member != place && is_management(capabilities, kinds, held.cap) {
                    continue;
                }
                let Some(ways) = of_role.get_mut(usize::from(held.cap.0)) else { continue };
                if ways.len() == WAYS_LIMIT {
                    full.insert(held.cap);
                } else if !ways.contains(&held.ability) {
                    ways.push(held.ability);
                }
            }
        }
        for cap in full {
            let name = capability_at(capabilities, cap).map_or("", |c| c.name.as_str());
            let at = root.locate(&["roles", &role.name, "capabilities"]);
            root.faults().add(&at, format!("`{name}` is there in more than {WAYS_LIMIT} ways"));
        }
        abilities.push(of_role);
    }
    abilities
}

/// Every role that a role includes, directly or not; itself only where inclusion goes round in a circle.
pub(in crate::scheme) fn included(roles: &[Role], place: usize) -> BTreeSet<RoleIx> {
    let directly = |place: usize| roles.get(place).map_or(&[][..], |role| &role.includes);
    let mut found = BTreeSet::new();
    let mut waiting = directly(place).to_vec();
    while let Some(role) = waiting.pop() {
        if found.insert(role) {
            waiting.extend_from_slice(directly(usize::from(role.0)));
        }
    }
    found
}
