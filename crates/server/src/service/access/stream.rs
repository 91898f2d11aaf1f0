//! Lists of what is allowed, as streams: one state from the first row to the last.
//!
//! The rows are found on a thread of their own, no faster than they are taken. Whoever takes nothing keeps a place for half a
//! minute at most. A stream that does not come to its end says so: a list is never cut short in silence.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_policy::Deciding;
use bailiwick_policy::list::{Candidate, Candidates, resources, subjects};
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::State;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::backend::{Backend, live};
use crate::caller::Caller;
use crate::fault::Fault;

/// Rows of a part.
const ROWS: usize = 1_000;
/// So many are asked about for a part at most, so that a stream on which nothing comes is seen to go on.
const MOST_ASKED: usize = 100_000;
/// Parts that wait to be taken.
const WAITING: usize = 2;
/// How long a part waits to be taken.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a stream yields.
pub(super) type Parts<P> = ReceiverStream<Result<P, Status>>;

pub(super) async fn allowed_resources(
    backend: &Backend,
    caller: Caller,
    request: v1::StreamAllowedResourcesRequest,
) -> Result<Parts<v1::StreamAllowedResourcesResponse>, Fault> {
    let v1::StreamAllowedResourcesRequest {
        realm,
        subject,
        capability,
        freshness,
        record_classes,
        unit,
        kind,
    } = request;
    let state = backend.fresh(&caller, &realm, freshness.as_ref()).await?;
    let request = v1::ListAllowedResourcesRequest {
        realm,
        subject,
        capability,
        record_classes,
        unit,
        kind,
        ..v1::ListAllowedResourcesRequest::default()
    };
    parse::allowed_resources(&request, &state.scheme)?;
    let (token, revision) = (backend.token(&state), state.revision.0);
    stream(backend, caller, move |sender| {
        let State { world, scheme, .. } = &*state;
        let wanted = parse::allowed_resources(&request, scheme)?;
        let found = resources(world, scheme, &wanted, None, live(&state));
        let row = |ix, by: Option<Deciding>| render::allowed_resource(ix, by.as_ref(), world, scheme);
        let part =
            |resources| v1::StreamAllowedResourcesResponse { resources, token: token.clone(), revision };
        sender.send_all(found, row, part)
    })
}

pub(super) async fn allowed_users(
    backend: &Backend,
    caller: Caller,
    request: v1::StreamAllowedUsersRequest,
) -> Result<Parts<v1::StreamAllowedUsersResponse>, Fault> {
    let v1::StreamAllowedUsersRequest { realm, resource, capability, freshness, record_classes, unit } =
        request;
    let state = backend.fresh(&caller, &realm, freshness.as_ref()).await?;
    let request = v1::ListAllowedUsersRequest {
        realm,
        resource,
        capability,
        record_classes,
        unit,
        ..v1::ListAllowedUsersRequest::default()
    };
    parse::allowed_users(&request, &state.scheme)?;
    let (token, revision) = (backend.token(&state), state.revision.0);
    stream(backend, caller, move |sender| {
        let State { world, scheme, .. } = &*state;
        let question = parse::allowed_users(&request, scheme)?;
        let found = subjects(world, scheme, &question, None, live(&state));
        let row = |ix, by: Option<Deciding>| render::allowed_user(ix, by.as_ref(), world, scheme);
        let part = |users| v1::StreamAllowedUsersResponse { users, token: token.clone(), revision };
        sender.send_all(found, row, part)
    })
}

/// Lets a list be found on a thread of its own, and says how it ended.
fn stream<P: Send + 'static>(
    backend: &Backend,
    caller: Caller,
    find: impl FnOnce(&Sender<P>) -> Result<(), Fault> + Send + 'static,
) -> Result<Parts<P>, Fault> {
    let place = Arc::clone(&backend.streaming).try_acquire_owned().map_err(|_| Fault::Overloaded)?;
    let (parts, receiver) = mpsc::channel(WAITING + 1);
    let end = parts.clone().try_reserve_owned().map_err(|_| Fault::Internal("a stream has no end"))?;
    let sender = Sender { backend: backend.clone(), caller, parts, runtime: Handle::current() };
    tokio::task::spawn_blocking(move || {
        let _kept = place;
        let mut end = End(Some(end));
        end.is(find(&sender));
    });
    Ok(ReceiverStream::new(receiver))
}

/// Where the parts of a list go.
struct Sender<P> {
    backend: Backend,
    caller: Caller,
    parts: mpsc::Sender<Result<P, Status>>,
    runtime: Handle,
}

/// The place kept for how a stream ends: there is one though no part can be sent any more. A stream that just stops would be
/// taken for whole.
struct End<P>(Option<mpsc::OwnedPermit<Result<P, Status>>>);

impl<P> End<P> {
    fn is(&mut self, end: Result<(), Fault>) {
        let place = self.0.take();
        if let (Some(place), Err(fault)) = (place, end) {
            place.send(Err(fault.into()));
        }
    }
}

impl<P> Drop for End<P> {
    fn drop(&mut self) {
        self.is(Err(Fault::Internal("a list did not end")));
    }
}

impl<P> Sender<P> {
    /// Sends a list, part by part; an empty one as one empty part.
    fn send_all<T, R>(
        &self,
        found: Candidates<'_, T>,
        row: impl Fn(T, Option<Deciding>) -> R,
        part: impl Fn(Vec<R>) -> P,
    ) -> Result<(), Fault> {
        let (mut rows, mut asked, mut sent) = (Vec::with_capacity(ROWS), 0, false);
        for candidate in found {
            asked += 1;
            if let Candidate::Allowed(which, by) = candidate {
                rows.push(row(which, by));
            }
            if rows.len() == ROWS || asked == MOST_ASKED {
                self.send(part(std::mem::replace(&mut rows, Vec::with_capacity(ROWS))))?;
                (asked, sent) = (0, true);
            }
        }
        if rows.is_empty() && sent { Ok(()) } else { self.send(part(rows)) }
    }

    /// Sends a part, to a caller who may still have it.
    fn send(&self, part: P) -> Result<(), Fault> {
        if !self.caller.is_live(&self.backend.store) {
            return Err(Fault::UnknownCaller);
        }
        if *self.backend.stopping.borrow() {
            return Err(Fault::Unavailable);
        }
        match self.runtime.block_on(tokio::time::timeout(PATIENCE, self.parts.send(Ok(part)))) {
            Ok(Ok(())) => Ok(()),
            // Nobody listens any more, or nobody takes anything.
            Ok(Err(_)) | Err(_) => Err(Fault::NotTaken),
        }
    }
}
