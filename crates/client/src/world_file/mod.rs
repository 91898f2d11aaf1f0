//! A world as a file: the units, people and customers of a realm in one TOML document.
//!
//! [`World::parse`] reads a document and says every fault of it at once; [`Plan`] splits a world into commands that
//! may be sent again without happening twice; [`write()`] makes a document of items. What a scheme allows (kinds,
//! roles, capacities) is the server's to judge; the form is described in `docs/world-files.md`.
//!
//! ```
//! use bailiwick_client::world_file::World;
//!
//! let world = World::parse(r#"
//!     [units]
//!     acme  = { kind = "enterprise" }
//!     north = { kind = "site", in = "acme" }
//!
//!     [users.dana]
//!     first_name = "Dana"
//!     home = "north"
//!     assignments = [{ unit = "north", role = "staff", scope = "all" }]
//! "#).unwrap();
//! assert_eq!(world.items.len(), 3);
//! ```

mod fault;
mod order;
mod people;
mod places;
mod plan;
mod read;
mod size;
mod write;

#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use plan::{Plan, Step};
pub use write::write;

use bailiwick_proto::v1;

use fault::Faults;
use read::{Section, Whole};

/// A world, read from a file and put in an order in which it can be loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// What people call the realm. May be empty.
    pub title: String,
    /// The shipped scheme that the world is made for: `eto`. May be empty.
    pub scheme: String,
    /// SHA-256 of the file, in hexadecimal digits.
    pub digest: String,
    /// What is loaded, such that nothing names what comes after it.
    pub items: Vec<Item>,
    /// The units that are archived once everything else is there: `units/annex`.
    pub archived: Vec<Archived>,
    /// What is suspended once it is there, by user.
    pub suspended: Vec<Suspended>,
}

/// One item, and where it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The line, from 1.
    pub line: usize,
    /// The item.
    pub item: v1::LoadItem,
}

/// A unit to be archived. Loading cannot archive at once what other items still need open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// The line of the unit, from 1.
    pub line: usize,
    /// The unit: `units/annex`.
    pub unit: String,
}

/// A user's assignments and grants that are suspended from the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspended {
    /// The line of the user, from 1.
    pub line: usize,
    /// The user: `users/dana`.
    pub user: String,
    /// What suspends them.
    pub changes: Vec<v1::UserChange>,
}

impl World {
    /// Reads a world.
    ///
    /// # Errors
    /// When the document is not TOML (then with that one fault) or has faults: all of them, by line.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let value = toml_span::parse(text).map_err(|error| vec![Fault::syntax(text, &error)])?;
        let faults = Faults::default();
        let mut root = Section::root(&value, &faults);
        let title = root.text("title").unwrap_or_default();
        let scheme = root.text("scheme").unwrap_or_default();
        let whole = if root.flag("adds_to_realm") { Whole::No } else { Whole::Yes };
        let units = places::units(&mut root);
        let people = people::users(&mut root);
        let placements = places::customers(&mut root);
        root.finish();
        let ordered = order::order(units, people, placements, whole, &faults);
        let found = faults.into_faults(text);
        if !found.is_empty() {
            return Err(found);
        }
        Ok(ordered.into_world(title, scheme, text))
    }
}
