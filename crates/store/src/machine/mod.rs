//! The writer and the follower, as one state machine without I/O.
//!
//! A driver asks [`Machine::next_action`] what to do with the database, does it, and reports the [`Outcome`]; there is
//! one action under way at a time. Commands and ticks may come in between. What came of it is taken out as answers
//! and publications; the driver publishes first and answers then.
//!
//! A group of commands goes through: lock the realm → follow the log up to the head, should another process have
//! written → read facts → decide → write and commit → publish, answer. Where a commit's outcome is unknown, the log
//! is read again, however often it takes, and each command is answered by whether its change is there. An error of
//! the database fails the whole group.
//!
//! The follower polls the heads of all realms: what is behind reads on, what does not chain is taken down and loaded
//! anew. Nothing is published that is not committed.

mod follower;
mod group;
mod known;
mod replay;
mod resolve;
mod writer;

pub(crate) use group::{Answer, Judge, Pending};
pub(crate) use known::{FactRows, FoundRequest, PersonRow};

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bailiwick_identity::{Instant, RealmId};
use bailiwick_realm::{ChainHash, Lookups, Revision, State};

use crate::api::SubmitError;
use crate::log::tables::{Batch, RequestKey};
use crate::log::{Damage, Head, StoredChange};
use group::Prepared;
use resolve::Resolving;

/// So many changes are read from the log at a time.
const LOG_PAGE: usize = 256;
/// So many changes share a transaction, unless one command alone holds more.
const GROUP_CHANGES: usize = 1_000;
/// So many ticks lie between attempts to load a realm that could not be loaded.
const LOAD_AGAIN: u32 = 25;

/// What the driver is to do.
#[derive(Debug)]
pub(crate) enum Action {
    /// Begin a transaction, lock the realm's row, read its head and the clock. Answer: `Locked`.
    Lock(RealmId),
    /// Read consecutive changes after a revision, in the open transaction if there is one. Answer: `Log`.
    ReadLog { realm: RealmId, after: Revision, limit: usize },
    /// Read consecutive changes after a revision once nobody can be writing any more: of a commit whose outcome is not
    /// known, the end is waited for. Answer: `Log`.
    ReadEnded { realm: RealmId, after: Revision, limit: usize },
    /// Read the newest state from the current tables, in the open transaction if there is one. Answer: `Loaded`.
    Load(RealmId),
    /// Read facts in the open transaction. Answer: `Facts`.
    ReadFacts { realm: RealmId, wanted: Box<Lookups>, requests: Vec<RequestKey>, now: Instant },
    /// Write in the open transaction and commit. Answer: `Committed`, `Failed` or `Unknown`.
    Write(Arc<Batch>),
    /// End the open transaction without a trace. Answer: `Done` or `Failed`.
    Rollback,
    /// Read the head of every realm. Answer: `Heads`, or `Done` if nothing was committed elsewhere since.
    ReadHeads,
    /// See whether the database could be written: begin a transaction and roll it back. Answer: `Done`.
    Probe,
}

/// What came of an action. After `Failed`, `Unknown` or `Damaged`, no transaction is open.
#[derive(Debug)]
pub(crate) enum Outcome {
    Locked {
        head: Option<Head>,
        clock: Instant,
    },
    Log(Vec<StoredChange>),
    Loaded(Option<Box<State>>),
    Facts(Box<FactRows>),
    Committed,
    Heads(Vec<Head>),
    Done,
    /// The database did not do it; nothing of the transaction stands.
    Failed,
    /// Whether the transaction was committed is not known.
    Unknown,
    /// What was read is not what was written.
    Damaged(Damage),
}

/// Why an action did not yield what it was to yield.
enum Trouble {
    /// The database did not answer.
    Unanswered,
    /// What it answered is not what was written.
    Damaged(Damage),
}

impl Outcome {
    fn trouble(&self) -> Trouble {
        if let Self::Damaged(damage) = self { Trouble::Damaged(*damage) } else { Trouble::Unanswered }
    }

    fn log(self) -> Result<Vec<StoredChange>, Trouble> {
        if let Self::Log(changes) = self { Ok(changes) } else { Err(self.trouble()) }
    }

    fn loaded(self) -> Result<Option<Arc<State>>, Trouble> {
        if let Self::Loaded(state) = self { Ok(state.map(Arc::from)) } else { Err(self.trouble()) }
    }

