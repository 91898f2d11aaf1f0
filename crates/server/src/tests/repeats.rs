//! Commands about people that are sent again, and what is shown of a person before they are added.

use bailiwick_identity::{RealmId, UserId};
use bailiwick_proto::v1;
use bailiwick_proto::v1::change_service_client::ChangeServiceClient;
use bailiwick_proto::v1::get_user_request::Key;
use bailiwick_proto::v1::user_change::Change;

use super::matching::{Desk, REALM, assign, manage, profile, reason, search};

/// Rod, made by an administrator under an id of the calling program's own.
fn making_rod(id: &str, email: &str) -> v1::ManageUserRequest {
    let create = Change::Create(v1::CreateUser {
        home_unit: "units/apac".to_owned(),
        profile: Some(profile("Rod", "Flanders", email, "1990-02-03")),
        username: String::new(),
    });
    v1::ManageUserRequest { request_id: id.to_owned(), ..manage("users/ada", "", vec![create]) }
}

/// Whoever has asked too often still hears what a command did that is sent again; and costs no more writes.
#[tokio::test(flavor = "multi_thread")]
async fn over_the_limit_a_repeated_command_is_answered_as_it_was() {
    let mut desk = Desk::open().await;
    let made = making_rod("one", "rod@example.org");
    let first = desk.users.manage_user(made.clone()).await.unwrap().into_inner();
    for n in 0..60 {
        desk.find(search("users/ada", "No", "Body", &format!("n{n}@example.org"), "")).await;
    }
    assert_eq!(desk.users.manage_user(made.clone()).await.unwrap().into_inner(), first);
    for refused in [
        making_rod("two", "rod@example.org"),
        making_rod("one", "tod@example.org"),
        making_rod("", "rod@example.org"),
        v1::ManageUserRequest { validate_only: true, ..made.clone() },
    ] {
        let refused = desk.users.manage_user(refused).await.unwrap_err();
        assert_eq!(reason(&refused), "MATCH_LIMIT");
    }
    let refused = desk.users.match_users(search("users/ada", "Joe", "McGoo", "", "")).await.unwrap_err();
    assert_eq!(reason(&refused), "MATCH_LIMIT");
    let (realm, ada) = (RealmId::parse("il").unwrap(), UserId::parse("ada").unwrap());
    assert_eq!(desk.served.store.questions_asked(&realm, &ada).await.unwrap(), 60);
}

/// A command that made somebody who was erased since makes nobody again: it is told when it was carried out, and no more.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_erased_is_not_made_again() {
    let mut desk = Desk::open().await;
    let mut changes = ChangeServiceClient::new(desk.served.channel().await);
    let made = making_rod("make rod@example.org", "rod@example.org");
    let first = desk.users.manage_user(made.clone()).await.unwrap().into_inner();
    let list = v1::ListChangesRequest {
        realm: REALM.to_owned(),
        from_revision: first.revision,
        ..v1::ListChangesRequest::default()
    };
    let told = changes.list_changes(list.clone()).await.unwrap().into_inner();
    assert_eq!(told.changes[0].request_id, "make rod@example.org");
    let rod = first.user.unwrap().name;
    let erase = v1::EraseUserRequest {
        realm: REALM.to_owned(),
        user: rod.clone(),
        ..v1::EraseUserRequest::default()
    };
    let erased = desk.users.erase_user(erase).await.unwrap().into_inner();
    let again = desk.users.manage_user(made).await.unwrap().into_inner();
    assert_eq!((again.revision, again.token, again.user), (first.revision, first.token, None));
    let told = changes.list_changes(list).await.unwrap().into_inner();
    assert_eq!((told.head, told.changes[0].request_id.as_str()), (erased.revision, ""));
    // Under another id it is another command, and another person.
    let another = desk.users.manage_user(making_rod("again", "rod@example.org")).await.unwrap().into_inner();
    assert_ne!(another.user.unwrap().name, rod);
}

/// A dry run shows nothing of what else would happen to somebody out of sight.
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_nothing_of_an_outsider() {
    let mut desk = Desk::open().await;
    let disable = manage("", "users/ned", vec![Change::Disable(v1::DisableUser {})]);
    desk.users.manage_user(disable).await.unwrap();
    let search = v1::MatchUsersRequest {
        include_disabled: true,
        ..search("users/ada", "Ned", "Flanders", "ned@example.org", "1960-02-03")
    };
    let handle = desk.find(search).await.matches[0].handle.clone();
    let add = v1::ManageUserRequest {
        handles: vec![handle],
        ..manage("users/ada", "", vec![Change::Assign(assign("public-viewer", "apac"))])
    };
    let dry = v1::ManageUserRequest { validate_only: true, ..add.clone() };
    let would = desk.users.manage_user(dry).await.unwrap().into_inner();
    assert_eq!((would.user, would.assigned.len(), would.effects), (None, 0, Vec::new()));
    // What was done is told: Ned is in sight now, and so is that he was enabled.
    let done = desk.users.manage_user(add).await.unwrap().into_inner();
    let kinds: Vec<_> = done.effects.iter().map(v1::Effect::kind).collect();
    assert!(kinds.contains(&v1::EffectKind::Enabled), "{kinds:?}");
    assert!(kinds.contains(&v1::EffectKind::ReactivatedElsewhere), "{kinds:?}");
}

/// A user is found by an external id in whichever way it is spelt.
#[tokio::test(flavor = "multi_thread")]
async fn an_external_id_is_looked_for_in_the_form_in_which_it_is_kept() {
    let mut desk = Desk::open().await;
    let update = Change::UpdateProfile(v1::UpdateProfile {
        profile: Some(v1::Profile {
            external_ids: [("worknet-id".to_owned(), "Rene\u{301}-7".to_owned())].into(),
            ..v1::Profile::default()
        }),
        fields: vec!["external_ids.worknet-id".to_owned()],
    });
    desk.users.manage_user(manage("", "users/joe", vec![update])).await.unwrap();
    for (value, found) in [
        ("Ren\u{e9}-7", true),
        ("Rene\u{301}-7", true),
        (" Rene\u{301}-7 ", true),
        ("Rene-7", false),
        ("ren\u{e9}-7", false),
    ] {
        let id = v1::ExternalId { name: "worknet-id".to_owned(), value: value.to_owned() };
        let request = v1::GetUserRequest {
            realm: REALM.to_owned(),
            key: Some(Key::ExternalId(id)),
            ..v1::GetUserRequest::default()
        };
        let answer = desk.users.get_user(request).await;
        let name = answer.ok().and_then(|answer| answer.into_inner().user).map(|user| user.name);
        assert_eq!(name.as_deref(), found.then_some("users/joe"), "{value:?}");
    }
}
