//! A scheme's document, read once more: as far as questions depend on it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// What every scheme has: the name, what it is about, whether any placement counts, whether a caseload restriction
/// refuses it unless the document says otherwise.
const GIVEN: [(&str, About, bool, bool); 14] = [
    ("user.view", About::User, false, false),
    ("user.manage", About::User, false, false),
    ("user.identity.edit", About::User, false, false),
    ("clearance.set", About::User, false, false),
    ("unit.manage", About::Unit, false, false),
    ("customer.view", About::Customer, true, false),
    ("customer.place", About::Unit, false, false),
    ("customer.transfer", About::Unit, false, true),
    ("customer.find", About::Unit, false, true),
    ("customer.enroll", About::Unit, false, true),
    ("request.submit", About::Unit, false, false),
    ("request.approve", About::Unit, false, false),
    ("system.use", About::System, false, false),
    ("system.approve", About::System, false, false),
];

/// A document.
#[derive(Debug, Clone, Deserialize)]
pub struct Rules {
    /// Kinds of unit.
    pub kinds: BTreeMap<String, Kind>,
    /// Roles.
    pub roles: BTreeMap<String, Role>,
    #[serde(default)]
    capabilities: BTreeMap<String, Capability>,
    /// Systems.
    #[serde(default)]
    pub systems: BTreeMap<String, System>,
    /// Reporting roles.
    #[serde(default)]
    pub reporting_roles: BTreeMap<String, ReportingRole>,
    #[serde(default)]
    customers: Customers,
    #[serde(default)]
    management: Management,
    #[serde(default)]
    pub(crate) users: Users,
}

/// A kind of unit.
#[derive(Debug, Clone, Deserialize)]
pub struct Kind {
    #[serde(default)]
    pub(crate) parents: Vec<String>,
    #[serde(default)]
    pub(crate) several_parents: bool,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    /// Names of stand-ins.
    #[serde(default)]
    pub placeholders: Vec<String>,
    #[serde(default = "user_manage")]
    pub(crate) assign_right: String,
    /// For which assignments a placement counts.
    #[serde(default)]
    pub placement_reach: PlacementReach,
    /// Whether dismissed placements stay visible.
    #[serde(default = "yes")]
    pub dismissed_visible: bool,
    #[serde(default)]
    pub(crate) selectable: bool,
}

/// For which assignments a placement counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlacementReach {
    /// Those at the unit and above it.
    #[default]
    Below,
    /// Those at the unit itself.
    Unit,
}

/// A role.
#[derive(Debug, Clone, Deserialize)]
pub struct Role {
    /// Unset: unranked.
    pub rank: Option<i64>,
    #[serde(default)]
    pub(crate) handed_out_by: Vec<String>,
    #[serde(default)]
    pub(crate) includes: Vec<String>,
    #[serde(default)]
    pub(crate) capabilities: Vec<Listed>,
    #[serde(default)]
    pub(crate) systems: Vec<String>,
    /// Whether user management comes with it.
    #[serde(default)]
    pub user_management: Switch,
    #[serde(default)]
    pub(crate) exclusive: bool,
}

