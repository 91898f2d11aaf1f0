//! The changes that one user makes of another (design §5, the table).

use crate::model::{Assignment, Grant, Instant, Scope, UserManagement};

/// A change of one user by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new user at this home unit, with its first assignments.
    Create {
        /// The home unit.
        home_unit: String,
        /// The first assignments, in order.
        assignments: Vec<Assignment>,
    },
    /// One more assignment.
    Assign {
        /// What is added.
        assignment: Assignment,
        /// Whether the actor shows a handle from MatchUsers, which someone out of sight needs.
        handle: bool,
    },
    /// Ends or removes the assignment of this number, now.
    EndAssignment(u32),
    /// Suspends it.
    Suspend(u32),
    /// Lifts its suspension.
    Reinstate(u32),
    /// Gives it other options: wider, narrower, or another role.
    Amend(u32, Box<Options>),
    /// Disables the user.
    Disable,
    /// Enables the user.
    Enable,
    /// Another home unit.
    SetHome(String),
    /// Another reporting role, or none.
    SetReportingRole(Option<String>),
    /// An ordinary profile field.
    OrdinaryField(String),
    /// A profile field that tells who the person is, once set.
    IdentityField(String),
    /// A birth date where none is known.
    FillInBirthDate,
    /// The clearance.
    SetClearance,
    /// A grant of a system.
    Grant(Grant),
}

/// Everything about an assignment that can be changed; its unit and number cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Its role.
    pub role: String,
    /// Its scope.
    pub scope: Scope,
    /// Its default unit.
    pub default_unit: Option<String>,
    /// Its label.
    pub user_type: Option<String>,
    /// Its user management switch.
    pub user_management: UserManagement,
    /// Its caseload restriction.
    pub caseload_only: bool,
    /// Its exempt units.
    pub exempt: Vec<String>,
    /// Its start.
    pub starts_at: Option<Instant>,
    /// Its end.
    pub ends_at: Option<Instant>,
}

impl Options {
    /// The options that an assignment has now.
    #[must_use]
    pub fn of(assignment: &Assignment) -> Self {
        Self {
            role: assignment.role.clone(),
            scope: assignment.scope.clone(),
            default_unit: assignment.default_unit.clone(),
            user_type: assignment.user_type.clone(),
            user_management: assignment.user_management,
            caseload_only: assignment.caseload_only,
            exempt: assignment.exempt.clone(),
            starts_at: assignment.starts_at,
            ends_at: assignment.ends_at,
        }
    }

    /// The assignment with these options instead of its own.
    #[must_use]
    pub fn on(&self, assignment: &Assignment) -> Assignment {
        Assignment {
            number: assignment.number,
            unit: assignment.unit.clone(),
            role: self.role.clone(),
            scope: self.scope.clone(),
            default_unit: self.default_unit.clone(),
            user_type: self.user_type.clone(),
            user_management: self.user_management,
            caseload_only: self.caseload_only,
            exempt: self.exempt.clone(),
            own_caseload: assignment.own_caseload.clone(),
            others_caseload: assignment.others_caseload.clone(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            standing: assignment.standing,
        }
    }
}

/// §5, the row *add*: "any widening (later end, earlier start, wider scope, lifting `caseload_only`, an
/// exemption, user management on)". A unit newly named in a scope or an exemption is a widening even where
/// the old one covered it.
#[must_use]
pub fn widens(old: &Assignment, new: &Assignment) -> bool {
    wider_in_time(old, new)
        || wider_scope(&old.scope, &new.scope)
        || (old.caseload_only && !new.caseload_only)
        || new.exempt.iter().any(|unit| !old.exempt.contains(unit))
        || new.user_management > old.user_management
}

/// Whether it starts earlier or ends later.
fn wider_in_time(old: &Assignment, new: &Assignment) -> bool {
    let earlier = new.starts_at.unwrap_or(Instant::MIN) < old.starts_at.unwrap_or(Instant::MIN);
    let later = new.ends_at.unwrap_or(Instant::MAX) > old.ends_at.unwrap_or(Instant::MAX);
    earlier || later
}

fn wider_scope(old: &Scope, new: &Scope) -> bool {
    match (old, new) {
        (Scope::All, _) => false,
        (Scope::Only(_), Scope::All) => true,
        (Scope::Only(old), Scope::Only(new)) => new.iter().any(|unit| !old.contains(unit)),
    }
}
