//! RealmService: realms, and the rules they run under.

mod compare;

use std::sync::Arc;

use bailiwick_policy::scheme::{Fault as SchemeFault, Scheme, shipped};
use bailiwick_proto::parse::Write;
use bailiwick_proto::v1::realm_service_server::RealmService;
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::{Event, State};
use tonic::{Request, Response, Status};

use super::open;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::writing::{Outcome, Receipt, digest};

/// Makes realms, puts schemes and loads worlds.
pub(crate) struct Realms(pub(crate) Backend);

#[tonic::async_trait]
impl RealmService for Realms {
    async fn create_realm(
        &self,
        request: Request<v1::CreateRealmRequest>,
    ) -> Result<Response<v1::CreateRealmResponse>, Status> {
        let (caller, request) = open(request)?;
        caller.may_operate_everywhere()?;
        let digest = digest("CreateRealm", &request);
        let scheme = first_scheme(request.scheme.as_ref())?;
        let write = parse::create_realm(request, scheme).map_err(Fault::from)?;
        let (outcome, Receipt { revision, token, effects, .. }) = self.change(&caller, write, digest).await?;
        let realm = Some(left(&outcome));
        Ok(Response::new(v1::CreateRealmResponse { realm, revision, token, effects }))
    }

    async fn get_realm(
        &self,
        request: Request<v1::GetRealmRequest>,
    ) -> Result<Response<v1::GetRealmResponse>, Status> {
        let (caller, v1::GetRealmRequest { realm }) = open(request)?;
        let state = self.0.newest(&caller, &realm)?;
        Ok(Response::new(v1::GetRealmResponse { realm: Some(render::realm(&state)) }))
    }

    async fn list_realms(
        &self,
        request: Request<v1::ListRealmsRequest>,
    ) -> Result<Response<v1::ListRealmsResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(self.list(&caller, &request)?))
    }

    async fn freeze_realm(
        &self,
        request: Request<v1::FreezeRealmRequest>,
    ) -> Result<Response<v1::FreezeRealmResponse>, Status> {
        let (caller, request) = open(request)?;
        let digest = digest("FreezeRealm", &request);
        let write = parse::freeze_realm(request).map_err(Fault::from)?;
        let (outcome, Receipt { revision, token, effects, .. }) = self.change(&caller, write, digest).await?;
        let realm = Some(left(&outcome));
        Ok(Response::new(v1::FreezeRealmResponse { realm, revision, token, effects }))
    }

    async fn get_scheme(
        &self,
        request: Request<v1::GetSchemeRequest>,
    ) -> Result<Response<v1::GetSchemeResponse>, Status> {
        let (caller, v1::GetSchemeRequest { realm }) = open(request)?;
        let state = self.0.newest(&caller, &realm)?;
        Ok(Response::new(v1::GetSchemeResponse { scheme: Some(render::scheme(&state.scheme)) }))
    }

    async fn validate_scheme(
        &self,
        request: Request<v1::ValidateSchemeRequest>,
    ) -> Result<Response<v1::ValidateSchemeResponse>, Status> {
        let (caller, v1::ValidateSchemeRequest { realm, toml }) = open(request)?;
        let read = if realm.is_empty() {
            Scheme::parse(&toml)
        } else {
            Scheme::parse_after(&toml, &self.0.newest(&caller, &realm)?.scheme)
        };
        let faults = read.err().unwrap_or_default().into_iter().map(scheme_fault).collect();
        Ok(Response::new(v1::ValidateSchemeResponse { faults }))
    }

    async fn compare_schemes(
        &self,
        request: Request<v1::CompareSchemesRequest>,
    ) -> Result<Response<v1::CompareSchemesResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(compare::compare_schemes(&self.0, &caller, request).await?))
    }

    async fn put_scheme(
        &self,
        request: Request<v1::PutSchemeRequest>,
    ) -> Result<Response<v1::PutSchemeResponse>, Status> {
        let (caller, request) = open(request)?;
        let digest = digest("PutScheme", &request);
        let before = self.0.newest(&caller, &request.realm)?;
        let scheme = next_scheme(&request.toml, &before)?;
        let write = parse::put_scheme(request, scheme).map_err(Fault::from)?;
        let (outcome, Receipt { revision, token, effects, preview }) =
            self.change(&caller, write, digest).await?;
        let scheme = Some(render::scheme(put(&outcome).unwrap_or(&outcome.reader.state.scheme)));
        Ok(Response::new(v1::PutSchemeResponse { scheme, revision, token, effects, preview }))
    }

    async fn load_world(
        &self,
        request: Request<v1::LoadWorldRequest>,
    ) -> Result<Response<v1::LoadWorldResponse>, Status> {
        let (caller, request) = open(request)?;
        let digest = digest("LoadWorld", &request);
        let loaded = u32::try_from(request.items.len()).unwrap_or(u32::MAX);
        let country = self.0.phone_country(&caller, &request.realm);
        let write = parse::load_world(request, country).map_err(Fault::from)?;
        let (_, Receipt { revision, token, effects, .. }) = self.change(&caller, write, digest).await?;
        Ok(Response::new(v1::LoadWorldResponse { loaded, revision, token, effects }))
    }
}

