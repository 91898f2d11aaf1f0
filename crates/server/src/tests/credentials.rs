//! Credentials and the outbox over the wire.

use std::time::Duration;

use bailiwick_proto::v1;
use bailiwick_proto::v1::PasswordOutcome as Outcome;
use bailiwick_proto::v1::change_service_client::ChangeServiceClient;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::world::{Served, serve};
use crate::{Config, OutboxConfig, SealingKeys};

pub(super) const REALM: &str = "realms/eto";
/// 32 bytes, all 1, and all 2.
pub(super) const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
pub(super) const OTHER_KEY: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

pub(super) fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

pub(super) fn sealing(keys: &str) -> Config {
    let outbox = OutboxConfig { sealing_keys: SealingKeys::parse(keys).unwrap(), ..OutboxConfig::default() };
    Config { outbox, ..Config::local() }
}

fn user(name: &str, home: &str, holds: &[(&str, &str)]) -> v1::load_item::Item {
    let options = || v1::AssignmentOptions {
        scope: Some(v1::assignment_options::Scope::All(v1::AllUnits {})),
        ..v1::AssignmentOptions::default()
    };
    let assign = |&(role, unit): &(&str, &str)| v1::Assign {
        unit: format!("units/{unit}"),
        role: role.to_owned(),
        options: Some(options()),
        ..Default::default()
    };
    v1::load_item::Item::User(v1::LoadUser {
        user: format!("users/{name}"),
        home_unit: format!("units/{home}"),
        profile: Some(v1::Profile {
            first_name: "Jo".to_owned(),
            last_name: name.to_owned(),
            email: format!("{name}@example.org"),
            ..v1::Profile::default()
        }),
        assignments: holds.iter().map(assign).collect(),
        ..v1::LoadUser::default()
    })
}

fn unit(name: &str, kind: &str, parents: &[&str]) -> v1::load_item::Item {
    v1::load_item::Item::Unit(v1::LoadUnit {
        unit: format!("units/{name}"),
        kind: kind.to_owned(),
        parents: parents.iter().map(|parent| format!("units/{parent}")).collect(),
        ..v1::LoadUnit::default()
    })
}

/// Two sites; a manager of all, one of the first; staff of the first, and of both.
pub(super) struct Desk {
    pub(super) served: Served,
    pub(super) users: UserServiceClient<Channel>,
    pub(super) changes: ChangeServiceClient<Channel>,
}

impl Desk {
    pub(super) async fn open(config: Config) -> Self {
        let served = serve(config).await;
        served.create_realm().await;
        let channel = served.channel().await;
        let items = [
            unit("e", "enterprise", &[]),
            unit("north", "site", &["e"]),
            unit("south", "site", &["e"]),
            user("boss", "e", &[("enterprise-manager", "e")]),
            user("nora", "north", &[("site-manager", "north")]),
            user("stan", "north", &[("staff", "north")]),
            user("both", "north", &[("staff", "north"), ("staff", "south")]),
        ];
        let items = items.into_iter().map(|item| v1::LoadItem { item: Some(item) }).collect();
        let request =
            v1::LoadWorldRequest { realm: REALM.to_owned(), items, ..v1::LoadWorldRequest::default() };
        RealmServiceClient::new(channel).load_world(request).await.unwrap();
        Self::over(served).await
    }

    /// Over a server that has that world.
    pub(super) async fn over(served: Served) -> Self {
        let channel = served.channel().await;
        Self {
            users: UserServiceClient::new(channel.clone()),
            changes: ChangeServiceClient::new(channel),
            served,
        }
    }

    pub(super) async fn issue(
        &mut self,
        request: v1::IssueSecretRequest,
    ) -> Result<v1::IssueSecretResponse, Status> {
        self.users.issue_secret(request).await.map(tonic::Response::into_inner)
    }

    async fn verify(&mut self, name: &str, password: &str) -> Result<Outcome, Status> {
        self.verify_from("", name, password).await
    }

    async fn verify_from(&mut self, client: &str, name: &str, password: &str) -> Result<Outcome, Status> {
        let request = v1::VerifyPasswordRequest {
            realm: REALM.to_owned(),
            username: name.to_owned(),
            password: password.to_owned(),
            client: client.to_owned(),
        };
        let reply = self.users.verify_password(request).await?.into_inner();
        let told = matches!(reply.outcome(), Outcome::Verified | Outcome::MustChange);
        assert_eq!(!reply.user.is_empty(), told);
        Ok(reply.outcome())
    }

