//! What handlers share: the store, and the ways to a realm's state.
//!
//! Nobody gets a state without a caller who may enter its realm.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_identity::Instant;
use bailiwick_policy::manage::Actor;
use bailiwick_proto::parse::{self, Collection, Violations};
use bailiwick_proto::v1::{self, freshness::Requirement};
use bailiwick_realm::{Refusal, State};
use bailiwick_store::Store;

use crate::caller::Caller;
use crate::clock;
use crate::fault::Fault;
use crate::page::PageKey;
use crate::reader::Reader;
use crate::token::{Token, beginning};
use crate::{random, status};

/// How often a state that should come is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// How often it is looked for at most, before the caller is told to try again.
const LOOKS: usize = 250;

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Backend {
    pub(crate) store: Store,
    pub(crate) pages: PageKey,
    max_staleness: Duration,
}

impl Backend {
    pub(crate) fn new(store: Store, max_staleness: Duration) -> Result<Self, Fault> {
        // Asked here, so that a machine without random bytes fails at the start.
        random::bytes::<1>()?;
        let pages = PageKey::new(&store.page_key());
        Ok(Self { store, pages, max_staleness })
    }

    /// The newest state of a realm. One that may be older than its bound answers nothing.
    pub(crate) fn newest(&self, caller: &Caller, realm: &str) -> Result<Arc<State>, Fault> {
        let id = realm_id(realm)?;
        tracing::Span::current().record("realm", id);
        caller.enter(id)?;
        if self.store.staleness() > self.max_staleness {
            return Err(Fault::Unavailable);
        }
        self.store.state(id).ok_or_else(|| caller.unknown_realm())
    }

    /// A state of a realm that is as fresh as asked.
    pub(crate) async fn fresh(
        &self,
        caller: &Caller,
        realm: &str,
        freshness: Option<&v1::Freshness>,
    ) -> Result<Arc<State>, Fault> {
        let state = self.newest(caller, realm)?;
        let Some(requirement) = freshness.and_then(|freshness| freshness.requirement.as_ref()) else {
            return Ok(state);
        };
        match requirement {
            Requirement::MinimizeLatency(true) => Ok(state),
            Requirement::AtLeastAsFresh(token) => self.at_least(state, token).await,
            Requirement::FullyConsistent(true) => {
                let head = self.store.head(&state.realm).await?.ok_or_else(|| caller.unknown_realm())?;
                self.reach(state, head.0).await
            }
            Requirement::MinimizeLatency(false) => {
                Err(Fault::field("freshness.minimize_latency", "must be true or absent"))
            }
            Requirement::FullyConsistent(false) => {
                Err(Fault::field("freshness.fully_consistent", "must be true or absent"))
            }
            Requirement::AtRevision(_) => Err(live_only("freshness.at_revision")),
            Requirement::AtTime(_) => Err(live_only("freshness.at_time")),
        }
    }

    /// The token of a state.
    pub(crate) fn token(&self, state: &State) -> Vec<u8> {
        Token::of(self.store.epoch(), state.revision, &state.hash).encode()
    }

    /// The one who reads: an operator, or an actor who exists and is active.
    pub(crate) fn reader(&self, caller: &Caller, state: Arc<State>, actor: &str) -> Result<Reader, Fault> {
        let actor = parse::actor(actor)?;
        caller.may_act(actor.as_ref())?;
        let now = state.live_instant(clock::now());
        let Some(actor) = actor else { return Ok(Reader::operator(state, now)) };
        let found = Actor::find(&state.world, &state.scheme, actor.as_str(), now).map(|actor| actor.ix());
        match found {
            Ok(ix) => Ok(Reader::actor(state, now, ix, actor)),
            Err(reason) => Err(status::actor_refusal(reason).into()),
        }
    }

    /// A state that includes what a token stands for, of the same history.
    async fn at_least(&self, state: Arc<State>, token: &[u8]) -> Result<Arc<State>, Fault> {
        let field = "freshness.at_least_as_fresh";
        let token = Token::decode(token).ok_or_else(|| Fault::field(field, "is no token of this service"))?;
        if token.epoch != self.store.epoch() {
            return Err(Fault::HistoryChanged);
        }
        let state = self.reach(state, token.revision.0).await?;
        let hash = if token.revision == state.revision {
            Some(state.hash)
        } else {
            self.store.hash_at(&state.realm, token.revision).await?
        };
        match hash {
            Some(hash) if beginning(&hash) == token.hash => Ok(state),
            Some(_) | None => Err(Fault::HistoryChanged),
        }
    }

    /// A state of at least a revision; where it does not come soon, the caller is told to try again.
    async fn reach(&self, mut state: Arc<State>, revision: u64) -> Result<Arc<State>, Fault> {
        let mut looks = 0;
        while state.revision.0 < revision {
            if looks == 0 {
                let head = self.store.head(&state.realm).await?;
                if head.is_none_or(|head| head.0 < revision) {
                    return Err(Fault::Unreachable("the revision asked for is not there yet"));
                }
            }
            if looks == LOOKS {
                return Err(Fault::Unreachable("this server has not reached the revision asked for"));
            }
            looks += 1;
            tokio::time::sleep(LOOK_EVERY).await;
            state = self.store.state(state.realm.as_str()).ok_or(Fault::Unavailable)?;
        }
        Ok(state)
    }
}

/// The id in a realm's name.
pub(crate) fn realm_id(realm: &str) -> Result<&str, Fault> {
    parse::named(Collection::Realms, realm)
        .map_err(|fault| Fault::Invalid(Violations::one("realm", fault.to_string())))
}

/// The instant at which a live question is answered.
pub(crate) fn live(state: &State) -> Instant {
    state.live_instant(clock::now())
}

/// What is answered where a thing is not there or not seen.
pub(crate) fn not_found(reason: bailiwick_policy::Reason) -> Fault {
    Refusal::new(bailiwick_realm::Refused::NotFound, reason).into()
}

fn live_only(field: &str) -> Fault {
    Fault::field(field, "this version answers live questions only")
}

#[cfg(test)]
mod tests {
    use bailiwick_store::StoreOptions;

    use super::*;

    /// A state that may be older than its bound neither allows nor denies.
    #[tokio::test(flavor = "multi_thread")]
    async fn what_may_be_too_old_answers_nothing() {
        let store = Store::open(StoreOptions { path: None, queue: 1 }).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        let bound = |bound| Backend::new(store.clone(), bound).unwrap();
        let ask = |backend: Backend| backend.newest(&Caller::local_operator(), "realms/r").err();
        assert!(matches!(ask(bound(Duration::ZERO)), Some(Fault::Unavailable)));
        assert!(matches!(ask(bound(Duration::from_secs(60))), Some(Fault::UnknownRealm)));
    }
}
