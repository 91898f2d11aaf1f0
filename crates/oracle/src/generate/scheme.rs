//! A random scheme that the validator of documents accepts; [`mend`] puts right what the parts, drawn one by
//! one, leave wrong between them.

mod mend;

use crate::model::{
    Capability, HandOut, Kind, Minimum, PlacementReach, Reach, ReportingRole, ReportingScope, ResourceType,
    Role, RoleCapability, Scheme, System,
};
use crate::rng::Rng;

const KINDS: [&str; 5] = ["enterprise", "region", "site", "team", "position"];
const RANKED: [&str; 5] = ["director", "manager", "coordinator", "team-lead", "worker"];
const UNRANKED: [&str; 3] = ["partner", "security-adviser", "guest"];
const CLASSES: [&str; 3] = ["program", "contact", "private"];

/// A scheme of three to five kinds, four to eight roles and eight to fourteen capabilities.
pub(super) fn scheme(rng: &mut Rng) -> Scheme {
    let ranked = ranked_roles(rng);
    let first = rng.below(2);
    let unranked: Vec<&str> = UNRANKED.iter().copied().skip(first).take(rng.between(1, 3)).collect();
    let mut scheme = Scheme {
        kinds: Vec::new(),
        roles: Vec::new(),
        capabilities: Vec::new(),
        classes: CLASSES.iter().take(rng.between(2, 3)).map(|class| (*class).to_owned()).collect(),
        systems: Vec::new(),
        reporting_roles: Vec::new(),
        gap: u32::from(rng.chance(30)),
        own_fields: vec!["phone".to_owned()],
    };
    scheme.kinds = kinds(&ranked, &unranked, rng);
    let reporting = rng.chance(65);
    scheme.capabilities = capabilities(&scheme, reporting, rng);
    if reporting {
        scheme.reporting_roles = reporting_roles(&scheme, rng);
    }
    scheme.systems = systems(&ranked, rng);
    for (index, (name, rank)) in ranked.iter().enumerate() {
        let below: Vec<String> = ranked.iter().skip(index + 1).map(|(name, _)| (*name).to_owned()).collect();
        let role = ranked_role(&scheme, name, *rank, index, &below, &unranked, rng);
        scheme.roles.push(role);
    }
    for name in &unranked {
        let role = unranked_role(&scheme, name, &ranked, rng);
        scheme.roles.push(role);
    }
    mend::mend(&mut scheme);
    scheme
}

/// Three to five names with ranks from high to low, now and then two of the same rank.
fn ranked_roles(rng: &mut Rng) -> Vec<(&'static str, u32)> {
    let count = rng.between(3, 5);
    let mut rank = 10;
    let mut roles = Vec::new();
    for name in RANKED.iter().take(count) {
        roles.push((*name, rank));
        rank -= if rng.chance(12) { 0 } else { 1 + u32::from(rng.chance(20)) };
    }
    roles
}

fn kinds(ranked: &[(&str, u32)], unranked: &[&str], rng: &mut Rng) -> Vec<Kind> {
    let levels = rng.between(3, 5);
    let all: Vec<String> =
        ranked.iter().map(|(name, _)| *name).chain(unranked.iter().copied()).map(str::to_owned).collect();
    let mut kinds: Vec<Kind> = Vec::new();
    for (level, name) in KINDS.iter().take(levels).enumerate() {
        let deep = level >= 2;
        let mut parents: Vec<String> = kinds.last().map(|kind| kind.name.clone()).into_iter().collect();
        if deep && rng.chance(25) {
            parents.extend(kinds.iter().rev().nth(1).map(|kind| kind.name.clone()));
        }
        let mut roles = rng.some(&all, 80);
        if let Some(first) = all.first().filter(|first| level == 0 && !roles.contains(first)) {
            roles.push(first.clone());
        }
        if roles.is_empty() {
            roles.clone_from(&all);
        }
        let minimum_role = rng.pick(&roles).cloned().filter(|_| level >= 1 && rng.chance(75));
        kinds.push(Kind {
            name: (*name).to_owned(),
            parents,
            several_parents: deep && rng.chance(60),
            placement_reach: if deep && rng.chance(30) {
                PlacementReach::Unit
            } else {
                PlacementReach::Below
            },
            dismissed_visible: rng.chance(70),
            selectable: level >= 2 || (level == 1 && rng.chance(50)),
            placeholders: if deep && rng.chance(35) { vec!["X999".to_owned()] } else { Vec::new() },
            assign_right: if deep && rng.chance(35) { "team.manage" } else { "user.manage" }.to_owned(),
            unit_right: "unit.manage".to_owned(),
            place_right: "customer.place".to_owned(),
            roles,
            capacity: if deep && rng.chance(35) { u32::try_from(rng.between(1, 2)).ok() } else { None },
            single_role: level >= 1 && rng.chance(35),
            minimum: minimum_role.map(|role| Minimum { role, count: rng.between(1, 2) }),
        });
    }
    kinds
}

