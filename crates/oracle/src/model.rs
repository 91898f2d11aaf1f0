//! What a scheme and a world are, as plain data (design §1, §3 and §4).
//!
//! All fields are public and nothing is checked: [`crate::generate`] makes plausible values. The rules
//! themselves stand in [`crate::check`] and [`crate::manage`].

mod scheme;
mod world;

pub use scheme::{
    Capability, HandOut, Kind, Minimum, PlacementReach, Reach, ReportingRole, ReportingScope, ResourceType,
    Role, RoleCapability, Scheme, System,
};
pub use world::{
    Assignment, CaseloadEntry, Customer, Grant, Placement, PlacementState, Scope, Standing, Unit, User,
    UserManagement, World,
};

/// An instant in UTC: microseconds since 1970.
pub type Instant = i64;
