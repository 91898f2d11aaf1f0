//! Where people and customers are: units, assignments, placements, caseloads, and the world that holds them.
//!
//! Knows roles, kinds and systems only as numbers: what a role may do, and how many may hold it, is
//! `bailiwick-policy`'s. Knows nothing of names of people, of SQL or of gRPC. Pure: no I/O, no clock.

mod access;
mod customer;
mod ix;
mod unit;
mod world;

pub use access::{
    Access, Assignment, AssignmentState, CaseloadOptions, Clearance, Disabled, Grant, Options, Scope,
    Standing, Suspension, SuspensionCause, UserManagement,
};
pub use customer::{CaseloadEntry, Enrolment, Placement};
pub use ix::{CustomerIx, KindIx, ReportingRoleIx, RoleIx, SystemIx, UnitIx, UserIx, UserTypeIx};
pub use unit::Unit;
pub use world::{AssignmentRef, Assignments, Node, TriedUser, UserRef, World};
