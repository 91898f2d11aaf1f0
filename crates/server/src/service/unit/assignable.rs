//! ListAssignableRoles: what the actor may hand out at a unit.

use bailiwick_policy::Reason;
use bailiwick_proto::parse::{self, AssignableFilter};
use bailiwick_proto::render::{self, Sight};
use bailiwick_proto::v1;
use bailiwick_realm::{Actor, Assignable, To, assignable};
use bailiwick_store::UserKey;

use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;

pub(super) async fn list(
    backend: &Backend,
    caller: &Caller,
    request: &v1::ListAssignableRolesRequest,
) -> Result<v1::ListAssignableRolesResponse, Fault> {
    let AssignableFilter { actor, unit, user, assignment } = parse::assignable_filter(request)?;
    let state = backend.newest(caller, &request.realm)?;
    let mut reader = backend.reader(caller, state, &request.actor)?;
    let bare = v1::ListAssignableRolesRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let paging =
        backend.paging(caller, "ListAssignableRoles", &bare, request.page_size, &request.page_token)?;
    let known = match user {
        None => None,
        Some(user) => {
            let row = backend.store.user(&reader.state.realm, &UserKey::Id(user.clone())).await?;
            reader = backend.settle(caller, reader, row.as_slice(), &request.actor).await?;
            let seen = row.filter(|_| reader.user(&user));
            let row = seen.ok_or_else(|| not_found(Reason::UnknownUser))?;
            Some((user, row.person))
        }
    };
    let revision = reader.state.revision.0;
    paging.not_older(revision)?;
    let seen = reader.state.world.unit_ix(unit.as_str()).filter(|&unit| reader.unit(unit));
    seen.ok_or_else(|| not_found(Reason::UnknownUnit))?;

    let actor = actor.map_or(Actor::Operator, Actor::User);
    let caller = caller.id().into_owned();
    let found = backend.look(&reader, move |reader| {
        let to = known.as_ref().map(|(user, person)| To { user, person, in_place_of: assignment });
        assignable(&reader.state, &actor, &caller, &unit, to, reader.now)
    });
    let found: Vec<Assignable> = found.await?;
    let scheme = &reader.state.scheme;
    let rows = found.iter().map(|role| render::assignable_role(scheme, role));
    let rows: Vec<v1::AssignableRole> = rows.collect();
    // A role that may be handed out no more has no place; the list goes on behind where it stands in the scheme.
    let passed = match paging.after() {
        None => 0,
        Some(last) => {
            let place = |name: &str| scheme.roles().iter().position(|role| role.name == name);
            let last = place(last);
            rows.iter().take_while(|row| place(&row.role) <= last).count()
        }
    };
    let mut roles: Vec<_> = rows.into_iter().skip(passed).collect();
    let more = roles.len() > paging.size;
    roles.truncate(paging.size);
    let next_page_token = match roles.last() {
        Some(last) if more => backend.next_page(&paging, revision, last.role.clone().into_bytes())?,
        Some(_) | None => String::new(),
    };
    Ok(v1::ListAssignableRolesResponse { roles, next_page_token, revision })
}
