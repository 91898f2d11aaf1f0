//! The task that drives the machine: commands in, database actions out, answers back.
//!
//! Nobody else touches the connection that writes, and a call that is cancelled drops nothing but its wish to hear
//! the answer. While an action is under way, commands are still taken in, so that overload is answered at once.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_identity::{Instant, RealmId};
use bailiwick_realm::State;
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use crate::api::{Committed, Counted, Login, StoreError, SubmitError, WriterSettings};
use crate::database::{Database, KeyWrite, Question, Session};
use crate::machine::{Machine, Outcome, Pending};
use crate::readers::Readers;
use crate::shared::Shared;

/// How often the heads are read, to see what other processes wrote.
const TICK: Duration = Duration::from_millis(200);
/// Questions that may wait to be counted.
const MOST_ERRANDS: usize = 1_024;
/// How long a closing store goes on carrying out what waits; then only what is under way comes to its end.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long that may take; then its connection is dropped.
const LAST_PATIENCE: Duration = Duration::from_secs(2);
/// How long the connection may take to leave everything where it is to stay.
const PARTING: Duration = Duration::from_secs(2);

/// What callers send to the task.
pub(crate) enum Message {
    /// A command.
    Submit(Box<Pending>, oneshot::Sender<Result<Committed, SubmitError>>),
    /// A change of the keys.
    Key(KeyWrite, oneshot::Sender<Result<bool, StoreError>>),
    /// A question of an actor is to be counted.
    Count(Question, oneshot::Sender<Result<Counted, StoreError>>),
    /// A step of signing in is to be counted.
    Login(Box<Login>, oneshot::Sender<Result<Option<Instant>, StoreError>>),
    /// Something was delivered.
    Acknowledge(RealmId, BTreeSet<u64>, oneshot::Sender<Result<u64, StoreError>>),
    /// How is the writing connection set?
    Settings(oneshot::Sender<Result<WriterSettings, StoreError>>),
    /// Somebody saw a newer head than the state: look at once.
    Poll,
    /// Carry out what waits, then end.
    Close(oneshot::Sender<()>),
}

/// An errand beside the machine, while no transaction is open.
enum Errand {
    Count(Question, oneshot::Sender<Result<Counted, StoreError>>),
    Key(KeyWrite, oneshot::Sender<Result<bool, StoreError>>),
    Login(Box<Login>, oneshot::Sender<Result<Option<Instant>, StoreError>>),
    Acknowledge(RealmId, BTreeSet<u64>, oneshot::Sender<Result<u64, StoreError>>),
    Settings(oneshot::Sender<Result<WriterSettings, StoreError>>),
}

type Io<D> = Pin<Box<dyn Future<Output = (Box<Session<D>>, Option<Outcome>)> + Send>>;

pub(crate) struct Driver {
    machine: Machine,
    shared: Arc<Shared>,
    readers: [Readers; 2],
    inbox: mpsc::Receiver<Message>,
    callers: HashMap<u64, oneshot::Sender<Result<Committed, SubmitError>>>,
    errands: VecDeque<Errand>,
    /// Whether an errand was what was done last.
    did_errand: bool,
    /// Old states: the last reader must not be the one who drops a world.
    retired: Vec<Arc<State>>,
    /// Who waits for the end, once it is wanted; and until when it waits itself.
    closing: Option<(Vec<oneshot::Sender<()>>, tokio::time::Instant)>,
    next_ticket: u64,
}

impl Driver {
    pub(crate) fn new(
        machine: Machine,
        shared: Arc<Shared>,
        readers: [Readers; 2],
        inbox: mpsc::Receiver<Message>,
    ) -> Self {
        Self {
            machine,
            shared,
            readers,
            inbox,
            callers: HashMap::new(),
            errands: VecDeque::new(),
            did_errand: false,
            retired: Vec::new(),
            closing: None,
            next_ticket: 0,
        }
    }

