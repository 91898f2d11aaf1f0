//! Lists of people over the wire: who is shown, in which order, and whether each may be managed.

use std::collections::BTreeMap;

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::world::{Served, serve};
use super::writes::{realm, reason, settle};
use crate::Config;

pub(super) async fn settled() -> (Served, Channel) {
    let served = serve(Config::local()).await;
    served.create_realm().await;
    let channel = served.channel().await;
    settle(&channel).await;
    (served, channel)
}

pub(super) fn list(actor: &str) -> v1::ListUsersRequest {
    let actor = if actor.is_empty() { String::new() } else { format!("users/{actor}") };
    v1::ListUsersRequest { realm: realm(), actor, ..Default::default() }
}

/// Every page of a list, asked in pages of this size.
pub(super) async fn pages(channel: &Channel, request: v1::ListUsersRequest, page_size: i32) -> Vec<v1::User> {
    let mut users = UserServiceClient::new(channel.clone());
    let mut request = v1::ListUsersRequest { page_size, ..request };
    let mut found = Vec::new();
    loop {
        let page = users.list_users(request.clone()).await.unwrap().into_inner();
        assert!(page.users.len() <= usize::try_from(page_size).unwrap());
        found.extend(page.users);
        if page.next_page_token.is_empty() {
            return found;
        }
        request.page_token = page.next_page_token;
    }
}

pub(super) fn ids(users: &[v1::User]) -> Vec<&str> {
    users.iter().map(|user| user.name.strip_prefix("users/").unwrap()).collect()
}

async fn refused(channel: &Channel, request: v1::ListUsersRequest) -> Status {
    UserServiceClient::new(channel.clone()).list_users(request).await.unwrap_err()
}

pub(super) fn faulty_fields(status: &Status) -> Vec<String> {
    status.get_details_bad_request().unwrap().field_violations.into_iter().map(|f| f.field).collect()
}

/// Document C, steps 2 to 4: who has access to the site that one is logged into, or all sites; sorted and filtered.
#[tokio::test(flavor = "multi_thread")]
async fn the_people_of_a_site_are_those_with_access_to_it() {
    let (_served, channel) = settled().await;
    let north =
        |request: v1::ListUsersRequest| v1::ListUsersRequest { unit: "units/north".to_owned(), ..request };
    let all = |request: v1::ListUsersRequest| v1::ListUsersRequest { show_all_units: true, ..request };
    // Who holds something above the site has access to it too, and is seen by who may see them.
    assert_eq!(ids(&pages(&channel, north(list("boss")), 2).await), ["boss", "both", "nora", "stan"]);
    assert_eq!(ids(&pages(&channel, north(list("nora")), 2).await), ["both", "nora", "stan"]);
    let everybody = ["boss", "both", "nora", "sid", "stan"];
    assert_eq!(ids(&pages(&channel, all(north(list("boss"))), 2).await), everybody);
    assert_eq!(ids(&pages(&channel, list("boss"), 1_000).await), everybody);
    // A site that is not seen is not there.
    let south = v1::ListUsersRequest { unit: "units/south".to_owned(), ..list("nora") };
    assert_eq!(reason(&refused(&channel, south).await), "UNKNOWN_UNIT");
}

/// Document C, step 4: *role in current site*, with the most senior first or last; who has none there has the lowest.
#[tokio::test(flavor = "multi_thread")]
async fn people_are_sorted_by_their_role_at_the_site_looked_at() {
    let (_served, channel) = settled().await;
    let sorted = |order: &str, all: bool| v1::ListUsersRequest {
        unit: "units/north".to_owned(),
        order_by: order.to_owned(),
        show_all_units: all,
        ..list("boss")
    };
    for size in [1, 2, 100] {
        let names = pages(&channel, sorted("role desc", true), size).await;
        // Whatever is held elsewhere: `both` and `stan` are staff here, `boss` and `sid` are nothing.
        assert_eq!(ids(&names), ["nora", "stan", "both", "sid", "boss"], "pages of {size}");
        assert_eq!(
            ids(&pages(&channel, sorted("role", false), size).await),
            ["boss", "both", "stan", "nora"]
        );
    }
    let nowhere = v1::ListUsersRequest { order_by: "role".to_owned(), ..list("boss") };
    assert_eq!(faulty_fields(&refused(&channel, nowhere).await), ["unit"]);
}

