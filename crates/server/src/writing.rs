//! Commands: from what was read to what is answered.

use std::sync::Arc;

use bailiwick_identity::UserId;
use bailiwick_proto::parse::{Mode, Paths, Write};
use bailiwick_proto::{render, v1};
use bailiwick_realm::{Actor, Body, Command, Decided, Effect, Event, Revision, State, touched};
use bailiwick_store::{Committed, Previewed, RequestId, SubmitError};
use prost::Message;
use sha2::{Digest, Sha256};

use crate::backend::{Backend, live};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::preview::{self, About};
use crate::reader::Reader;
use crate::token::Token;

/// What a command made true, or would.
pub(crate) struct Outcome {
    /// The state that it led to, or would; for a repeated request, the newest.
    pub(crate) reader: Reader,
    /// What it made true.
    pub(crate) events: Vec<Event>,
    /// What else happened.
    effects: Vec<Effect>,
    /// Its number, unless nothing was written.
    pub(crate) revision: Option<Revision>,
    token: Vec<u8>,
    /// What it would change for whom, where that was asked for.
    preview: Option<v1::Preview>,
}

/// What every reply to a command has.
pub(crate) struct Receipt {
    pub(crate) revision: u64,
    pub(crate) token: Vec<u8>,
    pub(crate) effects: Vec<v1::Effect>,
    pub(crate) preview: Option<v1::Preview>,
}

/// The digest of a request, by which a repetition is known.
pub(crate) fn digest(method: &str, request: &impl Message) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(method.as_bytes());
    hash.update([0]);
    hash.update(request.encode_to_vec());
    hash.finalize().into()
}

impl Backend {
    /// Carries a command out, or says what it would do.
    pub(crate) async fn write(
        &self,
        caller: &Caller,
        write: Write,
        body: [u8; 32],
    ) -> Result<Outcome, Fault> {
        let Write { realm, actor, request_id, mode, reason, may_remove_last_manager, expects, body: what } =
            write;
        tracing::Span::current().record("realm", realm.as_str());
        caller.enter(realm.as_str())?;
        caller.may_act(realm.as_str(), actor.as_ref())?;
        let before = match (&what, self.store.state(realm.as_str())) {
            (_, Some(state)) => state,
            (Body::CreateRealm { title: _, scheme }, None) => {
                Arc::new(State::unborn(realm.clone(), Arc::clone(scheme)))
            }
            (_, None) if self.store.knows(realm.as_str()) => return Err(Fault::Unavailable),
            (_, None) => return Err(caller.unknown_realm()),
        };
        let paths = Paths::of(&what);
        let spares = self.sealer.spares(&before, &what)?;
        let command = Command {
            actor: actor.clone().map_or(Actor::Operator, Actor::User),
            caller: caller.id().into_owned(),
            reason,
            may_remove_last_manager,
            expects,
            spares,
            body: what,
        };
        let told = |error: SubmitError| match error {
            SubmitError::UnknownRealm => caller.unknown_realm(),
            error @ (SubmitError::Refused(_)
            | SubmitError::RealmExists
            | SubmitError::RequestIdReused
            | SubmitError::Overloaded
            | SubmitError::Unavailable
            | SubmitError::Unknown) => Fault::from(error).within(&paths),
        };
        match mode {
            Mode::ValidateOnly | Mode::Preview => {
                let about = About::of(&command.body).filter(|_| mode == Mode::Preview);
                let previewed = self.store.preview(&realm, &command).await.map_err(told)?;
                self.previewed(caller, actor, previewed, about).await
            }
            Mode::Commit => {
                let request = request_id.map(|id| RequestId { id, body });
                let committed = self.store.submit(realm, command, request).await.map_err(told)?;
                Ok(self.committed(actor, committed))
            }
        }
    }

    /// Whether an actor's command was accepted before, under the caller's own id of it: then it is answered from the log.
    pub(crate) async fn is_repeated(
        &self,
        caller: &Caller,
        write: &Write,
        body: [u8; 32],
    ) -> Result<bool, Fault> {
        let (Some(actor), Some(id), Mode::Commit) = (&write.actor, write.request_id.clone(), write.mode)
        else {
            return Ok(false);
        };
        caller.enter(write.realm.as_str())?;
        caller.may_act(write.realm.as_str(), Some(actor))?;
        let request = RequestId { id, body };
        Ok(self.store.remembers(&write.realm, &caller.id(), Some(actor), request).await?)
    }

    async fn previewed(
        &self,
        caller: &Caller,
        actor: Option<UserId>,
        previewed: Previewed,
        about: Option<About>,
    ) -> Result<Outcome, Fault> {
        let Previewed { before, now, decided } = previewed;
        let Decided { events, effects, messages: _, used_handles: _, erases: _ } = decided;
        let mut after = before.clone();
        for event in &events {
            after.apply(event);
        }
        let touched = touched(&before, &after, &events);
        let before = reader(actor.clone(), Arc::new(before)).at(now);
        let reader = reader(actor, Arc::new(after));
        let preview = match about {
            Some(about) => {
                let after = reader.clone().at(now);
                Some(self.preview(caller, preview::Previewed { about, before, after, now, touched }).await?)
            }
            None => None,
        };
        Ok(Outcome { reader, events, effects, revision: None, token: Vec::new(), preview })
    }

    fn committed(&self, actor: Option<UserId>, committed: Committed) -> Outcome {
        let Committed { revision, hash, recorded_at: _, events, effects, state } = committed;
        let token = Token::of(self.store.epoch(), revision, &hash).encode();
        Outcome {
            reader: reader(actor, state),
            events,
            effects,
            revision: Some(revision),
            token,
            preview: None,
        }
    }
}

/// The one who reads the reply. An actor who is gone by then sees nothing of others.
fn reader(actor: Option<UserId>, state: Arc<State>) -> Reader {
    let now = live(&state);
    match actor {
        None => Reader::operator(state, now),
        Some(id) => {
            let nobody = bailiwick_membership::UserIx(u32::MAX);
            let ix = state.world.user_ix(id.as_str()).unwrap_or(nobody);
            Reader::actor(state, now, ix, id)
        }
    }
}

impl Outcome {
    /// What else happened.
    pub(crate) fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// What every reply to a command has.
    pub(crate) fn receipt(&self) -> Receipt {
        Receipt {
            revision: self.revision.map_or(0, |revision| revision.0),
            token: self.token.clone(),
            effects: render::effects(&self.effects, &self.reader.state, &self.reader),
            preview: self.preview.clone(),
        }
    }
}
