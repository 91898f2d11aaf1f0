//! Lists of what is allowed: to what may this user do something, who may do it to this, what may be done?

use bailiwick_membership::KindIx;
use bailiwick_policy::list::ResourcesOf;
use bailiwick_policy::scheme::{CapIx, Resource, Scheme};
use bailiwick_policy::{Question, Target};

use super::form::Violations;
use super::name::{Collection, named};
use super::question::{self, Parts, subject_id};
use crate::v1;

/// Reads to what a subject may do something. Realm, actor, freshness and page are the server's to read.
///
/// # Errors
/// When a name is malformed, the scheme lacks one, or a filter is of another type of resource.
pub fn allowed_resources<'a>(
    request: &'a v1::ListAllowedResourcesRequest,
    scheme: &Scheme,
) -> Result<ResourcesOf<'a>, Violations> {
    let v1::ListAllowedResourcesRequest {
        realm: _,
        subject,
        capability,
        freshness: _,
        record_classes,
        unit,
        kind,
        actor: _,
        page_size: _,
        page_token: _,
    } = request;
    let subject = subject_id(subject)?;
    let (cap, of) = question::capability(capability, scheme).map_err(violation)?;
    let (classes, at) = question::about_customers(of, record_classes, unit, scheme).map_err(violation)?;
    let kind = if kind.is_empty() { None } else { Some(self::kind(kind, of, scheme).map_err(violation)?) };
    Ok(ResourcesOf { subject, capability: cap, classes, at, kind })
}

/// Reads who may do something to a resource: a question without a subject. Realm, actor, freshness and page are the server's to
/// read.
///
/// # Errors
/// As for a single question.
pub fn allowed_users<'a>(
    request: &'a v1::ListAllowedUsersRequest,
    scheme: &Scheme,
) -> Result<Question<'a>, Violations> {
    let v1::ListAllowedUsersRequest {
        realm: _,
        resource,
        capability,
        freshness: _,
        record_classes,
        unit,
        actor: _,
        page_size: _,
        page_token: _,
    } = request;
    question::question(&Parts { subject: "", capability, resource, record_classes, unit }, scheme)
        .map_err(violation)
}

/// Reads what a user may do to one resource: a question for each capability of its type, in the scheme's order. Realm,
/// freshness and page are the server's to read.
///
/// # Errors
/// When a name is malformed, or a unit is named beside another resource than a customer.
pub fn allowed_capabilities<'a>(
    request: &'a v1::ListAllowedCapabilitiesRequest,
    scheme: &Scheme,
) -> Result<Vec<Question<'a>>, Violations> {
    let v1::ListAllowedCapabilitiesRequest {
        realm: _,
        subject,
        resource,
        unit,
        freshness: _,
        actor: _,
        page_size: _,
        page_token: _,
    } = request;
    let subject = subject_id(subject)?;
    let of = [Resource::Unit, Resource::Customer, Resource::User, Resource::System];
    let of = of.into_iter().find(|of| named(Collection::of(*of), resource).is_ok());
    let of = of.ok_or_else(|| {
        let text = "is no name of a unit, a customer, a user or a system, such as `customers/1001`";
        Violations::one("resource", text)
    })?;
    let (_, at) = question::about_customers(of, &[], unit, scheme).map_err(violation)?;
    let resource: Target<'a> = question::target(resource, of, "this", scheme).map_err(violation)?;
    let capabilities = (0_u16..).map(CapIx).zip(scheme.capabilities());
    let asked =
        capabilities.filter(|(cap, capability)| capability.resource == of && scheme.is_question(*cap));
    Ok(asked.map(|(capability, _)| Question { subject, capability, resource, classes: None, at }).collect())
}

fn kind(name: &str, of: Resource, scheme: &Scheme) -> Result<KindIx, question::Fault> {
    if of != Resource::Unit {
        return Err(("kind", "only units have a kind".to_owned()));
    }
    scheme.kind_named(name).ok_or_else(|| {
        let valid = scheme.kinds().iter().map(|kind| kind.name.as_str());
        ("kind", question::unknown("kind of unit", valid))
    })
}

fn violation((field, description): question::Fault) -> Violations {
    Violations::one(field, description)
}
