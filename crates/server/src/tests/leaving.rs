//! Calls that go away while a part is under way.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use bailiwick_identity::{RealmId, UserId};
use bailiwick_proto::v1;
use bailiwick_proto::v1::user_service_server::UserService;
use tonic::Request;

use super::importing::{list, strangers};
use super::matching::Desk;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::service::Users;

fn actor() -> UserId {
    UserId::parse("ada").unwrap()
}

async fn asked(backend: &Backend) -> u64 {
    let realm = RealmId::parse("il").unwrap();
    backend.store.questions_asked(&realm, &actor()).await.unwrap()
}

/// Begins a part and goes away as soon as something is counted.
async fn begin_and_go_away(backend: &Backend, request: v1::ImportUsersRequest) {
    let users = Users(backend.clone());
    let mut request = Request::new(request);
    request.extensions_mut().insert(Caller::local_operator());
    let mut call = users.import_users(request);
    for _ in 0..10_000 {
        let done = poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_ready())).await;
        if done || asked(backend).await > 0 {
            return;
        }
    }
    panic!("nothing is counted");
}

/// How many are counted in the end.
async fn settles_at(backend: &Backend, wanted: u64) {
    for _ in 0..1_000 {
        if asked(backend).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(asked(backend).await, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_away_is_given_back_what_they_were_not_told() {
    let desk = Desk::open().await;
    let backend = Backend::new(desk.served.store.clone(), Duration::from_secs(60)).unwrap();
    begin_and_go_away(&backend, list("users/ada", strangers(1, 40))).await;
    settles_at(&backend, 0).await;
    let there = backend.store.state("il").unwrap().world.user_count();
    assert_eq!(there, 5 + 40, "what was begun is finished");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_away_is_not_given_back_what_was_looked_at() {
    let desk = Desk::open().await;
    let backend = Backend::new(desk.served.store.clone(), Duration::from_secs(60)).unwrap();
    let dry = v1::ImportUsersRequest { validate_only: true, ..list("users/ada", strangers(1, 40)) };
    begin_and_go_away(&backend, dry).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    settles_at(&backend, 40).await;
}
