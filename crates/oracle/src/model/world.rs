//! Who and what a realm holds at one moment (design §1 and §4).

use super::Instant;

/// A realm's state, as far as access depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// Units, parents before children.
    pub units: Vec<Unit>,
    /// Users.
    pub users: Vec<User>,
    /// Customers.
    pub customers: Vec<Customer>,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Its parents; none for a root.
    pub parents: Vec<String>,
    /// Whether it is archived itself.
    pub archived: bool,
    /// Its name, which makes it a placeholder where the kind says so.
    pub name: String,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: String,
    /// Active, or disabled.
    pub active: bool,
    /// The user who disabled it; none for an operator, and where it is active.
    pub disabled_by: Option<String>,
    /// Its home unit.
    pub home_unit: String,
    /// Users with the same mark are the same person.
    pub person: Option<String>,
    /// The customer whose record is its own.
    pub own_record: Option<String>,
    /// What it has, oldest first; what was removed is not here.
    pub assignments: Vec<Assignment>,
    /// Its cases.
    pub caseload: Vec<CaseloadEntry>,
    /// Its entitlements to systems.
    pub grants: Vec<Grant>,
    /// Its reporting role.
    pub reporting_role: Option<String>,
}

/// User × unit × role with its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its number, unique within the user.
    pub number: u32,
    /// Its unit.
    pub unit: String,
    /// Its role.
    pub role: String,
    /// How much of the unit it covers.
    pub scope: Scope,
    /// The unit shown first.
    pub default_unit: Option<String>,
    /// A label.
    pub user_type: Option<String>,
    /// Whether it views or manages users, where its role leaves that to a switch.
    pub user_management: UserManagement,
    /// Restricts it to the user's caseload.
    pub caseload_only: bool,
    /// Units in which, and below which, the restriction does not bind.
    pub exempt: Vec<String>,
    /// Units in which, and below which, the user's own caseload may be changed by it.
    pub own_caseload: Vec<String>,
    /// Units in which, and below which, the caseloads of others may be changed by it.
    pub others_caseload: Vec<String>,
    /// When it starts; none: it has started.
    pub starts_at: Option<Instant>,
    /// When it ends; none: never. At exactly this instant it has ended.
    pub ends_at: Option<Instant>,
    /// Live or suspended.
    pub standing: Standing,
}

/// How much of its unit an assignment covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The unit and everything below.
    All,
    /// What is at or below these units.
    Only(Vec<String>),
}

/// The user management switch of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserManagement {
    /// Off.
    None,
    /// Sees users.
    View,
    /// Sees and changes users.
    Manage,
}

/// Whether an assignment or a grant is in force apart from its instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In force.
    Live,
    /// Suspended.
    Suspended,
}

/// This worker has this case in this unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseloadEntry {
    /// The customer.
    pub customer: String,
    /// The unit.
    pub unit: String,
}

/// A user's own entitlement to a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The system.
    pub system: String,
    /// When it starts; none: it has started.
    pub starts_at: Option<Instant>,
    /// When it ends; none: never.
    pub ends_at: Option<Instant>,
    /// Live or suspended.
    pub standing: Standing,
}

/// A person whose record is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: String,
    /// Its placements, at most one per unit.
    pub placements: Vec<Placement>,
}

/// Customer × unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The unit.
    pub unit: String,
    /// Enrolled or dismissed.
    pub state: PlacementState,
}

/// Whether a customer is in a unit now, or was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlacementState {
    /// Is.
    Enrolled,
    /// Was.
    Dismissed,
}

impl World {
    /// The unit of that id.
    #[must_use]
    pub fn unit(&self, id: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.id == id)
    }

    /// The user of that id.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The customer of that id.
    #[must_use]
    pub fn customer(&self, id: &str) -> Option<&Customer> {
        self.customers.iter().find(|customer| customer.id == id)
    }

    /// Whether the two are one user, or marked as the same person (design §4, *person*).
    #[must_use]
    pub fn same_person(&self, one: &str, other: &str) -> bool {
        if one == other {
            return true;
        }
        match (self.user(one), self.user(other)) {
            (Some(one), Some(other)) => one.person.is_some() && one.person == other.person,
            (None, _) | (_, None) => false,
        }
    }
}

impl User {
    /// The assignment of that number.
    #[must_use]
    pub fn assignment(&self, number: u32) -> Option<&Assignment> {
        self.assignments.iter().find(|assignment| assignment.number == number)
    }
}
