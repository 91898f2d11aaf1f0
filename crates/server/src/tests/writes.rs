//! Writes over the wire: repeated, guarded by etags, loaded; and what actors read of what was written.

use bailiwick_proto::v1;
use bailiwick_proto::v1::customer_service_client::CustomerServiceClient;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_proto::v1::unit_service_client::UnitServiceClient;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::world::serve;
use crate::Config;

pub(super) fn realm() -> String {
    "realms/eto".to_owned()
}

pub(super) fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

pub(super) fn unit(name: &str, kind: &str, parents: &[&str]) -> v1::load_item::Item {
    v1::load_item::Item::Unit(v1::LoadUnit {
        unit: name.to_owned(),
        kind: kind.to_owned(),
        parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
        ..v1::LoadUnit::default()
    })
}

pub(super) fn all_below() -> Option<v1::AssignmentOptions> {
    Some(v1::AssignmentOptions {
        scope: Some(v1::assignment_options::Scope::All(v1::AllUnits {})),
        ..v1::AssignmentOptions::default()
    })
}

pub(super) fn user(name: &str, home: &str, holds: &[(&str, &str)]) -> v1::load_item::Item {
    let profile = v1::Profile {
        first_name: "Jo".to_owned(),
        last_name: name.to_owned(),
        email: format!("{name}@example.org"),
        ..v1::Profile::default()
    };
    let assign = |&(role, unit): &(&str, &str)| v1::Assign {
        unit: format!("units/{unit}"),
        role: role.to_owned(),
        options: all_below(),
        ..Default::default()
    };
    v1::load_item::Item::User(v1::LoadUser {
        user: format!("users/{name}"),
        home_unit: format!("units/{home}"),
        profile: Some(profile),
        assignments: holds.iter().map(assign).collect(),
        ..v1::LoadUser::default()
    })
}

pub(super) fn placement(customer: &str, unit: &str) -> v1::load_item::Item {
    v1::load_item::Item::Placement(v1::LoadPlacement {
        customer: format!("customers/{customer}"),
        unit: format!("units/{unit}"),
        ..v1::LoadPlacement::default()
    })
}

pub(super) async fn load(
    channel: &Channel,
    items: Vec<v1::load_item::Item>,
) -> Result<v1::LoadWorldResponse, Status> {
    let items = items.into_iter().map(|item| v1::LoadItem { item: Some(item) }).collect();
    let request = v1::LoadWorldRequest { realm: realm(), items, ..v1::LoadWorldRequest::default() };
    RealmServiceClient::new(channel.clone()).load_world(request).await.map(tonic::Response::into_inner)
}

/// Two sites, a manager of the whole, one of the first site, one of the second, and staff.
pub(super) async fn settle(channel: &Channel) {
    let items = vec![
        unit("units/e", "enterprise", &[]),
        unit("units/north", "site", &["units/e"]),
        unit("units/south", "site", &["units/e"]),
        unit("units/n1", "program", &["units/north"]),
        user("boss", "e", &[("enterprise-manager", "e")]),
        user("nora", "north", &[("site-manager", "north")]),
        user("sid", "south", &[("site-manager", "south")]),
        user("stan", "north", &[("staff", "north")]),
        user("both", "north", &[("staff", "north"), ("staff", "south")]),
        placement("c1", "n1"),
    ];
    assert_eq!(load(channel, items).await.unwrap().loaded, 10);
}

fn manage(user: &str, change: v1::user_change::Change) -> v1::ManageUserRequest {
    v1::ManageUserRequest {
        realm: realm(),
        user: format!("users/{user}"),
        changes: vec![v1::UserChange { change: Some(change) }],
        ..v1::ManageUserRequest::default()
    }
}

