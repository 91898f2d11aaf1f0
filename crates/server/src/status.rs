//! From faults to gRPC: the only file that names status codes.
//!
//! Every error carries an `ErrorInfo` with a reason code and the domain `bailiwick`; wrong fields come as
//! `BadRequest`, states that stand in the way as `PreconditionFailure`, and what may be tried again says when.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use bailiwick_policy::Reason;
use bailiwick_proto::parse::{Violation, Violations};
use bailiwick_proto::{render, v1};
use bailiwick_realm::{Refusal, Refused};
use bailiwick_store::PastRange;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::fault::Fault;

/// The domain of every `ErrorInfo`.
const DOMAIN: &str = "bailiwick";
/// How much of what is wrong a reply tells, in bytes. It travels in metadata, of which many clients take 16 KiB and
/// break the connection off over more.
const DETAIL_BYTES: usize = 4 * 1024;
/// The longest message, in bytes.
const MESSAGE_BYTES: usize = 1024;
/// When to try again what was turned away.
const RETRY_AFTER: Duration = Duration::from_millis(200);

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Invalid(violations) => invalid("INVALID_REQUEST", &violations),
            Fault::Refused(refusal, path) => refused(&refusal, &path, None),
            Fault::Known(known) => refused(&known.refusal, &known.path, Some(known.handle)),
            Fault::UnknownCaller => {
                let text = "nothing proves who calls: a valid API key or token (`authorization: Bearer …`), or a certificate";
                plain(Code::Unauthenticated, "UNKNOWN_CALLER", text)
            }
            Fault::NotPermitted(permission) => not_permitted(permission),
            Fault::RealmNotPermitted => {
                let text = "the caller may not do this in this realm";
                reasoned(Code::PermissionDenied, v1::Reason::CallerNotPermitted, text)
            }
            Fault::OthersActor => {
                let text = "whoever brings a token of their own acts as themselves";
                reasoned(Code::PermissionDenied, v1::Reason::CallerNotPermitted, text)
            }
            Fault::UnknownRealm => {
                reasoned(Code::NotFound, v1::Reason::UnknownRealm, "there is no such realm")
            }
            Fault::RealmExists => {
                reasoned(Code::AlreadyExists, v1::Reason::AlreadyExists, "the realm exists already")
            }
            Fault::UnknownKey => reasoned(Code::NotFound, v1::Reason::UnknownKey, "there is no such API key"),
            Fault::UnknownMethod => {
                reasoned(Code::Unimplemented, v1::Reason::UnknownMethod, "there is no such method")
            }
            Fault::Unreadable => {
                let text = "the message is none of this method's: it cannot be read";
                reasoned(Code::InvalidArgument, v1::Reason::InvalidRequest, text)
            }
            Fault::TooLong => {
                let text = "the message is longer than the method takes";
                reasoned(Code::OutOfRange, v1::Reason::MessageTooLong, text)
            }
            Fault::RequestIdReused => {
                let text = "the request id was used for a different command";
                reasoned(Code::AlreadyExists, v1::Reason::RequestIdReused, text)
            }
            Fault::HistoryChanged => {
                let text = "the token is from another history: drop it and ask without";
                precondition(v1::Reason::HistoryChanged, "freshness", text)
            }
            Fault::NotInLog(range) => not_in_log(&range),
            Fault::Unreachable(what) => retry(Code::Unavailable, "NOT_REACHED", what),
            Fault::SchemeInvalid(field, faults) => {
                let violations = faults
                    .iter()
                    .map(|fault| Violation { field: field.to_owned(), description: fault.to_string() });
                invalid("SCHEME_INVALID", &Violations(violations.collect()))
            }
            Fault::MatchLimit => {
                let text = "too many questions about people in an hour: try again later";
                reasoned(Code::ResourceExhausted, v1::Reason::MatchLimit, text)
            }
            Fault::NoSealingKey => {
                let text = "the server has no key for secrets that are mailed, or not the one with which they were sealed";
                precondition(v1::Reason::SealingKey, "outbox.sealing_key_file", text)
            }
            Fault::LoginDelayed(wait) => {
                let text = "too many attempts to sign in have failed: try again later";
                retry_after(Code::ResourceExhausted, code(v1::Reason::LoginDelayed), text, wait)
            }
            Fault::Overloaded => {
                retry(Code::ResourceExhausted, "OVERLOADED", "the server is busy: try again after a moment")
            }
            Fault::PreviewTooLarge => {
                let text =
                    "what the command would change for whom is too much to be told: ask with `skip_preview`";
                reasoned(Code::ResourceExhausted, v1::Reason::PreviewTooLarge, text)
            }
            Fault::NotTaken => {
                plain(Code::Aborted, "NOT_TAKEN", "what was sent was not taken: the list is not whole")
            }
            Fault::DeadlineExceeded => {
                plain(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", "the call took longer than it may")
            }
            Fault::Unavailable => retry(Code::Unavailable, "DATABASE", "the database does not answer"),
            Fault::NoIssuerKeys => {
                retry(Code::Unavailable, "ISSUER_KEYS", "the keys of who issued the token cannot be had")
            }
            Fault::OutcomeUnknown => {
                let text = "whether the command was written is not known: send it again with the same request id, or read";
                plain(Code::Unknown, "OUTCOME_UNKNOWN", text)
            }
            Fault::Internal(text) => {
                tracing::error!(fault = text, "internal fault");
                plain(Code::Internal, "INTERNAL", "an internal fault; the server's log has more")
            }
        }
    }
}

