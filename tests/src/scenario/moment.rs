//! Instants in scenarios: `2026-03-02`, `2026-03-02T09:30:00Z`, `now`, `now+3d`, `now-1us`.

use bailiwick_identity::Instant;

const UNITS: [(&str, i64); 6] = [
    ("us", 1),
    ("min", 60_000_000),
    ("s", 1_000_000),
    ("h", 3_600_000_000),
    ("d", 86_400_000_000),
    ("y", 365 * 86_400_000_000),
];

/// Reads an instant, relative ones from `now`.
///
/// # Errors
/// When the text is no instant.
pub(crate) fn read(text: &str, now: Instant) -> Result<Instant, String> {
    let micros = match text.strip_prefix("now") {
        Some(offset) => read_offset(offset).map(|offset| now.as_micros() + offset),
        None => read_date(text),
    };
    micros.and_then(Instant::from_micros).ok_or_else(|| format!("`{text}` is no instant"))
}

fn read_offset(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let (sign, amount) = match text.strip_prefix('+') {
        Some(amount) => (1, amount),
        None => (-1, text.strip_prefix('-')?),
    };
    let digits = amount.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (_, micros) = UNITS.into_iter().find(|(unit, _)| amount.strip_prefix(digits) == Some(*unit))?;
    Some(sign * digits.parse::<i64>().ok()? * micros)
}

fn read_date(text: &str) -> Option<i64> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, time.strip_suffix('Z')?),
        None => (text, "00:00:00"),
    };
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time, ':')?;
    Some(((days(year, month, day) * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000)
}

fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let numbers: Vec<i64> = text.split(between).map(|n| n.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

/// Days from 1970-01-01, in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_offsets() {
        let day = 86_400_000_000;
        assert_eq!(read_date("1970-01-02"), Some(day));
        assert_eq!(read_date("2000-03-01T00:00:01Z"), Some(11_017 * day + 1_000_000));
        let now = Instant::from_micros(5).unwrap();
        assert_eq!(read("now-1us", now), Ok(Instant::from_micros(4).unwrap()));
        assert_eq!(read("now+2d", now).map(Instant::as_micros), Ok(2 * day + 5));
        assert!(read("tomorrow", now).is_err());
    }
}
