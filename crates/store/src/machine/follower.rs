//! The follower's steps: reading on where the log has gone on, loading anew where it does not chain.

use std::sync::Arc;

use bailiwick_identity::RealmId;

use super::{Action, LOG_PAGE, Machine, Outcome, Phase, Standing, Trouble, replay, standing};
use crate::log::{Head, StoredChange};

impl Machine {
    pub(super) fn on_heads(&mut self, outcome: Outcome) {
        let Outcome::Heads(heads) = outcome else { return };
        let known: Vec<RealmId> = self.states.keys().cloned().collect();
        for realm in known.iter().filter(|realm| !heads.iter().any(|head| head.realm == **realm)) {
            tracing::warn!(%realm, "a realm is no longer in the database");
            self.take_down(realm);
        }
        for head in heads {
            let realm = head.realm.clone();
            match self.states.get(&realm) {
                None if self.unloadable.contains(&realm) => {}
                None => {
                    self.unloaded.insert(realm);
                }
                Some(state) => match standing(state, Some((head.revision, head.hash))) {
                    Standing::Level => {}
                    Standing::Behind => {
                        self.behind.insert(realm, head);
                    }
                    Standing::Diverged => self.start_over(&realm),
                },
            }
        }
    }

    pub(super) fn follow_on(&mut self, realm: RealmId, head: Head) {
        let Some(state) = self.states.get(&realm) else { return self.choose() };
        let action = Action::ReadLog { realm: realm.clone(), after: state.revision, limit: LOG_PAGE };
        self.go(Phase::Following(realm, head), action);
    }

    pub(super) fn on_following(&mut self, realm: RealmId, head: Head, outcome: Outcome) {
        match outcome.log() {
            Ok(changes) => {
                let moved = self.follow(&realm, &changes);
                let there = self.states.get(&realm).is_some_and(|state| state.revision >= head.revision);
                match (there, moved) {
                    (true, _) => {}
                    (false, true) => {
                        self.behind.insert(realm, head);
                    }
                    (false, false) => self.start_over(&realm),
                }
            }
            Err(Trouble::Damaged(_)) => self.start_over(&realm),
            // The heads are read again with the next tick; until then nobody knows what is behind.
            Err(Trouble::Unanswered) => self.catching_up = false,
        }
    }

    pub(super) fn on_loading(&mut self, realm: RealmId, outcome: Outcome) {
        match outcome.loaded() {
            Ok(Some(state)) => self.publish(state),
            Ok(None) => {}
            Err(trouble) => {
                if let Trouble::Damaged(damage) = trouble {
                    tracing::error!(%realm, %damage, "a realm cannot be loaded");
                }
                self.unloadable.insert(realm);
            }
        }
    }

    /// Takes changes in and publishes the state after them. Says whether it came any further.
    pub(super) fn follow(&mut self, realm: &RealmId, changes: &[StoredChange]) -> bool {
        let state = self.states.get(realm).map(Arc::clone);
        match replay::follow_all(realm, state.as_deref(), changes) {
            Ok(Some(state)) => {
                self.publish(Arc::new(state));
                true
            }
            Ok(None) => false,
            Err(damage) => {
                tracing::error!(%realm, %damage, "the log cannot be followed");
                false
            }
        }
    }

    /// The log is not the one that was followed: the realm is taken down and loaded anew.
    fn start_over(&mut self, realm: &RealmId) {
        tracing::warn!(%realm, "the log is not the one that was followed; the realm is loaded anew");
        self.take_down(realm);
        self.unloaded.insert(realm.clone());
    }
}
