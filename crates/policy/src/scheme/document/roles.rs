//! `[roles.NAME]`: titles, ranks, limits, and who hands a role out.

use std::collections::BTreeSet;

use bailiwick_membership::RoleIx;

use super::holdings::{self, Listed};
use super::names::Names;
use super::read::Section;
use super::{keys, kinds, people};
use crate::scheme::ability::Capability;
use crate::scheme::kind::Kind;
use crate::scheme::role::{HandOut, Rank, Role, Switch};
use crate::scheme::{Compulsory, Scheme, tombstone};

const SWITCH: [(&str, Switch); 3] =
    [("always", Switch::Always), ("switch", Switch::Switch), ("never", Switch::Never)];

const USER_TYPE: [(&str, Compulsory); 2] = [("compulsory", Compulsory::Yes), ("optional", Compulsory::No)];

/// Who hands out a role that nobody of the realm does.
const OPERATOR: &str = "operator";

/// Every role by its place, and what each lists itself.
pub(super) fn read(
    root: &Section<'_, '_>,
    names: &Names,
    capabilities: &[Capability],
    all_kinds: &[Kind],
    before: Option<&Scheme>,
) -> (Vec<Role>, Vec<Listed>) {
    if !root.has("roles") {
        root.fault("roles", "must be there: a scheme has at least one role");
    }
    let mut roles: Vec<Role> = before.iter().flat_map(|s| &s.roles).map(tombstone::role).collect();
    let mut listed: Vec<Listed> = roles.iter().map(|_| Listed::default()).collect();
    for (name, section) in root.entries("roles", keys::ROLE) {
        let Some(place) = names.roles.place(name) else { continue };
        let mut role = one(name, &section, names);
        role.kinds = u8::try_from(place)
            .map(|place| kinds::kinds_of_role(all_kinds, RoleIx(place)))
            .unwrap_or(role.kinds);
        let own = Listed { held: holdings::read(&section, names, capabilities), systems: role.systems };
        match (roles.get_mut(place), listed.get_mut(place)) {
            (Some(old), Some(old_listed)) => {
                *old = role;
                *old_listed = own;
            }
            (None, _) | (_, None) => {
                roles.push(role);
                listed.push(own);
            }
        }
    }
    (roles, listed)
}

fn one(name: &str, section: &Section<'_, '_>, names: &Names) -> Role {
    let faults = section.faults();
    let beside = section.has("beside").then(|| names.kind_set(&section.words("beside"), faults));
    let (rank, hand_out) = standing(section, names);
    Role {
        name: name.to_owned(),
        title: section.text_or("title", name),
        rank,
        kinds: crate::scheme::KindSet::EMPTY,
        user_management: section.choice("user_management", &SWITCH).unwrap_or(Switch::Never),
        hand_out,
        max_per_unit: section.number("max_per_unit", 1),
        exclusive: section.flag("exclusive", false),
        beside,
        systems: names.system_set(&section.words("systems"), faults),
        required_fields: people::fields(section, "required_fields").collect::<BTreeSet<_>>(),
        user_type: section.choice("user_type", &USER_TYPE).unwrap_or(Compulsory::No),
        includes: names.role_list(&section.words("includes"), faults),
    }
}

/// A rank, or who hands the role out instead.
fn standing(section: &Section<'_, '_>, names: &Names) -> (Option<Rank>, HandOut) {
    let unranked = section.flag("unranked", false);
    let rank = section.number("rank", 1).map(Rank);
    let hand_out = handed_out_by(section, names);
    match (section.has("rank"), unranked) {
        (true, true) => section.fault("rank", "a role has a `rank` or is `unranked`, not both"),
        (false, false) if !section.is_wrong("unranked") => {
            section.fault("rank", "must be there, unless the role is `unranked`");
        }
        (true, false) | (false, true) | (false, false) => {}
    }
    match (unranked, section.has("handed_out_by")) {
        (true, false) => {
            section.fault("handed_out_by", "must be there: an unranked role names who may hand it out");
        }
        (false, true) if section.has("rank") => {
            section
                .fault("handed_out_by", "a ranked role is handed out by rank: only an unranked one has it");
        }
        (true, true) | (false, true) | (false, false) => {}
    }
    if unranked { (None, HandOut::Roles(hand_out)) } else { (rank, HandOut::ByRank) }
}

fn handed_out_by(section: &Section<'_, '_>, names: &Names) -> Vec<RoleIx> {
    let words = section.words("handed_out_by");
    let alone = words.len() == 1;
    let mut roles = Vec::new();
    if section.has("handed_out_by") && words.is_empty() && !section.is_wrong("handed_out_by") {
        section.fault("handed_out_by", "must name at least one role, or `operator`");
    }
    for (word, at) in words {
        if word == OPERATOR {
            if !alone {
                section.faults().add(&at, "`operator` stands alone: operators may hand out every role");
            }
        } else {
            roles.extend(names.role(word, &at, section.faults()));
        }
    }
    roles
}
