//! The clock: the one place that asks the system for the time.

use std::time::{SystemTime, UNIX_EPOCH};

use bailiwick_identity::Instant;

/// The instant that it is now, to the microsecond. A clock outside the years 1 to 9999 counts as the nearest end.
pub(crate) fn now() -> Instant {
    let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
    };
    Instant::from_micros(micros).unwrap_or(if micros < 0 { Instant::MIN } else { Instant::MAX })
}
