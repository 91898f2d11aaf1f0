//! Lists of what is allowed, told to an actor: what the actor sees, by way of what the actor sees.

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::customer_service_client::CustomerServiceClient;
use bailiwick_proto::v1::user_change::Change;
use tonic::transport::Channel;

use super::allowed_all::streamed;
use super::explain::serve_scheme;
use super::explain_sight::regions;
use super::two_sites::{accounts, give, person, two_sites};
use super::writes::{load, placement, realm, reason, user};

fn resources(actor: &str, subject: &str, capability: &str) -> v1::ListAllowedResourcesRequest {
    v1::ListAllowedResourcesRequest {
        realm: realm(),
        subject: format!("users/{subject}"),
        capability: capability.to_owned(),
        actor: if actor.is_empty() { String::new() } else { format!("users/{actor}") },
        ..Default::default()
    }
}

/// To what somebody may do something, as it is told to an actor; and whether it is told in part. Page and stream agree.
async fn of(channel: &Channel, request: v1::ListAllowedResourcesRequest) -> (Vec<String>, bool) {
    let mut access = AccessServiceClient::new(channel.clone());
    let (whole, _) = streamed(&mut access, request.clone()).await.unwrap();
    let page = access.list_allowed_resources(request).await.unwrap().into_inner();
    let rows: Vec<String> = page.resources.into_iter().map(|row| row.resource).collect();
    assert_eq!(rows, whole);
    (rows, page.in_part)
}

/// Who may do something, as it is told to an actor; and whether nobody is told of.
async fn who(channel: &Channel, actor: &str, capability: &str, resource: &str) -> (Vec<String>, bool) {
    let request = v1::ListAllowedUsersRequest {
        realm: realm(),
        resource: resource.to_owned(),
        capability: capability.to_owned(),
        actor: if actor.is_empty() { String::new() } else { format!("users/{actor}") },
        ..Default::default()
    };
    let mut access = AccessServiceClient::new(channel.clone());
    let stream = v1::StreamAllowedUsersRequest {
        realm: realm(),
        resource: request.resource.clone(),
        capability: request.capability.clone(),
        actor: request.actor.clone(),
        ..Default::default()
    };
    let part =
        access.stream_allowed_users(stream).await.unwrap().into_inner().message().await.unwrap().unwrap();
    let page = access.list_allowed_users(request).await.unwrap().into_inner();
    let rows: Vec<String> = page.users.into_iter().map(|row| row.user).collect();
    assert_eq!((&rows, page.in_part), (&part.users, part.in_part));
    (rows, page.in_part)
}

/// What somebody may do to something, as it is told to an actor.
async fn what(channel: &Channel, actor: &str, subject: &str, resource: &str) -> (Vec<String>, bool) {
    let request = v1::ListAllowedCapabilitiesRequest {
        realm: realm(),
        subject: format!("users/{subject}"),
        resource: resource.to_owned(),
        actor: if actor.is_empty() { String::new() } else { format!("users/{actor}") },
        ..Default::default()
    };
    let reply = AccessServiceClient::new(channel.clone()).list_allowed_capabilities(request).await.unwrap();
    let reply = reply.into_inner();
    (reply.capabilities.into_iter().map(|row| row.capability).collect(), reply.in_part)
}

