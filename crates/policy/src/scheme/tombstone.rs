//! Names that an earlier version of a scheme had and a later one has not.
//!
//! People, units and grants name roles, kinds and systems by their places in the scheme, so a place is never used
//! again. What is gone stays as a tombstone: it keeps its name and its rank, brings nothing and cannot be handed
//! out, and comes back to life under the same name.

use std::collections::BTreeSet;

use bailiwick_membership::{KindIx, ReportingRoleIx, RoleIx, SystemIx, UserTypeIx};

use super::ability::{KindSet, SystemSet};
use super::core::CORE;
use super::kind::{Kind, Parents};
use super::role::{HandOut, Role, Switch};
use super::{Compulsory, Fulfilment, ReportingRole, Scheme, System};

/// The places whose names are gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Missing {
    pub(super) kinds: BTreeSet<u8>,
    pub(super) roles: BTreeSet<u8>,
    pub(super) systems: BTreeSet<u8>,
    pub(super) reporting_roles: BTreeSet<u8>,
    pub(super) user_types: BTreeSet<u8>,
}

impl Scheme {
    /// Kinds that an earlier version had: units of such a kind would be stranded.
    pub fn missing_kinds(&self) -> impl Iterator<Item = KindIx> {
        self.missing.kinds.iter().copied().map(KindIx)
    }

    /// Roles that an earlier version had: their holders would be stranded.
    pub fn missing_roles(&self) -> impl Iterator<Item = RoleIx> {
        self.missing.roles.iter().copied().map(RoleIx)
    }

    /// Systems that an earlier version had: their grants would be stranded.
    pub fn missing_systems(&self) -> impl Iterator<Item = SystemIx> {
        self.missing.systems.iter().copied().map(SystemIx)
    }

    /// Reporting roles that an earlier version had.
    pub fn missing_reporting_roles(&self) -> impl Iterator<Item = ReportingRoleIx> {
        self.missing.reporting_roles.iter().copied().map(ReportingRoleIx)
    }

    /// User types that an earlier version had.
    pub fn missing_user_types(&self) -> impl Iterator<Item = UserTypeIx> {
        self.missing.user_types.iter().copied().map(UserTypeIx)
    }
}

/// A kind that is gone: nothing stands below it, nothing is held at it.
pub(super) fn kind(before: &Kind) -> Kind {
    // Never listed by a role, so nobody has it.
    let nobody = CORE.user_view;
    Kind {
        name: before.name.clone(),
        title: before.title.clone(),
        parents: Parents::One(KindSet::EMPTY),
        name_pattern: None,
        placeholders: Vec::new(),
        capacity: None,
        single_role: false,
        minimum: None,
        assign_right: nobody,
        unit_right: nobody,
        place_right: nobody,
        placement_reach: before.placement_reach,
        dismissed_visible: false,
        selectable: false,
        implied_at: KindSet::EMPTY,
        roles: Vec::new(),
    }
}

/// A role that is gone: it keeps its rank, so that nobody becomes easier to manage.
pub(super) fn role(before: &Role) -> Role {
    Role {
        name: before.name.clone(),
        title: before.title.clone(),
        rank: before.rank,
        kinds: KindSet::EMPTY,
        user_management: Switch::Never,
        hand_out: HandOut::Roles(Vec::new()),
        max_per_unit: None,
        exclusive: before.exclusive,
        beside: None,
        systems: SystemSet::EMPTY,
        required_fields: BTreeSet::new(),
        user_type: Compulsory::No,
        includes: Vec::new(),
    }
}

/// A system that is gone: a grant keeps its minimum rank and goes through operators.
pub(super) fn system(before: &System) -> System {
    System {
        name: before.name.clone(),
        title: before.title.clone(),
        minimum_rank: before.minimum_rank,
        reason: before.reason,
        grant_right: CORE.user_manage,
        extra_approver: true,
        fulfilment: Fulfilment::AtOnce,
    }
}

/// A reporting role that is gone: it decides nothing.
pub(super) fn reporting_role(before: &ReportingRole) -> ReportingRole {
    ReportingRole {
        name: before.name.clone(),
        title: before.title.clone(),
        scope: before.scope,
        decides: BTreeSet::new(),
    }
}
