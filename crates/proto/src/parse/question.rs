//! Questions: may this user do this, here, to this?
//!
//! Nothing is copied: a parsed question borrows from its message. What the scheme does not have is a fault of the
//! caller, with the valid values; whether users, units and customers exist is not asked here.

use bailiwick_policy::scheme::{CapIx, ClassSet, Resource, Scheme};
use bailiwick_policy::{Question, Target};

use super::form::Violations;
use super::name::{Collection, named};
use crate::v1;

/// Most questions of one call.
pub const MAX_QUESTIONS: usize = 1_000;

/// The parts of one question, wherever it came from.
pub(super) struct Parts<'a> {
    pub(super) subject: &'a str,
    pub(super) capability: &'a str,
    pub(super) resource: &'a str,
    pub(super) record_classes: &'a [String],
    pub(super) unit: &'a str,
}

/// Reads the question of a CheckAccess. Realm and freshness are the server's to read.
///
/// # Errors
/// When a name is malformed, the scheme lacks one, or the capability is of another type of resource.
pub fn check_access<'a>(
    request: &'a v1::CheckAccessRequest,
    scheme: &Scheme,
) -> Result<Question<'a>, Violations> {
    let v1::CheckAccessRequest {
        realm: _,
        subject,
        capability,
        resource,
        record_classes,
        unit,
        freshness: _,
    } = request;
    let subject = subject_id(subject)?;
    question(&Parts { subject, capability, resource, record_classes, unit }, scheme)
        .map_err(|(field, description)| Violations::one(field, description))
}

/// Reads the question of an ExplainAccess. Realm, freshness and actor are the server's to read.
///
/// # Errors
/// As [`check_access`].
pub fn explain_access<'a>(
    request: &'a v1::ExplainAccessRequest,
    scheme: &Scheme,
) -> Result<Question<'a>, Violations> {
    let v1::ExplainAccessRequest {
        realm: _,
        subject,
        capability,
        resource,
        record_classes,
        unit,
        freshness: _,
        actor: _,
    } = request;
    let subject = subject_id(subject)?;
    question(&Parts { subject, capability, resource, record_classes, unit }, scheme)
        .map_err(|(field, description)| Violations::one(field, description))
}

/// Reads the subject of a question.
///
/// # Errors
/// When it is no user's name.
pub fn subject_id(subject: &str) -> Result<&str, Violations> {
    named(Collection::Users, subject).map_err(|fault| Violations::one("subject", fault.to_string()))
}

/// Reads one question of a batch.
///
/// # Errors
/// As [`check_access`], with the question's index in the field.
pub fn batch_question<'a>(
    subject: &'a str,
    asked: &'a v1::Question,
    index: usize,
    scheme: &Scheme,
) -> Result<Question<'a>, Violations> {
    let v1::Question { capability, resource, record_classes, unit } = asked;
    question(&Parts { subject, capability, resource, record_classes, unit }, scheme)
        .map_err(|(field, description)| Violations::one(format!("questions[{index}].{field}"), description))
}

/// A field, and what is wrong with it.
pub(super) type Fault = (&'static str, String);

pub(super) fn question<'a>(parts: &Parts<'a>, scheme: &Scheme) -> Result<Question<'a>, Fault> {
    let (cap, of) = capability(parts.capability, scheme)?;
    let resource = target(parts.resource, of, parts.capability, scheme)?;
    let (classes, at) = about_customers(of, parts.record_classes, parts.unit, scheme)?;
    Ok(Question { subject: parts.subject, capability: cap, resource, classes, at })
}

/// What only a question about customers has: record classes, and the unit that it is about.
pub(super) fn about_customers<'a>(
    of: Resource,
    record_classes: &[String],
    unit: &'a str,
    scheme: &Scheme,
) -> Result<(Option<ClassSet>, Option<&'a str>), Fault> {
    if of != Resource::Customer && !record_classes.is_empty() {
        return Err(("record_classes", "only a question about a customer has record classes".to_owned()));
    }
    if of != Resource::Customer && !unit.is_empty() {
        return Err(("unit", "only a question about a customer has a unit".to_owned()));
    }
    let at = if unit.is_empty() {
        None
    } else {
        Some(named(Collection::Units, unit).map_err(|fault| ("unit", fault.to_string()))?)
    };
    Ok((classes(record_classes, scheme)?, at))
}

pub(super) fn capability(name: &str, scheme: &Scheme) -> Result<(CapIx, Resource), Fault> {
    let asked = |cap: &CapIx| scheme.is_question(*cap);
    let found = scheme.capability_named(name).filter(asked);
    let resource = found.and_then(|cap| scheme.capability(cap)).map(|cap| cap.resource);
    found.zip(resource).ok_or_else(|| {
        let all = (0_u16..).map(CapIx).zip(scheme.capabilities());
        let valid = all.filter(|(cap, _)| asked(cap)).map(|(_, cap)| cap.name.as_str());
        ("capability", unknown("capability", valid))
    })
}

pub(super) fn target<'a>(
    text: &'a str,
    asked: Resource,
    capability: &str,
    scheme: &Scheme,
) -> Result<Target<'a>, Fault> {
    let id = named(Collection::of(asked), text)
        .map_err(|fault| ("resource", format!("for `{capability}`, {fault}")))?;
    Ok(match asked {
        Resource::Unit => Target::Unit(id),
        Resource::Customer => Target::Customer(id),
        Resource::User => Target::User(id),
        Resource::System => {
            let system = scheme.system_named(id).ok_or_else(|| {
                let valid = scheme.systems().iter().map(|system| system.name.as_str());
                ("resource", unknown("system", valid))
            })?;
            Target::System(system)
        }
    })
}

fn classes(names: &[String], scheme: &Scheme) -> Result<Option<ClassSet>, Fault> {
    if names.is_empty() {
        return Ok(None);
    }
    names
        .iter()
        .try_fold(ClassSet::EMPTY, |set, name| scheme.class_named(name).map(|class| set.union(class)))
        .map(Some)
        .ok_or_else(|| {
            let valid = scheme.classes().iter().map(String::as_str);
            ("record_classes", unknown("record class", valid))
        })
}

/// What is said of a name that the scheme does not have.
pub(super) fn unknown<'a>(what: &str, valid: impl Iterator<Item = &'a str>) -> String {
    let valid: Vec<&str> = valid.collect();
    if valid.is_empty() {
        return format!("is no {what} of the scheme, which has none");
    }
    format!("is no {what} of the scheme; valid are `{}`", valid.join("`, `"))
}
