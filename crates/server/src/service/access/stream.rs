//! Lists of what is allowed, as streams: one state from the first row to the last.
//!
//! The rows are found on a thread of their own, no faster than they are taken. Whoever takes nothing keeps a place for half a
//! minute at most. A stream that does not come to its end says so: a list is never cut short in silence.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_policy::Deciding;
use bailiwick_policy::list::{Candidate, Candidates, ResourceIx};
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::State;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::told::Told;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;

/// Rows of a part.
const ROWS: usize = 1_000;
/// So many are asked about for a part at most, so that a stream on which nothing comes is seen to go on.
const MOST_ASKED: usize = 100_000;
/// Parts that wait to be taken.
const WAITING: usize = 2;
/// How long a stream keeps its place.
#[derive(Clone, Copy)]
struct Patience {
    /// How long a part waits to be taken.
    part: Duration,
    /// How long all of it may last: whoever takes a little now and then keeps a place from others.
    all: Duration,
}

const PATIENCE: Patience = Patience { part: Duration::from_secs(30), all: Duration::from_secs(600) };
/// After so many that were asked about it is seen whether anybody listens still.
const SEEN_EVERY: usize = 4_096;

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
        actor,
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
    let told = Told::to(backend, &caller, Arc::clone(&state), &actor)?;
    stream(backend, caller, PATIENCE, move |sender| {
        let State { world, scheme, .. } = &*state;
        let wanted = parse::allowed_resources(&request, scheme)?;
        let subject = told.subject(wanted.subject, wanted.capability);
        let (found, in_part) = (told.resources(&subject, &wanted, None), subject.in_part);
        let name = |ix| render::resource_name(ix, world, scheme);
        sender.send_all(&state, found, name, |Part { names: resources, by, deciding }| {
            let token = token.clone();
            v1::StreamAllowedResourcesResponse { resources, by, deciding, in_part, token, revision }
        })
    })
}

pub(super) async fn allowed_users(
    backend: &Backend,
    caller: Caller,
    request: v1::StreamAllowedUsersRequest,
) -> Result<Parts<v1::StreamAllowedUsersResponse>, Fault> {
    let v1::StreamAllowedUsersRequest { realm, resource, capability, freshness, record_classes, unit, actor } =
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
    let told = Told::to(backend, &caller, Arc::clone(&state), &actor)?;
    stream(backend, caller, PATIENCE, move |sender| {
        let State { world, scheme, .. } = &*state;
        let question = parse::allowed_users(&request, scheme)?;
        let (found, in_part) = (told.subjects(&question, None), told.holds_back(&question));
        let name = |ix| render::resource_name(ResourceIx::User(ix), world, scheme);
        sender.send_all(&state, found, name, |Part { names: users, by, deciding }| {
            let token = token.clone();
            v1::StreamAllowedUsersResponse { users, by, deciding, in_part, token, revision }
        })
    })
}

/// Lets a list be found on a thread of its own, and says how it ended.
fn stream<P: Send + 'static>(
    backend: &Backend,
    caller: Caller,
    patience: Patience,
    find: impl FnOnce(&Sender<P>) -> Result<(), Fault> + Send + 'static,
) -> Result<Parts<P>, Fault> {
    let place = Arc::clone(&backend.streaming).try_acquire_owned().map_err(|_| Fault::Overloaded)?;
    let (parts, receiver) = mpsc::channel(WAITING + 1);
    let end = parts.clone().try_reserve_owned().map_err(|_| Fault::Internal("a stream has no end"))?;
    let (until, patience) = (Instant::now() + patience.all, patience.part);
    let runtime = Handle::current();
    let sender = Sender { backend: backend.clone(), caller, parts, until, patience, runtime };
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
    until: Instant,
    patience: Duration,
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
    fn send_all<T>(
        &self,
        state: &State,
        found: Candidates<'_, T>,
        name: impl Fn(T) -> String,
        message: impl Fn(Part) -> P,
    ) -> Result<(), Fault> {
        let (mut part, mut asked, mut sent) = (Filling::new(state), 0, false);
        for candidate in found {
            asked += 1;
            if let Candidate::Allowed(which, by) = candidate {
                part.add(name(which), by);
            }
            if asked % SEEN_EVERY == 0 && self.parts.is_closed() {
                return Err(Fault::NotTaken);
            }
            if part.is_full() || asked == MOST_ASKED {
                self.send(message(part.take()))?;
                (asked, sent) = (0, true);
            }
        }
        if part.is_empty() && sent { Ok(()) } else { self.send(message(part.take())) }
    }

    /// Sends a part, to a caller who may still have it.
    fn send(&self, part: P) -> Result<(), Fault> {
        if !self.caller.is_live(&self.backend.store) {
            return Err(Fault::UnknownCaller);
        }
        if Instant::now() > self.until {
            return Err(Fault::DeadlineExceeded);
        }
        self.runtime.block_on(async {
            let mut stopping = self.backend.stopping.clone();
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => Err(Fault::Unavailable),
                // Nobody listens any more, or nobody takes anything.
                () = tokio::time::sleep(self.patience) => Err(Fault::NotTaken),
                sent = self.parts.send(Ok(part)) => sent.map_err(|_| Fault::NotTaken),
            }
        })
    }
}

