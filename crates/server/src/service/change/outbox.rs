//! Delivering what is to be mailed.
//!
//! A stream reads what is there, then waits until the realm has changed and looks again. Nothing is dropped before it was
//! acknowledged, so that a message comes at least once. What no key opens is passed over and keeps nothing else waiting; a
//! stream that ends says so at its end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_identity::Field;
use bailiwick_policy::scheme::Passwords;
use bailiwick_proto::parse::Collection;
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::{Message, Notice, State};
use bailiwick_store::{OutboxRow, UserRow};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;

/// Messages that are read at a time, and that wait to be taken.
const PORTION: usize = 16;
/// How often a realm is looked at for something new.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What a stream yields.
pub(super) type Messages = ReceiverStream<Result<v1::WatchOutboxResponse, Status>>;

pub(super) fn watch(
    backend: &Backend,
    caller: Caller,
    request: v1::WatchOutboxRequest,
) -> Result<Messages, Fault> {
    let v1::WatchOutboxRequest { realm, after, until_empty } = request;
    let then = if until_empty { Then::End } else { Then::Wait };
    backend.newest(&caller, &realm)?;
    let place = Arc::clone(&backend.watching).try_acquire_owned().map_err(|_| Fault::Overloaded)?;
    let (sender, receiver) = mpsc::channel(PORTION);
    let delivery = Delivery { backend: backend.clone(), caller, realm, then, sender };
    tokio::spawn(async move {
        let _kept = place;
        if let Err(fault) = delivery.run(after).await {
            let _ = delivery.sender.send(Err(fault.into())).await;
        }
    });
    Ok(ReceiverStream::new(receiver))
}

struct Delivery {
    backend: Backend,
    caller: Caller,
    realm: String,
    then: Then,
    sender: mpsc::Sender<Result<v1::WatchOutboxResponse, Status>>,
}

/// What comes after what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// More, when there is more.
    Wait,
    /// Nothing.
    End,
}

/// What there is of a message.
enum Content {
    Message(Box<v1::OutboxMessage>),
    /// Whoever it is for can do nothing with it.
    OfNoUse,
    /// No key that is here opens it; its number.
    Sealed(u64),
}

/// Why a stream ends without a fault: whoever listens is gone or wants no more, or the server stops.
struct Over;

impl Delivery {
    async fn run(&self, mut after: u64) -> Result<(), Fault> {
        let state = self.backend.newest(&self.caller, &self.realm)?;
        // Where passwords are elsewhere, there is nothing to be opened.
        let has_secrets = state.scheme.credentials().passwords != Passwords::Elsewhere;
        if has_secrets && !self.backend.sealer.has_keys() {
            return Err(Fault::NoSealingKey);
        }
        let mut all_open = true;
        loop {
            if !self.caller.is_live(&self.backend.store) {
                return Err(Fault::UnknownCaller);
            }
            // Seen before the outbox is read: what comes later makes the realm a newer one than this.
            let state = self.backend.newest(&self.caller, &self.realm)?;
            let found = self.backend.store.outbox(&state.realm, after, PORTION).await?;
            // What is newer than the state waits for it: whom it is for is not known here yet.
            let is_empty = found.is_empty();
            let rows: Vec<_> = found.into_iter().take_while(|row| row.revision() <= state.revision).collect();
            let over = match rows.last().map(|row| row.id) {
                Some(last) => {
                    after = last;
                    self.deliver(&state, rows, &mut all_open).await?
                }
                None if is_empty && self.then == Then::End && !all_open => return Err(Fault::NoSealingKey),
                None if is_empty && self.then == Then::End => Err(Over),
                None => self.pause(&state).await,
            };
            if let Err(Over) = over {
                return Ok(());
            }
        }
    }

