//! What handlers share: the store, and the ways to a realm's state.
//!
//! Nobody gets a state without a caller who may enter its realm.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_identity::{Instant, RealmId};
use bailiwick_policy::manage::Actor;
use bailiwick_proto::parse::{self, Collection, PhoneCountry, Violations};
use bailiwick_proto::v1::{self, freshness::Requirement};
use bailiwick_realm::{Refusal, State};
use bailiwick_store::{Store, UserRow};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::caller::Caller;
use crate::clock;
use crate::fault::Fault;
use crate::handle::HandleKey;
use crate::page::PageKey;
use crate::password::Hasher;
use crate::reader::Reader;
use crate::sealing::{Sealer, SealingKeys};
use crate::token::{Token, beginning};
use crate::{random, status};

/// How many look through a whole realm at once.
const LOOKING: usize = 2;
/// So many users, customers or units are looked at in less time than handing them to another thread is worth.
const QUICKLY_LOOKED_AT: usize = 2_000;
/// How many large previews are made at once, and how many may wait.
const PREVIEWING: usize = 1;
const WAITING_TO_PREVIEW: usize = 4;
/// How many deliver what is to be mailed at once.
const WATCHING: usize = 16;
/// How many are sent whole lists at once.
const STREAMING: usize = 8;
/// How often a state that should come is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// How long a realm is waited for that is not there yet, or being loaded.
const TO_APPEAR: Duration = Duration::from_secs(2);
/// How much of a call's time is kept back for saying that it did not come.
const TO_ANSWER: Duration = Duration::from_millis(10);

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Backend {
    pub(crate) store: Store,
    pub(crate) pages: PageKey,
    pub(crate) handles: HandleKey,
    max_staleness: Duration,
    pub(crate) hasher: Hasher,
    pub(crate) sealer: Sealer,
    /// Places for those who deliver what is to be mailed.
    pub(crate) watching: Arc<Semaphore>,
    /// Places for those who are sent whole lists.
    pub(crate) streaming: Arc<Semaphore>,
    /// Whether the server stops: what goes on for as long as somebody listens then ends.
    pub(crate) stopping: watch::Receiver<bool>,
    /// Places for those who look through a whole realm.
    looking: Arc<Semaphore>,
    /// Places for large previews, and for those who wait for one.
    pub(crate) previewing: Arc<Semaphore>,
    pub(crate) waiting_to_preview: Arc<Semaphore>,
}

impl Backend {
    pub(crate) fn new(store: Store, max_staleness: Duration) -> Result<Self, Fault> {
        // Asked here, so that a machine without random bytes fails at the start.
        random::bytes::<1>()?;
        let pages = PageKey::new(&store.page_key());
        let handles = HandleKey::new(&store.page_key());
        Ok(Self {
            store,
            pages,
            handles,
            max_staleness,
            hasher: Hasher::new(),
            sealer: Sealer::new(&SealingKeys::default()),
            watching: Arc::new(Semaphore::new(WATCHING)),
            streaming: Arc::new(Semaphore::new(STREAMING)),
            stopping: watch::channel(false).1,
            looking: Arc::new(Semaphore::new(LOOKING)),
            previewing: Arc::new(Semaphore::new(PREVIEWING)),
            waiting_to_preview: Arc::new(Semaphore::new(WAITING_TO_PREVIEW)),
        })
    }

    /// The same, sealing what is mailed with these keys.
    pub(crate) fn sealing_with(self, keys: &SealingKeys) -> Self {
        Self { sealer: Sealer::new(keys), ..self }
    }

    /// The same, ending its streams when the server stops.
    pub(crate) fn until(self, stopping: watch::Receiver<bool>) -> Self {
        Self { stopping, ..self }
    }

    /// A place among those who look through a whole realm; it is waited for.
    pub(crate) async fn place_to_look(&self) -> Result<OwnedSemaphorePermit, Fault> {
        let place = Arc::clone(&self.looking).acquire_owned().await;
        place.map_err(|_| Fault::Internal("nobody may look"))
    }

