//! Previews on behalf of somebody: nobody is told more than they may see.

use std::collections::BTreeSet;

use bailiwick_proto::v1;
use bailiwick_proto::v1::unit_service_client::UnitServiceClient;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_client::UserServiceClient;

use super::explain::serve_scheme;
use super::explain_sight::regions;
use super::lists::settled;
use super::writes::{load, placement, realm, unit, user};

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_can_be_left_out() {
    let (_served, channel) = settled().await;
    let request = v1::ArchiveUnitRequest {
        realm: realm(),
        unit: "units/north".to_owned(),
        validate_only: true,
        skip_preview: true,
        ..Default::default()
    };
    let reply = UnitServiceClient::new(channel.clone()).archive_unit(request).await.unwrap().into_inner();
    assert!(reply.preview.is_none() && reply.unit.is_some());
}

/// An actor is told what a change gives and takes by what the actor sees, and nothing of the rest.
#[tokio::test(flavor = "multi_thread")]
async fn an_actor_is_told_nothing_of_what_is_out_of_sight() {
    let (_served, channel) = regions().await;
    // Both are seen by way of team a; one of them by way of team b, too, of which the actor knows nothing.
    let items = vec![
        placement("k3", "cook"),
        placement("k3", "a"),
        placement("k4", "cook"),
        placement("k4", "a"),
        placement("k4", "b"),
    ];
    load(&channel, items).await.unwrap();
    let mut users = UserServiceClient::new(channel.clone());
    let mut dry = async |actor: &str| {
        let suspend = v1::SuspendAssignment { assignment: "assignments/1".to_owned(), ..Default::default() };
        let request = v1::ManageUserRequest {
            realm: realm(),
            actor: actor.to_owned(),
            user: "users/pam".to_owned(),
            changes: vec![v1::UserChange { change: Some(Change::SuspendAssignment(suspend)) }],
            validate_only: true,
            ..Default::default()
        };
        users.manage_user(request).await.unwrap().into_inner().preview.unwrap()
    };
    let lost = |preview: &v1::Preview| {
        let lost = preview.access.iter().filter(|change| {
            change.turn() == v1::AccessTurn::Lost
                && change.capabilities.iter().any(|one| one == "customer.view")
        });
        lost.flat_map(|change| change.resources.clone()).collect::<BTreeSet<_>>()
    };
    let names =
        |names: &[&str]| names.iter().map(|name| format!("customers/{name}")).collect::<BTreeSet<_>>();
    let (all, seen) = (dry("").await, dry("users/cp").await);
    assert_eq!((all.in_part, lost(&all)), (false, names(&["k3"])));
    assert_eq!((seen.in_part, lost(&seen)), (true, names(&["k3", "k4"])));
    assert!(seen.holders.is_empty() && seen.valid_until.is_none());
    let text = format!("{seen:?}");
    assert!(!text.contains("dupage") && !text.contains("units/b"), "{text}");
}

/// Of others, an actor is told of those of whom the actor sees all.
#[tokio::test(flavor = "multi_thread")]
async fn an_actor_is_told_of_others_who_are_seen_whole() {
    let (_served, channel) = serve_scheme("eto").await;
    let items = vec![
        unit("units/e", "enterprise", &[]),
        unit("units/north", "site", &["units/e"]),
        unit("units/south", "site", &["units/e"]),
        unit("units/n1", "program", &["units/north"]),
        user("boss", "e", &[("enterprise-manager", "e")]),
        user("nora", "north", &[("site-manager", "north")]),
        user("stan", "north", &[("staff", "north")]),
        user("sid", "south", &[("site-manager", "south")]),
        placement("c1", "n1"),
    ];
    load(&channel, items).await.unwrap();
    let archive = async |actor: &str| {
        let request = v1::ArchiveUnitRequest {
            realm: realm(),
            actor: actor.to_owned(),
            unit: "units/n1".to_owned(),
            validate_only: true,
            ..Default::default()
        };
        UnitServiceClient::new(channel.clone()).archive_unit(request).await
    };
    let users = |preview: &v1::Preview| {
        let holders = preview.holders.iter().flat_map(|change| change.users.clone());
        let examples = preview.examples.iter().map(|example| example.user.clone());
        holders.chain(examples).collect::<BTreeSet<_>>()
    };
    let all = archive("").await.unwrap().into_inner().preview.unwrap();
    assert!(users(&all).contains("users/boss") && !all.has_unseen);
    let nora = archive("users/nora").await.unwrap().into_inner().preview.unwrap();
    assert!(!users(&nora).contains("users/boss"), "{nora:#?}");
    assert!(users(&nora).contains("users/stan") && nora.has_unseen, "{nora:#?}");
}
