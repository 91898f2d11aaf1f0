//! Deciding a group: commands of one realm that share a transaction, as consecutive revisions.
//!
//! Each is decided on what the one before it left, with its own facts. A refusal takes no revision and disturbs
//! nobody.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_identity::{Instant, RealmId, UserId};
use bailiwick_realm::{
    Actor, Body, Command, Decided, Event, Facts, Lookups, Refusal, Revision, State, lookups,
};

use super::known::{FactRows, Known};
use crate::api::{Committed, Previewed, SubmitError};
use crate::codec::{self, Header, Names, Salts};
use crate::log::tables::{Batch, RequestKey, RequestRow};
use crate::log::{Damage, StoredChange, chain};
use crate::request::Named;

/// What judges commands: `bailiwick_realm::decide`, or a stand-in where a test needs one.
pub(crate) type Decide = fn(&State, &Facts, &Command, Instant) -> Result<Decided, Refusal>;

/// How long a caller's own id of a command is remembered: 24 hours, in microseconds.
const REMEMBERED: i64 = 24 * 3_600 * 1_000_000;

/// A command that waits.
#[derive(Debug)]
pub(crate) struct Pending {
    /// By which the driver knows who asked.
    pub(crate) ticket: u64,
    pub(crate) realm: RealmId,
    pub(crate) command: Command,
    pub(crate) request: Option<Named>,
}

/// An answer, to be given once the transaction is known to be committed.
pub(crate) type Answer = (u64, Result<Committed, SubmitError>);

/// A group that was decided.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The state after it; unset while the realm does not exist.
    pub(crate) state: Option<Arc<State>>,
    /// The revision before it.
    pub(crate) base: Revision,
    /// For each command.
    pub(crate) answers: Vec<Answer>,
    /// What is to be written; without changes, nothing is.
    pub(crate) batch: Arc<Batch>,
}

impl Pending {
    /// Under what the caller's own id of the command is unique.
    pub(crate) fn request_key(&self) -> Option<RequestKey> {
        let actor = match &self.command.actor {
            Actor::Operator => None,
            Actor::User(user) => Some(user),
        };
        self.request.as_ref().map(|request| request.key(&self.command.caller, actor))
    }
}

/// All that a group must look up.
pub(crate) fn wanted(group: &[Pending], state: Option<&State>) -> (Lookups, Vec<RequestKey>) {
    let mut all = Lookups::default();
    for pending in group {
        let Lookups {
            people,
            username_families,
            emails,
            external_ids,
            provider_subjects,
            handles,
            credentials,
            namesakes,
            requests,
            reviews,
            requests_about,
        } = lookups(&pending.command, state.map(|state| &state.world));
        all.people.extend(people);
        all.username_families.extend(username_families);
        all.emails.extend(emails);
        all.external_ids.extend(external_ids);
        all.provider_subjects.extend(provider_subjects);
        all.handles.extend(handles);
        all.credentials.extend(credentials);
        for (names, birth_dates) in namesakes {
            all.namesakes.entry(names).or_default().extend(birth_dates);
        }
        all.requests.extend(requests);
        all.reviews.extend(reviews);
        all.requests_about.extend(requests_about);
    }
    (all, group.iter().filter_map(Pending::request_key).collect())
}

/// How a group is decided.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judge {
    pub(crate) decide: Decide,
    pub(crate) salts: Salts,
}

/// A command that was accepted earlier under the same id.
enum Earlier {
    Logged([u8; 32], Box<StoredChange>),
    InGroup([u8; 32], Box<Committed>),
}

/// Whether other commands are decided on what one reads and leaves: a list of a thousand people mostly comes alone, and is
/// spared what only others would ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Company {
    Alone,
    Others,
}

struct Round {
    judge: Judge,
    company: Company,
    clock: Instant,
    state: Option<Arc<State>>,
    known: Known,
    earlier: BTreeMap<RequestKey, Earlier>,
    batch: Batch,
}

