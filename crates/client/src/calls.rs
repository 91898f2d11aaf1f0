//! The client: one method for each RPC.

use std::time::Duration;

use bailiwick_proto::v1;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::connect::{Settings, Transport, transport};
use crate::{Error, retry};

/// A connection to one server. Cheap to clone; clones share the connection.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) transport: Transport,
    pub(crate) server: String,
    pub(crate) deadline: Duration,
}

impl Client {
    /// A client that connects with its first call.
    ///
    /// # Errors
    /// When the address of the server is none.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let transport = transport(settings)?;
        Ok(Self { transport, server: settings.server.clone(), deadline: settings.deadline })
    }
}

/// Whether a service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Serving,
    /// It does not, or nobody knows the service.
    NotServing,
}

impl Client {
    /// Asks whether a service answers, by its full name; empty: the server as a whole.
    ///
    /// # Errors
    /// When the server cannot be reached before the deadline.
    pub async fn health(&self, service: &str) -> Result<Health, Error> {
        let client = HealthClient::new(self.transport.clone());
        let request = HealthCheckRequest { service: service.to_owned() };
        let attempt = |request| {
            let mut client = client.clone();
            async move { client.check(request).await }
        };
        match retry::send(request, self.deadline, &self.server, attempt).await {
            Ok(reply) if reply.status() == ServingStatus::Serving => Ok(Health::Serving),
            Ok(_) => Ok(Health::NotServing),
            Err(error) if error.code == Code::NotFound => Ok(Health::NotServing),
            Err(error) => Err(error),
        }
    }
}

