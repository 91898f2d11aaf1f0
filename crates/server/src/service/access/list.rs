//! What single questions allow, as lists, page by page.

use std::sync::Arc;

use bailiwick_policy::list::{Page, ResourceIx, ResourcesOf, page};
use bailiwick_policy::scheme::{CapIx, Resource};
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::State;

use super::told::Told;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::service::Paging;

pub(super) async fn allowed_resources(
    backend: &Backend,
    caller: &Caller,
    request: v1::ListAllowedResourcesRequest,
) -> Result<v1::ListAllowedResourcesResponse, Fault> {
    let state = backend.fresh(caller, &request.realm, request.freshness.as_ref()).await?;
    let bare = v1::ListAllowedResourcesRequest {
        page_size: 0,
        page_token: String::new(),
        freshness: None,
        ..request.clone()
    };
    let paging =
        backend.paging(caller, "ListAllowedResources", &bare, request.page_size, &request.page_token)?;
    paging.not_older(state.revision.0)?;
    let (after, size) = (paging.after().map(str::to_owned), paging.size);
    let told = Told::to(backend, caller, Arc::clone(&state), &request.actor)?;
    let found = backend.look_at(&state, move |state| {
        let State { world, scheme, .. } = state;
        let wanted = parse::allowed_resources(&request, scheme)?;
        let after = after.map(|id| resource(&wanted, &id, state)).transpose()?;
        let subject = told.subject(wanted.subject, wanted.capability);
        let Page { rows, next } = page(told.resources(&subject, &wanted, after), size, told.following());
        let rows = rows.iter().map(|(ix, by)| render::allowed_resource(*ix, by.as_ref(), world, scheme));
        let next = next.and_then(|next| render::resource_id(next, world, scheme)).map(str::to_owned);
        Ok::<_, Fault>((rows.collect(), next, subject.in_part))
    });
    let (resources, next, in_part) = found.await??;
    Ok(v1::ListAllowedResourcesResponse {
        resources,
        in_part,
        token: backend.token(&state),
        next_page_token: next_token(backend, &paging, &state, next)?,
        revision: state.revision.0,
    })
}

pub(super) async fn allowed_users(
    backend: &Backend,
    caller: &Caller,
    request: v1::ListAllowedUsersRequest,
) -> Result<v1::ListAllowedUsersResponse, Fault> {
    let state = backend.fresh(caller, &request.realm, request.freshness.as_ref()).await?;
    let bare = v1::ListAllowedUsersRequest {
        page_size: 0,
        page_token: String::new(),
        freshness: None,
        ..request.clone()
    };
    let paging = backend.paging(caller, "ListAllowedUsers", &bare, request.page_size, &request.page_token)?;
    paging.not_older(state.revision.0)?;
    let (after, size) = (paging.after().map(str::to_owned), paging.size);
    let told = Told::to(backend, caller, Arc::clone(&state), &request.actor)?;
    let found = backend.look_at(&state, move |state| {
        let State { world, scheme, .. } = state;
        let question = parse::allowed_users(&request, scheme)?;
        let after = after.map(|id| world.user_ix(&id).ok_or(Fault::HistoryChanged)).transpose()?;
        let Page { rows, next } = page(told.subjects(&question, after), size, told.following());
        let rows = rows.iter().map(|(ix, by)| render::allowed_user(*ix, by.as_ref(), world, scheme));
        let next = next.and_then(|next| world.user_id_text(next)).map(str::to_owned);
        Ok::<_, Fault>((rows.collect(), next, told.holds_back(&question)))
    });
    let (users, next, in_part) = found.await??;
    Ok(v1::ListAllowedUsersResponse {
        users,
        in_part,
        token: backend.token(&state),
        next_page_token: next_token(backend, &paging, &state, next)?,
        revision: state.revision.0,
    })
}

pub(super) async fn allowed_capabilities(
    backend: &Backend,
    caller: &Caller,
    request: v1::ListAllowedCapabilitiesRequest,
) -> Result<v1::ListAllowedCapabilitiesResponse, Fault> {
    let state = backend.fresh(caller, &request.realm, request.freshness.as_ref()).await?;
    let bare = v1::ListAllowedCapabilitiesRequest {
        page_size: 0,
        page_token: String::new(),
        freshness: None,
        ..request.clone()
    };
    let paging =
        backend.paging(caller, "ListAllowedCapabilities", &bare, request.page_size, &request.page_token)?;
    paging.not_older(state.revision.0)?;
    let (after, size) = (paging.after().map(str::to_owned), paging.size);
    let told = Told::to(backend, caller, Arc::clone(&state), &request.actor)?;
    let found = backend.look_at(&state, move |state| capabilities(&told, state, &request, after, size));
    let (reply, last) = found.await??;
    Ok(v1::ListAllowedCapabilitiesResponse {
        token: backend.token(&state),
        next_page_token: next_token(backend, &paging, &state, last)?,
        ..reply
    })
}

/// A page of what a subject may do to a resource, and the last row's name, where there is more.
fn capabilities(
    told: &Told,
    state: &State,
    request: &v1::ListAllowedCapabilitiesRequest,
    after: Option<String>,
    size: usize,
) -> Result<(v1::ListAllowedCapabilitiesResponse, Option<String>), Fault> {
    let State { world, scheme, .. } = state;
    let questions = parse::allowed_capabilities(request, scheme)?;
    let name = |cap: CapIx| scheme.capability(cap).map(|capability| capability.name.as_str());
    // A new scheme may have another order: then it goes on where it would have gone on with that.
    let passed = match after {
        None => 0,
        Some(after) => {
            let last = questions.iter().position(|question| name(question.capability) == Some(&after));
            last.ok_or(Fault::HistoryChanged)? + 1
        }
    };
    let mut in_part = false;
    let mut allowed = questions.iter().skip(passed).filter_map(|question| {
        let subject = told.subject(question.subject, question.capability);
        in_part |= subject.in_part || told.holds_back(question);
        let answer = told.answer(&subject, question)?;
        answer.is_allowed().then_some((question.capability, answer))
    });
    let page: Vec<_> = allowed.by_ref().take(size).collect();
    let more = allowed.next().is_some();
    let last = page.last().filter(|_| more).and_then(|(cap, _)| name(*cap)).map(str::to_owned);
    let rows = page.iter().map(|(cap, answer)| render::allowed_capability(*cap, answer, world, scheme));
    let reply = v1::ListAllowedCapabilitiesResponse {
        capabilities: rows.collect(),
        in_part,
        revision: state.revision.0,
        ..Default::default()
    };
    Ok((reply, last))
}

/// The resource after which a page begins. Nothing that was ever listed goes but a system: one that is not there is of a
/// state or a scheme that this one does not follow.
fn resource(wanted: &ResourcesOf<'_>, id: &str, state: &State) -> Result<ResourceIx, Fault> {
    let State { world, scheme, .. } = state;
    let found = match scheme.capability(wanted.capability).map(|capability| capability.resource) {
        Some(Resource::Unit) => world.unit_ix(id).map(ResourceIx::Unit),
        Some(Resource::Customer) => world.customer_ix(id).map(ResourceIx::Customer),
        Some(Resource::User) => world.user_ix(id).map(ResourceIx::User),
        Some(Resource::System) => scheme.system_named(id).map(ResourceIx::System),
        None => None,
    };
    found.ok_or(Fault::HistoryChanged)
}

fn next_token(
    backend: &Backend,
    paging: &Paging,
    state: &State,
    last: Option<String>,
) -> Result<String, Fault> {
    last.map_or(Ok(String::new()), |last| backend.next_page(paging, state.revision.0, last.into_bytes()))
}