fn names(kind: &str, ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| format!("{kind}/{id}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subject_seen_in_part_is_shown_by_what_is_seen() {
    let (_served, channel) = regions().await;
    let items =
        vec![placement("k3", "cook"), placement("k3", "a"), placement("k4", "b"), placement("k3", "b")];
    load(&channel, items).await.unwrap();
    let customers = |actor: &str| resources(actor, "pam", "customer.view");
    assert_eq!(of(&channel, customers("")).await, (names("customers", &["k3", "k4"]), false));
    // The planner of the one region sees who is on its teams; of the other region, nothing.
    assert_eq!(of(&channel, customers("cp")).await, (names("customers", &["k3"]), true));
    // The planner of the other does not see the customer, who is in none of their region.
    assert_eq!(of(&channel, customers("far")).await, (names("customers", &[]), true));
    let dashboards = |actor: &str| resources(actor, "pam", "dashboard.view");
    assert_eq!(of(&channel, dashboards("")).await.0, names("units", &["cook", "dupage"]));
    assert_eq!(of(&channel, dashboards("cp")).await, (names("units", &["cook"]), true));
    // What depends on everything that is held is not told.
    assert_eq!(of(&channel, resources("cp", "pam", "user.view")).await, (names("users", &[]), true));

    // Somebody out of sight is nobody.
    assert_eq!(of(&channel, resources("cp", "pia", "customer.view")).await, (Vec::new(), false));
    assert_eq!(of(&channel, resources("cp", "nobody", "customer.view")).await, (Vec::new(), false));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_do_something_is_told_of_those_who_are_seen() {
    let (_served, channel) = regions().await;
    load(&channel, vec![placement("k3", "cook"), placement("k3", "a"), placement("k1", "a")]).await.unwrap();
    let viewers = |actor: &'static str, customer: &'static str| {
        let channel = channel.clone();
        async move { who(&channel, actor, "customer.view", customer).await }
    };
    assert_eq!(viewers("", "customers/k1").await.0, names("users", &["cp", "far", "pam"]));
    // Pam is seen in part, the planner of the other region not at all.
    assert_eq!(viewers("cp", "customers/k1").await, (names("users", &["cp"]), false));
    assert_eq!(viewers("far", "customers/k1").await, (names("users", &["far"]), false));
    assert_eq!(viewers("far", "customers/k3").await, (Vec::new(), false));
    assert_eq!(viewers("far", "customers/k99").await, (Vec::new(), false));
    // Who manages somebody depends on all that they hold.
    assert_eq!(who(&channel, "", "user.view", "users/pam").await.0, names("users", &["cp", "far", "pam"]));
    assert_eq!(who(&channel, "cp", "user.view", "users/pam").await, (names("users", &["cp"]), false));
    assert_eq!(who(&channel, "cp", "user.manage", "users/pam").await, (Vec::new(), true));
    assert_eq!(who(&channel, "cp", "user.manage", "users/pia").await, (Vec::new(), false));
    assert_eq!(who(&channel, "cp", "customer.find", "units/b").await, (Vec::new(), false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_done_is_told_of_what_is_seen() {
    let (_served, channel) = regions().await;
    load(&channel, vec![placement("k3", "cook"), placement("k3", "a"), placement("k2", "b")]).await.unwrap();
    let all = what(&channel, "", "pam", "customers/k3").await;
    assert!(all.0.contains(&"customer.view".to_owned()) && !all.1, "{all:?}");
    assert_eq!(what(&channel, "cp", "pam", "customers/k3").await, (all.0, true));
    assert!(!what(&channel, "", "pam", "customers/k2").await.0.is_empty());
    assert_eq!(what(&channel, "cp", "pam", "customers/k2").await, (Vec::new(), true));
    assert_eq!(what(&channel, "cp", "pia", "customers/k2").await, (Vec::new(), false));
    assert_eq!(what(&channel, "cp", "cp", "users/pia").await, (Vec::new(), false));
    assert_eq!(what(&channel, "cp", "nobody", "customers/k2").await, (Vec::new(), false));
}

/// A record is beyond somebody's reach that another account of theirs calls its own: that is told to who sees that account.
#[tokio::test(flavor = "multi_thread")]
async fn another_account_out_of_sight_is_none() {
    let (_served, channel) = serve_scheme("eto").await;
    let placed = [placement("c1", "n1"), placement("c2", "n1")];
    let items = two_sites().into_iter().chain(placed).chain(accounts("c1", &[("staff", "north")]));
    load(&channel, items.collect()).await.unwrap();
    let seen = |actor: &str| resources(actor, "rex", "customer.view");
    assert_eq!(of(&channel, seen("")).await.0, names("customers", &["c2"]));
    assert_eq!(of(&channel, seen("mona")).await.0, names("customers", &["c2"]));
    assert_eq!(of(&channel, seen("noah")).await, (names("customers", &["c1", "c2"]), false));
    let viewers = who(&channel, "noah", "customer.view", "customers/c1").await.0;
    assert_eq!(viewers, names("users", &["noah", "rex"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_who_is_nobody_is_refused_and_a_page_belongs_to_its_actor() {
    let (_served, channel) = regions().await;
    let mut access = AccessServiceClient::new(channel.clone());
    let status = access.list_allowed_resources(resources("ghost", "cp", "customer.view")).await.unwrap_err();
    assert_eq!(reason(&status), "UNKNOWN_USER");
    let first = v1::ListAllowedResourcesRequest { page_size: 1, ..resources("cp", "cp", "customer.view") };
    load(&channel, vec![placement("k8", "cook"), placement("k9", "cook")]).await.unwrap();
    let page = access.list_allowed_resources(first.clone()).await.unwrap().into_inner();
    assert!(!page.next_page_token.is_empty());
    let next = v1::ListAllowedResourcesRequest { page_token: page.next_page_token, ..first };
    assert!(access.list_allowed_resources(next.clone()).await.is_ok());
    for other in ["users/far", ""] {
        let of_another = v1::ListAllowedResourcesRequest { actor: other.to_owned(), ..next.clone() };
        let status = access.list_allowed_resources(of_another).await.unwrap_err();
        assert_eq!(status.code(), tonic::Code::InvalidArgument);
    }
}

/// That something out of sight comes into question, too, is told by no page's end.
#[tokio::test(flavor = "multi_thread")]
async fn a_last_page_is_the_last_for_who_sees_no_more() {
    let (_served, channel) = regions().await;
    load(&channel, vec![placement("k5", "a"), placement("k5", "cook"), placement("k6", "b")]).await.unwrap();
    let mut access = AccessServiceClient::new(channel.clone());
    let mut request =
        v1::ListAllowedResourcesRequest { page_size: 1, ..resources("cp", "pam", "customer.view") };
    let page = access.list_allowed_resources(request.clone()).await.unwrap().into_inner();
    assert_eq!((page.resources.len(), page.next_page_token.as_str()), (1, ""));
    request.actor = String::new();
    assert!(!access.list_allowed_resources(request).await.unwrap().into_inner().next_page_token.is_empty());
}

/// One's own record is listed to oneself, wherever it is placed, and where it is not.
#[tokio::test(flavor = "multi_thread")]
async fn ones_own_record_is_listed_to_oneself() {
    let (_served, channel) = serve_scheme("eto").await;
    let wanda = user("wanda", "north", &[("entity-self-service", "north")]);
    let wanda = person(wanda, |wanda| wanda.own_record = "customers/own".to_owned());
    load(&channel, two_sites().into_iter().chain([placement("own", "n1"), wanda]).collect()).await.unwrap();
    let own = resources("wanda", "wanda", "customer.view");
    assert_eq!(of(&channel, own.clone()).await.0, names("customers", &["own"]));
    let noahs = resources("noah", "wanda", "customer.view");
    assert_eq!(of(&channel, noahs.clone()).await.0, names("customers", &["own"]));
    let shows_own = async || {
        let request = v1::SummarizeAccessRequest {
            realm: realm(),
            user: "users/wanda".to_owned(),
            actor: "users/noah".to_owned(),
            freshness: None,
        };
        let told = AccessServiceClient::new(channel.clone()).summarize_access(request).await.unwrap();
        let access = told.into_inner().access;
        access.iter().flat_map(|held| &held.allows).any(|one| one.allowed_at() == v1::AllowedAt::OwnRecord)
    };
    assert!(shows_own().await);
    let remove = v1::RemovePlacementRequest {
        realm: realm(),
        customer: "customers/own".to_owned(),
        unit: "units/n1".to_owned(),
        ..Default::default()
    };
    CustomerServiceClient::new(channel.clone()).remove_placement(remove).await.unwrap();
    assert_eq!(of(&channel, own).await.0, names("customers", &["own"]));
    // To who does not see the customer any more, there is no such record.
    assert_eq!(of(&channel, noahs).await.0, names("customers", &[]));
    assert!(!shows_own().await);
}

/// When something out of sight ends is not told.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_what_is_not_seen_is_not_told() {
    let (_served, channel) = regions().await;
    let end = v1::AmendAssignment {
        assignment: "assignments/2".to_owned(),
        options: Some(v1::AssignmentOptions {
            ends_at: Some(prost_types::Timestamp { seconds: 4_000_000_000, nanos: 0 }),
            ..Default::default()
        }),
        fields: vec!["ends_at".to_owned()],
        ..Default::default()
    };
    give(&channel, "pam", Change::AmendAssignment(end)).await;
    let until = async |actor: &str| {
        let request = v1::ListAllowedCapabilitiesRequest {
            realm: realm(),
            subject: "users/cp".to_owned(),
            resource: "users/pam".to_owned(),
            actor: actor.to_owned(),
            ..Default::default()
        };
        let reply =
            AccessServiceClient::new(channel.clone()).list_allowed_capabilities(request).await.unwrap();
        let rows = reply.into_inner().capabilities;
        rows.into_iter().find(|row| row.capability == "user.view").unwrap().answer.unwrap().valid_until
    };
    assert!(until("").await.is_some());
    assert_eq!(until("users/cp").await, None);
}
