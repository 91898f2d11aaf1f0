//! From the TOML document to a compiled scheme.
//!
//! First the names are collected, then each section is read with every name already known; what belongs together
//! across sections is `validate`'s. Every fault is collected on the way; a scheme with one fault is none.

mod capabilities;
pub(super) mod holdings;
pub(super) mod keys;
mod kinds;
mod names;
mod people;
pub(super) mod read;
mod requests;
mod roles;
mod syntax;
mod systems;

use std::collections::BTreeSet;

use names::Names;
pub(super) use people::made_from;
use read::Section;

use super::core::CORE;
use super::fault::{At, Fault, Faults};
use super::{Gap, Missing, Scheme, validate};

/// The longest document, in bytes.
const DOCUMENT_LIMIT: usize = 1 << 20;

/// The most equals signs in a document. The TOML reader compares every dotted key of a table with every other: this
/// bounds the time that takes.
const KEY_LIMIT: usize = 20_000;

impl Scheme {
    /// Reads and validates a scheme's document.
    ///
    /// # Errors
    /// Every fault of the document, in its order. A document that is no TOML has one.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        compile(text, None)
    }

    /// Reads and validates the next version of a scheme: every kind, role, system, reporting role and user type
    /// keeps its place, and names that are gone leave a tombstone (see [`Scheme::missing_roles`]).
    ///
    /// # Errors
    /// Every fault of the document, in its order.
    pub fn parse_after(text: &str, previous: &Self) -> Result<Self, Vec<Fault>> {
        compile(text, Some(previous))
    }
}

fn compile(text: &str, before: Option<&Scheme>) -> Result<Scheme, Vec<Fault>> {
    let equals = text.bytes().filter(|&b| b == b'=').count();
    for (what, count, limit) in [("bytes", text.len(), DOCUMENT_LIMIT), ("equals signs", equals, KEY_LIMIT)] {
        if count > limit {
            let problem = format!("a scheme has at most {limit} {what}, this one has {count}");
            return Err(vec![Fault { line: 1, column: 1, key: String::new(), problem, allowed: None }]);
        }
    }
    let value = toml_span::parse(text).map_err(|error| vec![syntax::fault(&error, text)])?;
    let faults = Faults::default();
    let root = Section::open(&value, At::default(), &faults, keys::DOCUMENT);
    let names = Names::collect(&root, before, &faults);
    if names.fit() {
        let draft = read(text, &root, &names, before);
        validate::examine(&draft, &root);
        if faults.is_empty() {
            return Ok(draft.scheme);
        }
    }
    Err(faults.into_faults(text))
}

/// A scheme as it was read, before it is known to be sound.
pub(super) struct Draft {
    /// The scheme.
    pub(super) scheme: Scheme,
    /// For each role, what it lists itself.
    pub(super) listed: Vec<holdings::Listed>,
}

fn read(text: &str, root: &Section<'_, '_>, names: &Names, before: Option<&Scheme>) -> Draft {
    let (name, title) = heading(root);
    let capabilities = capabilities::read(root, names);
    let kinds = kinds::read(root, names, &capabilities, before);
    let (mut roles, listed) = roles::read(root, names, &capabilities, &kinds, before);
    let systems = systems::read(root, names, &capabilities, before);
    let abilities = holdings::spread(root, &mut roles, &listed, &capabilities, &kinds);
    let credentials = people::credentials(root);
    let users = people::users(root, &credentials);
    let requests = requests::read(root, names, &roles);
    let by_request = requests.as_ref().map(|r| r.only_by_request.clone()).unwrap_or_default();
    let scheme = Scheme {
        name,
        title,
        source: text.into(),
        kinds,
        roles,
        capabilities,
        abilities,
        classes: names.classes.names().to_vec(),
        systems,
        reporting_roles: systems::reporting_roles(root, names, before),
        user_types: names.user_types.names().to_vec(),
        matching: people::matching(root, &users),
        users,
        gap: gap(root),
        by_request,
        requests,
        desks: systems::desks(root, names),
        credentials,
        other_placements: people::other_placements(root),
        core: CORE,
        missing: names.missing(),
    };
    Draft { scheme, listed }
}

/// `[scheme]`: what the document is.
fn heading(root: &Section<'_, '_>) -> (String, String) {
    let Some(section) = root.section("scheme", keys::SCHEME) else {
        if !root.has("scheme") {
            root.fault("scheme", "must be there, with `format`, `name` and `title`");
        }
        return Default::default();
    };
    match section.number("format", 1) {
        Some(1) => {}
        Some(other) => section.fault("format", format!("format {other} is not known; this is format 1")),
        None if section.has("format") => {}
        None => section.fault("format", "must be there: 1"),
    }
    let name = section.word("name");
    match &name {
        Some((name, at)) => names::check_name(name, at, section.faults()),
        None if section.has("name") => {}
        None => section.fault("name", "must be there"),
    }
    let title = section.text("title");
    if !section.has("title") {
        section.fault("title", "must be there");
    }
    let _for_readers = section.text("description");
    (name.map(|(name, _)| name.to_owned()).unwrap_or_default(), title.unwrap_or_default())
}

/// `[management]`: how much more senior a manager must be.
fn gap(root: &Section<'_, '_>) -> Gap {
    let Some(section) = root.section("management", keys::MANAGEMENT) else { return Gap::None };
    match section.number("gap", 0) {
        Some(1) => Gap::OneGrade,
        Some(0) | None => Gap::None,
        Some(other) => {
            section.fault("gap", format!("must be 0 or 1, not {other}"));
            Gap::None
        }
    }
}

impl Names {
    /// Whether every place is a number that an index can be.
    fn fit(&self) -> bool {
        self.kinds.len() <= 64
            && self.roles.len() <= 254
            && self.capabilities.len() <= 1024
            && self.classes.len() <= 64
            && self.systems.len() <= 64
            && self.reporting_roles.len() <= 254
            && self.user_types.len() <= 254
    }

    fn missing(&self) -> Missing {
        let of = |index: &names::Index| -> BTreeSet<u8> { index.missing().clone() };
        Missing {
            kinds: of(&self.kinds),
            roles: of(&self.roles),
            systems: of(&self.systems),
            reporting_roles: of(&self.reporting_roles),
            user_types: of(&self.user_types),
        }
    }
}
