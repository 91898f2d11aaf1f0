//! The same values in lists, and in what other schemes ask of people.

use bailiwick_client::Client;
use bailiwick_proto::v1;
use bailiwick_proto::v1::user_change::Change;

use super::{REALM, assert_silent, manage, profile, update};

/// The person in a list, somebody new, and rows that cannot be right; yields who was made.
pub(super) async fn import(client: &Client) -> String {
    let row = |line, profile| v1::ImportRow {
        line,
        profile: Some(profile),
        home_unit: "units/austin".to_owned(),
        ..Default::default()
    };
    let new = v1::Profile {
        first_name: "Canarylist".to_owned(),
        email: "canarylist@example.org".to_owned(),
        external_ids: [].into(),
        ..profile()
    };
    let list = |rows: Vec<v1::ImportRow>, part| v1::ImportUsersRequest {
        realm: REALM.to_owned(),
        file_digest: vec![0x4b; 32],
        part,
        rows,
        reason: "canaryreason".to_owned(),
        ..Default::default()
    };
    let bad = v1::Profile { email: "canarylist at example.org".to_owned(), ..new.clone() };
    let worse = v1::Profile { birth_date: "canarylist".to_owned(), ..new.clone() };
    let rows = vec![row(1, profile()), row(2, new.clone()), row(3, new), row(4, bad), row(5, worse)];
    let reply = client.import_users(list(rows.clone(), 1)).await.unwrap();
    assert_eq!(reply.counts.as_ref().map(|counts| (counts.created, counts.refused)), Some((1, 2)));
    assert_silent("a list's answer", &format!("{reply:?}"));
    // What changes nobody is a change of the list alone: its reason is about the list, and stays.
    let again = v1::ImportUsersRequest { reason: String::new(), ..list(vec![row(1, profile())], 2) };
    client.import_users(again).await.unwrap();
    let crowded = list(rows.into_iter().cycle().take(1_001).collect(), 3);
    assert_silent("an error", &format!("{:?}", client.import_users(crowded).await.unwrap_err()));
    reply.rows.iter().find(|row| row.line == 2).unwrap().user.clone()
}

/// A person of another realm, with what the first realm's people do not have, exported and erased.
pub(super) async fn another(client: &Client) {
    let realm = "realms/others".to_owned();
    let scheme = |name: &str| Some(v1::create_realm_request::Scheme::ShippedScheme(name.to_owned()));
    let create_realm =
        v1::CreateRealmRequest { realm: realm.clone(), scheme: scheme("eto"), ..Default::default() };
    client.create_realm(create_realm).await.unwrap();
    let root = v1::LoadUnit {
        unit: "units/harbor".to_owned(),
        kind: "enterprise".to_owned(),
        display_name: "Harbor".to_owned(),
        ..Default::default()
    };
    let items = vec![v1::LoadItem { item: Some(v1::load_item::Item::Unit(root)) }];
    let load = v1::LoadWorldRequest { realm: realm.clone(), items, ..Default::default() };
    client.load_world(load).await.unwrap();
    let profile = v1::Profile {
        middle_initial: "Q".to_owned(),
        cell_phone: "(312) 555-0177".to_owned(),
        pager: "(312) 555-0188".to_owned(),
        provider_subject: "canarysubject".to_owned(),
        first_name: "Zyxofirst".to_owned(),
        last_name: "Qwvulast".to_owned(),
        email: "canarybird@example.org".to_owned(),
        ..Default::default()
    };
    let create = Change::Create(v1::CreateUser {
        home_unit: "units/harbor".to_owned(),
        profile: Some(profile),
        ..Default::default()
    });
    let change =
        |user: &str, change| v1::ManageUserRequest { realm: realm.clone(), ..manage(user, vec![change]) };
    client.manage_user(change("users/z", create)).await.unwrap();
    let place = v1::Profile { location: "canaryplace".to_owned(), ..Default::default() };
    let manager = v1::Profile { line_manager: "users/canaryboss".to_owned(), ..Default::default() };
    // Whether or not the scheme has them, nobody is told what was typed.
    for (field, profile) in [("location", place), ("line_manager", manager)] {
        let refused = client.manage_user(change("users/z", update(field, profile))).await.unwrap_err();
        assert_silent("an error", &format!("{refused:?}"));
    }
    let disable = Change::Disable(v1::DisableUser {});
    client.manage_user(change("users/z", disable)).await.unwrap();
    let get = v1::GetUserRequest {
        realm: realm.clone(),
        actor: String::new(),
        key: Some(v1::get_user_request::Key::ProviderSubject("canarysubject".to_owned())),
    };
    assert_eq!(client.get_user(get).await.unwrap().user.unwrap().name, "users/z");
    let export =
        v1::ExportUserRequest { realm: realm.clone(), user: "users/z".to_owned(), ..Default::default() };
    let exported = client.export_user(export).await.unwrap();
    assert!(format!("{exported:?}").contains("canarysubject"));
    let erase = v1::EraseUserRequest { realm, user: "users/z".to_owned(), ..Default::default() };
    client.erase_user(erase).await.unwrap();
}
