//! What a scheme says of changes that wait for their approvers: kinds, authors, approvers, limits, desks.

use std::collections::BTreeSet;
use std::time::Duration;

use bailiwick_membership::{KindIx, RoleIx};

use super::ability::{KindSet, SystemSet};
use super::role::Rank;
use super::{ByRequest, Compulsory, Fulfilment};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestKind {
    /// Access for somebody who holds nothing, or only an exclusive role.
    SetUp,
    /// Another access for somebody who holds something.
    Amend,
    /// An end to what somebody holds.
    Remove,
    /// A pause of something live.
    Suspend,
    /// An end to a pause.
    Reinstate,
}

/// What a scheme says of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRules {
    /// The kinds that the scheme has.
    pub kinds: BTreeSet<RequestKind>,
    /// What a person changes by request only.
    pub only_by_request: BTreeSet<ByRequest>,
    /// The kinds that a person may ask for itself.
    pub self_request: BTreeSet<RequestKind>,
    /// Whether a rejection needs a reason.
    pub rejection_reason: Compulsory,
    /// How long a submitted request waits before it expires.
    pub time_allowed: Duration,
    /// Who carries out what was approved.
    pub fulfilment: Fulfilment,
    /// How many positions a person may hold.
    pub positions: Option<Positions>,
    /// Changes that ask more of author or approvers.
    pub rules: Vec<ChangeRule>,
    /// What must be filled in.
    pub fields: Vec<RequestField>,
    /// What the author must confirm.
    pub confirmations: Vec<Confirmation>,
}

/// How many positions a person may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Positions {
    /// The kinds of unit that are positions.
    pub kinds: KindSet,
    /// So many, the primary among them, without a clearance.
    pub without_clearance: u32,
    /// So many beside the primary, with one.
    pub additional: u32,
}

/// A kind of change that asks more of author or approvers than the general rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRule {
    /// The name.
    pub name: String,
    /// For people who read.
    pub title: String,
    /// Which changes it is about.
    pub change: ChangeKind,
    /// The least lowest rank of the author.
    pub author: Option<Rank>,
    /// The least lowest rank of every approver.
    pub approver: Option<Rank>,
    /// The least lowest rank of the approvers of units in which the subject holds nothing yet.
    pub receiving_approver: Option<Rank>,
}

/// Which changes a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// Every change of a request of one of these kinds.
    Request(BTreeSet<RequestKind>),
    /// What is held under one unit of the kind ends, and something under another begins.
    Move(KindIx),
    /// Something under a unit of the kind is added to what is held, and stays held, under another.
    Additional(KindIx),
    /// One of these roles is handed out or taken away.
    Role(BTreeSet<RoleIx>),
}

/// When something is compulsory: in every request, or where one of these is met.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Occasion {
    /// A request of one of these kinds.
    pub kinds: BTreeSet<RequestKind>,
    /// A request that one of these rules, by their places in [`RequestRules::rules`], is about.
    pub rules: BTreeSet<usize>,
    /// A request that grants one of these systems.
    pub systems: SystemSet,
    /// A request that names a placeholder.
    pub placeholder: bool,
    /// A request that fills in one of these fields.
    pub fields: BTreeSet<String>,
}

impl Occasion {
    /// Whether nothing is named: then it is compulsory in every request.
    #[must_use]
    pub fn is_always(&self) -> bool {
        *self == Self::default()
    }
}

/// Something that may, or must, be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestField {
    /// The name.
    pub name: String,
    /// For people who read.
    pub title: String,
    /// When it is compulsory; unset: never.
    pub compulsory: Option<Occasion>,
}

/// Something that the author must confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The name.
    pub name: String,
    /// The sentence that is confirmed.
    pub title: String,
    /// When it is compulsory.
    pub compulsory: Occasion,
}

/// People who carry out by hand what was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    /// The name.
    pub name: String,
    /// For people who read.
    pub title: String,
    /// The roles whose holders carry it out; empty: operators alone.
    pub roles: Vec<RoleIx>,
    /// How long they have, from the effect on; then it is overdue.
    pub within: Duration,
}
