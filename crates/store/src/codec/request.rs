//! A request as bytes and back: who decided what about it, and when. What it asks for is `content`'s.

use bailiwick_identity::RequestId;
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::{Approval, Happened, Request, Revision, Stage, StageName, Step, WaitsFor};

use super::content::{self, Written};
use super::names::{instant, optional, optional_instant, unit_id, user_id};
use crate::log::Damage;

const UNKNOWN: Damage = Damage("a request stands in a way that this version does not know");

pub(super) fn write(request: &Request) -> log::Request {
    let Request { id, author, copy_of, content, found, stage, approvals, carried_out, waits_for, steps } =
        request;
    let WaitsFor { units, systems, desks } = waits_for;
    let mut message = log::Request {
        id: id.to_string(),
        author: author.as_ref().map(ToString::to_string).unwrap_or_default(),
        copy_of: copy_of.as_ref().map(ToString::to_string).unwrap_or_default(),
        kind: write_kind(content.kind).into(),
        subjects: content.subjects().map(ToString::to_string).collect(),
        approvals: approvals.iter().map(write_approval).collect(),
        carried_out: carried_out
            .iter()
            .map(|(desk, by)| log::CarriedOut {
                desk: desk.clone(),
                by: by.as_ref().map(ToString::to_string).unwrap_or_default(),
            })
            .collect(),
        steps: steps.iter().map(write_step).collect(),
        found: found.iter().map(ToString::to_string).collect(),
        waiting_units: units.iter().map(ToString::to_string).collect(),
        waiting_systems: systems.iter().cloned().collect(),
        waiting_desks: desks.iter().cloned().collect(),
        ..Default::default()
    };
    write_stage(&mut message, stage);
    message
}

/// Reads a request; an erased one asks for nothing any more.
pub(super) fn read(message: log::Request, personal: Option<&[u8]>) -> Result<Request, Damage> {
    let stage = read_stage(&message)?;
    let log::Request {
        id,
        author,
        copy_of,
        kind,
        subjects,
        stage: _,
        expires_at: _,
        effect_at: _,
        due_at: _,
        failure: _,
        approvals,
        carried_out,
        steps,
        waiting_units,
        waiting_systems,
        waiting_desks,
        found,
    } = message;
    let subjects = subjects.iter().map(|id| user_id(id)).collect::<Result<Vec<_>, _>>()?;
    let Written { content, reasons } = content::read(read_kind(kind)?, subjects, personal)?;
    let carried_out = carried_out.into_iter().map(|log::CarriedOut { desk, by }| {
        let by = optional(&by, user_id)?;
        Ok((desk, by))
    });
    let mut reasons = reasons.into_iter();
    let mut next = || reasons.next().filter(|why| !why.is_empty());
    Ok(Request {
        id: request_id(&id)?,
        author: optional(&author, user_id)?,
        copy_of: optional(&copy_of, request_id)?,
        content,
        found: found.iter().map(|id| user_id(id)).collect::<Result<_, _>>()?,
        stage,
        approvals: approvals.into_iter().map(read_approval).collect::<Result<_, _>>()?,
        carried_out: carried_out.collect::<Result<_, Damage>>()?,
        waits_for: WaitsFor {
            units: waiting_units.iter().map(|unit| unit_id(unit)).collect::<Result<_, _>>()?,
            systems: waiting_systems.into_iter().collect(),
            desks: waiting_desks.into_iter().collect(),
        },
        steps: steps.into_iter().map(|step| read_step(step, next())).collect::<Result<_, _>>()?,
    })
}

fn request_id(text: &str) -> Result<RequestId, Damage> {
    RequestId::parse(text).map_err(|_| Damage("the log holds a request id that is none"))
}

pub(super) fn write_kind(kind: RequestKind) -> log::RequestKind {
    match kind {
        RequestKind::SetUp => log::RequestKind::SetUp,
        RequestKind::Amend => log::RequestKind::Amend,
        RequestKind::Remove => log::RequestKind::Remove,
        RequestKind::Suspend => log::RequestKind::Suspend,
        RequestKind::Reinstate => log::RequestKind::Reinstate,
    }
}

fn read_kind(kind: i32) -> Result<RequestKind, Damage> {
    match log::RequestKind::try_from(kind).map_err(|_| UNKNOWN)? {
        log::RequestKind::Unspecified => Err(UNKNOWN),
        log::RequestKind::SetUp => Ok(RequestKind::SetUp),
        log::RequestKind::Amend => Ok(RequestKind::Amend),
        log::RequestKind::Remove => Ok(RequestKind::Remove),
        log::RequestKind::Suspend => Ok(RequestKind::Suspend),
        log::RequestKind::Reinstate => Ok(RequestKind::Reinstate),
    }
}

