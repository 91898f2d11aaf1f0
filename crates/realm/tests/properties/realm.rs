//! A small realm, built by an operator's commands.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_identity::{CustomerId, Field, Instant, RealmId, UnitId, UserId};
use bailiwick_membership::UserManagement;
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{
    Actor, AssignmentSpec, Body, Command, Facts, LoadItem, ManageUser, NewUnit, NewUser, OptionsSpec, Patch,
    Refusal, ScopeSpec, Seat, Spares, State, UserChange, decide,
};

/// A realm under construction, and the instant at which everything in it happens.
#[derive(Clone)]
pub(crate) struct Realm {
    pub(crate) state: State,
    pub(crate) now: Instant,
}

pub(crate) fn user_id(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

pub(crate) fn unit_id(id: &str) -> UnitId {
    UnitId::parse(id).unwrap()
}

pub(crate) fn customer_id(id: &str) -> CustomerId {
    CustomerId::parse(id).unwrap()
}

/// Covering everything below, only customers on the caseload where that is so; in these units the own cases, and those of
/// others, may be changed.
pub(crate) fn caseload(only: Option<bool>, own: &[&str], others: &[&str]) -> OptionsSpec {
    let units = |units: &[&str]| Some(units.iter().map(|unit| unit_id(unit)).collect());
    OptionsSpec {
        caseload_only: only,
        own_caseload_units: units(own),
        others_caseload_units: units(others),
        ..all()
    }
}

/// Covering everything below.
pub(crate) fn all() -> OptionsSpec {
    OptionsSpec { scope: Some(ScopeSpec::All), ..OptionsSpec::default() }
}

/// Covering these units only.
pub(crate) fn only(units: &[&str]) -> OptionsSpec {
    let units = units.iter().map(|u| unit_id(u)).collect();
    OptionsSpec { scope: Some(ScopeSpec::Only(units)), ..OptionsSpec::default() }
}

/// With user management switched on.
pub(crate) fn switched(options: OptionsSpec) -> OptionsSpec {
    OptionsSpec { user_management: Some(UserManagement::Manage), ..options }
}

pub(crate) fn assign(unit: &str, role: &str, options: OptionsSpec) -> AssignmentSpec {
    AssignmentSpec { unit: unit_id(unit), seat: Seat::There, role: role.to_owned(), options }
}

pub(crate) fn command(actor: Actor, body: Body) -> Command {
    Command {
        actor,
        caller: "test".to_owned(),
        reason: Some("because".to_owned()),
        may_remove_last_manager: false,
        expects: None,
        spares: Spares::default(),
        body,
    }
}

/// A command that changes one user.
pub(crate) fn manage(user: &UserId, changes: Vec<UserChange>) -> Body {
    Body::ManageUser(ManageUser { user: user.clone(), etag: None, handles: Vec::new(), changes })
}

/// Decides on a state and applies what is decided.
pub(crate) fn step(state: &State, command: &Command, now: Instant) -> Result<State, Refusal> {
    let decided = decide(state, &Facts::default(), command, now)?;
    let mut next = state.clone();
    for event in &decided.events {
        next.apply(event);
    }
    next.revision = next.revision.next();
    Ok(next)
}

impl Realm {
    pub(crate) fn new(name: &str, scheme: &str) -> Self {
        let scheme = Arc::new(Scheme::parse(scheme).unwrap_or_else(|faults| panic!("{faults:?}")));
        let now = Instant::from_micros(1_700_000_000_000_000).unwrap();
        let unborn = State::unborn(RealmId::parse(name).unwrap(), Arc::clone(&scheme));
        let mut realm = Self { state: unborn, now };
        realm.operate(Body::CreateRealm { title: name.to_owned(), scheme });
        realm
    }

    fn operate(&mut self, body: Body) {
        let command = command(Actor::Operator, body);
        self.state = step(&self.state, &command, self.now).unwrap_or_else(|r| panic!("{r}: {command:?}"));
    }

    pub(crate) fn unit(&mut self, id: &str, kind: &str, parents: &[&str]) {
        let name = if kind == "team" { format!("Team - {}", id.to_uppercase()) } else { id.to_owned() };
        self.operate(Body::CreateUnit(NewUnit {
            id: unit_id(id),
            kind: kind.to_owned(),
            name,
            description: String::new(),
            parents: parents.iter().map(|p| unit_id(p)).collect(),
        }));
    }

    pub(crate) fn customer(&mut self, id: &str, unit: &str) {
        let customer = customer_id(id);
        self.operate(Body::Load(vec![LoadItem::Placement {
            customer,
            unit: unit_id(unit),
            dismissed: false,
        }]));
    }

    pub(crate) fn user(&mut self, id: &str, home: &str, assignments: Vec<AssignmentSpec>) {
        let fields = |field: Field| {
            let value = match field {
                Field::Email => format!("{id}@example.org"),
                Field::BirthDate => "1990-01-01".to_owned(),
                Field::WorkPhone | Field::CellPhone | Field::Pager => "+13125550100".to_owned(),
                Field::Prefix
                | Field::FirstName
                | Field::MiddleInitial
                | Field::LastName
                | Field::Suffix
                | Field::Zip
                | Field::Location
                | Field::LineManager
                | Field::ProviderSubject => "x".to_owned(),
            };
            (field, value)
        };
        let scheme = &self.state.scheme;
        let needed = scheme.roles().iter().flat_map(|role| &role.required_fields);
        let wanted = scheme.users().compulsory.iter().chain(needed);
        let new = NewUser {
            home: unit_id(home),
            username: Some(id.to_owned()),
            fields: wanted.copied().map(fields).collect::<BTreeMap<_, _>>(),
            external_ids: BTreeMap::new(),
        };
        let label = self.state.scheme.user_types().first().cloned();
        let label = label.map_or(Patch::Keep, Patch::Set);
        let labelled = assignments.into_iter().map(|mut spec| {
            spec.options.user_type = label.clone();
            UserChange::Assign(spec)
        });
        let changes = std::iter::once(UserChange::Create(new)).chain(labelled).collect();
        self.operate(manage(&user_id(id), changes));
    }
}
