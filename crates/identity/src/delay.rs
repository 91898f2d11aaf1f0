//! How failed attempts to sign in slow down those that follow.
//!
//! The first few cost nothing; then each doubles the wait, up to a quarter of an hour and no longer: nobody is locked out
//! for ever. What comes while one has to wait is turned away and counts for nothing, so that it makes nobody wait longer.
//! Where counts are kept, and for whom, is the store's.

use crate::Instant;

/// The first failure in a row that makes those after it wait.
const FIRST: u32 = 5;
/// The longest wait, in microseconds.
const LONGEST: i64 = 15 * 60 * SECOND;
/// How long a count is remembered after its last failure and the wait that it brought, in microseconds.
const REMEMBERED: i64 = 3_600 * SECOND;
const SECOND: i64 = 1_000_000;

/// Failures in a row, and until when those that follow have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// An attempt before this instant is turned away.
    pub until: Instant,
}

impl Failures {
    /// None yet.
    pub const NONE: Self = Self { count: 0, until: Instant::MIN };

    /// Whether an attempt at this instant has to wait, and until when.
    #[must_use]
    pub fn waits(&self, now: Instant) -> Option<Instant> {
        (now < self.until).then_some(self.until)
    }

    /// One more failure at this instant.
    #[must_use]
    pub fn one_more(&self, now: Instant) -> Self {
        let count = self.count.saturating_add(1);
        let beyond = count.checked_sub(FIRST);
        let wait = beyond.map_or(0, |beyond| SECOND.saturating_mul(1 << beyond.min(20)).min(LONGEST));
        Self { count, until: after(now, wait) }
    }

    /// One less, of one that was no failure after all: nobody waits for it.
    #[must_use]
    pub fn one_less(&self, now: Instant) -> Self {
        Self { count: self.count.saturating_sub(1), until: self.until.min(now) }
    }

    /// From when on it is as if nothing had been.
    #[must_use]
    pub fn forgotten_at(&self, now: Instant) -> Instant {
        after(self.until.max(now), REMEMBERED)
    }
}

fn after(instant: Instant, micros: i64) -> Instant {
    Instant::from_micros(instant.as_micros().saturating_add(micros)).unwrap_or(Instant::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * SECOND).unwrap()
    }

    #[test]
    fn waits_double_and_end() {
        let mut failures = Failures::NONE;
        let mut waits = Vec::new();
        for _ in 0..40 {
            failures = failures.one_more(at(0));
            waits.push(failures.waits(at(0)).map_or(0, |until| until.as_micros() / SECOND));
        }
        assert_eq!(waits[..8], [0, 0, 0, 0, 1, 2, 4, 8]);
        assert!(waits.iter().all(|&wait| wait <= 900));
        assert_eq!(waits.last(), Some(&900));
        assert_eq!(failures.waits(at(900)), None);
        assert_eq!(failures.waits(at(899)), Some(at(900)));
    }

    #[test]
    fn a_count_is_forgotten_an_hour_after_its_wait() {
        assert_eq!(Failures { count: 20, until: at(900) }.forgotten_at(at(0)), at(4_500));
        assert_eq!(Failures::NONE.forgotten_at(at(7)), at(3_607));
    }

    #[test]
    fn what_was_no_failure_is_taken_back() {
        let six = Failures { count: 6, until: at(2) };
        assert_eq!(six.one_more(at(2)).one_less(at(2)), Failures { count: 6, until: at(2) });
        assert_eq!(Failures::NONE.one_less(at(2)).count, 0);
    }

    #[test]
    fn the_ends_of_time_hold() {
        let last = Failures { count: u32::MAX, until: Instant::MAX }.one_more(Instant::MAX);
        assert_eq!((last.count, last.until), (u32::MAX, Instant::MAX));
    }
}