/// The pool from which a scheme's capabilities come: name, resource type, refused under a caseload
/// restriction, any placement. What stands before the dot is not always the resource type.
const POOL: [(&str, ResourceType, bool, bool); 15] = [
    ("user.manage", ResourceType::User, false, false),
    ("customer.view", ResourceType::Customer, false, true),
    ("report.view", ResourceType::Unit, false, false),
    ("customer.edit", ResourceType::Customer, false, false),
    ("customer.find", ResourceType::Unit, true, false),
    ("team.manage", ResourceType::Unit, false, false),
    ("results.view", ResourceType::Unit, false, false),
    ("note.read", ResourceType::Customer, false, true),
    ("customer.enroll", ResourceType::Unit, true, false),
    ("user.identity.edit", ResourceType::User, false, false),
    ("clearance.set", ResourceType::User, false, false),
    ("extract.run", ResourceType::System, false, false),
    ("record.transfer", ResourceType::Customer, true, false),
    ("request.approve", ResourceType::Unit, false, false),
    ("dashboard.view", ResourceType::Unit, false, false),
];

fn capabilities(scheme: &Scheme, reporting: bool, rng: &mut Rng) -> Vec<Capability> {
    let team_manage = scheme.kinds.iter().any(|kind| kind.assign_right == "team.manage");
    POOL.iter()
        .enumerate()
        .filter(|(index, (name, ..))| match *name {
            "team.manage" => team_manage,
            "results.view" => reporting,
            _ => *index < 5 || rng.chance(70),
        })
        .take(14)
        .map(|(_, (name, resource, refused, any))| Capability {
            name: (*name).to_owned(),
            resource: *resource,
            refused_under_caseload: *refused,
            any_placement: *any,
        })
        .collect()
}

fn reporting_roles(scheme: &Scheme, rng: &mut Rng) -> Vec<ReportingRole> {
    let decides = vec!["results.view".to_owned()];
    let mut roles = vec![ReportingRole {
        name: "all-units".to_owned(),
        scope: ReportingScope::All,
        decides: decides.clone(),
    }];
    for kind in scheme.kinds.iter().skip(1).take(2) {
        // Now and then a reporting role decides something else than the others.
        let other = scheme.capability("dashboard.view").filter(|_| rng.chance(12));
        let decides = other.map_or(decides.clone(), |other| vec![other.name.clone()]);
        let scope = ReportingScope::Kind(kind.name.clone());
        roles.push(ReportingRole { name: format!("by-{}", kind.name), scope, decides });
    }
    roles
}

fn systems(ranked: &[(&str, u32)], rng: &mut Rng) -> Vec<System> {
    let ranks: Vec<u32> = ranked.iter().map(|(_, rank)| *rank).collect();
    let middle = ranks.get(ranks.len() / 2).copied();
    vec![
        System { name: "telephony".to_owned(), minimum_rank: None },
        System { name: "recorder".to_owned(), minimum_rank: middle },
        System {
            name: "extract".to_owned(),
            minimum_rank: if rng.chance(50) { rng.pick(&ranks).copied() } else { None },
        },
    ]
}

