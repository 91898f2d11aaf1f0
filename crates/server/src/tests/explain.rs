//! ExplainAccess over the wire: every remedy is a command that helps, and nobody is told more than they may see.

use bailiwick_policy::scheme::shipped;
use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::assignment_options::Scope;
use bailiwick_proto::v1::customer_service_client::CustomerServiceClient;
use bailiwick_proto::v1::load_item::Item;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_proto::v1::remedy::Change as Of;
use bailiwick_proto::v1::unit_service_client::UnitServiceClient;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use prost_types::Timestamp;
use tonic::Status;
use tonic::transport::Channel;

use super::world::{Served, serve};
use super::writes::{load, placement, realm, settle, unit, user};
use crate::Config;

pub(super) fn asked(subject: &str, capability: &str, resource: &str) -> v1::ExplainAccessRequest {
    v1::ExplainAccessRequest {
        realm: realm(),
        subject: format!("users/{subject}"),
        capability: capability.to_owned(),
        resource: resource.to_owned(),
        ..Default::default()
    }
}

pub(super) fn on_behalf(actor: &str, request: v1::ExplainAccessRequest) -> v1::ExplainAccessRequest {
    v1::ExplainAccessRequest { actor: format!("users/{actor}"), ..request }
}

pub(super) async fn explain(
    channel: &Channel,
    request: v1::ExplainAccessRequest,
) -> Result<v1::ExplainAccessResponse, Status> {
    let mut access = AccessServiceClient::new(channel.clone());
    access.explain_access(request).await.map(tonic::Response::into_inner)
}

async fn decision(channel: &Channel, request: &v1::ExplainAccessRequest) -> v1::Decision {
    let v1::ExplainAccessRequest { realm, subject, capability, resource, record_classes, unit, .. } =
        request.clone();
    let request = v1::CheckAccessRequest {
        realm,
        subject,
        capability,
        resource,
        record_classes,
        unit,
        ..Default::default()
    };
    AccessServiceClient::new(channel.clone()).check_access(request).await.unwrap().into_inner().decision()
}

pub(super) async fn change(channel: &Channel, user: &str, change: v1::UserChange) -> Result<(), Status> {
    let request = v1::ManageUserRequest {
        realm: realm(),
        user: user.to_owned(),
        changes: vec![change],
        reason: "It was explained".to_owned(),
        ..Default::default()
    };
    UserServiceClient::new(channel.clone()).manage_user(request).await.map(drop)
}

/// Does what a remedy says.
async fn follow(
    channel: &Channel,
    asked: &v1::ExplainAccessRequest,
    remedy: v1::Remedy,
) -> Result<(), Status> {
    let (customer, user) = (asked.resource.clone(), asked.subject.clone());
    match remedy.change.unwrap() {
        Of::User(made) => change(channel, &user, made).await,
        Of::PlaceCustomerIn(unit) => {
            let request = v1::PlaceCustomerRequest { realm: realm(), customer, unit, ..Default::default() };
            CustomerServiceClient::new(channel.clone()).place_customer(request).await.map(drop)
        }
        Of::AddToCaseloadIn(unit) => {
            let add = vec![v1::CaseloadEntry { unit, customer }];
            let request = v1::UpdateCaseloadRequest { realm: realm(), user, add, ..Default::default() };
            CustomerServiceClient::new(channel.clone()).update_caseload(request).await.map(drop)
        }
        Of::RestoreUnit(unit) => {
            let request = v1::RestoreUnitRequest { realm: realm(), unit, ..Default::default() };
            UnitServiceClient::new(channel.clone()).restore_unit(request).await.map(drop)
        }
    }
}

pub(super) async fn serve_scheme(scheme: &str) -> (Served, Channel) {
    serve_rules(Config::local(), v1::create_realm_request::Scheme::ShippedScheme(scheme.to_owned())).await
}

/// A server with an empty realm under a document like one that ships, in which something is otherwise.
pub(super) async fn serve_like(scheme: &str, is: &str, otherwise: &str) -> (Served, Channel) {
    serve_rules(Config::local(), like(scheme, is, otherwise)).await
}

/// A document like one that ships, in which something is otherwise.
pub(super) fn like(scheme: &str, is: &str, otherwise: &str) -> v1::create_realm_request::Scheme {
    let (_, toml) = shipped().iter().find(|(name, _)| *name == scheme).unwrap();
    assert!(toml.contains(is));
    v1::create_realm_request::Scheme::Toml(toml.replace(is, otherwise))
}

/// A server with an empty realm under a document.
pub(super) async fn serve_rules(
    config: Config,
    scheme: v1::create_realm_request::Scheme,
) -> (Served, Channel) {
    let served = serve(config).await;
    let channel = served.channel().await;
    let create = v1::CreateRealmRequest { realm: realm(), scheme: Some(scheme), ..Default::default() };
    RealmServiceClient::new(channel.clone()).create_realm(create).await.unwrap();
    (served, channel)
}

