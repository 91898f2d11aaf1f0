//! What is personal stays where it belongs: values that stand nowhere else are typed wherever a person's data can be
//! typed, and looked for in the log, in errors, in names, and, after the person is erased, in every byte that is kept.

mod others;

use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use bailiwick_client::Client;
use bailiwick_proto::v1;
use bailiwick_proto::v1::user_change::Change;

use crate::process::Served;

/// Looked for in lower case.
const CANARIES: [&str; 22] = [
    "zyxofirst",
    "qwvulast",
    "zqwvulast",
    "canarybird",
    "1971-03-14",
    "555-0193",
    "3125550193",
    "canzip7",
    "wncanary77",
    "canarynote",
    "canaryreason",
    "canaryrequest",
    "canarypassphrase",
    "canaryguess",
    "canaryclient",
    "canarylist",
    "canaryplace",
    "canarysubject",
    "canaryboss",
    "3125550177",
    "3125550188",
    // Of the file that a list came from: by that, or by a row, nobody who was erased is recognised.
    "4b4b4b4b4b4b4b4b",
];
/// 32 bytes, all 1.
const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const REALM: &str = "realms/people";

fn profile() -> v1::Profile {
    v1::Profile {
        first_name: "Zyxofirst".to_owned(),
        last_name: "Qwvulast".to_owned(),
        email: "canarybird@example.org".to_owned(),
        birth_date: "1971-03-14".to_owned(),
        work_phone: "(312) 555-0193".to_owned(),
        zip: "CANZIP7".to_owned(),
        external_ids: [("worknet-id".to_owned(), "WNCANARY77".to_owned())].into(),
        ..Default::default()
    }
}

fn manage(user: &str, changes: Vec<Change>) -> v1::ManageUserRequest {
    v1::ManageUserRequest {
        realm: REALM.to_owned(),
        user: user.to_owned(),
        changes: changes.into_iter().map(|change| v1::UserChange { change: Some(change) }).collect(),
        reason: "canaryreason".to_owned(),
        ..Default::default()
    }
}

fn create(profile: v1::Profile) -> Change {
    Change::Create(v1::CreateUser {
        home_unit: "units/austin".to_owned(),
        profile: Some(profile),
        ..Default::default()
    })
}

fn update(field: &str, profile: v1::Profile) -> Change {
    Change::UpdateProfile(v1::UpdateProfile { profile: Some(profile), fields: vec![field.to_owned()] })
}

fn assign(note: &str) -> Change {
    let scope = v1::assignment_options::Scope::All(v1::AllUnits {});
    let options = v1::AssignmentOptions { scope: Some(scope), note: note.to_owned(), ..Default::default() };
    Change::Assign(v1::Assign {
        unit: "units/austin".to_owned(),
        role: "public-viewer".to_owned(),
        options: Some(options),
        ..Default::default()
    })
}

async fn settle(client: &Client) {
    let scheme = Some(v1::create_realm_request::Scheme::ShippedScheme("illinois-worknet".to_owned()));
    let realm = v1::CreateRealmRequest { realm: REALM.to_owned(), scheme, ..Default::default() };
    client.create_realm(realm).await.unwrap();
    let unit = |unit: &str, kind: &str, parents: &[&str]| v1::LoadItem {
        item: Some(v1::load_item::Item::Unit(v1::LoadUnit {
            unit: unit.to_owned(),
            kind: kind.to_owned(),
            parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
            ..Default::default()
        })),
    };
    let items = vec![
        unit("units/il", "state", &[]),
        unit("units/l1", "lwia", &["units/il"]),
        unit("units/austin", "organization", &["units/l1"]),
    ];
    let load = v1::LoadWorldRequest { realm: REALM.to_owned(), items, ..Default::default() };
    client.load_world(load).await.unwrap();
}

