//! CustomerService: where customers are, and who works with them.

mod list;

use bailiwick_identity::{CustomerId, UserId};
use bailiwick_membership::Placement;
use bailiwick_proto::parse::{Collection, Write};
use bailiwick_proto::render::{self, Sight};
use bailiwick_proto::v1::customer_service_server::CustomerService;
use bailiwick_proto::{parse, v1};
use bailiwick_realm::{Body, Event};
use tonic::{Request, Response, Status};

use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::writing::{Outcome, Receipt, digest};

/// Places customers and puts them on caseloads.
pub(crate) struct Customers(pub(crate) Backend);

#[tonic::async_trait]
impl CustomerService for Customers {
    async fn place_customer(
        &self,
        request: Request<v1::PlaceCustomerRequest>,
    ) -> Result<Response<v1::PlaceCustomerResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("PlaceCustomer", &request);
        let write = parse::place_customer(request).map_err(Fault::from)?;
        let (placements, receipt) = self.change(&caller, write, digest).await?;
        let Receipt { revision, token, effects, preview } = receipt;
        Ok(Response::new(v1::PlaceCustomerResponse { placements, revision, token, effects, preview }))
    }

    async fn dismiss_customer(
        &self,
        request: Request<v1::DismissCustomerRequest>,
    ) -> Result<Response<v1::DismissCustomerResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("DismissCustomer", &request);
        let write = parse::dismiss_customer(request).map_err(Fault::from)?;
        let (placements, receipt) = self.change(&caller, write, digest).await?;
        let Receipt { revision, token, effects, preview } = receipt;
        Ok(Response::new(v1::DismissCustomerResponse { placements, revision, token, effects, preview }))
    }

    async fn remove_placement(
        &self,
        request: Request<v1::RemovePlacementRequest>,
    ) -> Result<Response<v1::RemovePlacementResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("RemovePlacement", &request);
        let write = parse::remove_placement(request).map_err(Fault::from)?;
        let (placements, receipt) = self.change(&caller, write, digest).await?;
        let Receipt { revision, token, effects, preview } = receipt;
        Ok(Response::new(v1::RemovePlacementResponse { placements, revision, token, effects, preview }))
    }

    async fn list_placements(
        &self,
        request: Request<v1::ListPlacementsRequest>,
    ) -> Result<Response<v1::ListPlacementsResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(list::list_placements(&self.0, &caller, request).await?))
    }

    async fn update_caseload(
        &self,
        request: Request<v1::UpdateCaseloadRequest>,
    ) -> Result<Response<v1::UpdateCaseloadResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("UpdateCaseload", &request);
        let user = parse::user(&request.user).map_err(Fault::from)?;
        let write = parse::update_caseload(request).map_err(Fault::from)?;
        let outcome = self.0.write(&caller, write, digest).await?;
        let caseload = Some(caseload(&outcome.reader, &user));
        let Receipt { revision, token, effects, preview } = outcome.receipt();
        Ok(Response::new(v1::UpdateCaseloadResponse { caseload, revision, token, effects, preview }))
    }

    async fn list_caseload(
        &self,
        request: Request<v1::ListCaseloadRequest>,
    ) -> Result<Response<v1::ListCaseloadResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(list::list_caseload(&self.0, &caller, &request)?))
    }
}

impl Customers {
    async fn change(
        &self,
        caller: &Caller,
        write: Write,
        digest: [u8; 32],
    ) -> Result<(Option<v1::Placements>, Receipt), Fault> {
        let customer = customer_of(&write.body);
        let outcome = self.0.write(caller, write, digest).await?;
        let placements = customer.map(|customer| v1::Placements {
            placements: placements(&outcome, &customer),
            customer: Collection::Customers.name(customer),
        });
        Ok((placements, outcome.receipt()))
    }
}

/// The customer whom a command is about.
fn customer_of(body: &Body) -> Option<CustomerId> {
    match body {
        Body::PlaceCustomer { customer, unit: _ }
        | Body::DismissCustomer { customer, unit: _ }
        | Body::RemovePlacement { customer, unit: _ } => Some(customer.clone()),
        Body::CreateRealm { .. }
        | Body::SetStatus(_)
        | Body::PutScheme(_)
        | Body::ManageUser(_)
        | Body::EraseUser(_)
        | Body::IssueSecret(_)
        | Body::RedeemSecret(_)
        | Body::CreateUnit(_)
        | Body::UpdateUnit { .. }
        | Body::MoveUnit { .. }
        | Body::ArchiveUnit(_)
        | Body::RestoreUnit(_)
        | Body::UpdateCaseload { .. }
        | Body::Load(_)
        | Body::ImportUsers(_)
        | Body::Request(_)
        | Body::Review(_) => None,
    }
}

/// A customer's placements after a command, as far as the reader may view the customer there.
fn placements(outcome: &Outcome, customer: &CustomerId) -> Vec<v1::Placement> {
    let reader = &outcome.reader;
    let after: Vec<Placement> = outcome
        .events
        .iter()
        .find_map(|event| match event {
            Event::Placements { customer: whose, placements } if whose == customer => {
                Some(placements.clone())
            }
            Event::Placements { .. }
            | Event::Realm { .. }
            | Event::Scheme(_)
            | Event::Unit(_)
            | Event::Access { .. }
            | Event::Profile { .. }
            | Event::Credentials { .. }
            | Event::Request(_)
            | Event::Review(_)
            | Event::Caseload { .. } => None,
        })
        .unwrap_or_default();
    after
        .into_iter()
        .filter(|placement| reader.customer(customer, Some(placement.unit)))
        .map(|placement| render::placement(&reader.state.world, &reader.state.scheme, customer, placement))
        .collect()
}

/// A user's caseload, counted as far as the reader may view the customers.
fn caseload(reader: &Reader, user: &UserId) -> v1::Caseload {
    let world = &reader.state.world;
    let entries = world.user_ix(user.as_str()).and_then(|ix| world.user(ix)).map_or(0, |worker| {
        let seen = |entry: &&bailiwick_membership::CaseloadEntry| {
            world.customer_id(entry.customer).is_some_and(|id| reader.customer(&id, Some(entry.unit)))
        };
        worker.caseload().iter().filter(seen).count()
    });
    v1::Caseload { user: Collection::Users.name(user), size: u32::try_from(entries).unwrap_or(u32::MAX) }
}
