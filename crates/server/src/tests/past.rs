//! Questions about the past: what was answered once is answered again, whatever has happened since.

use std::time::{Duration, SystemTime};

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::customer_service_client::CustomerServiceClient;
use bailiwick_proto::v1::freshness::Requirement;
use bailiwick_proto::v1::load_item::Item;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_proto::v1::unit_service_client::UnitServiceClient;
use bailiwick_proto::v1::user_change::Change;
use prost_types::Timestamp;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::explain::{change, serve_scheme};
use super::explain_sight::regions;
use super::lists::settled;
use super::world::Served;
use super::writes::{load, placement, realm, reason, settle, unit, user};

const SUBJECTS: [&str; 6] = ["boss", "nora", "stan", "bo", "twin", "late"];
const QUESTIONS: [(&str, &str); 9] = [
    ("customer.view", "customers/c1"),
    ("customer.view", "customers/c5"),
    ("demographics.edit", "customers/c2"),
    ("customer.find", "units/n1"),
    ("site.configure", "units/south"),
    ("results.view", "units/north"),
    ("user.manage", "users/stan"),
    ("user.view", "users/late"),
    ("user.manage", "users/twin"),
];

/// One state, as it was answered from when it was new.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    answers: Vec<v1::CheckAccessResponse>,
    explained: Vec<v1::ExplainAccessResponse>,
    summaries: Vec<Option<v1::SummarizeAccessResponse>>,
}

fn freshness(requirement: Option<Requirement>) -> Option<v1::Freshness> {
    requirement.map(|requirement| v1::Freshness { requirement: Some(requirement) })
}

/// Everything that is asked, of the newest state or of a past one.
async fn ask(channel: &Channel, requirement: Option<Requirement>) -> Result<Seen, Status> {
    let mut access = AccessServiceClient::new(channel.clone());
    let mut seen = Seen { answers: Vec::new(), explained: Vec::new(), summaries: Vec::new() };
    for subject in SUBJECTS {
        let name = format!("users/{subject}");
        for (capability, resource) in QUESTIONS {
            let request = v1::CheckAccessRequest {
                realm: realm(),
                subject: name.clone(),
                capability: capability.to_owned(),
                resource: resource.to_owned(),
                freshness: freshness(requirement.clone()),
                ..Default::default()
            };
            let mut answer = access.check_access(request).await?.into_inner();
            // When it was asked decides what is still to come.
            answer.valid_until = None;
            seen.answers.push(answer);
            let request = v1::ExplainAccessRequest {
                realm: realm(),
                subject: name.clone(),
                capability: capability.to_owned(),
                resource: resource.to_owned(),
                freshness: freshness(requirement.clone()),
                ..Default::default()
            };
            let mut explained = access.explain_access(request).await?.into_inner();
            // Of the past nothing can be changed.
            explained.remedies.clear();
            explained.answer.as_mut().unwrap().valid_until = None;
            seen.explained.push(explained);
        }
        let request = v1::SummarizeAccessRequest {
            realm: realm(),
            user: name,
            actor: String::new(),
            freshness: freshness(requirement.clone()),
        };
        seen.summaries.push(match access.summarize_access(request).await {
            Ok(summary) => Some(of_then(summary.into_inner())),
            Err(status) if status.code() == Code::NotFound => None,
            Err(status) => return Err(status),
        });
    }
    Ok(seen)
}

/// What of a summary is about then, not about today.
fn of_then(mut summary: v1::SummarizeAccessResponse) -> v1::SummarizeAccessResponse {
    (summary.seen, summary.managed) = (None, None);
    if let Some(user) = &mut summary.user {
        (user.management, user.management_reason) = (0, 0);
    }
    summary
}

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

async fn manage(channel: &Channel, user: &str, made: Change) {
    change(channel, &format!("users/{user}"), v1::UserChange { change: Some(made) }).await.unwrap();
}

fn assignment(number: u32) -> String {
    format!("assignments/{number}")
}

