//! The program that calls: who it is, what it may do, and where.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_identity::{RealmId, UserId};
use bailiwick_store::{ApiKey, Store};

use crate::fault::Fault;
use crate::issuer::Proven;
use crate::methods::Method;
use crate::permission::Permission;
use crate::program::Program;
use crate::tls::Certified;

/// How long a call may take where nobody says.
const DEFAULT_TIME: Duration = Duration::from_secs(30);

/// The program that calls. Made by the guard alone; a handler cannot be reached without one.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    who: Who,
    /// The permissions of which the method needs one.
    needs: &'static [Permission],
    /// Until when the call may take; unset: as long as usual.
    until: Option<Instant>,
}

#[derive(Debug, Clone)]
enum Who {
    /// Whoever reaches the loopback address or the socket: may everything, everywhere.
    LocalOperator,
    /// A program with a key.
    Key(Arc<ApiKey>),
    /// A program that the configuration names, and by what it is known.
    Program(Arc<Program>, Proof),
    /// A person with a token of an issuer; who that is in the realm of the call, once it is known.
    User(Arc<Proven>, Option<UserId>),
}

/// By what a program is known, for as long as it is good.
#[derive(Debug, Clone)]
pub(crate) enum Proof {
    Certificate(Arc<Certified>),
    Token(Arc<Proven>),
}

impl Caller {
    /// The local operator.
    pub(crate) fn local_operator() -> Self {
        Self::new(Who::LocalOperator)
    }

    /// The program that has this key.
    pub(crate) fn with_key(key: Arc<ApiKey>) -> Self {
        Self::new(Who::Key(key))
    }

    /// A program that the configuration names.
    pub(crate) fn program(program: Arc<Program>, proof: Proof) -> Self {
        Self::new(Who::Program(program, proof))
    }

    /// A person with a token.
    pub(crate) fn user(proven: Arc<Proven>) -> Self {
        Self::new(Who::User(proven, None))
    }

    /// The subject of a person's token: they act as the user whom the realm of the call knows by it.
    pub(crate) fn subject(&self) -> Option<&str> {
        match &self.who {
            Who::User(proven, _) => Some(&proven.subject),
            Who::LocalOperator | Who::Key(_) | Who::Program(..) => None,
        }
    }

    /// The same, where it is a person with a token: who that is in the realm of the call.
    pub(crate) fn known_as(mut self, user: UserId) -> Self {
        if let Who::User(_, known) = &mut self.who {
            *known = Some(user);
        }
        self
    }

    fn new(who: Who) -> Self {
        Self { who, needs: &[], until: None }
    }

    /// The same, calling a method, until then at the latest; turned away where it has none of the permissions that
    /// the method needs, in any realm.
    pub(crate) fn calling(mut self, method: &Method, until: Instant) -> Result<Self, Fault> {
        // Whoever brings a token of their own is somebody in the realm, or nobody: what needs no actor is not for them.
        let is_for_nobody = matches!(self.who, Who::User(..)) && !method.is_on_behalf();
        if is_for_nobody || !method.needs.iter().any(|&permission| self.has(permission)) {
            return Err(Fault::NotPermitted(method.needs.first().map_or("", |permission| permission.name())));
        }
        (self.needs, self.until) = (method.needs, Some(until));
        Ok(self)
    }

    /// How long the call may still take.
    pub(crate) fn time_left(&self) -> Duration {
        self.until.map_or(DEFAULT_TIME, |until| until.saturating_duration_since(Instant::now()))
    }

