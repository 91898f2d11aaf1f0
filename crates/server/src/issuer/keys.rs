//! An issuer's keys as they are now: read again and again, and when a token names one that is not among them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use jsonwebtoken::Algorithm;
use tokio::sync::{Mutex, Semaphore};

use super::key_set::KeySet;
use super::source::Source;

/// The source is asked no more often for a key that is not among those that are there.
const AT_MOST_EVERY: Duration = Duration::from_secs(10);
/// So long somebody waits for the source to answer, whose token names such a key; and so many at once.
const WAITED: Duration = Duration::from_secs(2);
const WAITING: usize = 32;

/// The keys of one issuer.
pub(super) struct Keys {
    /// What the log calls the issuer.
    issuer: String,
    source: Source,
    algorithms: Vec<Algorithm>,
    refresh: Duration,
    max_age: Duration,
    current: ArcSwapOption<Current>,
    /// Held by whoever asks the source.
    asked: Arc<Mutex<Asked>>,
    /// Places for those who wait for it.
    waiting: Semaphore,
}

/// How the source answered last.
#[derive(Default)]
struct Asked {
    answered_at: Option<Instant>,
    fault: Option<String>,
}

/// What the source said when it last said something good.
pub(super) struct Current {
    pub(super) set: KeySet,
    said_at: Instant,
}

impl Keys {
    pub(super) fn new(
        issuer: &str,
        source: Source,
        algorithms: &[Algorithm],
        (refresh, max_age): (Duration, Duration),
    ) -> Self {
        Self {
            issuer: issuer.to_owned(),
            source,
            algorithms: algorithms.to_vec(),
            refresh,
            max_age,
            current: ArcSwapOption::empty(),
            asked: Arc::default(),
            waiting: Semaphore::new(WAITING),
        }
    }

    /// Takes what was read. An issuer that has no key left has withdrawn those from before.
    ///
    /// # Errors
    /// When it is no JWK set: then those from before go on. Where there is no key for tokens in it, that is said, too.
    pub(super) fn take(&self, json: &[u8]) -> Result<(), String> {
        let set = KeySet::parse(json, &self.algorithms)?;
        let is_empty = set.is_empty();
        self.current.store(Some(Arc::new(Current { set, said_at: Instant::now() })));
        if is_empty {
            Err("there is no key by the issuer's `algorithms`: no token is good".to_owned())
        } else {
            Ok(())
        }
    }

    /// The keys, unless they are older than they may be.
    pub(super) fn current(&self) -> Option<Arc<Current>> {
        self.current.load_full().filter(|current| current.said_at.elapsed() <= self.max_age)
    }

    /// Asks the source again, unless it answered just now, and waits for the answer: not long, and not among many. It is asked
    /// to the end, though whoever waits for it go.
    pub(super) async fn look_again(self: &Arc<Self>) {
        let Ok(_place) = self.waiting.try_acquire() else { return };
        let asked = Arc::clone(&self.asked);
        let Ok(mut asked) = asked.try_lock_owned() else {
            // Somebody asks.
            let _ = tokio::time::timeout(WAITED, self.asked.lock()).await;
            return;
        };
        if asked.answered_at.is_some_and(|at| at.elapsed() < AT_MOST_EVERY) {
            return;
        }
        let keys = Arc::clone(self);
        let asking = tokio::spawn(async move { keys.ask(&mut asked).await });
        // Where it breaks off, or takes longer, the keys are those from before.
        let _ = tokio::time::timeout(WAITED, asking).await;
    }

    /// Asks the source again and again, for as long as it is polled.
    pub(super) async fn follow(&self) {
        loop {
            let is_good = {
                let mut asked = self.asked.lock().await;
                self.ask(&mut asked).await;
                asked.fault.is_none()
            };
            tokio::time::sleep(if is_good { self.refresh } else { self.refresh.min(AT_MOST_EVERY) }).await;
        }
    }

    async fn ask(&self, asked: &mut Asked) {
        let fault = match self.source.read().await {
            Ok(json) => self.take(&json).err(),
            Err(fault) => Some(format!("{fault}; keys from before go on")),
        };
        if let Some(fault) = fault.as_ref().filter(|&fault| asked.fault.as_ref() != Some(fault)) {
            tracing::warn!(issuer = self.issuer, %fault, "an issuer's keys");
        }
        *asked = Asked { answered_at: Some(Instant::now()), fault };
    }
}
