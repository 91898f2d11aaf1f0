//! A real Envoy in front of a service, with the configuration of `deploy/envoy`: what passes, what does not, and that nothing
//! passes when nobody says so.

mod certificates;
mod envoy;
mod service;

use std::process::Command;
use std::time::{Duration, Instant};

use self::certificates::Tokens;
use self::envoy::Site;
use crate::process::{bailiwick, has, text};

/// What sam may see, and what sam may not.
const OWN_CASE: &str = "/customers/p-1001";
const OTHERS_CASE: &str = "/customers/p-1002";

#[test]
fn who_may_passes_and_who_may_not_is_told_why() {
    if !has("envoy") {
        return;
    }
    let site = Site::start();
    let sam = site.tokens.of("sub-sam");
    let passed = site.ask("GET", OWN_CASE, &[&sam]);
    assert_eq!(passed.status, 200, "{passed:?}");
    for line in
        ["x-bailiwick-user: users/sam", "x-bailiwick-realm: realms/eto", "x-bailiwick-classes: demographics"]
    {
        assert!(passed.body.contains(line), "{line}: {}", passed.body);
    }
    let denied = site.ask("GET", OTHERS_CASE, &[&sam]);
    assert_eq!(denied.status, 403);
    assert!(
        denied.head.contains("content-type: application/json")
            && denied.head.contains("x-bailiwick-decision: ")
    );
    assert!(denied.body.contains(r#""reason":"OUT_OF_SCOPE""#), "{denied:?}");
    assert_eq!(site.ask("GET", "/", &[&sam]).status, 200);
    assert_eq!(site.ask("GET", "/about", &[]).status, 200);
    assert_eq!(site.ask("DELETE", OWN_CASE, &[&sam]).status, 403);
    assert_eq!(site.ask("GET", "/elsewhere", &[&sam]).status, 403);

    // Whoever proves nothing is asked who they are.
    let forged = Tokens::new().of("sub-sam");
    let (sam, forged) = (sam.as_str(), forged.as_str());
    for headers in [&[][..], &[forged], &[sam, sam], &["authorization: Basic c2FtOg=="], &["x-user: sam"]] {
        let refused = site.ask("GET", OWN_CASE, headers);
        assert_eq!(refused.status, 401, "{headers:?}: {refused:?}");
        assert!(refused.head.contains("www-authenticate: Bearer"));
    }
    assert_eq!(site.errors(), 0, "refusals are no errors");
}

#[test]
fn nobody_says_who_they_are_in_two_ways() {
    if !has("envoy") {
        return;
    }
    let site = Site::start();
    let sam = site.tokens.of("sub-sam");
    let spoofed = ["x-bailiwick-user: users/ruth", "X-Bailiwick-Classes: all", "x-bailiwick-extra: 1"];
    let headers = [&[sam.as_str()][..], &spoofed, &["x-http-method-override: DELETE"]].concat();
    let passed = site.ask("GET", OWN_CASE, &headers);
    assert_eq!(passed.status, 200);
    let seen = passed.body.to_ascii_lowercase();
    for gone in ["ruth", "classes: all", "x-bailiwick-extra", "override"] {
        assert!(!seen.contains(gone), "{gone}: {seen}");
    }
    // Where nobody is asked for, nobody is named either.
    let about = site.ask("GET", "/about", &spoofed);
    assert!(about.status == 200 && !about.body.contains("ruth"), "{about:?}");
    assert_eq!(site.ask("GET", OWN_CASE, &[&sam, "x_bailiwick_user: users/ruth"]).status, 400);
}

/// Paths that lead to somebody else's case, to who reads them in another way.
#[test]
fn nobody_goes_where_they_may_not_by_another_way() {
    if !has("envoy") {
        return;
    }
    tried(&Site::start(), &[400, 403]);
}

/// What Envoy makes one of is not relied on: the same where it lets every path through as it came.
#[test]
fn what_envoy_does_to_paths_is_not_relied_on() {
    if !has("envoy") {
        return;
    }
    let as_it_came = [
        ("normalize_path: true", "normalize_path: false"),
        ("merge_slashes: true", "merge_slashes: false"),
        (
            "path_with_escaped_slashes_action: REJECT_REQUEST",
            "path_with_escaped_slashes_action: KEEP_UNCHANGED",
        ),
    ];
    tried(&Site::start_with(&as_it_came), &[400, 403]);
}

fn tried(site: &Site, refusals: &[u16]) {
    let sam = site.tokens.of("sub-sam");
    for path in [
        "/about/../customers/p-1002",
        "/about/%2e%2e/customers/p-1002",
        "/customers/p-1001/../p-1002",
        "/customers/p-1001%2f..%2fp-1002",
        "/customers/p-1001/files/..%2f..%2fp-1002",
        "/customers/p-1001/files/..%5c..%5cp-1002",
        "/customers/p-1001/files/%252e%252e/%252e%252e/p-1002",
        "/customers//p-1002",
        "//customers/p-1002",
        "/Customers/p-1002",
        "/CUSTOMERS/P-1001",
        "/customers/P-1001",
        "/customers/p-1001;/../p-1002",
        "/customers/p-1001/files/a;b",
        "/customers/p-1002?x=/customers/p-1001",
        "/customers/p-1002#/customers/p-1001",
        "/customers/p-1002%00",
        "/./customers/p-1002",
    ] {
        let refused = site.ask("GET", path, &[&sam]);
        assert!(refusals.contains(&refused.status), "{path}: {refused:?}");
        assert!(!refused.body.contains("GET /"), "{path} went through: {refused:?}");
    }
    assert_eq!(site.errors(), 0, "each was refused, and none an error");
}

#[test]
fn a_call_by_grpc_is_refused_as_grpc_refuses() {
    if !has("envoy") || !has("grpcurl") {
        return;
    }
    let site = Site::start();
    let call = |token: &str| {
        let proto = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/end_to_end/gateway");
        let output = Command::new("grpcurl")
            .args(["-plaintext", "-import-path", proto, "-proto", "health.proto", "-H", token])
            .args([&site.front, "grpc.health.v1.Health/Check"])
            .output()
            .unwrap();
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    };
    let (passed, said) = call(&site.tokens.of("sub-sam"));
    assert!(passed && said.contains("SERVING"), "{said}");
    let (passed, said) = call(&site.tokens.of("sub-nobody"));
    assert!(
        !passed && said.contains("PermissionDenied") && said.contains("UNKNOWN_SUBJECT (decision "),
        "{said}"
    );
    let (passed, said) = call("a: b");
    assert!(!passed && said.contains("Unauthenticated"), "{said}");
}

#[test]
fn when_nobody_decides_nobody_passes() {
    if !has("envoy") {
        return;
    }
    let mut site = Site::start();
    let sam = site.tokens.of("sub-sam");
    assert_eq!(site.ask("GET", OWN_CASE, &[&sam]).status, 200);

    // Slow: it answers when it may go on again.
    site.pause();
    let began = Instant::now();
    let late = site.ask("GET", OWN_CASE, &[&sam]);
    assert_eq!(late.status, 503, "{late:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(site.errors() >= 1, "an error is counted as one");
    assert_eq!(site.denied(), 0, "and not as a refusal");
    site.go_on();
    site.until("it is asked again", |site| site.ask("GET", OWN_CASE, &[&sam]).status == 200);

    // Draining: a second server has taken over, and nothing fails that may pass.
    site.replace(|site| {
        let answer = site.ask("GET", OWN_CASE, &[&sam]);
        assert!(matches!(answer.status, 200 | 503), "{answer:?}");
        let denied = site.ask("GET", OTHERS_CASE, &[&sam]);
        assert!(matches!(denied.status, 403 | 503), "{denied:?}");
    });
    site.until("the new one is asked", |site| site.ask("GET", OWN_CASE, &[&sam]).status == 200);

    // Down.
    site.stop();
    for path in [OWN_CASE, "/about", "/"] {
        let refused = site.ask("GET", path, &[&sam]);
        assert_eq!(refused.status, 503, "{path}: {refused:?}");
    }
}

#[test]
fn a_request_is_tried_by_hand() {
    let site = envoy::Bailiwick::start();
    let test = |method: &str, path: &str, user: &str| {
        let arguments = ["gateway", "test", method, path, "--as", user, "--config", &site.config];
        let output = bailiwick(&[&arguments[..], &site.as_desk()].concat());
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    for (method, path, user, code, said) in [
        ("GET", OWN_CASE, "sam", 0, &["ALLOWED", "record", "users/sam customer.view customers/p-1001"][..]),
        ("GET", OTHERS_CASE, "sam", 1, &["DENIED", "record", "CASELOAD_RESTRICTED"]),
        ("GET", "/", "sam", 0, &["start", "every active user"]),
        ("GET", "/", "nobody", 1, &["start", "UNKNOWN_SUBJECT"]),
        ("GET", "/about", "nobody", 0, &["about", "everybody"]),
        ("DELETE", OWN_CASE, "sam", 1, &["UNKNOWN_ROUTE"]),
        ("GET", "/about/../customers/p-1001", "sam", 1, &["UNSAFE_PATH"]),
    ] {
        let (exit, told) = test(method, path, user);
        assert_eq!(exit, Some(code), "{path}: {told}");
        assert!(said.iter().all(|part| told.contains(part)), "{path}: {told}");
    }
    let bad = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(bad.path(), "[[gateway.routes]]\nid = 'A'\nmethods = []\npath = 'x'\n").unwrap();
    let arguments = ["gateway", "test", "GET", "/", "--as", "sam", "--config", bad.path().to_str().unwrap()];
    let said = text(&bailiwick(&arguments).stderr);
    assert!(said.contains("`gateway.routes[0]`: `id`") && said.contains("`path` begins"), "{said}");
}
