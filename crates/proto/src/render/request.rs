//! Requests, as far as the one who reads may see.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, UserId};
use bailiwick_membership::{UnitIx, UserIx, World};
use bailiwick_policy::scheme::{RequestKind, Scheme};
use bailiwick_realm::{Approval, Approvers, Content, Happened, ManageUser, Request, Stage, Step};

use super::answer::unit_name;
use super::change::change;
use super::instant::timestamp;
use super::reason::reason;
use crate::parse::Collection;
use crate::v1;

/// So many of those who may approve a part are told of.
const MOST_ELIGIBLE: usize = 100;

/// A request, and what of it is shown.
#[derive(Debug, Clone, Copy)]
pub struct RequestView<'a> {
    /// The request.
    pub request: &'a Request,
    /// The digest of its content.
    pub digest: [u8; 32],
    /// Whose part is shown, where it is not all of it.
    pub part_of: Option<&'a UserId>,
    /// When it is read.
    pub now: Instant,
}

/// A request.
#[must_use]
pub fn request(view: &RequestView<'_>) -> v1::Request {
    let RequestView { request, digest, part_of, now } = *view;
    let is_whole = part_of.is_none();
    let mut message = v1::Request {
        name: Collection::Requests.name(&request.id),
        author: user_name(request.author.as_ref()),
        copy_of: request.copy_of.as_ref().map(|id| Collection::Requests.name(id)).unwrap_or_default(),
        content: Some(content(&request.content, part_of)),
        steps: request.steps.iter().map(|one| step(one, is_whole)).collect(),
        in_part: !is_whole,
        ..v1::Request::default()
    };
    put_stage(&mut message, request.stage, now);
    if is_whole {
        message.content_digest = digest.to_vec();
        message.approvals = request.approvals.iter().map(approval).collect();
        message.fulfilments = request.carried_out.iter().map(fulfilment).collect();
    } else {
        // Why it failed may be about another of them.
        message.failure = v1::Reason::Unspecified.into();
    }
    message
}

fn approval(approval: &Approval) -> v1::RequestApproval {
    v1::RequestApproval {
        user: user_name(Some(&approval.by)),
        at: Some(timestamp(approval.at)),
        content_digest: approval.content.to_vec(),
    }
}

fn fulfilment((desk, by): (&String, &Option<UserId>)) -> v1::RequestFulfilment {
    v1::RequestFulfilment { desk: desk.clone(), user: user_name(by.as_ref()) }
}

fn put_stage(message: &mut v1::Request, stage: Stage, now: Instant) {
    let stage = match stage {
        Stage::Draft => v1::RequestStage::Draft,
        Stage::Submitted { expires_at } => {
            message.expires_at = Some(timestamp(expires_at));
            // That nobody has noted it yet makes no difference.
            if expires_at > now { v1::RequestStage::Submitted } else { v1::RequestStage::Expired }
        }
        Stage::Approved { effect_at, due_at } => {
            message.effect_at = Some(timestamp(effect_at));
            message.due_at = due_at.map(timestamp);
            message.overdue = due_at.is_some_and(|due| due <= now);
            v1::RequestStage::Approved
        }
        Stage::Fulfilled => v1::RequestStage::Fulfilled,
        Stage::Rejected => v1::RequestStage::Rejected,
        Stage::Withdrawn => v1::RequestStage::Withdrawn,
        Stage::Expired => v1::RequestStage::Expired,
        Stage::Failed(why) => {
            message.failure = reason(why).into();
            v1::RequestStage::Failed
        }
    };
    message.stage = stage.into();
}