/// A reply to what never reached a handler, with a reason like every other: what tonic says of a message that cannot
/// be read, or is too long.
pub(crate) fn with_reason(reply: http::Response<tonic::body::Body>) -> http::Response<tonic::body::Body> {
    let Some(status) = Status::from_header_map(reply.headers()) else { return reply };
    match status.code() {
        Code::Internal if status.details().is_empty() => response(Fault::Unreadable),
        Code::OutOfRange if status.details().is_empty() => response(Fault::TooLong),
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::InvalidArgument
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated => reply,
    }
}

/// A fault as a whole reply, for a call that reached no handler.
pub(crate) fn response(fault: Fault) -> http::Response<tonic::body::Body> {
    Status::from(fault).into_http()
}

/// The code of a reply, for the log. A reply whose status comes last, after its messages, began well.
pub(crate) fn code_name(response: &http::Response<tonic::body::Body>) -> &'static str {
    match Status::from_header_map(response.headers()) {
        Some(status) => name(status.code()),
        None => name(Code::Ok),
    }
}

/// Whether a reply tells a status with its head; one that succeeds tells it after its message.
pub(crate) fn is_told(response: &http::Response<tonic::body::Body>) -> bool {
    response.headers().contains_key(Status::GRPC_STATUS)
}

/// Whether a reply tells of something broken on this side.
pub(crate) fn is_server_fault(response: &http::Response<tonic::body::Body>) -> bool {
    let status = Status::from_header_map(response.headers());
    status.is_some_and(|s| matches!(s.code(), Code::Internal | Code::Unknown | Code::DataLoss))
}

fn refused(refusal: &Refusal, path: &str, handle: Option<String>) -> Status {
    let Refusal { refused, reason, change, person, detail: _, field: _, found: _, each } = refusal;
    let mut metadata: HashMap<_, _> =
        handle.map(|handle| ("handle".to_owned(), handle)).into_iter().collect();
    if let Some(change) = change {
        metadata.insert("change".to_owned(), change.to_string());
    }
    if let Some(person) = person {
        metadata.insert("user".to_owned(), person.to_string());
    }
    let mut details = ErrorDetails::with_error_info(reason.code(), DOMAIN, metadata);
    let text = refusal.to_string();
    let text = shortened(&text);
    let code = code_of(*refused);
    if code == Code::InvalidArgument {
        details.add_bad_request_violation(path, text.as_ref());
    } else if code == Code::FailedPrecondition {
        details.add_precondition_failure_violation(reason.code(), path, text.as_ref());
        let (told, rest) = fitting(each, |one| shortened(one).len());
        for one in told {
            details.add_precondition_failure_violation(reason.code(), path, shortened(one));
        }
        if rest > 0 {
            details.add_precondition_failure_violation(reason.code(), path, format!("and {rest} more"));
        }
    }
    Status::with_error_details(code, text, details)
}

