//! ListUsers: the users that the reader sees, in one of several orders.
//!
//! Memory knows who is seen and what they hold ([`wanted`]), tables know names, instants and their orders; [`listing`]
//! finds the users of a page with both; [`place`] is where the next page goes on.

mod listing;
mod place;
#[cfg(test)]
mod tests;
mod wanted;

use bailiwick_proto::parse;
use bailiwick_proto::v1;
use bailiwick_store::UserRow;

use self::listing::{Found, Limits, Listing, Sought};
use self::place::Mark;
use self::wanted::{Section, Wanted};
use super::view;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;

pub(super) async fn list_users(
    backend: &Backend,
    caller: &Caller,
    request: v1::ListUsersRequest,
) -> Result<v1::ListUsersResponse, Fault> {
    list_within(backend, caller, request, Limits::USUAL).await
}

async fn list_within(
    backend: &Backend,
    caller: &Caller,
    request: v1::ListUsersRequest,
    limits: Limits,
) -> Result<v1::ListUsersResponse, Fault> {
    let filter = parse::user_filter(&request)?;
    let state = backend.newest(caller, &request.realm)?;
    let reader = backend.reader(caller, state, &request.actor)?;
    let bare = v1::ListUsersRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let paging = backend.paging(caller, "ListUsers", &bare, request.page_size, &request.page_token)?;
    paging.not_older(reader.state.revision.0)?;
    let wanted = Wanted::of(&filter, &reader)?;
    let foreign = || Fault::field("page_token", "is of another version: begin again without a page token");
    let from = paging.after().map(|text| Mark::read(text).ok_or_else(foreign)).transpose()?;

    let sought = Sought::of(&filter);
    let listing =
        Listing { backend, reader: &reader, sought: &sought, wanted: &wanted, size: paging.size, limits };
    let Found { users, next } = listing.find(from).await?;
    let rows = backend.store.users(&reader.state.realm, &users.iter().cloned().collect()).await?;
    // What they hold may have changed since: who no longer fits is left out.
    let reader = backend.settle(caller, reader, &rows, &request.actor).await?;
    let row =
        |user| rows.binary_search_by(|row: &UserRow| row.user.cmp(user)).ok().and_then(|at| rows.get(at));
    let fits = |row: &&UserRow| {
        let user = reader.state.world.user_ix(row.user.as_str());
        user.is_some_and(|user| wanted.shows(&reader, user, Section::Everyone))
    };
    let users =
        users.iter().filter_map(row).filter(fits).filter_map(|row| view::user(&reader, row)).collect();
    let revision = reader.state.revision.0;
    let next_page_token = match next {
        Some(mark) => backend.next_page(&paging, revision, mark.write().into_bytes())?,
        None => String::new(),
    };
    Ok(v1::ListUsersResponse { users, next_page_token, revision })
}
