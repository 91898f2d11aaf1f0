//! `[kinds.NAME]`: kinds of unit and the limits that hold at each.

use bailiwick_membership::RoleIx;
use regex_lite::{Regex, RegexBuilder};

use super::keys;
use super::names::{Names, capability_at};
use super::read::{Section, shown};
use crate::scheme::ability::{CapIx, Capability, KindSet, Resource};
use crate::scheme::core::{CORE, is_core};
use crate::scheme::kind::{Kind, Minimum, Parents, PlacementReach};
use crate::scheme::{Scheme, tombstone};

/// The longest name pattern, in bytes, and the largest program that one may compile to.
const PATTERN_LIMIT: usize = 256;
const PATTERN_SIZE: usize = 1 << 16;

const PLACEMENT_REACH: [(&str, PlacementReach); 2] =
    [("below", PlacementReach::Below), ("unit", PlacementReach::Unit)];

/// Every kind by its place.
pub(super) fn read(
    root: &Section<'_, '_>,
    names: &Names,
    capabilities: &[Capability],
    before: Option<&Scheme>,
) -> Vec<Kind> {
    if !root.has("kinds") {
        root.fault("kinds", "must be there: a scheme has at least one kind of unit");
    }
    let mut kinds: Vec<Kind> = before.iter().flat_map(|s| &s.kinds).map(tombstone::kind).collect();
    for (name, section) in root.entries("kinds", keys::KIND) {
        let kind = one(name, &section, names, capabilities);
        let Some(place) = names.kinds.place(name) else { continue };
        match kinds.get_mut(place) {
            Some(old) => *old = kind,
            None => kinds.push(kind),
        }
    }
    kinds
}

fn one(name: &str, section: &Section<'_, '_>, names: &Names, capabilities: &[Capability]) -> Kind {
    let faults = section.faults();
    let name_pattern = pattern(section);
    let placeholders = placeholders(section, name_pattern.as_ref());
    let right = |key, default| right(section, key, default, names, capabilities);
    Kind {
        name: name.to_owned(),
        title: section.text_or("title", name),
        parents: parents(section, names),
        name_pattern,
        placeholders,
        capacity: section.number("capacity", 1),
        single_role: section.flag("single_role", false),
        minimum: minimum(section, names),
        assign_right: right("assign_right", CORE.user_manage),
        unit_right: right("unit_right", CORE.unit_manage),
        place_right: right("place_right", CORE.customer_place),
        placement_reach: section.choice("placement_reach", &PLACEMENT_REACH).unwrap_or(PlacementReach::Below),
        dismissed_visible: section.flag("dismissed_visible", true),
        selectable: section.flag("selectable", false),
        implied_at: names.kind_set(&section.words("implied_at"), faults),
        roles: names.role_list(&section.words("roles"), faults),
    }
}

fn parents(section: &Section<'_, '_>, names: &Names) -> Parents {
    let root = section.flag("root", false);
    let several = section.flag("several_parents", false);
    let words = section.words("parents");
    let kinds = names.kind_set(&words, section.faults());
    match (root, section.has("parents")) {
        (true, true) => section.fault("parents", "a root has no parents: leave out `root` or `parents`"),
        (false, false) if section.is_wrong("root") => {}
        (false, false) => section.fault("parents", "must be there, unless the kind is a `root`"),
        (false, true) if words.is_empty() && !section.is_wrong("parents") => {
            section.fault("parents", "must name at least one kind");
        }
        (true, false) | (false, true) => {}
    }
    if several && root {
        section.fault("several_parents", "a root has no parents");
    }
    match (root, several) {
        (true, _) => Parents::Root,
        (false, true) => Parents::Several(kinds),
        (false, false) => Parents::One(kinds),
    }
}

/// A pattern fits the whole name.
fn pattern(section: &Section<'_, '_>) -> Option<Regex> {
    let (text, at) = section.word("name_pattern")?;
    if text.len() > PATTERN_LIMIT {
        section.faults().add(&at, format!("must have at most {PATTERN_LIMIT} bytes"));
        return None;
    }
    // Compiled by itself first: `)(` must not become valid by what is put around it.
    let alone = RegexBuilder::new(text).size_limit(PATTERN_SIZE).build();
    let whole =
        alone.and_then(|_| RegexBuilder::new(&format!("^(?:{text})$")).size_limit(PATTERN_SIZE).build());
    match whole {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let problem = format!("`{}` is no pattern: {}", shown(text), shown(&error.to_string()));
            section.faults().add(&at, problem);
            None
        }
    }
}

fn placeholders(section: &Section<'_, '_>, pattern: Option<&Regex>) -> Vec<String> {
    let texts = section.texts("placeholders");
    for (text, at) in &texts {
        if pattern.is_some_and(|pattern| !pattern.is_match(text)) {
            let problem =
                format!("`{}` does not fit the name pattern, so no such unit could be made", shown(text));
            section.faults().add(at, problem);
        }
    }
    texts.into_iter().map(|(text, _)| text).collect()
}

fn minimum(section: &Section<'_, '_>, names: &Names) -> Option<Minimum> {
    let inner = section.section("minimum", keys::MINIMUM)?;
    let word = inner.word("role");
    let count = inner.number("count", 1);
    for key in keys::MINIMUM {
        if !inner.has(key) {
            inner.fault(key, "must be there");
        }
    }
    let role: RoleIx = word.and_then(|(name, at)| names.role(name, &at, inner.faults()))?;
    Some(Minimum { role, count: count? })
}

/// A capability that a kind's rights may be: the default, or a unit capability of the scheme's own.
fn right(
    section: &Section<'_, '_>,
    key: &str,
    default: CapIx,
    names: &Names,
    capabilities: &[Capability],
) -> CapIx {
    let Some((name, at)) = section.word(key) else { return default };
    let Some(cap) = names.capability(name, &at, section.faults()) else { return default };
    let of_unit = capability_at(capabilities, cap).is_some_and(|c| c.resource == Resource::Unit);
    if cap != default && (is_core(cap) || !of_unit) {
        let usual = capability_at(capabilities, default).map_or("", |c| c.name.as_str());
        let allowed = format!("`{usual}`, or a unit capability of the scheme's own");
        section.faults().add_allowed(&at, format!("`{}` cannot be this right", shown(name)), allowed);
        return default;
    }
    cap
}

/// The kinds at which each role can be held, from what the kinds say.
pub(super) fn kinds_of_role(kinds: &[Kind], role: RoleIx) -> KindSet {
    let holding = kinds.iter().zip(0..).filter(|(kind, _)| kind.roles.contains(&role));
    holding.fold(KindSet::EMPTY, |set, (_, place)| set.with(bailiwick_membership::KindIx(place)))
}
