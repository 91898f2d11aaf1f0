//! Processes that take turns as chance has it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use bailiwick_identity::{Field, Instant, RealmId, UsernameKey};
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{Body, Command, Revision, State, decide};

use super::accounts;
use super::model::{Chance, Holder, Model, states};
use super::weather::{Seen, Weather};
use crate::api::{Committed, RequestId, SubmitError};
use crate::conformance::fixture;
use crate::machine::{Action, Judge, Limits, Machine, Outcome, Pending, Publication, replay};
use crate::request::Named;

static SCHEME: LazyLock<Arc<Scheme>> = LazyLock::new(|| fixture::shipped_scheme("illinois-worknet"));

const JUDGE: Judge = Judge { decide, salts: || [9; 16] };
const LIMITS: Limits = Limits { queue: 12, group: 5 };
const PROCESSES: usize = 3;
/// Longer than a request waits for who approves it, in microseconds.
const LONG: i64 = 40 * 24 * 3_600 * 1_000_000;

/// A process: a machine, its action under way, its callers, what it shows to readers.
struct Process {
    machine: Machine,
    action: Option<Action>,
    callers: BTreeMap<u64, Asked>,
    shown: Option<Arc<State>>,
}

/// What a caller asked for.
#[derive(Debug, Clone)]
struct Asked {
    /// The user that the command creates, where it creates one.
    creates: Option<String>,
    request: Option<String>,
}

pub(super) struct Simulation {
    weather: Weather,
    chance: Chance,
    realm: RealmId,
    model: Model,
    processes: Vec<Process>,
    clock: i64,
    next: u64,
    /// Users whose creation was acknowledged, and users whose creation was said to be without effect.
    created: BTreeSet<String>,
    denied: BTreeSet<String>,
    /// How many asked for a user to be created.
    asked: BTreeMap<String, u32>,
    /// Which revision a request id stands for.
    requests: BTreeMap<String, Revision>,
    /// Whether the log was read for the outcome of a commit that is still to come.
    looked_for: bool,
    seen: BTreeMap<Seen, u64>,
}

impl Simulation {
    pub(super) fn new(seed: u64, weather: Weather) -> Self {
        let mut simulation = Self {
            weather,
            chance: Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            realm: fixture::realm(),
            model: Model::default(),
            processes: Vec::new(),
            clock: 1_000_000,
            next: 0,
            created: BTreeSet::new(),
            denied: BTreeSet::new(),
            asked: BTreeMap::new(),
            requests: BTreeMap::new(),
            looked_for: false,
            seen: BTreeMap::new(),
        };
        simulation.processes = (0..PROCESSES).map(|_| simulation.start()).collect();
        let create = Body::CreateRealm { title: "A realm".to_owned(), scheme: Arc::clone(&SCHEME) };
        simulation.offer(0, fixture::command(create), None, None);
        simulation.offer(0, fixture::create_unit("e", "state", &[]), None, None);
        simulation.offer(0, accounts::site(), None, None);
        simulation
    }

    fn start(&self) -> Process {
        let states = states(&self.model, &self.realm);
        let shown = states.first().cloned();
        let machine = Machine::new(JUDGE, LIMITS, states);
        Process { machine, action: None, callers: BTreeMap::new(), shown }
    }

    fn saw(&mut self, what: Seen) {
        *self.seen.entry(what).or_default() += 1;
    }

    /// One thing happens somewhere.
    pub(super) fn step(&mut self) {
        let at = usize::try_from(self.chance.below(PROCESSES as u64)).unwrap();
        match self.chance.below(10) {
            0..=3 => self.ask(at),
            4 => {
                self.clock += i64::try_from(self.chance.below(50)).unwrap() - 20;
                // Now and then nothing happens for long.
                if self.chance.one_in(50) {
                    self.clock += LONG;
                }
                self.processes[at].machine.tick();
            }
            5 if self.weather == Weather::Storm && self.chance.one_in(40) => self.crash(at),
            6 if self.chance.one_in(4) => self.end_late_commit(),
            _ => self.go_on(at),
        }
        self.take_out(at);
    }

    /// A caller asks for something.
    fn ask(&mut self, at: usize) {
        self.next += 1;
        let n = self.next;
        let earlier = 1 + self.chance.below(n);
        match self.chance.below(11) {
            8.. => {
                let command = accounts::next(&mut self.chance, &self.model, self.clock, n);
                self.offer(at, command, None, None);
            }
            // Refused, if it is there already; created twice, never.
            0 => self.offer(at, accounts::create(&format!("u{earlier}")), None, Some(format!("u{earlier}"))),
            1 => self.offer(
                at,
                fixture::set_field(&format!("u{earlier}"), Field::WorkPhone, "+13125550100"),
                None,
                None,
            ),
            2 => {
                let id = format!("q{}", self.chance.below(30));
                let request = RequestId { id: id.clone(), body: [1; 32] };
                let user = format!("of-{id}");
                self.offer(at, accounts::create(&user), Some(request), None);
            }
            _ => self.offer(at, accounts::create(&format!("u{n}")), None, Some(format!("u{n}"))),
        }
    }

