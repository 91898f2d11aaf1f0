//! Ids and the numbers that stand for them in one state.

use bailiwick_identity::{CustomerId, Instant, RealmId, UnitId, UserId};
use bailiwick_membership::{
    CustomerIx, KindIx, ReportingRoleIx, RoleIx, SystemIx, UnitIx, UserIx, UserTypeIx, World,
};
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::State;

use crate::log::Damage;

/// Where names resolve: a realm's world and its rules, which know the names of every version before them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    realm: &'a RealmId,
    world: &'a World,
    scheme: &'a Scheme,
}

impl<'a> Names<'a> {
    /// The names of a state.
    pub(crate) fn of(state: &'a State) -> Self {
        Self { realm: &state.realm, world: &state.world, scheme: &state.scheme }
    }

    pub(crate) fn realm(&self) -> &'a RealmId {
        self.realm
    }

    pub(crate) fn scheme(&self) -> &'a Scheme {
        self.scheme
    }

    // From ids to numbers.

    pub(crate) fn unit(&self, id: &str) -> Result<UnitIx, Damage> {
        self.world.unit_ix(id).ok_or(Damage("the log names a unit that is not known"))
    }

    /// Several units, sorted by number.
    pub(crate) fn units(&self, ids: &[String]) -> Result<Vec<UnitIx>, Damage> {
        let mut units = ids.iter().map(|id| self.unit(id)).collect::<Result<Vec<_>, _>>()?;
        units.sort_unstable();
        Ok(units)
    }

    pub(crate) fn user(&self, id: &str) -> Result<UserIx, Damage> {
        self.world.user_ix(id).ok_or(Damage("the log names a user who is not known"))
    }

    pub(crate) fn customer(&self, id: &str) -> Result<CustomerIx, Damage> {
        self.world.customer_ix(id).ok_or(Damage("the log names a customer who is not known"))
    }

    pub(crate) fn role(&self, name: &str) -> Result<RoleIx, Damage> {
        self.scheme.role_ever_named(name).ok_or(Damage("the log names a role that the scheme does not have"))
    }

    pub(crate) fn kind(&self, name: &str) -> Result<KindIx, Damage> {
        self.scheme.kind_ever_named(name).ok_or(Damage("the log names a kind that the scheme does not have"))
    }

    pub(crate) fn system(&self, name: &str) -> Result<SystemIx, Damage> {
        self.scheme
            .system_ever_named(name)
            .ok_or(Damage("the log names a system that the scheme does not have"))
    }

    pub(crate) fn reporting_role(&self, name: &str) -> Result<ReportingRoleIx, Damage> {
        let role = self.scheme.reporting_role_ever_named(name);
        role.ok_or(Damage("the log names a reporting role that the scheme does not have"))
    }

    pub(crate) fn user_type(&self, name: &str) -> Result<UserTypeIx, Damage> {
        let user_type = self.scheme.user_type_ever_named(name);
        user_type.ok_or(Damage("the log names a user type that the scheme does not have"))
    }

    // From numbers to ids.

    pub(crate) fn unit_id(&self, unit: UnitIx) -> Result<String, Damage> {
        let node = self.world.node(unit).ok_or(Damage("a unit has no id"))?;
        Ok(node.unit.id.to_string())
    }

    /// Several units, sorted by id.
    pub(crate) fn unit_ids(&self, units: &[UnitIx]) -> Result<Vec<String>, Damage> {
        let mut ids = units.iter().map(|&unit| self.unit_id(unit)).collect::<Result<Vec<_>, _>>()?;
        ids.sort_unstable();
        Ok(ids)
    }

    pub(crate) fn user_id(&self, user: UserIx) -> Result<String, Damage> {
        Ok(self.world.user_id(user).ok_or(Damage("a user has no id"))?.to_string())
    }

    pub(crate) fn customer_id(&self, customer: CustomerIx) -> Result<String, Damage> {
        Ok(self.world.customer_id(customer).ok_or(Damage("a customer has no id"))?.to_string())
    }

    pub(crate) fn role_name(&self, role: RoleIx) -> Result<String, Damage> {
        Ok(self.scheme.role(role).ok_or(Damage("a role has no name"))?.name.clone())
    }

    pub(crate) fn kind_name(&self, kind: KindIx) -> Result<String, Damage> {
        Ok(self.scheme.kind(kind).ok_or(Damage("a kind has no name"))?.name.clone())
    }

    pub(crate) fn system_name(&self, system: SystemIx) -> Result<String, Damage> {
        Ok(self.scheme.system(system).ok_or(Damage("a system has no name"))?.name.clone())
    }

    pub(crate) fn reporting_role_name(&self, role: ReportingRoleIx) -> Result<String, Damage> {
        Ok(self.scheme.reporting_role(role).ok_or(Damage("a reporting role has no name"))?.name.clone())
    }

    pub(crate) fn user_type_name(&self, user_type: UserTypeIx) -> Result<String, Damage> {
        let name = self.scheme.user_types().get(usize::from(user_type.0));
        Ok(name.ok_or(Damage("a user type has no name"))?.clone())
    }

    /// Whether a unit of this kind and name is a stand-in.
    pub(crate) fn is_placeholder(&self, kind: KindIx, name: &str) -> bool {
        self.scheme.kind(kind).is_some_and(|kind| kind.is_placeholder(name))
    }
}

/// What an empty text leaves out.
pub(crate) fn optional<T>(
    text: &str,
    read: impl FnOnce(&str) -> Result<T, Damage>,
) -> Result<Option<T>, Damage> {
    if text.is_empty() { Ok(None) } else { read(text).map(Some) }
}

pub(crate) fn user_id(text: &str) -> Result<UserId, Damage> {
    UserId::parse(text).map_err(|_| Damage("the log holds a user id that is none"))
}

pub(crate) fn unit_id(text: &str) -> Result<UnitId, Damage> {
    UnitId::parse(text).map_err(|_| Damage("the log holds a unit id that is none"))
}

pub(crate) fn customer_id(text: &str) -> Result<CustomerId, Damage> {
    CustomerId::parse(text).map_err(|_| Damage("the log holds a customer id that is none"))
}

pub(crate) fn instant(micros: i64) -> Result<Instant, Damage> {
    Instant::from_micros(micros).ok_or(Damage("the log holds an instant outside the years 1 to 9999"))
}

pub(crate) fn optional_instant(micros: Option<i64>) -> Result<Option<Instant>, Damage> {
    micros.map(instant).transpose()
}
