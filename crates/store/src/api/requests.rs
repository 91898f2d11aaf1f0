//! Requests, as they are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_identity::{Instant, RealmId, RequestId, ReviewId, UnitId, UserId};
use bailiwick_realm::{Request, Review, StageName, State};

use super::StoreError;

/// Requests as they stand.
#[derive(Debug, Clone)]
pub struct RequestsRead {
    /// The state in which they were read.
    pub state: Arc<State>,
    /// The requests.
    pub requests: BTreeMap<RequestId, Request>,
}

/// Reviews as they stand.
#[derive(Debug, Clone)]
pub struct ReviewsRead {
    /// The state in which they were read.
    pub state: Arc<State>,
    /// The reviews.
    pub reviews: Vec<Review>,
}

/// Where a review stands in the list of reviews: the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewPlace {
    /// When it was opened.
    pub opened_at: Instant,
    /// Which.
    pub review: ReviewId,
}

/// Something that is due without anybody doing anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Since when.
    pub at: Instant,
    /// Where.
    pub realm: RealmId,
    /// To what.
    pub of: DueOf,
}

/// To what something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DueOf {
    /// A request expires, or takes effect.
    Request(RequestId),
    /// A review ends.
    Review(ReviewId),
}

/// Which requests to list, and from where on.
#[derive(Debug, Clone)]
pub struct RequestQuery {
    /// Which.
    pub of: RequestsOf,
    /// Only those that stand so, as it was noted last; empty: any. What waits for units, systems or named desks stands as it
    /// must to wait.
    pub stages: Vec<StageName>,
    /// Only requests that come after this place.
    pub after: Option<RequestPlace>,
    /// At most so many.
    pub limit: usize,
}

/// Requests that have something in common, and with it their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestsOf {
    /// Every one, the newest first.
    All,
    /// Those of an author, the newest first.
    Author(UserId),
    /// Those about somebody, the newest first.
    Subject(UserId),
    /// Those that were submitted; who expires first comes first.
    Undecided,
    /// Those that were submitted and wait for who approves in one of these units, or for one of these systems by name;
    /// who expires first comes first.
    Awaiting {
        /// The units.
        units: Vec<UnitId>,
        /// The systems.
        systems: Vec<String>,
    },
    /// Those that wait for one of these desks by name, or for any; who is due first comes first.
    AtDesks(Option<Vec<String>>),
    /// Those that were due before an instant, of an author or at one of these desks, or any; who was due first comes first.
    Overdue {
        /// Before when.
        before: Instant,
        /// Whose.
        of: Option<(UserId, Vec<String>)>,
    },
}

/// Where a request stands in the order of its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestPlace {
    /// When it was drafted, expires or is due, as the list has it.
    pub at: Instant,
    /// Which.
    pub request: RequestId,
}

/// The units in which requests wait for approval, each with when the first of them expires.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitsWaitedFor(pub(crate) String);

impl UnitsWaitedFor {
    /// Each unit by its id, in no order.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where an instant is none.
    pub fn iter(&self) -> impl Iterator<Item = Result<(&str, Instant), StoreError>> {
        let mut words = self.0.split_ascii_whitespace();
        std::iter::from_fn(move || {
            let unit = words.next()?;
            let first = words.next().and_then(|word| word.parse().ok()).and_then(Instant::from_micros);
            Some(first.map(|first| (unit, first)).ok_or(StoreError::Damaged))
        })
    }
}

/// Which reviews are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichReviews {
    /// Those that are not over.
    Open,
    /// All.
    All,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_told_whole_or_as_damaged() {
        let read = |text: &str| {
            UnitsWaitedFor(text.to_owned()).iter().collect::<Result<Vec<_>, _>>().map(|all| all.len())
        };
        assert!(matches!(read(""), Ok(0)));
        assert!(matches!(read("a 1 b 2"), Ok(2)));
        for damaged in ["a", "a 1 b", "a x b 2", "a 9223372036854775807"] {
            assert!(matches!(read(damaged), Err(StoreError::Damaged)), "{damaged}");
        }
    }
}
