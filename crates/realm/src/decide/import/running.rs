//! What the rows of a part leave to those after them: the state, what tables would say of people, and the events.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Instant, UserId};
use bailiwick_membership::UserIx;

use super::super::{Decided, Judged, decide};
use crate::command::Command;
use crate::event::{Effect, Event};
use crate::facts::{Facts, lookups};
use crate::state::State;

/// A part, as far as it has been worked through.
pub(super) struct Running {
    pub(super) state: State,
    pub(super) facts: Facts,
    pub(super) now: Instant,
    pub(super) effects: Vec<Effect>,
    /// Whom a row has made or changed.
    pub(super) touched: BTreeSet<UserId>,
    events: Vec<Event>,
}

impl Running {
    pub(super) fn new(state: &State, facts: &Facts, now: Instant) -> Self {
        let (effects, touched, events) = (Vec::new(), BTreeSet::new(), Vec::new());
        Self { state: state.clone(), facts: facts.clone(), now, effects, touched, events }
    }

    /// Judges one command on what there is by now, with the facts that it alone would have been given. Nothing of it is
    /// true yet.
    pub(super) fn judge(&self, command: &Command) -> Judged<Decided> {
        let facts = self.facts.of(&lookups(command, Some(&self.state.world)));
        decide(&self.state, &facts, command, self.now)
    }

    /// Takes in what a command that was judged makes true.
    pub(super) fn keep(&mut self, decided: Decided) {
        // Handles are proofs made of rows, and are not kept; nobody is erased by a list, and nothing is mailed: there is no
        // secret for that.
        let Decided { events, effects, used_handles: _, erases: _, messages: _ } = decided;
        for event in &events {
            self.state.apply(event);
            self.facts.absorb(event, self.state.revision.next());
            if let Event::Profile { user, .. } | Event::Access { user, .. } = event {
                self.touched.insert(user.clone());
            }
        }
        self.events.extend(events);
        self.effects.extend(effects);
    }

    /// The part as one command: of each entity its last state, where it first came.
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
            used_handles: Vec::new(),
            erases: None,
            messages: Vec::new(),
        }
    }
}

/// An entity of a user.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Entity {
    Access(UserId),
    Profile(UserId),
    Caseload(UserIx),
    Credentials(UserId),
}

/// Which entity an event is the state of. Changes of users touch nothing else.
fn entity(event: &Event) -> Option<Entity> {
    match event {
        Event::Access { user, .. } => Some(Entity::Access(user.clone())),
        Event::Profile { user, .. } => Some(Entity::Profile(user.clone())),
        Event::Caseload { user, .. } => Some(Entity::Caseload(*user)),
        Event::Credentials { user, .. } => Some(Entity::Credentials(user.clone())),
        Event::Realm { .. } | Event::Scheme(_) | Event::Unit(_) | Event::Placements { .. } => None,
    }
}