    async fn deliver(
        &self,
        state: &State,
        rows: Vec<OutboxRow>,
        all_open: &mut bool,
    ) -> Result<Result<(), Over>, Fault> {
        let users = rows.iter().map(|row| row.message.user.clone()).collect::<BTreeSet<_>>();
        let known = self.backend.store.users(&state.realm, &users).await?;
        for row in rows {
            let user = known.iter().find(|known| known.user == row.message.user);
            let message = match self.message(state, row, user) {
                Content::Message(message) => *message,
                Content::OfNoUse => continue,
                Content::Sealed(id) => {
                    tracing::warn!(
                        realm = state.realm.as_str(),
                        id,
                        "a message is sealed with a key that is not here"
                    );
                    *all_open = false;
                    continue;
                }
            };
            // A secret is not handed to who may have it no more.
            if !self.caller.is_live(&self.backend.store) {
                return Err(Fault::UnknownCaller);
            }
            let reply = v1::WatchOutboxResponse { message: Some(message) };
            let mut stopping = self.backend.stopping.clone();
            tokio::select! {
                sent = self.sender.send(Ok(reply)) => if sent.is_err() { return Ok(Err(Over)) },
                _ = stopping.wait_for(|stopping| *stopping) => return Ok(Err(Over)),
            }
        }
        Ok(Ok(()))
    }

    /// A message as it is delivered. None to whoever is disabled or has no address: the secret would be of no use.
    fn message(&self, state: &State, row: OutboxRow, user: Option<&UserRow>) -> Content {
        let OutboxRow { id, created_at, message: Message { user: id_of, notice, expires_at } } = row;
        let holder = state.world.user_ix(id_of.as_str()).and_then(|ix| state.world.user(ix));
        let Some(profile) = user.map(|user| &user.person.profile) else { return Content::OfNoUse };
        let Some(email) = profile.get(Field::Email).filter(|_| holder.is_some_and(|user| user.is_active()))
        else {
            return Content::OfNoUse;
        };
        let (kind, secret, request) = match notice {
            Notice::Secret { kind, sealed } => {
                let Some(secret) = self.backend.sealer.open(state.realm.as_str(), &id_of, &sealed) else {
                    return Content::Sealed(id);
                };
                (render::outbox_kind(kind), secret, None)
            }
            Notice::ToApprove(request) => (v1::OutboxKind::RequestToApprove, String::new(), Some(request)),
            Notice::Decided(request) => (v1::OutboxKind::RequestDecided, String::new(), Some(request)),
        };
        let field = |field| profile.get(field).unwrap_or_default().to_owned();
        Content::Message(Box::new(v1::OutboxMessage {
            id,
            kind: kind.into(),
            user: Collection::Users.name(&id_of),
            email: email.to_owned(),
            first_name: field(Field::FirstName),
            last_name: field(Field::LastName),
            username: profile.username.clone(),
            secret,
            create_time: Some(render::timestamp(created_at)),
            expire_time: Some(render::timestamp(expires_at)),
            request: request.map(|id| Collection::Requests.name(id)).unwrap_or_default(),
        }))
    }

    /// Waits until the realm is a newer one.
    async fn pause(&self, state: &State) -> Result<(), Over> {
        let mut stopping = self.backend.stopping.clone();
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.sender.closed() => return Err(Over),
                _ = stopping.wait_for(|stopping| *stopping) => return Err(Over),
            }
            let newest = self.backend.store.state(state.realm.as_str()).map(|newest| newest.revision);
            // Where there is no state, or none for this caller any more, the next look says why.
            if newest != Some(state.revision) || !self.caller.is_live(&self.backend.store) {
                return Ok(());
            }
        }
    }
}

pub(super) async fn acknowledge(
    backend: &Backend,
    caller: &Caller,
    request: v1::AcknowledgeOutboxRequest,
) -> Result<v1::AcknowledgeOutboxResponse, Fault> {
    backend.newest(caller, &request.realm)?;
    let (realm, ids) = parse::acknowledged(request)?;
    let done = backend.store.acknowledge(&realm, ids.into_iter().collect()).await?;
    Ok(v1::AcknowledgeOutboxResponse { acknowledged: i32::try_from(done).unwrap_or(i32::MAX) })
}
