//! Users of an identity provider over the wire, found by the subject that they sign in under there; and what is asked
//! before a password is made.

use std::time::Duration;

use bailiwick_proto::v1;
use bailiwick_proto::v1::get_user_request::Key;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_server::UserService;
use tonic::{Code, Request, Status};

use super::credentials::{Desk, REALM, once, reason};
use crate::Config;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::service::Users;

const SUBJECT: &str = "00u1a2b3c4";

async fn by_subject(desk: &mut Desk, actor: &str, subject: &str) -> Result<String, Status> {
    let request = v1::GetUserRequest {
        realm: REALM.to_owned(),
        actor: actor.to_owned(),
        key: Some(Key::ProviderSubject(subject.to_owned())),
    };
    let reply = desk.users.get_user(request).await?.into_inner();
    Ok(reply.user.unwrap().name)
}

async fn give_subject(desk: &mut Desk, actor: &str, user: &str) {
    let profile = v1::Profile { provider_subject: SUBJECT.to_owned(), ..v1::Profile::default() };
    let fields = vec!["provider_subject".to_owned()];
    let update = v1::UpdateProfile { profile: Some(profile), fields };
    let request = v1::ManageUserRequest {
        realm: REALM.to_owned(),
        actor: actor.to_owned(),
        user: format!("users/{user}"),
        changes: vec![v1::UserChange { change: Some(Change::UpdateProfile(update)) }],
        ..v1::ManageUserRequest::default()
    };
    desk.users.manage_user(request).await.unwrap();
}

fn is_nobody(found: &Result<String, Status>) -> bool {
    let Err(status) = found else { return false };
    (status.code(), reason(status)) == (Code::NotFound, "UNKNOWN_USER".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_elsewhere_is_found_by_their_subject_there() {
    let mut desk = Desk::open(Config::local()).await;
    give_subject(&mut desk, "users/nora", "stan").await;
    for actor in ["", "users/stan", "users/nora"] {
        assert_eq!(by_subject(&mut desk, actor, SUBJECT).await.unwrap(), "users/stan");
    }
    assert!(is_nobody(&by_subject(&mut desk, "users/both", SUBJECT).await));
    assert!(is_nobody(&by_subject(&mut desk, "", "00u1a2b3c5").await));
    let empty = by_subject(&mut desk, "", "").await.unwrap_err();
    assert_eq!(empty.code(), Code::InvalidArgument);
}

/// Whoever gave the subject may sign in under it: not as somebody who stands above them by a new scheme.
#[tokio::test(flavor = "multi_thread")]
async fn a_subject_given_by_who_stands_below_by_now_finds_nobody() {
    let mut desk = Desk::open(Config::local()).await;
    give_subject(&mut desk, "users/nora", "stan").await;
    let mut realms = RealmServiceClient::new(desk.served.channel().await);
    let get = v1::GetSchemeRequest { realm: REALM.to_owned() };
    let scheme = realms.get_scheme(get).await.unwrap().into_inner().scheme.unwrap();
    let staff = |rank: u32| format!("[roles.staff]\ntitle = \"Staff\"\nrank = {rank}\n");
    let toml = scheme.toml.replacen(&staff(50), &staff(85), 1);
    assert_ne!(toml, scheme.toml);
    let put = v1::PutSchemeRequest { realm: REALM.to_owned(), toml, ..Default::default() };
    realms.put_scheme(put).await.unwrap();
    assert!(is_nobody(&by_subject(&mut desk, "", SUBJECT).await));
}

/// A password is dear to hash: who may not give one is told so though all places are taken.
#[tokio::test(flavor = "multi_thread")]
async fn the_rules_are_asked_before_a_password_is_hashed() {
    let desk = Desk::open(Config::local()).await;
    let backend = Backend::new(desk.served.store.clone(), Duration::from_secs(60)).unwrap();
    let mut places = Vec::new();
    while let Ok(place) = backend.hasher.enter("eto") {
        places.push(place);
    }
    let users = Users(backend);
    let issue = async |request: v1::IssueSecretRequest| {
        let mut request = Request::new(request);
        request.extensions_mut().insert(Caller::local_operator());
        users.issue_secret(request).await.map(|reply| reply.into_inner().secret)
    };
    let refused = issue(once("users/stan", "both")).await.unwrap_err();
    assert_eq!(reason(&refused), "NO_MANAGEMENT_RIGHT");
    let tried = v1::IssueSecretRequest { validate_only: true, ..once("users/nora", "stan") };
    assert_eq!(issue(tried).await.unwrap(), "");
    assert_eq!(issue(once("users/nora", "stan")).await.unwrap_err().code(), Code::ResourceExhausted);
    drop(places);
    assert_ne!(issue(once("users/nora", "stan")).await.unwrap(), "");
}
