//! RequestService: changes that wait for their approvers.

mod view;

use std::collections::BTreeSet;

use bailiwick_proto::parse::{RequestWrite, Write};
use bailiwick_proto::v1::request_service_server::RequestService;
use bailiwick_proto::{parse, v1};
use bailiwick_realm::ReadRequest;
use bailiwick_store::content_digest;
use tonic::{Request, Response, Status};

use super::open;
use super::user::probe::Probe;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::random;
use crate::writing::{Outcome, Receipt, digest};

/// So many requests are submitted together.
const MOST_TOGETHER: usize = 100;

/// Asks for changes, approves them, and carries them out.
pub(crate) struct Requests(pub(crate) Backend);

#[tonic::async_trait]
impl RequestService for Requests {
    async fn create_request(
        &self,
        request: Request<v1::CreateRequestRequest>,
    ) -> Result<Response<v1::CreateRequestResponse>, Status> {
        let (caller, request) = open(request)?;
        let digest = digest("CreateRequest", &request);
        let write = self.create(&caller, request).await?;
        let (request, Receipt { revision, token, .. }) = self.done(&caller, write, digest).await?;
        Ok(Response::new(v1::CreateRequestResponse { request, revision, token }))
    }

    async fn update_request(
        &self,
        request: Request<v1::UpdateRequestRequest>,
    ) -> Result<Response<v1::UpdateRequestResponse>, Status> {
        let (caller, request) = open(request)?;
        let digest = digest("UpdateRequest", &request);
        let write = self.update(&caller, request).await?;
        let (request, Receipt { revision, token, .. }) = self.done(&caller, write, digest).await?;
        Ok(Response::new(v1::UpdateRequestResponse { request, revision, token }))
    }

    async fn submit_requests(
        &self,
        request: Request<v1::SubmitRequestsRequest>,
    ) -> Result<Response<v1::SubmitRequestsResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(self.submit(&caller, request).await?))
    }

    async fn withdraw_request(
        &self,
        request: Request<v1::WithdrawRequestRequest>,
    ) -> Result<Response<v1::WithdrawRequestResponse>, Status> {
        let (caller, request) = open(request)?;
        let digest = digest("WithdrawRequest", &request);
        let read = self.read_one(&caller, &request.realm, &request.request).await?;
        let write = parse::withdraw_request(request, read).map_err(Fault::from)?;
        let (request, Receipt { revision, token, .. }) = self.done(&caller, write, digest).await?;
        Ok(Response::new(v1::WithdrawRequestResponse { request, revision, token }))
    }

    async fn decide_request(
        &self,
        request: Request<v1::DecideRequestRequest>,
    ) -> Result<Response<v1::DecideRequestResponse>, Status> {
        let (caller, request) = open(request)?;
        let digest = digest("DecideRequest", &request);
        let read = self.read_one(&caller, &request.realm, &request.request).await?;
        let write = parse::decide_request(request, read).map_err(Fault::from)?;
        let (request, Receipt { revision, token, effects, .. }) = self.done(&caller, write, digest).await?;
        Ok(Response::new(v1::DecideRequestResponse { request, revision, token, effects }))
    }

    async fn fulfil_request(
        &self,
        request: Request<v1::FulfilRequestRequest>,
    ) -> Result<Response<v1::FulfilRequestResponse>, Status> {
        let (caller, request) = open(request)?;
        let digest = digest("FulfilRequest", &request);
        let read = self.read_one(&caller, &request.realm, &request.request).await?;
        let write = parse::fulfil_request(request, read).map_err(Fault::from)?;
        let (request, Receipt { revision, token, effects, .. }) = self.done(&caller, write, digest).await?;
        Ok(Response::new(v1::FulfilRequestResponse { request, revision, token, effects }))
    }

    async fn get_request(
        &self,
        request: Request<v1::GetRequestRequest>,
    ) -> Result<Response<v1::GetRequestResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(view::get(&self.0, &caller, &request).await?))
    }
}

impl Requests {
    async fn create(&self, caller: &Caller, request: v1::CreateRequestRequest) -> Result<Write, Fault> {
        let copied = Some(("copy_of".to_owned(), request.copy_of.as_str())).filter(|(_, of)| !of.is_empty());
        let read = self.read(caller, &request.realm, copied).await?;
        let (realm, actor) = (request.realm.clone(), request.actor.clone());
        let content = request.content.clone();
        self.written(caller, &realm, &actor, content.as_ref(), read, |beside| {
            parse::create_request(request, beside)
        })
    }

