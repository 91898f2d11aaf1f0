//! Requests: what is asked for, and what is done to it.

use std::collections::BTreeMap;
use std::time::Duration;

use bailiwick_identity::{RequestId, UserId};
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{
    Body, Content, Handle, MOST_PEOPLE, ManageUser, ReadRequest, RequestCommand, UserChange, Verdict,
};

use super::form::{Form, Violations, given};
use super::name::Collection;
use super::phone::PhoneCountry;
use super::write::{Header, Write};
use crate::v1::{self, user_change::Change};

/// The longest time that something lasts, in seconds: more is refused by the rules, with what is allowed.
const MOST_SECONDS: i64 = 1 << 40;

/// What a command about requests needs that does not stand in it.
pub struct RequestWrite {
    /// The requests that it names, as they stand, in their order.
    pub read: Vec<ReadRequest>,
    /// The id of a request that is drafted without a name.
    pub fresh: RequestId,
    /// Makes the ids of users who are created without a name.
    pub fresh_user: fn() -> Option<UserId>,
    /// Random bytes for what is written.
    pub nonce: [u8; 16],
    /// Of telephone numbers that name none.
    pub country: PhoneCountry,
    /// The handles of each person, opened.
    pub handles: Vec<Vec<Handle>>,
}

/// Reads the names of requests.
///
/// # Errors
/// When one is no request's name.
pub fn request_ids<'n>(
    names: impl IntoIterator<Item = (String, &'n str)>,
) -> Result<Vec<RequestId>, Violations> {
    let mut form = Form::default();
    let read: Vec<Option<RequestId>> = names
        .into_iter()
        .map(|(field, name)| form.id(&field, Collection::Requests, name, RequestId::parse))
        .collect();
    form.finish(read.into_iter().collect())
}

/// Reads a CreateRequest, the request that it copies being the one that was read.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn create_request(request: v1::CreateRequestRequest, beside: RequestWrite) -> Result<Write, Violations> {
    let v1::CreateRequestRequest {
        realm,
        actor,
        request,
        copy_of,
        content,
        request_id,
        validate_only,
        reason,
    } = request;
    let mut form = Form::of_country(beside.country);
    let id = match request.is_empty() {
        true => Some(beside.fresh.clone()),
        false => form.id("request", Collection::Requests, &request, RequestId::parse),
    };
    let (copied, nonce) = (beside.read.first().cloned(), beside.nonce);
    let content = match (content, copy_of.is_empty()) {
        (Some(content), _) => form.content(content, beside),
        (None, false) => beside.read.into_iter().next().map(|copied| Content { nonce, ..copied.content }),
        (None, true) => {
            form.fault("content", "is required where nothing is copied");
            None
        }
    };
    let body = (|| Some(RequestCommand::Create { id: id?, copy_of: copied, content: content? }))();
    header(realm, actor, request_id, validate_only, reason).with(form, body.map(command))
}

/// Reads an UpdateRequest.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn update_request(
    request: v1::UpdateRequestRequest,
    mut beside: RequestWrite,
) -> Result<Write, Violations> {
    let v1::UpdateRequestRequest {
        realm,
        actor,
        request: _,
        content,
        content_digest,
        request_id,
        validate_only,
        reason,
    } = request;
    let mut form = Form::of_country(beside.country);
    let expects = form.digest("content_digest", &content_digest);
    let read = beside.read.pop();
    let content = match content {
        Some(content) => form.content(content, beside),
        None => {
            form.fault("content", "is required");
            None
        }
    };
    let body = (|| {
        let request = ReadRequest { expects: expects?, ..read? };
        Some(RequestCommand::Update { request, content: content? })
    })();
    header(realm, actor, request_id, validate_only, reason).with(form, body.map(command))
}

