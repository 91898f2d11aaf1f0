//! A small realm under the eto rules, and commands that need little writing.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_identity::{CustomerId, Field, RealmId, UnitId, UserId};
use bailiwick_policy::scheme::{Scheme, shipped};
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::{
    Actor, AssignmentSpec, Body, CaseloadChange, Command, FieldChange, ManageUser, NewUnit, NewUser,
    OptionsSpec, ScopeSpec, Seat, Spares, State, UserChange,
};
use log::personal_part::Part;
use prost::Message;

use crate::{Committed, RequestId, Store, SubmitError};

pub(crate) fn realm() -> RealmId {
    RealmId::parse("r").unwrap()
}

pub(crate) fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

pub(crate) fn unit(id: &str) -> UnitId {
    UnitId::parse(id).unwrap()
}

pub(crate) fn customer(id: &str) -> CustomerId {
    CustomerId::parse(id).unwrap()
}

pub(crate) fn scheme() -> Arc<Scheme> {
    shipped_scheme("eto")
}

pub(crate) fn shipped_scheme(wanted: &str) -> Arc<Scheme> {
    let (_, text) = shipped().iter().find(|(name, _)| *name == wanted).unwrap();
    Arc::new(Scheme::parse(text).unwrap())
}

/// A command of an operator.
pub(crate) fn command(body: Body) -> Command {
    Command {
        actor: Actor::Operator,
        caller: "test".to_owned(),
        reason: None,
        may_remove_last_manager: false,
        expects: None,
        spares: Spares::default(),
        body,
    }
}

pub(crate) fn create_realm() -> Command {
    command(Body::CreateRealm { title: "A realm".to_owned(), scheme: scheme() })
}

pub(crate) fn create_unit(id: &str, kind: &str, parents: &[&str]) -> Command {
    command(Body::CreateUnit(NewUnit {
        id: unit(id),
        kind: kind.to_owned(),
        name: format!("Unit {id}"),
        description: String::new(),
        parents: parents.iter().map(|parent| unit(parent)).collect(),
    }))
}

pub(crate) fn new_user(email: &str) -> UserChange {
    UserChange::Create(NewUser {
        home: unit("e"),
        username: None,
        fields: BTreeMap::from([
            (Field::FirstName, "Jo".to_owned()),
            (Field::LastName, "McGoo".to_owned()),
            (Field::Email, email.to_owned()),
        ]),
        external_ids: BTreeMap::new(),
    })
}

pub(crate) fn manage(id: &str, changes: Vec<UserChange>) -> Command {
    command(Body::ManageUser(ManageUser { user: user(id), etag: None, handles: Vec::new(), changes }))
}

pub(crate) fn create_user(id: &str) -> Command {
    manage(id, vec![new_user(&format!("{id}@example.org"))])
}

pub(crate) fn set_field(id: &str, field: Field, value: &str) -> Command {
    let change = FieldChange::Field(field, Some(value.to_owned()));
    manage(id, vec![UserChange::UpdateProfile(vec![change])])
}

pub(crate) fn assign(id: &str, at: &str, role: &str, only: Option<&[&str]>) -> Command {
    let scope = match only {
        Some(units) => ScopeSpec::Only(units.iter().map(|u| unit(u)).collect()),
        None => ScopeSpec::All,
    };
    let options = OptionsSpec { scope: Some(scope), ..OptionsSpec::default() };
    manage(
        id,
        vec![UserChange::Assign(AssignmentSpec {
            unit: unit(at),
            seat: Seat::There,
            role: role.to_owned(),
            options,
        })],
    )
}

pub(crate) fn place(customer_id: &str, at: &str) -> Command {
    command(Body::PlaceCustomer { customer: customer(customer_id), unit: unit(at) })
}

pub(crate) fn take_case(worker: &str, customer_id: &str, at: &str) -> Command {
    let change = CaseloadChange::Add { customer: customer(customer_id), unit: unit(at) };
    command(Body::UpdateCaseload { user: user(worker), changes: vec![change] })
}