    async fn redeem(
        &mut self,
        proof: v1::redeem_secret_request::Proof,
        password: &str,
    ) -> Result<v1::RedeemSecretResponse, Status> {
        let request = v1::RedeemSecretRequest {
            realm: REALM.to_owned(),
            proof: Some(proof),
            new_password: password.to_owned(),
            client: String::new(),
        };
        self.users.redeem_secret(request).await.map(tonic::Response::into_inner)
    }

    /// What is in the outbox.
    pub(super) async fn outbox(&mut self) -> Result<Vec<v1::OutboxMessage>, Status> {
        let request = v1::WatchOutboxRequest { realm: REALM.to_owned(), after: 0, until_empty: true };
        let mut stream = self.changes.watch_outbox(request).await?.into_inner();
        let mut messages = Vec::new();
        while let Some(reply) = stream.message().await? {
            messages.push(reply.message.unwrap());
        }
        Ok(messages)
    }
}

fn issue(
    actor: &str,
    user: &str,
    kind: v1::SecretKind,
    delivery: v1::SecretDelivery,
) -> v1::IssueSecretRequest {
    v1::IssueSecretRequest {
        realm: REALM.to_owned(),
        actor: actor.to_owned(),
        user: format!("users/{user}"),
        kind: kind.into(),
        delivery: delivery.into(),
        ..v1::IssueSecretRequest::default()
    }
}

pub(super) fn mailed(actor: &str, user: &str) -> v1::IssueSecretRequest {
    issue(actor, user, v1::SecretKind::Reset, v1::SecretDelivery::Mail)
}

pub(super) fn once(actor: &str, user: &str) -> v1::IssueSecretRequest {
    issue(actor, user, v1::SecretKind::OneTimePassword, v1::SecretDelivery::Show)
}

fn secret(text: &str) -> v1::redeem_secret_request::Proof {
    v1::redeem_secret_request::Proof::Secret(text.to_owned())
}

