//! What a store takes from outside: who judges, what time it is, what is random, how long it waits.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bailiwick_identity::Instant;
use bailiwick_realm::decide;

use crate::machine::Judge;

/// How long the database may take for one thing that it is asked. Longer than it waits for a lock, and than SQLite
/// waits for another process.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a store takes from outside: who judges, what time it is, how long the database may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings {
    pub(crate) judge: Judge,
    pub(crate) clock: fn() -> Instant,
    pub(crate) patience: Duration,
}

impl Surroundings {
    /// The real ones.
    pub(crate) fn real() -> Self {
        Self { judge: Judge { decide, salts: random }, clock: system_clock, patience: PATIENCE }
    }
}

/// The system's clock.
fn system_clock() -> Instant {
    let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
    };
    Instant::from_micros(micros).unwrap_or(if micros < 0 { Instant::MIN } else { Instant::MAX })
}

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Without randomness nothing personal may be hashed: there is no going on.
        tracing::error!(%error, "the operating system yields no random bytes");
        std::process::abort();
    }
    bytes
}
