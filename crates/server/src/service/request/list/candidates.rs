//! Where the requests of a list are looked for.

use std::collections::BTreeSet;

use bailiwick_membership::UnitIx;
use bailiwick_proto::parse::RequestFilter;
use bailiwick_realm::{ApproverReach, StageName, desks_of};
use bailiwick_store::{RequestPlace, RequestQuery, RequestsOf, UndecidedRequest};

use crate::backend::Backend;
use crate::fault::Fault;
use crate::reader::Reader;

/// Who approves in more units than so many looks through all that waits for approval, and not unit by unit.
const MOST_UNITS: usize = 5_000;
/// So many that wait for approval are looked through at once.
const WALKED: usize = 250;

/// Where to look.
pub(super) enum Candidates {
    /// In a list of the tables.
    Listed(RequestsOf, Vec<StageName>),
    /// Among all that wait for approval: where the actor approves for these systems, or in a unit.
    Undecided(BTreeSet<String>),
    /// Nowhere: there is nothing.
    None,
}

/// What is found at once.
pub(super) struct Portion {
    /// Requests that may be on the list, in its order.
    pub(super) places: Vec<RequestPlace>,
    /// Where to go on.
    pub(super) last: Option<RequestPlace>,
    /// Whether nothing comes after it.
    pub(super) is_last: bool,
}

impl Candidates {
    pub(super) fn of(filter: &RequestFilter, reader: &Reader) -> Self {
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

    fn to_approve(reader: &Reader) -> Self {
        let Some(actor) = reader.acting() else { return Self::Undecided(BTreeSet::new()) };
        let Some(reach) = ApproverReach::of(&reader.state, actor, reader.now) else { return Self::None };
        let systems = reach.systems();
        let Some(units) = reach.units(MOST_UNITS) else { return Self::Undecided(systems) };
        if units.is_empty() && systems.is_empty() {
            return Self::None;
        }
        let id = |unit: UnitIx| reader.state.world.unit_id(unit).cloned();
        let (units, systems) = (units.into_iter().filter_map(id).collect(), systems.into_iter().collect());
        Self::Listed(RequestsOf::Awaiting { units, systems }, Vec::new())
    }

    /// What comes after a place: about so many, if there are.
    pub(super) async fn next(
        &self,
        backend: &Backend,
        reader: &Reader,
        after: Option<&RequestPlace>,
        wanted: usize,
    ) -> Result<Portion, Fault> {
        let realm = &reader.state.realm;
        match self {
            Self::None => Ok(Portion { places: Vec::new(), last: None, is_last: true }),
            Self::Listed(of, stages) => {
                let (of, stages) = (of.clone(), stages.clone());
                let query = RequestQuery { of, stages, after: after.cloned(), limit: wanted };
                let places = backend.store.request_places(realm, &query).await?;
                Ok(Portion { last: places.last().cloned(), is_last: places.len() < wanted, places })
            }
            Self::Undecided(systems) => {
                let undecided = backend.store.undecided_requests(realm, after, WALKED).await?;
                let is_last = undecided.len() < WALKED;
                Ok(among(undecided, reader, systems, wanted, is_last))
            }
        }
    }
}

/// Those that may wait for the actor, at most so many of them; of an operator, all.
fn among(
    undecided: Vec<UndecidedRequest>,
    reader: &Reader,
    systems: &BTreeSet<String>,
    wanted: usize,
    is_last: bool,
) -> Portion {
    let reach = reader.acting().and_then(|actor| ApproverReach::of(&reader.state, actor, reader.now));
    let world = &reader.state.world;
    let waits = |request: &UndecidedRequest| {
        let units = request.units.iter().filter_map(|unit| world.unit_ix(unit.as_str()));
        reach.is_none_or(|reach| {
            request.systems.iter().any(|system| systems.contains(system)) || reach.covers_any(units)
        })
    };
    let end = undecided.last().map(|request| request.place.clone());
    let mut found = undecided.into_iter().filter(waits).map(|request| request.place);
    let places: Vec<_> = found.by_ref().take(wanted).collect();
    match found.next() {
        Some(_) => Portion { last: places.last().cloned(), is_last: false, places },
        None => Portion { places, last: end, is_last },
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
