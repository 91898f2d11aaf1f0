//! An issuer's keys as they are now: read again and again, and when a token names one that is not among them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use jsonwebtoken::Algorithm;
use tokio::sync::Mutex;

use super::key_set::KeySet;
use super::source::Source;

/// The source is asked no more often for a key that is not among those that are there.
const AT_MOST_EVERY: Duration = Duration::from_secs(10);

/// The keys of one issuer.
pub(super) struct Keys {
    /// What the log calls the issuer.
    issuer: String,
    source: Source,
    algorithms: Vec<Algorithm>,
    refresh: Duration,
    max_age: Duration,
    current: ArcSwapOption<Current>,
    /// When the source was asked last, and what was wrong with what it said.
    asked: Mutex<Asked>,
}

#[derive(Default)]
struct Asked {
    at: Option<Instant>,
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
            asked: Mutex::default(),
        }
    }

    /// Takes what was read.
    pub(super) fn take(&self, json: &[u8]) -> Result<(), String> {
        let set = KeySet::parse(json, &self.algorithms)?;
        self.current.store(Some(Arc::new(Current { set, said_at: Instant::now() })));
        Ok(())
    }

    /// The keys, unless they are older than they may be.
    pub(super) fn current(&self) -> Option<Arc<Current>> {
        self.current.load_full().filter(|current| current.said_at.elapsed() <= self.max_age)
    }

    /// Asks the source again, unless it was asked just now. Whoever waits for it may go: it is asked to the end.
    pub(super) async fn look_again(self: &Arc<Self>) {
        let keys = Arc::clone(self);
        let asking = tokio::spawn(async move { keys.ask(AT_MOST_EVERY).await });
        // Where it broke off, the keys are those from before.
        let _ = asking.await;
    }

    /// Asks the source again and again, for as long as it is polled.
    pub(super) async fn follow(&self) {
        loop {
            self.ask(Duration::ZERO).await;
            let is_good = self.asked.lock().await.fault.is_none();
            tokio::time::sleep(if is_good { self.refresh } else { self.refresh.min(AT_MOST_EVERY) }).await;
        }
    }

    async fn ask(&self, at_most_every: Duration) {
        let mut asked = self.asked.lock().await;
        if asked.at.is_some_and(|at| at.elapsed() < at_most_every) {
            return;
        }
        asked.at = Some(Instant::now());
        let fault = match self.source.read().await {
            Ok(json) => self.take(&json).err(),
            Err(fault) => Some(fault),
        };
        if let Some(fault) = fault.as_ref().filter(|&fault| asked.fault.as_ref() != Some(fault)) {
            tracing::warn!(issuer = self.issuer, %fault, "an issuer's keys cannot be had: those from before go on");
        }
        asked.fault = fault;
    }
}