fn current(name: &str, password: &str) -> v1::redeem_secret_request::Proof {
    v1::redeem_secret_request::Proof::Current(v1::CurrentPassword {
        username: name.to_owned(),
        password: password.to_owned(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailed_secret_sets_a_password_once_and_nobody_else_sees_it() {
    let mut desk = Desk::open(sealing(KEY)).await;
    // Of who belongs to two sites, the manager of one reaches a part: that suffices for mail, and not to be shown.
    let reply = desk.issue(mailed("users/nora", "both")).await.unwrap();
    assert!(reply.secret.is_empty() && !reply.secret_already_shown && reply.expire_time.is_some());
    let shown = issue("users/nora", "both", v1::SecretKind::Reset, v1::SecretDelivery::Show);
    assert_eq!(reason(&desk.issue(shown).await.unwrap_err()), "OUT_OF_REACH");
    assert_eq!(reason(&desk.issue(mailed("users/nora", "nora")).await.unwrap_err()), "SELF");
    assert_eq!(reason(&desk.issue(mailed("users/nora", "boss")).await.unwrap_err()), "UNKNOWN_USER");
    assert_eq!(reason(&desk.issue(mailed("users/stan", "both")).await.unwrap_err()), "NO_MANAGEMENT_RIGHT");

    let messages = desk.outbox().await.unwrap();
    let [message] = messages.as_slice() else { panic!("{} messages", messages.len()) };
    assert_eq!((message.user.as_str(), message.email.as_str()), ("users/both", "both@example.org"));
    assert_eq!((message.kind(), message.last_name.as_str()), (v1::OutboxKind::Reset, "both"));
    let text = message.secret.clone();
    assert_eq!(text.len(), 43);
    let bad = desk.redeem(secret(&text), "bothexample").await.unwrap_err();
    assert_eq!((bad.code(), reason(&bad)), (Code::InvalidArgument, "INVALID_REQUEST".to_owned()));
    let set = desk.redeem(secret(&text), "correct horse battery").await.unwrap();
    assert_eq!(set.user, "users/both");
    for used_up in [text.as_str(), "made up"] {
        let refused = desk.redeem(secret(used_up), "another horse battery").await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused)),
            (Code::FailedPrecondition, "SECRET_NOT_GOOD".to_owned())
        );
    }
    assert_eq!(desk.verify("BOTH@example.org", "correct horse battery").await.unwrap(), Outcome::Verified);
    assert_eq!(desk.verify("both@example.org", "correct horse").await.unwrap(), Outcome::Denied);
    assert_eq!(desk.verify("nobody@example.org", "correct horse").await.unwrap(), Outcome::Denied);
    assert!(desk.outbox().await.unwrap().is_empty(), "used up, it is of no use to anybody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_for_once_is_shown_once_and_must_be_changed() {
    let mut desk = Desk::open(Config::local()).await;
    let request = v1::IssueSecretRequest { request_id: "first".to_owned(), ..once("users/nora", "stan") };
    let dry = v1::IssueSecretRequest { validate_only: true, ..request.clone() };
    let dry = desk.issue(dry).await.unwrap();
    assert!(dry.secret.is_empty() && !dry.secret_already_shown && dry.revision == 0);
    let first = desk.issue(request.clone()).await.unwrap();
    assert_eq!(first.secret.len(), 18);
    let again = desk.issue(request.clone()).await.unwrap();
    assert!(again.secret.is_empty() && again.secret_already_shown);
    assert_eq!((again.revision, again.expire_time), (first.revision, first.expire_time));
    assert_eq!(desk.verify("stan@example.org", &first.secret).await.unwrap(), Outcome::MustChange);
    let same = desk.redeem(current("stan@example.org", &first.secret), &first.secret).await.unwrap_err();
    assert_eq!(same.code(), Code::InvalidArgument);
    let wrong = desk.redeem(current("stan@example.org", "wrong"), "correct horse battery").await.unwrap_err();
    assert_eq!(reason(&wrong), "SECRET_NOT_GOOD");
    desk.redeem(current("stan@example.org", &first.secret), "correct horse battery").await.unwrap();
    assert_eq!(desk.verify("stan@example.org", &first.secret).await.unwrap(), Outcome::Denied);
    assert_eq!(desk.verify("stan@example.org", "correct horse battery").await.unwrap(), Outcome::Verified);
    // The answer to the first request is still the same, though nothing of that password is left.
    assert!(desk.issue(request).await.unwrap().secret_already_shown);

    let address = v1::Profile { email: "stanley@example.org".to_owned(), ..v1::Profile::default() };
    let readdress = v1::UpdateProfile { profile: Some(address), fields: vec!["email".to_owned()] };
    let readdress = v1::user_change::Change::UpdateProfile(readdress);
    desk.users.manage_user(manage("users/nora", "stan", readdress)).await.unwrap();
    let export = v1::ExportUserRequest {
        realm: REALM.to_owned(),
        user: "users/stan".to_owned(),
        ..v1::ExportUserRequest::default()
    };
    let versions = desk.users.export_user(export).await.unwrap().into_inner().versions;
    let standing: Vec<_> =
        versions.iter().filter_map(|version| version.credentials.as_ref()).map(|c| c.standing()).collect();
    let chosen = v1::PasswordStanding::Chosen;
    assert_eq!(standing, [v1::PasswordStanding::OneTime, chosen, chosen]);
    let last = versions.last().unwrap().credentials.as_ref().unwrap();
    assert_eq!((last.seen_by.as_str(), last.address_by.as_str()), ("users/nora", "users/nora"));
    assert!(!format!("{versions:?}").contains("argon2"));

    let disable = v1::user_change::Change::Disable(v1::DisableUser {});
    desk.users.manage_user(manage("users/nora", "stan", disable)).await.unwrap();
    assert_eq!(desk.verify("stanley@example.org", "wrong").await.unwrap(), Outcome::Denied);
    assert_eq!(
        desk.verify("stanley@example.org", "correct horse battery").await.unwrap(),
        Outcome::UserDisabled
    );
    assert_eq!(reason(&desk.issue(once("users/nora", "stan")).await.unwrap_err()), "USER_DISABLED");
}

fn manage(actor: &str, user: &str, change: v1::user_change::Change) -> v1::ManageUserRequest {
    v1::ManageUserRequest {
        realm: REALM.to_owned(),
        actor: actor.to_owned(),
        user: format!("users/{user}"),
        changes: vec![v1::UserChange { change: Some(change) }],
        ..v1::ManageUserRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_rises_above_somebody_who_saw_their_secret_starts_anew() {
    let mut desk = Desk::open(sealing(KEY)).await;
    let shown = desk.issue(once("users/nora", "stan")).await.unwrap().secret;
    desk.redeem(current("stan@example.org", &shown), "correct horse battery").await.unwrap();
    let options = v1::AssignmentOptions {
        scope: Some(v1::assignment_options::Scope::All(v1::AllUnits {})),
        ..v1::AssignmentOptions::default()
    };
    let assign = v1::Assign {
        unit: "units/e".to_owned(),
        role: "enterprise-manager".to_owned(),
        options: Some(options),
        ..Default::default()
    };
    let raise = manage("users/boss", "stan", v1::user_change::Change::Assign(assign));
    let reply = desk.users.manage_user(raise).await.unwrap().into_inner();
    let told: Vec<_> = reply.effects.iter().map(v1::Effect::kind).collect();
    assert_eq!(told, [v1::EffectKind::CredentialsRevoked, v1::EffectKind::ActivationMailed]);
    assert_eq!(desk.verify("stan@example.org", "correct horse battery").await.unwrap(), Outcome::Denied);
    let messages = desk.outbox().await.unwrap();
    assert_eq!((messages.len(), messages[0].kind()), (1, v1::OutboxKind::Activation));
    desk.redeem(secret(&messages[0].secret), "battery horse correct").await.unwrap();
    assert_eq!(desk.verify("stan@example.org", "battery horse correct").await.unwrap(), Outcome::Verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn others_failures_delay_neither_a_known_client_nor_who_was_helped() {
    let mut desk = Desk::open(Config::local()).await;
    let name = "stan@example.org";
    let password = desk.issue(once("users/nora", "stan")).await.unwrap().secret;
    assert_eq!(desk.verify_from("own", name, &password).await.unwrap(), Outcome::MustChange);
    for _ in 0..5 {
        assert_eq!(desk.verify(name, "wrong").await.unwrap(), Outcome::Denied);
    }
    // Asking what would happen helps nobody.
    let dry = v1::IssueSecretRequest { validate_only: true, ..once("users/nora", "stan") };
    desk.issue(dry).await.unwrap();
    assert_eq!(reason(&desk.verify(name, &password).await.unwrap_err()), "LOGIN_DELAYED");
    assert_eq!(desk.verify_from("own", name, &password).await.unwrap(), Outcome::MustChange);
    let helped = desk.issue(once("users/nora", "stan")).await.unwrap().secret;
    assert_eq!(desk.verify(name, &helped).await.unwrap(), Outcome::MustChange);
    for _ in 0..5 {
        assert_eq!(desk.verify(name, "wrong").await.unwrap(), Outcome::Denied);
    }
    let shown = issue("users/nora", "stan", v1::SecretKind::Reset, v1::SecretDelivery::Show);
    let shown = desk.issue(shown).await.unwrap().secret;
    assert_eq!(reason(&desk.verify(name, "wrong").await.unwrap_err()), "LOGIN_DELAYED");
    desk.redeem(secret(&shown), "correct horse battery").await.unwrap();
    assert_eq!(desk.verify(name, "correct horse battery").await.unwrap(), Outcome::Verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_slow_down_what_follows_whether_there_is_such_a_user_or_not() {
    let mut desk = Desk::open(Config::local()).await;
    let password = desk.issue(once("users/nora", "stan")).await.unwrap().secret;
    for name in ["stan@example.org", "nobody@example.org"] {
        let mut together = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let mut users = desk.users.clone();
            let request = v1::VerifyPasswordRequest {
                realm: REALM.to_owned(),
                username: name.to_owned(),
                password: "wrong".to_owned(),
                client: String::new(),
            };
            together.spawn(async move { users.verify_password(request).await });
        }
        let answers = together.join_all().await;
        let delayed: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
        assert_eq!(delayed.len(), 3, "{delayed:?}");
        for delayed in delayed {
            assert_eq!(
                (delayed.code(), reason(&delayed)),
                (Code::ResourceExhausted, "LOGIN_DELAYED".to_owned())
            );
            let wait = delayed.get_details_retry_info().unwrap().retry_delay.unwrap();
            assert!(wait <= Duration::from_secs(1), "{wait:?}");
        }
    }
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(desk.verify("stan@example.org", &password).await.unwrap(), Outcome::MustChange);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_whose_passwords_are_elsewhere_keeps_none() {
    let desk = Desk::open(sealing(KEY)).await;
    let channel = desk.served.channel().await;
    let realm = "realms/cmg".to_owned();
    let scheme = Some(v1::create_realm_request::Scheme::ShippedScheme("cmg-2012".to_owned()));
    let request =
        v1::CreateRealmRequest { realm: realm.clone(), scheme, ..v1::CreateRealmRequest::default() };
    RealmServiceClient::new(channel.clone()).create_realm(request).await.unwrap();
    let request = v1::VerifyPasswordRequest {
        realm,
        username: "a".to_owned(),
        password: "b".to_owned(),
        client: String::new(),
    };
    let refused = UserServiceClient::new(channel).verify_password(request).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "CREDENTIALS_ELSEWHERE".to_owned())
    );
}
