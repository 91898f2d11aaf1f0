//! What readers see: the newest state of each realm and the keys, without a lock.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use bailiwick_identity::RealmId;
use bailiwick_realm::State;

use crate::api::ApiKey;
use crate::machine::Publication;

/// A realm's place: it stays where it is when the realm's state is exchanged.
type Slot = Arc<ArcSwapOption<State>>;

/// Published by the driver, read by everybody.
#[derive(Debug)]
pub(crate) struct Shared {
    realms: ArcSwap<HashMap<Box<str>, Slot>>,
    keys: ArcSwap<HashMap<[u8; 32], Arc<ApiKey>>>,
    writable: AtomicBool,
    /// Whether this machine's clock and the database's lie too far apart.
    skewed: AtomicBool,
    began: Instant,
    /// When the states were last known to be the newest, in milliseconds since the beginning.
    confirmed: AtomicU64,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            realms: ArcSwap::from_pointee(HashMap::new()),
            keys: ArcSwap::from_pointee(HashMap::new()),
            writable: AtomicBool::new(true),
            skewed: AtomicBool::new(false),
            began: Instant::now(),
            confirmed: AtomicU64::new(0),
        }
    }

    pub(crate) fn state(&self, realm: &str) -> Option<Arc<State>> {
        self.realms.load().get(realm).and_then(|slot| slot.load_full())
    }

    pub(crate) fn knows(&self, realm: &str) -> bool {
        self.realms.load().contains_key(realm)
    }

    pub(crate) fn states(&self) -> Vec<Arc<State>> {
        let mut states: Vec<_> = self.realms.load().values().filter_map(|slot| slot.load_full()).collect();
        states.sort_unstable_by(|a, b| a.realm.cmp(&b.realm));
        states
    }

    /// Makes a state visible and yields the one it replaces. The driver alone calls this.
    pub(crate) fn publish(&self, publication: Publication) -> Option<Arc<State>> {
        match publication {
            Publication::State(state) => self.slot(&state.realm).swap(Some(state)),
            Publication::Gone(realm) => self.slot(&realm).swap(None),
        }
    }

    fn slot(&self, realm: &RealmId) -> Slot {
        let realms = self.realms.load();
        if let Some(slot) = realms.get(realm.as_str()) {
            return Arc::clone(slot);
        }
        let slot = Slot::default();
        let mut more = HashMap::clone(&realms);
        more.insert(realm.as_str().into(), Arc::clone(&slot));
        self.realms.store(Arc::new(more));
        slot
    }

    pub(crate) fn key(&self, secret_hash: &[u8; 32]) -> Option<Arc<ApiKey>> {
        self.keys.load().get(secret_hash).cloned()
    }

    pub(crate) fn publish_keys(&self, keys: Vec<ApiKey>) {
        let live = keys.into_iter().filter(|key| key.revoked_at.is_none());
        self.keys.store(Arc::new(live.map(|key| (key.secret_hash, Arc::new(key))).collect()));
    }

    /// A key was revoked: whatever else is known of the keys, it is good for nothing any more.
    pub(crate) fn drop_key(&self, id: &str) {
        let keys = self.keys.load();
        let others = keys.iter().filter(|(_, key)| key.id != id);
        self.keys.store(Arc::new(others.map(|(secret, key)| (*secret, Arc::clone(key))).collect()));
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.writable.load(Ordering::Relaxed) && !self.skewed.load(Ordering::Relaxed)
    }

    /// How long ago the states were last known to be the newest; for ever, where nobody knows what time it is.
    pub(crate) fn staleness(&self) -> Duration {
        if self.skewed.load(Ordering::Relaxed) {
            return Duration::MAX;
        }
        let confirmed = Duration::from_millis(self.confirmed.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(confirmed)
    }

    /// The states are the newest now.
    pub(crate) fn confirm(&self) {
        let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.confirmed.store(millis, Ordering::Relaxed);
    }

    /// Whether this machine's clock and the database's lie too far apart.
    pub(crate) fn set_skewed(&self, skewed: bool) {
        self.skewed.store(skewed, Ordering::Relaxed);
    }

    pub(crate) fn set_writable(&self, writable: bool) {
        self.writable.store(writable, Ordering::Relaxed);
    }
}