impl Judge {
    /// Decides a group on a state and on what tables say, at an instant of the database's clock.
    pub(crate) fn group(
        self,
        realm: RealmId,
        state: Option<Arc<State>>,
        group: Vec<Pending>,
        rows: FactRows,
        clock: Instant,
    ) -> Result<Prepared, Damage> {
        let base = state.as_ref().map(|s| s.revision).unwrap_or_default();
        let known = Known::read(&rows, state.as_deref().map(Names::of).as_ref())?;
        let logged = |found: super::known::FoundRequest| {
            (found.key, Earlier::Logged(found.body, Box::new(found.change)))
        };
        let earlier = rows.requests.into_iter().map(logged).collect();
        let batch = Batch::new(realm, base);
        let company = if group.len() == 1 { Company::Alone } else { Company::Others };
        let mut round = Round { judge: self, company, clock, state, known, earlier, batch };
        let answers = group.into_iter().map(|pending| (pending.ticket, round.answer(pending))).collect();
        Ok(Prepared { state: round.state, base, answers, batch: Arc::new(round.batch) })
    }

    /// Decides one command without writing anything.
    pub(crate) fn preview(
        self,
        realm: &RealmId,
        state: Option<&State>,
        command: &Command,
        rows: &FactRows,
        clock: Instant,
    ) -> Result<Previewed, SubmitError> {
        let known = Known::read(rows, state.map(Names::of).as_ref()).map_err(internal)?;
        let before = standing(realm, state, &command.body)?;
        let now = clock.max(before.recorded_at.next());
        let facts = known.facts(&lookups(command, Some(&before.world)));
        let decided = (self.decide)(&before, &facts, command, now).map_err(SubmitError::Refused)?;
        Ok(Previewed { before, now, decided })
    }
}

/// The state on which a command is decided: for its creation, that of a realm which does not exist yet.
fn standing(realm: &RealmId, state: Option<&State>, body: &Body) -> Result<State, SubmitError> {
    match (body, state) {
        (Body::CreateRealm { .. }, Some(_)) => Err(SubmitError::RealmExists),
        (Body::CreateRealm { scheme, .. }, None) => Ok(State::unborn(realm.clone(), Arc::clone(scheme))),
        (_, Some(state)) => Ok(state.clone()),
        (_, None) => Err(SubmitError::UnknownRealm),
    }
}

fn internal(damage: Damage) -> SubmitError {
    tracing::error!(%damage, "a command could not be carried out");
    SubmitError::Unavailable
}

impl Round {
    fn answer(&mut self, pending: Pending) -> Result<Committed, SubmitError> {
        let key = pending.request_key();
        let Pending { ticket: _, realm, command, request } = pending;
        if let (Some(key), Some(request)) = (&key, &request)
            && let Some(earlier) = self.earlier.get(key)
        {
            return self.again(earlier, request);
        }
        let before = standing(&realm, self.state.as_deref(), &command.body)?;
        let now = self.clock.max(before.recorded_at.next());
        let facts = match self.company {
            Company::Alone => std::mem::take(&mut self.known).all(),
            Company::Others => self.known.facts(&lookups(&command, Some(&before.world))),
        };
        let decided = (self.judge.decide)(&before, &facts, &command, now).map_err(SubmitError::Refused)?;
        // Lets go of what is shared, so that taking in what was decided copies nothing.
        drop(facts);
        let request = request.filter(|_| decided.is_complete());
        self.batch.made.extend(made(&decided.events, &before).cloned());
        let (change, after) =
            self.record(before, &command, request.as_ref(), &decided, now).map_err(internal)?;
        let after = Arc::new(after);
        self.state = Some(Arc::clone(&after));
        if self.company == Company::Others {
            self.known.absorb(&decided.events, change.revision);
            self.known.use_up(&decided.used_handles);
            if let Some(user) = &decided.erases {
                self.known.erase(user);
            }
        }
        self.batch.handles.extend(decided.used_handles.iter().copied());
        let committed = Committed {
            revision: change.revision,
            hash: change.hash,
            recorded_at: now,
            events: decided.events,
            effects: decided.effects,
            state: after,
        };
        if let (Some(key), Some(request)) = (key, request) {
            self.remember(key, request.body, &committed);
        }
        self.batch.erased.extend(decided.erases.map(|user| (user, change.revision)));
        let (revision, at) = (change.revision, change.recorded_at);
        self.batch.push(change, &committed.events);
        self.batch.push_messages(revision, at, decided.messages);
        Ok(committed)
    }

