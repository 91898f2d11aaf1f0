//! ExplainAccess on behalf of somebody: nobody is told more than they may see.

use bailiwick_proto::v1;
use bailiwick_proto::v1::load_item::Item;
use tonic::Code;
use tonic::transport::Channel;

use super::explain::{asked, explain, on_behalf, serve_scheme};
use super::world::Served;
use super::writes::{load, placement, reason, settle, unit, user};

/// Two regions whose career planners see nothing of one another, and a partner and a customer in both.
pub(super) async fn regions() -> (Served, Channel) {
    let (served, channel) = serve_scheme("dei-teams").await;
    let teams = [("a", "Cook - Youth", "cook"), ("b", "DuPage - Youth", "dupage")];
    let team = |(id, name, region): (&str, &str, &str)| {
        Item::Unit(v1::LoadUnit {
            unit: format!("units/{id}"),
            kind: "team".to_owned(),
            display_name: name.to_owned(),
            parents: vec![format!("units/{region}")],
            ..Default::default()
        })
    };
    let partner = |name: &str, at: &[(&str, &str)]| {
        let Item::User(mut partner) = user(name, "cook", at) else { panic!("a user") };
        partner.profile.as_mut().unwrap().location = "District 99".to_owned();
        for assignment in &mut partner.assignments {
            assignment.options.as_mut().unwrap().user_type = "K-12".to_owned();
        }
        Item::User(partner)
    };
    let items = vec![
        unit("units/il", "state", &[]),
        unit("units/cook", "region", &["units/il"]),
        unit("units/dupage", "region", &["units/il"]),
        team(teams[0]),
        team(teams[1]),
        user("cp", "cook", &[("career-planner", "cook")]),
        user("far", "dupage", &[("career-planner", "dupage")]),
        partner("pam", &[("partner", "a"), ("partner", "b")]),
        partner("pia", &[("partner", "b")]),
        placement("k1", "cook"),
        placement("k1", "dupage"),
        placement("k2", "dupage"),
    ];
    load(&channel, items).await.unwrap();
    (served, channel)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_is_told_what_they_may_see() {
    let (_served, channel) = regions().await;
    let request = asked("pam", "customer.view", "customers/k1");
    let all = explain(&channel, request.clone()).await.unwrap();
    let seen = explain(&channel, on_behalf("cp", request.clone())).await.unwrap();
    assert_eq!(all.answer.as_ref().unwrap().reason(), v1::Reason::OutOfScope);
    assert_eq!(seen.answer.as_ref().unwrap().reason(), v1::Reason::OutOfScope);
    let shown = |told: &v1::ExplainAccessResponse| {
        let tried = told.attempts.iter().map(|one| (one.unit.clone(), one.tried_with_unit.clone()));
        tried.collect::<Vec<_>>()
    };
    let names = |pairs: &[(&str, &str)]| {
        let name = |unit: &str| format!("units/{unit}");
        pairs.iter().map(|(unit, with)| (name(unit), name(with))).collect::<Vec<_>>()
    };
    let everything = [("a", "cook"), ("a", "dupage"), ("b", "cook"), ("b", "dupage")];
    assert_eq!((shown(&all), all.other_assignments), (names(&everything), 0));
    assert_eq!((shown(&seen), seen.other_assignments), (names(&[("a", "cook")]), 1));
    // No unit of the other region is named anywhere.
    let text = format!("{seen:?}");
    assert!(
        !text.contains("dupage") && !text.contains("units/b") && !text.contains("assignments/2"),
        "{text}"
    );
    assert!(format!("{all:?}").contains("units/b"));
    // What would help depends on what is not seen, too, and would tell of it.
    assert!(!all.remedies.is_empty() && seen.remedies.is_empty());
}

/// Who, or what, is out of sight is answered as nobody and nothing.
#[tokio::test(flavor = "multi_thread")]
async fn out_of_sight_is_answered_as_nothing_there() {
    let (_served, channel) = regions().await;
    for (request, why) in [
        (asked("far", "customer.view", "customers/k1"), "UNKNOWN_USER"),
        (asked("nobody", "customer.view", "customers/k1"), "UNKNOWN_USER"),
        (asked("pam", "customer.view", "customers/k2"), "UNKNOWN_CUSTOMER"),
        (asked("pam", "customer.view", "customers/nobody"), "UNKNOWN_CUSTOMER"),
        (asked("pam", "dashboard.view", "units/dupage"), "UNKNOWN_UNIT"),
        (asked("pam", "dashboard.view", "units/nowhere"), "UNKNOWN_UNIT"),
        (asked("pam", "user.manage", "users/far"), "UNKNOWN_USER"),
        (asked("pam", "user.manage", "users/nobody"), "UNKNOWN_USER"),
    ] {
        let refused = explain(&channel, on_behalf("cp", request.clone())).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused)), (Code::NotFound, why.to_owned()), "{request:?}");
    }
    let at = |unit: &str| v1::ExplainAccessRequest {
        unit: format!("units/{unit}"),
        ..on_behalf("cp", asked("pam", "customer.view", "customers/k1"))
    };
    for elsewhere in ["dupage", "nowhere"] {
        let refused = explain(&channel, at(elsewhere)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused)), (Code::NotFound, "UNKNOWN_CUSTOMER".to_owned()));
    }
    assert!(explain(&channel, at("cook")).await.is_ok());
    // An operator is told that there is nobody, as a question is.
    let nobody = explain(&channel, asked("nobody", "customer.view", "customers/k1")).await.unwrap();
    assert_eq!(nobody.answer.unwrap().reason(), v1::Reason::UnknownSubject);
    let nothing = explain(&channel, asked("pam", "customer.view", "customers/nobody")).await.unwrap();
    assert_eq!(nothing.answer.unwrap().reason(), v1::Reason::UnknownResource);
    // Whoever is nobody is told nothing.
    let refused = explain(&channel, on_behalf("nobody", asked("pam", "user.view", "users/pia"))).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
}

