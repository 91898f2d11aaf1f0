//! The program that calls: who it is, what it may do, and where.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_identity::{RealmId, UserId};
use bailiwick_proto::v1;
use bailiwick_store::{ApiKey, Store};

use crate::fault::Fault;
use crate::program::Program;
use crate::tls::Certified;

/// How long a call may take where nobody says.
const DEFAULT_TIME: Duration = Duration::from_secs(30);

/// What a program may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Permission {
    /// Ask questions.
    Check,
    /// Ask who and what is allowed, as lists.
    List,
    /// Read the log, without what is personal.
    Follow,
    /// Read what is personal in the log, too.
    WatchPersonal,
    /// Verify passwords and redeem secrets.
    Login,
    /// Change and read on behalf of an actor.
    Manage,
    /// All that operators do, without an actor.
    Operate,
    /// Deliver what is to be mailed. Apart from `WatchPersonal`: whoever may read about people may not therefore sign in
    /// as them.
    Deliver,
}

impl Permission {
    /// Every permission.
    pub(crate) const ALL: [Self; 8] = [
        Self::Check,
        Self::List,
        Self::Follow,
        Self::WatchPersonal,
        Self::Login,
        Self::Manage,
        Self::Operate,
        Self::Deliver,
    ];

    /// The name under which a key is kept and errors speak.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::List => "list",
            Self::Follow => "follow",
            Self::WatchPersonal => "watch_personal",
            Self::Login => "login",
            Self::Manage => "manage",
            Self::Operate => "operate",
            Self::Deliver => "deliver",
        }
    }

    /// The permission of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }

    /// The permission as callers see it.
    pub(crate) fn on_wire(self) -> v1::Permission {
        match self {
            Self::Check => v1::Permission::Check,
            Self::List => v1::Permission::List,
            Self::Follow => v1::Permission::Follow,
            Self::WatchPersonal => v1::Permission::WatchPersonal,
            Self::Login => v1::Permission::Login,
            Self::Manage => v1::Permission::Manage,
            Self::Operate => v1::Permission::Operate,
            Self::Deliver => v1::Permission::Deliver,
        }
    }
}

/// The program that calls. Made by the guard alone; a handler cannot be reached without one.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    who: Who,
    /// Until when the call may take.
    until: Instant,
}

#[derive(Debug, Clone)]
enum Who {
    /// Whoever reaches the loopback address or the socket: may everything, everywhere.
    LocalOperator,
    /// A program with a key.
    Key(Arc<ApiKey>),
    /// A program that the configuration names, and by what it is known.
    Program(Arc<Program>, Arc<Certified>),
}

impl Caller {
    /// The local operator.
    pub(crate) fn local_operator() -> Self {
        Self { who: Who::LocalOperator, until: Instant::now() + DEFAULT_TIME }
    }

    /// The program that has this key.
    pub(crate) fn with_key(key: Arc<ApiKey>) -> Self {
        Self { who: Who::Key(key), until: Instant::now() + DEFAULT_TIME }
    }

    /// A program that the configuration names, by its certificate.
    pub(crate) fn program(program: Arc<Program>, certified: Arc<Certified>) -> Self {
        Self { who: Who::Program(program, certified), until: Instant::now() + DEFAULT_TIME }
    }

    /// The same, for a call that may take so long from now on.
    pub(crate) fn for_at_most(mut self, time: Duration) -> Self {
        self.until = Instant::now() + time;
        self
    }