    /// Runs until the store is closed or its last handle is gone.
    pub(crate) async fn run<D: Database>(mut self, session: Session<D>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut idle = Some(Box::new(session));
        let mut io: Option<Io<D>> = None;
        loop {
            self.give_out();
            if let Some(mut session) = idle.take() {
                if let Some(keys) = session.take_keys() {
                    self.shared.publish_keys(keys);
                }
                self.shared.set_skewed(session.is_skewed());
                match self.next_io(session) {
                    Ok(next) => io = Some(next),
                    Err(session) if self.closing.is_some() && self.machine.is_idle() => {
                        return self.end(Some(session)).await;
                    }
                    Err(session) => idle = Some(session),
                }
            }
            tokio::select! {
                (session, outcome) = wait(&mut io) => {
                    io = None;
                    idle = Some(session);
                    if let Some(outcome) = outcome {
                        self.machine.report(outcome);
                    }
                }
                message = self.inbox.recv(), if self.closing.is_none() => self.take_in(message),
                _ = ticks.tick() => self.on_tick(),
            }
            if self
                .closing
                .as_ref()
                .is_some_and(|(_, end)| *end + LAST_PATIENCE <= tokio::time::Instant::now())
            {
                tracing::error!("the database does not answer; the store closes without it");
                drop((io, idle));
                self.machine.abandon();
                self.give_out();
                return self.end::<D>(None).await;
            }
        }
    }

    /// What to do with the connection next; the connection, if nothing.
    fn next_io<D: Database>(&mut self, mut session: Box<Session<D>>) -> Result<Io<D>, Box<Session<D>>> {
        // Errands and the machine take turns, where no transaction is open: neither keeps the other waiting for ever.
        let turn = self.machine.is_resting() && !std::mem::take(&mut self.did_errand);
        let errand = if turn { self.errands.pop_front() } else { None };
        let errand = match errand {
            Some(errand) => Some(errand),
            None => match self.machine.next_action() {
                Some(action) => {
                    return Ok(Box::pin(async move {
                        let outcome = session.perform(action).await;
                        (session, Some(outcome))
                    }));
                }
                None if self.machine.is_resting() => self.errands.pop_front(),
                None => None,
            },
        };
        let Some(errand) = errand else { return Err(session) };
        self.did_errand = true;
        let shared = Arc::clone(&self.shared);
        Ok(Box::pin(async move {
            match errand {
                Errand::Key(write, reply) => {
                    let done = session.write_key(&write).await;
                    if let Some(keys) = session.take_keys() {
                        shared.publish_keys(keys);
                    }
                    if let (KeyWrite::Revoke { id, at: _ }, Ok(_) | Err(StoreError::Unknown)) =
                        (&write, &done)
                    {
                        shared.drop_key(id);
                    }
                    let _ = reply.send(done);
                }
                Errand::Count(question, reply) => {
                    let counted = session.count(&question).await;
                    let _ = reply.send(counted.map_err(|f| f.told("counting a question")));
                }
                Errand::Login(login, reply) => {
                    let counted = session.login(&login).await;
                    let _ = reply.send(counted.map_err(|f| f.told("counting an attempt to sign in")));
                }
                Errand::Acknowledge(realm, ids, reply) => {
                    let done = session.acknowledge(&realm, &ids).await;
                    let _ = reply.send(done.map_err(|f| f.told("dropping what was delivered")));
                }
                Errand::Settings(reply) => {
                    let _ = reply.send(session.settings().await.map_err(|f| f.told("reading settings")));
                }
            }
            (session, None)
        }))
    }

    /// Publishes first and answers then: whoever hears of a write sees it.
    fn give_out(&mut self) {
        for publication in self.machine.take_publications() {
            self.retired.extend(self.shared.publish(publication));
        }
        self.retired.retain(|state| Arc::strong_count(state) > 1);
        self.shared.set_writable(self.machine.is_writable());
        if self.machine.take_confirmation() {
            self.shared.confirm();
        }
        for (ticket, answer) in self.machine.take_answers() {
            if let Some(caller) = self.callers.remove(&ticket) {
                // Whoever no longer waits is not told; what was written stays written.
                let _ = caller.send(answer);
            }
        }
    }