/// What would help depends on all that is there: it is told only to who sees all of that.
#[tokio::test(flavor = "multi_thread")]
async fn a_remedy_does_not_tell_of_what_is_not_seen() {
    let (_served, channel) = serve_scheme("eto").await;
    settle(&channel).await;
    let items = vec![
        user("mixed", "north", &[("intake", "north"), ("funder", "south")]),
        placement("both", "n1"),
        placement("both", "south"),
    ];
    load(&channel, items).await.unwrap();
    let told = async |customer: &str| {
        let request = asked("mixed", "customer.dismiss", &format!("customers/{customer}"));
        let all = explain(&channel, request.clone()).await.unwrap();
        let seen = explain(&channel, on_behalf("mixed", request)).await.unwrap();
        assert_eq!(all.answer.as_ref().map(v1::Answer::reason), seen.answer.as_ref().map(v1::Answer::reason));
        assert!(!all.remedies.is_empty());
        (seen.remedies.len() == all.remedies.len(), seen.remedies.is_empty(), format!("{seen:?}"))
    };
    assert_eq!((told("c1").await.0, told("c1").await.1), (true, false));
    // A funder sees nobody: that the customer is at the second site, too, is not told by what would help there.
    let (_, none, text) = told("both").await;
    assert!(none, "{text}");
}

/// Ranks are told where they were compared, and where they are seen.
#[tokio::test(flavor = "multi_thread")]
async fn ranks_of_what_is_not_seen_are_not_told() {
    let (_served, channel) = regions().await;
    let request = asked("cp", "user.manage", "users/pam");
    for request in [request.clone(), on_behalf("cp", request)] {
        let told = explain(&channel, request).await.unwrap();
        assert_eq!(told.answer.unwrap().reason(), v1::Reason::NoManagementRight);
        assert_eq!(told.ranks, None);
    }
}
