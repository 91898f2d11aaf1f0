//! May this user do this? (design §6)
//!
//! Each kind of resource has its own file; this one holds the question, the answer, and what comes first
//! in every answer.

mod customers;
pub(crate) mod reporting;
mod systems;
mod unit;
mod users;

use std::collections::BTreeSet;

use crate::holding::{all_held, next_instant};
use crate::model::{Assignment, Instant, ResourceType, Scheme, User, World};
use crate::reason::Reason;

/// A question of CheckAccess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The user asked about.
    pub subject: String,
    /// The capability.
    pub capability: String,
    /// The resource.
    pub resource: Resource,
    /// Record classes that must all be visible; customers only.
    pub classes: Vec<String>,
    /// The unit that the question is about; customers only.
    pub at: Option<String>,
}

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A unit.
    Unit(String),
    /// A customer.
    Customer(String),
    /// A user.
    User(String),
    /// A system.
    System(String),
}

/// The answer. A denial shows no classes, no `through` and no deciding assignment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
    /// The oldest assignment that allows: its number, role and unit. None for a grant of a system, and for
    /// oneself.
    pub deciding: Option<(u32, String, String)>,
    /// The record classes that may be shown, sorted.
    pub visible: Vec<String>,
    /// Those asked, or all of the scheme, that may not, sorted; customer questions only.
    pub redacted: Vec<String>,
    /// Each allowing placement's unit with its classes, sorted by unit.
    pub through: Vec<(String, Vec<String>)>,
    /// When the answer may change without a write.
    pub valid_until: Option<Instant>,
}

/// How far an assignment got: "tried in the order capability, scope, effective, caseload" (§6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Capability,
    Scope,
    Effective,
    Caseload,
    Allowed,
}

impl Step {
    /// The reason for what failed at this step.
    pub(crate) fn reason(self) -> Reason {
        match self {
            Self::Capability => Reason::RoleLacksCapability,
            Self::Scope => Reason::OutOfScope,
            Self::Effective => Reason::NotEffective,
            Self::Caseload => Reason::CaseloadRestricted,
            Self::Allowed => Reason::Allowed,
        }
    }
}

impl Answer {
    /// A denial that shows nothing.
    pub(crate) fn denied(reason: Reason) -> Self {
        Self { reason, ..Self::allowed(None) }.refused()
    }

    /// An answer that allows by this assignment.
    pub(crate) fn allowed(by: Option<&Assignment>) -> Self {
        Self {
            allowed: true,
            reason: Reason::Allowed,
            deciding: by.map(|by| (by.number, by.role.clone(), by.unit.clone())),
            visible: Vec::new(),
            redacted: Vec::new(),
            through: Vec::new(),
            valid_until: None,
        }
    }

    fn refused(self) -> Self {
        Self { allowed: false, ..self }
    }
}

/// §6: the answer to a question about this world at this instant.
#[must_use]
pub fn check(world: &World, scheme: &Scheme, question: &Question, now: Instant) -> Answer {
    if malformed(scheme, question) {
        return Answer::denied(Reason::InvalidArgument);
    }
    let Some(subject) = world.user(&question.subject) else {
        return with_redacted(Answer::denied(Reason::UnknownSubject), scheme, question);
    };
    let mut answer = if subject.active {
        answer_active(world, scheme, subject, question, now)
    } else {
        Answer::denied(Reason::UserDisabled)
    };
    answer.valid_until = valid_until(world, subject, question, &answer, now);
    with_redacted(answer, scheme, question)
}

fn answer_active(
    world: &World,
    scheme: &Scheme,
    subject: &User,
    question: &Question,
    now: Instant,
) -> Answer {
    if let Resource::User(other) = &question.resource {
        return users::check(world, scheme, subject, &question.capability, other, now);
    }
    if unknown_resource(world, question) {
        return Answer::denied(Reason::UnknownResource);
    }
    if all_held(subject, now).is_empty() {
        return Answer::denied(Reason::NoAssignment);
    }
    match &question.resource {
        Resource::Unit(unit) if reporting::decides(scheme, &question.capability) => {
            reporting::check(world, scheme, subject, &question.capability, unit, now)
        }
        Resource::Unit(unit) => unit::check(world, scheme, subject, &question.capability, unit, now),
        Resource::Customer(customer) => customers::check(world, scheme, subject, question, customer, now),
        Resource::System(system) => systems::check(world, scheme, subject, &question.capability, system, now),
        Resource::User(_) => Answer::denied(Reason::InvalidArgument),
    }
}

/// §6: "a malformed name, an unknown capability, class, system or realm, or a capability of another resource
/// type is an error". Of the capabilities of users only the two built-in ones can be asked.
fn malformed(scheme: &Scheme, question: &Question) -> bool {
    let capability = question.capability.as_str();
    let declared = scheme.capability(capability).map(|found| found.resource);
    let wrong_type = match &question.resource {
        Resource::Unit(_) => declared != Some(ResourceType::Unit),
        Resource::Customer(_) => declared != Some(ResourceType::Customer),
        Resource::User(_) => capability != "user.view" && capability != "user.manage",
        Resource::System(_) => capability != "system.use" && declared != Some(ResourceType::System),
    };
    let customer_question = matches!(question.resource, Resource::Customer(_));
    let stray = !customer_question && (question.at.is_some() || !question.classes.is_empty());
    let unknown_class = question.classes.iter().any(|class| !scheme.classes.contains(class));
    let unknown_system = match &question.resource {
        Resource::System(system) => scheme.system(system).is_none(),
        Resource::Unit(_) | Resource::Customer(_) | Resource::User(_) => false,
    };
    wrong_type || stray || unknown_class || unknown_system
}

fn unknown_resource(world: &World, question: &Question) -> bool {
    let unknown_at = question.at.as_ref().is_some_and(|at| world.unit(at).is_none());
    let unknown = match &question.resource {
        Resource::Unit(unit) => world.unit(unit).is_none(),
        Resource::Customer(customer) => world.customer(customer).is_none(),
        Resource::User(_) | Resource::System(_) => false,
    };
    unknown || unknown_at
}

/// §6: "redacted = those asked (all of the scheme, if none) minus visible".
fn with_redacted(mut answer: Answer, scheme: &Scheme, question: &Question) -> Answer {
    if matches!(question.resource, Resource::Customer(_)) {
        let asked = if question.classes.is_empty() { &scheme.classes } else { &question.classes };
        let redacted: BTreeSet<String> =
            asked.iter().filter(|class| !answer.visible.contains(class)).cloned().collect();
        answer.redacted = redacted.into_iter().collect();
    }
    answer
}

/// §6: "the earliest later instant at which anything starts or ends that the subject, or the user asked
/// about, holds". Where the subject may not see that other user, the answer must not depend on what it
/// holds.
fn valid_until(
    world: &World,
    subject: &User,
    question: &Question,
    answer: &Answer,
    now: Instant,
) -> Option<Instant> {
    let mine = next_instant(subject, now);
    let Resource::User(other) = &question.resource else { return mine };
    let known = [Reason::SelfReference, Reason::OutOfReach, Reason::RankTooLow];
    if !answer.allowed && !known.contains(&answer.reason) {
        return mine;
    }
    let theirs = world.user(other).and_then(|other| next_instant(other, now));
    mine.into_iter().chain(theirs).min()
}