    /// Takes a message in, and all that came with it: commands that arrive together share a transaction.
    fn take_in(&mut self, message: Option<Message>) {
        let Some(message) = message else {
            self.close(Vec::new());
            return;
        };
        self.handle(message);
        while let Ok(message) = self.inbox.try_recv() {
            self.handle(message);
        }
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Submit(mut pending, caller) => {
                self.next_ticket += 1;
                pending.ticket = self.next_ticket;
                self.callers.insert(pending.ticket, caller);
                self.machine.offer(*pending);
            }
            Message::Key(write, reply) => self.errands.push_back(Errand::Key(write, reply)),
            // Answered at once, like commands, where too many wait.
            Message::Count(_, reply) if self.errands.len() >= MOST_ERRANDS => {
                let _ = reply.send(Err(StoreError::Unavailable));
            }
            Message::Count(question, reply) => self.errands.push_back(Errand::Count(question, reply)),
            Message::Login(_, reply) if self.errands.len() >= MOST_ERRANDS => {
                let _ = reply.send(Err(StoreError::Unavailable));
            }
            Message::Login(login, reply) => self.errands.push_back(Errand::Login(login, reply)),
            Message::Acknowledge(_, _, reply) if self.errands.len() >= MOST_ERRANDS => {
                let _ = reply.send(Err(StoreError::Unavailable));
            }
            Message::Acknowledge(realm, ids, reply) => {
                self.errands.push_back(Errand::Acknowledge(realm, ids, reply));
            }
            Message::Settings(reply) => self.errands.push_back(Errand::Settings(reply)),
            Message::Poll => self.machine.poll(),
            Message::Close(done) => self.close(vec![done]),
        }
    }

    fn close(&mut self, waiting: Vec<oneshot::Sender<()>>) {
        self.inbox.close();
        match &mut self.closing {
            Some((all, _)) => all.extend(waiting),
            None => self.closing = Some((waiting, tokio::time::Instant::now() + PATIENCE)),
        }
    }

    fn on_tick(&mut self) {
        self.machine.tick();
        if self.closing.as_ref().is_some_and(|(_, end)| *end <= tokio::time::Instant::now()) {
            self.machine.turn_away();
            self.machine.give_up();
        }
    }

    /// The end: nothing waits and nothing is under way. The connection, unless it was dropped.
    async fn end<D: Database>(mut self, session: Option<Box<Session<D>>>) {
        // What was sent before the inbox was closed gets an answer, too.
        while let Some(message) = self.inbox.recv().await {
            match message {
                Message::Submit(_, caller) => drop(caller.send(Err(SubmitError::Unavailable))),
                Message::Key(_, reply) => drop(reply.send(Err(StoreError::Unavailable))),
                Message::Count(_, reply) => drop(reply.send(Err(StoreError::Unavailable))),
                Message::Login(_, reply) => drop(reply.send(Err(StoreError::Unavailable))),
                Message::Acknowledge(_, _, reply) => drop(reply.send(Err(StoreError::Unavailable))),
                Message::Settings(reply) => drop(reply.send(Err(StoreError::Unavailable))),
                Message::Poll => {}
                Message::Close(done) => self.close(vec![done]),
            }
        }
        self.shared.set_writable(false);
        for readers in &self.readers {
            readers.close().await;
        }
        if let Some(session) = session {
            drop(tokio::time::timeout(PARTING, session.close()).await);
        }
        for done in self.closing.into_iter().flat_map(|(waiting, _)| waiting) {
            let _ = done.send(());
        }
    }
}

/// The action under way; never, if there is none.
async fn wait<D: Database>(io: &mut Option<Io<D>>) -> (Box<Session<D>>, Option<Outcome>) {
    match io {
        Some(io) => io.await,
        None => std::future::pending().await,
    }
}
