//! UserService: who people are, what they hold, and how that changes.

mod export;
mod import;
mod list;
mod login;
mod matching;
pub(super) mod probe;
mod secret;
pub(super) mod tally;
pub(super) mod view;

use bailiwick_identity::UserId;
use bailiwick_policy::Reason;
use bailiwick_proto::parse::{Collection, Mode, UserName, Write};
use bailiwick_proto::v1::user_service_server::UserService;
use bailiwick_proto::{parse, v1};
use bailiwick_realm::{Body, Event, UserChange};
use bailiwick_store::UserKey;
use prost::Message;
use tonic::{Request, Response, Status};

use self::probe::Probe;
use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::random;
use crate::writing::{Outcome, Receipt, digest};

/// The longest message but a list, in bytes.
const MESSAGE_BYTES: usize = 256 * 1024;

/// Hands out, changes and takes away access.
pub(crate) struct Users(pub(crate) Backend);

#[tonic::async_trait]
impl UserService for Users {
    async fn manage_user(
        &self,
        request: Request<v1::ManageUserRequest>,
    ) -> Result<Response<v1::ManageUserResponse>, Status> {
        let (caller, request) = self.0.open(short(request)?).await?;
        Ok(Response::new(self.manage(&caller, request).await?))
    }

    async fn import_users(
        &self,
        request: Request<v1::ImportUsersRequest>,
    ) -> Result<Response<v1::ImportUsersResponse>, Status> {
        // A list may be as long as a world.
        let (caller, request) = self.0.open(request).await?;
        Ok(Response::new(import::import_users(&self.0, &caller, request).await?))
    }

    async fn erase_user(
        &self,
        request: Request<v1::EraseUserRequest>,
    ) -> Result<Response<v1::EraseUserResponse>, Status> {
        let (caller, request) = super::open(short(request)?)?;
        let digest = digest("EraseUser", &request);
        let write = parse::erase_user(request).map_err(Fault::from)?;
        let outcome = self.0.write(&caller, write, digest).await?;
        let Receipt { revision, token, effects, .. } = outcome.receipt();
        Ok(Response::new(v1::EraseUserResponse { revision, token, effects }))
    }

    async fn match_users(
        &self,
        request: Request<v1::MatchUsersRequest>,
    ) -> Result<Response<v1::MatchUsersResponse>, Status> {
        let (caller, request) = self.0.open(short(request)?).await?;
        Ok(Response::new(matching::match_users(&self.0, &caller, &request).await?))
    }

    async fn export_user(
        &self,
        request: Request<v1::ExportUserRequest>,
    ) -> Result<Response<v1::ExportUserResponse>, Status> {
        let (caller, request) = super::open(short(request)?)?;
        Ok(Response::new(export::export(&self.0, &caller, &request).await?))
    }

    async fn issue_secret(
        &self,
        request: Request<v1::IssueSecretRequest>,
    ) -> Result<Response<v1::IssueSecretResponse>, Status> {
        let (caller, request) = self.0.open(short(request)?).await?;
        Ok(Response::new(secret::issue(&self.0, &caller, request).await?))
    }

    async fn redeem_secret(
        &self,
        request: Request<v1::RedeemSecretRequest>,
    ) -> Result<Response<v1::RedeemSecretResponse>, Status> {
        let (caller, request) = super::open(short(request)?)?;
        Ok(Response::new(login::redeem(&self.0, &caller, request).await?))
    }

    async fn verify_password(
        &self,
        request: Request<v1::VerifyPasswordRequest>,
    ) -> Result<Response<v1::VerifyPasswordResponse>, Status> {
        let (caller, request) = super::open(short(request)?)?;
        Ok(Response::new(login::verify(&self.0, &caller, request).await?))
    }

    async fn get_user(
        &self,
        request: Request<v1::GetUserRequest>,
    ) -> Result<Response<v1::GetUserResponse>, Status> {
        let (caller, request) = self.0.open(short(request)?).await?;
        Ok(Response::new(self.get(&caller, request).await?))
    }

    async fn list_users(
        &self,
        request: Request<v1::ListUsersRequest>,
    ) -> Result<Response<v1::ListUsersResponse>, Status> {
        let (caller, request) = self.0.open(short(request)?).await?;
        Ok(Response::new(list::list_users(&self.0, &caller, request).await?))
    }
}

/// Turns away what is too long and no list.
fn short<T: Message>(request: Request<T>) -> Result<Request<T>, Fault> {
    if request.get_ref().encoded_len() > MESSAGE_BYTES { Err(Fault::TooLong) } else { Ok(request) }
}

