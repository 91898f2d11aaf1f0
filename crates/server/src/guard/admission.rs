//! How many calls are in progress at once. Nobody waits: what does not fit is told at once, and tries again.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Sleep;
use tonic::body::Body;

use crate::fault::Fault;
use crate::methods::{Class, Method};

/// Permits that health keeps for itself, so that a busy server is not taken for a dead one.
const HEALTH_PERMITS: usize = 32;
/// Permits for streams, which last for as long as somebody listens: those who do take none of the others.
const STREAM_PERMITS: usize = 256;
/// Permits for those who watch whether the server answers. They need no key, and take none of those who do.
const WATCH_PERMITS: usize = 128;
/// Permits for those who look what there is to call, who need no key either; and how long they may.
const DESCRIPTION_PERMITS: usize = 32;
const DESCRIBED_WITHIN: Duration = Duration::from_secs(10);

/// Permits for calls in progress.
pub(super) struct Admission {
    calls: Permits,
    health: Permits,
    streams: Permits,
    watches: Permits,
    descriptions: Permits,
}

/// So many permits that are free. A counter: no call waits for another, not even to count.
struct Permits(Arc<AtomicUsize>);

/// A permit, given back when dropped.
pub(super) struct Permit(Arc<AtomicUsize>);

impl Admission {
    pub(super) fn new(calls: usize) -> Self {
        Self {
            calls: Permits::new(calls),
            health: Permits::new(HEALTH_PERMITS),
            streams: Permits::new(STREAM_PERMITS),
            watches: Permits::new(WATCH_PERMITS),
            descriptions: Permits::new(DESCRIPTION_PERMITS),
        }
    }

    /// A permit, held while the call is in progress.
    pub(super) fn enter(&self, method: &Method) -> Result<Permit, Fault> {
        let permits = match method.class {
            Class::Description => &self.descriptions,
            Class::Health if method.streams => &self.watches,
            Class::Health => &self.health,
            Class::Question | Class::Ordinary if method.streams => &self.streams,
            Class::Question | Class::Ordinary => &self.calls,
        };
        permits.take().ok_or(Fault::Overloaded)
    }
}

impl Permits {
    fn new(number: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(number)))
    }

    fn take(&self) -> Option<Permit> {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| free.checked_sub(1));
        taken.ok().map(|_| Permit(Arc::clone(&self.0)))
    }
}

impl Permit {
    /// A body that keeps the permit until it is sent or given up; a description ends after a while, sent or not.
    pub(super) fn held_by(self, body: Body, method: &Method) -> Body {
        let end = match method.class {
            Class::Description => Some(Box::pin(tokio::time::sleep(DESCRIBED_WITHIN))),
            Class::Question | Class::Ordinary | Class::Health => None,
        };
        Body::new(Holding { body, end, _permit: self })
    }
}

/// A body with the permit of its call.
struct Holding {
    body: Body,
    end: Option<Pin<Box<Sleep>>>,
    _permit: Permit,
}

impl http_body::Body for Holding {
    type Data = <Body as http_body::Body>::Data;
    type Error = <Body as http_body::Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        if self.end.as_mut().is_some_and(|end| end.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods;

    #[test]
    fn what_does_not_fit_is_told_at_once_and_health_is_apart() {
        let admission = Admission::new(2);
        let enter = |path: &str| admission.enter(methods::find(path).unwrap());
        let check = "/bailiwick.v1.AccessService/CheckAccess";
        let held = [enter(check).unwrap(), enter("/bailiwick.v1.UserService/ListUsers").unwrap()];
        assert!(matches!(enter(check), Err(Fault::Overloaded)));
        assert!(enter("/grpc.health.v1.Health/Check").is_ok());
        drop(held);
        assert!(enter(check).is_ok());
    }

    #[test]
    fn those_who_watch_take_no_permit_of_those_who_ask() {
        let admission = Admission::new(1);
        let watch = || admission.enter(methods::find("/grpc.health.v1.Health/Watch").unwrap());
        let watching: Vec<_> = (0..WATCH_PERMITS).map(|_| watch().unwrap()).collect();
        assert!(matches!(watch(), Err(Fault::Overloaded)));
        let reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
        let describe = || admission.enter(methods::find(reflection).unwrap());
        let _describing: Vec<_> = (0..DESCRIPTION_PERMITS).map(|_| describe().unwrap()).collect();
        assert!(matches!(describe(), Err(Fault::Overloaded)));
        for path in [
            "/grpc.health.v1.Health/Check",
            "/bailiwick.v1.AccessService/CheckAccess",
            "/bailiwick.v1.ChangeService/WatchOutbox",
        ] {
            assert!(admission.enter(methods::find(path).unwrap()).is_ok());
        }
        drop(watching);
        assert!(watch().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_description_ends_though_nobody_asks_anything() {
        use http_body_util::BodyExt as _;

        let admission = Admission::new(1);
        let reflection = methods::find("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo").unwrap();
        let silent = Body::new(http_body_util::StreamBody::new(tokio_stream::pending::<
            Result<http_body::Frame<tonic::codegen::Bytes>, tonic::Status>,
        >()));
        let body = admission.enter(reflection).unwrap().held_by(silent, reflection);
        assert!(body.collect().await.is_ok());
    }
}