/// Two sites of an enterprise, and people whose access fails in as many ways as there are.
pub(super) async fn troubled() -> (Served, Channel) {
    let (served, channel) = serve_scheme("eto").await;
    settle(&channel).await;
    let holding = |name: &str, role: &str, options: v1::AssignmentOptions| {
        let Item::User(mut person) = user(name, "north", &[(role, "north")]) else { panic!("a user") };
        let scope = options.scope.clone().or(Some(Scope::All(v1::AllUnits {})));
        person.assignments[0].options = Some(v1::AssignmentOptions { scope, ..options });
        Item::User(person)
    };
    let later = Timestamp { seconds: 4_000_000_000, nanos: 0 };
    let items = vec![
        unit("units/n2", "program", &["units/north"]),
        placement("c2", "n2"),
        placement("c3", "south"),
        holding("bound", "staff", v1::AssignmentOptions { caseload_only: true, ..Default::default() }),
        holding("later", "staff", v1::AssignmentOptions { starts_at: Some(later), ..Default::default() }),
        holding("off", "program-manager", v1::AssignmentOptions::default()),
        holding(
            "narrow",
            "staff",
            v1::AssignmentOptions {
                scope: Some(Scope::Only(v1::OnlyUnits { units: vec!["units/n2".to_owned()] })),
                ..Default::default()
            },
        ),
        user("gone", "north", &[("staff", "north")]),
        user("idle", "north", &[("staff", "north")]),
        user("none", "north", &[]),
    ];
    load(&channel, items).await.unwrap();
    for (user, made) in [
        ("users/gone", Change::Disable(v1::DisableUser {})),
        (
            "users/idle",
            Change::SuspendAssignment(v1::SuspendAssignment {
                assignment: "assignments/1".to_owned(),
                ..Default::default()
            }),
        ),
    ] {
        change(&channel, user, v1::UserChange { change: Some(made) }).await.unwrap();
    }
    let archive =
        v1::ArchiveUnitRequest { realm: realm(), unit: "units/n2".to_owned(), ..Default::default() };
    UnitServiceClient::new(channel.clone()).archive_unit(archive).await.unwrap();
    (served, channel)
}

