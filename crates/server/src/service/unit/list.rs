//! ListUnits: the units that the reader sees, by id.

use bailiwick_membership::{KindIx, Node, UnitIx};
use bailiwick_policy::Reason;
use bailiwick_proto::parse::{self, UnitFilter};
use bailiwick_proto::render::{self, Sight};
use bailiwick_proto::v1;

use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::service::scheme_word;

pub(super) fn list_units(
    backend: &Backend,
    caller: &Caller,
    request: &v1::ListUnitsRequest,
) -> Result<v1::ListUnitsResponse, Fault> {
    let filter = parse::unit_filter(request)?;
    let state = backend.newest(caller, &request.realm)?;
    let reader = backend.reader(caller, state, &request.actor)?;
    let bare = v1::ListUnitsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let paging = backend.paging(caller, "ListUnits", &bare, request.page_size, &request.page_token)?;
    let revision = reader.state.revision.0;
    paging.not_older(revision)?;
    let wanted = Wanted::of(&filter, &reader)?;

    let (world, scheme) = (&reader.state.world, &reader.state.scheme);
    let mut found: Vec<(&str, UnitIx)> = world
        .units()
        .map(|(ix, node)| (node.unit.id.as_str(), ix, node))
        .filter(|(id, _, _)| paging.after().is_none_or(|after| *id > after))
        .filter(|(_, ix, node)| wanted.shows(*ix, node) && reader.unit(*ix))
        .map(|(id, ix, _)| (id, ix))
        .collect();
    found.sort_unstable();
    let more = found.len() > paging.size;
    found.truncate(paging.size);
    let next_page_token = match found.last() {
        Some((id, _)) if more => backend.next_page(&paging, revision, id.as_bytes().to_vec())?,
        Some(_) | None => String::new(),
    };
    let nodes = found.iter().filter_map(|&(_, ix)| world.node(ix));
    let units = nodes.map(|node| render::unit(world, scheme, &node.unit, &reader, reader.now)).collect();
    Ok(v1::ListUnitsResponse { units, next_page_token, revision })
}

struct Wanted {
    kind: Option<KindIx>,
    below: Option<UnitIx>,
    name_prefix: Option<String>,
    show_closed: bool,
}

impl Wanted {
    fn of(filter: &UnitFilter, reader: &Reader) -> Result<Self, Fault> {
        let scheme = &reader.state.scheme;
        let kind = match &filter.kind {
            None => None,
            Some(kind) => {
                let valid = scheme.kinds().iter().map(|kind| kind.name.as_str());
                Some(scheme_word("kind", scheme.kind_named(kind), valid)?)
            }
        };
        let below = match &filter.below {
            None => None,
            Some(unit) => {
                let seen = reader.state.world.unit_ix(unit.as_str()).filter(|&unit| reader.unit(unit));
                Some(seen.ok_or_else(|| not_found(Reason::UnknownUnit))?)
            }
        };
        let name_prefix = filter.name_prefix.as_ref().map(|prefix| prefix.to_lowercase());
        Ok(Self { kind, below, name_prefix, show_closed: filter.show_closed })
    }

    fn shows(&self, ix: UnitIx, node: &Node) -> bool {
        (self.show_closed || !node.closed)
            && self.kind.is_none_or(|kind| node.unit.kind == kind)
            && self.below.is_none_or(|above| ix != above && node.is_within(above))
            && self.name_prefix.as_ref().is_none_or(|p| node.unit.name.to_lowercase().starts_with(p))
    }
}
