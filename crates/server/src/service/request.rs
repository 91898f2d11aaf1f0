//! RequestService: changes that wait for their approvers, and reviews of what is held.

mod list;
mod mark;
mod named;
mod review;
mod submission;
mod view;

use bailiwick_proto::parse::{RequestWrite, Write};
use bailiwick_proto::v1::request_service_server::RequestService;
use bailiwick_proto::{parse, v1};
use bailiwick_realm::ReadRequest;
use tonic::{Request, Response, Status};

use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::random;
use crate::writing::{Outcome, Receipt, digest};

/// Asks for changes, approves them, and carries them out.
pub(crate) struct Requests(pub(crate) Backend);

#[tonic::async_trait]
impl RequestService for Requests {
    async fn create_request(
        &self,
        request: Request<v1::CreateRequestRequest>,
    ) -> Result<Response<v1::CreateRequestResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("CreateRequest", &request);
        let write = self.create(&caller, request).await?;
        let (request, Receipt { revision, token, .. }) = self.done(&caller, write, digest).await?;
        Ok(Response::new(v1::CreateRequestResponse { request, revision, token }))
    }

    async fn update_request(
        &self,
        request: Request<v1::UpdateRequestRequest>,
    ) -> Result<Response<v1::UpdateRequestResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("UpdateRequest", &request);
        let write = self.update(&caller, request).await?;
        let (request, Receipt { revision, token, .. }) = self.done(&caller, write, digest).await?;
        Ok(Response::new(v1::UpdateRequestResponse { request, revision, token }))
    }

    async fn submit_requests(
        &self,
        request: Request<v1::SubmitRequestsRequest>,
    ) -> Result<Response<v1::SubmitRequestsResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(submission::submit(&self.0, &caller, request).await?))
    }

    async fn withdraw_request(
        &self,
        request: Request<v1::WithdrawRequestRequest>,
    ) -> Result<Response<v1::WithdrawRequestResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("WithdrawRequest", &request);
        let read = named::read_one(&self.0, &caller, &request.realm, &request.request).await?;
        let write = parse::withdraw_request(request, read).map_err(Fault::from)?;
        let (request, Receipt { revision, token, .. }) = self.done(&caller, write, digest).await?;
        Ok(Response::new(v1::WithdrawRequestResponse { request, revision, token }))
    }

    async fn decide_request(
        &self,
        request: Request<v1::DecideRequestRequest>,
    ) -> Result<Response<v1::DecideRequestResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("DecideRequest", &request);
        let read = named::read_one(&self.0, &caller, &request.realm, &request.request).await?;
        let write = parse::decide_request(request, read).map_err(Fault::from)?;
        let (request, Receipt { revision, token, effects, .. }) = self.done(&caller, write, digest).await?;
        Ok(Response::new(v1::DecideRequestResponse { request, revision, token, effects }))
    }

    async fn fulfil_request(
        &self,
        request: Request<v1::FulfilRequestRequest>,
    ) -> Result<Response<v1::FulfilRequestResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        let digest = digest("FulfilRequest", &request);
        let read = named::read_one(&self.0, &caller, &request.realm, &request.request).await?;
        let write = parse::fulfil_request(request, read).map_err(Fault::from)?;
        let (request, Receipt { revision, token, effects, .. }) = self.done(&caller, write, digest).await?;
        Ok(Response::new(v1::FulfilRequestResponse { request, revision, token, effects }))
    }

    async fn get_request(
        &self,
        request: Request<v1::GetRequestRequest>,
    ) -> Result<Response<v1::GetRequestResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(view::get(&self.0, &caller, &request).await?))
    }

    async fn list_requests(
        &self,
        request: Request<v1::ListRequestsRequest>,
    ) -> Result<Response<v1::ListRequestsResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(list::list(&self.0, &caller, request).await?))
    }

    async fn open_review(
        &self,
        request: Request<v1::OpenReviewRequest>,
    ) -> Result<Response<v1::OpenReviewResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(review::open(&self.0, &caller, request).await?))
    }

    async fn decide_review(
        &self,
        request: Request<v1::DecideReviewRequest>,
    ) -> Result<Response<v1::DecideReviewResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(review::decide(&self.0, &caller, request).await?))
    }

    async fn close_review(
        &self,
        request: Request<v1::CloseReviewRequest>,
    ) -> Result<Response<v1::CloseReviewResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(review::close(&self.0, &caller, request).await?))
    }

    async fn get_review(
        &self,
        request: Request<v1::GetReviewRequest>,
    ) -> Result<Response<v1::GetReviewResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(review::get(&self.0, &caller, &request).await?))
    }

    async fn list_reviews(
        &self,
        request: Request<v1::ListReviewsRequest>,
    ) -> Result<Response<v1::ListReviewsResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(review::list(&self.0, &caller, request).await?))
    }
}

impl Requests {
    async fn create(&self, caller: &Caller, request: v1::CreateRequestRequest) -> Result<Write, Fault> {
        let v1::CreateRequestRequest { realm, actor, copy_of, content, .. } = &request;
        let copied = Some(("copy_of".to_owned(), copy_of.as_str())).filter(|(_, of)| !of.is_empty());
        let read = named::read(&self.0, caller, realm, copied).await?;
        let beside = self.beside(caller, realm, actor, content.as_ref(), read)?;
        Ok(parse::create_request(request, beside)?)
    }

    async fn update(&self, caller: &Caller, request: v1::UpdateRequestRequest) -> Result<Write, Fault> {
        let v1::UpdateRequestRequest { realm, actor, request: name, content, .. } = &request;
        let read = named::read_one(&self.0, caller, realm, name).await?;
        let beside = self.beside(caller, realm, actor, content.as_ref(), vec![read])?;
        Ok(parse::update_request(request, beside)?)
    }

    /// What a command needs in which something is written, and which does not stand in it.
    fn beside(
        &self,
        caller: &Caller,
        realm: &str,
        actor: &str,
        content: Option<&v1::RequestContent>,
        read: Vec<ReadRequest>,
    ) -> Result<RequestWrite, Fault> {
        let users = content.into_iter().flat_map(|content| &content.users).enumerate();
        let opened = users.map(|(index, user)| {
            let field = format!("content.users[{index}].handles");
            self.0.opened(caller, realm, actor, &field, &user.handles)
        });
        let handles = opened.collect::<Result<_, _>>()?;
        let country = self.0.phone_country(caller, realm);
        let (fresh, nonce) = (random::request_id()?, random::bytes()?);
        Ok(RequestWrite { read, fresh, fresh_user: || random::user_id().ok(), nonce, country, handles })
    }

    /// Carries a command about one request out, and tells how it left it: to whoever gave it, who sees it by that.
    async fn done(
        &self,
        caller: &Caller,
        write: Write,
        digest: [u8; 32],
    ) -> Result<(Option<v1::Request>, Receipt), Fault> {
        let outcome: Outcome = self.0.write(caller, write, digest).await?;
        let request = view::left(&outcome, |_| true).transpose()?;
        Ok((request, outcome.receipt()))
    }
}
