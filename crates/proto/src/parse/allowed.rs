//! Lists of what is allowed: whom may this user manage, and who may manage this user?

use bailiwick_policy::list::ToUser;
use bailiwick_policy::scheme::Scheme;

use super::form::Violations;
use super::name::{Collection, named};
use super::question::subject_id;
use crate::v1;

/// A list of what is allowed: of whom, and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllowedList<'a> {
    /// The subject, or the user acted upon, by id.
    pub user: &'a str,
    /// What is done.
    pub what: ToUser,
}

/// Reads to what a subject may do something. Realm, freshness and page are the server's to read.
///
/// # Errors
/// When the subject's name is malformed, or the capability is none that is listed.
pub fn allowed_resources<'a>(
    request: &'a v1::ListAllowedResourcesRequest,
    scheme: &Scheme,
) -> Result<AllowedList<'a>, Violations> {
    let v1::ListAllowedResourcesRequest {
        realm: _,
        subject,
        capability,
        freshness: _,
        page_size: _,
        page_token: _,
    } = request;
    Ok(AllowedList { user: subject_id(subject)?, what: to_user(capability, scheme)? })
}

/// Reads who may do something to a resource. Realm, freshness and page are the server's to read.
///
/// # Errors
/// When the resource is no user's name, or the capability is none that is listed.
pub fn allowed_users<'a>(
    request: &'a v1::ListAllowedUsersRequest,
    scheme: &Scheme,
) -> Result<AllowedList<'a>, Violations> {
    let v1::ListAllowedUsersRequest {
        realm: _,
        resource,
        capability,
        freshness: _,
        page_size: _,
        page_token: _,
    } = request;
    let what = to_user(capability, scheme)?;
    let user = named(Collection::Users, resource)
        .map_err(|fault| Violations::one("resource", format!("for `{capability}`, {fault}")))?;
    Ok(AllowedList { user, what })
}

fn to_user(capability: &str, scheme: &Scheme) -> Result<ToUser, Violations> {
    let found = scheme.capability_named(capability).and_then(|cap| ToUser::of(scheme, cap));
    found.ok_or_else(|| {
        Violations::one("capability", "is none that this version lists: `user.view`, `user.manage`")
    })
}