fn phone(number: &str) -> v1::user_change::Change {
    v1::user_change::Change::UpdateProfile(v1::UpdateProfile {
        profile: Some(v1::Profile { work_phone: number.to_owned(), ..v1::Profile::default() }),
        fields: vec!["work_phone".to_owned()],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_command_is_answered_as_it_was_whatever_came_after() {
    let served = serve(Config::local()).await;
    served.create_realm().await;
    let channel = served.channel().await;
    settle(&channel).await;
    let mut users = UserServiceClient::new(channel);
    let request =
        v1::ManageUserRequest { request_id: "first".to_owned(), ..manage("stan", phone("+13125550101")) };
    let first = users.manage_user(request.clone()).await.unwrap().into_inner();
    let assign = v1::Assign {
        unit: "units/south".to_owned(),
        role: "intake".to_owned(),
        options: all_below(),
        ..Default::default()
    };
    users.manage_user(manage("stan", v1::user_change::Change::Assign(assign))).await.unwrap();
    users.manage_user(manage("stan", phone("+13125550102"))).await.unwrap();
    assert_eq!(users.manage_user(request).await.unwrap().into_inner(), first);

    // With the etag of that answer, nobody overwrites what came after.
    let etag = first.user.unwrap().etag;
    let late = v1::ManageUserRequest { etag, ..manage("stan", phone("+13125550103")) };
    let refused = users.manage_user(late).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_etag_keeps_editors_apart() {
    let served = serve(Config::local()).await;
    served.create_realm().await;
    let channel = served.channel().await;
    settle(&channel).await;
    let mut units = UnitServiceClient::new(channel.clone());
    let get = v1::GetUnitRequest { realm: realm(), unit: "units/n1".to_owned(), ..Default::default() };
    let read = units.get_unit(get.clone()).await.unwrap().into_inner().unit.unwrap();
    let rename = |name: &str, etag: &str| v1::UpdateUnitRequest {
        realm: realm(),
        unit: "units/n1".to_owned(),
        display_name: name.to_owned(),
        fields: vec!["display_name".to_owned()],
        etag: etag.to_owned(),
        ..Default::default()
    };
    let renamed = units.update_unit(rename("One", &read.etag)).await.unwrap().into_inner().unit.unwrap();
    assert_ne!(renamed.etag, read.etag);
    let refused = units.update_unit(rename("Two", &read.etag)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    let named = v1::UpdateUnitRequest { request_id: "two".to_owned(), ..rename("Two", &renamed.etag) };
    let two = units.update_unit(named.clone()).await.unwrap().into_inner();
    units.update_unit(rename("Three", "")).await.unwrap();
    assert_eq!(
        units.update_unit(named).await.unwrap().into_inner(),
        two,
        "a repeated one is answered as it was"
    );
    let refused = units.update_unit(rename("Four", "W/1")).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let archive = v1::ArchiveUnitRequest {
        realm: realm(),
        unit: "units/n1".to_owned(),
        etag: renamed.etag,
        ..Default::default()
    };
    assert_eq!(units.archive_unit(archive).await.unwrap_err().code(), Code::Aborted);

    let mut realms = RealmServiceClient::new(channel);
    let scheme = realms.get_scheme(v1::GetSchemeRequest { realm: realm() }).await.unwrap().into_inner();
    let scheme = scheme.scheme.unwrap();
    let put = |title: &str, etag: &str| v1::PutSchemeRequest {
        realm: realm(),
        toml: scheme.toml.replacen(&scheme.title, title, 1),
        etag: etag.to_owned(),
        ..Default::default()
    };
    realms.put_scheme(put("Other", &scheme.etag)).await.unwrap();
    let refused = realms.put_scheme(put("Another", &scheme.etag)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_reads_what_the_rules_show() {
    let served = serve(Config::local()).await;
    served.create_realm().await;
    let channel = served.channel().await;
    settle(&channel).await;
    let mut users = UserServiceClient::new(channel.clone());
    let list = |actor: &str| v1::ListUsersRequest {
        realm: realm(),
        actor: if actor.is_empty() { String::new() } else { format!("users/{actor}") },
        ..Default::default()
    };
    let mut listed = async |actor: &str| -> Vec<String> {
        let page = users.list_users(list(actor)).await.unwrap().into_inner();
        page.users.into_iter().map(|user| user.name).collect()
    };
    assert_eq!(listed("").await, ["users/boss", "users/both", "users/nora", "users/sid", "users/stan"]);
    assert_eq!(listed("nora").await, ["users/both", "users/nora", "users/stan"]);
    assert_eq!(listed("stan").await, ["users/stan"]);

    let mut units = UnitServiceClient::new(channel.clone());
    let get = |actor: &str, unit: &str| v1::GetUnitRequest {
        realm: realm(),
        actor: format!("users/{actor}"),
        unit: format!("units/{unit}"),
    };
    assert!(units.get_unit(get("nora", "n1")).await.is_ok());
    let unseen = units.get_unit(get("nora", "south")).await.unwrap_err();
    let nothing = units.get_unit(get("nora", "nowhere")).await.unwrap_err();
    assert_eq!((unseen.code(), unseen.message()), (nothing.code(), nothing.message()));

    let mut customers = CustomerServiceClient::new(channel);
    let placements = |actor: &str| v1::ListPlacementsRequest {
        realm: realm(),
        actor: format!("users/{actor}"),
        filter: Some(v1::list_placements_request::Filter::Customer("customers/c1".to_owned())),
        ..Default::default()
    };
    let mut found = async |actor: &str| {
        customers.list_placements(placements(actor)).await.unwrap().into_inner().placements.len()
    };
    assert_eq!((found("stan").await, found("sid").await), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_is_whole_or_nothing_and_says_which_item_is_wrong() {
    let served = serve(Config::local()).await;
    served.create_realm().await;
    let channel = served.channel().await;
    settle(&channel).await;
    let items = vec![unit("units/east", "site", &["units/e"]), unit("units/n9", "program", &["units/e"])];
    let refused = load(&channel, items).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "PARENT_NOT_ALLOWED".to_owned())
    );
    let info = refused.get_details_error_info().unwrap();
    assert_eq!(info.metadata.get("change").map(String::as_str), Some("1"));
    let get = v1::GetUnitRequest { realm: realm(), unit: "units/east".to_owned(), ..Default::default() };
    let missing = UnitServiceClient::new(channel.clone()).get_unit(get).await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);

    let wrong = vec![unit("units/bad name", "site", &["units/e"]); 3];
    let refused = load(&channel, wrong).await.unwrap_err();
    let fields = refused.get_details_bad_request().unwrap().field_violations;
    assert_eq!(
        fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>(),
        ["items[0].unit.unit", "items[1].unit.unit", "items[2].unit.unit"]
    );
    let too_many = vec![unit("units/x", "site", &["units/e"]); 1_001];
    assert_eq!(load(&channel, too_many).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_kept_of_a_person_is_exported_until_they_are_erased() {
    let served = serve(Config::local()).await;
    served.create_realm().await;
    let channel = served.channel().await;
    settle(&channel).await;
    let mut users = UserServiceClient::new(channel);
    // A number as people write it here is kept as it is dialled from anywhere.
    let change =
        v1::ManageUserRequest { reason: "moved desks".to_owned(), ..manage("stan", phone("(312) 555-0147")) };
    users.manage_user(change).await.unwrap();
    let mut versions = Vec::new();
    let mut request = v1::ExportUserRequest {
        realm: realm(),
        user: "users/stan".to_owned(),
        page_size: 1,
        ..v1::ExportUserRequest::default()
    };
    loop {
        let page = users.export_user(request.clone()).await.unwrap().into_inner();
        versions.extend(page.versions);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let phones: Vec<_> =
        versions.iter().map(|version| version.user.clone().unwrap().profile.unwrap().work_phone).collect();
    assert_eq!(phones, ["", "+13125550147"]);
    assert_eq!(versions[1].change.clone().unwrap().reason, "moved desks");
    assert_eq!(versions[1].user.clone().unwrap().assignments.len(), 1);

    let erase = v1::EraseUserRequest {
        realm: realm(),
        user: "users/stan".to_owned(),
        ..v1::EraseUserRequest::default()
    };
    let tried = v1::EraseUserRequest { validate_only: true, ..erase.clone() };
    assert_eq!(users.erase_user(tried).await.unwrap().into_inner().revision, 0);
    assert!(users.erase_user(erase.clone()).await.unwrap().into_inner().revision > 0);
    let again = users.erase_user(erase).await.unwrap_err();
    assert_eq!((again.code(), reason(&again)), (Code::FailedPrecondition, "NOTHING_TO_CHANGE".to_owned()));
    request.page_size = 0;
    let left = users.export_user(request).await.unwrap().into_inner();
    assert_eq!(left.versions.len(), 3);
    let told = format!("{left:?}");
    assert!(!told.contains("5550147") && !told.contains("stan@example.org") && !told.contains("moved desks"));
    assert_eq!(left.versions[2].user.clone().unwrap().state(), v1::UserState::Erased);

    // A manager finds nobody; an operator finds the id.
    let get = |actor: &str| v1::GetUserRequest {
        realm: realm(),
        actor: actor.to_owned(),
        key: Some(v1::get_user_request::Key::User("users/stan".to_owned())),
    };
    let nobody = users.get_user(get("users/boss")).await.unwrap_err();
    assert_eq!((nobody.code(), reason(&nobody)), (Code::NotFound, "UNKNOWN_USER".to_owned()));
    let found = users.get_user(get("")).await.unwrap().into_inner().user.unwrap();
    assert_eq!((found.state(), found.username.as_str()), (v1::UserState::Erased, ""));
    let list = |actor: &str, show_disabled| v1::ListUsersRequest {
        realm: realm(),
        actor: actor.to_owned(),
        show_disabled,
        ..v1::ListUsersRequest::default()
    };
    for (actor, wanted) in [("users/boss", 0), ("", 1)] {
        let listed = users.list_users(list(actor, true)).await.unwrap().into_inner();
        assert_eq!(listed.users.iter().filter(|user| user.name == "users/stan").count(), wanted, "{actor}");
        let listed = users.list_users(list(actor, false)).await.unwrap().into_inner();
        assert!(listed.users.iter().all(|user| user.name != "users/stan"));
    }
}
