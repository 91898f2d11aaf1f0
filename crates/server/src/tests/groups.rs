//! Document A's list and Groups tab over the wire: groups, and the memberships that they imply.

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::load_item::Item;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::Code;
use tonic::transport::Channel;

use super::lists::{ids, list, pages};
use super::world::{Served, serve};
use super::writes::{all_below, load, realm, reason, unit, user};
use crate::Config;

/// A project group with an authorization group that also belongs to an organization, and its people.
async fn groups() -> (Served, Channel) {
    let served = serve(Config::default()).await;
    let channel = served.channel().await;
    let create = v1::CreateRealmRequest {
        realm: "realms/eto".to_owned(),
        scheme: Some(v1::create_realm_request::Scheme::ShippedScheme("illinois-worknet".to_owned())),
        ..Default::default()
    };
    RealmServiceClient::new(channel.clone()).create_realm(create).await.unwrap();
    let person = |name: &str, home: &str, holds: Vec<v1::Assign>| {
        let Item::User(mut person) = user(name, home, &[]) else { panic!("a user") };
        person.assignments = holds;
        let profile = person.profile.as_mut().unwrap();
        profile.first_name = name.to_owned();
        Item::User(person)
    };
    let held = |unit: &str, role: &str| v1::Assign {
        unit: format!("units/{unit}"),
        role: role.to_owned(),
        options: Some(v1::AssignmentOptions {
            user_management: v1::UserManagement::Manage.into(),
            ..all_below().unwrap()
        }),
    };
    let plain = |unit: &str, role: &str| v1::Assign {
        unit: format!("units/{unit}"),
        role: role.to_owned(),
        options: all_below(),
    };
    let items = vec![
        unit("units/il", "state", &[]),
        unit("units/l1", "lwia", &["units/il"]),
        unit("units/austin", "organization", &["units/l1"]),
        unit("units/cyep", "project-group", &["units/il"]),
        unit("units/cyep-austin", "authorization-group", &["units/cyep", "units/austin"]),
        person("ada", "cyep", vec![held("cyep", "service-provider-program-administrator")]),
        person("joe", "austin", vec![plain("austin", "public-viewer"), plain("cyep-austin", "partner")]),
        person("pam", "austin", vec![plain("austin", "public-viewer")]),
    ];
    load(&channel, items).await.unwrap();
    (served, channel)
}

/// Document A, the Groups tab: the project group stands beside the authorization group that implies it.
#[tokio::test(flavor = "multi_thread")]
async fn groups_are_shown_with_the_memberships_they_imply() {
    let (_served, channel) = groups().await;
    let listed = v1::ListUsersRequest { unit: "units/cyep".to_owned(), ..list("ada") };
    let listed = pages(&channel, listed, 100).await;
    assert_eq!(ids(&listed), ["ada", "joe"]);
    let joe = &listed[1];
    let profile = joe.profile.clone().unwrap();
    assert_eq!((profile.first_name.as_str(), profile.email.as_str()), ("joe", "joe@example.org"));
    assert!(!joe.username.is_empty());
    let group = joe.assignments.iter().find(|held| held.unit == "units/cyep-austin").unwrap();
    let implied = v1::ImpliedMembership { unit: "units/cyep".to_owned(), assignment: group.name.clone() };
    assert_eq!(joe.implied_memberships, [implied]);
    assert_eq!(listed[0].implied_memberships, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_implied_membership_gives_nothing() {
    let (_served, channel) = groups().await;
    let mut access = AccessServiceClient::new(channel);
    let mut ask = async |unit: &str| {
        let question = v1::CheckAccessRequest {
            realm: realm(),
            subject: "users/joe".to_owned(),
            capability: "report.view".to_owned(),
            resource: format!("units/{unit}"),
            ..Default::default()
        };
        access.check_access(question).await.unwrap().into_inner().decision()
    };
    assert_eq!(ask("austin").await, v1::Decision::Allowed);
    assert_eq!(ask("cyep").await, v1::Decision::Denied);
}

#[tokio::test(flavor = "multi_thread")]
async fn public_viewers_list_nobody_else() {
    let (_served, channel) = groups().await;
    assert_eq!(ids(&pages(&channel, list("pam"), 100).await), ["pam"]);
    let get = v1::GetUserRequest {
        realm: realm(),
        actor: "users/pam".to_owned(),
        key: Some(v1::get_user_request::Key::User("users/joe".to_owned())),
    };
    let status = UserServiceClient::new(channel).get_user(get).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::NotFound, "UNKNOWN_USER".to_owned()));
}