fn write_stage(message: &mut log::Request, stage: &Stage) {
    message.stage = stage_written(stage.name()).into();
    match stage {
        Stage::Submitted { expires_at } => message.expires_at = expires_at.as_micros(),
        Stage::Approved { effect_at, due_at } => {
            message.effect_at = effect_at.as_micros();
            message.due_at = due_at.map(|due| due.as_micros());
        }
        Stage::Failed(reason) => reason.code().clone_into(&mut message.failure),
        Stage::Draft | Stage::Fulfilled | Stage::Rejected | Stage::Withdrawn | Stage::Expired => {}
    }
}

fn stage_written(stage: StageName) -> log::RequestStage {
    match stage {
        StageName::Draft => log::RequestStage::Draft,
        StageName::Submitted => log::RequestStage::Submitted,
        StageName::Approved => log::RequestStage::Approved,
        StageName::Fulfilled => log::RequestStage::Fulfilled,
        StageName::Rejected => log::RequestStage::Rejected,
        StageName::Withdrawn => log::RequestStage::Withdrawn,
        StageName::Expired => log::RequestStage::Expired,
        StageName::Failed => log::RequestStage::Failed,
    }
}

/// How a stage is numbered, here and in columns.
pub(crate) fn stage_number(stage: StageName) -> i64 {
    i32::from(stage_written(stage)).into()
}

fn read_stage(message: &log::Request) -> Result<Stage, Damage> {
    Ok(match log::RequestStage::try_from(message.stage).map_err(|_| UNKNOWN)? {
        log::RequestStage::Unspecified => return Err(UNKNOWN),
        log::RequestStage::Draft => Stage::Draft,
        log::RequestStage::Submitted => Stage::Submitted { expires_at: instant(message.expires_at)? },
        log::RequestStage::Approved => Stage::Approved {
            effect_at: instant(message.effect_at)?,
            due_at: optional_instant(message.due_at)?,
        },
        log::RequestStage::Fulfilled => Stage::Fulfilled,
        log::RequestStage::Rejected => Stage::Rejected,
        log::RequestStage::Withdrawn => Stage::Withdrawn,
        log::RequestStage::Expired => Stage::Expired,
        log::RequestStage::Failed => {
            let reason = Reason::ALL.iter().find(|reason| reason.code() == message.failure);
            Stage::Failed(*reason.ok_or(UNKNOWN)?)
        }
    })
}

fn write_approval(approval: &Approval) -> log::Approval {
    let Approval { by, at, content } = approval;
    log::Approval { by: by.to_string(), at: at.as_micros(), content: content.to_vec() }
}

fn read_approval(message: log::Approval) -> Result<Approval, Damage> {
    let log::Approval { by, at, content } = message;
    let content = <[u8; 32]>::try_from(content);
    let content = content.map_err(|_| Damage("the digest of a request has not the length it should have"))?;
    Ok(Approval { by: user_id(&by)?, at: instant(at)?, content })
}

fn write_step(step: &Step) -> log::RequestStep {
    let Step { what, by, at, revision, why: _ } = step;
    let what = match what {
        Happened::Drafted => log::RequestEvent::Drafted,
        Happened::Edited => log::RequestEvent::Edited,
        Happened::Submitted => log::RequestEvent::Submitted,
        Happened::Approved => log::RequestEvent::Approved,
        Happened::Rejected => log::RequestEvent::Rejected,
        Happened::Withdrawn => log::RequestEvent::Withdrawn,
        Happened::Expired => log::RequestEvent::Expired,
        Happened::CarriedOut => log::RequestEvent::CarriedOut,
        Happened::Fulfilled => log::RequestEvent::Fulfilled,
        Happened::Failed => log::RequestEvent::Failed,
    };
    log::RequestStep {
        what: what.into(),
        by: by.as_ref().map(ToString::to_string).unwrap_or_default(),
        at: at.as_micros(),
        revision: revision.0,
    }
}

fn read_step(message: log::RequestStep, why: Option<String>) -> Result<Step, Damage> {
    let log::RequestStep { what, by, at, revision } = message;
    let what = match log::RequestEvent::try_from(what).map_err(|_| UNKNOWN)? {
        log::RequestEvent::Unspecified => return Err(UNKNOWN),
        log::RequestEvent::Drafted => Happened::Drafted,
        log::RequestEvent::Edited => Happened::Edited,
        log::RequestEvent::Submitted => Happened::Submitted,
        log::RequestEvent::Approved => Happened::Approved,
        log::RequestEvent::Rejected => Happened::Rejected,
        log::RequestEvent::Withdrawn => Happened::Withdrawn,
        log::RequestEvent::Expired => Happened::Expired,
        log::RequestEvent::CarriedOut => Happened::CarriedOut,
        log::RequestEvent::Fulfilled => Happened::Fulfilled,
        log::RequestEvent::Failed => Happened::Failed,
    };
    Ok(Step { what, by: optional(&by, user_id)?, at: instant(at)?, revision: Revision(revision), why })
}
