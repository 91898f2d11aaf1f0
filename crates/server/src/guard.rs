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
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bailiwick_store::Store;
use http::{Request, Response};
use tokio::time::error::Elapsed;
use tonic::body::Body;
use tower::{Layer, Service};
use tracing::{Instrument, Span, field};

use crate::caller::Caller;
use crate::config::Config;
use crate::fault::Fault;
use crate::issuer::Issuers;
use crate::listener::Peer;
use crate::methods::{self, Class, Method};
use crate::program::Programs;
use crate::status;

use admission::{Admission, Permit};
pub(crate) use authenticate::secret_hash;
use authenticate::{Authenticator, Known};
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

    /// What need not wait is done at once: a request is large, and is moved with each step of what waits.
    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let Some(method) = methods::find(request.uri().path()) else {
            return Box::pin(std::future::ready(Ok(status::response(Fault::UnknownMethod))));
        };
        let (span, call) = (span(method), Call { method, began: Instant::now() });
        let entered = span.in_scope(|| self.guard.enter(call, &request));
        match entered {
            Err(fault) => {
                let response = span.in_scope(|| call.over(status::response(fault)));
                Box::pin(std::future::ready(Ok(response)))
            }
            Ok((entry, Known::Token(token))) => {
                let guard = Arc::clone(&self.guard);
                // The service that was found ready is the one to call; its clone waits for the next.
                let next = self.inner.clone();
                let mut inner = std::mem::replace(&mut self.inner, next);
                let proving = async move {
                    let peer = request.extensions().get::<Peer>().cloned();
                    let proving = guard.authenticator.prove(&token, peer.as_ref());
                    let caller = tokio::time::timeout_at(entry.until.into(), proving).await;
                    let caller = caller.unwrap_or(Err(Fault::DeadlineExceeded));
                    match caller.and_then(|caller| entry.take(method, Some(caller), &mut request)) {
                        Ok(()) => call.answer(entry, inner.call(request)).await,
                        Err(fault) => Ok(call.over(status::response(fault))),
                    }
                };
                Box::pin(proving.instrument(span))
            }
            Ok((entry, Known::Caller(caller))) => {
                match span.in_scope(|| entry.take(method, caller, &mut request)) {
                    Ok(()) if span.is_disabled() => Box::pin(call.answer(entry, self.inner.call(request))),
                    Ok(()) => Box::pin(call.answer(entry, self.inner.call(request)).instrument(span)),
                    Err(fault) => {
                        let response = span.in_scope(|| call.over(status::response(fault)));
                        Box::pin(std::future::ready(Ok(response)))
                    }
                }
            }
        }
    }
}

/// A call's place among others, and how long it may take.
struct Entry {
    permit: Permit,
    until: Instant,
}

impl Guard {
    /// A place for a call, and who calls; nobody, where it does not matter.
    fn enter(&self, call: Call, request: &Request<Body>) -> Result<(Entry, Known), Fault> {
        let Call { method, began } = call;
        let permit = self.admission.enter(method)?;
        let until = began + self.deadlines.of(method, request.headers())?;
        let known = match method.needs.is_empty() {
            true => Known::Caller(None),
            false => self.authenticator.known(request.headers(), request.extensions().get::<Peer>())?,
        };
        Ok((Entry { permit, until }, known))
    }
}

impl Entry {
    /// Puts the caller into a request, if the caller may call the method.
    fn take(
        &self,
        method: &Method,
        caller: Option<Caller>,
        request: &mut Request<Body>,
    ) -> Result<(), Fault> {
        let Some(caller) = caller else { return Ok(()) };
        let span = Span::current();
        if !span.is_disabled() {
            span.record("caller", field::display(caller.id()));
        }
        request.extensions_mut().insert(caller.calling(method, self.until)?);
        Ok(())
    }
}

/// A call that has begun.
#[derive(Clone, Copy)]
struct Call {
    method: &'static Method,
    began: Instant,
}

impl Call {
    /// What is answered, in time.
    async fn answer(
        self,
        entry: Entry,
        answering: impl Future<Output = Result<Response<Body>, Infallible>>,
    ) -> Result<Response<Body>, Infallible> {
        let Entry { permit, until } = entry;
        let response = match within(until, answering).await {
            // Most are no faults, and nobody reads their lines: nothing is left to do.
            Ok(Ok(response)) if self.is_quiet() && !status::is_told(&response) => return Ok(response),
            // A stream goes on after its head: it keeps its place until it ends.
            Ok(Ok(response)) if self.method.streams => {
                status::with_reason(response).map(|body| permit.held_by(body, self.method))
            }
            Ok(Ok(response)) => status::with_reason(response),
            Ok(Err(never)) => match never {},
            Err(_) => status::response(Fault::DeadlineExceeded),
        };
        Ok(self.over(response))
    }

    /// Whether nothing is written of its answer: it is no stream, and no line of its class is read.
    fn is_quiet(self) -> bool {
        let is_question = self.method.class == Class::Question && !self.method.streams;
        is_question && !tracing::enabled!(tracing::Level::DEBUG)
    }

    /// One line for each call, when it is over.
    fn over(self, response: Response<Body>) -> Response<Body> {
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let code = status::code_name(&response);
        if status::is_server_fault(&response) {
            tracing::error!(code, micros, "call failed");
            return response;
        }
        match self.method.class {
            Class::Question => tracing::debug!(code, micros, "call"),
            Class::Ordinary => tracing::info!(code, micros, "call"),
            Class::Health | Class::Description => {}
        }
        response
    }
}

/// What is there until then. Most is there at once, and needs no timer.
async fn within<T>(until: Instant, answering: impl Future<Output = T>) -> Result<T, Elapsed> {
    let mut answering = pin!(answering);
    match poll_fn(|cx| Poll::Ready(answering.as_mut().poll(cx))).await {
        Poll::Ready(answer) => Ok(answer),
        Poll::Pending => tokio::time::timeout_at(until.into(), answering).await,
    }
}

/// The span of a call: everything that is logged within carries it. Questions are many: theirs is for debugging.
fn span(method: &Method) -> Span {
    let (path, none) = (method.path, field::Empty);
    match method.class {
        // One that nobody reads is not made.
        Class::Question if !tracing::enabled!(tracing::Level::DEBUG) => Span::none(),
        Class::Question => tracing::debug_span!("rpc", method = path, caller = none, realm = none),
        Class::Ordinary => tracing::info_span!("rpc", method = path, caller = none, realm = none),
        Class::Health | Class::Description => Span::none(),
    }
}
