//! What is asked for is told as it was asked for, and what is told can be asked for again.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Instant, RequestId, UserId};
use bailiwick_proto::parse::{PhoneCountry, RequestWrite, Violations, Write, create_request};
use bailiwick_proto::render::{RequestView, request};
use bailiwick_proto::v1::{self, user_change::Change};
use bailiwick_realm::{Body, Content, Request, RequestCommand, Stage, WaitsFor};
use prost_types::Timestamp;

fn write(content: v1::RequestContent) -> Result<Write, Violations> {
    let asked = v1::CreateRequestRequest {
        realm: "realms/r".to_owned(),
        actor: "users/a".to_owned(),
        content: Some(content),
        ..Default::default()
    };
    let beside = RequestWrite {
        read: Vec::new(),
        fresh: RequestId::parse("r").unwrap(),
        fresh_user: || UserId::parse("fresh").ok(),
        nonce: [4; 16],
        country: PhoneCountry::default(),
        handles: Vec::new(),
    };
    create_request(asked, beside)
}

fn read(content: v1::RequestContent) -> Content {
    let write = write(content).unwrap();
    let Body::Request(what) = write.body else { panic!("no request") };
    let RequestCommand::Create { content, .. } = *what else { panic!("nothing drafted") };
    content
}

fn asked(content: &Content) -> Request {
    Request {
        id: RequestId::parse("r").unwrap(),
        author: None,
        copy_of: None,
        content: content.clone(),
        found: BTreeSet::new(),
        stage: Stage::Draft,
        approvals: Vec::new(),
        carried_out: BTreeMap::new(),
        waits_for: WaitsFor::default(),
        steps: Vec::new(),
    }
}

fn tell(content: &Content) -> v1::RequestContent {
    let asked = asked(content);
    let view = RequestView { request: &asked, digest: [1; 32], part_of: None, now: Instant::MIN };
    request(&view).content.unwrap()
}

/// Every change that a request may ask for, with everything that may be said in it.
fn changes() -> Vec<Change> {
    let at = |seconds| Some(Timestamp { seconds, nanos: 1_000 });
    let assignment = || "assignments/3".to_owned();
    let system = || "systems/verint".to_owned();
    let options = v1::AssignmentOptions {
        scope: Some(v1::assignment_options::Scope::Only(v1::OnlyUnits {
            units: vec!["units/p".to_owned(), "units/q".to_owned()],
        })),
        default_unit: "units/p".to_owned(),
        user_type: "K-12".to_owned(),
        user_management: v1::UserManagement::View.into(),
        caseload_only: true,
        exempt_units: vec!["units/p".to_owned()],
        own_caseload_units: vec!["units/q".to_owned()],
        others_caseload_units: vec!["units/r".to_owned()],
        starts_at: at(5),
        ends_at: at(9),
        note: "why".to_owned(),
    };
    let assign = |options: Option<v1::AssignmentOptions>, lowest_available| {
        let (unit, role) = ("units/s".to_owned(), "staff".to_owned());
        Change::Assign(v1::Assign { unit, role, options, lowest_available })
    };
    let amend = |role: &str, options: v1::AssignmentOptions, fields: &[&str]| {
        let fields = fields.iter().map(|&field| field.to_owned()).collect();
        let (assignment, role) = (assignment(), role.to_owned());
        Change::AmendAssignment(v1::AmendAssignment { assignment, role, options: Some(options), fields })
    };
    let names = [
        "scope",
        "default_unit",
        "user_type",
        "user_management",
        "caseload_only",
        "exempt_units",
        "own_caseload_units",
        "others_caseload_units",
        "starts_at",
        "ends_at",
        "note",
    ];
    let profile = v1::Profile {
        first_name: "Joe".to_owned(),
        email: "joe@example.org".to_owned(),
        line_manager: "users/boss".to_owned(),
        external_ids: BTreeMap::from([("staff-number".to_owned(), "7".to_owned())]),
        ..Default::default()
    };
    let grant = || v1::GrantSystem {
        system: system(),
        starts_at: at(1),
        ends_at: at(2),
        reason: "needed".to_owned(),
    };
    let v1::GrantSystem { system: of, starts_at, ends_at, reason } = grant();
    vec![
        Change::Create(v1::CreateUser {
            home_unit: "units/s".to_owned(),
            profile: Some(profile),
            username: String::new(),
        }),
        assign(Some(options.clone()), false),
        assign(None, true),
        amend("manager", v1::AssignmentOptions::default(), &[]),
        amend("", options, &names),
        // Named and empty: cleared.
        amend("", v1::AssignmentOptions::default(), &["ends_at", "note", "exempt_units", "caseload_only"]),
        Change::EndAssignment(v1::EndAssignment { assignment: assignment(), at: at(7) }),
        Change::RemoveAssignment(v1::RemoveAssignment { assignment: assignment() }),
        Change::SuspendAssignment(v1::SuspendAssignment {
            assignment: assignment(),
            starts_at: at(1),
            ends_at: at(3),
        }),
        Change::ReinstateAssignment(v1::ReinstateAssignment { assignment: assignment() }),
        Change::SuspendAtUnit(v1::SuspendAtUnit { unit: "units/s".to_owned() }),
        Change::Disable(v1::DisableUser {}),
        Change::Enable(v1::EnableUser {}),
        Change::SetHomeUnit(v1::SetHomeUnit { home_unit: "units/s".to_owned() }),
        Change::SetReportingRole(v1::SetReportingRole { reporting_role: "site".to_owned() }),
        Change::SetReportingRole(v1::SetReportingRole::default()),
        Change::GrantSystem(grant()),
        Change::AmendGrant(v1::AmendGrant { system: of, starts_at, ends_at, reason }),
        Change::SuspendGrant(v1::SuspendGrant { system: system(), starts_at: at(1), ends_at: None }),
        Change::ReinstateGrant(v1::ReinstateGrant { system: system() }),
        Change::EndGrant(v1::EndGrant { system: system(), at: at(8) }),
    ]
}