/// A part of a list.
#[derive(Default)]
struct Part {
    names: Vec<String>,
    /// For each name, which of `deciding`, counted from 1.
    by: Vec<u32>,
    deciding: Vec<v1::DecidingAssignment>,
}

/// A part that is being filled.
struct Filling<'s> {
    state: &'s State,
    part: Part,
    places: HashMap<Deciding, u32>,
}

impl<'s> Filling<'s> {
    fn new(state: &'s State) -> Self {
        Self { state, part: Part::default(), places: HashMap::new() }
    }

    fn is_empty(&self) -> bool {
        self.part.names.is_empty()
    }

    fn is_full(&self) -> bool {
        self.part.names.len() == ROWS
    }

    fn add(&mut self, name: String, by: Option<Deciding>) {
        let place = by.map_or(0, |by| self.place(by));
        self.part.names.push(name);
        self.part.by.push(place);
    }

    /// Where what decides stands in the part: few of them decide thousands of rows.
    fn place(&mut self, by: Deciding) -> u32 {
        let Self { state, part, places } = self;
        let next = u32::try_from(places.len() + 1).unwrap_or(u32::MAX);
        *places.entry(by).or_insert_with(|| {
            part.deciding.push(render::deciding(Some(&by), &state.world, &state.scheme));
            next
        })
    }

    fn take(&mut self) -> Part {
        self.places.clear();
        std::mem::take(&mut self.part)
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_store::{Location, Store, StoreOptions};
    use tokio::sync::watch;
    use tokio_stream::StreamExt;
    use tonic::Code;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(50);

    /// Runs until it is told to stop, or is forgotten.
    async fn backend() -> (Backend, watch::Sender<bool>) {
        let store = Store::open(StoreOptions { location: Location::Temporary, queue: 1 }).await.unwrap();
        let (stop, stopping) = watch::channel(false);
        (Backend::new(store, LONG).unwrap().until(stopping), stop)
    }

    /// What comes of so many parts, taken after a while.
    async fn taken(backend: &Backend, patience: Patience, wait: Duration, count: u32) -> (u32, Option<Code>) {
        let send = move |sender: &Sender<u32>| (0..count).try_for_each(|part| sender.send(part));
        let mut parts = stream(backend, Caller::local_operator(), patience, send).unwrap();
        tokio::time::sleep(wait).await;
        let (mut came, mut end) = (0, None);
        while let Some(part) = parts.next().await {
            match part {
                Ok(_) => came += 1,
                Err(status) => end = Some(status.code()),
            }
        }
        (came, end)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_takes_nothing_or_takes_too_long_is_told_that_it_was_not_all() {
        let (backend, _stop) = backend().await;
        let usual = Patience { part: LONG, all: LONG };
        assert_eq!(taken(&backend, usual, SHORT, 20).await, (20, None));
        let hasty = Patience { part: SHORT, ..usual };
        assert_eq!(taken(&backend, hasty, SHORT * 8, 20).await, (2, Some(Code::Aborted)));
        let brief = Patience { all: Duration::ZERO, ..usual };
        assert_eq!(taken(&backend, brief, SHORT, 20).await, (0, Some(Code::DeadlineExceeded)));
    }

    /// A part that waits to be taken does not keep the server from stopping.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_stream_hears_at_once_that_the_server_stops() {
        let (backend, stop) = backend().await;
        let began = Instant::now();
        tokio::spawn(async move {
            tokio::time::sleep(SHORT).await;
            stop.send(true).unwrap();
            std::future::pending::<()>().await;
        });
        let usual = Patience { part: LONG, all: LONG };
        assert_eq!(taken(&backend, usual, SHORT * 8, 20).await, (2, Some(Code::Unavailable)));
        assert!(began.elapsed() < LONG / 2);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_list_that_breaks_off_is_not_taken_for_whole() {
        let (backend, _stop) = backend().await;
        let usual = Patience { part: LONG, all: LONG };
        let broken = |_: &Sender<u32>| panic!("as planned");
        let mut parts = stream(&backend, Caller::local_operator(), usual, broken).unwrap();
        assert_eq!(parts.next().await.unwrap().unwrap_err().code(), Code::Internal);
        assert!(parts.next().await.is_none());
    }
}