    /// How long the call may still take.
    pub(crate) fn time_left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// How the log calls it: `local`, `keys/k-3`, `programs/billing`.
    pub(crate) fn id(&self) -> Cow<'static, str> {
        match &self.who {
            Who::LocalOperator => Cow::Borrowed("local"),
            Who::Key(key) => Cow::Owned(format!("keys/{}", key.id)),
            Who::Program(program, _) => Cow::Owned(format!("programs/{}", program.id)),
        }
    }

    /// Whether it may still call: a key that was revoked since, and a certificate that is good no more, end what goes on for
    /// as long as somebody listens.
    pub(crate) fn is_live(&self, store: &Store) -> bool {
        match &self.who {
            Who::LocalOperator => true,
            Who::Program(_, certified) => certified.is_good(),
            Who::Key(key) => store.key(&key.secret_hash).is_some(),
        }
    }

    /// Whether it has a permission. One that a key names and this version does not know grants nothing.
    pub(crate) fn has(&self, permission: Permission) -> bool {
        match &self.who {
            Who::LocalOperator => true,
            Who::Key(key) => key.permissions.iter().any(|name| name == permission.name()),
            Who::Program(program, _) => program.permissions.contains(&permission),
        }
    }

    /// Whether it is for all realms.
    pub(crate) fn is_for_all_realms(&self) -> bool {
        self.realms().is_empty()
    }

    /// Whether it is for a realm, there or not.
    pub(crate) fn is_for(&self, realm: &str) -> bool {
        let realms = self.realms();
        realms.is_empty() || realms.iter().any(|r| r.as_str() == realm)
    }

    /// The realms that it is for; none: all.
    fn realms(&self) -> &[RealmId] {
        match &self.who {
            Who::LocalOperator => &[],
            Who::Key(key) => &key.realms,
            Who::Program(program, _) => &program.realms,
        }
    }

    /// Whether it is for a realm; where not, whether the realm exists is not said.
    pub(crate) fn enter(&self, realm: &str) -> Result<(), Fault> {
        if self.is_for(realm) { Ok(()) } else { Err(Fault::RealmNotPermitted) }
    }

    /// What is answered where a realm that the caller is for does not exist.
    pub(crate) fn unknown_realm(&self) -> Fault {
        if self.is_for_all_realms() { Fault::UnknownRealm } else { Fault::RealmNotPermitted }
    }

    /// Whether it may act for an actor, or, without one, as an operator.
    pub(crate) fn may_act(&self, actor: Option<&UserId>) -> Result<(), Fault> {
        match actor {
            Some(_) if self.has(Permission::Manage) => Ok(()),
            Some(_) => Err(Fault::NotPermitted(Permission::Manage.name())),
            None if self.has(Permission::Operate) => Ok(()),
            None => Err(Fault::field("actor", "is required: only a caller with `operate` leaves it empty")),
        }
    }

    /// Whether it operates on all realms.
    pub(crate) fn may_operate_everywhere(&self) -> Result<(), Fault> {
        if !self.has(Permission::Operate) {
            return Err(Fault::NotPermitted(Permission::Operate.name()));
        }
        if self.is_for_all_realms() { Ok(()) } else { Err(Fault::RealmNotPermitted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(permissions: &[Permission], realms: &[&str]) -> Caller {
        Caller::with_key(Arc::new(ApiKey {
            id: "k-1".to_owned(),
            name: "desk".to_owned(),
            secret_hash: [0; 32],
            permissions: permissions.iter().map(|p| p.name().to_owned()).collect(),
            realms: realms.iter().map(|r| RealmId::parse(r).unwrap()).collect(),
            created_at: bailiwick_identity::Instant::MIN,
            revoked_at: None,
        }))
    }

    #[test]
    fn a_foreign_realm_answers_the_same_whether_it_exists_or_not() {
        let caller = key(&[Permission::Check], &["eto", "gone"]);
        assert!(caller.enter("eto").is_ok());
        assert!(matches!(caller.enter("cmg"), Err(Fault::RealmNotPermitted)));
        assert!(matches!(caller.unknown_realm(), Fault::RealmNotPermitted));
        assert!(matches!(key(&[], &[]).unknown_realm(), Fault::UnknownRealm));
    }

    #[test]
    fn an_actor_needs_manage_and_none_needs_operate() {
        let actor = UserId::parse("a").unwrap();
        let (manages, operates) = (key(&[Permission::Manage], &[]), key(&[Permission::Operate], &[]));
        assert!(manages.may_act(Some(&actor)).is_ok());
        assert!(matches!(manages.may_act(None), Err(Fault::Invalid(_))));
        assert!(operates.may_act(None).is_ok());
        assert!(matches!(operates.may_act(Some(&actor)), Err(Fault::NotPermitted("manage"))));
    }

    #[test]
    fn only_an_operator_for_all_realms_operates_everywhere() {
        assert!(key(&[Permission::Operate], &[]).may_operate_everywhere().is_ok());
        assert!(key(&[Permission::Operate], &["eto"]).may_operate_everywhere().is_err());
        assert!(key(&[Permission::Manage], &[]).may_operate_everywhere().is_err());
    }

    #[test]
    fn permissions_are_found_by_name() {
        for permission in Permission::ALL {
            assert_eq!(Permission::named(permission.name()), Some(permission));
        }
    }
}
