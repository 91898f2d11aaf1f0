//! Points in time: UTC, to the microsecond.

/// A point in time, in microseconds since 1970-01-01T00:00:00Z, between the years 1 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// 9999-12-31T23:59:59.999999Z.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// The instant so many microseconds after 1970, if it lies within the years 1 to 9999.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&micros).then_some(Self(micros))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// A day later; at the end of time, its end.
    #[must_use]
    pub fn tomorrow(self) -> Self {
        Self((self.0 + 86_400_000_000).min(Self::MAX.0))
    }

    /// The day in UTC, `YYYY-MM-DD`.
    #[must_use]
    pub fn utc_date(self) -> String {
        // Days since 0000-03-01, in eras of 400 years: the leap day is then the last of its year.
        let days = self.0.div_euclid(86_400_000_000) + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// The next microsecond; at the end of time, the same instant.
    #[must_use]
    pub fn next(self) -> Self {
        Self((self.0 + 1).min(Self::MAX.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_names() {
        let day = |micros| Instant::from_micros(micros).unwrap().utc_date();
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(-1), "1969-12-31");
        assert_eq!(day(951_782_400_000_000), "2000-02-29");
        assert_eq!(day(1_772_409_599_999_999), "2026-03-01");
        assert_eq!(Instant::MIN.utc_date(), "0001-01-01");
        assert_eq!(Instant::MAX.utc_date(), "9999-12-31");
    }

    #[test]
    fn the_ends_of_time_hold() {
        assert_eq!(Instant::from_micros(i64::MAX), None);
        assert_eq!(Instant::from_micros(i64::MIN), None);
        assert_eq!(Instant::MAX.next(), Instant::MAX);
        assert_eq!(Instant::from_micros(0).map(Instant::next), Instant::from_micros(1));
    }
}
