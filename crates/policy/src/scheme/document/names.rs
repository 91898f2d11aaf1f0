//! The names that a document introduces, and looking them up.
//!
//! A name keeps its place for ever: names of the version before come first, in their old order, those that are
//! gone among them; new ones follow in the order of the document.

use std::collections::{BTreeSet, HashMap};

use bailiwick_membership::{KindIx, ReportingRoleIx, RoleIx, SystemIx};

use super::read::{Section, listed, shown};
use crate::scheme::ability::{CapIx, Capability, ClassSet, KindSet, SystemSet};
use crate::scheme::fault::{At, Faults};
use crate::scheme::{Scheme, core};

/// The longest name, in characters.
const NAME_LIMIT: usize = 64;

/// Names of one sort, with their places.
pub(in crate::scheme) struct Index {
    what: &'static str,
    /// Every name by its place, those that are gone among them.
    names: Vec<String>,
    places: HashMap<String, usize>,
    missing: BTreeSet<u8>,
}

impl Index {
    fn build(
        what: &'static str,
        before: Vec<String>,
        now: &[(&str, At)],
        limit: usize,
        faults: &Faults,
    ) -> Self {
        let mut names = before;
        let mut places = HashMap::new();
        let old: HashMap<String, usize> = names.iter().cloned().zip(0..).collect();
        for (name, at) in now {
            let place = old.get(*name).copied().unwrap_or_else(|| {
                names.push((*name).to_owned());
                names.len() - 1
            });
            if place == limit {
                faults.add(
                    at,
                    format!("more than {limit} {}, those of earlier versions among them", plural(what)),
                );
            }
            places.insert((*name).to_owned(), place);
        }
        let gone = old.into_iter().filter(|(name, _)| !places.contains_key(name)).map(|(_, place)| place);
        let missing = gone.filter_map(|place| u8::try_from(place).ok()).collect();
        Self { what, names, places, missing }
    }

    /// The place of a name; an unknown one is a fault.
    pub(in crate::scheme) fn find(&self, name: &str, at: &At, faults: &Faults) -> Option<usize> {
        let place = self.places.get(name).copied();
        if place.is_none() {
            let known = self.names.iter().filter(|name| self.places.contains_key(*name));
            faults.add_allowed(at, format!("unknown {} `{}`", self.what, shown(name)), listed(known));
        }
        place
    }

    /// The place of a name, where it is one.
    pub(in crate::scheme) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// How many places there are, those whose names are gone among them.
    pub(in crate::scheme) fn len(&self) -> usize {
        self.names.len()
    }

    /// Every name by its place.
    pub(in crate::scheme) fn names(&self) -> &[String] {
        &self.names
    }

    /// The places whose names are gone.
    pub(in crate::scheme) fn missing(&self) -> &BTreeSet<u8> {
        &self.missing
    }
}

fn plural(what: &str) -> String {
    match what.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if what.ends_with('s') => format!("{what}es"),
        None => format!("{what}s"),
    }
}

/// All names of a document.
pub(in crate::scheme) struct Names {
    pub(in crate::scheme) kinds: Index,
    pub(in crate::scheme) roles: Index,
    pub(in crate::scheme) capabilities: Index,
    pub(in crate::scheme) classes: Index,
    pub(in crate::scheme) systems: Index,
    pub(in crate::scheme) desks: Index,
    pub(in crate::scheme) reporting_roles: Index,
    pub(in crate::scheme) user_types: Index,
}

impl Names {
    /// Collects the names of a document, after those of the version before.
    pub(in crate::scheme) fn collect(
        root: &Section<'_, '_>,
        before: Option<&Scheme>,
        faults: &Faults,
    ) -> Self {
        let named = |key: &str, reserved: Option<&str>| {
            let names = root.names(key);
            for (name, at) in &names {
                check_name(name, at, faults);
                if reserved == Some(*name) {
                    faults.add(at, format!("`{name}` has a meaning of its own here: choose another name"));
                }
            }
            names
        };
        let listed = |section: &str, key: &str, check: fn(&str, &At, &Faults)| {
            let names = root.peek(section).map(|inner| inner.words(key)).unwrap_or_default();
            names.iter().for_each(|(name, at)| check(name, at, faults));
            names
        };
        let declared = root.names("capabilities");
        declared.iter().for_each(|(name, at)| check_capability(name, at, faults));
        let engine = core::capabilities().into_iter().map(|c| c.name).collect();
        let old = |names: fn(&Scheme) -> Vec<String>| before.map(names).unwrap_or_default();
        let build = |what, before, now: &[(&str, At)], limit| Index::build(what, before, now, limit, faults);
        let kinds = old(|s| s.kinds.iter().map(|k| k.name.clone()).collect());
        let roles = old(|s| s.roles.iter().map(|r| r.name.clone()).collect());
        let systems = old(|s| s.systems.iter().map(|r| r.name.clone()).collect());
        let reporting = old(|s| s.reporting_roles.iter().map(|r| r.name.clone()).collect());
        let mut capabilities = build("capability", engine, &declared, 1024);
        capabilities.know_all();
        Self {
            kinds: build("kind", kinds, &named("kinds", Some("all")), 64),
            roles: build("role", roles, &named("roles", Some("operator")), 254),
            capabilities,
            classes: build("class", Vec::new(), &listed("customers", "classes", check_name), 64),
            systems: build("system", systems, &named("systems", None), 64),
            desks: build("desk", Vec::new(), &named("desks", None), 254),
            reporting_roles: build("reporting role", reporting, &named("reporting_roles", None), 254),
            user_types: build(
                "user type",
                old(|s| s.user_types.clone()),
                &listed("users", "user_types", check_label),
                254,
            ),
        }
    }