    fn facts(self) -> Result<FactRows, Trouble> {
        if let Self::Facts(rows) = self { Ok(*rows) } else { Err(self.trouble()) }
    }
}

/// What to make visible.
#[derive(Debug)]
pub(crate) enum Publication {
    /// A newer state.
    State(Arc<State>),
    /// No state: what was known of the realm no longer holds.
    Gone(RealmId),
}

/// Where the machine stands.
#[derive(Debug)]
enum Phase {
    Idle,
    Locking(Group),
    CatchingUp(Turn, Head),
    Reloading(Turn),
    ReadingFacts(Turn),
    Writing(Prepared),
    RollingBack(Prepared),
    /// A commit's outcome is unknown.
    Resolving(Prepared, Resolving),
    Polling,
    Following(RealmId, Head),
    Loading(RealmId),
    Probing,
}

/// Commands that share a transaction.
#[derive(Debug)]
struct Group {
    realm: RealmId,
    commands: Vec<Pending>,
}

/// A group whose realm is locked.
#[derive(Debug)]
struct Turn {
    group: Group,
    clock: Instant,
}

/// Bounds of the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Commands that may wait.
    pub(crate) queue: usize,
    /// Commands that share a transaction.
    pub(crate) group: usize,
}

/// The writer and the follower of one database.
#[derive(Debug)]
pub(crate) struct Machine {
    judge: Judge,
    limits: Limits,
    states: BTreeMap<RealmId, Arc<State>>,
    waiting: VecDeque<Pending>,
    phase: Phase,
    todo: Option<Action>,
    poll_due: bool,
    /// Whether the heads were what was read last: then whoever waits to write goes first, however slow reading them is.
    polled: bool,
    probe_due: bool,
    behind: BTreeMap<RealmId, Head>,
    unloaded: BTreeSet<RealmId>,
    unloadable: BTreeSet<RealmId>,
    ticks: u32,
    writable: bool,
    /// Whether the heads were read, and all that was behind them has not caught up since.
    catching_up: bool,
    /// Whether it was seen since last asked that nothing is behind.
    confirmed: bool,
    answers: Vec<Answer>,
    publications: Vec<Publication>,
}

impl Machine {
    /// A machine that knows these states, read from the database.
    pub(crate) fn new(judge: Judge, limits: Limits, states: Vec<Arc<State>>) -> Self {
        Self {
            judge,
            limits,
            states: states.into_iter().map(|state| (state.realm.clone(), state)).collect(),
            waiting: VecDeque::new(),
            phase: Phase::Idle,
            todo: None,
            poll_due: false,
            polled: false,
            probe_due: false,
            behind: BTreeMap::new(),
            unloaded: BTreeSet::new(),
            unloadable: BTreeSet::new(),
            ticks: 0,
            writable: true,
            catching_up: false,
            confirmed: false,
            answers: Vec::new(),
            publications: Vec::new(),
        }
    }

    /// Takes a command in, or answers at once that too many wait.
    pub(crate) fn offer(&mut self, pending: Pending) {
        if self.waiting.len() >= self.limits.queue {
            self.answers.push((pending.ticket, Err(SubmitError::Overloaded)));
        } else {
            self.waiting.push_back(pending);
        }
    }

    /// Time has passed: the heads are due to be read, and what failed is due to be tried again.
    pub(crate) fn tick(&mut self) {
        self.poll_due = true;
        self.probe_due = !self.writable;
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(LOAD_AGAIN) {
            self.unloaded.append(&mut self.unloadable);
        }
        self.resolve_on();
    }

    /// The heads are to be read at once.
    pub(crate) fn poll(&mut self) {
        self.poll_due = true;
    }

    /// What to do next; nothing while an action is under way or where there is nothing to do.
    pub(crate) fn next_action(&mut self) -> Option<Action> {
        if self.is_resting() {
            self.choose();
        }
        self.todo.take()
    }

    /// Whether no action is under way and none is begun: what stands beside the machine may have its turn.
    pub(crate) fn is_resting(&self) -> bool {
        matches!(self.phase, Phase::Idle) && self.todo.is_none()
    }

    /// Whether nothing waits, nothing is under way and nothing is to be taken out.
    pub(crate) fn is_idle(&self) -> bool {
        self.is_resting() && self.waiting.is_empty() && self.answers.is_empty()
    }

