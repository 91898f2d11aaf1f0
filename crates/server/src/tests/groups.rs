//! Document A's list and Groups tab over the wire: groups, and the memberships that they imply.

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::customer_service_client::CustomerServiceClient;
use bailiwick_proto::v1::load_item::Item;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_proto::v1::unit_service_client::UnitServiceClient;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::Code;
use tonic::transport::Channel;

use super::lists::{ids, list, pages};
use super::world::{Served, serve};
use super::writes::{all_below, load, placement, realm, reason, unit, user};
use crate::Config;

fn called(name: &str, unit: Item) -> Item {
    let Item::Unit(unit) = unit else { panic!("a unit") };
    Item::Unit(v1::LoadUnit { display_name: name.to_owned(), ..unit })
}

/// A project group with an authorization group that also belongs to an organization, and its people.
async fn groups() -> (Served, Channel) {
    let served = serve(Config::local()).await;
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
        ..Default::default()
    };
    let plain = |unit: &str, role: &str| v1::Assign {
        unit: format!("units/{unit}"),
        role: role.to_owned(),
        options: all_below(),
        ..Default::default()
    };
    let items = vec![
        unit("units/il", "state", &[]),
        unit("units/l1", "lwia", &["units/il"]),
        unit("units/austin", "organization", &["units/l1"]),
        unit("units/cyep", "project-group", &["units/il"]),
        called(
            "CYEP - Austin",
            unit("units/cyep-austin", "authorization-group", &["units/cyep", "units/austin"]),
        ),
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

/// Customers of Joe's group, of another one, and of both.
async fn customers(channel: &Channel) {
    let items = vec![
        unit("units/psc", "organization", &["units/l1"]),
        unit("units/ya", "project-group", &["units/il"]),
        called("YA - PSC", unit("units/ya-psc", "authorization-group", &["units/ya", "units/psc"])),
        unit("units/past", "project-group", &["units/il"]),
        placement("c-here", "cyep-austin"),
        placement("c-both", "cyep-austin"),
        placement("c-both", "ya-psc"),
        placement("c-both", "past"),
        placement("c-left", "cyep-austin"),
        placement("c-left", "ya-psc"),
        placement("c-there", "ya-psc"),
    ];
    load(channel, items).await.unwrap();
    let mut service = CustomerServiceClient::new(channel.clone());
    let dismissed = v1::DismissCustomerRequest {
        realm: realm(),
        customer: "customers/c-left".to_owned(),
        unit: "units/ya-psc".to_owned(),
        ..Default::default()
    };
    service.dismiss_customer(dismissed).await.unwrap();
    let archived =
        v1::ArchiveUnitRequest { realm: realm(), unit: "units/past".to_owned(), ..Default::default() };
    UnitServiceClient::new(channel.clone()).archive_unit(archived).await.unwrap();
}

/// Every row of a list of placements, a page for each: the unit's name in the realm, what it is called, and its kind.
async fn placements(channel: &Channel, request: v1::ListPlacementsRequest) -> Vec<[String; 3]> {
    let mut service = CustomerServiceClient::new(channel.clone());
    let mut request = v1::ListPlacementsRequest { page_size: 1, ..request };
    let mut rows = Vec::new();
    loop {
        let page = service.list_placements(request.clone()).await.unwrap().into_inner();
        rows.extend(page.placements.into_iter().map(|row| [row.unit, row.unit_display_name, row.unit_kind]));
        if page.next_page_token.is_empty() {
            return rows;
        }
        request.page_token = page.next_page_token;
    }
}

fn of_customer(actor: &str, customer: &str) -> v1::ListPlacementsRequest {
    v1::ListPlacementsRequest {
        realm: realm(),
        actor: format!("users/{actor}"),
        filter: Some(v1::list_placements_request::Filter::Customer(format!("customers/{customer}"))),
        show_dismissed: true,
        ..Default::default()
    }
}

/// Document A, the Groups tab of a customer: partners see to which other groups the customer has been added.
#[tokio::test(flavor = "multi_thread")]
async fn partners_see_what_other_groups_a_customer_of_theirs_is_in() {
    let (_served, channel) = groups().await;
    customers(&channel).await;
    let seen = ["units/cyep-austin", "CYEP - Austin", "authorization-group"].map(str::to_owned);
    // Of the other group the name is told, and nothing by which more could be asked.
    let named = ["", "YA - PSC", "authorization-group"].map(str::to_owned);
    assert_eq!(placements(&channel, of_customer("joe", "c-both")).await, [seen.clone(), named]);
    // Who has left the other group is told of by nobody out there.
    for customer in ["c-here", "c-left"] {
        assert_eq!(placements(&channel, of_customer("joe", customer)).await, std::slice::from_ref(&seen));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_view_a_customer_sees_none_of_their_groups() {
    let (_served, channel) = groups().await;
    customers(&channel).await;
    for (actor, customer) in [("joe", "c-there"), ("pam", "c-both"), ("ada", "c-both"), ("joe", "c-nobody")] {
        let none: [[String; 3]; 0] = [];
        assert_eq!(placements(&channel, of_customer(actor, customer)).await, none, "{actor}, {customer}");
    }
    // In a group of one's own, who is in it; of another, nothing.
    let at = |unit: &str| v1::ListPlacementsRequest {
        filter: Some(v1::list_placements_request::Filter::Unit(format!("units/{unit}"))),
        ..of_customer("joe", "")
    };
    assert_eq!(placements(&channel, at("cyep-austin")).await.len(), 3);
    let unseen = CustomerServiceClient::new(channel.clone()).list_placements(at("ya-psc")).await.unwrap_err();
    assert_eq!((unseen.code(), reason(&unseen)), (Code::NotFound, "UNKNOWN_UNIT".to_owned()));
}
