//! Lists of what is allowed over the wire, of every type of resource, as pages and as streams.

use std::collections::BTreeSet;

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::customer_service_client::CustomerServiceClient;
use bailiwick_proto::v1::load_item::Item;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::lists::{faulty_fields, settled};
use super::writes::{load, placement, realm, reason, user};

type Access = AccessServiceClient<Channel>;

fn resources(subject: &str, capability: &str) -> v1::ListAllowedResourcesRequest {
    v1::ListAllowedResourcesRequest {
        realm: realm(),
        subject: format!("users/{subject}"),
        capability: capability.to_owned(),
        page_size: 2,
        ..Default::default()
    }
}

/// All pages, by name.
async fn pages(access: &mut Access, mut request: v1::ListAllowedResourcesRequest) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let page = access.list_allowed_resources(request.clone()).await.unwrap().into_inner();
        assert!(page.resources.len() <= 2);
        found.extend(page.resources.into_iter().map(|row| row.resource));
        if page.next_page_token.is_empty() {
            return found;
        }
        request.page_token = page.next_page_token;
    }
}

/// The same as a stream: the names, and how many parts it came in.
pub(super) async fn streamed(
    access: &mut Access,
    request: v1::ListAllowedResourcesRequest,
) -> Result<(Vec<String>, usize), Status> {
    let v1::ListAllowedResourcesRequest {
        realm, subject, capability, record_classes, unit, kind, actor, ..
    } = request;
    let request = v1::StreamAllowedResourcesRequest {
        realm,
        subject,
        capability,
        freshness: None,
        record_classes,
        unit,
        kind,
        actor,
    };
    let mut stream = access.stream_allowed_resources(request).await?.into_inner();
    let (mut found, mut parts) = (Vec::new(), Vec::new());
    while let Some(part) = stream.message().await? {
        parts.push((part.revision, part.token));
        assert_eq!(part.by.len(), part.resources.len());
        // What decides stands there once, and all of it decides something.
        let used: BTreeSet<u32> = part.by.iter().copied().filter(|by| *by > 0).collect();
        assert!(used.into_iter().eq(1..=u32::try_from(part.deciding.len()).unwrap()));
        found.extend(part.resources);
    }
    let count = parts.len();
    parts.dedup();
    assert_eq!(parts.len(), 1, "one state from the first row to the last");
    Ok((found, count))
}

