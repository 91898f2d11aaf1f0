//! Requests as a reader sees them.

use std::collections::BTreeSet;

use bailiwick_identity::{Field, RequestId, UserId};
use bailiwick_membership::{UnitIx, UserIx};
use bailiwick_policy::Reason;
use bailiwick_proto::render::{self, RequestView, Sight};
use bailiwick_proto::{parse, v1};
use bailiwick_realm::{
    AssignmentSpec, Event, Facts, NewUser, Request, Stage, State, UserChange, Waiting, may_read,
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
        | Event::Realm { .. }
        | Event::Scheme(_)
        | Event::Unit(_)
        | Event::Access { .. }
        | Event::Profile { .. }
        | Event::Credentials { .. }
        | Event::Caseload { .. }
        | Event::Placements { .. } => None,
    });
    left.map(|request| {
        let mut told = whole(request, &outcome.reader)?;
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

fn whole(request: &Request, reader: &Reader) -> Result<v1::Request, Fault> {
    let digest = content_digest(&request.content)?;
    Ok(render::request(&RequestView { request, digest, part_of: None, now: reader.now }))
}

/// What a reader sees of a request.
enum Sees {
    /// All of it, and for whom it waits.
    Whole(Box<Waiting>),
    /// What it asks for them.
    Part(UserId),
    /// Nothing.
    Nothing,
}

pub(super) async fn get(
    backend: &Backend,
    caller: &Caller,
    request: &v1::GetRequestRequest,
) -> Result<v1::GetRequestResponse, Fault> {
    let v1::GetRequestRequest { realm, actor, request } = request;
    let state = backend.newest(caller, realm)?;
    let id = parse::request_ids([("request".to_owned(), request.as_str())])?;
    let id: BTreeSet<RequestId> = id.into_iter().collect();
    backend.reader(caller, state.clone(), actor)?;
    let read = backend.store.requests(&state.realm, &id).await?;
    // What was read is not judged by an older state.
    let revision = read.revision.map_or(0, |revision| revision.0);
    let state = backend.reach(caller, realm, revision).await?;
    let reader = backend.reader(caller, state, actor)?;
    let unknown = || not_found(Reason::UnknownRequest);
    let (mut facts, request) = (read.facts, read.requests.into_iter().next().ok_or_else(unknown)?);
    if request.stage == Stage::Draft {
        // Whose an address or an id is, is told by submitting, which is counted.
        facts.emails.clear();
        facts.external_ids.clear();
        facts.provider_subjects.clear();
    }
    let asked = request.clone();
    let (sees, facts) = backend.look(&reader, move |reader| (sees(reader, &facts, &asked), facts)).await?;
    let waiting = match sees {
        Sees::Nothing => return Err(unknown()),
        Sees::Part(user) => {
            let view =
                RequestView { request: &request, digest: [0; 32], part_of: Some(&user), now: reader.now };
            let request = Some(render::request(&view));
            return Ok(v1::GetRequestResponse { request, ..Default::default() });
        }
        Sees::Whole(waiting) => waiting,
    };
    let State { world, scheme, .. } = &*reader.state;
    let approved = request.approvals.iter().filter_map(|approval| world.user_ix(approval.by.as_str()));
    let first = line_managers(&reader.state, &facts, &request);
    let mut approvers = waiting.approvers;
    let all = approvers.units.len();
    // Where somebody holds something out of sight is told to nobody by way of a request; what it names, it names.
    let named = named_units(&reader.state, &request);
    approvers.units.retain(|unit, _| named.contains(unit) || reader.unit(*unit));
    let other_parts = u32::try_from(all - approvers.units.len()).unwrap_or(u32::MAX);
    let parts = render::request_parts(&approvers, &approved.collect(), &first, world, scheme);
    let request = Some(whole(&request, &reader)?);
    Ok(v1::GetRequestResponse { request, parts, desks: waiting.desks, other_parts })
}

fn sees(reader: &Reader, facts: &Facts, request: &Request) -> Sees {
    let state = &reader.state;
    let whole = || Sees::Whole(Box::new(waiting(state, facts, request, reader.now)));
    match reader.acting() {
        None => whole(),
        Some(actor) if may_read(state, facts, request, actor, reader.now) => whole(),
        Some(actor) if reads_own_part(request, actor) => Sees::Part(actor.clone()),
        Some(_) => Sees::Nothing,
    }
}

/// The line managers of those whom a request is about: as they are, or are to be.
fn line_managers(state: &State, facts: &Facts, request: &Request) -> BTreeSet<UserIx> {
    let known = request.content.subjects().filter_map(|user| facts.people.get(user));
    let known = known.filter_map(|person| person.profile.get(Field::LineManager));
    let changes = request.content.people.iter().flat_map(|person| &person.changes);
    let new = changes.filter_map(|change| {
        let UserChange::Create(new) = change else { return None };
        new.fields.get(&Field::LineManager).map(String::as_str)
    });
    known.chain(new).filter_map(|id| state.world.user_ix(id)).collect()
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
