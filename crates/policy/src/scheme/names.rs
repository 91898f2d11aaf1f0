//! From names to numbers: of this version, and of every one before it.

use std::collections::BTreeSet;

use bailiwick_membership::{KindIx, ReportingRoleIx, RoleIx, SystemIx, UserTypeIx};

use super::Scheme;

impl Scheme {
    /// The number of a kind of this version or an earlier one: for reading what was written then.
    #[must_use]
    pub fn kind_ever_named(&self, name: &str) -> Option<KindIx> {
        ever(&self.kinds, |k| k.name == name).map(KindIx)
    }

    /// The number of a role of this version or an earlier one: for reading what was written then.
    #[must_use]
    pub fn role_ever_named(&self, name: &str) -> Option<RoleIx> {
        ever(&self.roles, |r| r.name == name).map(RoleIx)
    }

    /// The number of a system of this version or an earlier one: for reading what was written then.
    #[must_use]
    pub fn system_ever_named(&self, name: &str) -> Option<SystemIx> {
        ever(&self.systems, |s| s.name == name).map(SystemIx)
    }

    /// The number of a reporting role of this version or an earlier one: for reading what was written then.
    #[must_use]
    pub fn reporting_role_ever_named(&self, name: &str) -> Option<ReportingRoleIx> {
        ever(&self.reporting_roles, |r| r.name == name).map(ReportingRoleIx)
    }

    /// The number of a user type of this version or an earlier one: for reading what was written then.
    #[must_use]
    pub fn user_type_ever_named(&self, name: &str) -> Option<UserTypeIx> {
        ever(&self.user_types, |t| t == name).map(UserTypeIx)
    }
}

/// The position of the first that fits and is not missing, where it is a number that an index can be.
pub(super) fn live<T>(items: &[T], missing: &BTreeSet<u8>, fits: impl Fn(&T) -> bool) -> Option<u8> {
    ever(items, fits).filter(|ix| !missing.contains(ix))
}

/// The same, missing or not.
fn ever<T>(items: &[T], fits: impl Fn(&T) -> bool) -> Option<u8> {
    items.iter().position(fits).and_then(|ix| u8::try_from(ix).ok())
}
