//! How long a call may take: what the caller allows, at most what the server does.
//!
//! A little less than the caller allows, so that the caller reads `DEADLINE_EXCEEDED` and not a cancelled stream.

use std::time::Duration;

use http::HeaderMap;

use crate::fault::Fault;
use crate::methods::{Class, Method};

/// The header in which a caller sends its deadline.
const HEADER: &str = "grpc-timeout";
/// The longest that a question about health may take.
const HEALTH: Duration = Duration::from_secs(2);
/// The longest time that is kept back for the reply.
const KEPT_BACK: Duration = Duration::from_millis(20);

/// The longest that calls may take.
pub(super) struct Deadlines {
    longest: Duration,
}

impl Deadlines {
    pub(super) fn new(longest: Duration) -> Self {
        Self { longest }
    }

    /// How long a call with these headers may take.
    ///
    /// # Errors
    /// Where it says something that is no time.
    pub(super) fn of(&self, method: &Method, headers: &HeaderMap) -> Result<Duration, Fault> {
        // Whoever asks needs no key, and there are few permits: nobody keeps one by saying nothing.
        let longest = if method.class == Class::Health { self.longest.min(HEALTH) } else { self.longest };
        let Some(value) = headers.get(HEADER) else { return Ok(longest) };
        let asked = value.to_str().ok().and_then(parse);
        let asked = asked.ok_or_else(|| {
            Fault::field(HEADER, "must be 1 to 8 digits and a unit: `H`, `M`, `S`, `m`, `u` or `n`")
        })?;
        let kept_back = KEPT_BACK.min(asked / 20);
        Ok(asked.saturating_sub(kept_back).min(longest))
    }
}

/// A time as gRPC writes it: at most 8 digits and a unit.
fn parse(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let digits = text.strip_suffix(unit)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    Some(match unit {
        'H' => Duration::from_secs(count.checked_mul(3_600)?),
        'M' => Duration::from_secs(count.checked_mul(60)?),
        'S' => Duration::from_secs(count),
        'm' => Duration::from_millis(count),
        'u' => Duration::from_micros(count),
        'n' => Duration::from_nanos(count),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::methods;

    fn of(value: Option<&'static str>) -> Result<Duration, Fault> {
        let mut headers = HeaderMap::new();
        if let Some(value) = value {
            headers.insert(HEADER, HeaderValue::from_static(value));
        }
        let check = methods::find("/bailiwick.v1.AccessService/CheckAccess").unwrap();
        Deadlines::new(Duration::from_secs(30)).of(check, &headers)
    }

    #[test]
    fn the_shorter_time_holds() {
        assert_eq!(of(None).unwrap(), Duration::from_secs(30));
        assert_eq!(of(Some("99999999H")).unwrap(), Duration::from_secs(30));
        assert_eq!(of(Some("1S")).unwrap(), Duration::from_millis(980));
        assert_eq!(of(Some("100m")).unwrap(), Duration::from_millis(95));
        assert_eq!(of(Some("0n")).unwrap(), Duration::ZERO);
    }

    #[test]
    fn what_is_no_time_is_told() {
        for bad in ["", "S", "1", "1s", "1.5S", "-1S", "+1S", "123456789S", "1 S"] {
            assert!(matches!(of(Some(bad)), Err(Fault::Invalid(_))), "{bad}");
        }
    }

    #[test]
    fn a_question_about_health_is_short() {
        let health = methods::find("/grpc.health.v1.Health/Check").unwrap();
        let of = Deadlines::new(Duration::from_secs(30)).of(health, &HeaderMap::new());
        assert_eq!(of.unwrap(), HEALTH);
    }
}