macro_rules! calls {
    ($($module:ident :: $client:ident { $($(#[$doc:meta])* $method:ident($request:ident) -> $response:ident;)* })*) => {
        impl Client {
            $($(
                $(#[$doc])*
                ///
                /// # Errors
                /// When the server refuses, or cannot be reached before the deadline.
                pub async fn $method(&self, request: v1::$request) -> Result<v1::$response, Error> {
                    let client = v1::$module::$client::new(self.transport.clone());
                    let attempt = |request| {
                        let mut client = client.clone();
                        async move { client.$method(request).await }
                    };
                    retry::send(request, self.deadline, &self.server, attempt).await
                }
            )*)*
        }
    };
}

calls! {
    access_service_client::AccessServiceClient {
        /// Asks whether a user may do one thing to one resource.
        check_access(CheckAccessRequest) -> CheckAccessResponse;
        /// Asks up to 1,000 questions about one user.
        batch_check_access(BatchCheckAccessRequest) -> BatchCheckAccessResponse;
        /// Asks a question, and how its answer came about.
        explain_access(ExplainAccessRequest) -> ExplainAccessResponse;
        /// Asks for all access of a user.
        summarize_access(SummarizeAccessRequest) -> SummarizeAccessResponse;
        /// Lists to what a user may do something, a page at a time.
        list_allowed_resources(ListAllowedResourcesRequest) -> ListAllowedResourcesResponse;
        /// Lists who may do something to a resource, a page at a time.
        list_allowed_users(ListAllowedUsersRequest) -> ListAllowedUsersResponse;
        /// Lists what a user may do to one resource.
        list_allowed_capabilities(ListAllowedCapabilitiesRequest) -> ListAllowedCapabilitiesResponse;
    }
    user_service_client::UserServiceClient {
        /// Changes one user.
        manage_user(ManageUserRequest) -> ManageUserResponse;
        /// Gets one user.
        get_user(GetUserRequest) -> GetUserResponse;
        /// Lists users, a page at a time.
        list_users(ListUsersRequest) -> ListUsersResponse;
        /// Finds the person before another is made.
        match_users(MatchUsersRequest) -> MatchUsersResponse;
        /// Imports one part of a list of people, up to 1,000 rows.
        import_users(ImportUsersRequest) -> ImportUsersResponse;
        /// Erases a person: only the id is left.
        erase_user(EraseUserRequest) -> EraseUserResponse;
        /// Exports all that is kept about one person, a page at a time.
        export_user(ExportUserRequest) -> ExportUserResponse;
        /// Issues a secret with which a user sets a password.
        issue_secret(IssueSecretRequest) -> IssueSecretResponse;
        /// Sets a password, on proof.
        redeem_secret(RedeemSecretRequest) -> RedeemSecretResponse;
        /// Asks whether a password is the user's.
        verify_password(VerifyPasswordRequest) -> VerifyPasswordResponse;
    }
    unit_service_client::UnitServiceClient {
        /// Creates a unit.
        create_unit(CreateUnitRequest) -> CreateUnitResponse;
        /// Changes what a unit is called.
        update_unit(UpdateUnitRequest) -> UpdateUnitResponse;
        /// Replaces a unit's parents.
        move_unit(MoveUnitRequest) -> MoveUnitResponse;
        /// Archives a unit.
        archive_unit(ArchiveUnitRequest) -> ArchiveUnitResponse;
        /// Restores an archived unit.
        restore_unit(RestoreUnitRequest) -> RestoreUnitResponse;
        /// Gets one unit.
        get_unit(GetUnitRequest) -> GetUnitResponse;
        /// Lists units, a page at a time.
        list_units(ListUnitsRequest) -> ListUnitsResponse;
        /// Lists the roles that may be handed out at a unit, a page at a time.
        list_assignable_roles(ListAssignableRolesRequest) -> ListAssignableRolesResponse;
    }
    customer_service_client::CustomerServiceClient {
        /// Enrols a customer in a unit.
        place_customer(PlaceCustomerRequest) -> PlaceCustomerResponse;
        /// Dismisses a customer from a unit.
        dismiss_customer(DismissCustomerRequest) -> DismissCustomerResponse;
        /// Removes a placement.
        remove_placement(RemovePlacementRequest) -> RemovePlacementResponse;
        /// Lists placements, a page at a time.
        list_placements(ListPlacementsRequest) -> ListPlacementsResponse;
        /// Changes a user's caseload.
        update_caseload(UpdateCaseloadRequest) -> UpdateCaseloadResponse;
        /// Lists a user's caseload, a page at a time.
        list_caseload(ListCaseloadRequest) -> ListCaseloadResponse;
    }
    request_service_client::RequestServiceClient {
        /// Drafts a request.
        create_request(CreateRequestRequest) -> CreateRequestResponse;
        /// Changes a draft.
        update_request(UpdateRequestRequest) -> UpdateRequestResponse;
        /// Submits drafts, all or none.
        submit_requests(SubmitRequestsRequest) -> SubmitRequestsResponse;
        /// Takes a request back.
        withdraw_request(WithdrawRequestRequest) -> WithdrawRequestResponse;
        /// Approves a request, or rejects it.
        decide_request(DecideRequestRequest) -> DecideRequestResponse;
        /// Says that a desk has carried a request out.
        fulfil_request(FulfilRequestRequest) -> FulfilRequestResponse;
        /// Gets one request, with who may approve it.
        get_request(GetRequestRequest) -> GetRequestResponse;
        /// Lists requests, a page at a time.
        list_requests(ListRequestsRequest) -> ListRequestsResponse;
        /// Opens a review of what is held.
        open_review(OpenReviewRequest) -> OpenReviewResponse;
        /// Confirms or ends items of a review.
        decide_review(DecideReviewRequest) -> DecideReviewResponse;
        /// Closes a review before its time.
        close_review(CloseReviewRequest) -> CloseReviewResponse;
        /// Gets one review.
        get_review(GetReviewRequest) -> GetReviewResponse;
        /// Lists reviews, a page at a time.
        list_reviews(ListReviewsRequest) -> ListReviewsResponse;
    }
    realm_service_client::RealmServiceClient {
        /// Creates a realm with its scheme.
        create_realm(CreateRealmRequest) -> CreateRealmResponse;
        /// Gets one realm.
        get_realm(GetRealmRequest) -> GetRealmResponse;
        /// Lists the caller's realms, a page at a time.
        list_realms(ListRealmsRequest) -> ListRealmsResponse;
        /// Freezes a realm, or thaws it.
        freeze_realm(FreezeRealmRequest) -> FreezeRealmResponse;
        /// Gets the scheme of a realm.
        get_scheme(GetSchemeRequest) -> GetSchemeResponse;
        /// Says every fault of a scheme.
        validate_scheme(ValidateSchemeRequest) -> ValidateSchemeResponse;
        /// Says what a scheme would change, before it is put in force.
        compare_schemes(CompareSchemesRequest) -> CompareSchemesResponse;
        /// Puts a new scheme in force.
        put_scheme(PutSchemeRequest) -> PutSchemeResponse;
        /// Loads up to 1,000 items.
        load_world(LoadWorldRequest) -> LoadWorldResponse;
    }
    change_service_client::ChangeServiceClient {
        /// Lists the changes of a realm, a page at a time.
        list_changes(ListChangesRequest) -> ListChangesResponse;
        /// Drops what was delivered.
        acknowledge_outbox(AcknowledgeOutboxRequest) -> AcknowledgeOutboxResponse;
    }
    key_service_client::KeyServiceClient {
        /// Makes a key; the reply is the only place where its secret is shown.
        create_key(CreateKeyRequest) -> CreateKeyResponse;
        /// Lists the keys, a page at a time.
        list_keys(ListKeysRequest) -> ListKeysResponse;
        /// Revokes a key, for good.
        revoke_key(RevokeKeyRequest) -> RevokeKeyResponse;
    }
}