async fn refused(access: &mut Access, request: v1::ListAllowedResourcesRequest) -> Vec<String> {
    let status = access.list_allowed_resources(request.clone()).await.unwrap_err();
    let as_stream = streamed(access, request).await.unwrap_err();
    assert_eq!((status.code(), as_stream.code()), (Code::InvalidArgument, Code::InvalidArgument));
    assert_eq!(faulty_fields(&as_stream), faulty_fields(&status));
    faulty_fields(&status)
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_and_units_are_listed_as_they_are_allowed_one_by_one() {
    let (_served, channel) = settled().await;
    load(&channel, vec![placement("c2", "north"), placement("c3", "south"), placement("c4", "n1")])
        .await
        .unwrap();
    let mut access = AccessServiceClient::new(channel);
    let named = |ids: &[&str], of: &str| ids.iter().map(|id| format!("{of}/{id}")).collect::<Vec<_>>();
    let narrowed = |unit: &str| v1::ListAllowedResourcesRequest {
        unit: format!("units/{unit}"),
        ..resources("boss", "customer.view")
    };
    let classed = |subject: &str, class: &str| v1::ListAllowedResourcesRequest {
        record_classes: vec![class.to_owned()],
        ..resources(subject, "customer.view")
    };
    let sites =
        v1::ListAllowedResourcesRequest { kind: "site".to_owned(), ..resources("boss", "customer.find") };
    for (request, wanted) in [
        (resources("boss", "customer.view"), named(&["c1", "c2", "c3", "c4"], "customers")),
        (resources("stan", "customer.view"), named(&["c1", "c2", "c4"], "customers")),
        (narrowed("north"), named(&["c2"], "customers")),
        (narrowed("nowhere"), named(&[], "customers")),
        (classed("stan", "demographics"), named(&["c1", "c2", "c4"], "customers")),
        (resources("nobody", "customer.view"), named(&[], "customers")),
        (resources("boss", "customer.find"), named(&["e", "north", "south", "n1"], "units")),
        (resources("stan", "customer.find"), named(&["north", "n1"], "units")),
        (sites, named(&["north", "south"], "units")),
        (resources("nora", "user.manage"), named(&["stan", "both"], "users")),
    ] {
        assert_eq!(pages(&mut access, request.clone()).await, wanted, "{request:?}");
        let as_stream = streamed(&mut access, request.clone()).await.unwrap();
        assert_eq!(as_stream, (wanted, 1), "{request:?}");
    }
    let of_users =
        v1::ListAllowedResourcesRequest { kind: "site".to_owned(), ..resources("boss", "user.manage") };
    assert_eq!(refused(&mut access, of_users).await, ["kind"]);
    let unknown =
        v1::ListAllowedResourcesRequest { kind: "castle".to_owned(), ..resources("boss", "customer.find") };
    assert_eq!(refused(&mut access, unknown).await, ["kind"]);
    let of_units =
        v1::ListAllowedResourcesRequest { unit: "units/n1".to_owned(), ..resources("boss", "customer.find") };
    assert_eq!(refused(&mut access, of_units).await, ["unit"]);
    assert_eq!(refused(&mut access, classed("boss", "shoes")).await, ["record_classes"]);
    assert_eq!(refused(&mut access, resources("boss", "fly")).await, ["capability"]);
    assert_eq!(refused(&mut access, resources("a b", "customer.view")).await, ["subject"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_view_a_customer_is_listed_with_what_decides() {
    let (_served, channel) = settled().await;
    let mut access = AccessServiceClient::new(channel);
    let users = |resource: &str| v1::ListAllowedUsersRequest {
        realm: realm(),
        resource: resource.to_owned(),
        capability: "customer.view".to_owned(),
        ..Default::default()
    };
    let row = |user: &str, role: &str, unit: &str| v1::AllowedUser {
        user: format!("users/{user}"),
        assignment: "assignments/1".to_owned(),
        role: role.to_owned(),
        unit: format!("units/{unit}"),
    };
    let found = access.list_allowed_users(users("customers/c1")).await.unwrap().into_inner();
    let wanted = [
        row("boss", "enterprise-manager", "e"),
        row("nora", "site-manager", "north"),
        row("stan", "staff", "north"),
        row("both", "staff", "north"),
    ];
    assert_eq!(found.users, wanted);
    // A customer who is not there is nobody's.
    let nobody = access.list_allowed_users(users("customers/c99")).await.unwrap().into_inner();
    assert_eq!((nobody.users, nobody.next_page_token), (Vec::new(), String::new()));

    let request = v1::StreamAllowedUsersRequest {
        realm: realm(),
        resource: "customers/c1".to_owned(),
        capability: "customer.view".to_owned(),
        ..Default::default()
    };
    let mut stream = access.stream_allowed_users(request).await.unwrap().into_inner();
    let part = stream.message().await.unwrap().unwrap();
    let by = |place: &u32| part.deciding[usize::try_from(*place).unwrap() - 1].clone();
    let streamed = part.users.iter().zip(&part.by).map(|(user, place)| {
        let v1::DecidingAssignment { assignment, role, unit } = by(place);
        v1::AllowedUser { user: user.clone(), assignment, role, unit }
    });
    assert!(streamed.eq(wanted));
    // Both of north decide by the same role there.
    assert_eq!((part.by.as_slice(), part.deciding.len()), ([1, 2, 3, 3].as_slice(), 3));
    assert!(stream.message().await.unwrap().is_none());
    let status = access.list_allowed_users(users("units/n1")).await.unwrap_err();
    assert_eq!(faulty_fields(&status), ["resource"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_may_do_to_something_is_listed_in_the_schemes_order() {
    let (_served, channel) = settled().await;
    let mut access = AccessServiceClient::new(channel);
    let mut listed = async |subject: &str, resource: &str| -> Vec<String> {
        let mut request = v1::ListAllowedCapabilitiesRequest {
            realm: realm(),
            subject: format!("users/{subject}"),
            resource: resource.to_owned(),
            page_size: 1,
            ..Default::default()
        };
        let mut found = Vec::new();
        loop {
            let page = access.list_allowed_capabilities(request.clone()).await.unwrap().into_inner();
            for row in page.capabilities {
                let answer = row.answer.unwrap();
                assert_eq!(answer.decision(), v1::Decision::Allowed);
                assert_eq!(answer.visible.is_empty(), !resource.starts_with("customers/"));
                found.push(row.capability);
            }
            if page.next_page_token.is_empty() {
                return found;
            }
            request.page_token = page.next_page_token;
        }
    };
    let stan = listed("stan", "customers/c1").await;
    assert!(stan.contains(&"customer.view".to_owned()));
    let configures = |listed: &[String]| listed.contains(&"site.configure".to_owned());
    let (stan, nora) = (listed("stan", "units/north").await, listed("nora", "units/north").await);
    assert!(!stan.is_empty() && !configures(&stan) && configures(&nora));
    assert_eq!(listed("nora", "users/stan").await, ["user.view", "user.manage"]);
    assert_eq!(listed("stan", "users/stan").await, ["user.view"]);
    assert_eq!(listed("sid", "customers/c1").await, Vec::<String>::new());
    assert_eq!(listed("nora", "customers/c99").await, Vec::<String>::new());
    let asked = |resource: &str, unit: &str| v1::ListAllowedCapabilitiesRequest {
        realm: realm(),
        subject: "users/stan".to_owned(),
        resource: resource.to_owned(),
        unit: unit.to_owned(),
        ..Default::default()
    };
    for (resource, unit, field) in
        [("c1", "", "resource"), ("keys/1", "", "resource"), ("units/n1", "units/n1", "unit")]
    {
        let status = access.list_allowed_capabilities(asked(resource, unit)).await.unwrap_err();
        assert_eq!(faulty_fields(&status), [field]);
    }
}

/// Whoever is bound to their caseload sees who of a unit is on it; that there are others is not told, by no token either.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_placements_does_not_tell_that_somebody_unseen_follows() {
    let (_served, channel) = settled().await;
    let Item::User(mut bound) = user("cas", "north", &[("staff", "north")]) else { panic!("a user") };
    bound.assignments.iter_mut().for_each(|held| held.options.as_mut().unwrap().caseload_only = true);
    let case = v1::LoadCaseloadEntry {
        user: "users/cas".to_owned(),
        entry: Some(v1::CaseloadEntry { unit: "units/n1".to_owned(), customer: "customers/c1".to_owned() }),
    };
    let items =
        vec![Item::User(bound), placement("c5", "n1"), placement("c6", "n1"), Item::CaseloadEntry(case)];
    load(&channel, items).await.unwrap();
    let mut customers = CustomerServiceClient::new(channel);
    let mut page = async |actor: &str, page_token: &str| {
        let request = v1::ListPlacementsRequest {
            realm: realm(),
            actor: format!("users/{actor}"),
            filter: Some(v1::list_placements_request::Filter::Unit("units/n1".to_owned())),
            page_size: 1,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        let page = customers.list_placements(request).await.unwrap().into_inner();
        let found: Vec<String> = page.placements.into_iter().map(|row| row.customer).collect();
        (found, page.next_page_token)
    };
    assert_eq!(page("cas", "").await, (vec!["customers/c1".to_owned()], String::new()));
    let (first, next) = page("nora", "").await;
    let (second, next) = page("nora", &next).await;
    let (third, end) = page("nora", &next).await;
    assert_eq!([first, second, third].concat(), ["customers/c1", "customers/c5", "customers/c6"]);
    assert_eq!(end, "");
}

/// Many rows come in parts, all of one state.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_comes_in_parts() {
    let (_served, channel) = settled().await;
    for part in 0..3 {
        let items = (0..900).map(|n| placement(&format!("p{part}-{n}"), "n1")).collect();
        load(&channel, items).await.unwrap();
    }
    let mut access = AccessServiceClient::new(channel);
    let (found, parts) = streamed(&mut access, resources("boss", "customer.view")).await.unwrap();
    assert_eq!((found.len(), parts), (2_701, 3));
    assert_eq!((found[0].as_str(), found[2_700].as_str()), ("customers/c1", "customers/p2-899"));
}

/// How many lists are streamed at once is limited, and a server that stops says that a list is not whole.
#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_lists_are_streamed_at_once() {
    let (served, channel) = settled().await;
    for part in 0..20 {
        // Long names: more than what is on its way anyhow.
        let items = (0..1_000).map(|n| placement(&format!("p{part}-{n}-{:0>100}", 0), "n1")).collect();
        load(&channel, items).await.unwrap();
    }
    let mut access = AccessServiceClient::new(channel);
    let request = v1::StreamAllowedResourcesRequest {
        realm: realm(),
        subject: "users/boss".to_owned(),
        capability: "customer.view".to_owned(),
        ..Default::default()
    };
    let mut streams = Vec::new();
    let status = loop {
        match access.stream_allowed_resources(request.clone()).await {
            Ok(reply) => streams.push(reply.into_inner()),
            Err(status) => break status,
        }
        assert!(streams.len() < 100);
    };
    assert_eq!((status.code(), reason(&status)), (Code::ResourceExhausted, "OVERLOADED".to_owned()));
    drop(served.stop);
    // Until the server has heard of it.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let mut last = streams.pop().unwrap();
    drop(streams);
    let end = loop {
        match last.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("taken for whole"),
            Err(status) => break status,
        }
    };
    assert_eq!(end.code(), Code::Unavailable);
}
