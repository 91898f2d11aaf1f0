//! Where the requests of a list are looked for.

use bailiwick_identity::UnitId;
use bailiwick_membership::UnitIx;
use bailiwick_proto::parse::RequestFilter;
use bailiwick_realm::{ApproverReach, StageName, desks_of};
use bailiwick_store::{RequestPlace, RequestQuery, RequestsOf, Search};

use crate::backend::Backend;
use crate::fault::Fault;
use crate::reader::Reader;

/// Of who approves in more units than so many, those are asked for in which something waits.
const FEW_UNITS: usize = 1_000;

/// In which list of the tables to look; nowhere, where there is nothing.
pub(super) struct Candidates(Option<(RequestsOf, Vec<StageName>)>);

impl Candidates {
    pub(super) async fn of(
        filter: &RequestFilter,
        backend: &Backend,
        reader: &Reader,
    ) -> Result<Self, Fault> {
        let desks = |actor| desks_of(&reader.state, actor, reader.now).into_iter().collect::<Vec<_>>();
        let (of, stages) = match filter {
            RequestFilter::By(author, stages) => (RequestsOf::Author(author.clone()), as_noted(stages)),
            RequestFilter::About(user, stages) => (RequestsOf::Subject(user.clone()), as_noted(stages)),
            RequestFilter::All(stages) => (RequestsOf::All, as_noted(stages)),
            RequestFilter::ToApprove => {
                let of = to_approve(backend, reader).await?;
                return Ok(Self(of.map(|of| (of, Vec::new()))));
            }
            RequestFilter::ToFulfil => (RequestsOf::AtDesks(reader.acting().map(desks)), Vec::new()),
            RequestFilter::Overdue => {
                let of = reader.acting().map(|actor| (actor.clone(), desks(actor)));
                (RequestsOf::Overdue { before: reader.now, of }, Vec::new())
            }
        };
        Ok(Self(Some((of, stages))))
    }

    /// So many requests that may be on the list, in its order, after a place; fewer where nothing comes after them.
    pub(super) async fn next(
        &self,
        backend: &Backend,
        reader: &Reader,
        after: Option<&RequestPlace>,
        wanted: usize,
    ) -> Result<Vec<RequestPlace>, Fault> {
        let Some((of, stages)) = &self.0 else { return Ok(Vec::new()) };
        let (of, stages) = (of.clone(), stages.clone());
        let query = RequestQuery { of, stages, after: after.cloned(), limit: wanted };
        Ok(backend.store.request_places(&reader.state.realm, &query).await?)
    }
}

/// Where something may wait for the reader's approval; of an operator, everything.
async fn to_approve(backend: &Backend, reader: &Reader) -> Result<Option<RequestsOf>, Fault> {
    let Some(actor) = reader.acting() else { return Ok(Some(RequestsOf::Undecided)) };
    let Some(reach) = ApproverReach::of(&reader.state, actor, reader.now) else { return Ok(None) };
    let (units, search): (Vec<UnitId>, _) = match reach.units(FEW_UNITS) {
        Some(few) => {
            let id = |unit: UnitIx| reader.state.world.unit_id(unit).cloned();
            (few.into_iter().filter_map(id).collect(), Search::EachTarget)
        }
        None => {
            let units = backend.store.units_waited_for(&reader.state.realm).await?;
            (reach.covered(units), Search::InOrder)
        }
    };
    let systems: Vec<String> = reach.systems().into_iter().collect();
    let somewhere = !units.is_empty() || !systems.is_empty();
    Ok(somewhere.then_some(RequestsOf::Awaiting { units, systems, search }))
}

/// What has expired may not have been noted yet.
fn as_noted(stages: &[StageName]) -> Vec<StageName> {
    let mut noted = stages.to_vec();
    if noted.contains(&StageName::Expired) && !noted.contains(&StageName::Submitted) {
        noted.push(StageName::Submitted);
    }
    noted
}
