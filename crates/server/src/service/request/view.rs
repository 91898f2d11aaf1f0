//! Requests as a reader sees them.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_identity::UserId;
use bailiwick_membership::{UnitIx, UserIx};
use bailiwick_policy::Reason;
use bailiwick_proto::render::{self, RequestView, Sight};
use bailiwick_proto::{parse, v1};
use bailiwick_realm::{
    AssignmentSpec, Event, NewUser, Request, State, UserChange, Waiting, line_managers, may_read,
    reads_own_part, waiting,
};
use bailiwick_store::content_digest;

use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::writing::Outcome;

/// The request that a command left, or would leave, whatever has happened since.
pub(super) fn left(
    outcome: &Outcome,
    is_wanted: impl Fn(&Request) -> bool,
) -> Option<Result<v1::Request, Fault>> {
    let left = outcome.events.iter().find_map(|event| match event {
        Event::Request(request) if is_wanted(request) => Some(request),
        Event::Request(_)
        | Event::Review(_)
        | Event::Realm { .. }
        | Event::Scheme(_)
        | Event::Unit(_)
        | Event::Access { .. }
        | Event::Profile { .. }
        | Event::Credentials { .. }
        | Event::Caseload { .. }
        | Event::Placements { .. } => None,
    });
    // Whoever is gone since, or disabled, is told nothing any more.
    left.filter(|_| outcome.reader.is_active()).map(|request| {
        let mut told = render::request(&view(request, &outcome.reader)?);
        // A dry run opens no handle.
        if outcome.revision.is_none() {
            let content = told.content.iter_mut().flat_map(|content| &mut content.users);
            for (person, user) in request.content.people.iter().zip(content) {
                if request.found.contains(&person.user) && !outcome.reader.user(&person.user) {
                    user.user.clear();
                }
            }
        }
        Ok(told)
    })
}

/// All of a request.
fn view<'r>(request: &'r Request, reader: &Reader) -> Result<RequestView<'r>, Fault> {
    let digest = content_digest(&request.content)?;
    Ok(RequestView { request, digest, part_of: None, now: reader.now })
}

/// What a reader sees of a request.
pub(super) enum Sees {
    /// All of it.
    Whole,
    /// What it asks for them.
    Part(UserId),
    /// Nothing.
    Nothing,
}

/// A request as a reader sees it, where they see anything of it.
pub(super) fn seen(reader: &Reader, request: &Request, sees: &Sees) -> Result<Option<v1::Request>, Fault> {
    let whole = view(request, reader)?;
    Ok(match sees {
        Sees::Whole => Some(render::request(&whole)),
        Sees::Part(user) => Some(render::request(&RequestView { part_of: Some(user), ..whole })),
        Sees::Nothing => None,
    })
}

pub(super) async fn get(
    backend: &Backend,
    caller: &Caller,
    request: &v1::GetRequestRequest,
) -> Result<v1::GetRequestResponse, Fault> {
    let v1::GetRequestRequest { realm, actor, request } = request;
    let state = backend.newest(caller, realm)?;
    let ids = parse::request_ids([("request".to_owned(), request.as_str())])?.into_iter().collect();
    backend.reader(caller, Arc::clone(&state), actor)?;
    let read = backend.store.requests(&state.realm, &ids).await?.ok_or(Fault::Unavailable)?;
    let reader = backend.reader(caller, read.state, actor)?;
    let request = read.requests.into_values().next().ok_or_else(unknown)?;
    let asked = request.clone();
    let look = move |reader: &Reader| {
        let sees = sees(reader, &asked);
        let waiting = matches!(sees, Sees::Whole).then(|| waiting(&reader.state, &asked, reader.now));
        (sees, waiting)
    };
    let (sees, waiting) = backend.look(&reader, look).await?;
    let told = seen(&reader, &request, &sees)?.ok_or_else(unknown)?;
    let mut reply = match waiting {
        Some(waiting) => {
            let about = request.content.subjects().cloned().collect();
            let known = backend.store.users(&reader.state.realm, &about).await?;
            let profile = |user: &UserId| {
                let row = known.iter().find(|row| row.user == *user);
                row.map(|row| &row.person.profile)
            };
            let first = line_managers(&reader.state, &request, profile);
            waits_for(&reader, &request, waiting, &first)
        }
        None => v1::GetRequestResponse::default(),
    };
    reply.request = Some(told);
    Ok(reply)
}

fn unknown() -> Fault {
    not_found(Reason::UnknownRequest)
}

/// For whom a request waits, as far as the reader sees.
fn waits_for(
    reader: &Reader,
    request: &Request,
    waiting: Waiting,
    first: &BTreeSet<UserIx>,
) -> v1::GetRequestResponse {
    let State { world, scheme, .. } = &*reader.state;
    let Waiting { mut approvers, desks } = waiting;
    let all = approvers.units.len();
    // Where somebody holds something out of sight is told to nobody by way of a request; what it names, it names.
    let named = named_units(&reader.state, request);
    approvers.units.retain(|unit, _| named.contains(unit) || reader.unit(*unit));
    let other_parts = u32::try_from(all - approvers.units.len()).unwrap_or(u32::MAX);
    let approved = request.approvals.iter().filter_map(|approval| world.user_ix(approval.by.as_str()));
    let parts = render::request_parts(&approvers, &approved.collect(), first, world, scheme);
    v1::GetRequestResponse { request: None, parts, desks, other_parts }
}

/// What a reader sees of a request; an operator sees all of it.
pub(super) fn sees(reader: &Reader, request: &Request) -> Sees {
    match reader.acting() {
        None => Sees::Whole,
        Some(actor) if may_read(&reader.state, request, actor, reader.now) => Sees::Whole,
        Some(actor) if reads_own_part(request, actor) => Sees::Part(actor.clone()),
        Some(_) => Sees::Nothing,
    }
}

/// The units that a request names.
fn named_units(state: &State, request: &Request) -> BTreeSet<UnitIx> {
    let changes = request.content.people.iter().flat_map(|person| &person.changes);
    let named = changes.filter_map(|change| {
        let (UserChange::Assign(AssignmentSpec { unit, .. })
        | UserChange::Create(NewUser { home: unit, .. })
        | UserChange::SetHome(unit)) = change
        else {
            return None;
        };
        state.world.unit_ix(unit.as_str())
    });
    named.collect()
}
