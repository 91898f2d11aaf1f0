//! One question to both.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_oracle::check::{Answer, Question, Resource, check};
use bailiwick_oracle::model;
use bailiwick_policy as policy;
use bailiwick_policy::scheme::{ClassSet, Scheme};
use bailiwick_policy::{Target, Verdict};

use crate::world::{Pair, Unfit, instant};

/// An answer in full, in the words of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// `ALLOWED`, or why not.
    pub code: &'static str,
    /// The deciding assignment: its number, role and unit.
    pub deciding: Option<(u32, String, String)>,
    /// What may be shown.
    pub visible: BTreeSet<String>,
    /// What may not.
    pub redacted: BTreeSet<String>,
    /// By unit, what may be shown of what belongs there.
    pub through: BTreeMap<String, BTreeSet<String>>,
    /// Until when it holds without a write.
    pub valid_until: Option<model::Instant>,
}

/// What the naive evaluator says.
#[must_use]
pub fn oracle(pair: &Pair, question: &Question) -> Told {
    let Answer { allowed: _, reason, deciding, visible, redacted, through, valid_until } =
        check(&pair.world, &pair.model, question, pair.now);
    Told {
        code: reason.as_code(),
        deciding,
        visible: visible.into_iter().collect(),
        redacted: redacted.into_iter().collect(),
        through: through.into_iter().map(|(unit, classes)| (unit, classes.into_iter().collect())).collect(),
        valid_until,
    }
}

/// A question as the engine is asked it.
///
/// # Errors
/// A name in the question that the scheme has not.
pub fn read<'q>(scheme: &Scheme, question: &'q Question) -> Result<policy::Question<'q>, Unfit> {
    let capability = scheme.capability_named(&question.capability);
    let resource = match &question.resource {
        Resource::Unit(id) => Target::Unit(id),
        Resource::Customer(id) => Target::Customer(id),
        Resource::User(id) => Target::User(id),
        Resource::System(name) => Target::System(scheme.system_named(name).ok_or("system")?),
    };
    let mut named = ClassSet::EMPTY;
    for class in &question.classes {
        named = named.union(scheme.class_named(class).ok_or("class")?);
    }
    Ok(policy::Question {
        subject: &question.subject,
        capability: capability.ok_or("capability")?,
        resource,
        classes: (!question.classes.is_empty()).then_some(named),
        at: question.at.as_deref(),
    })
}

/// What the engine says.
///
/// # Errors
/// A name in the question that the scheme has not.
pub fn engine(pair: &Pair, question: &Question) -> Result<Told, Unfit> {
    let (scheme, world) = (&*pair.state.scheme, &pair.state.world);
    let asked = read(scheme, question)?;
    let policy::Answer { verdict, deciding, visible, redacted, through, valid_until } =
        policy::check(world, scheme, &asked, instant(pair.now));
    let unit = |ix| world.unit_id(ix).map(ToString::to_string).unwrap_or_default();
    let role = |ix| scheme.role(ix).map(|role| role.name.clone()).unwrap_or_default();
    Ok(Told {
        code: match verdict {
            Verdict::Allowed => "ALLOWED",
            Verdict::Denied(reason) => reason.code(),
        },
        deciding: deciding.map(|by| (by.number, role(by.role), unit(by.unit))),
        visible: classes(scheme, visible),
        redacted: classes(scheme, redacted),
        through: through.into_iter().map(|one| (unit(one.unit), classes(scheme, one.classes))).collect(),
        valid_until: valid_until.map(bailiwick_identity::Instant::as_micros),
    })
}

fn classes(scheme: &Scheme, set: ClassSet) -> BTreeSet<String> {
    set.iter().filter_map(|ix| scheme.classes().get(ix)).cloned().collect()
}
