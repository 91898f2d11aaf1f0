//! What several commands that are one leave to those after them: the state, what tables would say, and the events.
//!
//! The rows of a list are such commands, requests that are submitted together, and what a review ends.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Instant, RequestId, ReviewId, UserId};
use bailiwick_membership::UserIx;

use super::{Decided, Judged, decide};
use crate::command::Command;
use crate::event::{Effect, Event, Message};
use crate::facts::{Facts, lookups};
use crate::state::State;

/// Several commands as one, as far as they have been worked through.
pub(super) struct Running {
    pub(super) state: State,
    pub(super) facts: Facts,
    pub(super) now: Instant,
    pub(super) effects: Vec<Effect>,
    /// Whom a row has made or changed.
    pub(super) touched: BTreeSet<UserId>,
    events: Vec<Event>,
    messages: Vec<Message>,
    used_handles: Vec<([u8; 16], Instant)>,
}

impl Running {
    pub(super) fn new(state: &State, facts: &Facts, now: Instant) -> Self {
        Self {
            state: state.clone(),
            facts: facts.clone(),
            now,
            effects: Vec::new(),
            touched: BTreeSet::new(),
            events: Vec::new(),
            messages: Vec::new(),
            used_handles: Vec::new(),
        }
    }

    /// Judges one command on what there is by now, with the facts that it alone would have been given. Nothing of it is
    /// true yet.
    pub(super) fn judge(&self, command: &Command) -> Judged<Decided> {
        let facts = self.facts.of(&lookups(command, Some(&self.state.world)));
        decide(&self.state, &facts, command, self.now)
    }

    /// How many are to be told of something so far.
    pub(super) fn messages(&self) -> usize {
        self.messages.len()
    }

    /// Takes in what a command that was judged makes true.
    pub(super) fn keep(&mut self, decided: Decided) {
        // Nobody is erased by what goes on.
        let Decided { events, effects, used_handles, erases: _, messages } = decided;
        for event in &events {
            self.state.apply(event);
            self.facts.absorb(event, self.state.revision.next());
            if let Event::Profile { user, .. } | Event::Access { user, .. } = event {
                self.touched.insert(user.clone());
            }
        }
        self.events.extend(events);
        self.effects.extend(effects);
        self.messages.extend(messages);
        self.used_handles.extend(used_handles);
    }

    /// All of it as one command: of each entity its last state, where it first came.
    pub(super) fn finish(self) -> Decided {
        let mut newest: Vec<Event> = Vec::with_capacity(self.events.len());
        let mut places: BTreeMap<Entity, usize> = BTreeMap::new();
        for event in self.events {
            let Some(entity) = entity(&event) else {
                newest.push(event);
                continue;
            };
            let place = *places.entry(entity).or_insert(newest.len());
            match newest.get_mut(place) {
                Some(older) => *older = event,
                None => newest.push(event),
            }
        }
        Decided {
            events: newest,
            effects: self.effects,
            used_handles: self.used_handles,
            erases: None,
            messages: self.messages,
        }
    }
}

/// An entity of a user, a request or a review.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Entity {
    Request(RequestId),
    Review(ReviewId),
    Access(UserId),
    Profile(UserId),
    Caseload(UserIx),
    Credentials(UserId),
}

/// Which entity an event is the state of. Changes of users, requests and reviews touch nothing else.
fn entity(event: &Event) -> Option<Entity> {
    match event {
        Event::Access { user, .. } => Some(Entity::Access(user.clone())),
        Event::Profile { user, .. } => Some(Entity::Profile(user.clone())),
        Event::Caseload { user, .. } => Some(Entity::Caseload(*user)),
        Event::Credentials { user, .. } => Some(Entity::Credentials(user.clone())),
        Event::Request(request) => Some(Entity::Request(request.id.clone())),
        Event::Review(review) => Some(Entity::Review(review.id.clone())),
        Event::Realm { .. } | Event::Scheme(_) | Event::Unit(_) | Event::Placements { .. } => None,
    }
}