    fn remember(&mut self, key: RequestKey, body: [u8; 32], committed: &Committed) {
        let end = committed.recorded_at.as_micros().saturating_add(REMEMBERED);
        let expires_at = Instant::from_micros(end).unwrap_or(Instant::MAX);
        let revision = committed.revision;
        self.batch.requests.push(RequestRow { key: key.clone(), body, revision, expires_at });
        if self.company == Company::Others {
            self.earlier.insert(key, Earlier::InGroup(body, Box::new(committed.clone())));
        }
    }

    /// The answer to a repeated command: rebuilt from the log.
    fn again(&self, earlier: &Earlier, request: &Named) -> Result<Committed, SubmitError> {
        match earlier {
            Earlier::Logged(body, _) | Earlier::InGroup(body, _) if !request.is(body) => {
                Err(SubmitError::RequestIdReused)
            }
            Earlier::InGroup(_, committed) => Ok(Committed::clone(committed)),
            Earlier::Logged(_, change) => {
                let state = self.state.as_ref().ok_or(SubmitError::UnknownRealm)?;
                rebuild(change, state).map_err(internal)
            }
        }
    }

    /// The change as it will be stored, and the state after it.
    fn record(
        &self,
        before: State,
        command: &Command,
        request: Option<&Named>,
        decided: &Decided,
        now: Instant,
    ) -> Result<(StoredChange, State), Damage> {
        let mut after = before;
        let previous = after.hash;
        let revision = after.revision.next();
        for event in &decided.events {
            after.apply(event);
        }
        // Only now is all known that they name: an event may name what a later one brings into being.
        let names = Names::of(&after);
        let encode = |event| codec::encode(event, &names, self.judge.salts);
        let events: Vec<_> = decided.events.iter().map(encode).collect::<Result<_, _>>()?;
        let (header, personal) = Header::encode(
            command,
            request.map(|r| r.id.as_str()),
            (revision, now),
            (events.len(), &decided.effects),
            &names,
            self.judge.salts,
        )?;
        let hash = chain::hash(previous, &header, &events);
        after.revision = revision;
        after.recorded_at = now;
        after.hash = hash;
        Ok((StoredChange { revision, recorded_at: now, hash, header, personal, events }, after))
    }
}

/// The users whom events bring into being.
fn made<'e>(events: &'e [Event], before: &State) -> impl Iterator<Item = &'e UserId> {
    let is_new = |user: &&UserId| before.world.user_ix(user.as_str()).is_none();
    let user = |event: &'e Event| match event {
        Event::Access { user, .. } => Some(user),
        Event::Realm { .. }
        | Event::Scheme(_)
        | Event::Unit(_)
        | Event::Profile { .. }
        | Event::Credentials { .. }
        | Event::Caseload { .. }
        | Event::Placements { .. }
        | Event::Request(_)
        | Event::Review(_) => None,
    };
    events.iter().filter_map(user).filter(is_new)
}

fn rebuild(change: &StoredChange, state: &Arc<State>) -> Result<Committed, Damage> {
    let names = Names::of(state);
    let header = Header::decode(&change.header, &names)?;
    Ok(Committed {
        revision: change.revision,
        hash: change.hash,
        recorded_at: change.recorded_at,
        events: change.events.iter().map(|e| codec::decode(e, &names)).collect::<Result<_, _>>()?,
        effects: header.effects,
        state: Arc::clone(state),
    })
}
