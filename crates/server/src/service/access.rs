//! AccessService: may this user do this, here, to this?

mod explain;
mod list;
mod stream;
mod summary;
mod told;

use std::time::{Duration, Instant};

use bailiwick_policy::check;
use bailiwick_proto::v1::access_service_server::AccessService;
use bailiwick_proto::{parse, render, v1};
use tonic::{Request, Response, Status};

use super::open;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::past::wanted;

/// So long a batch is answered before others have their turn.
const LONGEST_TURN: Duration = Duration::from_millis(5);
/// So many are answered before somebody looks at the clock.
const LOOKS_UP_EVERY: usize = 8;

/// Answers questions from memory: nothing here locks or waits, unless the question asks for freshness, or a batch is long.
pub(crate) struct Access(pub(crate) Backend);

#[tonic::async_trait]
impl AccessService for Access {
    async fn check_access(
        &self,
        request: Request<v1::CheckAccessRequest>,
    ) -> Result<Response<v1::CheckAccessResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(self.answer(&caller, &request).await?))
    }

    async fn batch_check_access(
        &self,
        request: Request<v1::BatchCheckAccessRequest>,
    ) -> Result<Response<v1::BatchCheckAccessResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(self.batch(&caller, &request).await?))
    }

    async fn explain_access(
        &self,
        request: Request<v1::ExplainAccessRequest>,
    ) -> Result<Response<v1::ExplainAccessResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(explain::explain_access(&self.0, &caller, &request).await?))
    }

    async fn summarize_access(
        &self,
        request: Request<v1::SummarizeAccessRequest>,
    ) -> Result<Response<v1::SummarizeAccessResponse>, Status> {
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(summary::summarize_access(&self.0, &caller, &request).await?))
    }

    async fn list_allowed_resources(
        &self,
        request: Request<v1::ListAllowedResourcesRequest>,
    ) -> Result<Response<v1::ListAllowedResourcesResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(list::allowed_resources(&self.0, &caller, request).await?))
    }

    async fn list_allowed_users(
        &self,
        request: Request<v1::ListAllowedUsersRequest>,
    ) -> Result<Response<v1::ListAllowedUsersResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(list::allowed_users(&self.0, &caller, request).await?))
    }

    async fn list_allowed_capabilities(
        &self,
        request: Request<v1::ListAllowedCapabilitiesRequest>,
    ) -> Result<Response<v1::ListAllowedCapabilitiesResponse>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(list::allowed_capabilities(&self.0, &caller, request).await?))
    }

    type StreamAllowedResourcesStream = stream::Parts<v1::StreamAllowedResourcesResponse>;

    async fn stream_allowed_resources(
        &self,
        request: Request<v1::StreamAllowedResourcesRequest>,
    ) -> Result<Response<Self::StreamAllowedResourcesStream>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(stream::allowed_resources(&self.0, caller, request).await?))
    }

    type StreamAllowedUsersStream = stream::Parts<v1::StreamAllowedUsersResponse>;

    async fn stream_allowed_users(
        &self,
        request: Request<v1::StreamAllowedUsersRequest>,
    ) -> Result<Response<Self::StreamAllowedUsersStream>, Status> {
        let (caller, request) = open(request)?;
        Ok(Response::new(stream::allowed_users(&self.0, caller, request).await?))
    }
}

impl Access {
    /// Answers one question.
    pub(super) async fn answer(
        &self,
        caller: &Caller,
        request: &v1::CheckAccessRequest,
    ) -> Result<v1::CheckAccessResponse, Fault> {
        let about = || wanted([&request.subject, &request.resource, &request.unit].map(String::as_str));
        let when = self.0.when(caller, &request.realm, request.freshness.as_ref(), about).await?;
        let state = &when.state;
        let question = parse::check_access(request, &state.scheme)?;
        let answer = check(&state.world, &state.scheme, &question, when.now);
        Ok(render::check_access(&answer, &state.world, &state.scheme, self.0.token(state)))
    }

    async fn batch(
        &self,
        caller: &Caller,
        request: &v1::BatchCheckAccessRequest,
    ) -> Result<v1::BatchCheckAccessResponse, Fault> {
        let v1::BatchCheckAccessRequest { realm, subject, questions, freshness } = request;
        if questions.is_empty() || questions.len() > parse::MAX_QUESTIONS {
            return Err(Fault::field("questions", format!("needs 1 to {} questions", parse::MAX_QUESTIONS)));
        }
        let about = || {
            let asked = questions.iter().flat_map(|asked| [asked.resource.as_str(), asked.unit.as_str()]);
            wanted(asked.chain([subject.as_str()]))
        };
        let when = self.0.when(caller, realm, freshness.as_ref(), about).await?;
        let state = &when.state;
        let subject = parse::subject_id(subject)?;
        let read: Result<Vec<_>, _> = questions
            .iter()
            .enumerate()
            .map(|(index, asked)| parse::batch_question(subject, asked, index, &state.scheme))
            .collect();
        let mut answers = Vec::with_capacity(questions.len());
        let (mut turn, until) = (Instant::now(), Instant::now() + caller.time_left());
        for (number, question) in read?.iter().enumerate() {
            let answer = check(&state.world, &state.scheme, question, when.now);
            answers.push(render::answer(&answer, &state.world, &state.scheme));
            // Most are answered in a thousandth of the time; others do not wait for those that are not.
            if number % LOOKS_UP_EVERY == 0 && turn.elapsed() > LONGEST_TURN {
                tokio::task::yield_now().await;
                turn = Instant::now();
                if turn > until {
                    return Err(Fault::DeadlineExceeded);
                }
            }
        }
        Ok(v1::BatchCheckAccessResponse { answers, token: self.0.token(state) })
    }
}
