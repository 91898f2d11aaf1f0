//! Lists of users: which, in which order, and where each stands in it.

use bailiwick_identity::{Instant, UserId};

/// Which users to list, and in which order. Every filter that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    /// Only these.
    pub among: Option<Vec<UserId>>,
    /// The last name starts so, compared canonically.
    pub last_name_prefix: Option<String>,
    /// The username is this, compared canonically.
    pub username: Option<String>,
    /// When they last changed.
    pub updated: Period,
    /// When they were created.
    pub created: Period,
    /// The order.
    pub order: UserOrder,
    /// From which end.
    pub direction: Direction,
    /// Only users who come after this place.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: usize,
}

/// Instants from one, to before another; open where unset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// The first.
    pub from: Option<Instant>,
    /// The first that is no longer meant.
    pub before: Option<Instant>,
}

/// In which order users are listed; who stands the same is listed by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserOrder {
    /// By canonical last name, then first name.
    #[default]
    Name,
    /// By canonical username. Who was erased has none, and is left out.
    Username,
    /// By when they last changed.
    Updated,
    /// By when they were created.
    Created,
}

/// From which end users are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// The least first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

/// A user in an order, with what filters ask of tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Where.
    pub place: Place,
    /// The canonical last name; empty where there is none.
    pub last_name: String,
    /// The canonical username; unset for the erased.
    pub username: Option<String>,
    /// When the user last changed.
    pub updated_at: Instant,
    /// When the user was created.
    pub created_at: Instant,
}

/// Where a user stands in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What the order compares.
    pub key: PlaceKey,
    /// Who.
    pub user: UserId,
}

/// What an order compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceKey {
    /// Canonical last and first name; empty where there is none.
    Name(String, String),
    /// The canonical username.
    Username(String),
    /// When they last changed, or were created.
    Instant(Instant),
}

impl Period {
    /// Whether an instant is meant.
    #[must_use]
    pub fn has(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.before.is_none_or(|before| at < before)
    }
}
