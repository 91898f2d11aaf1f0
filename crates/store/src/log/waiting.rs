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

    /// What is stored so.
    pub(crate) fn numbered(number: i64) -> Option<Self> {
        [Self::Unit, Self::System, Self::Desk].into_iter().find(|kind| kind.number() == number)
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
    pub(crate) waits: Vec<(WaitKind, String)>,
}

impl WaitingRow {
    pub(crate) fn new(request: &Request, revision: Revision, at: Instant) -> Self {
        let waits = &request.waits_for;
        let units = waits.units.iter().map(|unit| (WaitKind::Unit, unit.to_string()));
        let systems = waits.systems.iter().map(|system| (WaitKind::System, system.clone()));
        let desks = waits.desks.iter().map(|desk| (WaitKind::Desk, desk.clone()));
        Self {
            request: request.id.clone(),
            author: request.author.clone(),
            stage: codec::stage_number(request.stage.name()),
            due_at: request.stage.due(),
            overdue_at: match request.stage {
                Stage::Approved { due_at, .. } => due_at,
                Stage::Draft
                | Stage::Submitted { .. }
                | Stage::Fulfilled
                | Stage::Rejected
                | Stage::Withdrawn
                | Stage::Expired
                | Stage::Failed(_) => None,
            },
            revision,
            at,
            subjects: request.content.subjects().cloned().collect(),
            waits: units.chain(systems).chain(desks).collect(),
        }
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
