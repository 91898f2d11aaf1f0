//! Authorization: what a gateway asks before it lets a request through.
//!
//! A request is denied where no route is for it, nobody or nobody known sent it, or whoever sent it may not. What cannot be
//! decided is an error of the call, which the gateway counts as one: it is never answered here.

mod reply;

use std::sync::Arc;

use bailiwick_policy::Reason;
use bailiwick_policy::manage::Actor;
use bailiwick_proto::envoy::auth_v3::attribute_context::HttpRequest;
use bailiwick_proto::envoy::auth_v3::authorization_server::Authorization;
use bailiwick_proto::envoy::auth_v3::{AttributeContext, CheckRequest, CheckResponse, attribute_context};
use bailiwick_proto::parse::Collection;
use bailiwick_proto::v1;
use tonic::{Request, Response, Status};

use self::reply::{Allowed, Decisions};
use super::{Access, open};
use crate::backend::{Backend, live};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::gateway::{self, Asked, Gateway, Met, UserSource};
use crate::issuer::{Issuers, Memory, bearer};
use crate::status;

/// Tokens of users that are remembered: a gateway shows those of many over few connections.
const TOKENS: usize = 65_536;

/// Decides about requests at a gateway.
pub(crate) struct Gate {
    access: Access,
    gateway: Gateway,
    issuers: Arc<Issuers>,
    memory: Memory,
    decisions: Decisions,
}

/// Why a request goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// Nobody is known to have sent it.
    Unauthenticated,
    /// For this reason; perhaps another one is told.
    Denied { reason: &'static str, told: &'static str },
}

impl Refused {
    /// For a reason that may be told.
    fn because(reason: &'static str) -> Self {
        Self::Denied { reason, told: reason }
    }
}

#[tonic::async_trait]
impl Authorization for Gate {
    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let (caller, CheckRequest { attributes }) = open(request)?;
        let AttributeContext { source, request } = attributes.unwrap_or_default();
        let http = request.and_then(|request| request.http);
        let http = http.ok_or_else(|| Fault::field("attributes.request.http", "is required"))?;
        Ok(Response::new(self.decide(&caller, source.as_ref(), &http).await?))
    }
}