/// Everything that is refused for what a person's data are, with what was told.
async fn refusals(client: &Client) -> Vec<String> {
    let other = v1::Profile { email: "other@example.org".to_owned(), ..profile() };
    let asked = [
        create(profile()),
        create(v1::Profile { email: "canarybird at example.org".to_owned(), ..profile() }),
        create(v1::Profile { birth_date: "1971-03-14T00".to_owned(), ..other.clone() }),
        create(v1::Profile { birth_date: "2971-03-14".to_owned(), ..other.clone() }),
        create(v1::Profile { work_phone: "555-0193 ext 3125550193".to_owned(), ..other.clone() }),
        create(v1::Profile { zip: "CANZIP7\u{1b}CANZIP7".to_owned(), ..other.clone() }),
        create(v1::Profile { last_name: "Qwvulast".repeat(90), ..other.clone() }),
        create(v1::Profile { first_name: "Zyxofirst\u{202e}".to_owned(), ..other.clone() }),
        create(v1::Profile { line_manager: "users/canarybird".to_owned(), ..other.clone() }),
        create(v1::Profile { suffix: "canarybird".to_owned(), ..other.clone() }),
        create(other.clone()),
    ];
    let mut told = Vec::new();
    for change in asked {
        for validate_only in [true, false] {
            let request = v1::ManageUserRequest { validate_only, ..manage("", vec![change.clone()]) };
            told.push(format!("{:?}", client.manage_user(request).await.unwrap_err()));
        }
    }
    for note in ["canarynote".repeat(200), "canarynote\u{7}".to_owned()] {
        told.push(format!(
            "{:?}",
            client.manage_user(manage("users/nobody", vec![assign(&note)])).await.unwrap_err()
        ));
    }
    let long = v1::ManageUserRequest {
        reason: "canaryreason".repeat(200),
        ..manage("users/nobody", vec![assign("")])
    };
    told.push(format!("{:?}", client.manage_user(long).await.unwrap_err()));
    let get = |key| v1::GetUserRequest { realm: REALM.to_owned(), actor: String::new(), key: Some(key) };
    for key in [
        v1::get_user_request::Key::Username("ZQwvulast99".to_owned()),
        v1::get_user_request::Key::User("users/canarybird".to_owned()),
        v1::get_user_request::Key::ExternalId(v1::ExternalId {
            name: "iwds-user-id".to_owned(),
            value: "WNCANARY77".to_owned(),
        }),
    ] {
        told.push(format!("{:?}", client.get_user(get(key)).await.unwrap_err()));
    }
    let badly = v1::MatchUsersRequest {
        realm: REALM.to_owned(),
        email: "canarybird".to_owned(),
        birth_date: "1971-03-14-15".to_owned(),
        phone: "555-0193".to_owned(),
        ..Default::default()
    };
    told.push(format!("{:?}", client.match_users(badly).await.unwrap_err()));
    told
}

fn assert_silent(what: &str, text: &str) {
    let text = text.to_lowercase();
    for canary in CANARIES {
        if let Some(at) = text.find(canary) {
            let around: String = text.chars().skip(at.saturating_sub(200)).take(400).collect();
            panic!("{what} has `{canary}`: {around}");
        }
    }
}

#[test]
fn nothing_personal_is_told_or_left() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("people.db"), folder.path().join("log"));
    let data = data.to_str().unwrap();
    let file = Stdio::from(File::create(&log).unwrap());
    let keys = [("BAILIWICK_OUTBOX_KEYS", KEY)];
    let served = Served::start_with_log(&["--data", data], "trace", file, &keys);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (names, secrets) = runtime.block_on(async { live(&served.client(), folder.path()).await });
    assert_silent("a name", &names);
    drop(runtime);
    assert!(served.terminate().success());

    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("ManageUser") && log.len() > 50_000, "the log tells nothing: {} bytes", log.len());
    assert_silent("the log", &log);
    let kept = kept(folder.path());
    assert_silent("what is kept", &kept);
    for secret in &secrets {
        let secret = secret.to_lowercase();
        assert!(secret.len() > 10 && !log.to_lowercase().contains(&secret) && !kept.contains(&secret));
    }
}

/// Every byte that the database keeps.
fn kept(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let data = files.filter(|file| !file.ends_with("log")).map(|file| std::fs::read(file).unwrap());
    data.map(|bytes| String::from_utf8_lossy(&bytes).to_lowercase()).collect()
}

