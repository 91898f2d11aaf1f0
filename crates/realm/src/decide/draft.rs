//! A draft of the next state, and what has been touched on the way to it.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Credentials, CustomerId, Instant, UserId};
use bailiwick_membership::{Access, CaseloadEntry, Placement, RoleIx, Unit, UnitIx, UserIx};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::Actor as PolicyActor;

use super::judge::Judge;
use super::{Decided, Judged};
use crate::command::{Actor, Command};
use crate::event::{Effect, Event, Message, Notes};
use crate::facts::{Facts, Person};
use crate::fingerprint::Fingerprint;
use crate::refusal::{Refusal, Refused};
use crate::request::Request;
use crate::state::State;

/// The next state in the making.
pub(super) struct Draft<'c> {
    /// The state on which the command is judged.
    pub(super) before: &'c State,
    /// The state so far.
    pub(super) state: State,
    pub(super) command: &'c Command,
    /// Who approve it together, the command's actor among them, where it is what a request asks for; otherwise nobody.
    pub(super) approvers: &'c [UserIx],
    /// Who asked for it in that request; unset: a calling program, or nobody.
    pub(super) asked_by: Option<&'c UserId>,
    pub(super) facts: &'c Facts,
    pub(super) now: Instant,
    /// What tables know of people, as the changes so far leave it.
    pub(super) people: BTreeMap<UserId, Person>,
    /// How passwords stand, as the changes so far leave it; of the command's users alone.
    pub(super) credentials: BTreeMap<UserId, Credentials>,
    /// What is to be mailed.
    pub(super) messages: Vec<Message>,
    /// Usernames, e-mail addresses and external ids that this command takes.
    pub(super) taken: BTreeSet<String>,
    /// Units at which something was added or widened, with the role: capacity and maximum are judged there.
    pub(super) filled: BTreeSet<(UnitIx, RoleIx)>,
    /// Units at which a role was ended or removed, and from when: the minimum is judged there.
    pub(super) emptied: BTreeSet<(UnitIx, RoleIx, Instant)>,
    /// Units that have other parents: what must stand beside something is judged there.
    pub(super) moved: BTreeSet<UnitIx>,
    /// Whether units or rules changed: the last manager is then looked for everywhere.
    pub(super) graph_changed: bool,
    pub(super) effects: Vec<Effect>,
    /// Handles that this command uses up.
    pub(super) used_handles: Vec<([u8; 16], Instant)>,
    /// Who is erased: all that is personal in earlier changes goes, too.
    pub(super) erases: Option<UserId>,
    /// Requests that end with it.
    pub(super) requests: Vec<Request>,
    touched: Touched,
}

/// Entities that have a new state, each in the order in which it was first touched.
#[derive(Default)]
struct Touched {
    realm: bool,
    scheme: bool,
    units: InOrder<UnitIx>,
    customers: InOrder<CustomerId>,
    users: InOrder<UserId>,
    profiles: InOrder<UserId>,
    credentials: InOrder<UserId>,
    caseloads: InOrder<UserIx>,
}

/// Things in the order in which they first came.
struct InOrder<T> {
    list: Vec<T>,
    known: BTreeSet<T>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self { list: Vec::new(), known: BTreeSet::new() }
    }
}

impl<T: Ord + Clone> InOrder<T> {
    fn note(&mut self, item: &T) {
        if self.known.insert(item.clone()) {
            self.list.push(item.clone());
        }
    }
}

impl<'c> Draft<'c> {
    pub(super) fn new(before: &'c State, facts: &'c Facts, command: &'c Command, now: Instant) -> Self {
        Self {
            before,
            state: before.clone(),
            command,
            approvers: &[],
            asked_by: None,
            facts,
            now,
            people: facts.people.clone(),
            credentials: facts.credentials.clone(),
            messages: Vec::new(),
            taken: BTreeSet::new(),
            filled: BTreeSet::new(),
            emptied: BTreeSet::new(),
            moved: BTreeSet::new(),
            graph_changed: false,
            effects: Vec::new(),
            used_handles: Vec::new(),
            erases: None,
            requests: Vec::new(),
            touched: Touched::default(),
        }
    }

