//! A scheme: the rules that a realm runs under, compiled from its TOML document.
//!
//! [`Scheme`] is what `check` and `decide` read: names are already numbers, inclusion of roles is already spread
//! out. How a document is read and which faults it may have: `parse` and `validate` beside this file.

mod ability;
mod core;
mod difference;
mod document;
mod fault;
mod kind;
mod names;
mod people;
mod requests;
mod role;
mod shipped;
mod system;
mod tombstone;
mod validate;

#[cfg(test)]
mod tests;

pub use ability::{
    Ability, CapIx, Capability, ClassSet, KindSet, Needs, Reach, Resource, SystemSet, UnderCaseload,
};
pub use difference::Difference;
pub use fault::Fault;
pub use kind::{Kind, Minimum, Parents, PlacementReach};
pub use people::{CredentialRules, MatchingRules, OtherPlacements, Passwords, UserRules, UsernameRule};
pub use requests::{
    ChangeKind, ChangeRule, Confirmation, Desk, Occasion, Positions, RequestField, RequestKind, RequestRules,
};
pub use role::{HandOut, Rank, Role, Switch};
pub use shipped::shipped;
pub use system::{Compulsory, Fulfilment, ReportingRole, ReportingScope, System};
pub use tombstone::Missing;

use names::live;

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_membership::{KindIx, ReportingRoleIx, RoleIx, SystemIx, UserTypeIx};

/// The rules of a realm, compiled. Cheap to read, never changed in place.
#[derive(Debug, Clone)]
pub struct Scheme {
    /// `eto`, `dei-teams` …
    pub(crate) name: String,
    /// For people who read.
    pub(crate) title: String,
    /// The document that the scheme was compiled from, as it was given.
    pub(crate) source: Arc<str>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) roles: Vec<Role>,
    pub(crate) capabilities: Vec<Capability>,
    /// For each role, for each capability: what the role's holding of it amounts to.
    pub(crate) abilities: Vec<Vec<Vec<Ability>>>,
    pub(crate) classes: Vec<String>,
    pub(crate) systems: Vec<System>,
    pub(crate) reporting_roles: Vec<ReportingRole>,
    pub(crate) user_types: Vec<String>,
    pub(crate) users: UserRules,
    pub(crate) gap: Gap,
    /// What a person changes by request only.
    pub(crate) by_request: BTreeSet<ByRequest>,
    pub(crate) requests: Option<RequestRules>,
    pub(crate) desks: Vec<Desk>,
    pub(crate) matching: MatchingRules,
    pub(crate) credentials: CredentialRules,
    pub(crate) other_placements: OtherPlacements,
    pub(crate) core: Core,
    /// Names that an earlier version had and this one has not.
    pub(crate) missing: Missing,
}

/// How much more senior than the other a manager must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// Lowest(A) ≥ highest(B).
    None,
    /// Lowest(A) > highest(B): at least one grade higher.
    OneGrade,
}

/// A kind of change of a person that goes by request only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ByRequest {
    /// Creating a user.
    Create,
    /// Enabling a user.
    Enable,
    /// Everything that changes what a person holds: assignments and their options, except suspending at a unit.
    Holdings,
    /// Grants of systems.
    Grants,
}

/// Where the capabilities that the engine itself knows stand in the scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Core {
    /// `user.view`: never listed by a role; the row *see*.
    pub user_view: CapIx,
    /// `user.manage`.
    pub user_manage: CapIx,
    /// `user.identity.edit`.
    pub user_identity_edit: CapIx,
    /// `clearance.set`.
    pub clearance_set: CapIx,
    /// `unit.manage`.
    pub unit_manage: CapIx,
    /// `customer.view`.
    pub customer_view: CapIx,
    /// `customer.place`.
    pub customer_place: CapIx,
    /// `customer.transfer`.
    pub customer_transfer: CapIx,
    /// `customer.find`.
    pub customer_find: CapIx,
    /// `customer.enroll`.
    pub customer_enroll: CapIx,
    /// `request.submit`.
    pub request_submit: CapIx,
    /// `request.approve`.
    pub request_approve: CapIx,
    /// `system.use`: decided by roles' systems and by grants.
    pub system_use: CapIx,
    /// `system.approve`.
    pub system_approve: CapIx,
}

impl Scheme {
    /// The scheme's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scheme's title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The document, as it was given.
    #[must_use]
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// A kind of unit.
    #[must_use]
    pub fn kind(&self, kind: KindIx) -> Option<&Kind> {
        self.kinds.get(usize::from(kind.0))
    }

    /// Every kind, in the document's order.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The kind of this name.
    #[must_use]
    pub fn kind_named(&self, name: &str) -> Option<KindIx> {
        live(&self.kinds, &self.missing.kinds, |k| k.name == name).map(KindIx)
    }

    /// A role.
    #[must_use]
    pub fn role(&self, role: RoleIx) -> Option<&Role> {
        self.roles.get(usize::from(role.0))
    }

    /// Every role, in the document's order.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The role of this name.
    #[must_use]
    pub fn role_named(&self, name: &str) -> Option<RoleIx> {
        live(&self.roles, &self.missing.roles, |r| r.name == name).map(RoleIx)
    }

    /// The rank of a role; none for an unranked or unknown one.
    #[must_use]
    pub fn rank(&self, role: RoleIx) -> Option<Rank> {
        self.role(role).and_then(|r| r.rank)
    }