/// A person chooses passwords, with what they were shown and what they were mailed; yields these secrets.
async fn sign_in(client: &Client, user: &str) -> Vec<String> {
    let issue = |kind: v1::SecretKind, delivery: v1::SecretDelivery| v1::IssueSecretRequest {
        realm: REALM.to_owned(),
        user: user.to_owned(),
        kind: kind.into(),
        delivery: delivery.into(),
        reason: "canaryreason".to_owned(),
        ..Default::default()
    };
    let shown = issue(v1::SecretKind::OneTimePassword, v1::SecretDelivery::Show);
    let shown = client.issue_secret(shown).await.unwrap().secret;
    let attempt = |name: &str, password: &str| v1::VerifyPasswordRequest {
        realm: REALM.to_owned(),
        username: name.to_owned(),
        password: password.to_owned(),
        client: "canaryclient".to_owned(),
    };
    for (name, password) in
        [("ZQwvulast", "canaryguess"), ("canarybird@example.org", &shown), ("canarybird", "x")]
    {
        client.verify_password(attempt(name, password)).await.unwrap();
    }
    let redeem = |proof, password: &str| v1::RedeemSecretRequest {
        realm: REALM.to_owned(),
        proof: Some(proof),
        new_password: password.to_owned(),
        client: "canaryclient".to_owned(),
    };
    let current = v1::redeem_secret_request::Proof::Current(v1::CurrentPassword {
        username: "ZQwvulast".to_owned(),
        password: shown.clone(),
    });
    // Put together of what is known of the person.
    let refused = client.redeem_secret(redeem(current.clone(), "Zyxofirst-Qwvulast")).await.unwrap_err();
    assert_silent("an error", &format!("{refused:?}"));
    client.redeem_secret(redeem(current.clone(), "canarypassphrase 1")).await.unwrap();
    let refused = client.redeem_secret(redeem(current, "canarypassphrase 2")).await.unwrap_err();
    assert_silent("an error", &format!("{refused:?}"));

    client.issue_secret(issue(v1::SecretKind::Reset, v1::SecretDelivery::Mail)).await.unwrap();
    let watch = v1::WatchOutboxRequest { realm: REALM.to_owned(), after: 0, until_empty: true };
    let message = client.watch_outbox(watch).await.unwrap().next().await.unwrap().unwrap();
    let proof = v1::redeem_secret_request::Proof::Secret(message.secret.clone());
    client.redeem_secret(redeem(proof, "canarypassphrase 3")).await.unwrap();
    vec![shown, message.secret]
}

/// A person's whole life; yields the names that were made for what belongs to them, and the secrets that were issued.
async fn live(client: &Client, folder: &Path) -> (String, Vec<String>) {
    settle(client).await;
    let request = v1::ManageUserRequest {
        request_id: "canaryrequest".to_owned(),
        ..manage("", vec![create(profile()), assign("canarynote")])
    };
    let made = client.manage_user(request).await.unwrap();
    let user = made.user.unwrap();
    assert_eq!(user.username, "ZQwvulast");

    let told = refusals(client).await;
    assert!(told.len() > 20);
    for error in told {
        assert_silent("an error", &error);
    }
    let zip = v1::Profile { zip: "CANZIP7-2".to_owned(), ..Default::default() };
    client.manage_user(manage(&user.name, vec![update("zip", zip)])).await.unwrap();
    let found = v1::MatchUsersRequest {
        realm: REALM.to_owned(),
        first_name: "zyxofirst".to_owned(),
        last_name: "QWVULAST".to_owned(),
        birth_date: "1971-03-14".to_owned(),
        email: "Canarybird@example.org".to_owned(),
        ..Default::default()
    };
    assert_eq!(client.match_users(found).await.unwrap().matches.len(), 1);
    let listed = v1::ListUsersRequest {
        realm: REALM.to_owned(),
        last_name_prefix: "Qwvulast".to_owned(),
        username: "ZQwvulast".to_owned(),
        ..Default::default()
    };
    assert_eq!(client.list_users(listed).await.unwrap().users.len(), 1);

    let secrets = sign_in(client, &user.name).await;
    let listed = others::import(client).await;
    others::another(client).await;

    let before = kept(folder);
    assert!(
        ["zyxofirst", "wncanary77", "canarynote", "canaryreason"].iter().all(|word| before.contains(word))
    );
    for user in [&user.name, &listed] {
        let erase = v1::EraseUserRequest {
            realm: REALM.to_owned(),
            user: user.clone(),
            reason: "asked to".to_owned(),
            ..Default::default()
        };
        client.erase_user(erase).await.unwrap();
    }
    let verify = v1::ListChangesRequest { realm: REALM.to_owned(), page_size: 100, ..Default::default() };
    let changes = client.list_changes(verify).await.unwrap();
    assert_silent("the changes", &format!("{changes:?}"));
    (format!("{} {:?}", user.name, made.assigned), secrets)
}
