//! The header of a change: who did what, when.

use bailiwick_identity::{Instant, UserId};
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::{Actor, Body, Command, Effect, RealmStatus, RequestCommand, ReviewCommand, Revision};
use prost::Message;

use super::names::{Names, instant, optional, user_id};
use super::personal::Said;
use super::{Salts, effect, personal};
use crate::log::{Damage, Personal, chain};

/// A change's header, read; what the change's row says too is left out (see [`Header::outline`]).
#[derive(Debug, Clone)]
pub(crate) struct Header {
    /// Unset: an operator.
    pub(crate) actor: Option<UserId>,
    pub(crate) caller: String,
    /// As older versions wrote it; otherwise it stands in the personal part.
    pub(crate) request_id: Option<String>,
    pub(crate) command: &'static str,
    pub(crate) effects: Vec<Effect>,
}

impl Header {
    /// Writes a header. `names` is of the state after the change.
    pub(crate) fn encode(
        command: &Command,
        request_id: Option<&str>,
        (revision, recorded_at): (Revision, Instant),
        (event_count, effects): (usize, &[Effect]),
        names: &Names<'_>,
        salts: Salts,
    ) -> Result<(Vec<u8>, Option<Personal>), Damage> {
        let Command { actor, caller, reason, may_remove_last_manager, expects: _, spares: _, body } = command;
        let part = personal::write_said(reason.as_deref(), request_id);
        let personal = part.map(|part| Personal { salt: salts(), part });
        let message = log::Change {
            revision: revision.0,
            recorded_at: recorded_at.as_micros(),
            actor: match actor {
                Actor::Operator => String::new(),
                Actor::User(user) => user.to_string(),
            },
            caller: caller.clone(),
            last_manager_override: *may_remove_last_manager,
            // Callers may put into it what is personal: it stands in the personal part.
            request_id: String::new(),
            command: written(body).into(),
            event_count: u32::try_from(event_count).map_err(|_| Damage("a change has too many events"))?,
            effects: effects.iter().map(|e| effect::write(names, e)).collect::<Result<_, _>>()?,
            personal_digest: personal.as_ref().map(|p| chain::digest(p).to_vec()).unwrap_or_default(),
        };
        Ok((message.encode_to_vec(), personal))
    }

    /// Reads a header. `names` is of a state in which all that its effects name is known.
    pub(crate) fn decode(bytes: &[u8], names: &Names<'_>) -> Result<Self, Damage> {
        let log::Change {
            revision: _,
            recorded_at: _,
            actor,
            caller,
            last_manager_override: _,
            request_id,
            command,
            event_count: _,
            effects,
            personal_digest: _,
        } = message(bytes)?;
        Ok(Self {
            actor: optional(&actor, user_id)?,
            caller,
            request_id: (!request_id.is_empty()).then_some(request_id),
            command: name_of(command)?,
            effects: effects.into_iter().map(|e| effect::read(names, e)).collect::<Result<_, _>>()?,
        })
    }

    /// What a header says that needs no names: revision, instant, number of events.
    pub(crate) fn outline(bytes: &[u8]) -> Result<(Revision, Instant, usize), Damage> {
        let message = message(bytes)?;
        Ok((Revision(message.revision), instant(message.recorded_at)?, message.event_count as usize))
    }

    /// The digest that stands in an encoded header for its personal part; empty if it has none.
    pub(crate) fn personal_digest(bytes: &[u8]) -> Result<Vec<u8>, Damage> {
        Ok(message(bytes)?.personal_digest)
    }

    /// What was said along with the command, from the personal part.
    pub(crate) fn said(personal: Option<&Personal>) -> Result<Said, Damage> {
        personal::read_said(personal.map(|p| p.part.as_slice()))
    }
}

fn message(bytes: &[u8]) -> Result<log::Change, Damage> {
    log::Change::decode(bytes).map_err(|_| Damage("the header of a change cannot be read"))
}

