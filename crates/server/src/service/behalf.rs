//! Requests on behalf of an actor: whoever brings a token of their own is the actor themselves.

use bailiwick_identity::UserId;
use bailiwick_policy::Reason;
use bailiwick_proto::parse::Collection;
use bailiwick_proto::v1;
use bailiwick_realm::{State, has_outgrown};
use bailiwick_store::UserKey;
use tonic::Request;

use super::open;
use crate::backend::{Backend, live};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::status;

/// A request that names a realm, and on whose behalf it is made.
pub(super) trait OnBehalf {
    fn realm(&self) -> &str;
    fn actor(&mut self) -> &mut String;
}

macro_rules! on_behalf {
    ($($request:ident)*) => {
        $(impl OnBehalf for v1::$request {
            fn realm(&self) -> &str {
                &self.realm
            }

            fn actor(&mut self) -> &mut String {
                &mut self.actor
            }
        })*
    };
}

on_behalf! {
    ExplainAccessRequest SummarizeAccessRequest
    ManageUserRequest GetUserRequest ListUsersRequest MatchUsersRequest ImportUsersRequest IssueSecretRequest
    CreateUnitRequest UpdateUnitRequest MoveUnitRequest ArchiveUnitRequest RestoreUnitRequest
    GetUnitRequest ListUnitsRequest ListAssignableRolesRequest
    PlaceCustomerRequest DismissCustomerRequest RemovePlacementRequest ListPlacementsRequest
    UpdateCaseloadRequest ListCaseloadRequest
    CreateRequestRequest UpdateRequestRequest SubmitRequestsRequest WithdrawRequestRequest DecideRequestRequest
    FulfilRequestRequest GetRequestRequest ListRequestsRequest
    OpenReviewRequest DecideReviewRequest CloseReviewRequest GetReviewRequest ListReviewsRequest
}

impl Backend {
    /// Takes a request apart: who calls, and what. Where it is somebody with a token of their own, they are its actor: it
    /// names nobody, or them.
    pub(super) async fn open<T: OnBehalf>(&self, request: Request<T>) -> Result<(Caller, T), Fault> {
        let (caller, mut message) = open(request)?;
        let Some(subject) = caller.subject() else { return Ok((caller, message)) };
        let state = self.newest(&caller, message.realm())?;
        let unknown = || Fault::from(status::actor_refusal(Reason::UnknownUser));
        let user = self.known_by(&state, subject).await?.ok_or_else(unknown)?;
        let (own, actor) = (Collection::Users.name(&user), message.actor());
        if !actor.is_empty() && *actor != own {
            return Err(Fault::OthersActor);
        }
        *actor = own;
        Ok((caller.known_as(user), message))
    }

    /// The user whom an identity provider knows by a subject; nobody, where whoever gave it may not know what signs in as
    /// them.
    pub(super) async fn known_by(&self, state: &State, subject: &str) -> Result<Option<UserId>, Fault> {
        let key = UserKey::ProviderSubject(subject.to_owned());
        let Some(row) = self.store.user(&state.realm, &key).await? else { return Ok(None) };
        let user = row.user;
        Ok(self.subject_is_good(state, &user, live(state)).await?.then_some(user))
    }

    /// Whether the subject of an identity provider finds its user, as far as whoever gave it goes.
    pub(super) async fn subject_is_good(
        &self,
        state: &State,
        user: &UserId,
        now: bailiwick_identity::Instant,
    ) -> Result<bool, Fault> {
        let credentials = self.store.credentials(&state.realm, user).await?.unwrap_or_default();
        Ok(!has_outgrown(state, user, credentials.subject_by.as_ref(), now))
    }
}
