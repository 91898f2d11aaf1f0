//! SummarizeAccess over the wire: document C's "Summary of All Access".

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::explain::troubled;
use super::explain_sight::regions;
use super::writes::{realm, reason};

async fn summary(channel: &Channel, actor: &str, user: &str) -> Result<v1::SummarizeAccessResponse, Status> {
    let request = v1::SummarizeAccessRequest {
        realm: realm(),
        user: format!("users/{user}"),
        actor: if actor.is_empty() { String::new() } else { format!("users/{actor}") },
        freshness: None,
    };
    let mut access = AccessServiceClient::new(channel.clone());
    access.summarize_access(request).await.map(tonic::Response::into_inner)
}

/// What an assignment is said to allow, with why not.
fn allows<'s>(summary: &'s v1::SummarizeAccessResponse, assignment: &str) -> Vec<(&'s str, v1::Obstacle)> {
    let of = summary.access.iter().find(|access| access.assignment == assignment).unwrap();
    of.allows.iter().map(|allows| (allows.capability.as_str(), allows.obstacle())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_somebody_holds_is_told_with_what_it_allows() {
    let (_served, channel) = troubled().await;
    let nora = summary(&channel, "", "nora").await.unwrap();
    assert_eq!(nora.user.as_ref().unwrap().assignments.len(), 1);
    assert_eq!(
        (nora.user.as_ref().unwrap().lowest_rank, nora.access[0].unit_kind.as_str()),
        (Some(80), "site")
    );
    let none = v1::Obstacle::Unspecified;
    for wanted in ["user.manage", "site.configure", "customer.view", "query.run"] {
        assert!(allows(&nora, "assignments/1").contains(&(wanted, none)), "{wanted}");
    }
    let view = nora.access[0].allows.iter().find(|allows| allows.capability == "customer.view").unwrap();
    assert_eq!(view.allowed_at(), v1::AllowedAt::Covered);
    assert!(view.record_classes.contains(&"demographics".to_owned()));
    // Whom she manages is what the list says: everybody at the site but herself.
    let managed = nora.managed.unwrap();
    let mut access = AccessServiceClient::new(channel.clone());
    let page = access.list_allowed_resources(managed.query.unwrap()).await.unwrap().into_inner();
    assert_eq!((managed.count as usize, managed.more), (page.resources.len(), false));
    // She sees no more than these, and herself.
    assert_eq!(nora.seen.unwrap().count, managed.count + 1);
    assert!(nora.revision > 0 && !nora.token.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_in_vain_says_why() {
    let (_served, channel) = troubled().await;
    let all_are = |told: &v1::SummarizeAccessResponse, obstacle: v1::Obstacle| {
        allows(told, "assignments/1").iter().all(|(_, why)| *why == obstacle)
    };
    for (user, obstacle) in [
        ("idle", v1::Obstacle::Suspended),
        ("later", v1::Obstacle::NotStarted),
        ("gone", v1::Obstacle::Disabled),
    ] {
        assert!(all_are(&summary(&channel, "boss", user).await.unwrap(), obstacle), "{user}");
    }
    // A program manager whose user management is off manages nobody, and does the rest.
    let off = summary(&channel, "nora", "off").await.unwrap();
    let told = allows(&off, "assignments/1");
    assert!(told.contains(&("user.manage", v1::Obstacle::NotSwitchedOn)));
    assert!(told.contains(&("staff.supervise", v1::Obstacle::Unspecified)));
    assert_eq!((off.managed.unwrap().count, off.seen.unwrap().count), (0, 1));
    // Step 15: who is restricted sees customers of the caseload, and is refused what goes beyond it.
    let bound = summary(&channel, "nora", "bound").await.unwrap();
    let rule = |capability: &str| {
        let of = bound.access[0].allows.iter().find(|allows| allows.capability == capability);
        of.unwrap().caseload()
    };
    assert_eq!(rule("customer.view"), v1::CaseloadRule::OnlyCaseload);
    assert_eq!(rule("customer.find"), v1::CaseloadRule::Refused);
    let nothing = summary(&channel, "nora", "none").await.unwrap();
    assert!(nothing.access.is_empty() && nothing.systems.is_empty() && nothing.reporting.is_none());
}

/// Where an assignment reaches the unit that encloses its own, that one is named.
#[tokio::test(flavor = "multi_thread")]
async fn who_sees_a_part_is_told_that_part() {
    let (_served, channel) = regions().await;
    let all = summary(&channel, "", "pam").await.unwrap();
    assert_eq!(all.access.len(), 2);
    let dashboards = &all.access[1].allows.iter().find(|a| a.capability == "dashboard.view").unwrap();
    assert_eq!(
        (dashboards.allowed_at(), dashboards.units.as_slice()),
        (v1::AllowedAt::Enclosing, ["units/dupage".to_owned()].as_slice())
    );
    assert!(all.managed.is_some());
    let seen = summary(&channel, "cp", "pam").await.unwrap();
    assert_eq!((seen.access.len(), seen.access[0].assignment.as_str()), (1, "assignments/1"));
    assert_eq!(seen.user.as_ref().unwrap().other_assignments, 1);
    // What does not belong to one assignment would tell of the other.
    assert!(seen.managed.is_none() && seen.seen.is_none() && seen.systems.is_empty());
    assert!(!format!("{seen:?}").contains("dupage"));
    // Everybody sees all of their own.
    assert_eq!(summary(&channel, "pam", "pam").await.unwrap().access.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_out_of_sight_is_nobody() {
    let (_served, channel) = regions().await;
    for (actor, user) in [("cp", "far"), ("cp", "nobody"), ("", "nobody"), ("pam", "pia")] {
        let refused = summary(&channel, actor, user).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused)), (Code::NotFound, "UNKNOWN_USER".to_owned()));
    }
}