fn ranked_role(
    scheme: &Scheme,
    name: &str,
    rank: u32,
    index: usize,
    below: &[String],
    unranked: &[&str],
    rng: &mut Rng,
) -> Role {
    let percent = 92_usize.saturating_sub(index * 11);
    let mut capabilities = Vec::new();
    for capability in listable(scheme) {
        let listed = match capability.name.as_str() {
            "user.manage" => index <= 1 || rng.chance(percent.saturating_sub(15)),
            // The first role can assign everywhere.
            "team.manage" if index == 0 => true,
            "user.identity.edit" | "clearance.set" => rng.chance(percent.saturating_sub(20)),
            "customer.view" => rng.chance(percent + 5),
            _ => rng.chance(percent.saturating_sub(15)),
        };
        if listed {
            capabilities.push(role_capability(scheme, capability, index, rng));
        }
    }
    let mut includes = rng.some(below, 18);
    if rng.chance(15) {
        includes.extend(rng.pick(unranked).map(|name| (*name).to_owned()));
    }
    let manages = capabilities.iter().any(|listed| listed.capability == "user.manage");
    Role {
        name: name.to_owned(),
        rank: Some(rank),
        capabilities,
        includes,
        user_management: match (manages, index) {
            (true, 0) => HandOut::Always,
            (true, _) if rng.chance(30) => HandOut::Always,
            (true, _) => HandOut::Switch,
            (false, _) => HandOut::Never,
        },
        handed_out_by: Vec::new(),
        max_per_unit: if index >= 1 && rng.chance(35) { Some(1) } else { None },
        exclusive: false,
        systems: brought(scheme, rng),
    }
}

fn unranked_role(scheme: &Scheme, name: &str, ranked: &[(&str, u32)], rng: &mut Rng) -> Role {
    let mut capabilities = Vec::new();
    for capability in listable(scheme) {
        let percent = match (name, capability.name.as_str()) {
            ("partner", "user.manage" | "team.manage") => 75,
            ("partner", "customer.view") => 95,
            ("security-adviser", "clearance.set" | "extract.run") => 90,
            ("guest", "customer.view" | "customer.edit") => 80,
            (_, "user.manage" | "user.identity.edit" | "team.manage" | "clearance.set") => 0,
            ("partner", _) => 45,
            (_, _) => 15,
        };
        if rng.chance(percent) {
            let mut listed = role_capability(scheme, capability, 3, rng);
            if name == "guest" && capability.resource == ResourceType::Customer {
                listed.reach = Reach::Own;
                listed.at_kinds = None;
            }
            capabilities.push(listed);
        }
    }
    let managing = capabilities.iter().any(|listed| listed.capability == "user.manage");
    let handers: Vec<String> = ranked.iter().map(|(name, _)| (*name).to_owned()).collect();
    Role {
        name: name.to_owned(),
        rank: None,
        capabilities,
        includes: Vec::new(),
        user_management: if managing { HandOut::Switch } else { HandOut::Never },
        handed_out_by: if rng.chance(15) { Vec::new() } else { rng.some(&handers, 60) },
        max_per_unit: if rng.chance(40) { Some(1) } else { None },
        exclusive: name == "guest" && rng.chance(75),
        systems: brought(scheme, rng),
    }
}

/// What reporting roles decide no role lists.
fn listable(scheme: &Scheme) -> impl Iterator<Item = &Capability> {
    let decided = |name: &String| scheme.reporting_roles.iter().any(|role| role.decides.contains(name));
    scheme.capabilities.iter().filter(move |capability| !decided(&capability.name))
}

fn manages(capability: &str) -> bool {
    capability.starts_with("user.") || capability == "team.manage"
}

fn role_capability(scheme: &Scheme, capability: &Capability, index: usize, rng: &mut Rng) -> RoleCapability {
    let customer = capability.resource == ResourceType::Customer;
    let plain_unit = capability.resource == ResourceType::Unit && !manages(&capability.name);
    let enclosing: Vec<String> = scheme.kinds.iter().skip(1).take(2).map(|kind| kind.name.clone()).collect();
    let reach = match rng.pick(&enclosing) {
        Some(kind) if plain_unit && index > 0 && rng.chance(40) => Reach::Enclosing(kind.clone()),
        Some(_) | None if customer && index >= 3 && rng.chance(25) => Reach::Own,
        Some(_) | None => Reach::Below,
    };
    let deep: Vec<String> = scheme.kinds.iter().skip(1).map(|kind| kind.name.clone()).collect();
    let at_kinds = if (customer || plain_unit) && reach == Reach::Below && rng.chance(12) {
        Some(rng.some(&deep, 60)).filter(|kinds| !kinds.is_empty())
    } else {
        None
    };
    let mut classes = Vec::new();
    if customer {
        classes = rng.some(&scheme.classes, 90_usize.saturating_sub(index * 15));
        if classes.is_empty() {
            classes.extend(scheme.classes.first().cloned());
        }
    }
    RoleCapability { capability: capability.name.clone(), reach, at_kinds, classes }
}

fn brought(scheme: &Scheme, rng: &mut Rng) -> Vec<String> {
    let names: Vec<String> = scheme.systems.iter().map(|system| system.name.clone()).collect();
    rng.some(&names, 22)
}