fn code_of(refused: Refused) -> Code {
    match refused {
        Refused::Denied => Code::PermissionDenied,
        Refused::Invalid => Code::InvalidArgument,
        Refused::NotFound => Code::NotFound,
        Refused::Exists => Code::AlreadyExists,
        Refused::Precondition => Code::FailedPrecondition,
        Refused::Conflict => Code::Aborted,
    }
}

/// The refusal that the actor of a call earns before anything is looked at.
pub(crate) fn actor_refusal(reason: Reason) -> Refusal {
    Refusal::denied(reason).because("the actor does not exist or is disabled")
}

/// What lies outside the log, with the range within which there is a past.
fn not_in_log(range: &PastRange) -> Status {
    let PastRange { first, last } = range;
    let time = |at| render::timestamp(at).to_string();
    let metadata = HashMap::from([
        ("first_revision".to_owned(), first.0.0.to_string()),
        ("last_revision".to_owned(), last.0.0.to_string()),
        ("first_time".to_owned(), time(first.1)),
        ("last_time".to_owned(), time(last.1)),
    ]);
    let text = format!(
        "the log is from revision {} ({}) to revision {} ({})",
        first.0.0,
        time(first.1),
        last.0.0,
        time(last.1)
    );
    let details = ErrorDetails::with_error_info(code(v1::Reason::NotInLog), DOMAIN, metadata);
    Status::with_error_details(Code::OutOfRange, text, details)
}

fn invalid(reason: &str, violations: &Violations) -> Status {
    let mut details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    let size = |one: &Violation| one.field.len() + shortened(&one.description).len();
    let (told, rest) = fitting(&violations.0, size);
    for Violation { field, description } in told {
        details.add_bad_request_violation(field, shortened(description));
    }
    if rest > 0 {
        details.add_bad_request_violation("", format!("and {rest} more"));
    }
    Status::with_error_details(Code::InvalidArgument, summary(violations), details)
}

/// As many of these, from the first, as a reply has room for, and how many others there are.
fn fitting<T>(all: &[T], size: impl Fn(&T) -> usize) -> (&[T], usize) {
    let mut room = DETAIL_BYTES;
    let fits = |one: &&T| {
        let left = room.checked_sub(size(one));
        room = left.unwrap_or(room);
        left.is_some()
    };
    let (told, rest) = all.split_at(all.iter().take_while(fits).count());
    (told, rest.len())
}

/// All violations where they are few; otherwise how many, and the first.
fn summary(violations: &Violations) -> String {
    let all = violations.to_string();
    match violations.0.first() {
        Some(first) if all.len() > MESSAGE_BYTES => {
            let (n, description) = (violations.0.len(), shortened(&first.description));
            format!("{n} fields are wrong; the first is `{}`: {description}", first.field)
        }
        Some(_) | None => all,
    }
}

/// A text that fits into metadata with all that goes beside it.
fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= MESSAGE_BYTES {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(MESSAGE_BYTES);
    Cow::Owned(format!("{} …", text.get(..end).unwrap_or_default()))
}

fn not_permitted(permission: &'static str) -> Status {
    let metadata = HashMap::from([("permission".to_owned(), permission.to_owned())]);
    let details = ErrorDetails::with_error_info(code(v1::Reason::CallerNotPermitted), DOMAIN, metadata);
    let text = format!("the caller lacks the permission `{permission}`");
    Status::with_error_details(Code::PermissionDenied, text, details)
}

fn reasoned(status: Code, reason: v1::Reason, text: &str) -> Status {
    plain(status, code(reason), text)
}

fn plain(status: Code, reason: &str, text: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(status, text, details)
}

fn retry(status: Code, reason: &str, text: &str) -> Status {
    retry_after(status, reason, text, RETRY_AFTER)
}

fn retry_after(status: Code, reason: &str, text: &str, wait: Duration) -> Status {
    let mut details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    details.set_retry_info(Some(wait));
    Status::with_error_details(status, text, details)
}

fn precondition(reason: v1::Reason, subject: &str, text: &str) -> Status {
    let mut details = ErrorDetails::with_error_info(code(reason), DOMAIN, HashMap::new());
    details.add_precondition_failure_violation(code(reason), subject, text);
    Status::with_error_details(Code::FailedPrecondition, text, details)
}

/// The code that callers see, without its prefix.
pub(crate) fn code(reason: v1::Reason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("REASON_").unwrap_or(name)
}

/// A status code by its name in gRPC.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests;