    /// Whether the last attempt to write came to a good end.
    pub(crate) fn is_writable(&self) -> bool {
        self.writable
    }

    /// Whether it was seen, since this was last asked, that the states are the newest.
    pub(crate) fn take_confirmation(&mut self) -> bool {
        std::mem::take(&mut self.confirmed)
    }

    /// Answers that may be given now.
    pub(crate) fn take_answers(&mut self) -> Vec<Answer> {
        std::mem::take(&mut self.answers)
    }

    /// States to make visible, before the answers are given.
    pub(crate) fn take_publications(&mut self) -> Vec<Publication> {
        std::mem::take(&mut self.publications)
    }

    /// No more is to be written: what still waits is answered so. A group under way comes to its end.
    pub(crate) fn turn_away(&mut self) {
        for pending in self.waiting.drain(..) {
            self.answers.push((pending.ticket, Err(SubmitError::Unavailable)));
        }
    }

    /// What came of the action under way.
    pub(crate) fn report(&mut self, outcome: Outcome) {
        let phase = std::mem::replace(&mut self.phase, Phase::Idle);
        match phase {
            Phase::Idle => {}
            Phase::Locking(group) => self.on_lock(group, outcome),
            Phase::CatchingUp(turn, head) => self.on_catching_up(turn, &head, outcome),
            Phase::Reloading(turn) => self.on_reloading(turn, outcome),
            Phase::ReadingFacts(turn) => self.on_facts(turn, outcome),
            Phase::Writing(prepared) => self.on_write(prepared, outcome),
            Phase::RollingBack(prepared) => self.on_rollback(prepared, &outcome),
            Phase::Resolving(prepared, resolving) => self.on_resolving(prepared, resolving, outcome),
            Phase::Polling => {
                self.catching_up = matches!(outcome, Outcome::Heads(_) | Outcome::Done);
                self.on_heads(outcome);
            }
            Phase::Following(realm, head) => self.on_following(realm, head, outcome),
            Phase::Loading(realm) => self.on_loading(realm, outcome),
            Phase::Probing => self.writable = matches!(outcome, Outcome::Done),
        }
    }

    /// Chooses what an idle machine does: first what readers see, then what writers wait for.
    fn choose(&mut self) {
        if self.behind.is_empty() && std::mem::take(&mut self.catching_up) {
            self.confirmed = true;
        }
        // What is known to be behind goes before looking for more: however often somebody looks, it gets its turn.
        if let Some((realm, head)) = self.behind.pop_first() {
            self.follow_on(realm, head);
        } else if self.poll_due && !(std::mem::take(&mut self.polled) && self.has_commands()) {
            self.poll_due = false;
            self.polled = true;
            self.go(Phase::Polling, Action::ReadHeads);
        } else if let Some(realm) = self.unloaded.pop_first() {
            self.go(Phase::Loading(realm.clone()), Action::Load(realm));
        } else if let Some(group) = self.next_group() {
            let realm = group.realm.clone();
            self.go(Phase::Locking(group), Action::Lock(realm));
        } else if self.probe_due {
            self.probe_due = false;
            self.go(Phase::Probing, Action::Probe);
        }
    }

    fn has_commands(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn go(&mut self, phase: Phase, action: Action) {
        self.phase = phase;
        self.todo = Some(action);
    }

    fn publish(&mut self, state: Arc<State>) {
        self.states.insert(state.realm.clone(), Arc::clone(&state));
        self.unloadable.remove(&state.realm);
        self.publications.push(Publication::State(state));
    }

    fn take_down(&mut self, realm: &RealmId) {
        if self.states.remove(realm).is_some() {
            self.publications.push(Publication::Gone(realm.clone()));
        }
    }
}

/// How a realm's head stands to what is known of it.
enum Standing {
    /// The same.
    Level,
    /// The log has gone on.
    Behind,
    /// The log is not the one that was followed.
    Diverged,
}

fn standing(state: &State, head: Option<(Revision, ChainHash)>) -> Standing {
    match head {
        Some((revision, hash)) if revision == state.revision && hash == state.hash => Standing::Level,
        Some((revision, _)) if revision > state.revision => Standing::Behind,
        Some(_) | None => Standing::Diverged,
    }
}

#[cfg(test)]
mod tests;
