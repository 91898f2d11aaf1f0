//! Instants as timestamps.

use bailiwick_identity::Instant;
use prost_types::Timestamp;

/// The timestamp of an instant.
#[must_use]
pub fn timestamp(instant: Instant) -> Timestamp {
    let micros = instant.as_micros();
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    #[test]
    fn instants_survive_the_wire() {
        for instant in [Instant::MIN, Instant::MAX, Instant::from_micros(-1).unwrap()] {
            assert_eq!(parse::instant(&timestamp(instant)), Some(instant));
        }
    }
}
