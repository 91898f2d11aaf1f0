//! SummarizeAccess: all access of a user, as far as the reader may see it.

use std::sync::Arc;

use bailiwick_identity::{Instant, UserId};
use bailiwick_policy::list::ResourcesOf;
use bailiwick_policy::scheme::CapIx;
use bailiwick_policy::{Counted, Reason, count_allowed, summary};
use bailiwick_proto::parse::Collection;
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::State;
use bailiwick_store::UserKey;

use super::super::user::view;
use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::past::{Onlooker, When, wanted};
use crate::reader::Sees;

/// So many people are counted.
const MOST_COUNTED: usize = 1_000;
/// So many are asked about while others are counted.
const MOST_ASKED: usize = 1_500;

pub(super) async fn summarize_access(
    backend: &Backend,
    caller: &Caller,
    request: &v1::SummarizeAccessRequest,
) -> Result<v1::SummarizeAccessResponse, Fault> {
    let v1::SummarizeAccessRequest { realm, user, actor, freshness } = request;
    let user = parse::user(user)?;
    let about = || wanted([request.user.as_str()]);
    let when = backend.when(caller, realm, freshness.as_ref(), about).await?;
    let unknown = || not_found(Reason::UnknownUser);
    let (row, when) = if when.is_past() {
        // Who asks is known before whom they ask about.
        backend.onlooker(caller, &when, actor)?;
        let past = backend.store.user_at(&when.state.realm, &user, when.state.revision).await?;
        (past.map(|past| past.row), when)
    } else {
        let reader = backend.reader(caller, when.state, actor)?;
        let row = backend.store.user(&reader.state.realm, &UserKey::Id(user.clone())).await?;
        let state = backend.settle(caller, reader, row.as_slice(), actor).await?.state;
        let now = when.now.max(state.recorded_at);
        (row, When { state, now, ..when })
    };
    let row = row.ok_or_else(unknown)?;
    let onlooker = backend.onlooker(caller, &when, actor)?;
    let shown = view::once(&onlooker, &row).ok_or_else(unknown)?;
    let sees = onlooker.sees(&user).ok_or_else(unknown)?;
    let mut told = of_state(&onlooker, &user, &sees).unwrap_or_default();
    if sees_all(&sees) && !when.is_past() {
        let (state, now) = (Arc::clone(&when.state), when.now);
        (told.seen, told.managed) = backend
            .look_at(&state, move |state| (seen(state, &user, now), managed(state, &user, now)))
            .await?;
    }
    let (token, revision) = (backend.token(&when.state), when.state.revision.0);
    Ok(v1::SummarizeAccessResponse { user: Some(shown), token, revision, ..told })
}

/// What a state says of a user, as far as they are seen.
fn of_state(onlooker: &Onlooker<'_>, user: &UserId, sees: &Sees) -> Option<v1::SummarizeAccessResponse> {
    let State { world, scheme, .. } = &*onlooker.when.state;
    let ix = world.user_ix(user.as_str())?;
    let summary = summary(world, scheme, ix, onlooker.when.now)?;
    let shown = summary.assignments.iter().filter(|held| sees.assignment(held.by.number));
    let access = shown.map(|held| render::assignment_access(held, world, scheme, onlooker)).collect();
    let mut told = v1::SummarizeAccessResponse { access, ..Default::default() };
    if sees_all(sees) {
        let role = world.user(ix).and_then(|user| user.reporting_role());
        told.reporting = role.and_then(|role| render::reporting_access(role, scheme));
        told.systems = summary.systems.iter().map(|used| render::system_access(used, scheme)).collect();
    }
    Some(told)
}

/// What belongs to no single assignment is told to who sees them all.
fn sees_all(sees: &Sees) -> bool {
    match sees {
        Sees::All => true,
        Sees::Some(seen) => seen.others == 0,
    }
}

fn seen(state: &State, user: &UserId, now: Instant) -> Option<v1::PeopleCount> {
    Some(people(state, user, state.scheme.core().user_view, now))
}

fn managed(state: &State, user: &UserId, now: Instant) -> Option<v1::PeopleCount> {
    Some(people(state, user, state.scheme.core().user_manage, now))
}

fn people(state: &State, user: &UserId, capability: CapIx, now: Instant) -> v1::PeopleCount {
    let State { world, scheme, realm, .. } = state;
    let wanted = ResourcesOf { subject: user.as_str(), capability, classes: None, at: None, kind: None };
    let Counted { count, more } = count_allowed(world, scheme, &wanted, now, [MOST_COUNTED, MOST_ASKED]);
    let capability = scheme.capability(capability).map(|capability| capability.name.clone());
    v1::PeopleCount {
        count: u32::try_from(count).unwrap_or(u32::MAX),
        more,
        query: Some(v1::ListAllowedResourcesRequest {
            realm: Collection::Realms.name(realm),
            subject: Collection::Users.name(user),
            capability: capability.unwrap_or_default(),
            ..Default::default()
        }),
    }
}