/// Reads a SubmitRequests.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn submit_requests(
    request: v1::SubmitRequestsRequest,
    read: Vec<ReadRequest>,
) -> Result<Write, Violations> {
    let v1::SubmitRequestsRequest { realm, actor, requests, request_id, validate_only, reason } = request;
    let mut form = Form::default();
    let named = requests.iter().zip(read).enumerate();
    let read: Vec<Option<ReadRequest>> = named
        .map(|(index, (v1::RequestRead { request: _, content_digest }, read))| {
            let expects = form.digest(&format!("requests[{index}].content_digest"), content_digest)?;
            Some(ReadRequest { expects, ..read })
        })
        .collect();
    let body = read.into_iter().collect::<Option<_>>().map(RequestCommand::Submit);
    header(realm, actor, request_id, validate_only, reason).with(form, body.map(command))
}

/// Reads a WithdrawRequest.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn withdraw_request(request: v1::WithdrawRequestRequest, read: ReadRequest) -> Result<Write, Violations> {
    let v1::WithdrawRequestRequest { realm, actor, request: _, request_id, validate_only, reason } = request;
    let body = Some(command(RequestCommand::Withdraw(read)));
    header(realm, actor, request_id, validate_only, reason).with(Form::default(), body)
}

/// Reads a DecideRequest.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn decide_request(request: v1::DecideRequestRequest, read: ReadRequest) -> Result<Write, Violations> {
    let v1::DecideRequestRequest {
        realm,
        actor,
        request: _,
        decision,
        content_digest,
        request_id,
        validate_only,
        reason,
    } = request;
    let mut form = Form::default();
    let expects = form.digest("content_digest", &content_digest);
    let verdict = match v1::RequestDecision::try_from(decision) {
        Ok(v1::RequestDecision::Approve) => Some(Verdict::Approve),
        Ok(v1::RequestDecision::Reject) => Some(Verdict::Reject),
        Ok(v1::RequestDecision::Unspecified) | Err(_) => {
            form.fault("decision", "must be REQUEST_DECISION_APPROVE or REQUEST_DECISION_REJECT");
            None
        }
    };
    if verdict == Some(Verdict::Approve) && content_digest.is_empty() {
        form.fault("content_digest", "is required to approve: of the content that was read");
    }
    let body = (|| {
        let request = ReadRequest { expects: expects?, ..read };
        Some(command(RequestCommand::Decide { request, verdict: verdict? }))
    })();
    header(realm, actor, request_id, validate_only, reason).with(form, body)
}

/// Reads a FulfilRequest.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn fulfil_request(request: v1::FulfilRequestRequest, read: ReadRequest) -> Result<Write, Violations> {
    let v1::FulfilRequestRequest { realm, actor, request: _, request_id, validate_only, reason } = request;
    let body = Some(command(RequestCommand::CarryOut(read)));
    header(realm, actor, request_id, validate_only, reason).with(Form::default(), body)
}

fn command(what: RequestCommand) -> Body {
    Body::Request(Box::new(what))
}

fn header(realm: String, actor: String, request_id: String, validate_only: bool, reason: String) -> Header {
    // What a request would change is changed by whoever decides it last.
    Header { realm, actor, request_id, validate_only, skip_preview: true, reason, ..Header::default() }
}

impl Form {
    fn content(&mut self, content: v1::RequestContent, beside: RequestWrite) -> Option<Content> {
        let v1::RequestContent { kind, users, wanted_at, lasts, fields, confirmed, note } = content;
        let RequestWrite { read: _, fresh: _, fresh_user, nonce, country: _, handles } = beside;
        let kind = self.request_kind("content.kind", kind);
        if users.len() > MOST_PEOPLE {
            self.fault("content.users", format!("a form is for at most {MOST_PEOPLE} people"));
            return None;
        }
        let mut handles = handles.into_iter();
        let people: Vec<Option<ManageUser>> = users
            .into_iter()
            .enumerate()
            .map(|(index, user)| {
                let opened = handles.next().unwrap_or_default();
                self.requested_user(&format!("content.users[{index}]."), user, opened, fresh_user)
            })
            .collect();
        let wanted_at = self.instant("content.wanted_at", wanted_at);
        let lasts = self.duration("content.lasts", lasts);
        let fields = self.filled_in(fields);
        let confirmed: Vec<Option<String>> = confirmed
            .iter()
            .enumerate()
            .map(|(index, name)| self.scheme_name(&format!("content.confirmed[{index}]"), name))
            .collect();
        let note = self.text("content.note", note).map(given);
        Some(Content {
            kind: kind?,
            people: people.into_iter().collect::<Option<_>>()?,
            wanted_at: wanted_at?,
            lasts: lasts?,
            fields: fields?,
            confirmed: confirmed.into_iter().collect::<Option<_>>()?,
            note: note?,
            nonce,
        })
    }

