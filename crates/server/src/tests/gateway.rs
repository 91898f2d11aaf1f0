//! What a gateway is answered: who may pass, who may not, and what whoever it is for is told.

use std::collections::BTreeMap;

use bailiwick_proto::envoy::auth_v3::attribute_context::{HttpRequest, Peer, Request};
use bailiwick_proto::envoy::auth_v3::authorization_client::AuthorizationClient;
use bailiwick_proto::envoy::auth_v3::check_response::HttpResponse;
use bailiwick_proto::envoy::auth_v3::header_value_option::HeaderAppendAction;
use bailiwick_proto::envoy::auth_v3::{AttributeContext, CheckRequest, HeaderValueOption};
use bailiwick_proto::v1;
use bailiwick_proto::v1::key_service_client::KeyServiceClient;
use bailiwick_proto::v1::user_change::Change;
use serde_json::Value;
use tempfile::TempDir;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::two_sites::{give, two_sites};
use super::world::{Served, serve};
use super::writes::{load, placement, realm, user};
use crate::issuer::tests::{Signer, configured};
use crate::{AllowConfig, CallersConfig, Config, GatewayConfig, RouteConfig, UserSourceConfig};

/// A server with routes, at the door of an imagined service.
struct Door {
    _served: Served,
    channel: Channel,
}

/// What is sent to the gateway.
struct Sent {
    method: &'static str,
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    principal: &'static str,
}

fn get(path: &'static str, user: &str) -> Sent {
    Sent { method: "GET", path, headers: vec![("x-user", user.to_owned())], principal: "" }
}

/// What is answered: the HTTP status, its headers, and those that are taken away or the body.
#[derive(Debug)]
struct Answer {
    status: i32,
    headers: BTreeMap<String, String>,
    removed: Vec<String>,
    body: String,
}

fn route(id: &str, path: &str, capability: &str, resource: &str) -> RouteConfig {
    RouteConfig {
        id: id.to_owned(),
        methods: vec!["GET".to_owned()],
        path: path.to_owned(),
        capability: Some(capability.to_owned()),
        resource: Some(resource.to_owned()),
        ..RouteConfig::default()
    }
}

fn config(user: UserSourceConfig) -> Config {
    let mut broken = route("broken", "/broken", "no.capability", "units/e");
    broken.realm = Some("eto".to_owned());
    let mut nowhere = route("nowhere", "/nowhere", "customer.view", "units/e");
    nowhere.realm = Some("none".to_owned());
    let allowing = |allow, id: &str, path: &str| RouteConfig {
        capability: None,
        resource: None,
        allow: Some(allow),
        ..route(id, path, "", "")
    };
    let routes = vec![
        route("record", "/customers/{customer}", "customer.view", "customers/{customer}"),
        route("staff", "/staff/{user}", "user.manage", "users/{user}"),
        allowing(AllowConfig::ActiveUsers, "start", "/"),
        allowing(AllowConfig::Everybody, "about", "/about"),
        broken,
        nowhere,
    ];
    let gateway = GatewayConfig { realm: Some("eto".to_owned()), user, routes };
    Config { gateway, ..Config::local() }
}

fn by_header() -> UserSourceConfig {
    UserSourceConfig { header: Some("x-user".to_owned()), ..UserSourceConfig::default() }
}

impl Door {
    async fn open(config: Config) -> Self {
        let served = serve(config).await;
        served.create_realm().await;
        let channel = served.channel().await;
        let mut items = two_sites();
        items.extend([
            user("stan", "north", &[("staff", "north")]),
            user("idle", "north", &[]),
            placement("c-north", "n1"),
            placement("c-south", "s1"),
        ]);
        load(&channel, items).await.unwrap();
        Self { _served: served, channel }
    }

    async fn ask(&self, sent: Sent) -> Result<Answer, Status> {
        self.ask_as(sent, "").await
    }

    async fn ask_as(&self, sent: Sent, key: &str) -> Result<Answer, Status> {
        let Sent { method, path, headers, principal } = sent;
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let http = HttpRequest {
            method: method.to_owned(),
            headers,
            path: path.to_owned(),
            host: "api.example.org".to_owned(),
        };
        let attributes = AttributeContext {
            source: Some(Peer { principal: principal.to_owned() }),
            request: Some(Request { http: Some(http) }),
        };
        let mut request = tonic::Request::new(CheckRequest { attributes: Some(attributes) });
        if !key.is_empty() {
            request.metadata_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
        }
        let reply = AuthorizationClient::new(self.channel.clone()).check(request).await?.into_inner();
        let code = reply.status.unwrap().code;
        let answer = match reply.http_response.unwrap() {
            HttpResponse::OkResponse(ok) => Answer {
                status: 200,
                headers: read(ok.headers),
                removed: ok.headers_to_remove,
                body: String::new(),
            },
            HttpResponse::DeniedResponse(denied) => Answer {
                status: denied.status.unwrap().code,
                headers: read(denied.headers),
                removed: Vec::new(),
                body: denied.body,
            },
        };
        let codes = [(200, Code::Ok), (401, Code::Unauthenticated), (403, Code::PermissionDenied)];
        assert!(
            codes.iter().any(|&(status, one)| (status, i32::from(one)) == (answer.status, code)),
            "{answer:?}"
        );
        Ok(answer)
    }
}

