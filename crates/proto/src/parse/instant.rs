//! Instants on the wire. What is finer than a microsecond is cut off.

use bailiwick_identity::Instant;
use prost_types::Timestamp;

use super::form::Form;

/// The instant of a timestamp, if it lies within the years 1 to 9999.
#[must_use]
pub fn instant(timestamp: &Timestamp) -> Option<Instant> {
    let Timestamp { seconds, nanos } = *timestamp;
    let nanos = (0..1_000_000_000).contains(&nanos).then_some(i64::from(nanos))?;
    Instant::from_micros(seconds.checked_mul(1_000_000)?.checked_add(nanos / 1_000)?)
}

impl Form {
    #[expect(
        clippy::option_option,
        reason = "the outer says whether it could be read, the inner whether it is there"
    )]
    pub(crate) fn instant(&mut self, field: &str, timestamp: Option<Timestamp>) -> Option<Option<Instant>> {
        let Some(timestamp) = timestamp else { return Some(None) };
        let read = instant(&timestamp);
        if read.is_none() {
            self.fault(field, "must lie within the years 1 to 9999, with nanos from 0 to 999999999");
        }
        read.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_range_hold() {
        let at = |seconds, nanos| instant(&Timestamp { seconds, nanos });
        assert_eq!(at(253_402_300_799, 999_999_999), Some(Instant::MAX));
        assert_eq!(at(-62_135_596_800, 0), Some(Instant::MIN));
        for (seconds, nanos) in [
            (253_402_300_800, 0),
            (-62_135_596_801, 0),
            (i64::MAX, 0),
            (i64::MIN, 0),
            (0, -1),
            (0, 1_000_000_000),
        ] {
            assert_eq!(at(seconds, nanos), None, "{seconds} {nanos}");
        }
        assert_eq!(at(-1, 999_999_000), Instant::from_micros(-1));
    }
}