    /// Looks for something as a reader; in a large realm not on a thread that answers questions.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        reader: &Reader,
        look: impl FnOnce(&Reader) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let reader = reader.clone();
        let state = Arc::clone(&reader.state);
        self.look_at(&state, move |_| look(&reader)).await
    }

    /// Looks for something in a state; in a large realm not on a thread that answers questions.
    pub(crate) async fn look_at<T: Send + 'static>(
        &self,
        state: &Arc<State>,
        look: impl FnOnce(&State) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        if state.world.user_count().max(state.world.customer_count()).max(state.world.unit_count())
            <= QUICKLY_LOOKED_AT
        {
            return Ok(look(state));
        }
        let (place, state) = (self.place_to_look().await?, Arc::clone(state));
        apart(place, move || look(&state)).await
    }

    /// The newest state of a realm. One that may be older than its bound answers nothing.
    pub(crate) fn newest(&self, caller: &Caller, realm: &str) -> Result<Arc<State>, Fault> {
        let id = realm_id(realm)?;
        tracing::Span::current().record("realm", id);
        caller.enter(id)?;
        if self.store.staleness() > self.max_staleness {
            return Err(Fault::Unavailable);
        }
        match self.store.state(id) {
            Some(state) => Ok(state),
            // It is there, and loaded anew: neither allowed nor denied nor unknown.
            None if self.store.knows(id) => Err(Fault::Unavailable),
            None => Err(caller.unknown_realm()),
        }
    }

    /// The country of telephone numbers that name none. Where the caller has no business with the realm, or there is no
    /// such realm: none; what comes next says so.
    pub(crate) fn phone_country(&self, caller: &Caller, realm: &str) -> PhoneCountry {
        let state = self.newest(caller, realm).ok();
        PhoneCountry::of(state.as_ref().and_then(|state| state.scheme.users().phone_country.as_deref()))
    }

    /// A state of a realm that is as fresh as asked.
    pub(crate) async fn fresh(
        &self,
        caller: &Caller,
        realm: &str,
        freshness: Option<&v1::Freshness>,
    ) -> Result<Arc<State>, Fault> {
        let requirement = freshness.and_then(|freshness| freshness.requirement.as_ref());
        match requirement {
            None | Some(Requirement::MinimizeLatency(true)) => self.newest(caller, realm),
            Some(Requirement::AtLeastAsFresh(token)) => self.at_least(caller, realm, token).await,
            Some(Requirement::FullyConsistent(true)) => {
                let id = RealmId::parse(realm_id(realm)?).map_err(|_| caller.unknown_realm())?;
                caller.enter(id.as_str())?;
                let head = self.store.head(&id).await?.ok_or_else(|| caller.unknown_realm())?;
                self.reach(caller, realm, head.0).await
            }
            Some(Requirement::MinimizeLatency(false)) => {
                Err(Fault::field("freshness.minimize_latency", "must be true or absent"))
            }
            Some(Requirement::FullyConsistent(false)) => {
                Err(Fault::field("freshness.fully_consistent", "must be true or absent"))
            }
            Some(Requirement::AtRevision(_)) => Err(present_only("freshness.at_revision")),
            Some(Requirement::AtTime(_)) => Err(present_only("freshness.at_time")),
        }
    }

    /// The token of a state.
    pub(crate) fn token(&self, state: &State) -> Vec<u8> {
        Token::of(self.store.epoch(), state.revision, &state.hash).encode()
    }

    /// The one who reads: an operator, or an actor who exists and is active.
    pub(crate) fn reader(&self, caller: &Caller, state: Arc<State>, actor: &str) -> Result<Reader, Fault> {
        let actor = parse::actor(actor)?;
        caller.may_act(state.realm.as_str(), actor.as_ref())?;
        let now = state.live_instant(clock::now());
        let Some(actor) = actor else { return Ok(Reader::operator(state, now)) };
        let found = Actor::find(&state.world, &state.scheme, actor.as_str(), now).map(|actor| actor.ix());
        match found {
            Ok(ix) => Ok(Reader::actor(state, now, ix, actor)),
            Err(reason) => Err(status::actor_refusal(reason).into()),
        }
    }

    /// A reader of a state that is not older than what was read of users from tables, so that nobody is shown what they
    /// held before under the etag of what they hold now.
    pub(crate) async fn settle(
        &self,
        caller: &Caller,
        reader: Reader,
        rows: &[UserRow],
        actor: &str,
    ) -> Result<Reader, Fault> {
        let newest = rows.iter().map(|row| row.person.etag.0).max();
        if newest.is_none_or(|newest| newest <= reader.state.revision.0) {
            return Ok(reader);
        }
        let realm = Collection::Realms.name(&reader.state.realm);
        let state = self.reach(caller, &realm, newest.unwrap_or_default()).await?;
        self.reader(caller, state, actor)
    }

    /// A state that includes what a token stands for, of the same history.
    async fn at_least(&self, caller: &Caller, realm: &str, token: &[u8]) -> Result<Arc<State>, Fault> {
        let field = "freshness.at_least_as_fresh";
        let token = Token::decode(token).ok_or_else(|| Fault::field(field, "is no token of this service"))?;
        if token.epoch != self.store.epoch() {
            return Err(Fault::HistoryChanged);
        }
        let state = self.reach(caller, realm, token.revision.0).await?;
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

    /// A state of at least a revision, waited for as long as the call may take.
    pub(crate) async fn reach(
        &self,
        caller: &Caller,
        realm: &str,
        revision: u64,
    ) -> Result<Arc<State>, Fault> {
        let (mut looked, began) = (false, std::time::Instant::now());
        loop {
            let newest = self.newest(caller, realm);
            match &newest {
                Ok(state) if state.revision.0 >= revision => return newest,
                Ok(_) => {}
                // Another process may have just brought it into being, or it is being loaded.
                Err(Fault::UnknownRealm | Fault::RealmNotPermitted | Fault::Unavailable)
                    if began.elapsed() < TO_APPEAR => {}
                Err(_) => return newest,
            }
            let found = RealmId::parse(realm_id(realm)?).map_err(|_| caller.unknown_realm())?;
            if !looked {
                caller.enter(found.as_str())?;
                let head = self.store.head(&found).await?.ok_or_else(|| caller.unknown_realm())?;
                if head.0 < revision {
                    return Err(Fault::Unreachable("the revision asked for is not there yet"));
                }
                looked = true;
            }
            if caller.time_left() <= TO_ANSWER {
                return Err(Fault::Unreachable("this server has not reached the revision asked for"));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Does something long on a thread that answers nobody. The place is kept to the end, though the caller be gone: no more work
/// at once than there are places.
pub(crate) async fn apart<T: Send + 'static>(
    place: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let working = tokio::task::spawn_blocking(move || {
        let _place = place;
        work()
    });
    working.await.map_err(|_| Fault::Internal("something long did not end"))
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

fn present_only(field: &str) -> Fault {
    Fault::field(
        field,
        "lists are of the present: ask CheckAccess, ExplainAccess or SummarizeAccess about the past",
    )
}

#[cfg(test)]
mod tests {
    use bailiwick_store::{Location, StoreOptions};

    use super::*;

    /// A state that may be older than its bound neither allows nor denies.
    #[tokio::test(flavor = "multi_thread")]
    async fn what_may_be_too_old_answers_nothing() {
        let store = Store::open(StoreOptions { location: Location::Temporary, queue: 1 }).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        let bound = |bound| Backend::new(store.clone(), bound).unwrap();
        let ask = |backend: Backend| backend.newest(&Caller::local_operator(), "realms/r").err();
        assert!(matches!(ask(bound(Duration::ZERO)), Some(Fault::Unavailable)));
        assert!(matches!(ask(bound(Duration::from_secs(60))), Some(Fault::UnknownRealm)));
    }
}