/// Whether user management comes with a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// Always on.
    Always,
    /// As each assignment says.
    Switch,
    /// Never.
    #[default]
    Never,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Listed {
    Plain(String),
    Table(ListedTable),
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ListedTable {
    name: Option<String>,
    #[serde(default)]
    names: Vec<String>,
    reach: Option<String>,
    classes: Option<Classes>,
    at: Option<Vec<String>>,
    systems: Option<Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Classes {
    Named(Vec<String>),
    All(AllClasses),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AllClasses {
    All,
}

#[derive(Debug, Clone, Deserialize)]
struct Capability {
    resource: Option<About>,
    under_caseload: Option<String>,
    needs: Option<String>,
}

/// What a capability is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// A unit.
    Unit,
    /// A customer.
    Customer,
    /// A user.
    User,
    /// A system.
    System,
}

/// A system.
#[derive(Debug, Clone, Deserialize)]
pub struct System {
    /// The least rank that uses it by a grant.
    pub minimum_rank: Option<i64>,
}

/// A reporting role.
#[derive(Debug, Clone, Deserialize)]
pub struct ReportingRole {
    /// `all`, or a kind.
    pub scope: String,
    /// What it decides.
    pub decides: BTreeSet<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Customers {
    #[serde(default)]
    classes: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Management {
    #[serde(default)]
    gap: u32,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Users {
    #[serde(default)]
    pub(crate) own: Vec<String>,
}

/// One capability as a role has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub capability: String,
    /// How far.
    pub reach: Reach,
    /// Of customers: which classes it shows.
    pub classes: Vec<String>,
    /// At units of which kinds; unset: any.
    pub at: Option<Vec<String>>,
    /// About which systems.
    pub systems: Vec<String>,
}

/// How far a capability reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// The unit and everything below it.
    Below,
    /// The nearest units of a kind at or above.
    Enclosing(String),
    /// The user's own record.
    Own,
}

/// What is to be known of a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// What it is about.
    pub about: About,
    /// Of customers: whether any placement counts.
    pub any_placement: bool,
    /// Whether a caseload restriction refuses it.
    pub refused: bool,
}

fn yes() -> bool {
    true
}

fn user_manage() -> String {
    "user.manage".to_owned()
}

impl Rules {
    /// Reads a document.
    ///
    /// # Errors
    /// What cannot be read of it.
    pub fn read(document: &str) -> Result<Self, String> {
        toml::from_str(document).map_err(|error| error.to_string())
    }

    /// Every record class.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.customers.classes
    }

    /// By how much a manager must stand above.
    #[must_use]
    pub fn gap(&self) -> u32 {
        self.management.gap
    }

    /// Every capability.
    #[must_use]
    pub fn known(&self) -> BTreeMap<String, Known> {
        let given = GIVEN.iter().map(|&(name, about, any_placement, refused)| {
            let said = self.capabilities.get(name).and_then(|said| said.under_caseload.as_deref());
            let refused = said.map_or(refused, |said| said == "refused");
            (name.to_owned(), Known { about, any_placement, refused })
        });
        let own = self.capabilities.iter().filter_map(|(name, said)| {
            let known = Known {
                about: said.resource?,
                any_placement: said.needs.as_deref() == Some("any"),
                refused: said.under_caseload.as_deref() == Some("refused"),
            };
            Some((name.clone(), known))
        });
        own.chain(given).collect()
    }

    /// The rights with which some kind of unit is assigned at; `user.manage` always among them.
    #[must_use]
    pub fn kind_rights(&self) -> BTreeSet<String> {
        self.kinds.values().map(|kind| kind.assign_right.clone()).chain([user_manage()]).collect()
    }

    /// Whether a capability manages people: no role has it by including another.
    #[must_use]
    pub fn manages(&self, capability: &str) -> bool {
        let about_users = self.known().get(capability).is_some_and(|known| known.about == About::User);
        (about_users && capability != "clearance.set")
            || self.kinds.values().any(|kind| kind.assign_right == capability)
    }

    /// Everything that a role has, by itself and by what it includes.
    #[must_use]
    pub fn held(&self, role: &str) -> Vec<Held> {
        let known = self.known();
        let mut found: Vec<Held> = Vec::new();
        for name in self.included(role) {
            let Some(included) = self.roles.get(&name) else { continue };
            let listed = included.capabilities.iter().flat_map(|listed| self.listed(listed, &known));
            found.extend(listed.filter(|held| name == role || !self.manages(&held.capability)));
        }
        found
    }

    /// The systems that come with a role.
    #[must_use]
    pub fn systems_of(&self, role: &str) -> BTreeSet<String> {
        let roles = self.included(role).into_iter().filter_map(|name| self.roles.get(&name));
        roles.flat_map(|role| role.systems.iter().cloned()).collect()
    }

    /// A role and all that it includes.
    fn included(&self, role: &str) -> BTreeSet<String> {
        let (mut found, mut waiting) = (BTreeSet::new(), vec![role.to_owned()]);
        while let Some(name) = waiting.pop() {
            if let Some(role) = self.roles.get(&name)
                && found.insert(name)
            {
                waiting.extend(role.includes.iter().cloned());
            }
        }
        found
    }

    pub(crate) fn listed(&self, listed: &Listed, known: &BTreeMap<String, Known>) -> Vec<Held> {
        let plain = ListedTable {
            name: None,
            names: Vec::new(),
            reach: None,
            classes: None,
            at: None,
            systems: None,
        };
        let table = match listed {
            Listed::Plain(name) => ListedTable { name: Some(name.clone()), ..plain },
            Listed::Table(table) => table.clone(),
        };
        let ListedTable { name, names, reach, classes, at, systems } = table;
        let reach = match reach.as_deref() {
            None | Some("below") => Reach::Below,
            Some("own") => Reach::Own,
            Some(other) => Reach::Enclosing(other.strip_prefix("enclosing ").unwrap_or(other).to_owned()),
        };
        let classes = match classes {
            None => Vec::new(),
            Some(Classes::Named(named)) => named,
            Some(Classes::All(AllClasses::All)) => self.customers.classes.clone(),
        };
        let systems = systems.unwrap_or_else(|| self.systems.keys().cloned().collect());
        let names = name.into_iter().chain(names).filter(|name| known.contains_key(name));
        let held = |capability| Held {
            capability,
            reach: reach.clone(),
            classes: classes.clone(),
            at: at.clone(),
            systems: systems.clone(),
        };
        names.map(held).collect()
    }
}
