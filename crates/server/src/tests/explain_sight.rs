//! ExplainAccess on behalf of somebody: nobody is told more than they may see.

use bailiwick_proto::v1;
use bailiwick_proto::v1::customer_service_client::CustomerServiceClient;
use bailiwick_proto::v1::load_item::Item;
use bailiwick_proto::v1::user_change::Change;
use tonic::Code;
use tonic::transport::Channel;

use super::explain::{asked, explain, on_behalf, serve_like, serve_scheme};
use super::two_sites::{accounts, give, two_sites};
use super::world::Served;
use super::writes::{load, placement, realm, reason, settle, unit, user};

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
    // So is what would help: by what is seen.
    assert!(!all.remedies.is_empty() && !seen.remedies.is_empty());
    assert!(!all.in_part && seen.in_part);
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

/// What would help is told by what is seen: the same, whatever else there is.
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
        (all.remedies, seen.remedies)
    };
    let (all, seen) = told("c1").await;
    assert_eq!(all, seen);
    // A funder sees nobody: that the customer is at the second site, too, is not told by what would help there.
    let (all, as_before) = told("both").await;
    assert!(all != as_before && as_before == seen, "{as_before:#?}");
}

/// What is answered to an actor is what it would be if there were only what the actor sees: another account and its own
/// record, placements, and what they show.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_seen_decides_nothing_that_is_told() {
    let (_served, channel) = serve_scheme("eto").await;
    let items = [
        placement("own", "n1"),
        placement("plain", "n1"),
        placement("both", "n1"),
        placement("both", "s1"),
        user("mara", "north", &[("funder", "north"), ("staff", "south")]),
        user("ina", "north", &[("intake", "north"), ("staff", "south")]),
    ];
    let items = two_sites().into_iter().chain(items).chain(accounts("own", &[("staff", "north")])).collect();
    load(&channel, items).await.unwrap();
    let told = async |actor: &str, subject: &str, customer: &str, classes: &[&str]| {
        let mut request = asked(subject, "customer.view", &format!("customers/{customer}"));
        request.record_classes = classes.iter().map(|&class| class.to_owned()).collect();
        if !actor.is_empty() {
            request = on_behalf(actor, request);
        }
        let told = explain(&channel, request).await.unwrap();
        v1::ExplainAccessResponse { token: Vec::new(), ..told }
    };
    for (subject, hidden, plain, classes) in [
        ("rex", "own", "plain", &[][..]),
        ("mara", "both", "plain", &[]),
        ("ina", "both", "plain", &[]),
        ("ina", "both", "plain", &["contacts"]),
    ] {
        let differ = told("", subject, hidden, classes).await != told("", subject, plain, classes).await;
        let [hidden, plain] =
            [told("noah", subject, hidden, classes).await, told("noah", subject, plain, classes).await];
        assert!(differ && hidden == plain, "{subject}: {hidden:#?} {plain:#?}");
    }
}