    /// A capability.
    #[must_use]
    pub fn capability(&self, cap: CapIx) -> Option<&Capability> {
        self.capabilities.get(usize::from(cap.0))
    }

    /// Every capability, those that the engine knows among them.
    #[must_use]
    pub fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    /// The capability of this name.
    #[must_use]
    pub fn capability_named(&self, name: &str) -> Option<CapIx> {
        self.capabilities.iter().position(|c| c.name == name).and_then(|ix| u16::try_from(ix).ok()).map(CapIx)
    }

    /// What a role's holding of a capability amounts to; empty where it has none.
    #[must_use]
    pub fn abilities(&self, role: RoleIx, cap: CapIx) -> &[Ability] {
        self.abilities
            .get(usize::from(role.0))
            .and_then(|caps| caps.get(usize::from(cap.0)))
            .map_or(&[], Vec::as_slice)
    }

    /// Names of the record classes, in the document's order.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The record class of this name, as a set of one.
    #[must_use]
    pub fn class_named(&self, name: &str) -> Option<ClassSet> {
        self.classes.iter().position(|c| c == name).map(|ix| ClassSet(1 << ix))
    }

    /// All record classes.
    #[must_use]
    pub fn all_classes(&self) -> ClassSet {
        (0..self.classes.len()).fold(ClassSet::EMPTY, |all, ix| all.union(ClassSet(1 << ix)))
    }

    /// A system.
    #[must_use]
    pub fn system(&self, system: SystemIx) -> Option<&System> {
        self.systems.get(usize::from(system.0))
    }

    /// Every system, in the document's order.
    #[must_use]
    pub fn systems(&self) -> &[System] {
        &self.systems
    }

    /// The system of this name.
    #[must_use]
    pub fn system_named(&self, name: &str) -> Option<SystemIx> {
        live(&self.systems, &self.missing.systems, |s| s.name == name).map(SystemIx)
    }

    /// A reporting role.
    #[must_use]
    pub fn reporting_role(&self, role: ReportingRoleIx) -> Option<&ReportingRole> {
        self.reporting_roles.get(usize::from(role.0))
    }

    /// Every reporting role, in the document's order.
    #[must_use]
    pub fn reporting_roles(&self) -> &[ReportingRole] {
        &self.reporting_roles
    }

    /// The reporting role of this name.
    #[must_use]
    pub fn reporting_role_named(&self, name: &str) -> Option<ReportingRoleIx> {
        live(&self.reporting_roles, &self.missing.reporting_roles, |r| r.name == name).map(ReportingRoleIx)
    }

    /// Whether reporting roles decide this capability instead of roles.
    #[must_use]
    pub fn decided_by_reporting(&self, cap: CapIx) -> bool {
        self.reporting_roles.iter().any(|r| r.decides.contains(&cap))
    }

    /// Names of the user types, in the document's order.
    #[must_use]
    pub fn user_types(&self) -> &[String] {
        &self.user_types
    }

    /// The user type of this name.
    #[must_use]
    pub fn user_type_named(&self, name: &str) -> Option<UserTypeIx> {
        live(&self.user_types, &self.missing.user_types, |t| t == name).map(UserTypeIx)
    }

    /// What the scheme says of people.
    #[must_use]
    pub fn users(&self) -> &UserRules {
        &self.users
    }

    /// How much more senior a manager must be.
    #[must_use]
    pub fn gap(&self) -> Gap {
        self.gap
    }

    /// Whether a kind of change goes by request only.
    #[must_use]
    pub fn by_request(&self, change: ByRequest) -> bool {
        self.by_request.contains(&change)
    }

    /// What the scheme says of requests; none where it has none.
    #[must_use]
    pub fn requests(&self) -> Option<&RequestRules> {
        self.requests.as_ref()
    }

    /// The people who carry out by hand what was approved.
    #[must_use]
    pub fn desks(&self) -> &[Desk] {
        &self.desks
    }

    /// The desk of this name.
    #[must_use]
    pub fn desk_named(&self, name: &str) -> Option<&Desk> {
        self.desks.iter().find(|desk| desk.name == name)
    }

    /// How people are found before they are made.
    #[must_use]
    pub fn matching(&self) -> &MatchingRules {
        &self.matching
    }

    /// What the scheme says of credentials.
    #[must_use]
    pub fn credentials(&self) -> &CredentialRules {
        &self.credentials
    }

    /// What who may view a customer sees of the customer's other placements.
    #[must_use]
    pub fn other_placements(&self) -> OtherPlacements {
        self.other_placements
    }

    /// Whether a capability can be asked about. Of those over users, only `user.view` and `user.manage`: what else a
    /// change needs, trying it without effect tells.
    #[must_use]
    pub fn is_question(&self, cap: CapIx) -> bool {
        let about_users = self.capability(cap).is_none_or(|c| c.resource == Resource::User);
        !about_users || cap == self.core.user_view || cap == self.core.user_manage
    }

    /// Whether a capability is what some kind of unit asks of who assigns there (`user.manage`, `team.manage`).
    #[must_use]
    pub fn is_kind_right(&self, cap: CapIx) -> bool {
        self.kinds.iter().any(|kind| kind.assign_right == cap)
    }

    /// The capabilities that the engine itself knows.
    #[must_use]
    pub fn core(&self) -> Core {
        self.core
    }
}