    fn offer(&mut self, at: usize, command: Command, request: Option<RequestId>, creates: Option<String>) {
        self.next += 1;
        let ticket = self.next;
        if let Some(user) = &creates {
            *self.asked.entry(user.clone()).or_default() += 1;
        }
        let asked = Asked { creates, request: request.as_ref().map(|r| r.id.clone()) };
        let request = request.map(|request| Named::new(request, UsernameKey::default()));
        self.processes[at].callers.insert(ticket, asked);
        self.processes[at].machine.offer(Pending { ticket, realm: self.realm.clone(), command, request });
    }

    /// A process ends without notice; what it was doing is undone unless it was done.
    fn crash(&mut self, at: usize) {
        self.saw(Seen::Crash);
        self.unlock(at);
        self.processes[at] = self.start();
    }

    /// A process begins its next action, or the one under way comes to its end.
    fn go_on(&mut self, at: usize) {
        match self.processes[at].action.take() {
            None => self.processes[at].action = self.processes[at].machine.next_action(),
            Some(action) => {
                if let Some(outcome) = self.outcome(at, &action) {
                    self.processes[at].machine.report(outcome);
                } else {
                    self.processes[at].action = Some(action);
                }
            }
        }
    }

    /// What comes of an action; nothing yet, where a lock is waited for.
    fn outcome(&mut self, at: usize, action: &Action) -> Option<Outcome> {
        let odds = if matches!(action, Action::Write(_)) { 8 } else { 25 };
        let fails = self.weather == Weather::Storm && self.chance.one_in(odds);
        if fails {
            return Some(self.failure(at, action));
        }
        Some(match action {
            Action::Lock(realm) => {
                if self.model.locked_by.is_some() {
                    return None;
                }
                self.model.locked_by = Some(Holder::Process(at));
                let clock = Instant::from_micros(self.clock).unwrap();
                Outcome::Locked { head: self.model.head(realm), clock }
            }
            // Whoever may still be writing is waited for, though not for ever.
            Action::ReadEnded { .. } if self.model.locked_by.is_some() => {
                self.looked_for |= matches!(self.model.locked_by, Some(Holder::Late(_)));
                return self.chance.one_in(3).then_some(Outcome::Failed);
            }
            Action::ReadLog { after, limit, .. } | Action::ReadEnded { after, limit, .. } => {
                self.saw(Seen::CaughtUp);
                Outcome::Log(self.model.read_log(*after, *limit))
            }
            Action::Load(realm) => Outcome::Loaded(self.model.load(realm)),
            Action::ReadFacts { wanted, requests, now, .. } => {
                assert!(self.has_lock(at), "facts are read under the lock");
                Outcome::Facts(Box::new(self.model.facts(wanted, requests, *now)))
            }
            Action::Write(batch) => {
                assert!(self.has_lock(at), "writes are made under the lock");
                self.model.commit(batch);
                self.unlock(at);
                if batch.changes.len() > 1 {
                    self.saw(Seen::Shared);
                }
                Outcome::Committed
            }
            Action::Rollback => {
                self.unlock(at);
                Outcome::Done
            }
            Action::ReadHeads => Outcome::Heads(self.model.head(&self.realm).into_iter().collect()),
            Action::Probe if self.model.locked_by.is_some() => Outcome::Failed,
            Action::Probe => Outcome::Done,
        })
    }

    /// How an action fails. Of a commit, nobody may know.
    fn failure(&mut self, at: usize, action: &Action) -> Outcome {
        let Action::Write(batch) = action else {
            self.unlock(at);
            return Outcome::Failed;
        };
        match self.chance.below(5) {
            0 => {
                self.model.commit(batch);
                self.unlock(at);
                self.saw(Seen::UnknownFound);
                Outcome::Unknown
            }
            1 => {
                self.unlock(at);
                self.saw(Seen::UnknownNotFound);
                Outcome::Unknown
            }
            2 | 3 => {
                // It holds the lock until it is made or not.
                self.model.locked_by = Some(Holder::Late(Arc::clone(batch)));
                self.looked_for = false;
                Outcome::Unknown
            }
            _ => {
                self.unlock(at);
                Outcome::Failed
            }
        }
    }

    /// A commit that was under way when everybody lost sight of it comes to its end.
    fn end_late_commit(&mut self) {
        let Some(Holder::Late(batch)) = &self.model.locked_by else { return };
        let batch = Arc::clone(batch);
        self.model.locked_by = None;
        if self.chance.one_in(2) {
            self.model.commit(&batch);
            if self.looked_for {
                self.saw(Seen::FoundLate);
            }
        }
    }

