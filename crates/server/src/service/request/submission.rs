//! Submitting drafts. Whoever submits what would make somebody learns whether their address is taken: each such person counts
//! as a question about people, whatever comes of it.

use bailiwick_identity::UserId;
use bailiwick_proto::{parse, v1};
use bailiwick_realm::{MOST_TOGETHER, Request};

use super::{named, view};
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::handle::Holder;
use crate::service::user::probe::identifies;
use crate::service::user::tally::Tally;
use crate::writing::{Receipt, digest};

pub(super) async fn submit(
    backend: &Backend,
    caller: &Caller,
    request: v1::SubmitRequestsRequest,
) -> Result<v1::SubmitRequestsResponse, Fault> {
    let digest = digest("SubmitRequests", &request);
    if request.requests.is_empty() || request.requests.len() > MOST_TOGETHER {
        let text = format!("1 to {MOST_TOGETHER} requests are submitted together");
        return Err(Fault::field("requests", text));
    }
    let (realm, actor) = (request.realm.clone(), parse::actor(&request.actor)?);
    let named = request.requests.iter().enumerate();
    let named = named.map(|(index, one)| (format!("requests[{index}].request"), one.request.as_str()));
    let found = named::find(backend, caller, &realm, named).await?;
    let order: Vec<_> = found.iter().map(|(id, _)| id.clone()).collect();
    let questions = questions(&found, actor.as_ref());
    let read = found.into_iter().map(named::as_read).collect::<Result<_, _>>()?;
    let write = parse::submit_requests(request, read)?;
    let outcome = match &actor {
        // What is sent again is no new question.
        Some(actor) => {
            let holder = Holder { realm: &realm, caller, actor };
            if !backend.is_repeated(caller, &write, digest).await? {
                count(backend, &holder, questions).await?;
            }
            let outcome = backend.write(caller, write, digest).await;
            outcome.map_err(|fault| backend.with_handle(&holder, fault))?
        }
        None => backend.write(caller, write, digest).await?,
    };
    let requests = order.iter().filter_map(|id| view::left(&outcome, |request| request.id == *id));
    let requests = requests.collect::<Result<_, _>>()?;
    let Receipt { revision, token, effects, .. } = outcome.receipt();
    Ok(v1::SubmitRequestsResponse { requests, revision, token, effects })
}

/// How many people the actor's own drafts name by what one person alone is known by.
fn questions(found: &[named::Named], actor: Option<&UserId>) -> usize {
    let own = |request: &&Request| request.author.as_ref() == actor;
    let own = found.iter().filter_map(|(_, request)| request.as_ref()).filter(own);
    let people = own.flat_map(|request| &request.content.people);
    people.filter(|person| person.changes.iter().any(identifies)).count()
}

/// Counts what is asked about people before any of it is looked at, and turns away who would ask too often: the kind of the
/// answer would tell.
async fn count(backend: &Backend, holder: &Holder<'_>, questions: usize) -> Result<(), Fault> {
    if questions == 0 {
        return Ok(());
    }
    let Holder { realm, caller, actor } = *holder;
    let state = backend.newest(caller, realm)?;
    caller.may_act(state.realm.as_str(), Some(actor))?;
    // All of them are told of, whatever comes of it: nothing is settled.
    Tally::set_aside(backend, &state, actor, questions, questions).await.map(drop)
}