impl Realms {
    async fn change(
        &self,
        caller: &Caller,
        write: Write,
        digest: [u8; 32],
    ) -> Result<(Outcome, Receipt), Fault> {
        let outcome = self.0.write(caller, write, digest).await?;
        let receipt = outcome.receipt();
        Ok((outcome, receipt))
    }

    fn list(
        &self,
        caller: &Caller,
        request: &v1::ListRealmsRequest,
    ) -> Result<v1::ListRealmsResponse, Fault> {
        let v1::ListRealmsRequest { page_size, page_token } = request;
        let bare = v1::ListRealmsRequest::default();
        let paging = self.0.paging(caller, "ListRealms", &bare, *page_size, page_token)?;
        let mut states = self.0.store.states();
        states.retain(|state| {
            let id = state.realm.as_str();
            caller.enter(id).is_ok() && paging.after().is_none_or(|after| id > after)
        });
        states.sort_unstable_by(|a, b| a.realm.cmp(&b.realm));
        let more = states.len() > paging.size;
        states.truncate(paging.size);
        let next_page_token = match states.last() {
            Some(last) if more => self.0.next_page(&paging, 0, last.realm.as_str().as_bytes().to_vec())?,
            Some(_) | None => String::new(),
        };
        let realms = states.iter().map(|state| render::realm(state)).collect();
        Ok(v1::ListRealmsResponse { realms, next_page_token })
    }
}

/// The scheme that a realm begins with.
fn first_scheme(scheme: Option<&v1::create_realm_request::Scheme>) -> Result<Arc<Scheme>, Fault> {
    use v1::create_realm_request::Scheme as Given;
    let (field, document) = match scheme {
        Some(Given::Toml(toml)) => ("toml", toml.as_str()),
        Some(Given::ShippedScheme(name)) => {
            let found = shipped().iter().find(|(shipped, _)| shipped == name);
            let valid: Vec<&str> = shipped().iter().map(|(name, _)| *name).collect();
            let (_, document) = found.ok_or_else(|| {
                Fault::field("shipped_scheme", format!("is not shipped; valid are `{}`", valid.join("`, `")))
            })?;
            ("shipped_scheme", *document)
        }
        None => return Err(Fault::field("toml", "say which rules: `toml` or `shipped_scheme`")),
    };
    Scheme::parse(document).map(Arc::new).map_err(|faults| Fault::SchemeInvalid(field, faults))
}

/// The scheme that comes after the one in force.
fn next_scheme(toml: &str, before: &State) -> Result<Arc<Scheme>, Fault> {
    Scheme::parse_after(toml, &before.scheme)
        .map(Arc::new)
        .map_err(|faults| Fault::SchemeInvalid("toml", faults))
}

fn scheme_fault(fault: SchemeFault) -> v1::SchemeFault {
    let SchemeFault { line, column, key, problem, allowed } = fault;
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    v1::SchemeFault {
        line: small(line),
        column: small(column),
        key,
        problem,
        allowed: allowed.unwrap_or_default(),
    }
}

/// The scheme that a command put.
fn put(outcome: &Outcome) -> Option<&Scheme> {
    outcome.events.iter().find_map(|event| match event {
        Event::Scheme(scheme) => Some(&**scheme),
        Event::Realm { .. }
        | Event::Unit(_)
        | Event::Access { .. }
        | Event::Profile { .. }
        | Event::Credentials { .. }
        | Event::Caseload { .. }
        | Event::Placements { .. }
        | Event::Request(_)
        | Event::Review(_) => None,
    })
}

/// The realm as a command left it, whatever has happened since: a repeated one gets the same answer.
fn left(outcome: &Outcome) -> v1::Realm {
    let mut state = State::clone(&outcome.reader.state);
    outcome.events.iter().for_each(|event| state.apply(event));
    v1::Realm { head: outcome.revision.unwrap_or(state.revision).0, ..render::realm(&state) }
}