    /// Kinds by their names.
    pub(in crate::scheme) fn kind_set(&self, words: &[(&str, At)], faults: &Faults) -> KindSet {
        let kinds = words.iter().filter_map(|(name, at)| self.kind(name, at, faults));
        kinds.fold(KindSet::EMPTY, KindSet::with)
    }

    /// Systems by their names.
    pub(in crate::scheme) fn system_set(&self, words: &[(&str, At)], faults: &Faults) -> SystemSet {
        let systems = words.iter().filter_map(|(name, at)| self.system(name, at, faults));
        systems.fold(SystemSet::EMPTY, SystemSet::with)
    }

    /// Roles by their names, in the order in which they are listed.
    pub(in crate::scheme) fn role_list(&self, words: &[(&str, At)], faults: &Faults) -> Vec<RoleIx> {
        words.iter().filter_map(|(name, at)| self.role(name, at, faults)).collect()
    }

    /// Record classes by their names.
    pub(in crate::scheme) fn class_set(&self, words: &[(&str, At)], faults: &Faults) -> ClassSet {
        let places = words.iter().filter_map(|(name, at)| self.classes.find(name, at, faults));
        places.fold(ClassSet::EMPTY, |set, place| set.union(class_at(place)))
    }

    /// All record classes.
    pub(in crate::scheme) fn all_classes(&self) -> ClassSet {
        (0..self.classes.len()).fold(ClassSet::EMPTY, |set, place| set.union(class_at(place)))
    }

    /// All systems that are not gone.
    pub(in crate::scheme) fn all_systems(&self) -> SystemSet {
        let places = self.systems.places.values().filter_map(|&place| u8::try_from(place).ok());
        places.map(SystemIx).fold(SystemSet::EMPTY, SystemSet::with)
    }

    /// The kind of this name.
    pub(in crate::scheme) fn kind(&self, name: &str, at: &At, faults: &Faults) -> Option<KindIx> {
        self.kinds.find(name, at, faults).and_then(|place| u8::try_from(place).ok()).map(KindIx)
    }

    /// The role of this name.
    pub(in crate::scheme) fn role(&self, name: &str, at: &At, faults: &Faults) -> Option<RoleIx> {
        self.roles.find(name, at, faults).and_then(|place| u8::try_from(place).ok()).map(RoleIx)
    }

    /// The system of this name.
    pub(in crate::scheme) fn system(&self, name: &str, at: &At, faults: &Faults) -> Option<SystemIx> {
        self.systems.find(name, at, faults).and_then(|place| u8::try_from(place).ok()).map(SystemIx)
    }

    /// The capability of this name.
    pub(in crate::scheme) fn capability(&self, name: &str, at: &At, faults: &Faults) -> Option<CapIx> {
        self.capabilities.find(name, at, faults).and_then(|place| u16::try_from(place).ok()).map(CapIx)
    }

    /// The reporting role of this name, where it is one.
    pub(in crate::scheme) fn reporting_role(&self, name: &str) -> Option<ReportingRoleIx> {
        self.reporting_roles.place(name).and_then(|place| u8::try_from(place).ok()).map(ReportingRoleIx)
    }
}

impl Index {
    /// Every name is known, whether the document declares it or not.
    fn know_all(&mut self) {
        self.places = self.names.iter().cloned().zip(0..).collect();
        self.missing.clear();
    }
}

fn class_at(place: usize) -> ClassSet {
    let bit = u32::try_from(place).ok().and_then(|place| 1_u64.checked_shl(place));
    bit.map_or(ClassSet::EMPTY, ClassSet)
}

/// Looks a capability up among those already read.
pub(in crate::scheme) fn capability_at(capabilities: &[Capability], cap: CapIx) -> Option<&Capability> {
    capabilities.get(usize::from(cap.0))
}

fn is_word(word: &str) -> bool {
    let mut bytes = word.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_lowercase());
    first && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}

/// Examines the name of a kind, role, system, class …
pub(in crate::scheme) fn check_name(name: &str, at: &At, faults: &Faults) {
    if !is_word(name) || name.len() > NAME_LIMIT {
        let allowed =
            "a lower-case letter, then lower-case letters, digits, `-` and `_`; at most 64 characters";
        faults.add_allowed(at, format!("`{}` is no name", shown(name)), allowed);
    }
}

fn check_capability(name: &str, at: &At, faults: &Faults) {
    let words: Vec<&str> = name.split('.').collect();
    if !(2..=3).contains(&words.len()) || !words.iter().all(|w| is_word(w)) || name.len() > NAME_LIMIT {
        let allowed = "two or three lower-case words with dots between them, such as `query.run`";
        faults.add_allowed(at, format!("`{}` is no name of a capability", shown(name)), allowed);
    }
}

fn check_label(label: &str, at: &At, faults: &Faults) {
    if label.trim() != label
        || label.is_empty()
        || label.len() > NAME_LIMIT
        || label.chars().any(char::is_control)
    {
        faults.add_allowed(at, format!("`{}` is no label", shown(label)), "1 to 64 bytes of plain text");
    }
}
