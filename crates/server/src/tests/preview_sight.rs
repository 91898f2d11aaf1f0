//! Previews on behalf of somebody: nobody is told more than they may see.

use std::collections::BTreeSet;

use bailiwick_proto::v1;
use bailiwick_proto::v1::customer_service_client::CustomerServiceClient;
use bailiwick_proto::v1::unit_service_client::UnitServiceClient;
use bailiwick_proto::v1::user_change::Change;

use super::explain::{serve_like, serve_scheme};
use super::explain_sight::regions;
use super::lists::settled;
use super::two_sites::{accounts, dry, person, two_sites};
use super::writes::{all_below, load, placement, realm, unit, user};

/// Over what a preview says that a capability turns so.
fn of(preview: &v1::Preview, turn: v1::AccessTurn, capability: &str) -> BTreeSet<String> {
    let by_it = |change: &&v1::AccessChange| {
        change.turn() == turn && change.capabilities.iter().any(|one| one == capability)
    };
    preview.access.iter().filter(by_it).flat_map(|change| change.resources.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_can_be_left_out() {
    let (_served, channel) = settled().await;
    let request = v1::ArchiveUnitRequest {
        realm: realm(),
        unit: "units/north".to_owned(),
        validate_only: true,
        skip_preview: true,
        ..Default::default()
    };
    let reply = UnitServiceClient::new(channel.clone()).archive_unit(request).await.unwrap().into_inner();
    assert!(reply.preview.is_none() && reply.unit.is_some());
}

/// An actor is told of a user by what the actor sees of them, and of customers by way of the placements that the actor sees.
#[tokio::test(flavor = "multi_thread")]
async fn an_actor_is_told_nothing_of_what_is_out_of_sight() {
    let (_served, channel) = regions().await;
    // Who works in a region sees customers where the region has them, and which of these are on its teams.
    let items = vec![placement("k3", "cook"), placement("k3", "a"), placement("k4", "b")];
    load(&channel, items).await.unwrap();
    let suspend = || {
        let assignment = "assignments/1".to_owned();
        Change::SuspendAssignment(v1::SuspendAssignment { assignment, ..Default::default() })
    };
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    let lost = v1::AccessTurn::Lost;
    let all = dry(&channel, "", "pam", suspend()).await;
    let seen = dry(&channel, "users/cp", "pam", suspend()).await;
    assert!(!all.in_part && seen.in_part);
    assert_eq!(of(&all, lost, "customer.view"), names(&["customers/k3"]));
    assert_eq!(of(&seen, lost, "customer.view"), names(&["customers/k3"]));
    // The dashboards of the region are seen, and told.
    assert_eq!(of(&seen, lost, "dashboard.view"), names(&["units/cook"]));
    assert!(seen.holders.is_empty() && seen.valid_until.is_none());
    let text = format!("{seen:?}");
    let hidden = ["dupage", "units/b", "k4"];
    assert!(!hidden.iter().any(|name| text.contains(name)), "{text}");
}

/// What somebody keeps by way of a placement that the actor does not see is told as lost: else it would tell of that.
#[tokio::test(flavor = "multi_thread")]
async fn an_actor_is_told_nothing_of_placements_out_of_sight() {
    let (_served, channel) = serve_scheme("eto").await;
    let items = vec![
        unit("units/e", "enterprise", &[]),
        unit("units/north", "site", &["units/e"]),
        unit("units/south", "site", &["units/e"]),
        unit("units/n1", "program", &["units/north"]),
        unit("units/s1", "program", &["units/south"]),
        user("noah", "north", &[("site-manager", "north")]),
        user("mara", "north", &[("staff", "north"), ("staff", "south")]),
        user("pia", "north", &[("staff", "north")]),
        placement("c1", "n1"),
        placement("c1", "s1"),
    ];
    load(&channel, items).await.unwrap();
    let remove = async |actor: &str| {
        let request = v1::RemovePlacementRequest {
            realm: realm(),
            actor: actor.to_owned(),
            customer: "customers/c1".to_owned(),
            unit: "units/n1".to_owned(),
            validate_only: true,
            ..Default::default()
        };
        let reply = CustomerServiceClient::new(channel.clone()).remove_placement(request).await;
        let preview = reply.unwrap().into_inner().preview.unwrap();
        let lost = preview.holders.into_iter().filter(|change| {
            change.turn() == v1::AccessTurn::Lost
                && change.capabilities.iter().any(|one| one == "customer.view")
        });
        lost.flat_map(|change| change.users).collect::<BTreeSet<_>>()
    };
    let names = |names: &[&str]| names.iter().map(|name| format!("users/{name}")).collect::<BTreeSet<_>>();
    // Mara sees the customer by way of the other site.
    assert_eq!(remove("").await, names(&["noah", "pia"]));
    assert_eq!(remove("users/noah").await, names(&["mara", "noah", "pia"]));
}

/// Of others, an actor is told of those of whom the actor sees all.
#[tokio::test(flavor = "multi_thread")]
async fn an_actor_is_told_of_others_who_are_seen_whole() {
    let (_served, channel) = serve_scheme("eto").await;
    let items = vec![
        unit("units/e", "enterprise", &[]),
        unit("units/north", "site", &["units/e"]),
        unit("units/south", "site", &["units/e"]),
        unit("units/n1", "program", &["units/north"]),
        user("boss", "e", &[("enterprise-manager", "e")]),
        user("nora", "north", &[("site-manager", "north")]),
        user("stan", "north", &[("staff", "north")]),
        user("sid", "south", &[("site-manager", "south")]),
        placement("c1", "n1"),
    ];
    load(&channel, items).await.unwrap();
    let archive = async |actor: &str| {
        let request = v1::ArchiveUnitRequest {
            realm: realm(),
            actor: actor.to_owned(),
            unit: "units/n1".to_owned(),
            validate_only: true,
            ..Default::default()
        };
        UnitServiceClient::new(channel.clone()).archive_unit(request).await
    };
    let users = |preview: &v1::Preview| {
        let holders = preview.holders.iter().flat_map(|change| change.users.clone());
        let examples = preview.examples.iter().map(|example| example.user.clone());
        holders.chain(examples).collect::<BTreeSet<_>>()
    };
    let all = archive("").await.unwrap().into_inner().preview.unwrap();
    assert!(users(&all).contains("users/boss"));
    let nora = archive("users/nora").await.unwrap().into_inner().preview.unwrap();
    assert!(!users(&nora).contains("users/boss"), "{nora:#?}");
    assert!(users(&nora).contains("users/stan"), "{nora:#?}");
}

/// Whether somebody manages a user depends on everything that the user holds, and would tell of it.
#[tokio::test(flavor = "multi_thread")]
async fn an_actor_is_told_who_manages_whom_of_users_seen_whole() {
    let (_served, channel) =
        serve_like("eto", "shows_all_assignments = true", "shows_all_assignments = false").await;
    let items = [
        user("nora", "north", &[("site-manager", "north")]),
        user("stan", "north", &[("staff", "north")]),
        user("pam", "north", &[("staff", "north"), ("staff", "south")]),
    ];
    load(&channel, two_sites().into_iter().chain(items).collect()).await.unwrap();
    let managed_no_more = async |actor: &str| {
        let suspend = v1::SuspendAssignment { assignment: "assignments/1".to_owned(), ..Default::default() };
        let preview = dry(&channel, actor, "nora", Change::SuspendAssignment(suspend)).await;
        of(&preview, v1::AccessTurn::Lost, "user.manage")
    };
    let (all, seen) = (managed_no_more("").await, managed_no_more("users/noah").await);
    assert!(all.contains("users/pam") && all.contains("users/stan"), "{all:?}");
    // Of what Pam holds, a part is at the other site.
    assert!(!seen.contains("users/pam") && seen.contains("users/stan"), "{seen:?}");
}

/// That a record is out of somebody's reach since it is another account's own tells that there is such an account.
#[tokio::test(flavor = "multi_thread")]
async fn an_actor_is_told_nothing_of_other_accounts_out_of_sight() {
    let (_served, channel) = serve_scheme("eto").await;
    let placed = [placement("c1", "n1"), placement("c2", "n1")];
    let items = two_sites().into_iter().chain(placed).chain(accounts("c1", &[]));
    load(&channel, items.collect()).await.unwrap();
    let gained = async |actor: &str| {
        let assign = v1::Assign {
            role: "staff".to_owned(),
            unit: "units/north".to_owned(),
            options: all_below(),
            ..Default::default()
        };
        let preview = dry(&channel, actor, "rex", Change::Assign(assign)).await;
        of(&preview, v1::AccessTurn::Gained, "customer.view")
    };
    let names =
        |names: &[&str]| names.iter().map(|name| format!("customers/{name}")).collect::<BTreeSet<_>>();
    assert_eq!(gained("").await, names(&["c2"]));
    // Who sees the other account whole is told as it is; who does not, is told as if there were none.
    assert_eq!(gained("users/mona").await, names(&["c2"]));
    assert_eq!(gained("users/noah").await, names(&["c1", "c2"]));
}

/// Whose record somebody's own is, is told to who sees that customer.
#[tokio::test(flavor = "multi_thread")]
async fn an_actor_is_told_nothing_of_an_own_record_out_of_sight() {
    let (_served, channel) = serve_scheme("eto").await;
    let own = |own: &str| format!("customers/{own}");
    let items = [
        placement("there", "s1"),
        placement("here", "n1"),
        person(user("wanda", "north", &[]), |wanda| wanda.own_record = own("there")),
        person(user("wim", "north", &[]), |wim| wim.own_record = own("here")),
    ];
    load(&channel, two_sites().into_iter().chain(items).collect()).await.unwrap();
    let gained = async |actor: &str, user: &str| {
        let role = "entity-self-service".to_owned();
        let assign =
            v1::Assign { role, unit: "units/north".to_owned(), options: all_below(), ..Default::default() };
        let preview = dry(&channel, actor, user, Change::Assign(assign)).await;
        of(&preview, v1::AccessTurn::Gained, "customer.view")
    };
    assert_eq!(gained("users/noah", "wim").await, BTreeSet::from([own("here")]));
    assert_eq!(gained("users/mona", "wanda").await, BTreeSet::from([own("there")]));
    assert_eq!(gained("users/noah", "wanda").await, BTreeSet::new());
    // Nor where the customer is placed nowhere: whom nobody sees by a role, the operator sees.
    let remove = v1::RemovePlacementRequest {
        realm: realm(),
        customer: own("there"),
        unit: "units/s1".to_owned(),
        ..Default::default()
    };
    CustomerServiceClient::new(channel.clone()).remove_placement(remove).await.unwrap();
    assert_eq!(gained("", "wanda").await, BTreeSet::from([own("there")]));
    assert_eq!(gained("users/mona", "wanda").await, BTreeSet::new());
}

/// How many work with a customer is told of those who are seen.
#[tokio::test(flavor = "multi_thread")]
async fn an_actor_is_told_of_no_case_of_a_worker_out_of_sight() {
    let (_served, channel) =
        serve_like("eto", "shows_all_assignments = true", "shows_all_assignments = false").await;
    let items = [placement("k", "n1"), placement("k", "s1"), user("pat", "north", &[("staff", "north")])];
    load(&channel, two_sites().into_iter().chain(items).collect()).await.unwrap();
    let mut customers = CustomerServiceClient::new(channel.clone());
    for worker in ["users/mona", "users/pat"] {
        let add = vec![v1::CaseloadEntry { unit: "units/n1".to_owned(), customer: "customers/k".to_owned() }];
        let (realm, user) = (realm(), worker.to_owned());
        let request = v1::UpdateCaseloadRequest { realm, user, add, ..Default::default() };
        customers.update_caseload(request).await.unwrap();
    }
    let mut ended = async |actor: &str| {
        let request = v1::RemovePlacementRequest {
            realm: realm(),
            actor: actor.to_owned(),
            customer: "customers/k".to_owned(),
            unit: "units/n1".to_owned(),
            validate_only: true,
            skip_preview: true,
            ..Default::default()
        };
        let effects = customers.remove_placement(request).await.unwrap().into_inner().effects;
        assert!(effects.iter().all(|one| one.kind() == v1::EffectKind::CaseloadEntryEnded), "{effects:?}");
        // The customer is named to who still sees them.
        let shown = if actor == "users/noah" { "" } else { "customers/k" };
        assert!(effects.iter().all(|one| one.unit == "units/n1" && one.customer == shown), "{effects:?}");
        effects.into_iter().map(|one| one.user).collect::<BTreeSet<_>>()
    };
    let names = |names: &[&str]| names.iter().map(|name| format!("users/{name}")).collect::<BTreeSet<_>>();
    assert_eq!(ended("").await, names(&["mona", "pat"]));
    assert_eq!(ended("users/mona").await, names(&["mona", "pat"]));
    assert_eq!(ended("users/noah").await, names(&["pat"]));
}