/// Each row says whether the actor may manage it, as CheckAccess says it.
#[tokio::test(flavor = "multi_thread")]
async fn rows_say_what_check_access_says_of_managing() {
    let (_served, channel) = settled().await;
    let mut access = AccessServiceClient::new(channel.clone());
    let mut seen = BTreeMap::new();
    for actor in ["boss", "nora", "sid", "stan"] {
        for row in pages(&channel, list(actor), 100).await {
            let question = v1::CheckAccessRequest {
                realm: realm(),
                subject: format!("users/{actor}"),
                capability: "user.manage".to_owned(),
                resource: row.name.clone(),
                ..Default::default()
            };
            let answer = access.check_access(question).await.unwrap().into_inner();
            assert_eq!((row.management, row.management_reason), (answer.decision, answer.reason));
            *seen.entry(row.management_reason().as_str_name()).or_insert(0) += 1;
        }
    }
    // `stan` sees only himself, and manages nobody.
    let expected = [("REASON_SELF", 4), ("REASON_UNSPECIFIED", 7)];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
    assert!(pages(&channel, list(""), 100).await.iter().all(|row| row.management() == v1::Decision::Allowed));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_listed_is_refused_by_its_field() {
    let (_served, channel) = settled().await;
    let with = |change: &dyn Fn(&mut v1::ListUsersRequest)| {
        let mut request = list("boss");
        change(&mut request);
        request
    };
    let everybody_there = |r: &mut v1::ListUsersRequest| {
        "units/north".clone_into(&mut r.unit);
        (r.show_all_units, r.only_at_unit) = (true, true);
    };
    let no_time = Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 });
    let asked = [
        (with(&|r| "rank".clone_into(&mut r.order_by)), "order_by"),
        (with(&|r| "last_name  desc".clone_into(&mut r.order_by)), "order_by"),
        (with(&|r| r.show_all_units = true), "show_all_units"),
        (with(&|r| r.only_at_unit = true), "unit"),
        (with(&everybody_there), "only_at_unit"),
        (with(&|r| "Wizard".clone_into(&mut r.user_type)), "user_type"),
        (with(&|r| "wizard".clone_into(&mut r.role)), "role"),
        (with(&|r| r.updated_from = no_time), "updated_from"),
        (with(&|r| r.created_before = no_time), "created_before"),
        (with(&|r| r.page_size = 1_001), "page_size"),
        (with(&|r| "x\u{1b}".clone_into(&mut r.last_name_prefix)), "last_name_prefix"),
    ];
    for (request, field) in asked {
        let status = refused(&channel, request).await;
        assert_eq!((status.code(), faulty_fields(&status)), (Code::InvalidArgument, vec![field.to_owned()]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn disabled_people_are_listed_where_that_is_asked() {
    let (_served, channel) = settled().await;
    let mut users = UserServiceClient::new(channel.clone());
    let disable = v1::ManageUserRequest {
        realm: realm(),
        actor: "users/boss".to_owned(),
        user: "users/stan".to_owned(),
        changes: vec![v1::UserChange { change: Some(v1::user_change::Change::Disable(v1::DisableUser {})) }],
        ..Default::default()
    };
    users.manage_user(disable).await.unwrap();
    assert_eq!(ids(&pages(&channel, list("nora"), 100).await), ["both", "nora"]);
    let all = v1::ListUsersRequest { show_disabled: true, ..list("nora") };
    let all = pages(&channel, all, 100).await;
    assert_eq!(ids(&all), ["both", "nora", "stan"]);
    assert_eq!(all[2].state(), v1::UserState::Disabled);
    // The row can be enabled from the list: it may be managed.
    assert_eq!(all[2].management(), v1::Decision::Allowed);
}

/// Document C, step 2: the username is generated from the e-mail.
#[tokio::test(flavor = "multi_thread")]
async fn usernames_are_made_by_the_scheme_and_shown() {
    let (_served, channel) = settled().await;
    let shown = pages(&channel, list("nora"), 100).await;
    let usernames: Vec<&str> = shown.iter().map(|user| user.username.as_str()).collect();
    assert_eq!(usernames, ["both@example.org", "nora@example.org", "stan@example.org"]);
    let key = Some(v1::get_user_request::Key::Username("STAN@example.org".to_owned()));
    let get = v1::GetUserRequest { realm: realm(), actor: "users/nora".to_owned(), key };
    let got = UserServiceClient::new(channel).get_user(get).await.unwrap().into_inner().user.unwrap();
    assert_eq!(got.name, "users/stan");
}

/// Document C, step 2: the username cannot be edited.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_chooses_or_edits_a_username() {
    let (_served, channel) = settled().await;
    let mut users = UserServiceClient::new(channel);
    let create = v1::CreateUser {
        home_unit: "units/north".to_owned(),
        username: "chosen".to_owned(),
        profile: Some(v1::Profile {
            first_name: "Jo".to_owned(),
            last_name: "New".to_owned(),
            email: "new@example.org".to_owned(),
            ..Default::default()
        }),
    };
    let update = v1::UpdateProfile { profile: None, fields: vec!["username".to_owned()] };
    for (actor, change) in [
        ("users/nora", v1::user_change::Change::Create(create)),
        ("users/nora", v1::user_change::Change::UpdateProfile(update.clone())),
        ("", v1::user_change::Change::UpdateProfile(update)),
    ] {
        let creates = matches!(change, v1::user_change::Change::Create(_));
        let request = v1::ManageUserRequest {
            realm: realm(),
            actor: actor.to_owned(),
            user: if creates { String::new() } else { "users/stan".to_owned() },
            changes: vec![v1::UserChange { change: Some(change) }],
            ..Default::default()
        };
        let status = users.manage_user(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    }
}
