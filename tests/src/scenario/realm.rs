//! A realm in memory: its state, and what tables would know of its people.

use std::sync::Arc;

use bailiwick_identity::{Instant, RealmId};
use bailiwick_membership::{RoleIx, UnitIx};
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{Actor, Body, Command, Effect, Refusal, Spares, State, decide, lookups};

use super::command::Given;
use super::people::People;

/// A realm that takes commands as the writer would.
#[derive(Debug, Clone)]
pub(crate) struct Realm {
    pub(crate) state: State,
    pub(crate) people: People,
}

/// Why a command of a scenario did not go through.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The scenario cannot be read.
    Unreadable(String),
    /// The command was refused.
    Refused(Refusal),
}

impl Realm {
    /// A realm just created, under a scheme.
    pub(crate) fn create(scheme: Arc<Scheme>, now: Instant) -> Result<Self, String> {
        let id = RealmId::parse("scenario").map_err(|fault| fault.to_string())?;
        let state = State::unborn(id, Arc::clone(&scheme));
        let mut realm = Self { state, people: People::default() };
        let body = Body::CreateRealm { title: "Scenario".to_owned(), scheme };
        realm.operate(body, now).map_err(|refusal| format!("the realm is not created: {refusal}"))?;
        Ok(realm)
    }

    /// A unit's id.
    pub(crate) fn unit(&self, unit: UnitIx) -> String {
        self.state.world.unit_id(unit).map(ToString::to_string).unwrap_or_default()
    }

    /// A role's name.
    pub(crate) fn role(&self, role: RoleIx) -> String {
        self.state.scheme.role(role).map(|role| role.name.clone()).unwrap_or_default()
    }

    /// Gives a command of an operator's own.
    pub(crate) fn operate(&mut self, body: Body, now: Instant) -> Result<(), Refusal> {
        let command = Command {
            actor: Actor::Operator,
            caller: "scenario".to_owned(),
            reason: Some("a scenario".to_owned()),
            may_remove_last_manager: true,
            expects: None,
            spares: Spares::default(),
            body,
        };
        self.decide(&command, now).map(drop)
    }

    /// Gives a command; an accepted one is applied.
    pub(crate) fn give(&mut self, given: &Given, now: Instant) -> Result<Vec<Effect>, Failed> {
        let command = given.command(&self.state, &self.people, now).map_err(Failed::Unreadable)?;
        self.decide(&command, now).map_err(Failed::Refused)
    }

    /// Gives a command as it is; an accepted one is applied.
    pub(crate) fn decide(&mut self, command: &Command, now: Instant) -> Result<Vec<Effect>, Refusal> {
        let now = now.max(self.state.recorded_at.next());
        let facts = self.people.read(&lookups(command, Some(&self.state.world)));
        let decided = decide(&self.state, &facts, command, now)?;
        self.state.revision = self.state.revision.next();
        self.state.recorded_at = now;
        for event in &decided.events {
            self.state.apply(event);
            self.people.record(event, self.state.revision);
        }
        Ok(decided.effects)
    }
}
