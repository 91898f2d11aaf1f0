//! The writer's steps, from the lock to the answers.

use std::collections::VecDeque;
use std::sync::Arc;

use bailiwick_realm::{Body, Command, Revision};

use super::group::{Pending, Prepared, wanted};
use super::known::FactRows;
use super::{
    Action, GROUP_CHANGES, Group, LOG_PAGE, Machine, Outcome, Phase, Standing, Trouble, Turn, standing,
};
use crate::api::SubmitError;
use crate::log::{Head, StoredChange};

impl Machine {
    /// The commands of the realm that has waited longest, in the order in which they came, as many as share a
    /// transaction.
    pub(super) fn next_group(&mut self) -> Option<Group> {
        let realm = self.waiting.front()?.realm.clone();
        let mut commands: Vec<Pending> = Vec::new();
        let mut others = VecDeque::with_capacity(self.waiting.len());
        let (mut changes, mut full) = (0, false);
        for pending in self.waiting.drain(..) {
            if pending.realm != realm || full {
                others.push_back(pending);
                continue;
            }
            changes += weight(&pending.command);
            full = commands.len() >= self.limits.group || (changes > GROUP_CHANGES && !commands.is_empty());
            if full {
                others.push_back(pending);
            } else {
                commands.push(pending);
            }
        }
        self.waiting = others;
        Some(Group { realm, commands })
    }

    pub(super) fn on_lock(&mut self, group: Group, outcome: Outcome) {
        let Outcome::Locked { head, clock } = outcome else { return self.fail(group) };
        let turn = Turn { group, clock };
        let realm = &turn.group.realm;
        match (self.states.get(realm), head) {
            (None, None) => self.read_facts(turn),
            (None, Some(_)) => self.reload(turn),
            (Some(state), head) => match standing(state, head.as_ref().map(|h| (h.revision, h.hash))) {
                Standing::Level => self.read_facts(turn),
                Standing::Behind => match head {
                    Some(head) => self.catch_up(turn, head),
                    None => self.reload(turn),
                },
                Standing::Diverged => self.reload(turn),
            },
        }
    }

    fn catch_up(&mut self, turn: Turn, head: Head) {
        let after = self.states.get(&turn.group.realm).map(|s| s.revision).unwrap_or_default();
        let realm = turn.group.realm.clone();
        self.go(Phase::CatchingUp(turn, head), Action::ReadLog { realm, after, limit: LOG_PAGE });
    }

    pub(super) fn on_catching_up(&mut self, turn: Turn, head: &Head, outcome: Outcome) {
        match outcome.log() {
            Ok(changes) => {
                let moved = self.follow(&turn.group.realm, &changes);
                let level = self.states.get(&turn.group.realm).is_some_and(|s| s.hash == head.hash);
                match (level, moved) {
                    (true, _) => self.read_facts(turn),
                    (false, true) => self.catch_up(turn, head.clone()),
                    (false, false) => self.reload(turn),
                }
            }
            Err(Trouble::Damaged(_)) => self.reload(turn),
            Err(Trouble::Unanswered) => self.fail(turn.group),
        }
    }

    /// What is known of the realm does not hold: it is taken down and loaded anew.
    fn reload(&mut self, turn: Turn) {
        self.take_down(&turn.group.realm);
        let realm = turn.group.realm.clone();
        self.go(Phase::Reloading(turn), Action::Load(realm));
    }

    pub(super) fn on_reloading(&mut self, turn: Turn, outcome: Outcome) {
        match outcome.loaded() {
            Ok(state) => {
                if let Some(state) = state {
                    self.publish(state);
                }
                self.read_facts(turn);
            }
            Err(trouble) => {
                let realm = turn.group.realm.clone();
                match trouble {
                    Trouble::Damaged(damage) => {
                        tracing::error!(%realm, %damage, "a realm cannot be loaded");
                        self.unloadable.insert(realm);
                    }
                    Trouble::Unanswered => {
                        self.unloaded.insert(realm);
                    }
                }
                self.fail(turn.group);
            }
        }
    }

    fn read_facts(&mut self, turn: Turn) {
        let (lookups, requests) =
            wanted(&turn.group.commands, self.states.get(&turn.group.realm).map(|s| &**s));
        if lookups == bailiwick_realm::Lookups::default() && requests.is_empty() {
            return self.decide(turn, FactRows::default());
        }
        let realm = turn.group.realm.clone();
        let now = turn.clock;
        let wanted = Box::new(lookups);
        self.go(Phase::ReadingFacts(turn), Action::ReadFacts { realm, wanted, requests, now });
    }

