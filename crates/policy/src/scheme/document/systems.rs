//! `[systems.NAME]`, `[desks.NAME]` and `[reporting_roles.NAME]`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::keys;
use super::names::{Names, capability_at};
use super::read::Section;
use crate::scheme::ability::{Capability, Resource};
use crate::scheme::core::CORE;
use crate::scheme::requests::Desk;
use crate::scheme::role::Rank;
use crate::scheme::{Compulsory, Fulfilment, ReportingRole, ReportingScope, Scheme, System, tombstone};

/// Every system by its place.
pub(super) fn read(
    root: &Section<'_, '_>,
    names: &Names,
    capabilities: &[Capability],
    before: Option<&Scheme>,
) -> Vec<System> {
    let mut systems: Vec<System> = before.iter().flat_map(|s| &s.systems).map(tombstone::system).collect();
    for (name, section) in root.entries("systems", keys::SYSTEM) {
        let system = system(name, &section, names, capabilities);
        let Some(place) = names.systems.place(name) else { continue };
        match systems.get_mut(place) {
            Some(old) => *old = system,
            None => systems.push(system),
        }
    }
    systems
}

fn system(name: &str, section: &Section<'_, '_>, names: &Names, capabilities: &[Capability]) -> System {
    let faults = section.faults();
    let mut grant_right = CORE.user_manage;
    if let Some((word, at)) = section.word("grant_right")
        && let Some(cap) = names.capability(word, &at, faults)
    {
        let of_user = capability_at(capabilities, cap).is_some_and(|c| c.resource == Resource::User);
        if of_user && cap != CORE.user_view {
            grant_right = cap;
        } else {
            let allowed = "`user.manage`, or another capability about users";
            faults.add_allowed(&at, format!("`{word}` cannot be this right"), allowed);
        }
    }
    System {
        name: name.to_owned(),
        title: section.text_or("title", name),
        minimum_rank: section.number("minimum_rank", 1).map(Rank),
        reason: if section.flag("reason", false) { Compulsory::Yes } else { Compulsory::No },
        grant_right,
        extra_approver: section.flag("extra_approver", false),
        fulfilment: fulfilment(section, names),
    }
}

/// `fulfilled_by`: a desk; where it is absent, at once.
pub(super) fn fulfilment(section: &Section<'_, '_>, names: &Names) -> Fulfilment {
    let Some((word, at)) = section.word("fulfilled_by") else { return Fulfilment::AtOnce };
    match names.desks.find(word, &at, section.faults()) {
        Some(_) => Fulfilment::ByHand(word.to_owned()),
        None => Fulfilment::AtOnce,
    }
}

/// Every desk.
pub(super) fn desks(root: &Section<'_, '_>, names: &Names) -> Vec<Desk> {
    let one = |(name, section): (&str, Section<'_, '_>)| {
        for key in ["roles", "within"] {
            if !section.has(key) {
                section.fault(key, "must be there");
            }
        }
        let words = section.words("roles");
        if section.is_list("roles") && words.is_empty() {
            section.fault("roles", "must name at least one role, or `operator`");
        }
        let operators = words.len() == 1 && words.iter().all(|(word, _)| *word == "operator");
        let roles = if operators { Vec::new() } else { names.role_list(&words, section.faults()) };
        let within = section.duration("within").unwrap_or(Duration::from_secs(86_400));
        Desk { name: name.to_owned(), title: section.text_or("title", name), roles, within }
    };
    root.entries("desks", keys::DESK).into_iter().map(one).collect()
}

/// Every reporting role by its place.
pub(super) fn reporting_roles(
    root: &Section<'_, '_>,
    names: &Names,
    before: Option<&Scheme>,
) -> Vec<ReportingRole> {
    let mut roles: Vec<ReportingRole> =
        before.iter().flat_map(|s| &s.reporting_roles).map(tombstone::reporting_role).collect();
    for (name, section) in root.entries("reporting_roles", keys::REPORTING_ROLE) {
        let role = reporting_role(name, &section, names);
        let Some(place) = names.reporting_role(name) else { continue };
        match roles.get_mut(usize::from(place.0)) {
            Some(old) => *old = role,
            None => roles.push(role),
        }
    }
    roles
}

fn reporting_role(name: &str, section: &Section<'_, '_>, names: &Names) -> ReportingRole {
    for key in ["scope", "decides"] {
        if !section.has(key) {
            section.fault(key, "must be there");
        }
    }
    let mut scope = ReportingScope::All;
    if let Some((word, at)) = section.word("scope")
        && word != "all"
        && let Some(kind) = names.kind(word, &at, section.faults())
    {
        scope = ReportingScope::Kind(kind);
    }
    let words = section.words("decides");
    if section.is_list("decides") && words.is_empty() {
        section.fault("decides", "must name at least one capability");
    }
    let decides: BTreeSet<_> =
        words.iter().filter_map(|(word, at)| names.capability(word, at, section.faults())).collect();
    ReportingRole { name: name.to_owned(), title: section.text_or("title", name), scope, decides }
}