impl Users {
    async fn manage(
        &self,
        caller: &Caller,
        request: v1::ManageUserRequest,
    ) -> Result<v1::ManageUserResponse, Fault> {
        let digest = digest("ManageUser", &request);
        let country = self.0.phone_country(caller, &request.realm);
        let handles = self.0.opened(caller, &request.realm, &request.actor, "handles", &request.handles)?;
        let found_by_handle = !handles.is_empty();
        let (request_realm, request_actor) = (request.realm.clone(), request.actor.clone());
        let mut write = parse::manage_user(request, random::user_id()?, country, handles)?;
        // Nobody is shown whom only what it would add would show.
        if found_by_handle && write.mode == Mode::Preview {
            write.mode = Mode::ValidateOnly;
        }
        let asked = Asked::of(&write);
        let probe = Probe::of(&write, &request_realm, &request_actor);
        probe.may_ask(&self.0, caller, &write, digest).await?;
        let outcome = self.0.write(caller, write, digest).await;
        let outcome = probe.told(&self.0, caller, outcome).await?;
        // A dry run shows nobody whom only what it would add would show, nor what else would happen to them.
        let is_hidden = outcome.revision.is_none() && found_by_handle;
        let user = asked.user(&outcome).filter(|_| !is_hidden);
        let shown = match &user {
            Some(user) => view::after(&self.0, &outcome, user).await?,
            None => None,
        };
        let assigned = user.map(|user| asked.assigned(&outcome, &user)).unwrap_or_default();
        let Receipt { revision, token, mut effects, preview } = outcome.receipt();
        if is_hidden {
            effects.clear();
        }
        Ok(v1::ManageUserResponse { user: shown, revision, token, effects, assigned, preview })
    }

    async fn get(&self, caller: &Caller, request: v1::GetUserRequest) -> Result<v1::GetUserResponse, Fault> {
        let v1::GetUserRequest { realm, actor, key } = request;
        let state = self.0.newest(caller, &realm)?;
        let key = match parse::user_name(key)? {
            UserName::Id(user) => UserKey::Id(user),
            UserName::Username(username) => UserKey::Username(username),
            UserName::External(name, value) => UserKey::External(name, value),
            UserName::ProviderSubject(subject) => UserKey::ProviderSubject(subject),
        };
        let reader = self.0.reader(caller, state, &actor)?;
        let row = self.0.store.user(&reader.state.realm, &key).await?;
        let reader = self.0.settle(caller, reader, row.as_slice(), &actor).await?;
        if let (UserKey::ProviderSubject(_), Some(row)) = (&key, &row) {
            let is_good = self.0.subject_is_good(&reader.state, &row.user, reader.now).await?;
            is_good.then_some(()).ok_or_else(|| not_found(Reason::UnknownUser))?;
        }
        let user = row.and_then(|row| view::user(&reader, &row));
        user.map(|user| v1::GetUserResponse { user: Some(user) })
            .ok_or_else(|| not_found(Reason::UnknownUser))
    }
}

/// What a ManageUser asked for, as far as its reply needs it.
struct Asked {
    named: Option<UserId>,
    creates: bool,
    assigns: u32,
}

impl Asked {
    fn of(write: &Write) -> Self {
        let Body::ManageUser(manage) = &write.body else {
            return Self { named: None, creates: false, assigns: 0 };
        };
        let assigns = manage.changes.iter().filter(|change| matches!(change, UserChange::Assign(_))).count();
        Self {
            named: Some(manage.user.clone()),
            creates: matches!(manage.changes.first(), Some(UserChange::Create(_))),
            assigns: u32::try_from(assigns).unwrap_or(u32::MAX),
        }
    }

    /// The user that was changed. A repeated creation without a name made it the first time: the log knows whom.
    fn user(&self, outcome: &Outcome) -> Option<UserId> {
        let made = outcome.events.iter().find_map(|event| match event {
            Event::Profile { user, profile: _ } if self.creates => Some(user.clone()),
            Event::Profile { .. }
            | Event::Credentials { .. }
            | Event::Realm { .. }
            | Event::Scheme(_)
            | Event::Unit(_)
            | Event::Access { .. }
            | Event::Caseload { .. }
            | Event::Placements { .. }
            | Event::Request(_)
            | Event::Review(_) => None,
        });
        made.or_else(|| self.named.clone())
    }

    /// The assignments that were made: numbers are given in order, and only to what is assigned.
    fn assigned(&self, outcome: &Outcome, user: &UserId) -> Vec<String> {
        let last = outcome.events.iter().rev().find_map(|event| match event {
            Event::Access { user: whose, access, notes: _ } if whose == user => Some(access.last_number),
            Event::Access { .. }
            | Event::Profile { .. }
            | Event::Credentials { .. }
            | Event::Realm { .. }
            | Event::Scheme(_)
            | Event::Unit(_)
            | Event::Caseload { .. }
            | Event::Placements { .. }
            | Event::Request(_)
            | Event::Review(_) => None,
        });
        let Some(last) = last else { return Vec::new() };
        let first = last.saturating_sub(self.assigns).saturating_add(1);
        (first..=last).map(|number| Collection::Assignments.name(number)).collect()
    }
}