/// A realm in which as much has happened as can: after each step, what was seen, at which revision and until when.
async fn history() -> (Served, Channel, Vec<(u64, Timestamp, Seen)>) {
    let (served, channel) = serve_scheme("eto").await;
    settle(&channel).await;
    let items = vec![
        unit("units/n2", "program", &["units/north"]),
        user("bo", "north", &[("staff", "north")]),
        user("twin", "south", &[("staff", "south")]),
        placement("c2", "n2"),
    ];
    load(&channel, items).await.unwrap();
    let mut steps = Vec::new();
    for step in 0..STEPS {
        do_step(&channel, step).await;
        let seen = ask(&channel, None).await.unwrap();
        steps.push((seen.explained[0].revision, now(), seen));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    (served, channel, steps)
}

const STEPS: usize = 18;

async fn do_step(channel: &Channel, step: usize) {
    let mut units = UnitServiceClient::new(channel.clone());
    let mut customers = CustomerServiceClient::new(channel.clone());
    let own = |customer: &str| Change::SetOwnRecord(v1::SetOwnRecord { customer: customer.to_owned() });
    let same = |other: &str| Change::SetSamePerson(v1::SetSamePerson { other: other.to_owned() });
    let amend = |options: v1::AssignmentOptions, field: &str| {
        let fields = vec![field.to_owned()];
        let (assignment, options) = (assignment(1), Some(options));
        Change::AmendAssignment(v1::AmendAssignment { assignment, role: String::new(), options, fields })
    };
    let at = |customer: &str, unit: &str| (format!("customers/{customer}"), format!("units/{unit}"));
    match step {
        0 => {}
        1 => {
            let suspend = v1::SuspendAssignment { assignment: assignment(1), ..Default::default() };
            manage(channel, "stan", Change::SuspendAssignment(suspend)).await;
        }
        2 => {
            let reinstate = v1::ReinstateAssignment { assignment: assignment(1) };
            manage(channel, "stan", Change::ReinstateAssignment(reinstate)).await;
        }
        3 => {
            let options = v1::AssignmentOptions { caseload_only: true, ..Default::default() };
            manage(channel, "bo", amend(options, "caseload_only")).await;
        }
        4 => {
            let (customer, unit) = at("c1", "n1");
            let add = vec![v1::CaseloadEntry { unit, customer }];
            let user = "users/bo".to_owned();
            let update = v1::UpdateCaseloadRequest { realm: realm(), user, add, ..Default::default() };
            customers.update_caseload(update).await.unwrap();
        }
        5 => {
            let (customer, unit) = at("c1", "n1");
            let dismiss = v1::DismissCustomerRequest { realm: realm(), customer, unit, ..Default::default() };
            customers.dismiss_customer(dismiss).await.unwrap();
        }
        6 => {
            let (customer, unit) = at("c5", "south");
            let place = v1::PlaceCustomerRequest { realm: realm(), customer, unit, ..Default::default() };
            customers.place_customer(place).await.unwrap();
        }
        7 => manage(channel, "twin", own("customers/c5")).await,
        8 => manage(channel, "bo", same("users/twin")).await,
        9 => manage(channel, "twin", own("")).await,
        10 => manage(channel, "bo", same("")).await,
        11 => {
            let unit = "units/n2".to_owned();
            units
                .archive_unit(v1::ArchiveUnitRequest { realm: realm(), unit, ..Default::default() })
                .await
                .unwrap();
        }
        12 => {
            let move_to = v1::MoveUnitRequest {
                realm: realm(),
                unit: "units/n1".to_owned(),
                parents: vec!["units/south".to_owned()],
                ..Default::default()
            };
            units.move_unit(move_to).await.unwrap();
        }
        13 => {
            let Item::User(late) = user("late", "north", &[("staff", "north")]) else { panic!("a user") };
            load(channel, vec![Item::User(late)]).await.unwrap();
        }
        14 => {
            let reporting_role = "all-sites".to_owned();
            let set = Change::SetReportingRole(v1::SetReportingRole { reporting_role });
            manage(channel, "stan", set).await;
        }
        15 => put_scheme(channel).await,
        16 => manage(channel, "nora", Change::Disable(v1::DisableUser {})).await,
        _ => {
            let unit = "units/n2".to_owned();
            units
                .restore_unit(v1::RestoreUnitRequest { realm: realm(), unit, ..Default::default() })
                .await
                .unwrap();
        }
    }
}

/// From then on staff edit no demographics.
async fn put_scheme(channel: &Channel) {
    let mut realms = RealmServiceClient::new(channel.clone());
    let request = v1::GetSchemeRequest { realm: realm() };
    let scheme = realms.get_scheme(request).await.unwrap().into_inner().scheme.unwrap();
    let line = "{ name = \"demographics.edit\", classes = [\"demographics\"] },";
    assert!(scheme.toml.contains(line));
    let put =
        v1::PutSchemeRequest { realm: realm(), toml: scheme.toml.replace(line, ""), ..Default::default() };
    realms.put_scheme(put).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_once_is_answered_again() {
    let (_served, channel, steps) = history().await;
    let revisions: Vec<u64> = steps.iter().map(|(revision, ..)| *revision).collect();
    assert!(revisions.windows(2).all(|pair| pair[0] < pair[1]), "{revisions:?}");
    for (step, (revision, at, seen)) in steps.iter().enumerate() {
        let by_revision = ask(&channel, Some(Requirement::AtRevision(*revision))).await.unwrap();
        assert_same(step, &by_revision, seen);
        if step % 4 == 0 {
            let by_time = ask(&channel, Some(Requirement::AtTime(*at))).await.unwrap();
            assert_same(step, &by_time, seen);
        }
    }
    // Something was different after every step.
    let told =
        |seen: &Seen| (seen.answers.iter().map(|a| a.decision).collect::<Vec<_>>(), seen.summaries.clone());
    for pair in steps.windows(2) {
        assert_ne!(told(&pair[0].2), told(&pair[1].2), "at {}", pair[1].0);
    }
}

fn assert_same(step: usize, past: &Seen, seen: &Seen) {
    for (number, (past, seen)) in past.answers.iter().zip(&seen.answers).enumerate() {
        let asked = (SUBJECTS[number / QUESTIONS.len()], QUESTIONS[number % QUESTIONS.len()]);
        assert_eq!(past, seen, "step {step}: {asked:?}");
    }
    for (past, seen) in past.explained.iter().zip(&seen.explained) {
        assert_eq!(past, seen, "step {step}");
    }
    for (subject, (past, seen)) in SUBJECTS.iter().zip(past.summaries.iter().zip(&seen.summaries)) {
        assert_eq!(past, seen, "step {step}: {subject}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_in_the_log_is_out_of_range() {
    let (_served, channel) = settled().await;
    let newest = ask(&channel, None).await.unwrap().explained[0].revision;
    let refused = async |requirement| {
        let status = ask(&channel, Some(requirement)).await.unwrap_err();
        assert_eq!((status.code(), reason(&status)), (Code::OutOfRange, "NOT_IN_LOG".to_owned()));
        status.get_details_error_info().unwrap().metadata
    };
    let before = Timestamp { seconds: 1_000_000_000, nanos: 0 };
    for requirement in
        [Requirement::AtRevision(0), Requirement::AtRevision(newest + 1), Requirement::AtTime(before)]
    {
        let range = refused(requirement).await;
        assert_eq!(
            (range["first_revision"].as_str(), range["last_revision"].clone()),
            ("1", newest.to_string())
        );
        assert!(range["first_time"].as_str() <= range["last_time"].as_str());
    }
}

/// An instant to come is answered from the newest state: who will have access if nobody changes anything.
#[tokio::test(flavor = "multi_thread")]
async fn an_instant_to_come_is_answered_from_the_newest_state() {
    let (_served, channel) = settled().await;
    let later = Timestamp { seconds: 4_000_000_000, nanos: 0 };
    let suspend = v1::EndAssignment { assignment: assignment(1), at: Some(later) };
    manage(&channel, "stan", Change::EndAssignment(suspend)).await;
    let decision = async |at: Option<Timestamp>| {
        let request = v1::CheckAccessRequest {
            realm: realm(),
            subject: "users/stan".to_owned(),
            capability: "customer.view".to_owned(),
            resource: "customers/c1".to_owned(),
            freshness: freshness(at.map(Requirement::AtTime)),
            ..Default::default()
        };
        AccessServiceClient::new(channel.clone()).check_access(request).await.unwrap().into_inner().decision()
    };
    let just_before = Timestamp { seconds: later.seconds - 1, ..later };
    assert_eq!(decision(None).await, v1::Decision::Allowed);
    assert_eq!(decision(Some(just_before)).await, v1::Decision::Allowed);
    assert_eq!(decision(Some(later)).await, v1::Decision::Denied);
}

/// Whoever reads, reads with the rights of today: what they do not see now they did not see then.
#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_shown_by_the_rights_of_today() {
    let (_served, channel) = regions().await;
    let explain = async |actor: &str, revision| {
        let request = v1::ExplainAccessRequest {
            realm: realm(),
            actor: format!("users/{actor}"),
            subject: "users/pam".to_owned(),
            capability: "customer.view".to_owned(),
            resource: "customers/k1".to_owned(),
            freshness: freshness(Some(Requirement::AtRevision(revision))),
            ..Default::default()
        };
        let mut access = AccessServiceClient::new(channel.clone());
        access.explain_access(request).await.map(tonic::Response::into_inner)
    };
    let summary = async |actor: &str, revision| {
        let request = v1::SummarizeAccessRequest {
            realm: realm(),
            user: "users/pam".to_owned(),
            actor: format!("users/{actor}"),
            freshness: freshness(Some(Requirement::AtRevision(revision))),
        };
        let mut access = AccessServiceClient::new(channel.clone());
        access.summarize_access(request).await.map(tonic::Response::into_inner)
    };
    let then = explain("cp", 2).await.unwrap();
    assert_eq!((then.attempts.len(), then.other_assignments, then.remedies.len()), (1, 1, 0));
    assert!(!format!("{then:?}").contains("dupage"));
    let told = summary("cp", 2).await.unwrap();
    assert_eq!((told.access.len(), told.user.as_ref().unwrap().other_assignments), (1, 1));
    assert!(!format!("{told:?}").contains("dupage"));
    // Who asks is known before whom they ask about.
    assert_eq!(summary("nobody", 2).await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(explain("nobody", 2).await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(summary("nobody", 1).await.unwrap_err().code(), Code::PermissionDenied);
    // Another career planner takes the place: the one before sees nothing, of the past neither.
    let end = v1::EndAssignment { assignment: assignment(1), at: None };
    manage(&channel, "cp", Change::EndAssignment(end)).await;
    assert_eq!(explain("cp", 2).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(summary("cp", 2).await.unwrap_err().code(), Code::NotFound);
    // Whoever has left the region is nobody to it, of the past neither.
    let people = [("cp2", "career-planner"), ("paul", "partner")].map(|(name, role)| {
        let Item::User(mut person) =
            user(name, "cook", &[(role, if role == "partner" { "a" } else { "cook" })])
        else {
            panic!("a user")
        };
        person.profile.as_mut().unwrap().location = "District 99".to_owned();
        if role == "partner" {
            person.assignments[0].options.as_mut().unwrap().user_type = "K-12".to_owned();
        }
        Item::User(person)
    });
    load(&channel, people.into()).await.unwrap();
    assert!(explain("cp2", 2).await.is_ok());
    let end = v1::RemoveAssignment { assignment: assignment(1) };
    manage(&channel, "pam", Change::RemoveAssignment(end)).await;
    assert_eq!(explain("cp2", 2).await.unwrap_err().code(), Code::NotFound);
}