    pub(super) fn on_facts(&mut self, turn: Turn, outcome: Outcome) {
        match outcome.facts() {
            Ok(rows) => self.decide(turn, rows),
            Err(trouble) => {
                if let Trouble::Damaged(damage) = trouble {
                    tracing::error!(realm = %turn.group.realm, %damage, "facts cannot be read");
                }
                self.fail(turn.group);
            }
        }
    }

    fn decide(&mut self, turn: Turn, rows: FactRows) {
        let Turn { group: Group { realm, commands }, clock } = turn;
        let tickets: Vec<u64> = commands.iter().map(|pending| pending.ticket).collect();
        let state = self.states.get(&realm).cloned();
        match self.judge.group(realm, state, commands, rows, clock) {
            Ok(prepared) if prepared.batch.changes.is_empty() => {
                self.go(Phase::RollingBack(prepared), Action::Rollback);
            }
            Ok(prepared) => {
                let batch = Arc::clone(&prepared.batch);
                self.go(Phase::Writing(prepared), Action::Write(batch));
            }
            Err(damage) => {
                tracing::error!(%damage, "a group of commands could not be decided");
                let unavailable = |ticket| (ticket, Err(SubmitError::Unavailable));
                self.answers.extend(tickets.into_iter().map(unavailable));
                self.go(Phase::Probing, Action::Rollback);
            }
        }
    }

    pub(super) fn on_write(&mut self, prepared: Prepared, outcome: Outcome) {
        self.writable = matches!(outcome, Outcome::Committed);
        if matches!(outcome, Outcome::Unknown) {
            self.resolve(prepared);
        } else if self.writable {
            let written = Arc::clone(&prepared.batch);
            self.settle(prepared, &written.changes);
        } else {
            self.settle(prepared, &[]);
        }
    }

    /// Nothing was to be written: refusals and repeated answers stand whatever becomes of the transaction.
    pub(super) fn on_rollback(&mut self, prepared: Prepared, outcome: &Outcome) {
        self.writable = matches!(outcome, Outcome::Done);
        self.answers.extend(prepared.answers);
    }

    /// Answers each command by whether its change is among those found in the log.
    pub(super) fn settle(&mut self, prepared: Prepared, found: &[StoredChange]) {
        let Prepared { state, base, answers, batch } = prepared;
        let is_there = |revision: Revision| {
            let of =
                |changes: &[StoredChange]| changes.iter().find(|c| c.revision == revision).map(|c| c.hash);
            of(found).is_some_and(|hash| of(&batch.changes) == Some(hash))
        };
        let whole = batch.changes.iter().all(|change| is_there(change.revision));
        for (ticket, answer) in answers {
            let answer = match answer {
                // A repeated one shows the state that the group left: without the group, it is asked for again.
                Ok(committed) if whole && committed.revision <= base => Ok(committed),
                Ok(committed) if is_there(committed.revision) => Ok(committed),
                Ok(_) => Err(SubmitError::Unavailable),
                // What was refused was refused on what the group left: without that, nothing is said.
                Err(_) if !whole => Err(SubmitError::Unavailable),
                Err(refused) => Err(refused),
            };
            self.answers.push((ticket, answer));
        }
        match state {
            Some(state) if whole => self.publish(state),
            Some(_) | None => self.poll_due = true,
        }
    }

    /// The database does not answer: nothing was written, and nobody in the group gets anything else.
    pub(super) fn fail(&mut self, group: Group) {
        self.writable = false;
        for pending in group.commands {
            self.answers.push((pending.ticket, Err(SubmitError::Unavailable)));
        }
    }
}

/// How many changes a command holds.
fn weight(command: &Command) -> usize {
    match &command.body {
        Body::Load(items) => items.len(),
        Body::ImportUsers(list) => list.rows.len(),
        Body::ManageUser(manage) => manage.changes.len(),
        Body::UpdateCaseload { changes, .. } => changes.len(),
        Body::Request(what) => what.changes(),
        Body::Review(what) => what.changes(),
        Body::CreateRealm { .. }
        | Body::EraseUser(_)
        | Body::IssueSecret(_)
        | Body::RedeemSecret(_)
        | Body::SetStatus(_)
        | Body::PutScheme(_)
        | Body::CreateUnit(_)
        | Body::UpdateUnit { .. }
        | Body::MoveUnit { .. }
        | Body::ArchiveUnit(_)
        | Body::RestoreUnit(_)
        | Body::PlaceCustomer { .. }
        | Body::DismissCustomer { .. }
        | Body::RemovePlacement { .. } => 1,
    }
}
