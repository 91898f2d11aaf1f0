//! The outbox over the wire: keys with which it is sealed, and streams of what is to be mailed.

use std::time::Duration;

use bailiwick_proto::v1;
use bailiwick_proto::v1::change_service_client::ChangeServiceClient;
use bailiwick_proto::v1::key_service_client::KeyServiceClient;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use super::credentials::{Desk, KEY, OTHER_KEY, REALM, mailed, reason, sealing};
use super::world::serve_store;
use crate::Config;

#[tokio::test(flavor = "multi_thread")]
async fn without_the_key_nothing_is_mailed_and_nothing_opens() {
    let mut desk = Desk::open(Config::local()).await;
    let refused = desk.issue(mailed("", "stan")).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::FailedPrecondition, "SEALING_KEY".to_owned()));

    let sealed = sealing(KEY);
    let mut desk = Desk::open(sealed).await;
    desk.issue(mailed("", "stan")).await.unwrap();
    for (keys, opens) in [(OTHER_KEY.to_owned(), false), (format!("{OTHER_KEY},{KEY}"), true)] {
        let other = serve_store(desk.served.store.clone(), sealing(&keys)).await;
        let mut elsewhere = ChangeServiceClient::new(other.channel().await);
        let request = v1::WatchOutboxRequest { realm: REALM.to_owned(), after: 0, until_empty: true };
        let first = elsewhere.watch_outbox(request).await.unwrap().into_inner().message().await;
        assert_eq!(first.as_ref().is_ok_and(Option::is_some), opens, "{first:?}");
        assert!(opens || reason(&first.unwrap_err()) == "SEALING_KEY");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_key_opens_keeps_nothing_else_waiting() {
    let mut desk = Desk::open(sealing(OTHER_KEY)).await;
    desk.issue(mailed("", "stan")).await.unwrap();
    let mut later = Desk::over(serve_store(desk.served.store.clone(), sealing(KEY)).await).await;
    later.issue(mailed("", "nora")).await.unwrap();
    let request = v1::WatchOutboxRequest { realm: REALM.to_owned(), after: 0, until_empty: true };
    let mut stream = later.changes.watch_outbox(request).await.unwrap().into_inner();
    assert_eq!(stream.message().await.unwrap().unwrap().message.unwrap().user, "users/nora");
    assert_eq!(reason(&stream.message().await.unwrap_err()), "SEALING_KEY");
}

type AddKey = Box<dyn Fn(Request<()>) -> Result<Request<()>, Status> + Send + Sync>;
type Keyed = ChangeServiceClient<InterceptedService<Channel, AddKey>>;

async fn with_key(desk: &Desk, permission: v1::Permission) -> (String, Keyed, String) {
    let channel = desk.served.channel().await;
    let request = v1::CreateKeyRequest {
        display_name: "post".to_owned(),
        permissions: vec![permission.into()],
        realms: vec![REALM.to_owned()],
    };
    let made = KeyServiceClient::new(channel.clone()).create_key(request).await.unwrap().into_inner();
    let bearer = format!("Bearer {}", made.secret);
    let header = bearer.clone();
    let add: AddKey = Box::new(move |mut request| {
        request.metadata_mut().insert("authorization", header.parse().unwrap());
        Ok(request)
    });
    (made.key.unwrap().name, ChangeServiceClient::with_interceptor(channel, add), bearer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_brings_what_comes_and_ends_with_its_key_or_the_server() {
    let mut desk = Desk::open(sealing(KEY)).await;
    let watch = || v1::WatchOutboxRequest { realm: REALM.to_owned(), ..v1::WatchOutboxRequest::default() };
    let (_, mut reader, _) = with_key(&desk, v1::Permission::WatchPersonal).await;
    assert_eq!(reader.watch_outbox(watch()).await.unwrap_err().code(), Code::PermissionDenied);
    let (key, mut post, bearer) = with_key(&desk, v1::Permission::Deliver).await;
    let mut stream = post.watch_outbox(watch()).await.unwrap().into_inner();
    desk.issue(mailed("", "stan")).await.unwrap();
    desk.issue(mailed("", "both")).await.unwrap();
    let mut ids = Vec::new();
    for name in ["users/stan", "users/both"] {
        let message = stream.message().await.unwrap().unwrap().message.unwrap();
        assert_eq!(message.user, name);
        ids.push(message.id);
    }
    let acknowledge = v1::AcknowledgeOutboxRequest { realm: REALM.to_owned(), ids: ids[..1].to_vec() };
    let done = post.acknowledge_outbox(acknowledge.clone()).await.unwrap().into_inner();
    assert_eq!(done.acknowledged, 1);
    assert_eq!(post.acknowledge_outbox(acknowledge).await.unwrap().into_inner().acknowledged, 0);
    assert_eq!(desk.outbox().await.unwrap().iter().map(|m| m.id).collect::<Vec<_>>(), ids[1..]);
    // With a key for mail alone nobody signs in.
    let mut verify = Request::new(v1::VerifyPasswordRequest::default());
    verify.metadata_mut().insert("authorization", bearer.parse().unwrap());
    let refused = desk.users.verify_password(verify).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let mut keys = KeyServiceClient::new(desk.served.channel().await);
    keys.revoke_key(v1::RevokeKeyRequest { key }).await.unwrap();
    assert_eq!(stream.message().await.unwrap_err().code(), Code::Unauthenticated);

    let mut last = desk.changes.watch_outbox(watch()).await.unwrap().into_inner();
    assert!(last.message().await.unwrap().is_some());
    let began = std::time::Instant::now();
    desk.served.stop.send(()).unwrap();
    assert!(last.message().await.unwrap().is_none());
    desk.served.serving.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}
