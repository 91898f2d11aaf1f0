//! ListAllowedResources and ListAllowedUsers: what single questions allow, page by page.

use std::sync::Arc;

use bailiwick_membership::UserIx;
use bailiwick_policy::list::{Listed, Part, who, whom};
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::State;

use crate::backend::{Backend, live};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::service::Paging;

pub(super) async fn allowed_resources(
    backend: &Backend,
    caller: &Caller,
    request: &v1::ListAllowedResourcesRequest,
) -> Result<v1::ListAllowedResourcesResponse, Fault> {
    let state = backend.fresh(caller, &request.realm, request.freshness.as_ref()).await?;
    let list = parse::allowed_resources(request, &state.scheme)?;
    let bare = v1::ListAllowedResourcesRequest {
        page_size: 0,
        page_token: String::new(),
        freshness: None,
        ..request.clone()
    };
    let paging =
        backend.paging(caller, "ListAllowedResources", &bare, request.page_size, &request.page_token)?;
    let part = part(&paging, &state)?;
    let (world, scheme) = (&state.world, &state.scheme);
    let (subject, what) = (list.user.to_owned(), list.what);
    let listed = backend
        .look_at(&state, move |state| whom(&state.world, &state.scheme, &subject, what, part, live(state)))
        .await?;
    let row = |(user, by): &(UserIx, _)| render::allowed_resource(*user, Option::as_ref(by), world, scheme);
    Ok(v1::ListAllowedResourcesResponse {
        resources: listed.users.iter().map(row).collect(),
        token: backend.token(&state),
        next_page_token: next(backend, &paging, &state, &listed)?,
        revision: state.revision.0,
    })
}

pub(super) async fn allowed_users(
    backend: &Backend,
    caller: &Caller,
    request: &v1::ListAllowedUsersRequest,
) -> Result<v1::ListAllowedUsersResponse, Fault> {
    let state = backend.fresh(caller, &request.realm, request.freshness.as_ref()).await?;
    let list = parse::allowed_users(request, &state.scheme)?;
    let bare = v1::ListAllowedUsersRequest {
        page_size: 0,
        page_token: String::new(),
        freshness: None,
        ..request.clone()
    };
    let paging = backend.paging(caller, "ListAllowedUsers", &bare, request.page_size, &request.page_token)?;
    let part = part(&paging, &state)?;
    let (world, scheme) = (&state.world, &state.scheme);
    let (other, what) = (list.user.to_owned(), list.what);
    let listed = backend
        .look_at(&state, move |state| who(&state.world, &state.scheme, &other, what, part, live(state)))
        .await?;
    let row = |(user, by): &(UserIx, _)| render::allowed_user(*user, Option::as_ref(by), world, scheme);
    Ok(v1::ListAllowedUsersResponse {
        users: listed.users.iter().map(row).collect(),
        token: backend.token(&state),
        next_page_token: next(backend, &paging, &state, &listed)?,
        revision: state.revision.0,
    })
}

/// Which part of the list a page is.
fn part(paging: &Paging, state: &Arc<State>) -> Result<Part, Fault> {
    paging.not_older(state.revision.0)?;
    let after = match paging.after() {
        None => None,
        // No user ever goes: one who is not there is of a state that this one does not follow.
        Some(user) => Some(state.world.user_ix(user).ok_or(Fault::HistoryChanged)?),
    };
    Ok(Part { after, limit: paging.size })
}

fn next(backend: &Backend, paging: &Paging, state: &State, listed: &Listed) -> Result<String, Fault> {
    let Some(next) = listed.next.and_then(|next| state.world.user_id_text(next)) else {
        return Ok(String::new());
    };
    backend.next_page(paging, state.revision.0, next.as_bytes().to_vec())
}
