//! ListPlacements and ListCaseload: what the reader may view of customers.

use bailiwick_identity::{CustomerId, UnitId};
use bailiwick_membership::{CustomerIx, Enrolment, Placement, UnitIx};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::OtherPlacements;
use bailiwick_proto::parse::{self, Collection, PlacementFilter};
use bailiwick_proto::render::{self, Sight};
use bailiwick_proto::v1;
use bailiwick_realm::State;

use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::reader::Reader;

/// Between the parts of a page's key: no id has it.
const BETWEEN: char = '\n';

pub(super) async fn list_placements(
    backend: &Backend,
    caller: &Caller,
    request: v1::ListPlacementsRequest,
) -> Result<v1::ListPlacementsResponse, Fault> {
    let bare = v1::ListPlacementsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let v1::ListPlacementsRequest { realm, actor, filter, show_dismissed, page_size, page_token } = request;
    let filter = parse::placement_filter(filter.as_ref())?;
    let state = backend.newest(caller, &realm)?;
    let reader = backend.reader(caller, state, &actor)?;
    let paging = backend.paging(caller, "ListPlacements", &bare, page_size, &page_token)?;
    let revision = reader.state.revision.0;
    paging.not_older(revision)?;
    let part = Part { after: paging.after().map(str::to_owned), size: paging.size, show_dismissed };

    let found = match filter {
        PlacementFilter::Customer(customer) => of_customer(&reader, &customer, &part),
        PlacementFilter::Unit(unit) => {
            let unit = seen_unit(&reader, &unit)?;
            backend.look(&reader, move |reader| at_unit(reader, unit, &part)).await??
        }
    };
    let next_page_token = match found.next {
        Some(last) => backend.next_page(&paging, revision, last.into_bytes())?,
        None => String::new(),
    };
    Ok(v1::ListPlacementsResponse { placements: found.placements, next_page_token, revision })
}

/// Which part of a list of placements is wanted.
struct Part {
    /// After the row of this key.
    after: Option<String>,
    /// At most so many.
    size: usize,
    show_dismissed: bool,
}

/// One page of placements.
struct Found {
    placements: Vec<v1::Placement>,
    /// The key of the row after which the next page begins.
    next: Option<String>,
}

impl Part {
    fn shows(&self, placement: &Placement) -> bool {
        self.show_dismissed || placement.enrolment == Enrolment::Enrolled
    }
}

/// A customer's placements, by unit. Somebody unknown has none, and so has somebody out of sight.
fn of_customer(reader: &Reader, customer: &CustomerId, part: &Part) -> Found {
    let State { world, scheme, .. } = &*reader.state;
    let Some(ix) = world.customer_ix(customer.as_str()) else {
        return Found { placements: Vec::new(), next: None };
    };
    let others_named = scheme.other_placements() == OtherPlacements::Named && reader.customer(customer, None);
    // Of a unit out of sight nothing is told but that the customer is there now.
    let named = |placement: &Placement| {
        others_named && placement.enrolment == Enrolment::Enrolled && !world.is_closed(placement.unit)
    };
    // Those come last, by what they are called: where one stands tells nothing of its id.
    let shown = |placement: Placement| {
        let unit = render::unit_name(world, placement.unit);
        if reader.customer(customer, Some(placement.unit)) {
            return Some((format!("0{unit}"), render::placement(world, scheme, customer, placement)));
        }
        let row = render::named_placement(world, scheme, customer, placement);
        named(&placement).then(|| (format!("1{}{BETWEEN}{unit}", row.unit_display_name), row))
    };
    let mut rows: Vec<(String, v1::Placement)> = world
        .placements(ix)
        .filter(|placement| part.shows(placement))
        .filter_map(shown)
        .filter(|(key, _)| part.after.as_ref().is_none_or(|after| key > after))
        .collect();
    rows.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let more = rows.len() > part.size;
    rows.truncate(part.size);
    let next = rows.last().filter(|_| more).map(|(key, _)| key.clone());
    Found { placements: rows.into_iter().map(|(_, placement)| placement).collect(), next }
}

