//! What is written of requests and reviews beside the log: the columns for queries.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Instant, RequestId, ReviewId, UserId};
use bailiwick_realm::{Request, Review, Revision, Stage};

use super::{Damage, EntityKind, StoredChange};
use crate::codec;

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitKind {
    /// Who approves in a unit.
    Unit,
    /// Who approves for a system.
    System,
    /// A desk.
    Desk,
}

impl WaitKind {
    /// How it is stored.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Unit => 1,
            Self::System => 2,
            Self::Desk => 3,
        }
    }
}

/// Who holds something now, and in which units: what waits for who approves all that somebody holds is looked for there too.
pub(crate) fn holders(changes: &[StoredChange]) -> Result<BTreeMap<String, Vec<String>>, Damage> {
    let events = changes.iter().flat_map(|change| &change.events);
    let accesses = events.filter(|event| event.kind == EntityKind::Access);
    accesses.map(|event| Ok((event.entity.clone(), codec::held_units(&event.body)?))).collect()
}

/// What queries ask of a request.
#[derive(Debug, Clone)]
pub(crate) struct WaitingRow {
    pub(crate) request: RequestId,
    pub(crate) author: Option<UserId>,
    /// As the log numbers stages.
    pub(crate) stage: i64,
    pub(crate) due_at: Option<Instant>,
    pub(crate) overdue_at: Option<Instant>,
    pub(crate) revision: Revision,
    pub(crate) at: Instant,
    pub(crate) subjects: Vec<UserId>,
    pub(crate) waits: Vec<Wait>,
}

/// Something that a request waits for, and the instant by which lists are in order: when it expires, or, at a desk, when it is due.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    pub(crate) kind: WaitKind,
    pub(crate) target: String,
    pub(crate) at: Instant,
}

impl WaitingRow {
    pub(crate) fn new(request: &Request, revision: Revision, at: Instant) -> Self {
        let (due_at, overdue_at) = (request.stage.due(), overdue_at(request.stage));
        let waits = &request.waits_for;
        let units = waits.units.iter().map(|unit| (WaitKind::Unit, unit.to_string(), due_at));
        let systems = waits.systems.iter().map(|system| (WaitKind::System, system.clone(), due_at));
        let desks = waits.desks.iter().map(|desk| (WaitKind::Desk, desk.clone(), overdue_at));
        let waits = units.chain(systems).chain(desks);
        Self {
            request: request.id.clone(),
            author: request.author.clone(),
            stage: codec::stage_number(request.stage.name()),
            due_at,
            overdue_at,
            revision,
            at,
            subjects: request.content.subjects().cloned().collect(),
            waits: waits.filter_map(|(kind, target, at)| Some(Wait { kind, target, at: at? })).collect(),
        }
    }
}

/// From when on it is overdue at its desk.
fn overdue_at(stage: Stage) -> Option<Instant> {
    match stage {
        Stage::Approved { due_at, .. } => due_at,
        Stage::Draft
        | Stage::Submitted { .. }
        | Stage::Fulfilled
        | Stage::Rejected
        | Stage::Withdrawn
        | Stage::Expired
        | Stage::Failed(_) => None,
    }
}

/// What queries ask of a review.
#[derive(Debug, Clone)]
pub(crate) struct ReviewRow {
    pub(crate) review: ReviewId,
    pub(crate) opened_at: Instant,
    /// Unset, once it is over.
    pub(crate) due_at: Option<Instant>,
    /// Whom it is about, where it was opened just now: that stays as it is.
    pub(crate) subjects: BTreeSet<UserId>,
}

impl ReviewRow {
    /// Of a review as a change at an instant left it.
    pub(crate) fn new(review: &Review, at: Instant) -> Self {
        let items = review.items.iter().map(|item| &item.of);
        let about = items.chain(review.left_out.iter().map(|left| &left.of));
        let about = about.filter(|_| review.opened_at == at);
        Self {
            review: review.id.clone(),
            opened_at: review.opened_at,
            due_at: review.due(),
            subjects: about.map(|of| of.user.clone()).collect(),
        }
    }
}
