//! What every call passes before a handler sees it: its place in the queue, its caller, its deadline, its log line.
//!
//! One layer, in this order, so that nothing is done for a call that is turned away, and no handler is reached
//! without a [`Caller`](crate::caller::Caller).

mod admission;
mod authenticate;
mod deadline;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bailiwick_store::Store;
use http::{Request, Response};
use tonic::body::Body;
use tower::{Layer, Service};
use tracing::{Instrument, Span, field};

use crate::config::Config;
use crate::fault::Fault;
use crate::issuer::Issuers;
use crate::listener::Peer;
use crate::methods::{self, Class, Method};
use crate::program::Programs;
use crate::status;

use admission::Admission;
pub(crate) use authenticate::secret_hash;
use authenticate::{Authenticator, Head};
use deadline::Deadlines;

/// Makes every service a guarded one.
#[derive(Clone)]
pub(crate) struct GuardLayer {
    guard: Arc<Guard>,
}

struct Guard {
    admission: Admission,
    authenticator: Authenticator,
    deadlines: Deadlines,
}

/// A service behind the guard.
#[derive(Clone)]
pub(crate) struct Guarded<S> {
    guard: Arc<Guard>,
    inner: S,
}

impl GuardLayer {
    pub(crate) fn new(store: Store, config: &Config, programs: Programs, issuers: Arc<Issuers>) -> Self {
        Self {
            guard: Arc::new(Guard {
                admission: Admission::new(config.limits.concurrent_requests),
                authenticator: Authenticator::new(store, config.callers.local_operator, programs, issuers),
                deadlines: Deadlines::new(config.limits.request_timeout()),
            }),
        }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: Arc::clone(&self.guard), inner }
    }
}

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The service that was found ready is the one to call; its clone waits for the next.
        let ready = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, ready);
        let guard = Arc::clone(&self.guard);
        Box::pin(async move {
            let Some(method) = methods::find(request.uri().path()) else {
                return Ok(status::response(Fault::UnknownMethod));
            };
            let span = span(method);
            let response = guard.serve(method, request, inner).instrument(span).await;
            Ok(response.unwrap_or_else(status::response))
        })
    }
}

impl Guard {
    async fn serve<S>(
        &self,
        method: &'static Method,
        request: Request<Body>,
        inner: S,
    ) -> Result<Response<Body>, Fault>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    {
        let began = Instant::now();
        let response = match self.pass(method, request, inner).await {
            Ok(response) => response,
            Err(fault) => status::response(fault),
        };
        report(method, &response, began);
        Ok(response)
    }

    async fn pass<S>(
        &self,
        method: &'static Method,
        mut request: Request<Body>,
        mut inner: S,
    ) -> Result<Response<Body>, Fault>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    {
        let permit = self.admission.enter(method)?;
        let deadline = self.deadlines.of(request.headers())?;
        if !method.needs.is_empty() {
            let head = Head { peer: request.extensions().get::<Peer>(), headers: request.headers() };
            let caller = self.authenticator.caller(&head).await?;
            Span::current().record("caller", field::display(caller.id()));
            let caller = caller.calling(method, deadline)?;
            request.extensions_mut().insert(caller);
        }
        match tokio::time::timeout(deadline, inner.call(request)).await {
            // A stream goes on after its head: it keeps its place until it ends.
            Ok(Ok(response)) if method.streams => {
                Ok(status::with_reason(response).map(|body| permit.held_by(body)))
            }
            Ok(Ok(response)) => Ok(status::with_reason(response)),
            Ok(Err(never)) => match never {},
            Err(_) => Err(Fault::DeadlineExceeded),
        }
    }
}

/// The span of a call: everything that is logged within carries it. Questions are many: theirs is for debugging.
fn span(method: &Method) -> Span {
    let (path, none) = (method.path, field::Empty);
    match method.class {
        Class::Question => tracing::debug_span!("rpc", method = path, caller = none, realm = none),
        Class::Ordinary => tracing::info_span!("rpc", method = path, caller = none, realm = none),
        Class::Health => Span::none(),
    }
}

/// One line for each call, when it is over.
fn report(method: &Method, response: &Response<Body>, began: Instant) {
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let code = status::code_name(response);
    if status::is_server_fault(response) {
        tracing::error!(code, micros, "call failed");
        return;
    }
    match method.class {
        Class::Question => tracing::debug!(code, micros, "call"),
        Class::Ordinary => tracing::info!(code, micros, "call"),
        Class::Health => {}
    }
}
