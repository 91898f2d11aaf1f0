//! What is answered to a gateway.

use std::sync::atomic::{AtomicU64, Ordering};

use bailiwick_proto::envoy::auth_v3::attribute_context::HttpRequest;
use bailiwick_proto::envoy::auth_v3::check_response::HttpResponse;
use bailiwick_proto::envoy::auth_v3::header_value_option::HeaderAppendAction;
use bailiwick_proto::envoy::auth_v3::{
    CheckResponse, DeniedHttpResponse, HeaderValue, HeaderValueOption, HttpStatus, OkHttpResponse, Status,
};
use tonic::Code;

use super::Refused;
use crate::fault::Fault;
use crate::random;

/// Who sent the request: `users/u-17`.
const USER: &str = "x-bailiwick-user";
/// In which realm: `realms/eto`.
const REALM: &str = "x-bailiwick-realm";
/// The record classes that may be shown, parted by commas.
const CLASSES: &str = "x-bailiwick-classes";
/// By which the decision is found in the log.
const DECISION: &str = "x-bailiwick-decision";
/// Why it was denied.
const REASON: &str = "x-bailiwick-reason";
/// The reason where nobody is known to have sent a request.
const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
/// With these some programs take a request for another than was decided about.
const OVERRIDES: [&str; 5] =
    ["x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url"];

/// Numbers decisions. The first part is drawn at random at each start.
pub(super) struct Decisions {
    start: u64,
    next: AtomicU64,
}

/// One decision.
pub(super) struct Decision {
    id: String,
    /// Whether it was asked by gRPC, which is answered by a line of text.
    is_grpc: bool,
}

/// What a request that goes on is told to whoever it goes to.
#[derive(Debug, Default)]
pub(super) struct Allowed {
    /// Empty: nobody was asked for.
    pub(super) user: String,
    pub(super) realm: String,
    pub(super) classes: Vec<String>,
}

impl Decisions {
    pub(super) fn new() -> Result<Self, Fault> {
        Ok(Self { start: u64::from_be_bytes(random::bytes::<8>()?), next: AtomicU64::new(0) })
    }

    pub(super) fn next(&self, http: &HttpRequest) -> Decision {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let kind = http.headers.get("content-type");
        let is_grpc = kind.is_some_and(|kind| kind.starts_with("application/grpc"));
        Decision { id: format!("{:016x}-{number:x}", self.start), is_grpc }
    }
}

impl Decision {
    /// It goes on. Headers of ours that it brought are replaced, or taken from it.
    pub(super) fn allowed(self, route: &str, allowed: Allowed) -> CheckResponse {
        tracing::debug!(decision = self.id, route, "request allowed");
        let Allowed { user, realm, classes } = allowed;
        let ours = [
            (USER, user),
            (REALM, realm),
            (CLASSES, classes.join(",")),
            (DECISION, self.id),
            (REASON, String::new()),
        ];
        let (mut headers, mut headers_to_remove) = (Vec::new(), OVERRIDES.map(str::to_owned).to_vec());
        for (name, value) in ours {
            if value.is_empty() {
                headers_to_remove.push(name.to_owned());
            } else {
                headers.push(header(name, value));
            }
        }
        let response = HttpResponse::OkResponse(OkHttpResponse { headers, headers_to_remove });
        answer(Code::Ok, response)
    }

    /// It goes no further.
    pub(super) fn refused(self, route: &str, refused: Refused) -> CheckResponse {
        let (status, code, reason, told) = match refused {
            Refused::Unauthenticated => (401, Code::Unauthenticated, UNAUTHENTICATED, UNAUTHENTICATED),
            Refused::Denied { reason, told } => (403, Code::PermissionDenied, reason, told),
        };
        tracing::info!(decision = self.id, route, reason, "request denied");
        let (kind, body) = if self.is_grpc {
            ("text/plain", format!("{told} (decision {})", self.id))
        } else {
            ("application/json", format!(r#"{{"reason":"{told}","decision":"{}"}}"#, self.id))
        };
        let mut headers = vec![header("content-type", kind), header(REASON, told), header(DECISION, self.id)];
        if refused == Refused::Unauthenticated {
            headers.push(header("www-authenticate", "Bearer"));
        }
        let status = Some(HttpStatus { code: status });
        answer(code, HttpResponse::DeniedResponse(DeniedHttpResponse { status, headers, body }))
    }
}

fn answer(code: Code, response: HttpResponse) -> CheckResponse {
    CheckResponse { status: Some(Status { code: code.into() }), http_response: Some(response) }
}

fn header(name: &str, value: impl Into<String>) -> HeaderValueOption {
    HeaderValueOption {
        header: Some(HeaderValue { key: name.to_owned(), value: value.into() }),
        append_action: HeaderAppendAction::OverwriteIfExistsOrAdd.into(),
    }
}