    async fn update(&self, caller: &Caller, request: v1::UpdateRequestRequest) -> Result<Write, Fault> {
        let read = self.read_one(caller, &request.realm, &request.request).await?;
        let (realm, actor) = (request.realm.clone(), request.actor.clone());
        let content = request.content.clone();
        self.written(caller, &realm, &actor, content.as_ref(), vec![read], |beside| {
            parse::update_request(request, beside)
        })
    }

    /// Reads a command in which something is written, with what does not stand in it.
    fn written(
        &self,
        caller: &Caller,
        realm: &str,
        actor: &str,
        content: Option<&v1::RequestContent>,
        read: Vec<ReadRequest>,
        parse: impl FnOnce(RequestWrite<'_>) -> Result<Write, parse::Violations>,
    ) -> Result<Write, Fault> {
        let users = content.into_iter().flat_map(|content| &content.users).enumerate();
        let opened = users.map(|(index, user)| {
            let field = format!("content.users[{index}].handles");
            self.0.opened(caller, realm, actor, &field, &user.handles)
        });
        let handles = opened.collect::<Result<_, _>>()?;
        let country = self.0.phone_country(caller, realm);
        let (fresh, nonce) = (random::request_id()?, random::bytes()?);
        let mut fresh_user = || random::user_id().ok();
        let fresh_user = &mut fresh_user;
        Ok(parse(RequestWrite { read, fresh, fresh_user, nonce, country, handles })?)
    }

    async fn submit(
        &self,
        caller: &Caller,
        request: v1::SubmitRequestsRequest,
    ) -> Result<v1::SubmitRequestsResponse, Fault> {
        let digest = digest("SubmitRequests", &request);
        if request.requests.is_empty() || request.requests.len() > MOST_TOGETHER {
            return Err(Fault::field(
                "requests",
                format!("1 to {MOST_TOGETHER} requests are submitted together"),
            ));
        }
        let named = request.requests.iter().enumerate();
        let named = named.map(|(index, one)| (format!("requests[{index}].request"), one.request.as_str()));
        let read = self.read(caller, &request.realm, named).await?;
        let order: Vec<_> = read.iter().map(|read| read.id.clone()).collect();
        let (realm, actor) = (request.realm.clone(), request.actor.clone());
        let write = parse::submit_requests(request, read)?;
        let probe = Probe::of(&write, &realm, &actor);
        probe.may_ask(&self.0, caller, digest).await?;
        let outcome = self.0.write(caller, write, digest).await;
        let outcome = probe.told(&self.0, caller, outcome).await?;
        let requests = order.iter().filter_map(|id| view::left(&outcome, |request| request.id == *id));
        let requests = requests.collect::<Result<_, _>>()?;
        let Receipt { revision, token, effects, .. } = outcome.receipt();
        Ok(v1::SubmitRequestsResponse { requests, revision, token, effects })
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

    /// Requests as they stand, in the order in which they are named. One that is not there asks for nothing: whoever asks for
    /// it is answered when the rules are asked, like one who does not see it.
    async fn read<'n>(
        &self,
        caller: &Caller,
        realm: &str,
        named: impl IntoIterator<Item = (String, &'n str)>,
    ) -> Result<Vec<ReadRequest>, Fault> {
        let ids = parse::request_ids(named)?;
        let state = self.0.newest(caller, realm)?;
        let wanted: BTreeSet<_> = ids.iter().cloned().collect();
        let found = self.0.store.requests(&state.realm, &wanted).await?.requests;
        let read = ids.into_iter().map(|id| {
            let Some(request) = found.iter().find(|request| request.id == id) else {
                return Ok(ReadRequest::of_nothing(id));
            };
            let content = request.content.clone();
            Ok(ReadRequest { id, digest: content_digest(&content)?, content, expects: None })
        });
        read.collect()
    }

    async fn read_one(&self, caller: &Caller, realm: &str, name: &str) -> Result<ReadRequest, Fault> {
        let read = self.read(caller, realm, [("request".to_owned(), name)]).await?;
        read.into_iter().next().ok_or(Fault::Internal("a request that was named was not read"))
    }
}
