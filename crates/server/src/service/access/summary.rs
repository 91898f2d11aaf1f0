//! SummarizeAccess: all access of a user, as far as the reader may see it.

use std::sync::Arc;

use bailiwick_identity::UserId;
use bailiwick_policy::list::{Counted, ResourcesOf, count};
use bailiwick_policy::scheme::CapIx;
use bailiwick_policy::{AllowedAt, Reason, summary};
use bailiwick_proto::parse::Collection;
use bailiwick_proto::render::Sight;
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::State;
use bailiwick_store::UserKey;

use super::super::user::view;
use super::told::Told;
use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::past::{Onlooker, When, wanted};
use crate::reader::Sees;

/// So many people are counted.
const MOST_COUNTED: usize = 1_000;
/// So many are asked about while others are counted.
const MOST_ASKED: usize = 1_000;

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
        backend.reader_of(caller, &when, actor)?;
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
        let to = Told::to(backend, caller, Arc::clone(&when.state), actor)?.at(when.now);
        let actor = actor.clone();
        let counted = move |state: &State| {
            let core = state.scheme.core();
            [core.user_view, core.user_manage].map(|capability| people(&to, &user, &actor, capability))
        };
        [told.seen, told.managed] = backend.look_at(&when.state, counted).await?.map(Some);
    }
    let (token, revision) = (backend.token(&when.state), when.state.revision.0);
    Ok(v1::SummarizeAccessResponse { user: Some(shown), token, revision, ..told })
}

/// What a state says of a user, as far as they are seen.
fn of_state(onlooker: &Onlooker<'_>, user: &UserId, sees: &Sees) -> Option<v1::SummarizeAccessResponse> {
    let State { world, scheme, .. } = &*onlooker.when.state;
    let ix = world.user_ix(user.as_str())?;
    let summary = summary(world, scheme, ix, onlooker.when.now)?;
    let own = world.user(ix).and_then(|user| world.customer_id(user.own_record()?));
    let shows_own = own.is_some_and(|own| onlooker.customer(&own, None));
    let mut held = summary.assignments;
    held.retain(|held| sees.assignment(held.by.number));
    for held in &mut held {
        // A record out of sight is none.
        held.allows.retain(|allows| shows_own || allows.reach != AllowedAt::OwnRecord);
    }
    let access = held.iter().map(|held| render::assignment_access(held, world, scheme, onlooker)).collect();
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

/// To how many users somebody may do something, of those whom the one who is told of them sees.
fn people(told: &Told, user: &UserId, actor: &str, capability: CapIx) -> v1::PeopleCount {
    let State { scheme, realm, .. } = &*told.state;
    let wanted = ResourcesOf { subject: user.as_str(), capability, classes: None, at: None, kind: None };
    let subject = told.subject(wanted.subject, capability);
    let Counted { count, more } = count(told.resources(&subject, &wanted, None), [MOST_COUNTED, MOST_ASKED]);
    let capability = scheme.capability(capability).map(|capability| capability.name.clone());
    v1::PeopleCount {
        count: u32::try_from(count).unwrap_or(u32::MAX),
        more,
        query: Some(v1::ListAllowedResourcesRequest {
            realm: Collection::Realms.name(realm),
            subject: Collection::Users.name(user),
            capability: capability.unwrap_or_default(),
            actor: actor.to_owned(),
            ..Default::default()
        }),
    }
}