/// The personal part of a profile, with another username.
pub(crate) fn renamed(profile: &[u8], username: &str) -> Vec<u8> {
    let mut part = log::PersonalPart::decode(profile).unwrap();
    let Some(Part::Profile(profile)) = &mut part.part else { panic!("no profile") };
    username.clone_into(&mut profile.username);
    part.encode_to_vec()
}

pub(crate) fn request(id: &str, body: u8) -> Option<RequestId> {
    Some(RequestId { id: id.to_owned(), body: [body; 32] })
}

pub(crate) async fn submit(store: &Store, command: Command) -> Result<Committed, SubmitError> {
    store.submit(realm(), command, None).await
}

pub(crate) async fn accepted(store: &Store, command: Command) -> Committed {
    submit(store, command).await.unwrap()
}

/// Creates the realm with an enterprise `e`, sites `s1` and `s2` and programs `p1` and `p2` of the first.
pub(crate) async fn found(store: &Store) {
    accepted(store, create_realm()).await;
    accepted(store, create_unit("e", "enterprise", &[])).await;
    accepted(store, create_unit("s1", "site", &["e"])).await;
    accepted(store, create_unit("s2", "site", &["e"])).await;
    accepted(store, create_unit("p1", "program", &["s1"])).await;
    accepted(store, create_unit("p2", "program", &["s1"])).await;
}

/// Fills the realm: people who hold things, with notes, customers, cases, one disabled by an earlier one.
pub(crate) async fn populate(store: &Store) {
    for id in ["a", "b", "c", "d"] {
        accepted(store, create_user(id)).await;
    }
    accepted(store, assign("a", "e", "enterprise-manager", None)).await;
    accepted(store, assign("d", "e", "enterprise-manager", None)).await;
    accepted(store, assign("b", "s1", "staff", Some(&["p1"]))).await;
    accepted(store, assign("c", "s2", "site-manager", None)).await;
    for id in ["x1", "x2", "x3"] {
        accepted(store, place(id, "p1")).await;
    }
    accepted(store, place("x2", "p2")).await;
    accepted(store, command(Body::DismissCustomer { customer: customer("x3"), unit: unit("p1") })).await;
    accepted(store, take_case("b", "x1", "p1")).await;
    // Someone who came later disables someone who came earlier.
    let mut disable = manage("c", vec![UserChange::Disable]);
    disable.actor = Actor::User(user("d"));
    disable.reason = Some("left in haste".to_owned());
    accepted(store, disable).await;
    let same = manage("a", vec![UserChange::SetSamePerson(Some(user("d")))]);
    accepted(store, same).await;
    let renamed = Body::UpdateUnit {
        unit: unit("p2"),
        name: Some("Zwei".to_owned()),
        description: Some("x".to_owned()),
    };
    accepted(store, command(renamed)).await;
    accepted(store, command(Body::ArchiveUnit(unit("p2")))).await;
}

/// Everything that a state says, as text: two states that say the same are the same, numbers included.
pub(crate) fn portrait(state: &State) -> String {
    use std::fmt::Write;
    let mut text = format!(
        "{} {:?} {:?} {:?} {:?} {:?}\n{}\n",
        state.realm,
        state.title,
        state.revision,
        state.hash,
        state.recorded_at,
        state.status,
        state.scheme.source()
    );
    let world = &state.world;
    for (ix, node) in world.units() {
        writeln!(text, "{ix:?} {:?} closed {} under {:?}", node.unit, node.closed, node.with_ancestors())
            .unwrap();
    }
    for (ix, user) in world.users() {
        let id = world.user_id(ix);
        writeln!(text, "{ix:?} {id:?} {:?} cases {:?}", user.access(), user.caseload()).unwrap();
    }
    for number in 0..world.customer_count() {
        let ix = bailiwick_membership::CustomerIx(u32::try_from(number).unwrap());
        let placements: Vec<_> = world.placements(ix).collect();
        writeln!(text, "{ix:?} {:?} {placements:?} own of {:?}", world.customer_id(ix), world.owner_of(ix))
            .unwrap();
    }
    text
}
