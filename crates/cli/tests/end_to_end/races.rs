//! Two who act at once: one effect.

use bailiwick_client::Client;
use bailiwick_proto::v1;

use crate::process::Served;

const ROUNDS: usize = 20;

fn enterprise_manager(realm: &str, id: &str) -> v1::ManageUserRequest {
    let change = |change| v1::UserChange { change: Some(change) };
    let profile = v1::Profile {
        first_name: id.to_owned(),
        last_name: "Boss".to_owned(),
        email: format!("{id}@example.org"),
        ..Default::default()
    };
    let create =
        v1::CreateUser { home_unit: "units/ent".to_owned(), profile: Some(profile), ..Default::default() };
    let options = v1::AssignmentOptions {
        scope: Some(v1::assignment_options::Scope::All(v1::AllUnits::default())),
        ..Default::default()
    };
    let assign = v1::Assign {
        unit: "units/ent".to_owned(),
        role: "enterprise-manager".to_owned(),
        options: Some(options),
        ..Default::default()
    };
    v1::ManageUserRequest {
        realm: realm.to_owned(),
        user: format!("users/{id}"),
        changes: vec![
            change(v1::user_change::Change::Create(create)),
            change(v1::user_change::Change::Assign(assign)),
        ],
        ..Default::default()
    }
}

fn disable(realm: &str, actor: &str, user: &str) -> v1::ManageUserRequest {
    let change = v1::user_change::Change::Disable(v1::DisableUser::default());
    v1::ManageUserRequest {
        realm: realm.to_owned(),
        actor: format!("users/{actor}"),
        user: format!("users/{user}"),
        changes: vec![v1::UserChange { change: Some(change) }],
        reason: "because".to_owned(),
        ..Default::default()
    }
}

async fn round(client: &Client, number: usize) {
    let realm = format!("realms/r-{number}");
    let scheme = Some(v1::create_realm_request::Scheme::ShippedScheme("eto".to_owned()));
    let request = v1::CreateRealmRequest { realm: realm.clone(), scheme, ..Default::default() };
    client.create_realm(request).await.unwrap();
    let root = v1::CreateUnitRequest {
        realm: realm.clone(),
        unit: "units/ent".to_owned(),
        kind: "enterprise".to_owned(),
        display_name: "Enterprise".to_owned(),
        ..Default::default()
    };
    client.create_unit(root).await.unwrap();
    for boss in ["one", "two"] {
        client.manage_user(enterprise_manager(&realm, boss)).await.unwrap();
    }
    let (first, second) = tokio::join!(
        client.manage_user(disable(&realm, "one", "two")),
        client.manage_user(disable(&realm, "two", "one")),
    );
    let refused: Vec<_> = [first, second].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    let reasons: Vec<_> = refused.iter().filter_map(|error| error.reason.as_deref()).collect();
    assert_eq!(reasons, ["USER_DISABLED"]);
}

#[test]
fn two_administrators_who_disable_each_other_leave_one() {
    let served = Served::start(&[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = served.client();
        for number in 0..ROUNDS {
            round(&client, number).await;
        }
    });
}
