//! ListPlacements and ListCaseload: what the reader may view of customers.

use std::sync::Arc;

use bailiwick_identity::{CustomerId, UnitId};
use bailiwick_membership::{CustomerIx, Enrolment, Placement, UnitIx};
use bailiwick_policy::Reason;
use bailiwick_proto::parse::{self, Collection, PlacementFilter};
use bailiwick_proto::render::{self, Sight};
use bailiwick_proto::v1;

use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::reader::Reader;

/// Between unit and customer in a page's key: no id has it.
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
    let reader = Arc::new(backend.reader(caller, state, &actor)?);
    let paging = backend.paging(caller, "ListPlacements", &bare, page_size, &page_token)?;
    let revision = reader.state.revision.0;
    paging.not_older(revision)?;
    let after = paging.after().map(str::to_owned);
    let shown = move |placement: &Placement| show_dismissed || placement.enrolment == Enrolment::Enrolled;

    let wanted = paging.size.saturating_add(1);
    let mut found = match filter {
        PlacementFilter::Customer(customer) => of_customer(&reader, &customer, after.as_deref(), shown),
        PlacementFilter::Unit(unit) => {
            let unit = seen_unit(&reader, &unit)?;
            let reader = Arc::clone(&reader);
            // Every customer of the realm is looked at: not on a thread that answers questions.
            let place = backend.place_to_look().await?;
            let looking = tokio::task::spawn_blocking(move || {
                // Kept to the end, though the caller be gone: no more look at once than there are places.
                let _place = place;
                at_unit(&reader, unit, after.as_deref(), shown, wanted)
            });
            looking.await.map_err(|_| Fault::Internal("a list did not end"))?
        }
    };
    let more = found.len() > paging.size;
    found.truncate(paging.size);
    let next_page_token = match found.last() {
        Some(last) if more => backend.next_page(&paging, revision, last.key.clone().into_bytes())?,
        Some(_) | None => String::new(),
    };
    let world = &reader.state.world;
    let placements = found.iter().map(|row| render::placement(world, &row.customer, row.placement)).collect();
    Ok(v1::ListPlacementsResponse { placements, next_page_token, revision })
}

struct Row {
    key: String,
    customer: CustomerId,
    placement: Placement,
}

/// A customer's placements, by unit. Somebody unknown has none, and so has somebody out of sight.
fn of_customer(
    reader: &Reader,
    customer: &CustomerId,
    after: Option<&str>,
    shown: impl Fn(&Placement) -> bool,
) -> Vec<Row> {
    let world = &reader.state.world;
    let Some(ix) = world.customer_ix(customer.as_str()) else { return Vec::new() };
    let mut rows: Vec<Row> = world
        .placements(ix)
        .filter(|placement| shown(placement) && reader.customer(customer, Some(placement.unit)))
        .map(|placement| Row {
            key: render::unit_name(world, placement.unit),
            customer: customer.clone(),
            placement,
        })
        .filter(|row| after.is_none_or(|after| row.key.as_str() > after))
        .collect();
    rows.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    rows
}

/// The placements at a unit, by customer; at most `wanted`.
fn at_unit(
    reader: &Reader,
    unit: UnitIx,
    after: Option<&str>,
    shown: impl Fn(&Placement) -> bool,
    wanted: usize,
) -> Vec<Row> {
    let world = &reader.state.world;
    let count = u32::try_from(world.customer_count()).unwrap_or(u32::MAX);
    let mut rows: Vec<Row> = (0..count)
        .map(CustomerIx)
        .filter_map(|ix| {
            let placement = world.placements(ix).find(|p| p.unit == unit).filter(|p| shown(p))?;
            let customer = world.customer_id(ix)?;
            Some(Row { key: customer.as_str().to_owned(), customer, placement })
        })
        .filter(|row| after.is_none_or(|after| row.key.as_str() > after))
        .collect();
    rows.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    rows.into_iter().filter(|row| reader.customer(&row.customer, Some(unit))).take(wanted).collect()
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
