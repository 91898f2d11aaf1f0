//! To whom a list is told: to the caller, all of it; or to an actor, what the actor sees, by way of what the actor sees.

use std::sync::Arc;

use bailiwick_identity::Instant;
use bailiwick_membership::UserIx;
use bailiwick_policy::list::{
    Candidates, Following, ResourceIx, ResourcesOf, SubjectShown, check_shown, resources, resources_shown,
    subject_shown, subjects, subjects_shown,
};
use bailiwick_policy::scheme::CapIx;
use bailiwick_policy::{Answer, Onlooker, Question, Target, check};
use bailiwick_realm::State;

use crate::backend::{Backend, live};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::reader::Reader;

/// To whom something is told that one state answers.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) state: Arc<State>,
    pub(super) now: Instant,
    /// Unset: the caller.
    actor: Option<Reader>,
}

/// A subject, as they are shown.
pub(super) struct Subject {
    /// In which they hold what is seen of them; unset where nothing is told of them.
    state: Option<Arc<State>>,
    /// Whether less is seen than decides.
    pub(super) in_part: bool,
}

impl Told {
    /// # Errors
    /// An actor who is not there, or may not act.
    pub(super) fn to(
        backend: &Backend,
        caller: &Caller,
        state: Arc<State>,
        actor: &str,
    ) -> Result<Self, Fault> {
        let reader = (!actor.is_empty()).then(|| backend.reader(caller, Arc::clone(&state), actor));
        Ok(Self { now: live(&state), actor: reader.transpose()?, state })
    }

    /// The same, of another instant.
    pub(super) fn at(self, now: Instant) -> Self {
        Self { now, ..self }
    }

    /// A subject as they are shown where this capability is asked about. One out of sight is nobody.
    pub(super) fn subject(&self, id: &str, cap: CapIx) -> Subject {
        let whole = Subject { state: Some(Arc::clone(&self.state)), in_part: false };
        let Some(actor) = &self.actor else { return whole };
        let State { world, scheme, .. } = &*self.state;
        let found = world.user_ix(id).and_then(|ix| Some((ix, actor.sees(ix)?)));
        let Some((ix, sees)) = found else { return Subject { state: None, in_part: false } };
        let seen = sees.part();
        let in_part = seen.is_some();
        let state = match subject_shown(world, scheme, ix, cap, seen, actor) {
            SubjectShown::AsIs => Some(Arc::clone(&self.state)),
            SubjectShown::Nothing => None,
            SubjectShown::InPart(access) => world.user_id(ix).map(|user| {
                let mut state = State::clone(&self.state);
                state.world.put_access(&user, *access);
                Arc::new(state)
            }),
        };
        Subject { state, in_part }
    }

    /// To what a subject may do something.
    pub(super) fn resources<'t>(
        &'t self,
        subject: &'t Subject,
        wanted: &ResourcesOf<'_>,
        after: Option<ResourceIx>,
    ) -> Candidates<'t, ResourceIx> {
        let Some(State { world, scheme, .. }) = subject.state.as_deref() else {
            return Box::new(std::iter::empty());
        };
        match &self.actor {
            None => resources(world, scheme, wanted, after, self.now),
            Some(actor) => resources_shown(world, scheme, wanted, after, self.now, actor),
        }
    }

    /// What follows a page that is full: an actor is told of rows alone.
    pub(super) fn following(&self) -> Following {
        if self.actor.is_some() { Following::Row } else { Following::Anything }
    }

    /// Who may do something.
    pub(super) fn subjects(&self, question: &Question<'_>, after: Option<UserIx>) -> Candidates<'_, UserIx> {
        let State { world, scheme, .. } = &*self.state;
        match &self.actor {
            None => subjects(world, scheme, question, after, self.now),
            Some(actor) => subjects_shown(world, scheme, question, after, self.now, actor),
        }
    }

    /// Whether it is not told who may do something to a user, though the user is seen: not all that they hold is.
    pub(super) fn holds_back(&self, question: &Question<'_>) -> bool {
        let (Some(actor), Target::User(other)) = (&self.actor, question.resource) else { return false };
        let State { world, scheme, .. } = &*self.state;
        question.capability != scheme.core().user_view
            && world.user_ix(other).is_some_and(|ix| actor.sees(ix).is_some() && !actor.sees_whole(ix))
    }

    /// The answer to a question about a subject.
    pub(super) fn answer(&self, subject: &Subject, question: &Question<'_>) -> Option<Answer> {
        let State { world, scheme, .. } = subject.state.as_deref()?;
        Some(match &self.actor {
            None => check(world, scheme, question, self.now),
            Some(actor) => check_shown(world, scheme, question, self.now, actor),
        })
    }
}
