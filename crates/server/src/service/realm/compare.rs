//! CompareSchemes: what a scheme would change, before it is put in force.

use std::sync::Arc;

use bailiwick_policy::impact::Touched;
use bailiwick_policy::scheme::{Difference, Fault as SchemeFault, Scheme};
use bailiwick_proto::parse::Collection;
use bailiwick_proto::{render, v1};
use bailiwick_realm::{Actor, Body, Command, Event, Spares, State, Stranded, stranded};
use bailiwick_store::SubmitError;

use super::scheme_fault;
use crate::backend::{Backend, apart, live};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::preview::{About, Previewed};
use crate::reader::Reader;

/// What is read off the documents, and off who uses what.
struct Read {
    scheme: Arc<Scheme>,
    differences: Vec<Difference>,
    stranded: Vec<Stranded>,
    after: State,
}

pub(super) async fn compare_schemes(
    backend: &Backend,
    caller: &Caller,
    request: v1::CompareSchemesRequest,
) -> Result<v1::CompareSchemesResponse, Fault> {
    let v1::CompareSchemesRequest { realm, toml, skip_preview } = request;
    let before = backend.newest(caller, &realm)?;
    let mut reply = v1::CompareSchemesResponse {
        etag: render::scheme(&before.scheme).etag,
        revision: before.revision.0,
        ..Default::default()
    };
    let state = Arc::clone(&before);
    let place = backend.place_to_look().await?;
    let found = match apart(place, move || read(&state, &toml)).await? {
        Ok(found) => found,
        Err(faults) => {
            reply.faults = faults.into_iter().map(scheme_fault).collect();
            return Ok(reply);
        }
    };
    let Read { scheme, differences, stranded, after } = found;
    reply.differences = differences.into_iter().map(difference).collect();
    reply.stranded = stranded.iter().map(still_in_use).collect();
    match backend.store.preview(&before.realm, &put(caller, scheme)).await {
        Err(SubmitError::Refused(refusal)) => {
            reply.refused = render::reason(refusal.reason).into();
            reply.refused_detail = refusal.to_string();
        }
        Err(error) => return Err(error.into()),
        Ok(_) if skip_preview => {}
        Ok(_) => {
            let now = live(&before);
            let previewed = Previewed {
                about: About::Rules,
                before: Reader::operator(before, now),
                after: Reader::operator(Arc::new(after), now),
                now,
                touched: Touched { rules: true, ..Touched::default() },
            };
            reply.preview = Some(backend.preview(caller, previewed).await?);
        }
    }
    Ok(reply)
}

/// Reads a document as the one after that in force.
fn read(before: &State, toml: &str) -> Result<Read, Vec<SchemeFault>> {
    let scheme = Arc::new(Scheme::parse_after(toml, &before.scheme)?);
    let mut after = before.clone();
    after.apply(&Event::Scheme(Arc::clone(&scheme)));
    Ok(Read {
        differences: before.scheme.differences(&scheme),
        stranded: stranded(&before.world, &before.scheme, &scheme),
        scheme,
        after,
    })
}

/// The command that would put it.
fn put(caller: &Caller, scheme: Arc<Scheme>) -> Command {
    Command {
        actor: Actor::Operator,
        caller: caller.id().into_owned(),
        reason: None,
        may_remove_last_manager: false,
        expects: None,
        spares: Spares::default(),
        body: Body::PutScheme(scheme),
    }
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