/// What is asked for. What was written for all of several people is not each one's to read.
fn content(content: &Content, part_of: Option<&UserId>) -> v1::RequestContent {
    let Content { kind, people, wanted_at, lasts, fields, confirmed, note, nonce: _ } = content;
    let is_whole = part_of.is_none();
    let people = people.iter().filter(|person| part_of.is_none_or(|user| person.user == *user));
    v1::RequestContent {
        kind: request_kind(*kind).into(),
        users: people.map(requested).collect(),
        wanted_at: wanted_at.map(timestamp),
        lasts: lasts.map(|lasts| prost_types::Duration {
            seconds: i64::try_from(lasts.as_secs()).unwrap_or(i64::MAX),
            nanos: i32::try_from(lasts.subsec_nanos()).unwrap_or_default(),
        }),
        fields: if is_whole { fields.clone() } else { Default::default() },
        confirmed: confirmed.iter().cloned().collect(),
        note: note.clone().filter(|_| is_whole).unwrap_or_default(),
    }
}

fn requested(person: &ManageUser) -> v1::RequestedUser {
    v1::RequestedUser {
        user: Collection::Users.name(&person.user),
        changes: person.changes.iter().filter_map(change).collect(),
        handles: Vec::new(),
    }
}

fn step(step: &Step, is_whole: bool) -> v1::RequestStep {
    let event = match step.what {
        Happened::Drafted => v1::RequestEvent::Drafted,
        Happened::Edited => v1::RequestEvent::Edited,
        Happened::Submitted => v1::RequestEvent::Submitted,
        Happened::Approved => v1::RequestEvent::Approved,
        Happened::Rejected => v1::RequestEvent::Rejected,
        Happened::Withdrawn => v1::RequestEvent::Withdrawn,
        Happened::Expired => v1::RequestEvent::Expired,
        Happened::CarriedOut => v1::RequestEvent::CarriedOut,
        Happened::Fulfilled => v1::RequestEvent::Fulfilled,
        Happened::Failed => v1::RequestEvent::Failed,
    };
    v1::RequestStep {
        event: event.into(),
        user: user_name(step.by.as_ref().filter(|_| is_whole)),
        at: Some(timestamp(step.at)),
        revision: step.revision.0,
        reason: step.why.clone().filter(|_| is_whole).unwrap_or_default(),
    }
}

fn request_kind(kind: RequestKind) -> v1::RequestKind {
    match kind {
        RequestKind::SetUp => v1::RequestKind::SetUp,
        RequestKind::Amend => v1::RequestKind::Amend,
        RequestKind::Remove => v1::RequestKind::Remove,
        RequestKind::Suspend => v1::RequestKind::Suspend,
        RequestKind::Reinstate => v1::RequestKind::Reinstate,
    }
}

fn user_name(user: Option<&UserId>) -> String {
    user.map(|user| Collection::Users.name(user)).unwrap_or_default()
}

/// The parts of a request, with who may approve each: those who come first, then by name.
#[must_use]
pub fn request_parts(
    approvers: &Approvers,
    approved: &BTreeSet<UserIx>,
    first: &BTreeSet<UserIx>,
    world: &World,
    scheme: &Scheme,
) -> Vec<v1::RequestPart> {
    use v1::request_part::Touched;
    let part = |touched: Touched, users: &BTreeSet<UserIx>| {
        let (before, after): (Vec<UserIx>, Vec<UserIx>) = users.iter().partition(|user| first.contains(user));
        let named = |users: Vec<UserIx>| {
            let ids: BTreeSet<UserId> = users.into_iter().filter_map(|user| world.user_id(user)).collect();
            ids.into_iter().map(|id| Collection::Users.name(id))
        };
        v1::RequestPart {
            touched: Some(touched),
            eligible: named(before).chain(named(after)).take(MOST_ELIGIBLE).collect(),
            more: users.len() > MOST_ELIGIBLE,
            approved: !users.is_disjoint(approved),
        }
    };
    let unit = |unit: UnitIx| Touched::Unit(unit_name(world, unit));
    let units = approvers.units.iter().map(|(&ix, users)| part(unit(ix), users));
    let systems = approvers.systems.iter().filter_map(|(&ix, users)| {
        let system = scheme.system(ix)?;
        Some(part(Touched::System(Collection::Systems.name(&system.name)), users))
    });
    units.chain(systems).collect()
}