#[test]
fn what_is_told_asks_for_the_same() {
    let kinds = [
        v1::RequestKind::SetUp,
        v1::RequestKind::Amend,
        v1::RequestKind::Remove,
        v1::RequestKind::Suspend,
        v1::RequestKind::Reinstate,
    ];
    for kind in kinds {
        let changes = changes().into_iter().map(|change| v1::UserChange { change: Some(change) });
        let people = vec![
            v1::RequestedUser { user: "users/b".to_owned(), changes: changes.collect(), handles: Vec::new() },
            v1::RequestedUser {
                user: "users/c".to_owned(),
                changes: vec![v1::UserChange { change: Some(Change::Enable(v1::EnableUser {})) }],
                handles: Vec::new(),
            },
        ];
        let asked = read(v1::RequestContent {
            kind: kind.into(),
            users: people,
            wanted_at: Some(Timestamp { seconds: 77, nanos: 5_000 }),
            lasts: Some(prost_types::Duration { seconds: 86_400, nanos: 7_000 }),
            fields: BTreeMap::from([("further-information".to_owned(), "none".to_owned())]),
            confirmed: vec!["criteria-met".to_owned()],
            note: "because".to_owned(),
        });
        assert_eq!(asked.people[0].changes.len(), 21);
        assert_eq!(read(tell(&asked)), asked);
    }
}

#[test]
fn a_form_is_for_a_hundred_people_at_most() {
    let asked = |people: usize| {
        let users = (0..people).map(|n| v1::RequestedUser {
            user: format!("users/u{n}"),
            changes: vec![v1::UserChange { change: Some(Change::Disable(v1::DisableUser {})) }],
            handles: Vec::new(),
        });
        let kind = v1::RequestKind::Remove.into();
        v1::RequestContent { kind, users: users.collect(), ..Default::default() }
    };
    assert_eq!(read(asked(100)).people.len(), 100);
    let Err(Violations(wrong)) = write(asked(101)) else { panic!("too many") };
    assert_eq!(wrong[0].field, "content.users");
}

#[test]
fn what_the_desk_has_not_done_in_time_is_overdue() {
    let due_at = Instant::from_micros(3 * 86_400_000_000).unwrap();
    let told = |stage: Stage, now: i64| {
        let mut asked = asked(&read(v1::RequestContent {
            kind: v1::RequestKind::Remove.into(),
            users: vec![v1::RequestedUser {
                user: "users/b".to_owned(),
                changes: vec![v1::UserChange { change: Some(Change::Disable(v1::DisableUser {})) }],
                handles: Vec::new(),
            }],
            ..Default::default()
        }));
        asked.stage = stage;
        let now = Instant::from_micros(due_at.as_micros() + now).unwrap();
        request(&RequestView { request: &asked, digest: [1; 32], part_of: None, now })
    };
    let approved = Stage::Approved { effect_at: Instant::MIN, due_at: Some(due_at) };
    assert!(!told(approved, -1).overdue);
    assert!(told(approved, 0).overdue);
    assert!(!told(Stage::Fulfilled, 1).overdue);
}
