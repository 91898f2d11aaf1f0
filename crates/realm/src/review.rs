//! Reviews: what is held somewhere is looked at again, and confirmed or ended.
//!
//! A review is opened over a unit, a role, or a role at a unit. Its items are the assignments that its opener may manage; what the
//! opener sees besides is listed as left out. At its end, what nobody confirmed is listed, or ended where the review says so.

use bailiwick_identity::{Instant, ReviewId, UnitId, UserId};
use bailiwick_policy::Reason;

/// So many assignments are in one review, those that are left out among them: it is written whole with each thing that
/// happens to it.
pub const MOST_REVIEWED: usize = 1_000;

/// Assignments that are looked at again, and what has become of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Its id, for ever.
    pub id: ReviewId,
    /// Who opened it. Unset: an operator.
    pub opener: Option<UserId>,
    /// What is reviewed.
    pub over: ReviewOver,
    /// When it was opened.
    pub opened_at: Instant,
    /// From then on nobody confirms anything in it.
    pub due_at: Instant,
    /// What becomes of what nobody has confirmed by then.
    pub unconfirmed: Unconfirmed,
    /// What is to be confirmed or ended, by user and number.
    pub items: Vec<ReviewItem>,
    /// What its opener saw and may not manage, by user and number.
    pub left_out: Vec<LeftOut>,
    /// When it was over.
    pub closed_at: Option<Instant>,
}

/// What is reviewed: at least one is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewOver {
    /// What is held at this unit or below it.
    pub unit: Option<UnitId>,
    /// What is held with this role, by name.
    pub role: Option<String>,
}

/// What becomes of what nobody has confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unconfirmed {
    /// It is listed, and goes on.
    Listed,
    /// It ends, as far as the rules let its opener end it.
    Ended,
}

/// An assignment, as it was when the review was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// Whose.
    pub user: UserId,
    /// Its number.
    pub number: u32,
    /// Where.
    pub unit: UnitId,
    /// The role, by name.
    pub role: String,
}

/// An assignment that is reviewed, and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewItem {
    /// Which.
    pub of: Reviewed,
    /// What has become of it.
    pub outcome: ReviewOutcome,
}

/// What has become of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewOutcome {
    /// Nobody has looked at it.
    Open,
    /// Somebody said that it is to go on.
    Confirmed(Reviewer),
    /// Somebody ended it.
    Ended(Reviewer),
    /// It was over when the review was.
    NotHeld,
    /// Nobody confirmed it, and it goes on.
    Unconfirmed,
    /// Nobody confirmed it, and it was ended.
    Lapsed,
    /// Nobody confirmed it, and the rules did not let it be ended.
    Kept(Reason),
}

/// Who looked at an item, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewer {
    /// Who. Unset: an operator.
    pub by: Option<UserId>,
    /// When.
    pub at: Instant,
}

/// An assignment that its opener saw and may not manage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Which.
    pub of: Reviewed,
    /// Why.
    pub why: Reason,
}

impl Review {
    /// The item of an assignment.
    #[must_use]
    pub fn item(&self, user: &UserId, number: u32) -> Option<&ReviewItem> {
        self.items.iter().find(|item| item.of.user == *user && item.of.number == number)
    }

    /// Items that nobody has looked at.
    pub fn open(&self) -> impl Iterator<Item = &ReviewItem> {
        self.items.iter().filter(|item| item.outcome == ReviewOutcome::Open)
    }

    /// When something happens to it without anybody doing anything; none, once it is over.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        Some(self.due_at).filter(|_| self.closed_at.is_none())
    }
}

/// What is done to a review.
#[derive(Debug, Clone)]
pub enum ReviewCommand {
    /// Opens one.
    Open {
        /// Its id.
        id: ReviewId,
        /// What is reviewed.
        over: ReviewOver,
        /// Until when.
        due_at: Instant,
        /// What becomes of what nobody has confirmed.
        unconfirmed: Unconfirmed,
    },
    /// Confirms or ends items, all or none.
    Decide {
        /// Which review.
        id: ReviewId,
        /// The items.
        items: Vec<ItemVerdict>,
    },
    /// Closes it before its time: what nobody has looked at is listed.
    Close(ReviewId),
    /// Closes it when it is due.
    Due {
        /// Which.
        id: ReviewId,
        /// Whose items were open when it was read.
        users: Vec<UserId>,
    },
}

/// What is said of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemVerdict {
    /// Whose assignment.
    pub user: UserId,
    /// Its number.
    pub number: u32,
    /// What becomes of it.
    pub verdict: Looked,
}

/// What becomes of an item that somebody has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// It goes on.
    Confirm,
    /// It ends now.
    End,
}

impl ReviewCommand {
    /// Which review.
    #[must_use]
    pub fn id(&self) -> &ReviewId {
        match self {
            Self::Open { id, .. } | Self::Decide { id, .. } | Self::Close(id) | Self::Due { id, .. } => id,
        }
    }

    /// The users whose assignments it may end.
    pub(crate) fn users(&self) -> Vec<&UserId> {
        match self {
            Self::Decide { items, .. } => items.iter().map(|item| &item.user).collect(),
            Self::Due { users, .. } => users.iter().collect(),
            Self::Open { .. } | Self::Close(_) => Vec::new(),
        }
    }

    /// How much there is to judge: opening one looks at a whole unit.
    #[must_use]
    pub fn changes(&self) -> usize {
        match self {
            Self::Open { .. } => MOST_REVIEWED,
            Self::Decide { .. } | Self::Close(_) | Self::Due { .. } => self.users().len(),
        }
    }
}
