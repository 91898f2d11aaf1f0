//! Where the requests of a list are looked for.

use bailiwick_identity::{Instant, UnitId};
use bailiwick_membership::UnitIx;
use bailiwick_proto::parse::RequestFilter;
use bailiwick_realm::{ApproverReach, StageName, desks_of};
use bailiwick_store::{RequestPlace, RequestQuery, RequestsOf, StoreError};

use crate::backend::Backend;
use crate::fault::Fault;
use crate::reader::Reader;

/// Of who approves in more units than so many, those are asked for in which something waits, the first to expire first.
const FEW_UNITS: usize = 500;

/// Where to look.
pub(super) enum Candidates<'r> {
    /// Nowhere.
    Nowhere,
    /// In a list of the tables.
    Listed(RequestsOf, Vec<StageName>),
    /// Among what waits in units, of which they cover many.
    Awaited(ApproverReach<'r>),
}

impl<'r> Candidates<'r> {
    pub(super) fn of(filter: &RequestFilter, reader: &'r Reader) -> Self {
        let desks = |actor| desks_of(&reader.state, actor, reader.now).into_iter().collect::<Vec<_>>();
        match filter {
            RequestFilter::By(author, stages) => {
                Self::Listed(RequestsOf::Author(author.clone()), as_noted(stages))
            }
            RequestFilter::About(user, stages) => {
                Self::Listed(RequestsOf::Subject(user.clone()), as_noted(stages))
            }
            RequestFilter::All(stages) => Self::Listed(RequestsOf::All, as_noted(stages)),
            RequestFilter::ToApprove => Self::to_approve(reader),
            RequestFilter::ToFulfil => {
                Self::Listed(RequestsOf::AtDesks(reader.acting().map(desks)), Vec::new())
            }
            RequestFilter::Overdue => {
                let of = reader.acting().map(|actor| (actor.clone(), desks(actor)));
                Self::Listed(RequestsOf::Overdue { before: reader.now, of }, Vec::new())
            }
        }
    }

    /// Where something may wait for the reader's approval; of an operator, everything.
    fn to_approve(reader: &'r Reader) -> Self {
        let Some(actor) = reader.acting() else { return Self::Listed(RequestsOf::Undecided, Vec::new()) };
        let Some(reach) = ApproverReach::of(&reader.state, actor, reader.now) else { return Self::Nowhere };
        let Some(few) = reach.units(FEW_UNITS) else { return Self::Awaited(reach) };
        let id = |unit: UnitIx| reader.state.world.unit_id(unit).cloned();
        let units: Vec<UnitId> = few.into_iter().filter_map(id).collect();
        let systems: Vec<String> = reach.systems().map(str::to_owned).collect();
        if units.is_empty() && systems.is_empty() {
            return Self::Nowhere;
        }
        Self::Listed(RequestsOf::Awaiting { units, systems }, Vec::new())
    }

    /// So many requests that may be on the list, in its order, after a place; fewer where nothing comes after them.
    pub(super) async fn next(
        &self,
        backend: &Backend,
        reader: &Reader,
        after: Option<&RequestPlace>,
        wanted: usize,
    ) -> Result<Vec<RequestPlace>, Fault> {
        match self {
            Self::Nowhere => Ok(Vec::new()),
            Self::Listed(of, stages) => {
                let (of, stages) = (of.clone(), stages.clone());
                let query = RequestQuery { of, stages, after: after.cloned(), limit: wanted };
                Ok(backend.store.request_places(&reader.state.realm, &query).await?)
            }
            Self::Awaited(reach) => awaited(backend, reader, reach, after, wanted).await,
        }
    }
}

/// What waits in many units. Where so many of them are asked for as places are wanted, those in which something expires first, what is
/// found is complete up to when the first expires of the next unit.
async fn awaited(
    backend: &Backend,
    reader: &Reader,
    reach: &ApproverReach<'_>,
    after: Option<&RequestPlace>,
    wanted: usize,
) -> Result<Vec<RequestPlace>, Fault> {
    let (store, realm) = (&backend.store, &reader.state.realm);
    let waited_for = store.units_waited_for(realm, after).await?;
    let mut units: Vec<(Instant, &str)> = Vec::new();
    for waited in waited_for.iter() {
        let (unit, first) = waited?;
        if reach.includes(unit) {
            units.push((first, unit));
        }
    }
    units.sort_unstable();
    let systems: Vec<String> = reach.systems().map(str::to_owned).collect();
    let mut many = wanted;
    loop {
        let (asked, rest) = units.split_at(many.min(units.len()));
        let asked = asked.iter().map(|(_, unit)| UnitId::parse(unit).map_err(|_| StoreError::Damaged));
        let asked = asked.collect::<Result<_, _>>()?;
        let of = RequestsOf::Awaiting { units: asked, systems: systems.clone() };
        let query = RequestQuery { of, stages: Vec::new(), after: after.cloned(), limit: wanted };
        let mut found = store.request_places(realm, &query).await?;
        let Some((next, _)) = rest.first() else { return Ok(found) };
        found.retain(|place| place.at < *next);
        if found.len() == wanted {
            return Ok(found);
        }
        many *= 4;
    }
}

/// What has expired may not have been noted yet.
fn as_noted(stages: &[StageName]) -> Vec<StageName> {
    let mut noted = stages.to_vec();
    if noted.contains(&StageName::Expired) && !noted.contains(&StageName::Submitted) {
        noted.push(StageName::Submitted);
    }
    noted
}