impl Gate {
    /// A gate with the routes of a gateway.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub(crate) fn new(backend: Backend, gateway: Gateway, issuers: Arc<Issuers>) -> Result<Self, Fault> {
        let (memory, decisions) = (Memory::of_at_most(TOKENS), Decisions::new()?);
        Ok(Self { access: Access(backend), gateway, issuers, memory, decisions })
    }

    async fn decide(
        &self,
        caller: &Caller,
        source: Option<&attribute_context::Peer>,
        http: &HttpRequest,
    ) -> Result<CheckResponse, Fault> {
        let asked = Asked { method: &http.method, host: &http.host, path: &http.path };
        let decision = self.decisions.next(http);
        let met = match self.gateway.find(&asked) {
            Ok(met) => met,
            Err(unmet) => return Ok(decision.refused("", Refused::because(unmet.code()))),
        };
        let route = met.route;
        match self.judge(caller, source, http, met).await? {
            Ok(allowed) => Ok(decision.allowed(route, allowed)),
            Err(refused) => Ok(decision.refused(route, refused)),
        }
    }

    /// Whether a request may pass by its route.
    async fn judge(
        &self,
        caller: &Caller,
        source: Option<&attribute_context::Peer>,
        http: &HttpRequest,
        met: Met<'_>,
    ) -> Result<Result<Allowed, Refused>, Fault> {
        if met.access == gateway::Access::Everybody {
            return Ok(Ok(Allowed::default()));
        }
        let user = match self.user(caller, source, http, met.realm).await? {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        match met.access {
            gateway::Access::Everybody => Ok(Ok(Allowed::default())),
            gateway::Access::ActiveUsers => self.is_active(caller, met.realm, user),
            gateway::Access::Capability { capability, resource, record_classes, unit } => {
                let question = v1::CheckAccessRequest {
                    realm: met.realm.to_owned(),
                    subject: user,
                    capability: capability.to_owned(),
                    resource,
                    record_classes: record_classes.to_vec(),
                    unit,
                    freshness: None,
                };
                let answer = self.access.answer(caller, &question).await?;
                let v1::CheckAccessRequest { realm, subject: user, .. } = question;
                Ok(match answer.decision() {
                    v1::Decision::Allowed => Ok(Allowed { user, realm, classes: answer.visible }),
                    v1::Decision::Denied | v1::Decision::Unspecified => Err(Refused::Denied {
                        reason: status::code(answer.reason()),
                        told: status::code(told(answer.reason())),
                    }),
                })
            }
        }
    }

    /// The name of the user who sent a request.
    async fn user(
        &self,
        caller: &Caller,
        source: Option<&attribute_context::Peer>,
        http: &HttpRequest,
        realm: &str,
    ) -> Result<Result<String, Refused>, Fault> {
        let user = match self.gateway.user.as_ref() {
            Some(UserSource::Header(name)) => gateway::by_header(name, &http.headers),
            Some(UserSource::Certificate(before, after)) => {
                source.and_then(|peer| gateway::by_certificate((before, after), &peer.principal))
            }
            Some(UserSource::Token) => return Box::pin(self.by_token(caller, http, realm)).await,
            None => None,
        };
        Ok(user.ok_or(Refused::Unauthenticated))
    }

    /// The name of the user whose token came with a request.
    async fn by_token(
        &self,
        caller: &Caller,
        http: &HttpRequest,
        realm: &str,
    ) -> Result<Result<String, Refused>, Fault> {
        let token = http.headers.get("authorization").and_then(|value| bearer(value));
        let Some(token) = token else { return Ok(Err(Refused::Unauthenticated)) };
        let proven = match self.issuers.prove_once(token, &self.memory).await {
            Ok(proven) => proven,
            Err(Fault::UnknownCaller) => return Ok(Err(Refused::Unauthenticated)),
            Err(fault) => return Err(fault),
        };
        let state = self.access.0.newest(caller, realm)?;
        // One of another realm's issuer is nobody's here.
        if !proven.issuer.user_realms.contains(&state.realm) {
            return Ok(Err(Refused::Unauthenticated));
        }
        let user = self.access.0.known_by(&state, &proven.subject).await?;
        Ok(user.map(|user| Collection::Users.name(&user)).ok_or(Refused::because("UNKNOWN_SUBJECT")))
    }

    fn is_active(
        &self,
        caller: &Caller,
        realm: &str,
        user: String,
    ) -> Result<Result<Allowed, Refused>, Fault> {
        let state = self.access.0.newest(caller, realm)?;
        let id = user.strip_prefix(Collection::Users.prefix()).unwrap_or_default();
        Ok(match Actor::find(&state.world, &state.scheme, id, live(&state)) {
            Ok(_) => Ok(Allowed { user, realm: realm.to_owned(), classes: Vec::new() }),
            Err(Reason::UserDisabled) => Err(Refused::because("USER_DISABLED")),
            Err(_) => Err(Refused::because("UNKNOWN_SUBJECT")),
        })
    }
}

/// The reason that whoever sent a request is told. Which customers and units there are, and where, is not theirs to find out:
/// one that is nowhere is answered as one that they may not look at. The log has the reason itself.
fn told(reason: v1::Reason) -> v1::Reason {
    use v1::Reason::{
        CaseloadRestricted, NoAssignment, NotEffective, OutOfScope, RoleLacksCapability, UnknownResource,
    };
    let tells_of_what_there_is =
        [UnknownResource, NoAssignment, RoleLacksCapability, NotEffective, CaseloadRestricted];
    if tells_of_what_there_is.contains(&reason) { OutOfScope } else { reason }
}
