//! What is asked of the past, and what is found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bailiwick_identity::{CustomerId, Instant, UnitId, UserId};
use bailiwick_membership::Access;
use bailiwick_realm::{Revision, State};

/// What a question about the past is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastWanted {
    /// Users.
    pub users: BTreeSet<UserId>,
    /// Units.
    pub units: BTreeSet<UnitId>,
    /// Customers.
    pub customers: BTreeSet<CustomerId>,
}

/// A realm as it was, as far as a question is about it.
#[derive(Debug, Clone)]
pub struct Past {
    /// The users, units and customers that were asked for, if they were there then, and what these depend on. It numbers
    /// them anew.
    pub state: Arc<State>,
    /// What the users who were asked for held then, in the numbers of the present state.
    pub held: BTreeMap<UserId, Access>,
}

/// Which past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastAt {
    /// What a revision left.
    Revision(Revision),
    /// What the last revision by an instant left.
    Instant(Instant),
}

/// From when to when there is a past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastRange {
    /// The first revision, and when it was recorded.
    pub first: (Revision, Instant),
    /// The newest revision, and when it was recorded.
    pub last: (Revision, Instant),
}