/// Follows each remedy of an answer, in a realm of its own; yields their number.
async fn follow_each(
    make: impl AsyncFn() -> (Served, Channel),
    request: v1::ExplainAccessRequest,
    wanted: v1::Reason,
) -> usize {
    let mut followed = 0;
    loop {
        let (_served, channel) = make().await;
        let explained = explain(&channel, request.clone()).await.unwrap();
        assert_eq!(explained.answer.as_ref().unwrap().reason(), wanted, "{request:?}");
        assert_eq!(decision(&channel, &request).await, v1::Decision::Denied);
        let Some(remedy) = explained.remedies.get(followed).cloned() else { return followed };
        follow(&channel, &request, remedy.clone()).await.unwrap_or_else(|why| panic!("{remedy:?}: {why}"));
        assert_eq!(decision(&channel, &request).await, v1::Decision::Allowed, "{request:?}: {remedy:?}");
        followed += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_remedy_is_a_command_that_helps() {
    for (request, reason, least) in [
        (asked("gone", "customer.view", "customers/c1"), v1::Reason::UserDisabled, 1),
        (asked("idle", "customer.view", "customers/c1"), v1::Reason::NotEffective, 2),
        (asked("later", "customer.view", "customers/c1"), v1::Reason::NotEffective, 2),
        (asked("bound", "customer.view", "customers/c1"), v1::Reason::CaseloadRestricted, 4),
        (asked("stan", "customer.view", "customers/c2"), v1::Reason::OutOfScope, 2),
        (asked("narrow", "customer.view", "customers/c2"), v1::Reason::OutOfScope, 1),
        (asked("stan", "customer.view", "customers/c3"), v1::Reason::OutOfScope, 5),
        (asked("none", "customer.view", "customers/c1"), v1::Reason::NoAssignment, 3),
        (asked("off", "user.view", "users/stan"), v1::Reason::NoManagementRight, 2),
        (asked("off", "user.manage", "users/stan"), v1::Reason::NoManagementRight, 2),
        (asked("stan", "site.configure", "units/north"), v1::Reason::RoleLacksCapability, 2),
        (asked("stan", "results.view", "units/north"), v1::Reason::NoReportingRole, 2),
    ] {
        let followed = follow_each(troubled, request.clone(), reason).await;
        assert!(followed >= least, "{request:?} has {followed} remedies");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn systems_are_granted_and_ranks_are_raised() {
    let make = async || {
        let (served, channel) = serve_scheme("cmg-2012").await;
        let mut items = vec![
            unit("units/cmg", "directorate", &[]),
            unit("units/d", "department", &["units/cmg"]),
            unit("units/s", "segment", &["units/d"]),
        ];
        let Item::Unit(team) = unit("units/t", "team", &["units/s"]) else { panic!("a unit") };
        items.push(Item::Unit(v1::LoadUnit { display_name: "TL001".to_owned(), ..team }));
        let Item::Unit(position) = unit("units/p", "position", &["units/t"]) else { panic!("a unit") };
        items.push(Item::Unit(v1::LoadUnit { display_name: "CW001".to_owned(), ..position }));
        items.push(user("lea", "t", &[("team-leader", "t")]));
        items.push(user("cas", "p", &[("caseworker", "p")]));
        load(&channel, items).await.unwrap();
        let grant = v1::GrantSystem { system: "systems/opmis".to_owned(), ..Default::default() };
        change(&channel, "users/cas", v1::UserChange { change: Some(Change::GrantSystem(grant)) })
            .await
            .unwrap();
        (served, channel)
    };
    let granted = asked("lea", "system.use", "systems/verint");
    assert_eq!(follow_each(make, granted, v1::Reason::NoEntitlement).await, 1);
    // A grant alone does not do: the rank is below the system's minimum.
    let (_served, channel) = make().await;
    let low = explain(&channel, asked("cas", "system.use", "systems/opmis")).await.unwrap();
    assert_eq!(low.answer.unwrap().reason(), v1::Reason::RankTooLow);
    let ranks = low.ranks.unwrap();
    assert_eq!((ranks.subject.unwrap().rank, ranks.minimum, ranks.other), (10, 20, None));
    let grants: Vec<_> = low.attempts.iter().filter(|attempt| attempt.assignment.is_empty()).collect();
    assert_eq!(grants.len(), 1);
    assert_eq!(grants[0].obstacle(), v1::Obstacle::BelowMinimumRank);
}

/// The design's example: who is staff somewhere does not manage a program manager elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn the_ranks_compared_are_told_with_the_roles_and_their_places() {
    let (_served, channel) = serve_scheme("eto").await;
    settle(&channel).await;
    let Item::User(mut mixed) = user("mixed", "north", &[("program-manager", "north"), ("staff", "south")])
    else {
        panic!("a user")
    };
    mixed.assignments[0].options.as_mut().unwrap().user_management = v1::UserManagement::Manage.into();
    let other = user("other", "north", &[("staff", "north"), ("program-manager", "south")]);
    load(&channel, vec![Item::User(mixed), other]).await.unwrap();
    let request = asked("mixed", "user.manage", "users/other");
    let explained = explain(&channel, request.clone()).await.unwrap();
    assert_eq!(explained.answer.unwrap().reason(), v1::Reason::RankTooLow);
    let ranks = explained.ranks.unwrap();
    let held = |held: Option<v1::HeldRank>| held.map(|held| (held.role, held.rank, held.unit)).unwrap();
    assert_eq!(held(ranks.subject), ("staff".to_owned(), 50, "units/south".to_owned()));
    assert_eq!(held(ranks.other), ("program-manager".to_owned(), 60, "units/south".to_owned()));
    // By the assignment at the first site the other is in reach; by the second, it lacks the right.
    let tried: Vec<_> = explained
        .attempts
        .iter()
        .map(|attempt| {
            (attempt.assignment.as_str(), attempt.tried_with_assignment.as_str(), attempt.obstacle())
        })
        .collect();
    let none = v1::Obstacle::Unspecified;
    assert_eq!(
        tried,
        [
            ("assignments/1", "assignments/1", none),
            ("assignments/1", "assignments/2", v1::Obstacle::NotInReach),
            ("assignments/2", "", v1::Obstacle::RoleLacksCapability),
        ]
    );
    // A higher role in place of the lowest helps; one more would not.
    for remedy in explained.remedies {
        let Some(Of::User(v1::UserChange { change: Some(Change::AmendAssignment(amend)) })) = remedy.change
        else {
            panic!("{remedy:?}")
        };
        assert_eq!(amend.assignment, "assignments/2");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_allowed_is_explained_too() {
    let (_served, channel) = troubled().await;
    let told = explain(&channel, asked("stan", "customer.view", "customers/c1")).await.unwrap();
    let answer = told.answer.unwrap();
    assert_eq!((answer.decision(), answer.assignment.as_str()), (v1::Decision::Allowed, "assignments/1"));
    assert!(told.remedies.is_empty() && told.attempts[0].obstacle() == v1::Obstacle::Unspecified);
    assert!(told.attempts[0].visible.contains(&"demographics".to_owned()));
    assert!(told.revision > 0 && !told.token.is_empty());
    // Oneself is not what one holds.
    let oneself = explain(&channel, asked("stan", "user.view", "users/stan")).await.unwrap();
    assert_eq!(oneself.answer.unwrap().decision(), v1::Decision::Allowed);
    assert!(oneself.attempts.is_empty() && oneself.remedies.is_empty());
    let own = explain(&channel, asked("nora", "user.manage", "users/nora")).await.unwrap();
    assert_eq!(own.answer.unwrap().reason(), v1::Reason::Self_);
    assert!(own.attempts.is_empty() && own.remedies.is_empty() && own.ranks.is_none());
}
