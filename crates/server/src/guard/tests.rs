//! The guard around a service that takes its time.

use std::time::Duration;

use bailiwick_store::{Location, StoreOptions};
use http::HeaderValue;

use super::*;
use crate::caller::Caller;
use crate::listener::{Peer, Place};
use crate::program::Programs;

/// Answers after a while.
#[derive(Clone)]
struct Slow(Duration);

impl Service<Request<Body>> for Slow {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let named = request.extensions().get::<Caller>().is_some();
        let Self(time) = *self;
        Box::pin(async move {
            tokio::time::sleep(time).await;
            assert!(named, "a handler is reached by a caller");
            Ok(Response::new(Body::default()))
        })
    }
}

async fn guarded(time: Duration, config: &Config) -> Guarded<Slow> {
    let store = Store::open(StoreOptions { location: Location::Temporary, queue: 1 }).await.unwrap();
    GuardLayer::new(store, config, Programs::default(), Arc::default()).layer(Slow(time))
}

fn call(path: &str, timeout: Option<&'static str>) -> Request<Body> {
    let mut request = Request::builder().uri(path).body(Body::default()).unwrap();
    request.extensions_mut().insert(Peer::new(Place::Here, None));
    if let Some(timeout) = timeout {
        request.headers_mut().insert("grpc-timeout", HeaderValue::from_static(timeout));
    }
    request
}

const CHECK: &str = "/bailiwick.v1.AccessService/CheckAccess";

#[tokio::test]
async fn a_call_that_takes_too_long_is_told() {
    let mut service = guarded(Duration::from_secs(60), &Config::local()).await;
    let late = service.call(call(CHECK, Some("50m"))).await.unwrap();
    assert_eq!(status::code_name(&late), "DEADLINE_EXCEEDED");

    let mut quick = guarded(Duration::ZERO, &Config::local()).await;
    let reply = quick.call(call(CHECK, Some("1S"))).await.unwrap();
    assert_eq!(status::code_name(&reply), "OK");
}

#[tokio::test]
async fn what_does_not_fit_is_told_at_once() {
    let mut config = Config::local();
    config.limits.concurrent_requests = 1;
    let mut service = guarded(Duration::from_millis(300), &config).await;
    let first = tokio::spawn(service.call(call(CHECK, None)));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let second = service.call(call(CHECK, None)).await.unwrap();
    assert_eq!(status::code_name(&second), "RESOURCE_EXHAUSTED");
    assert_eq!(status::code_name(&first.await.unwrap().unwrap()), "OK");
}

#[tokio::test]
async fn what_has_no_row_is_not_served() {
    let mut service = guarded(Duration::ZERO, &Config::local()).await;
    let reply = service.call(call("/bailiwick.v1.AccessService/NewMethod", None)).await.unwrap();
    assert_eq!(status::code_name(&reply), "UNIMPLEMENTED");
}

#[tokio::test]
async fn whoever_is_elsewhere_needs_a_key() {
    let mut service = guarded(Duration::ZERO, &Config::local()).await;
    let mut request = call(CHECK, None);
    request.extensions_mut().insert(Peer::new(Place::Elsewhere, None));
    let reply = service.call(request).await.unwrap();
    assert_eq!(status::code_name(&reply), "UNAUTHENTICATED");
}
