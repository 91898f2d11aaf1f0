//! Routes, and what requests make of them.

use super::*;
use crate::config::{AllowConfig, RouteConfig, UserSourceConfig};
use crate::issuer::tests::configured;

fn route(id: &str, methods: &[&str], path: &str, resource: &str) -> RouteConfig {
    RouteConfig {
        id: id.to_owned(),
        methods: methods.iter().map(|&method| method.to_owned()).collect(),
        path: path.to_owned(),
        capability: Some("customer.view".to_owned()),
        resource: Some(resource.to_owned()),
        ..RouteConfig::default()
    }
}

fn allowing(allow: AllowConfig, id: &str, path: &str) -> RouteConfig {
    RouteConfig { capability: None, resource: None, allow: Some(allow), ..route(id, &["GET"], path, "") }
}

fn of(routes: Vec<RouteConfig>) -> Result<Gateway, Vec<String>> {
    let user = UserSourceConfig { header: Some("x-user".to_owned()), ..UserSourceConfig::default() };
    let config = GatewayConfig { realm: Some("eto".to_owned()), user, routes };
    Gateway::of(&config, &CallersConfig::default())
}

fn gateway() -> Gateway {
    let mut here = route("here", &["GET"], "/customers/{customer}", "customers/{customer}");
    here.hosts = vec!["api.example.org".to_owned()];
    here.realm = Some("cmg".to_owned());
    let mut notes =
        route("notes", &["GET"], "/teams/{team}/customers/{customer}/notes", "customers/{customer}");
    notes.unit = Some("units/{team}".to_owned());
    notes.record_classes = vec!["private".to_owned()];
    of(vec![
        route("record", &["GET", "HEAD"], "/customers/{customer}", "customers/{customer}"),
        route("change", &["PUT"], "/customers/{customer}", "customers/{customer}"),
        route("files", &["GET"], "/customers/{customer}/files/{*rest}", "customers/{customer}"),
        route("site", &["GET"], "/customers/all", "units/e"),
        route("call", &["POST"], "/records.v1.Records/Get", "units/e"),
        allowing(AllowConfig::Everybody, "about", "/about/"),
        allowing(AllowConfig::ActiveUsers, "start", "/"),
        here,
        notes,
    ])
    .unwrap()
}

/// The route that a request meets, and to what; or why none.
fn met(gateway: &Gateway, method: &str, host: &str, path: &str) -> Result<(String, String), Unmet> {
    let met = gateway.find(&Asked { method, host, path })?;
    let to = match met.access {
        Access::Capability { resource, .. } => resource,
        Access::Everybody => "everybody".to_owned(),
        Access::ActiveUsers => "users".to_owned(),
    };
    Ok((met.route.to_owned(), to))
}

#[test]
fn a_request_meets_the_route_that_says_most_about_it() {
    let gateway = gateway();
    for (method, host, path, route, to) in [
        ("GET", "x.example.org", "/customers/1001", "record", "customers/1001"),
        ("HEAD", "other.example.org", "/customers/1001?full=1", "record", "customers/1001"),
        ("PUT", "api.example.org", "/customers/1001", "change", "customers/1001"),
        ("GET", "api.example.org", "/customers/1001", "here", "customers/1001"),
        ("GET", "API.example.org:8443", "/customers/1001", "here", "customers/1001"),
        ("GET", "x.example.org", "/customers/all", "site", "units/e"),
        ("GET", "x.example.org", "/customers/%61ll", "site", "units/e"),
        ("GET", "x.example.org", "/customers/1001/files/a/b.pdf", "files", "customers/1001"),
        ("POST", "x.example.org", "/records.v1.Records/Get", "call", "units/e"),
        ("GET", "x.example.org", "/about/", "about", "everybody"),
        ("GET", "x.example.org", "/", "start", "users"),
    ] {
        assert_eq!(
            met(&gateway, method, host, path),
            Ok((route.to_owned(), to.to_owned())),
            "{method} {path}"
        );
    }
    let path = "/teams/t-1/customers/1001/notes";
    let met = gateway.find(&Asked { method: "GET", host: "x.example.org", path }).unwrap();
    assert_eq!(met.realm, "realms/eto");
    let Access::Capability { unit, record_classes, .. } = met.access else { panic!("{met:?}") };
    assert_eq!((unit.as_str(), record_classes), ("units/t-1", &["private".to_owned()][..]));
}