/// The rank of what is not seen of somebody is not found out by asking who manages them; one's own refusal tells it.
#[tokio::test(flavor = "multi_thread")]
async fn hidden_ranks_are_not_found_out() {
    let (_served, channel) =
        serve_like("eto", "shows_all_assignments = true", "shows_all_assignments = false").await;
    let items = [
        user("dot", "north", &[("program-manager", "north")]),
        user("pam", "north", &[("staff", "north"), ("department-head", "south")]),
        user("pat", "north", &[("staff", "north")]),
    ];
    load(&channel, two_sites().into_iter().chain(items).collect()).await.unwrap();
    let switch = Change::AmendAssignment(v1::AmendAssignment {
        assignment: "assignments/1".to_owned(),
        options: Some(v1::AssignmentOptions {
            user_management: v1::UserManagement::Manage.into(),
            ..Default::default()
        }),
        fields: vec!["user_management".to_owned()],
        ..Default::default()
    });
    give(&channel, "dot", switch).await;
    let answer = async |actor: &str, other: &str| {
        let request = asked("dot", "user.manage", &format!("users/{other}"));
        let request = if actor.is_empty() { request } else { on_behalf(actor, request) };
        explain(&channel, request).await.unwrap()
    };
    let reason = |told: &v1::ExplainAccessResponse| told.answer.as_ref().unwrap().reason();
    assert_eq!(reason(&answer("", "pam").await), v1::Reason::RankTooLow);
    let (pam, pat) = (answer("noah", "pam").await, answer("noah", "pat").await);
    assert_eq!((reason(&pam), reason(&pat)), (v1::Reason::Unspecified, v1::Reason::Unspecified));
    assert_eq!(pam.ranks, pat.ranks);
    assert!(pam.in_part && !pat.in_part);
    let own = answer("dot", "pam").await;
    assert_eq!(reason(&own), v1::Reason::RankTooLow);
    assert!(own.remedies.is_empty() && own.ranks.unwrap().other.unwrap().rank == 70);
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

/// Who sees everybody is told of the past what was: of another account, of placements that are over, of what has ended since.
#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_told_whole_to_who_sees_everything() {
    let (_served, channel) = serve_scheme("eto").await;
    let items = [
        placement("own", "n1"),
        placement("gone", "n1"),
        placement("there", "n1"),
        user("nora", "north", &[("staff", "north")]),
        user("stan", "north", &[("staff", "north")]),
    ];
    let items = two_sites().into_iter().chain(items).chain(accounts("own", &[("staff", "north")])).collect();
    let then = load(&channel, items).await.unwrap().revision;
    let (customer, unit) = ("customers/gone".to_owned(), "units/n1".to_owned());
    let place = v1::PlaceCustomerRequest {
        realm: realm(),
        customer: customer.clone(),
        unit: "units/s1".to_owned(),
        ..Default::default()
    };
    let mut customers = CustomerServiceClient::new(channel.clone());
    customers.place_customer(place).await.unwrap();
    let remove = v1::RemovePlacementRequest { realm: realm(), customer, unit, ..Default::default() };
    customers.remove_placement(remove).await.unwrap();
    let end = Change::EndAssignment(v1::EndAssignment {
        assignment: "assignments/1".to_owned(),
        ..Default::default()
    });
    give(&channel, "stan", end).await;
    for (subject, customer) in [("rex", "own"), ("nora", "gone"), ("stan", "there")] {
        let mut request = asked(subject, "customer.view", &format!("customers/{customer}"));
        let at = v1::freshness::Requirement::AtRevision(then);
        request.freshness = Some(v1::Freshness { requirement: Some(at) });
        let [all, seen] = [
            explain(&channel, request.clone()).await.unwrap(),
            explain(&channel, on_behalf("mona", request)).await.unwrap(),
        ];
        assert_eq!(seen, all, "{subject} {customer}");
    }
}

/// That a customer once was at a unit is told to who sees the customer today; and who was nowhere in sight is as one who was
/// not there.
#[tokio::test(flavor = "multi_thread")]
async fn the_past_of_who_is_not_seen_any_more_is_not_told() {
    let (_served, channel) = serve_scheme("eto").await;
    let nora = user("nora", "north", &[("staff", "north")]);
    let items = [placement("moved", "n1"), placement("both", "n1"), placement("came", "s1"), nora];
    let then = load(&channel, two_sites().into_iter().chain(items).collect()).await.unwrap().revision;
    let mut customers = CustomerServiceClient::new(channel.clone());
    let at = |customer: &str, unit: &str| (realm(), format!("customers/{customer}"), format!("units/{unit}"));
    for (who, to) in [("moved", "s1"), ("both", "s1"), ("came", "n1"), ("new", "n1")] {
        let (realm, customer, unit) = at(who, to);
        let place = v1::PlaceCustomerRequest { realm, customer, unit, ..Default::default() };
        customers.place_customer(place).await.unwrap();
    }
    let (realm, customer, unit) = at("moved", "n1");
    let remove = v1::RemovePlacementRequest { realm, customer, unit, ..Default::default() };
    customers.remove_placement(remove).await.unwrap();
    let told = async |actor: &str, customer: &str, unit: &str| {
        let requirement = Some(v1::freshness::Requirement::AtRevision(then));
        let request = v1::ExplainAccessRequest {
            unit: unit.to_owned(),
            freshness: Some(v1::Freshness { requirement }),
            ..on_behalf(actor, asked("nora", "customer.view", &format!("customers/{customer}")))
        };
        explain(&channel, request).await
    };
    let is_allowed =
        |told: v1::ExplainAccessResponse| told.answer.unwrap().decision() == v1::Decision::Allowed;
    for unit in ["units/n1", ""] {
        for customer in ["moved", "both"] {
            assert!(is_allowed(told("mona", customer, unit).await.unwrap()), "{customer}");
        }
        assert!(is_allowed(told("noah", "both", unit).await.unwrap()));
        for customer in ["moved", "came", "new", "nobody"] {
            let refused = told("noah", customer, unit).await.unwrap_err();
            let expected = (Code::NotFound, "UNKNOWN_CUSTOMER".to_owned());
            assert_eq!((refused.code(), reason(&refused)), expected, "{customer} {unit}");
        }
    }
}
