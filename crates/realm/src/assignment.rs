//! An assignment, as commands name it: in names that have not been looked up yet.

use bailiwick_identity::{Instant, UnitId};
use bailiwick_membership::UserManagement;

/// An assignment to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentSpec {
    /// Where.
    pub unit: UnitId,
    /// At the unit, or at a position below it.
    pub seat: Seat,
    /// As what.
    pub role: String,
    /// How; what is left open takes the default.
    pub options: OptionsSpec,
}

/// Where at a unit somebody is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// At the unit itself.
    There,
    /// At the lowest position directly below it that is free.
    LowestAvailable,
}

/// What is said of a value that may be left as it is, set, or cleared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Not said: as it was, or the default.
    #[default]
    Keep,
    /// Cleared.
    Clear,
    /// Set to this.
    Set(T),
}

/// What an assignment covers, in names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeSpec {
    /// Everything below.
    All,
    /// These units only.
    Only(Vec<UnitId>),
}

/// The options of an assignment, in names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptionsSpec {
    /// What it covers.
    pub scope: Option<ScopeSpec>,
    /// Where a session starts.
    pub default_unit: Patch<UnitId>,
    /// A label.
    pub user_type: Patch<String>,
    /// How far user management is switched on.
    pub user_management: Option<UserManagement>,
    /// Whether only customers on the caseload are seen.
    pub caseload_only: Option<bool>,
    /// Units in which that does not bind.
    pub exempt_units: Option<Vec<UnitId>>,
    /// Units in which the user may change their own caseload.
    pub own_caseload_units: Option<Vec<UnitId>>,
    /// Units in which the user may change others' caseloads.
    pub others_caseload_units: Option<Vec<UnitId>>,
    /// From when.
    pub starts_at: Patch<Instant>,
    /// Until when.
    pub ends_at: Patch<Instant>,
    /// A note: personal.
    pub note: Patch<String>,
}
