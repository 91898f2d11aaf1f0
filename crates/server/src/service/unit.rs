//! UnitService: the places of a realm.

mod assignable;
mod list;

use bailiwick_membership::Unit;
use bailiwick_policy::Reason;
use bailiwick_proto::parse::Write;
use bailiwick_proto::render::{self, Sight};
use bailiwick_proto::v1::unit_service_server::UnitService;
use bailiwick_proto::{parse, v1};
use bailiwick_realm::Event;
use tonic::{Request, Response, Status};

use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::random;
use crate::writing::{Outcome, Receipt, digest};

/// Makes, changes and shows places.
pub(crate) struct Units(pub(crate) Backend);

#[tonic::async_trait]
impl UnitService for Units {
    async fn create_unit(
        &self,
        request: Request<v1::CreateUnitRequest>,
    ) -> Result<Response<v1::CreateUnitResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("CreateUnit", &request);
        let write = parse::create_unit(request, random::unit_id()?).map_err(Fault::from)?;
        let (unit, Receipt { revision, token, effects, preview }) =
            self.change(&caller, write, digest).await?;
        Ok(Response::new(v1::CreateUnitResponse { unit, revision, token, effects, preview }))
    }

    async fn update_unit(
        &self,
        request: Request<v1::UpdateUnitRequest>,
    ) -> Result<Response<v1::UpdateUnitResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("UpdateUnit", &request);
        let write = parse::update_unit(request).map_err(Fault::from)?;
        let (unit, Receipt { revision, token, effects, preview }) =
            self.change(&caller, write, digest).await?;
        Ok(Response::new(v1::UpdateUnitResponse { unit, revision, token, effects, preview }))
    }

    async fn move_unit(
        &self,
        request: Request<v1::MoveUnitRequest>,
    ) -> Result<Response<v1::MoveUnitResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("MoveUnit", &request);
        let write = parse::move_unit(request).map_err(Fault::from)?;
        let (unit, Receipt { revision, token, effects, preview }) =
            self.change(&caller, write, digest).await?;
        Ok(Response::new(v1::MoveUnitResponse { unit, revision, token, effects, preview }))
    }

    async fn archive_unit(
        &self,
        request: Request<v1::ArchiveUnitRequest>,
    ) -> Result<Response<v1::ArchiveUnitResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("ArchiveUnit", &request);
        let write = parse::archive_unit(request).map_err(Fault::from)?;
        let (unit, Receipt { revision, token, effects, preview }) =
            self.change(&caller, write, digest).await?;
        Ok(Response::new(v1::ArchiveUnitResponse { unit, revision, token, effects, preview }))
    }

    async fn restore_unit(
        &self,
        request: Request<v1::RestoreUnitRequest>,
    ) -> Result<Response<v1::RestoreUnitResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("RestoreUnit", &request);
        let write = parse::restore_unit(request).map_err(Fault::from)?;
        let (unit, Receipt { revision, token, effects, preview }) =
            self.change(&caller, write, digest).await?;
        Ok(Response::new(v1::RestoreUnitResponse { unit, revision, token, effects, preview }))
    }

    async fn get_unit(
        &self,
        request: Request<v1::GetUnitRequest>,
    ) -> Result<Response<v1::GetUnitResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(self.get(&caller, &request)?))
    }

    async fn list_assignable_roles(
        &self,
        request: Request<v1::ListAssignableRolesRequest>,
    ) -> Result<Response<v1::ListAssignableRolesResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(assignable::list(&self.0, &caller, &request).await?))
    }

    async fn list_units(
        &self,
        request: Request<v1::ListUnitsRequest>,
    ) -> Result<Response<v1::ListUnitsResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(list::list_units(&self.0, &caller, &request)?))
    }
}

impl Units {
    async fn change(
        &self,
        caller: &Caller,
        write: Write,
        digest: [u8; 32],
    ) -> Result<(Option<v1::Unit>, Receipt), Fault> {
        let outcome = self.0.write(caller, write, digest).await?;
        let reader = &outcome.reader;
        let world = &reader.state.world;
        // As the command left it, whatever has happened since: a repeated one gets the same answer.
        let unit = changed(&outcome)
            .filter(|unit| world.unit_ix(unit.id.as_str()).is_some_and(|unit| reader.unit(unit)))
            .map(|unit| render::unit(world, &reader.state.scheme, unit, reader, reader.now));
        Ok((unit, outcome.receipt()))
    }

    fn get(&self, caller: &Caller, request: &v1::GetUnitRequest) -> Result<v1::GetUnitResponse, Fault> {
        let v1::GetUnitRequest { realm, actor, unit } = request;
        let state = self.0.newest(caller, realm)?;
        let unit = parse::unit(unit)?;
        let reader = self.0.reader(caller, state, actor)?;
        let world = &reader.state.world;
        let seen = world.unit_ix(unit.as_str()).filter(|&unit| reader.unit(unit));
        let node = seen.and_then(|unit| world.node(unit));
        let unit =
            node.map(|node| render::unit(world, &reader.state.scheme, &node.unit, &reader, reader.now));
        unit.map(|unit| v1::GetUnitResponse { unit: Some(unit) })
            .ok_or_else(|| not_found(Reason::UnknownUnit))
    }
}

/// The unit that a command left in a new state.
fn changed(outcome: &Outcome) -> Option<&Unit> {
    outcome.events.iter().find_map(|event| match event {
        Event::Unit(unit) => Some(unit),
        Event::Realm { .. }
        | Event::Scheme(_)
        | Event::Access { .. }
        | Event::Profile { .. }
        | Event::Credentials { .. }
        | Event::Caseload { .. }
        | Event::Placements { .. }
        | Event::Request(_)
        | Event::Review(_) => None,
    })
}