/// The placements at a unit, in the order in which the customers came to be known. Whether there is more is told of what is
/// seen alone.
fn at_unit(reader: &Reader, unit: UnitIx, part: &Part) -> Result<Found, Fault> {
    let State { world, scheme, .. } = &*reader.state;
    let after = match &part.after {
        None => None,
        // No customer ever goes: one who is not there is of a state that this one does not follow.
        Some(last) => Some(world.customer_ix(last).ok_or(Fault::HistoryChanged)?),
    };
    let shown = |customer: CustomerIx| {
        let placement = world.placements(customer).find(|placement| placement.unit == unit)?;
        Some((world.customer_id(customer)?, placement)).filter(|(_, placement)| part.shows(placement))
    };
    let mut seen = reader.customers_at(unit, after).filter_map(shown);
    let rows: Vec<(CustomerId, Placement)> = seen.by_ref().take(part.size).collect();
    let more = seen.next().is_some();
    let next = rows.last().filter(|_| more).map(|(customer, _)| customer.to_string());
    let render = |(customer, placement): &(CustomerId, Placement)| {
        render::placement(world, scheme, customer, *placement)
    };
    Ok(Found { placements: rows.iter().map(render).collect(), next })
}

fn seen_unit(reader: &Reader, unit: &UnitId) -> Result<UnitIx, Fault> {
    let seen = reader.state.world.unit_ix(unit.as_str()).filter(|&unit| reader.unit(unit));
    seen.ok_or_else(|| not_found(Reason::UnknownUnit))
}

pub(super) fn list_caseload(
    backend: &Backend,
    caller: &Caller,
    request: &v1::ListCaseloadRequest,
) -> Result<v1::ListCaseloadResponse, Fault> {
    let v1::ListCaseloadRequest { realm, actor, user, unit, page_size, page_token } = request;
    let bare = v1::ListCaseloadRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let state = backend.newest(caller, realm)?;
    let user = parse::user(user)?;
    let unit = parse::optional_unit(unit)?;
    let reader = backend.reader(caller, state, actor)?;
    let paging = backend.paging(caller, "ListCaseload", &bare, *page_size, page_token)?;
    let revision = reader.state.revision.0;
    paging.not_older(revision)?;
    let world = &reader.state.world;
    let worker = world
        .user_ix(user.as_str())
        .filter(|_| reader.user(&user))
        .and_then(|ix| world.user(ix))
        .ok_or_else(|| not_found(Reason::UnknownUser))?;
    let unit = unit.map(|unit| seen_unit(&reader, &unit)).transpose()?;

    let mut rows: Vec<(String, v1::CaseloadEntry)> = worker
        .caseload()
        .iter()
        .filter(|entry| unit.is_none_or(|unit| entry.unit == unit))
        .filter_map(|entry| Some((entry, world.customer_id(entry.customer)?)))
        .filter(|(entry, customer)| reader.customer(customer, Some(entry.unit)))
        .map(|(entry, customer)| {
            let unit = render::unit_name(world, entry.unit);
            let customer = Collection::Customers.name(customer);
            (format!("{unit}{BETWEEN}{customer}"), v1::CaseloadEntry { unit, customer })
        })
        .filter(|(key, _)| paging.after().is_none_or(|after| key.as_str() > after))
        .collect();
    rows.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let more = rows.len() > paging.size;
    rows.truncate(paging.size);
    let next_page_token = match rows.last() {
        Some((key, _)) if more => backend.next_page(&paging, revision, key.clone().into_bytes())?,
        Some(_) | None => String::new(),
    };
    let entries = rows.into_iter().map(|(_, entry)| entry).collect();
    Ok(v1::ListCaseloadResponse { entries, next_page_token, revision })
}
