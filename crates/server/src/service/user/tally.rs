//! Of how many people an actor may be told. Set aside before anything is looked at, so that nobody is told of more
//! by asking several times at once, and settled by what was told.

use std::sync::Arc;

use bailiwick_identity::UserId;
use bailiwick_realm::State;
use bailiwick_store::{Hour, Questions};

use super::import::imported;
use crate::backend::Backend;
use crate::fault::Fault;
use crate::writing::Outcome;

/// What is set aside of an actor's questions in the hour in which that was done. Whoever has one settles it; one that is
/// lost has all been told.
pub(in crate::service) struct Tally {
    state: Arc<State>,
    actor: UserId,
    reserved: u32,
    hour: Hour,
}

impl Tally {
    /// Sets aside as many questions as there are people, or what the scheme leaves of them in this hour.
    ///
    /// # Errors
    /// When fewer are left than the least that is worth a beginning.
    pub(in crate::service) async fn set_aside(
        backend: &Backend,
        state: &Arc<State>,
        actor: &UserId,
        people: usize,
        least: usize,
    ) -> Result<Self, Fault> {
        let people = u32::try_from(people).unwrap_or(u32::MAX);
        let most = u64::from(state.scheme.matching().per_hour);
        let counted = backend.store.count_questions(&state.realm, actor, Questions::Asked(people)).await?;
        let over = u32::try_from(counted.asked.saturating_sub(most)).unwrap_or(u32::MAX).min(people);
        let state = Arc::clone(state);
        let tally = Self { state, actor: actor.clone(), reserved: people - over, hour: counted.hour };
        if (tally.reserved as usize) < least {
            tally.take_back(backend, people).await;
            return Err(Fault::MatchLimit);
        }
        tally.take_back(backend, over).await;
        Ok(tally)
    }

    /// Of how many rows the actor may be told.
    pub(super) fn may_tell(&self) -> u32 {
        self.reserved
    }

    /// Takes back what was set aside and not told. Rows that could not be read tell nothing, though they are refused.
    pub(super) async fn settle(self, backend: &Backend, outcome: &Result<Outcome, Fault>, unreadable: usize) {
        let told = match outcome {
            // A dry run tells of every row.
            Ok(outcome) if outcome.revision.is_none() => self.reserved,
            Ok(outcome) => {
                let told = imported(outcome).iter().filter(|row| row.tells()).count();
                u32::try_from(told.saturating_sub(unreadable)).unwrap_or(u32::MAX)
            }
            // It never came to looking, or is refused as a whole, which tells of nobody.
            Err(Fault::Refused(..) | Fault::Overloaded | Fault::Unavailable) => 0,
            // It may have been carried out, and answers when it is sent again.
            Err(_) => self.reserved,
        };
        self.take_back(backend, self.reserved.saturating_sub(told)).await;
    }

    /// What cannot be taken back stays counted: the hour ends some time.
    async fn take_back(&self, backend: &Backend, questions: u32) {
        if questions == 0 {
            return;
        }
        let back = Questions::TakenBack(questions, self.hour);
        if backend.store.count_questions(&self.state.realm, &self.actor, back).await.is_err() {
            tracing::warn!(actor = %self.actor, questions, "questions that were not asked stay counted");
        }
    }
}
