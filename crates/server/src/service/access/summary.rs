//! SummarizeAccess: all access of a user, as far as the reader may see it.

use bailiwick_identity::UserId;
use bailiwick_membership::UserIx;
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
use crate::reader::{Reader, Sees};

/// So many people are counted.
const MOST_COUNTED: usize = 1_000;
/// So many are asked about while others are counted.
const MOST_ASKED: usize = 10_000;

pub(super) async fn summarize_access(
    backend: &Backend,
    caller: &Caller,
    request: &v1::SummarizeAccessRequest,
) -> Result<v1::SummarizeAccessResponse, Fault> {
    let v1::SummarizeAccessRequest { realm, user, actor, freshness } = request;
    let user = parse::user(user)?;
    let state = backend.fresh(caller, realm, freshness.as_ref()).await?;
    let reader = backend.reader(caller, state, actor)?;
    let row = backend.store.user(&reader.state.realm, &UserKey::Id(user)).await?;
    let reader = backend.settle(caller, reader, row.as_slice(), actor).await?;
    let row = row.ok_or_else(|| not_found(Reason::UnknownUser))?;
    let shown = view::user(&reader, &row).ok_or_else(|| not_found(Reason::UnknownUser))?;
    let mut summarized = backend.look(&reader, move |reader| of_state(reader, &row.user)).await?;
    summarized.user = Some(shown);
    Ok(v1::SummarizeAccessResponse {
        token: backend.token(&reader.state),
        revision: reader.state.revision.0,
        ..summarized
    })
}

/// What the state says of a user whom the reader sees.
fn of_state(reader: &Reader, user: &UserId) -> v1::SummarizeAccessResponse {
    let State { world, scheme, .. } = &*reader.state;
    let empty = v1::SummarizeAccessResponse::default();
    let Some(ix) = world.user_ix(user.as_str()) else { return empty };
    let (Some(sees), Some(summary)) = (reader.sees(ix), summary(world, scheme, ix, reader.now)) else {
        return empty;
    };
    let access = summary.assignments.iter().filter(|held| sees.assignment(held.by.number));
    let access = access.map(|held| render::assignment_access(held, world, scheme)).collect();
    let told = v1::SummarizeAccessResponse { access, ..empty };
    let sees_all = match &sees {
        Sees::All => true,
        Sees::Some(seen) => seen.others == 0,
    };
    if !sees_all {
        return told;
    }
    let core = scheme.core();
    v1::SummarizeAccessResponse {
        reporting: reporting(reader, ix),
        systems: summary.systems.iter().map(|used| render::system_access(used, scheme)).collect(),
        seen: Some(people(reader, user, core.user_view)),
        managed: Some(people(reader, user, core.user_manage)),
        ..told
    }
}

fn reporting(reader: &Reader, ix: UserIx) -> Option<v1::ReportingAccess> {
    let State { world, scheme, .. } = &*reader.state;
    let role = world.user(ix).and_then(|user| user.reporting_role())?;
    render::reporting_access(role, scheme)
}

fn people(reader: &Reader, user: &UserId, capability: CapIx) -> v1::PeopleCount {
    let State { world, scheme, realm, .. } = &*reader.state;
    let wanted = ResourcesOf { subject: user.as_str(), capability, classes: None, at: None, kind: None };
    let Counted { count, more } =
        count_allowed(world, scheme, &wanted, reader.now, [MOST_COUNTED, MOST_ASKED]);
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