    fn requested_user(
        &mut self,
        at: &str,
        requested: v1::RequestedUser,
        opened: Vec<Handle>,
        fresh: fn() -> Option<UserId>,
    ) -> Option<ManageUser> {
        let v1::RequestedUser { user, changes, handles: _ } = requested;
        let creates = matches!(changes.first(), Some(v1::UserChange { change: Some(Change::Create(_)) }));
        let user = match opened.first() {
            _ if creates && user.is_empty() => fresh(),
            Some(handle) if user.is_empty() => Some(handle.user.clone()),
            Some(_) | None => self.id(&format!("{at}user"), Collection::Users, &user, UserId::parse),
        };
        let changes: Option<Vec<UserChange>> = self.user_changes(at, changes);
        Some(ManageUser { user: user?, etag: None, handles: opened, changes: changes? })
    }

    fn filled_in(&mut self, fields: BTreeMap<String, String>) -> Option<BTreeMap<String, String>> {
        let read: Vec<Option<(String, String)>> = fields
            .into_iter()
            .map(|(name, value)| {
                let name = self.scheme_name("content.fields", &name);
                // Where a name is not the scheme's, it may be anything: it is not repeated.
                let value = self.text("content.fields", value);
                name.zip(value)
            })
            .collect();
        read.into_iter().collect()
    }

    /// A kind of request, compulsory.
    pub(crate) fn request_kind(&mut self, field: &str, kind: i32) -> Option<RequestKind> {
        match v1::RequestKind::try_from(kind) {
            Ok(v1::RequestKind::SetUp) => Some(RequestKind::SetUp),
            Ok(v1::RequestKind::Amend) => Some(RequestKind::Amend),
            Ok(v1::RequestKind::Remove) => Some(RequestKind::Remove),
            Ok(v1::RequestKind::Suspend) => Some(RequestKind::Suspend),
            Ok(v1::RequestKind::Reinstate) => Some(RequestKind::Reinstate),
            Ok(v1::RequestKind::Unspecified) | Err(_) => {
                self.fault(
                    field,
                    "must be a kind of request: `REQUEST_KIND_SET_UP`, `…_AMEND`, `…_REMOVE`, \
                     `…_SUSPEND` or `…_REINSTATE`",
                );
                None
            }
        }
    }

    #[expect(
        clippy::option_option,
        reason = "the outer says whether it could be read, the inner whether it is there"
    )]
    fn duration(&mut self, field: &str, duration: Option<prost_types::Duration>) -> Option<Option<Duration>> {
        let Some(prost_types::Duration { seconds, nanos }) = duration else { return Some(None) };
        let micros = u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
        let seconds = u64::try_from(seconds).ok().filter(|_| seconds < MOST_SECONDS);
        let Some((seconds, nanos)) = seconds.zip(micros) else {
            self.fault(field, "must be a duration from now on, of at most 100 years");
            return None;
        };
        // What is finer than a microsecond is cut off, as of instants.
        Some(Some(Duration::new(seconds, nanos / 1_000 * 1_000)))
    }

    #[expect(
        clippy::option_option,
        reason = "the outer says whether it could be read, the inner whether it is there"
    )]
    fn digest(&mut self, field: &str, digest: &[u8]) -> Option<Option<[u8; 32]>> {
        if digest.is_empty() {
            return Some(None);
        }
        let read = digest.try_into().ok();
        if read.is_none() {
            self.fault(field, "is no digest: send the one that was read");
        }
        read.map(Some)
    }
}
