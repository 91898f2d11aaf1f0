//! Calls over the wire.

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::change_service_client::ChangeServiceClient;
use bailiwick_proto::v1::key_service_client::KeyServiceClient;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_proto::v1::unit_service_client::UnitServiceClient;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

use super::world::serve;
use crate::{CallersConfig, Config, methods};

fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

fn fields(status: &Status) -> Vec<String> {
    let wrong = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    wrong.into_iter().map(|violation| violation.field).collect()
}

fn with_key<T>(request: T, secret: &str) -> Request<T> {
    let mut request = Request::new(request);
    let value = MetadataValue::try_from(format!("Bearer {secret}")).unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

fn question(capability: &str, resource: &str) -> v1::CheckAccessRequest {
    v1::CheckAccessRequest {
        realm: "realms/eto".to_owned(),
        subject: "users/u-17".to_owned(),
        capability: capability.to_owned(),
        resource: resource.to_owned(),
        ..v1::CheckAccessRequest::default()
    }
}

fn freshness(requirement: v1::freshness::Requirement) -> Option<v1::Freshness> {
    Some(v1::Freshness { requirement: Some(requirement) })
}

async fn create_root(channel: &Channel) -> v1::CreateUnitResponse {
    create_unit(channel, "units/e", "enterprise", &[]).await
}

async fn create_unit(channel: &Channel, unit: &str, kind: &str, parents: &[&str]) -> v1::CreateUnitResponse {
    let request = v1::CreateUnitRequest {
        realm: "realms/eto".to_owned(),
        unit: unit.to_owned(),
        kind: kind.to_owned(),
        parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
        request_id: format!("make {unit}"),
        ..v1::CreateUnitRequest::default()
    };
    UnitServiceClient::new(channel.clone()).create_unit(request).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_answered_and_bad_ones_are_loud() {
    let served = serve(Config::local()).await;
    served.create_realm().await;
    let channel = served.channel().await;
    let mut access = AccessServiceClient::new(channel.clone());

    let answer = access.check_access(question("customer.view", "customers/1")).await.unwrap().into_inner();
    assert_eq!(answer.decision(), v1::Decision::Denied);
    assert_eq!(answer.reason(), v1::Reason::UnknownSubject);
    assert_eq!(answer.token.len(), 32);

    for (capability, resource, field) in [
        ("customer.fly", "customers/1", "capability"),
        ("customer.view", "units/e", "resource"),
        ("customer.view", "customers/\u{1b}", "resource"),
    ] {
        let status = access.check_access(question(capability, resource)).await.unwrap_err();
        assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec![field.to_owned()]));
    }
    let unknown =
        v1::CheckAccessRequest { realm: "realms/x".to_owned(), ..question("customer.view", "customers/1") };
    let status = access.check_access(unknown).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::NotFound, "UNKNOWN_REALM".to_owned()));

    let batch = v1::BatchCheckAccessRequest {
        realm: "realms/eto".to_owned(),
        subject: "users/u-17".to_owned(),
        questions: vec![v1::Question::default(); 1_001],
        freshness: None,
    };
    let status = access.batch_check_access(batch).await.unwrap_err();
    assert_eq!(fields(&status), ["questions"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_holds_the_next_answer_to_it() {
    use v1::freshness::Requirement;
    let served = serve(Config::local()).await;
    let created = served.create_realm().await;
    let channel = served.channel().await;
    let root = create_root(&channel).await;
    assert_eq!((created.revision, root.revision), (1, 2));
    let mut access = AccessServiceClient::new(channel.clone());
    let mut ask = async |requirement: Requirement| {
        let question = v1::CheckAccessRequest {
            freshness: freshness(requirement),
            ..question("customer.view", "customers/1")
        };
        access.check_access(question).await
    };

    for token in [&created.token, &root.token] {
        ask(Requirement::AtLeastAsFresh(token.clone())).await.unwrap();
    }
    ask(Requirement::FullyConsistent(true)).await.unwrap();

    let mut other_epoch = root.token.clone();
    other_epoch[0] ^= 1;
    let mut other_hash = created.token.clone();
    other_hash[31] ^= 1;
    for token in [other_epoch, other_hash] {
        let status = ask(Requirement::AtLeastAsFresh(token)).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status)),
            (Code::FailedPrecondition, "HISTORY_CHANGED".to_owned())
        );
    }
    let mut ahead = root.token.clone();
    ahead[23] += 1;
    assert_eq!(ask(Requirement::AtLeastAsFresh(ahead)).await.unwrap_err().code(), Code::Unavailable);
    for (requirement, field) in [
        (Requirement::AtLeastAsFresh(vec![1]), "freshness.at_least_as_fresh"),
        (Requirement::AtTime(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }), "freshness.at_time"),
        (Requirement::MinimizeLatency(false), "freshness.minimize_latency"),
    ] {
        let status = ask(requirement).await.unwrap_err();
        assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec![field.to_owned()]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_made_shown_and_listed() {
    let served = serve(Config::local()).await;
    served.create_realm().await;
    let channel = served.channel().await;
    create_root(&channel).await;
    create_unit(&channel, "units/s", "site", &["units/e"]).await;
    let mut users = UserServiceClient::new(channel.clone());
    for (first_name, last_name) in [("Ann", "Bee"), ("Cid", "Dow"), ("Eve", "Bond")] {
        let profile = v1::Profile {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email: format!("{first_name}@example.org"),
            ..v1::Profile::default()
        };
        let create = v1::CreateUser {
            home_unit: "units/e".to_owned(),
            profile: Some(profile),
            username: String::new(),
        };
        let assign = v1::Assign {
            unit: "units/s".to_owned(),
            role: "staff".to_owned(),
            options: Some(v1::AssignmentOptions {
                scope: Some(v1::assignment_options::Scope::All(v1::AllUnits {})),
                ..v1::AssignmentOptions::default()
            }),
            ..Default::default()
        };
        let request = v1::ManageUserRequest {
            realm: "realms/eto".to_owned(),
            changes: [v1::user_change::Change::Create(create), v1::user_change::Change::Assign(assign)]
                .map(|change| v1::UserChange { change: Some(change) })
                .to_vec(),
            request_id: format!("make-{first_name}"),
            ..v1::ManageUserRequest::default()
        };
        let dry = v1::ManageUserRequest { validate_only: true, ..request.clone() };
        let dry = users.manage_user(dry).await.unwrap();
        assert_eq!((dry.get_ref().revision, dry.get_ref().token.len()), (0, 0));

        let made = users.manage_user(request.clone()).await.unwrap().into_inner();
        let again = users.manage_user(request.clone()).await.unwrap().into_inner();
        assert_eq!(made, again, "a repeated request has the same answer");
        assert_eq!(made.assigned, ["assignments/1"]);
        let user = made.user.unwrap();
        assert_eq!(user.assignments.len(), 1);
        let etag = v1::ManageUserRequest { etag: "x".to_owned(), ..request };
        assert_eq!(users.manage_user(etag).await.unwrap_err().code(), Code::InvalidArgument);

        let key = Some(v1::get_user_request::Key::User(user.name.clone()));
        let get = v1::GetUserRequest { realm: "realms/eto".to_owned(), actor: String::new(), key };
        let got = users.get_user(get).await.unwrap().into_inner().user.unwrap();
        assert_eq!(got, user);
    }

    let mut list = v1::ListUsersRequest {
        realm: "realms/eto".to_owned(),
        page_size: 2,
        unit: "units/e".to_owned(),
        role: "staff".to_owned(),
        ..v1::ListUsersRequest::default()
    };
    let first = users.list_users(list.clone()).await.unwrap().into_inner();
    let names = |page: &v1::ListUsersResponse| -> Vec<String> {
        page.users.iter().map(|user| user.profile.clone().unwrap().last_name).collect()
    };
    assert_eq!(names(&first), ["Bee", "Bond"]);
    list.page_token = first.next_page_token;
    let second = users.list_users(list.clone()).await.unwrap().into_inner();
    assert_eq!((names(&second), second.next_page_token.as_str()), (vec!["Dow".to_owned()], ""));
    list.role = String::new();
    assert_eq!(fields(&users.list_users(list).await.unwrap_err()), ["page_token"]);

    let changes = v1::ListChangesRequest {
        realm: "realms/eto".to_owned(),
        page_size: 4,
        ..v1::ListChangesRequest::default()
    };
    let page = ChangeServiceClient::new(channel).list_changes(changes).await.unwrap().into_inner();
    assert_eq!((page.changes.len(), page.head), (4, 6));
    assert!(!page.next_page_token.is_empty());
    let made = page.changes.last().unwrap();
    assert_eq!((made.command.as_str(), made.caller.as_str()), ("ManageUser", "local"));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_say_who_calls_and_what_they_may() {
    let served = serve(Config::local()).await;
    served.create_realm().await;
    let channel = served.channel().await;
    let mut keys = KeyServiceClient::new(channel.clone());
    let create = v1::CreateKeyRequest {
        display_name: "desk".to_owned(),
        permissions: vec![v1::Permission::Check.into()],
        realms: vec!["realms/eto".to_owned()],
    };
    let made = keys.create_key(create).await.unwrap().into_inner();
    let (key, secret) = (made.key.unwrap(), made.secret);
    let mut access = AccessServiceClient::new(channel.clone());
    let asked = || question("customer.view", "customers/1");
    access.check_access(with_key(asked(), &secret)).await.unwrap();

    let bad = access.check_access(with_key(asked(), "bk_wrong")).await.unwrap_err();
    assert_eq!(bad.code(), Code::Unauthenticated, "a bad key is refused even here");
    let mut foreign = Vec::new();
    for realm in ["realms/other", "realms/none"] {
        let asked = v1::CheckAccessRequest { realm: realm.to_owned(), ..asked() };
        foreign.push(access.check_access(with_key(asked, &secret)).await.unwrap_err());
    }
    assert_eq!(foreign[0].code(), Code::PermissionDenied);
    assert_eq!(foreign[0].message(), foreign[1].message());
    let list = v1::ListRealmsRequest::default();
    let realms = RealmServiceClient::new(channel.clone()).list_realms(with_key(list, &secret)).await.unwrap();
    assert_eq!(realms.into_inner().realms.len(), 1);
    let get = v1::GetUserRequest { realm: "realms/eto".to_owned(), ..v1::GetUserRequest::default() };
    let status = UserServiceClient::new(channel.clone()).get_user(with_key(get, &secret)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::PermissionDenied, "CALLER_NOT_PERMITTED".to_owned()));

    let revoke = v1::RevokeKeyRequest { key: key.name };
    assert!(keys.revoke_key(revoke).await.unwrap().into_inner().key.unwrap().revoke_time.is_some());
    let revoked = access.check_access(with_key(asked(), &secret)).await.unwrap_err();
    assert_eq!(revoked.code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_local_operator_a_key_is_needed() {
    let callers = CallersConfig { local_operator: false, ..CallersConfig::default() };
    let served = serve(Config { callers, ..Config::local() }).await;
    let channel = served.channel().await;
    let status = AccessServiceClient::new(channel.clone())
        .check_access(question("customer.view", "customers/1"))
        .await;
    assert_eq!(status.unwrap_err().code(), Code::Unauthenticated);
    // Whoever probes needs no key.
    let mut health = HealthClient::new(channel);
    health.check(HealthCheckRequest { service: String::new() }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_has_a_health() {
    let served = serve(Config::local()).await;
    let mut health = HealthClient::new(served.channel().await);
    for service in methods::services() {
        let status = health.check(HealthCheckRequest { service: service.to_owned() }).await.unwrap();
        assert_eq!(status.into_inner().status, 1, "{service}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_too_late_is_told() {
    let served = serve(Config::local()).await;
    served.create_realm().await;
    let mut access = AccessServiceClient::new(served.channel().await);
    let large = v1::CheckAccessRequest { record_classes: vec!["x".repeat(300_000)], ..question("a", "b") };
    assert_eq!(access.check_access(large).await.unwrap_err().code(), Code::OutOfRange);

    let mut late = Request::new(question("customer.view", "customers/1"));
    late.metadata_mut().insert("grpc-timeout", MetadataValue::from_static("soon"));
    assert_eq!(access.check_access(late).await.unwrap_err().code(), Code::InvalidArgument);
    access.check_access(question("customer.view", "customers/1")).await.unwrap();
}