    /// How the log calls it: `local`, `keys/k-3`, `programs/billing`; `issuers/staff` for whoever has a token of it.
    pub(crate) fn id(&self) -> Cow<'static, str> {
        match &self.who {
            Who::LocalOperator => Cow::Borrowed("local"),
            Who::Key(key) => Cow::Owned(format!("keys/{}", key.id)),
            Who::Program(program, _) => Cow::Owned(format!("programs/{}", program.id)),
            Who::User(proven, _) => Cow::Owned(format!("issuers/{}", proven.issuer.id)),
        }
    }

    /// Whether it may still call: a key that was revoked since, and a certificate or token that is good no more, end what
    /// goes on for as long as somebody listens.
    pub(crate) fn is_live(&self, store: &Store) -> bool {
        match &self.who {
            Who::LocalOperator => true,
            Who::Program(_, Proof::Certificate(certified)) => certified.is_good(),
            Who::Program(_, Proof::Token(proven)) | Who::User(proven, _) => proven.is_good(),
            Who::Key(key) => store.key(&key.secret_hash).is_some(),
        }
    }

    /// Whether it has a permission in any of the realms that pass. One that a key names and this version does not know grants
    /// nothing.
    fn may_where(&self, permission: Permission, is_meant: impl Fn(&[RealmId]) -> bool) -> bool {
        match &self.who {
            Who::LocalOperator => true,
            Who::Key(key) => {
                key.permissions.iter().any(|name| name == permission.name()) && is_meant(&key.realms)
            }
            Who::Program(program, _) => program
                .grants
                .iter()
                .any(|grant| grant.permissions.contains(&permission) && is_meant(&grant.realms)),
            // Without a realm there is nobody to act as.
            Who::User(proven, _) => {
                let realms = &proven.issuer.user_realms;
                permission == Permission::Manage && !realms.is_empty() && is_meant(realms)
            }
        }
    }

    /// Whether it has a permission in some realm.
    fn has(&self, permission: Permission) -> bool {
        self.may_where(permission, |_| true)
    }

    /// Whether it has a permission in every realm.
    pub(crate) fn may_everywhere(&self, permission: Permission) -> bool {
        self.may_where(permission, <[RealmId]>::is_empty)
    }

    /// Whether it has a permission in a realm, there or not.
    pub(crate) fn may(&self, permission: Permission, realm: &str) -> bool {
        self.may_where(permission, |realms| {
            realms.is_empty() || realms.iter().any(|one| one.as_str() == realm)
        })
    }

    /// Whether it may call the method in a realm; where not, whether the realm exists is not said.
    pub(crate) fn enter(&self, realm: &str) -> Result<(), Fault> {
        match self.who {
            Who::LocalOperator => Ok(()),
            Who::Key(_) | Who::Program(..) | Who::User(..) => {
                let may = self.needs.iter().any(|&one| self.may(one, realm));
                if may { Ok(()) } else { Err(Fault::RealmNotPermitted) }
            }
        }
    }

    /// What is answered where a realm that the caller may enter does not exist.
    pub(crate) fn unknown_realm(&self) -> Fault {
        let is_for_all = match self.who {
            Who::LocalOperator => true,
            Who::Key(_) | Who::Program(..) | Who::User(..) => {
                self.needs.iter().any(|&one| self.may_everywhere(one))
            }
        };
        if is_for_all { Fault::UnknownRealm } else { Fault::RealmNotPermitted }
    }

    /// Whether it may act in a realm for an actor, or, without one, as an operator.
    pub(crate) fn may_act(&self, realm: &str, actor: Option<&UserId>) -> Result<(), Fault> {
        if let Who::User(_, known) = &self.who
            && (known.is_none() || known.as_ref() != actor)
        {
            return Err(Fault::OthersActor);
        }
        match actor {
            Some(_) if self.may(Permission::Manage, realm) => Ok(()),
            Some(_) => Err(Fault::NotPermitted(Permission::Manage.name())),
            None if self.may(Permission::Operate, realm) => Ok(()),
            None => Err(Fault::field("actor", "is required: only a caller with `operate` leaves it empty")),
        }
    }

    /// Whether it operates on all realms.
    pub(crate) fn may_operate_everywhere(&self) -> Result<(), Fault> {
        if !self.has(Permission::Operate) {
            return Err(Fault::NotPermitted(Permission::Operate.name()));
        }
        if self.may_everywhere(Permission::Operate) { Ok(()) } else { Err(Fault::RealmNotPermitted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods;
    use crate::program::Grant;
    use crate::tests::encryption::certified;

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

    fn calling(caller: Caller, method: &str) -> Result<Caller, Fault> {
        caller.calling(methods::find(method).unwrap(), Instant::now() + Duration::from_secs(1))
    }

    const CHECK: &str = "/bailiwick.v1.AccessService/CheckAccess";

    #[test]
    fn a_foreign_realm_answers_the_same_whether_it_exists_or_not() {
        let caller = calling(key(&[Permission::Check], &["eto", "gone"]), CHECK).unwrap();
        assert!(caller.enter("eto").is_ok());
        assert!(matches!(caller.enter("cmg"), Err(Fault::RealmNotPermitted)));
        assert!(matches!(caller.unknown_realm(), Fault::RealmNotPermitted));
        let everywhere = calling(key(&[Permission::Check], &[]), CHECK).unwrap();
        assert!(matches!(everywhere.unknown_realm(), Fault::UnknownRealm));
        assert!(matches!(calling(key(&[], &[]), CHECK), Err(Fault::NotPermitted("check"))));
    }

    #[test]
    fn nothing_is_entered_before_the_method_is_known() {
        assert!(key(&Permission::ALL, &[]).enter("eto").is_err());
    }

    #[test]
    fn an_actor_needs_manage_and_none_needs_operate() {
        let actor = UserId::parse("a").unwrap();
        let (manages, operates) = (key(&[Permission::Manage], &[]), key(&[Permission::Operate], &[]));
        assert!(manages.may_act("eto", Some(&actor)).is_ok());
        assert!(matches!(manages.may_act("eto", None), Err(Fault::Invalid(_))));
        assert!(operates.may_act("eto", None).is_ok());
        assert!(matches!(operates.may_act("eto", Some(&actor)), Err(Fault::NotPermitted("manage"))));
        assert!(key(&[Permission::Manage], &["cmg"]).may_act("eto", Some(&actor)).is_err());
    }

    #[test]
    fn a_program_does_in_each_realm_what_it_may_there() {
        let realm = |name: &str| RealmId::parse(name).unwrap();
        let grants = [
            (&[Permission::Check, Permission::Manage][..], vec![realm("eto")]),
            (&[Permission::Operate], vec![realm("cmg")]),
            (&[Permission::Check], vec![]),
        ];
        let grants = grants.map(|(permissions, realms)| Grant { permissions: permissions.to_vec(), realms });
        let program = Arc::new(Program { id: "a".to_owned(), grants: grants.into() });
        let caller = Caller::program(program, Proof::Certificate(certified()));
        let may = |permission| ["eto", "cmg", "other"].map(|realm| caller.may(permission, realm));
        assert_eq!(may(Permission::Check), [true, true, true]);
        assert_eq!(may(Permission::Manage), [true, false, false]);
        assert_eq!(may(Permission::Operate), [false, true, false]);
        assert_eq!(may(Permission::List), [false, false, false]);
        assert!(caller.may_operate_everywhere().is_err());
        // On behalf of an actor in one, as an operator in the other: in neither both.
        let get = calling(caller.clone(), "/bailiwick.v1.UserService/GetUser").unwrap();
        assert!(get.enter("eto").is_ok() && get.enter("cmg").is_ok() && get.enter("other").is_err());
        assert!(matches!(get.unknown_realm(), Fault::RealmNotPermitted));
        let actor = UserId::parse("a").unwrap();
        assert!(get.may_act("eto", Some(&actor)).is_ok() && get.may_act("eto", None).is_err());
        assert!(get.may_act("cmg", Some(&actor)).is_err() && get.may_act("cmg", None).is_ok());
        let check = calling(caller, CHECK).unwrap();
        assert!(check.enter("other").is_ok() && matches!(check.unknown_realm(), Fault::UnknownRealm));
    }

    #[test]
    fn only_an_operator_for_all_realms_operates_everywhere() {
        assert!(key(&[Permission::Operate], &[]).may_operate_everywhere().is_ok());
        assert!(key(&[Permission::Operate], &["eto"]).may_operate_everywhere().is_err());
        assert!(key(&[Permission::Manage], &[]).may_operate_everywhere().is_err());
    }
}