fn read(headers: Vec<HeaderValueOption>) -> BTreeMap<String, String> {
    let one = |option: HeaderValueOption| {
        assert_eq!(option.append_action(), HeaderAppendAction::OverwriteIfExistsOrAdd);
        let header = option.header.unwrap();
        (header.key, header.value)
    };
    headers.into_iter().map(one).collect()
}

impl Answer {
    fn reason(&self) -> (i32, String) {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body["decision"].as_str(), self.headers.get("x-bailiwick-decision").map(String::as_str));
        let reason = body["reason"].as_str().unwrap().to_owned();
        assert_eq!(self.headers.get("x-bailiwick-reason"), Some(&reason));
        (self.status, reason)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_passes_and_is_named_to_what_is_behind() {
    let door = Door::open(config(by_header())).await;
    let answer = door.ask(get("/customers/c-north?full=1", "stan")).await.unwrap();
    assert_eq!(answer.status, 200);
    let named = |name: &str| answer.headers.get(name).map(String::as_str);
    assert_eq!(named("x-bailiwick-user"), Some("users/stan"));
    assert_eq!(named("x-bailiwick-realm"), Some("realms/eto"));
    assert!(named("x-bailiwick-classes").is_some_and(|classes| classes.contains("contacts")), "{answer:?}");
    assert!(named("x-bailiwick-decision").is_some());
    for name in ["x-http-method-override", "x-bailiwick-reason"] {
        assert!(answer.removed.iter().any(|one| one == name), "{name}");
    }
    // Where no record is shown, no class is, whatever the request brought.
    let answer = door.ask(get("/", "users/stan")).await.unwrap();
    assert!(answer.status == 200 && answer.removed.iter().any(|one| one == "x-bailiwick-classes"));
    let mut open = get("/about", "");
    open.headers.clear();
    let answer = door.ask(open).await.unwrap();
    assert!(answer.status == 200 && answer.removed.iter().any(|one| one == "x-bailiwick-user"));
    assert_eq!(door.ask(get("/staff/stan", "noah")).await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_is_told_why_and_not_what_there_is() {
    let door = Door::open(config(by_header())).await;
    for (path, user, reason) in [
        // One elsewhere, and one that is nowhere; whoever holds much, and whoever holds nothing.
        ("/customers/c-south", "stan", "OUT_OF_SCOPE"),
        ("/customers/c-none", "stan", "OUT_OF_SCOPE"),
        ("/customers/c-south", "idle", "OUT_OF_SCOPE"),
        ("/customers/c-none", "idle", "OUT_OF_SCOPE"),
        ("/customers/c-north", "nobody", "UNKNOWN_SUBJECT"),
        ("/", "nobody", "UNKNOWN_SUBJECT"),
        ("/staff/noah", "stan", "NO_MANAGEMENT_RIGHT"),
        ("/staff/nobody", "noah", "UNKNOWN_USER"),
        ("/staff/mona", "noah", "UNKNOWN_USER"),
        ("/customers/c-north/more", "stan", "UNKNOWN_ROUTE"),
        ("/customers/../customers/c-north", "stan", "UNSAFE_PATH"),
        ("/customers/c%20north", "stan", "UNKNOWN_RESOURCE"),
    ] {
        let answer = door.ask(get(path, user)).await.unwrap();
        assert_eq!(answer.reason(), (403, reason.to_owned()), "{path} {user}");
        assert_eq!(answer.headers.get("content-type").map(String::as_str), Some("application/json"));
    }
    // Where somebody may not look any more, or not yet, is not told either.
    let suspend = v1::SuspendAssignment { assignment: "assignments/1".to_owned(), ..Default::default() };
    give(&door.channel, "stan", Change::SuspendAssignment(suspend)).await;
    let answer = door.ask(get("/customers/c-north", "stan")).await.unwrap();
    assert_eq!(answer.reason(), (403, "OUT_OF_SCOPE".to_owned()));
    give(&door.channel, "stan", Change::Disable(v1::DisableUser {})).await;
    for path in ["/customers/c-north", "/"] {
        let answer = door.ask(get(path, "stan")).await.unwrap();
        assert_eq!(answer.reason(), (403, "USER_DISABLED".to_owned()), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_by_grpc_is_answered_by_a_line() {
    let door = Door::open(config(by_header())).await;
    let mut call = get("/customers/c-south", "stan");
    call.headers.push(("content-type", "application/grpc+proto".to_owned()));
    let answer = door.ask(call).await.unwrap();
    let decision = &answer.headers["x-bailiwick-decision"];
    assert_eq!(answer.body, format!("OUT_OF_SCOPE (decision {decision})"));
    assert_eq!(answer.headers["content-type"], "text/plain");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_nobody_vouches_for_is_asked_who_they_are() {
    let door = Door::open(config(by_header())).await;
    for user in ["", "users/", "stan,mona", "stan, mona", "users/users/stan", "st an"] {
        let answer = door.ask(get("/customers/c-north", user)).await.unwrap();
        assert_eq!(answer.reason(), (401, "UNAUTHENTICATED".to_owned()), "{user}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    let mut nobody = get("/customers/c-north", "");
    nobody.headers.clear();
    assert_eq!(door.ask(nobody).await.unwrap().status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_decided_is_an_error() {
    let door = Door::open(config(by_header())).await;
    for (path, code) in [("/broken", Code::InvalidArgument), ("/nowhere", Code::NotFound)] {
        assert_eq!(door.ask(get(path, "stan")).await.unwrap_err().code(), code, "{path}");
    }
    let bare = AuthorizationClient::new(door.channel.clone()).check(CheckRequest::default()).await;
    assert_eq!(bare.unwrap_err().code(), Code::InvalidArgument);
    // The gateway itself is a caller like any other.
    for (permission, realms, code) in [
        (v1::Permission::List, realm(), Some(Code::PermissionDenied)),
        (v1::Permission::Check, "realms/other".to_owned(), Some(Code::PermissionDenied)),
        (v1::Permission::Check, realm(), None),
    ] {
        let request = v1::CreateKeyRequest {
            display_name: "gateway".to_owned(),
            permissions: vec![permission.into()],
            realms: vec![realms],
        };
        let key = KeyServiceClient::new(door.channel.clone()).create_key(request).await.unwrap().into_inner();
        for path in ["/customers/c-north", "/"] {
            let answer = door.ask_as(get(path, "stan"), &key.secret).await;
            assert_eq!(answer.err().map(|status| status.code()), code, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_shown_to_the_gateway_names_the_user() {
    let certificate = Some("spiffe://example.org/users/{user}".to_owned());
    let door = Door::open(config(UserSourceConfig { certificate, ..UserSourceConfig::default() })).await;
    for (principal, status) in [
        ("spiffe://example.org/users/stan", 200),
        ("spiffe://example.org/users/nobody", 403),
        ("spiffe://example.org/services/stan", 401),
        ("", 401),
    ] {
        // The header is nothing here.
        let answer = door.ask(Sent { principal, ..get("/customers/c-north", "stan") }).await.unwrap();
        assert_eq!(answer.status, status, "{principal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_names_the_user_whom_the_realm_knows_by_it() {
    let (signer, folder) = (Signer::es256(), TempDir::new().unwrap());
    let issuer = configured(folder.path(), &[signer.jwk("k")]);
    let mut by_token = config(UserSourceConfig { token: true, ..UserSourceConfig::default() });
    by_token.gateway.routes.retain(|route| route.id != "nowhere");
    by_token.callers = CallersConfig { issuers: vec![issuer], ..by_token.callers };
    let door = Door::open(by_token).await;
    let give_subject = async |user: &str, subject: &str| {
        let profile = v1::Profile { provider_subject: subject.to_owned(), ..v1::Profile::default() };
        let fields = vec!["provider_subject".to_owned()];
        give(
            &door.channel,
            user,
            Change::UpdateProfile(v1::UpdateProfile { profile: Some(profile), fields }),
        )
        .await;
    };
    give_subject("stan", "00u-stan").await;
    let bearing = async |token: String| {
        let mut sent = get("/customers/c-north", "mona");
        sent.headers.push(("authorization", format!("Bearer {token}")));
        door.ask(sent).await.unwrap()
    };
    let token = signer.token("k", "00u-stan", 60);
    let answer = bearing(token.clone()).await;
    assert_eq!((answer.status, answer.headers["x-bailiwick-user"].as_str()), (200, "users/stan"));
    assert_eq!(
        bearing(signer.token("k", "00u-other", 60)).await.reason(),
        (403, "UNKNOWN_SUBJECT".to_owned())
    );
    for bad in [
        signer.token("k", "00u-stan", -1),
        Signer::es256().token("k", "00u-stan", 60),
        format!("{token},{token}"),
    ] {
        assert_eq!(bearing(bad).await.reason(), (401, "UNAUTHENTICATED".to_owned()));
    }
    // The subject is another's from now on: at once.
    give_subject("stan", "00u-stan-2").await;
    assert_eq!(bearing(token.clone()).await.reason(), (403, "UNKNOWN_SUBJECT".to_owned()));
    give_subject("idle", "00u-stan").await;
    assert_eq!(bearing(token).await.reason(), (403, "OUT_OF_SCOPE".to_owned()));
}