    /// The rules, asked on the draft as it stands. Rule 1 for an actor.
    pub(super) fn judge(&self) -> Judged<Judge<'_>> {
        let judge = self.judge_for(match &self.command.actor {
            Actor::Operator => None,
            Actor::User(id) => Some(id),
        })?;
        let actor = judge.actor.map(|actor| actor.approving(self.approvers));
        Ok(Judge { actor, ..judge })
    }

    /// Whether the command is what a request asks for, and its actor one of those who approve it.
    pub(super) fn is_approved(&self) -> bool {
        !self.approvers.is_empty()
    }

    /// The same for somebody else, as if they gave the command; unset: an operator.
    pub(super) fn judge_for(&self, user: Option<&UserId>) -> Judged<Judge<'_>> {
        let (world, scheme, now) = (&self.state.world, &*self.state.scheme, self.now);
        let find = |id: &UserId| PolicyActor::find(world, scheme, id.as_str(), now);
        let actor = user.map(find).transpose().map_err(Refusal::denied)?;
        Ok(Judge { world, scheme, now, actor })
    }

    /// Refuses where what the command changes is not what the caller read of it. To be asked once right, reach and rank
    /// are there: whoever may not change it at all learns nothing.
    pub(super) fn is_as_read(&self, present: Fingerprint) -> Judged {
        match self.command.expects {
            Some(read) if read != present => Err(Refusal::new(Refused::Conflict, Reason::EtagMismatch)),
            Some(_) | None => Ok(()),
        }
    }

    /// Refuses whoever is no operator.
    pub(super) fn operator_only(&self) -> Judged {
        match self.command.actor {
            Actor::Operator => Ok(()),
            Actor::User(_) => Err(Refusal::denied(Reason::OperatorOnly)),
        }
    }

    pub(super) fn touch_realm(&mut self) {
        self.touched.realm = true;
    }

    pub(super) fn touch_scheme(&mut self) {
        self.touched.scheme = true;
        self.graph_changed = true;
    }

    /// Puts a unit's new state in.
    pub(super) fn put_unit(&mut self, unit: Unit) -> UnitIx {
        let ix = self.state.world.put_unit(unit);
        self.touched.units.note(&ix);
        ix
    }

    /// Puts a user's new access in; a new id creates the user.
    pub(super) fn put_access(&mut self, user: &UserId, access: Access) -> UserIx {
        self.touched.users.note(user);
        self.people.entry(user.clone()).or_default();
        self.state.world.put_access(user, access)
    }

    /// Changes a user's access.
    pub(super) fn edit_access(&mut self, user: UserIx, edit: impl FnOnce(&mut Access)) {
        let world = &self.state.world;
        let (Some(id), Some(record)) = (world.user_id(user), world.user(user)) else { return };
        let mut access = record.access();
        edit(&mut access);
        self.put_access(&id, access);
    }

    /// Changes what tables know of a user beside the profile: free text about what they hold.
    pub(super) fn edit_notes(&mut self, user: &UserId, edit: impl FnOnce(&mut Notes)) {
        self.touched.users.note(user);
        edit(&mut self.people.entry(user.clone()).or_default().notes);
    }

    /// Changes who a user is.
    pub(super) fn edit_profile(&mut self, user: &UserId, edit: impl FnOnce(&mut Person)) {
        self.touched.profiles.note(user);
        edit(self.people.entry(user.clone()).or_default());
    }

    /// Puts a user's new credentials in. What was to be mailed with another secret before is of no use any more.
    pub(super) fn put_credentials(&mut self, user: &UserId, credentials: Credentials) {
        self.touched.credentials.note(user);
        let secret = |kept: &Credentials| kept.kept.secret;
        if self.credentials.get(user).and_then(secret) != secret(&credentials) {
            self.messages.retain(|message| message.user != *user);
        }
        self.credentials.insert(user.clone(), credentials);
    }

    pub(super) fn put_caseload(&mut self, user: UserIx, entries: Vec<CaseloadEntry>) {
        self.touched.caseloads.note(&user);
        self.state.world.put_caseload(user, entries);
    }

    pub(super) fn put_placements(&mut self, customer: &CustomerId, placements: Vec<Placement>) {
        self.touched.customers.note(customer);
        self.state.world.put_placements(customer, placements);
    }

    /// The users whose access has a new state.
    pub(super) fn touched_users(&self) -> &[UserId] {
        &self.touched.users.list
    }

    /// The new states, in an order in which each finds what it names: units before those who stand in them,
    /// customers before whose own record they are.
    pub(super) fn finish(self) -> Decided {
        let state = &self.state;
        let world = &state.world;
        let mut events = Vec::new();
        if self.touched.realm {
            events.push(Event::Realm { title: state.title.clone(), status: state.status });
        }
        if self.touched.scheme {
            events.push(Event::Scheme(state.scheme.clone()));
        }
        events.extend(
            self.touched
                .units
                .list
                .iter()
                .filter_map(|&u| world.node(u))
                .map(|n| Event::Unit(n.unit.clone())),
        );
        events.extend(self.touched.customers.list.iter().filter_map(|id| {
            let placements = world.placements(world.customer_ix(id.as_str())?).collect();
            Some(Event::Placements { customer: id.clone(), placements })
        }));
        events.extend(self.touched.users.list.iter().filter_map(|id| {
            let access = world.user(world.user_ix(id.as_str())?)?.access();
            let notes = self.people.get(id).map(|p| p.notes.clone()).unwrap_or_default();
            Some(Event::Access { user: id.clone(), access, notes })
        }));
        events.extend(self.touched.profiles.list.iter().filter_map(|id| {
            let profile = self.people.get(id)?.profile.clone();
            Some(Event::Profile { user: id.clone(), profile })
        }));
        events.extend(self.touched.credentials.list.iter().filter_map(|id| {
            let credentials = self.credentials.get(id)?.clone();
            Some(Event::Credentials { user: id.clone(), credentials })
        }));
        events.extend(self.touched.caseloads.list.iter().filter_map(|&user| {
            let entries = world.user(user)?.caseload().to_vec();
            Some(Event::Caseload { user, entries })
        }));
        events.extend(self.requests.into_iter().map(|request| Event::Request(Box::new(request))));
        Decided {
            events,
            effects: self.effects,
            messages: self.messages,
            used_handles: self.used_handles,
            erases: self.erases,
        }
    }
}
