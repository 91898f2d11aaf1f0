//! Answers to questions.

use bailiwick_membership::{UnitIx, World};
use bailiwick_policy::scheme::{ClassSet, Scheme};
use bailiwick_policy::{Answer, Through, Verdict};

use super::instant::timestamp;
use super::reason::reason;
use crate::parse::Collection;
use crate::v1;

/// The answer to one question of a batch.
#[must_use]
pub fn answer(answer: &Answer, world: &World, scheme: &Scheme) -> v1::Answer {
    let (decision, why) = verdict(answer.verdict);
    let deciding = answer.deciding.as_ref();
    v1::Answer {
        decision: decision.into(),
        reason: why.into(),
        assignment: deciding.map(|d| Collection::Assignments.name(d.number)).unwrap_or_default(),
        role: deciding.and_then(|d| scheme.role(d.role)).map(|role| role.name.clone()).unwrap_or_default(),
        unit: deciding.map(|d| unit_name(world, d.unit)).unwrap_or_default(),
        visible: classes(answer.visible, scheme),
        redacted: classes(answer.redacted, scheme),
        through: answer.through.iter().map(|through| self::through(through, world, scheme)).collect(),
        valid_until: answer.valid_until.map(timestamp),
    }
}

/// A decision, and why not.
pub(super) fn verdict(verdict: Verdict) -> (v1::Decision, v1::Reason) {
    match verdict {
        Verdict::Allowed => (v1::Decision::Allowed, v1::Reason::Unspecified),
        Verdict::Denied(why) => (v1::Decision::Denied, reason(why)),
    }
}

/// The answer to a single question.
#[must_use]
pub fn check_access(
    answer: &Answer,
    world: &World,
    scheme: &Scheme,
    token: Vec<u8>,
) -> v1::CheckAccessResponse {
    let v1::Answer { decision, reason, assignment, role, unit, visible, redacted, through, valid_until } =
        self::answer(answer, world, scheme);
    v1::CheckAccessResponse {
        decision,
        reason,
        assignment,
        role,
        unit,
        visible,
        redacted,
        through,
        valid_until,
        token,
    }
}

/// The name of a unit; empty for one that is not there.
#[must_use]
pub fn unit_name(world: &World, unit: UnitIx) -> String {
    world.node(unit).map(|node| Collection::Units.name(&node.unit.id)).unwrap_or_default()
}

fn through(through: &Through, world: &World, scheme: &Scheme) -> v1::Through {
    v1::Through { unit: unit_name(world, through.unit), classes: classes(through.classes, scheme) }
}

pub(super) fn classes(set: ClassSet, scheme: &Scheme) -> Vec<String> {
    set.iter().filter_map(|ix| scheme.classes().get(ix).cloned()).collect()
}