#[test]
fn what_no_route_is_for_meets_none() {
    let gateway = gateway();
    for (method, path, why) in [
        ("DELETE", "/customers/1001", Unmet::UnknownRoute),
        ("get", "/customers/1001", Unmet::UnknownRoute),
        ("GET", "/Customers/1001", Unmet::UnknownRoute),
        ("GET", "/customers/1001/", Unmet::UnknownRoute),
        ("GET", "/customers/", Unmet::UnknownRoute),
        ("GET", "/customers", Unmet::UnknownRoute),
        ("GET", "/about", Unmet::UnknownRoute),
        ("GET", "/customers/1001/files/", Unmet::UnknownRoute),
        ("GET", "/customers/1001/files/../../all", Unmet::UnsafePath),
        ("GET", "/customers/1001%2ffiles", Unmet::UnsafePath),
        ("GET", "//customers/1001", Unmet::UnsafePath),
        ("GET", "/customers/1001;x", Unmet::UnsafePath),
        ("GET", "/customers/a%20b", Unmet::UnknownResource),
        ("GET", "/customers/{customer}", Unmet::UnknownResource),
    ] {
        assert_eq!(met(&gateway, method, "x.example.org", path), Err(why), "{method} {path}");
    }
}

#[test]
fn a_host_is_none_of_the_others_however_it_is_written() {
    let mut open = allowing(AllowConfig::Everybody, "open", "/{*rest}");
    let mut guarded = route("guarded", &["GET"], "/{*rest}", "units/e");
    guarded.hosts = vec!["admin.example.org".to_owned()];
    let gateway = of(vec![open.clone(), guarded.clone()]).unwrap();
    let met = |host: &str| met(&gateway, "GET", host, "/a").map(|(route, _)| route);
    for host in ["admin.example.org", "ADMIN.example.org.", "admin.example.org.:443"] {
        assert_eq!(met(host).as_deref(), Ok("guarded"), "{host}");
    }
    for host in
        ["", "x@admin.example.org", "admin.example.org:+80", "admin.example.org..", "admin.example.org:80:80"]
    {
        assert_eq!(met(host), Err(Unmet::UnsafeHost), "{host}");
    }
    assert_eq!(met("example.org").as_deref(), Ok("open"));
    // Where no route is for a host, none is asked for.
    open.hosts.clear();
    assert!(of(vec![open]).unwrap().find(&Asked { method: "GET", host: "a b", path: "/a" }).is_ok());
}

#[test]
fn a_slash_at_the_end_leads_to_no_other_route() {
    let gateway = of(vec![
        route("one", &["GET"], "/customers/{customer}", "customers/{customer}"),
        allowing(AllowConfig::Everybody, "rest", "/{*rest}"),
        allowing(AllowConfig::ActiveUsers, "about", "/about/"),
    ])
    .unwrap();
    let met = |path: &str| met(&gateway, "GET", "", path).map(|(route, _)| route);
    assert_eq!(met("/customers/1001").as_deref(), Ok("one"));
    assert_eq!(met("/about/").as_deref(), Ok("about"));
    for path in ["/customers/1001/", "/about"] {
        assert_eq!(met(path), Err(Unmet::UnsafePath), "{path}");
    }
    assert_eq!(met("/other").as_deref(), Ok("rest"));
    assert_eq!(met("/other/").as_deref(), Ok("rest"));
}