fn written(body: &Body) -> log::Command {
    match body {
        Body::CreateRealm { .. } => log::Command::CreateRealm,
        Body::SetStatus(RealmStatus::Frozen) => log::Command::FreezeRealm,
        Body::SetStatus(RealmStatus::Active) => log::Command::ThawRealm,
        Body::PutScheme(_) => log::Command::PutScheme,
        Body::ManageUser(_) => log::Command::ManageUser,
        Body::EraseUser(_) => log::Command::EraseUser,
        Body::IssueSecret(_) => log::Command::IssueSecret,
        Body::RedeemSecret(_) => log::Command::RedeemSecret,
        Body::CreateUnit(_) => log::Command::CreateUnit,
        Body::UpdateUnit { .. } => log::Command::UpdateUnit,
        Body::MoveUnit { .. } => log::Command::MoveUnit,
        Body::ArchiveUnit(_) => log::Command::ArchiveUnit,
        Body::RestoreUnit(_) => log::Command::RestoreUnit,
        Body::PlaceCustomer { .. } => log::Command::PlaceCustomer,
        Body::DismissCustomer { .. } => log::Command::DismissCustomer,
        Body::RemovePlacement { .. } => log::Command::RemovePlacement,
        Body::UpdateCaseload { .. } => log::Command::UpdateCaseload,
        Body::Load(_) => log::Command::LoadWorld,
        Body::ImportUsers(_) => log::Command::ImportUsers,
        Body::Request(what) => match **what {
            RequestCommand::Create { .. } => log::Command::CreateRequest,
            RequestCommand::Update { .. } => log::Command::UpdateRequest,
            RequestCommand::Submit(_) => log::Command::SubmitRequests,
            RequestCommand::Withdraw(_) => log::Command::WithdrawRequest,
            RequestCommand::Decide { .. } => log::Command::DecideRequest,
            RequestCommand::CarryOut(_) => log::Command::FulfilRequest,
            RequestCommand::Due(_) => log::Command::RequestDue,
        },
        Body::Review(what) => match **what {
            ReviewCommand::Open { .. } => log::Command::OpenReview,
            ReviewCommand::Decide { .. } => log::Command::DecideReview,
            ReviewCommand::Close(_) => log::Command::CloseReview,
            ReviewCommand::Due { .. } => log::Command::ReviewDue,
        },
    }
}

fn name_of(command: i32) -> Result<&'static str, Damage> {
    let unknown = Damage("a change came from a command that this version does not know");
    Ok(match log::Command::try_from(command).map_err(|_| unknown)? {
        log::Command::Unspecified => return Err(unknown),
        log::Command::ManageUser => "ManageUser",
        log::Command::EraseUser => "EraseUser",
        log::Command::IssueSecret => "IssueSecret",
        log::Command::RedeemSecret => "RedeemSecret",
        log::Command::CreateUnit => "CreateUnit",
        log::Command::UpdateUnit => "UpdateUnit",
        log::Command::MoveUnit => "MoveUnit",
        log::Command::ArchiveUnit => "ArchiveUnit",
        log::Command::RestoreUnit => "RestoreUnit",
        log::Command::PlaceCustomer => "PlaceCustomer",
        log::Command::DismissCustomer => "DismissCustomer",
        log::Command::RemovePlacement => "RemovePlacement",
        log::Command::UpdateCaseload => "UpdateCaseload",
        log::Command::CreateRealm => "CreateRealm",
        log::Command::FreezeRealm => "FreezeRealm",
        log::Command::ThawRealm => "ThawRealm",
        log::Command::PutScheme => "PutScheme",
        log::Command::LoadWorld => "LoadWorld",
        log::Command::ImportUsers => "ImportUsers",
        log::Command::CreateRequest => "CreateRequest",
        log::Command::UpdateRequest => "UpdateRequest",
        log::Command::SubmitRequests => "SubmitRequests",
        log::Command::WithdrawRequest => "WithdrawRequest",
        log::Command::DecideRequest => "DecideRequest",
        log::Command::FulfilRequest => "FulfilRequest",
        log::Command::RequestDue => "RequestDue",
        log::Command::OpenReview => "OpenReview",
        log::Command::DecideReview => "DecideReview",
        log::Command::CloseReview => "CloseReview",
        log::Command::ReviewDue => "ReviewDue",
    })
}
