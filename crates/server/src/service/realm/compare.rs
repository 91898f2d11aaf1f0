//! CompareSchemes: what a scheme would change, before it is put in force.

use std::sync::Arc;

use bailiwick_policy::impact::Touched;
use bailiwick_policy::scheme::{Difference, Scheme};
use bailiwick_proto::parse::Collection;
use bailiwick_proto::{render, v1};
use bailiwick_realm::{Event, Stranded, stranded};

use super::scheme_fault;
use crate::backend::{Backend, live};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::preview::{About, Previewed};
use crate::reader::Reader;

pub(super) async fn compare_schemes(
    backend: &Backend,
    caller: &Caller,
    request: &v1::CompareSchemesRequest,
) -> Result<v1::CompareSchemesResponse, Fault> {
    let v1::CompareSchemesRequest { realm, toml, skip_preview } = request;
    let before = backend.newest(caller, realm)?;
    let mut reply = v1::CompareSchemesResponse {
        etag: render::scheme(&before.scheme).etag,
        revision: before.revision.0,
        ..Default::default()
    };
    let scheme = match Scheme::parse_after(toml, &before.scheme) {
        Ok(scheme) => Arc::new(scheme),
        Err(faults) => {
            reply.faults = faults.into_iter().map(scheme_fault).collect();
            return Ok(reply);
        }
    };
    reply.differences = before.scheme.differences(&scheme).into_iter().map(difference).collect();
    let next = Arc::clone(&scheme);
    let left = backend.look_at(&before, move |state| stranded(&state.world, &state.scheme, &next)).await?;
    reply.stranded = left.iter().map(still_in_use).collect();
    if reply.stranded.is_empty() && !skip_preview {
        let now = live(&before);
        let mut after = (*before).clone();
        after.apply(&Event::Scheme(scheme));
        let previewed = Previewed {
            about: About::Rules,
            before: Reader::operator(before, now),
            after: Reader::operator(Arc::new(after), now),
            now,
            touched: Touched { rules: true, ..Touched::default() },
        };
        reply.preview = Some(backend.preview(previewed).await?);
    }
    Ok(reply)
}

fn difference(difference: Difference) -> v1::SchemeDifference {
    let Difference { key, before, after } = difference;
    v1::SchemeDifference { key, before: before.unwrap_or_default(), after: after.unwrap_or_default() }
}

fn still_in_use(stranded: &Stranded) -> v1::Stranded {
    let Stranded { what, count, units, users } = stranded;
    v1::Stranded {
        what: what.clone(),
        count: u32::try_from(*count).unwrap_or(u32::MAX),
        units: units.iter().map(|unit| Collection::Units.name(unit)).collect(),
        users: users.iter().map(|user| Collection::Users.name(user)).collect(),
    }
}
