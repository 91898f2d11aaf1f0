//! Repeating what is safe to repeat, and nothing else.
//!
//! Only `UNAVAILABLE` and `OVERLOADED` are tried again, and only where a second sending cannot happen twice: questions and reads, dry
//! runs, and commands with a `request_id`. The deadline of a call holds for all its attempts together.

use std::future::Future;
use std::time::Duration;

use bailiwick_proto::v1;
use tokio::time::Instant;
use tonic::{Code, Request, Response, Status};

use crate::Error;

/// How often a call is sent at most.
const MOST_ATTEMPTS: u32 = 4;
/// How long to wait before the second attempt, where the server does not say; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// Whether a request may be sent a second time without happening twice.
pub trait Repeatable {
    /// Whether it may.
    fn is_repeatable(&self) -> bool;
}

/// Sends a request until it is answered, refused, or the deadline is over.
pub(crate) async fn send<Q, A, F, Sent>(
    request: Q,
    deadline: Duration,
    server: &str,
    mut attempt: F,
) -> Result<A, Error>
where
    Q: Clone + Repeatable,
    F: FnMut(Request<Q>) -> Sent,
    Sent: Future<Output = Result<Response<A>, Status>>,
{
    let end = Instant::now() + deadline;
    let mut pause = FIRST_PAUSE;
    let mut attempts = 1;
    loop {
        let mut one = Request::new(request.clone());
        one.set_timeout(end.saturating_duration_since(Instant::now()));
        let error = match tokio::time::timeout_at(end, attempt(one)).await {
            Ok(Ok(answer)) => return Ok(answer.into_inner()),
            Ok(Err(status)) => Error::from_status(&status, server),
            Err(_) => return Err(Error::deadline(deadline)),
        };
        let wait = error.retry_after.unwrap_or(pause);
        let again = may_pass(&error)
            && request.is_repeatable()
            && attempts < MOST_ATTEMPTS
            && Instant::now() + wait < end;
        if !again {
            return Err(error);
        }
        tokio::time::sleep(wait).await;
        pause *= 2;
        attempts += 1;
    }
}

/// Whether another attempt may fare better: nobody answered, or the server had as much to do as it takes on.
fn may_pass(error: &Error) -> bool {
    error.code == Code::Unavailable || error.reason.as_deref() == Some("OVERLOADED")
}

impl Repeatable for tonic_health::pb::HealthCheckRequest {
    fn is_repeatable(&self) -> bool {
        true
    }
}

impl Repeatable for v1::ImportUsersRequest {
    /// A part is known by its list, its number and its rows. An actor's dry run is counted, each time.
    fn is_repeatable(&self) -> bool {
        !self.validate_only || self.actor.is_empty()
    }
}

macro_rules! repeatable {
    (always: $($read:ident),* $(,)?; with_request_id: $($write:ident),* $(,)?; never: $($once:ident),* $(,)?;) => {
        $(impl Repeatable for v1::$read {
            fn is_repeatable(&self) -> bool {
                true
            }
        })*
        $(impl Repeatable for v1::$write {
            fn is_repeatable(&self) -> bool {
                self.validate_only || !self.request_id.is_empty()
            }
        })*
        $(impl Repeatable for v1::$once {
            fn is_repeatable(&self) -> bool {
                false
            }
        })*
    };
}

repeatable! {
    always:
        CheckAccessRequest, BatchCheckAccessRequest, ExplainAccessRequest, SummarizeAccessRequest, ListAllowedResourcesRequest, ListAllowedUsersRequest,
    ListAllowedCapabilitiesRequest,
        GetUserRequest, ListUsersRequest,
    ExportUserRequest,
        GetUnitRequest, ListUnitsRequest, ListAssignableRolesRequest,
        ListPlacementsRequest, ListCaseloadRequest,
        GetRequestRequest, ListRequestsRequest, GetReviewRequest, ListReviewsRequest,
        GetRealmRequest, ListRealmsRequest, GetSchemeRequest, ValidateSchemeRequest, CompareSchemesRequest,
        ListChangesRequest,
        ListKeysRequest, RevokeKeyRequest,
        AcknowledgeOutboxRequest;
    with_request_id:
        ManageUserRequest,
        EraseUserRequest, IssueSecretRequest,
        CreateUnitRequest, UpdateUnitRequest, MoveUnitRequest, ArchiveUnitRequest, RestoreUnitRequest,
        PlaceCustomerRequest, DismissCustomerRequest, RemovePlacementRequest, UpdateCaseloadRequest,
        CreateRequestRequest, UpdateRequestRequest, SubmitRequestsRequest, WithdrawRequestRequest, DecideRequestRequest,
        FulfilRequestRequest,
        OpenReviewRequest, DecideReviewRequest, CloseReviewRequest,
        CreateRealmRequest, FreezeRealmRequest, PutSchemeRequest, LoadWorldRequest;
    never:
        // Each is counted.
        MatchUsersRequest, VerifyPasswordRequest,
        // Takes no request id: nothing of a password is remembered.
        RedeemSecretRequest,
        CreateKeyRequest;
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn count(request: v1::ManageUserRequest, status: Status) -> (u32, Error) {
        let sent = Cell::new(0);
        let failing = |_| {
            sent.set(sent.get() + 1);
            let status = status.clone();
            async move { Err::<Response<v1::ManageUserResponse>, _>(status) }
        };
        let error = send(request, Duration::from_secs(5), "http://127.0.0.1:1", failing).await.unwrap_err();
        (sent.get(), error)
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_is_repeated_only_with_a_request_id() {
        let named = v1::ManageUserRequest { request_id: "one".to_owned(), ..Default::default() };
        assert_eq!(count(named, Status::unavailable("busy")).await.0, MOST_ATTEMPTS);
        assert_eq!(count(v1::ManageUserRequest::default(), Status::unavailable("busy")).await.0, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_else_is_repeated() {
        let named = v1::ManageUserRequest { request_id: "one".to_owned(), ..Default::default() };
        assert_eq!(count(named, Status::permission_denied("no")).await.0, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_holds_for_all_attempts() {
        let silent = |_| std::future::pending::<Result<Response<v1::GetUserResponse>, Status>>();
        let request = v1::GetUserRequest::default();
        let error = send(request, Duration::from_secs(2), "http://127.0.0.1:1", silent).await.unwrap_err();
        assert_eq!(error.code, Code::DeadlineExceeded);
    }
}
