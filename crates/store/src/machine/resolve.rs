//! Finding out what became of a commit whose outcome nobody was told.

use super::group::Prepared;
use super::{Action, Machine, Outcome, Phase};
use crate::api::SubmitError;

/// So many ticks a commit's outcome is looked for; then whoever waits is told that it is not known.
const RESOLVE_FOR: u32 = 60;

/// How the outcome of a commit is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolving {
    next: Next,
    /// Since it is looked for.
    ticks: u32,
}

/// What comes next where an outcome is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The log is being read.
    Answer,
    /// It could not be read; it is tried again then.
    Tick,
}

impl Machine {
    /// A commit was sent, and nobody knows whether it stands.
    pub(super) fn resolve(&mut self, prepared: Prepared) {
        self.phase = Phase::Resolving(prepared, Resolving { next: Next::Answer, ticks: 0 });
        self.read_own_changes();
    }

    /// Time has passed: what could not be read is read again, but not for ever.
    pub(super) fn resolve_on(&mut self) {
        let Phase::Resolving(_, resolving) = &mut self.phase else { return };
        resolving.ticks = resolving.ticks.saturating_add(1);
        if resolving.next == Next::Answer {
            return;
        }
        if resolving.ticks > RESOLVE_FOR {
            return self.give_up();
        }
        resolving.next = Next::Answer;
        self.read_own_changes();
    }

    /// Asks for the changes that a commit of unknown outcome may have written.
    fn read_own_changes(&mut self) {
        if let Phase::Resolving(prepared, _) = &self.phase {
            let realm = prepared.batch.realm.clone();
            let limit = prepared.batch.changes.len();
            self.todo = Some(Action::ReadEnded { realm, after: prepared.base, limit });
        }
    }

    pub(super) fn on_resolving(&mut self, prepared: Prepared, resolving: Resolving, outcome: Outcome) {
        match outcome.log() {
            Ok(changes) => self.settle(prepared, &changes),
            Err(_) => {
                self.phase = Phase::Resolving(prepared, Resolving { next: Next::Tick, ..resolving });
            }
        }
    }

    /// Nobody finds out whether the group was written.
    fn leave_unknown(&mut self, prepared: Prepared) {
        for (ticket, answer) in prepared.answers {
            let answer = match answer {
                Ok(_) => SubmitError::Unknown,
                // What was refused was refused on what the group left; it was not written, in any case.
                Err(_) => SubmitError::Unavailable,
            };
            self.answers.push((ticket, Err(answer)));
        }
    }

    /// What became of a commit is no longer looked for, if it is just not being read.
    pub(crate) fn give_up(&mut self) {
        if matches!(&self.phase, Phase::Resolving(_, resolving) if resolving.next == Next::Tick) {
            self.abandon();
        }
    }

    /// What came of the action under way will never be reported, and all that stands open is answered without it.
    pub(crate) fn abandon(&mut self) {
        self.todo = None;
        // Whatever became of it, the next lock waits until it is over, and follows the log from there.
        self.poll_due = true;
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Locking(group) => self.fail(group),
            Phase::CatchingUp(turn, _) | Phase::Reloading(turn) | Phase::ReadingFacts(turn) => {
                self.fail(turn.group);
            }
            Phase::Writing(prepared) | Phase::Resolving(prepared, _) => self.leave_unknown(prepared),
            Phase::RollingBack(prepared) => self.answers.extend(prepared.answers),
            Phase::Idle | Phase::Polling | Phase::Following(..) | Phase::Loading(_) | Phase::Probing => {}
        }
    }
}