#[test]
fn every_fault_of_the_routes_is_said() {
    let mut bad = route("No", &["get"], "customers", "customers/{customer}");
    bad.hosts = vec!["API.example.org:1".to_owned()];
    bad.realm = Some("no realm".to_owned());
    let mut both = route("both", &["GET"], "/both", "units/e");
    both.allow = Some(AllowConfig::Everybody);
    let mut unit = route("unit", &["GET"], "/a/{a}/{*b}", "customers/{b}");
    unit.unit = Some("customers/{a}".to_owned());
    let faults = of(vec![
        bad,
        both,
        unit,
        route("same", &["GET", "PUT"], "/a/{a}", "customers/{a}"),
        route("same", &["GET"], "/a/{b}", "customers/{b}"),
        route("twice", &["GET"], "/a/{a}/{a}", "customers/{a}"),
        route("rest", &["GET"], "/a/{*a}/b", "units/e"),
        route("part", &["GET"], "/a/x{a}", "units/e"),
        route("up", &["GET"], "/a/../b", "units/e"),
        route("coded", &["GET"], "/a%2fb", "units/e"),
        route("query", &["GET"], "/a?b", "units/e"),
        route("what", &["GET"], "/w", "teams/t"),
        route("empty", &[], "/w//x", "units/e"),
    ])
    .unwrap_err();
    for (index, part) in [
        (0, "`id` is"),
        (0, "`API.example.org:1` is no host"),
        (0, "`get` is no method"),
        (0, "`path` begins with `/`"),
        (0, "`no realm` is no realm's id"),
        (1, "either `capability` and `resource`, or `allow`"),
        (2, "`{b}` is no segment of `path`"),
        (2, "`customers/{a}` is none of `units/…`"),
        (4, "another has the same `id`"),
        (4, "another route is for the same GET"),
        (5, "`{a}` is in `path` twice"),
        (6, "not in the midst"),
        (7, "`x{a}` in `path`"),
        (8, "`..` in `path`"),
        (9, "`a%2fb` in `path`"),
        (10, "`a?b` in `path`"),
        (11, "`teams/t` is none of"),
        (12, "`methods` says which"),
        (12, "`` in `path`"),
    ] {
        let place = format!("`gateway.routes[{index}]`: ");
        assert!(
            faults.iter().any(|one| one.starts_with(&place) && one.contains(part)),
            "{index} {part}: {faults:#?}"
        );
    }
    assert_eq!(faults.len(), 19, "{faults:#?}");
}

#[test]
fn who_the_user_is_is_said_in_one_way() {
    let folder = tempfile::TempDir::new().unwrap();
    let callers = CallersConfig { issuers: vec![configured(folder.path(), &[])], ..CallersConfig::default() };
    let with = |token: bool, header: Option<&str>, certificate: Option<&str>, realm: &str| {
        let user = UserSourceConfig {
            token,
            header: header.map(str::to_owned),
            certificate: certificate.map(str::to_owned),
        };
        let routes = vec![route("a", &["GET"], "/{a}", "customers/{a}")];
        let config = GatewayConfig { realm: Some(realm.to_owned()), user, routes };
        Gateway::of(&config, &callers).map_err(|faults| faults.join("; "))
    };
    assert!(with(true, None, None, "eto").is_ok());
    assert!(with(false, Some("x-user"), None, "eto").is_ok());
    assert!(with(false, None, Some("spiffe://example.org/users/{user}"), "eto").is_ok());
    for (bad, said) in [
        (with(true, None, None, "cmg"), "no issuer has `cmg`"),
        (with(false, None, None, "eto"), "it has one of"),
        (with(true, Some("x-user"), None, "eto"), "it has one of"),
        (with(false, Some("authorization"), None, "eto"), "`header`"),
        (with(false, Some("X-User"), None, "eto"), "`header`"),
        (with(false, None, Some("{user}"), "eto"), "`certificate`"),
        (with(false, None, Some("spiffe://example.org"), "eto"), "`certificate`"),
    ] {
        assert!(bad.unwrap_err().contains(said), "{said}");
    }
    let nobody_asks = GatewayConfig {
        routes: vec![allowing(AllowConfig::Everybody, "a", "/")],
        ..GatewayConfig::default()
    };
    assert!(Gateway::of(&nobody_asks, &CallersConfig::default()).is_ok());
}

#[test]
fn a_user_is_read_from_a_header_or_a_certificate() {
    let headers = |value: &str| std::collections::BTreeMap::from([("x-user".to_owned(), value.to_owned())]);
    let header = |value: &str| user::by_header("x-user", &headers(value));
    assert_eq!(header("u-17").as_deref(), Some("users/u-17"));
    assert_eq!(header("users/u-17").as_deref(), Some("users/u-17"));
    for bad in ["", "users/", "u-1,u-2", "u-1, u-2", "users/users/u-1", "u 1"] {
        assert_eq!(header(bad), None, "{bad}");
    }
    let certificate = |name: &str| user::by_certificate(("spiffe://a/users/", "/x"), name);
    assert_eq!(certificate("spiffe://a/users/u-17/x").as_deref(), Some("users/u-17"));
    for bad in [
        "spiffe://a/users//x",
        "spiffe://a/users/u/u/x",
        "spiffe://b/users/u-17/x",
        "spiffe://a/users/u-17",
        "",
    ] {
        assert_eq!(certificate(bad), None, "{bad}");
    }
}