    fn has_lock(&self, at: usize) -> bool {
        matches!(self.model.locked_by, Some(Holder::Process(holder)) if holder == at)
    }

    fn unlock(&mut self, at: usize) {
        if self.has_lock(at) {
            self.model.locked_by = None;
        }
    }

    /// What a process shows and says is held against the log.
    fn take_out(&mut self, at: usize) {
        for publication in self.processes[at].machine.take_publications() {
            match publication {
                Publication::State(state) => {
                    let change = &self.model.changes[usize::try_from(state.revision.0).unwrap() - 1];
                    assert_eq!(change.hash, state.hash, "what is shown is committed");
                    let before = self.processes[at].shown.as_ref().map(|s| s.revision).unwrap_or_default();
                    assert!(state.revision >= before, "what is shown does not go back");
                    self.processes[at].shown = Some(state);
                }
                Publication::Gone(realm) => panic!("{realm} is taken down, though its log is whole"),
            }
        }
        for (ticket, answer) in self.processes[at].machine.take_answers() {
            let asked = self.processes[at].callers.remove(&ticket).expect("who asked is answered once");
            self.judge(at, &asked, answer);
        }
    }

    fn judge(&mut self, at: usize, asked: &Asked, answer: Result<Committed, SubmitError>) {
        match answer {
            Ok(committed) => {
                let change = &self.model.changes[usize::try_from(committed.revision.0).unwrap() - 1];
                assert_eq!(change.hash, committed.hash, "what is acknowledged is committed");
                let shown = self.processes[at].shown.as_ref().map(|s| s.revision).unwrap_or_default();
                assert!(shown >= committed.revision, "what is acknowledged is shown");
                self.created.extend(asked.creates.clone());
                if let Some(request) = &asked.request {
                    let first = *self.requests.entry(request.clone()).or_insert(committed.revision);
                    assert_eq!(first, committed.revision, "a repeated command is answered as before");
                    self.saw(Seen::Repeated);
                }
                self.saw(Seen::Accepted);
            }
            Err(SubmitError::Refused(_) | SubmitError::UnknownRealm) => self.saw(Seen::Refused),
            Err(SubmitError::Unavailable) => {
                self.denied.extend(asked.creates.clone());
                self.saw(Seen::Unavailable);
            }
            Err(SubmitError::Overloaded) => {
                self.denied.extend(asked.creates.clone());
                self.saw(Seen::Overloaded);
            }
            // Whether it was written is left open.
            Err(SubmitError::Unknown) => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Every process does what is due.
    fn do_what_is_due(&mut self) {
        for at in 0..PROCESSES {
            for command in accounts::due(&self.model, self.clock).into_iter().take(LIMITS.group) {
                self.offer(at, command, None, None);
            }
        }
    }

    /// Nothing goes wrong any more, and everything comes to its end.
    pub(super) fn calm_down(&mut self) {
        self.weather = Weather::Fair;
        self.end_late_commit();
        for round in 0..400 {
            if round == 200 {
                self.clock += LONG;
            }
            if round < 380 && round % 20 == 0 {
                self.do_what_is_due();
            }
            for at in 0..PROCESSES {
                if self.processes[at].machine.is_idle() {
                    self.processes[at].machine.tick();
                }
                if !self.processes[at].machine.is_resting() && self.processes[at].action.is_none() {
                    self.processes[at].machine.tick();
                }
                self.go_on(at);
                self.take_out(at);
            }
        }
    }

    /// What must hold at the end. Yields what happened.
    pub(super) fn finish(mut self) -> BTreeMap<Seen, u64> {
        let told = replay::follow_all(&self.realm, None, &self.model.changes).unwrap();
        let Some(told) = told else { return self.seen };
        let times: Vec<Instant> = self.model.changes.iter().map(|change| change.recorded_at).collect();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "every change is later than the one before");
        for process in &self.processes {
            assert!(process.callers.is_empty(), "everybody is answered: {:?}", process.callers);
            let shown = process.shown.as_ref().expect("the realm is shown");
            assert_eq!(shown.revision, told.revision, "all is followed to the end");
            assert!(
                fixture::portrait(shown) == fixture::portrait(&told),
                "what is shown is what the log tells"
            );
        }
        for user in &self.created {
            assert!(told.world.user_ix(user).is_some(), "{user} was acknowledged");
        }
        // Where several asked for the same user, another may have succeeded, or crashed before hearing of it.
        for user in self.denied.iter().filter(|user| self.asked[*user] == 1) {
            assert!(told.world.user_ix(user).is_none(), "{user} was said not to be written");
        }
        let (in_time, expired) = accounts::verify(&self.model, &told, self.clock);
        *self.seen.entry(Seen::InTime).or_default() += in_time;
        *self.seen.entry(Seen::Expired).or_default() += expired;
        self.seen
    }
}
