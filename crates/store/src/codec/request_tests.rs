//! A request is written whole and comes back; what was asked for goes where it is erased, and what was decided stays.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bailiwick_identity::{Field, Instant, RequestId, UnitId, UserId};
use bailiwick_membership::UserManagement;
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::RequestKind;
use bailiwick_realm::{
    Approval, AssignmentSpec, Content, Event, FieldChange, GrantSpec, Happened, ManageUser, NewUser,
    OptionsSpec, Patch, Request, Revision, ScopeSpec, Seat, Stage, Step, UserChange, WaitsFor,
};

use super::tests::{salts, state};
use super::{Names, decode, encode};

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap()
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn unit(id: &str) -> UnitId {
    UnitId::parse(id).unwrap()
}

/// Every option, each set, cleared or left as it is.
fn options() -> [OptionsSpec; 3] {
    let units = || Some(vec![unit("u1"), unit("u9")]);
    let set = OptionsSpec {
        scope: Some(ScopeSpec::Only(vec![unit("u5")])),
        default_unit: Patch::Set(unit("u5")),
        user_type: Patch::Set("Staff".to_owned()),
        user_management: Some(UserManagement::None),
        caseload_only: Some(false),
        exempt_units: units(),
        own_caseload_units: Some(Vec::new()),
        others_caseload_units: units(),
        starts_at: Patch::Set(at(5)),
        ends_at: Patch::Set(at(9)),
        note: Patch::Set(String::new()),
    };
    let cleared = OptionsSpec {
        scope: Some(ScopeSpec::All),
        default_unit: Patch::Clear,
        user_type: Patch::Clear,
        user_management: Some(UserManagement::Manage),
        starts_at: Patch::Clear,
        ends_at: Patch::Clear,
        note: Patch::Clear,
        ..OptionsSpec::default()
    };
    [OptionsSpec::default(), set, cleared]
}

/// Every change that a request may ask for.
fn changes() -> Vec<UserChange> {
    let grant = || GrantSpec {
        system: "verint".to_owned(),
        starts_at: Some(at(4)),
        ends_at: None,
        reason: Some("why".to_owned()),
    };
    let system = || "sas".to_owned();
    let new = NewUser {
        home: unit("u3"),
        username: None,
        fields: BTreeMap::from([(Field::Email, "a@b.org".to_owned()), (Field::Zip, "60601".to_owned())]),
        external_ids: BTreeMap::from([("staff-number".to_owned(), "17".to_owned())]),
    };
    let fields = vec![
        FieldChange::Field(Field::LastName, Some("New".to_owned())),
        FieldChange::ExternalId("payroll".to_owned(), Some("9".to_owned())),
        FieldChange::Field(Field::Pager, None),
        FieldChange::ExternalId("staff-number".to_owned(), None),
    ];
    let mut changes = vec![
        UserChange::Create(new),
        UserChange::UpdateProfile(fields),
        UserChange::End { number: 3, at: None },
        UserChange::End { number: 3, at: Some(at(8)) },
        UserChange::Remove { number: 4 },
        UserChange::Suspend { number: 5, from: Some(at(1)), until: None },
        UserChange::Reinstate { number: 6 },
        UserChange::SuspendAt { unit: unit("u9") },
        UserChange::Disable,
        UserChange::Enable,
        UserChange::SetHome(unit("u1")),
        UserChange::SetReportingRole(None),
        UserChange::SetReportingRole(Some("region".to_owned())),
        UserChange::Grant(grant()),
        UserChange::AmendGrant(grant()),
        UserChange::SuspendGrant { system: system(), from: None, until: Some(at(3)) },
        UserChange::ReinstateGrant { system: system() },
        UserChange::EndGrant { system: system(), at: Some(at(2)) },
    ];
    for options in options() {
        let role = "staff".to_owned();
        changes.push(UserChange::Amend { number: 2, role: Some(role.clone()), options: options.clone() });
        changes.push(UserChange::Amend { number: 2, role: None, options: options.clone() });
        let seat = if options.scope.is_none() { Seat::There } else { Seat::LowestAvailable };
        changes.push(UserChange::Assign(AssignmentSpec { unit: unit("u5"), seat, role, options }));
    }
    changes
}

fn content(kind: RequestKind) -> Content {
    let person = |id: &str, changes| ManageUser { user: user(id), etag: None, handles: Vec::new(), changes };
    Content {
        kind,
        people: vec![person("z", changes()), person("nobody-yet", vec![UserChange::Enable])],
        wanted_at: Some(at(77)),
        lasts: Some(Duration::from_secs(86_400)),
        fields: BTreeMap::from([("further-information".to_owned(), "who, and why".to_owned())]),
        confirmed: BTreeSet::from(["criteria-met".to_owned()]),
        note: Some("a note".to_owned()),
        nonce: [8; 16],
    }
}

/// A request at every stage, of every kind, to which everything has happened.
fn requests() -> Vec<Request> {
    let stages = [
        Stage::Draft,
        Stage::Submitted { expires_at: at(100) },
        Stage::Approved { effect_at: at(50), due_at: None },
        Stage::Approved { effect_at: at(50), due_at: Some(at(60)) },
        Stage::Fulfilled,
        Stage::Rejected,
        Stage::Withdrawn,
        Stage::Expired,
        Stage::Failed(Reason::RankTooLow),
    ];
    let kinds = [
        RequestKind::SetUp,
        RequestKind::Amend,
        RequestKind::Remove,
        RequestKind::Suspend,
        RequestKind::Reinstate,
    ];
    let happened = [
        Happened::Drafted,
        Happened::Edited,
        Happened::Submitted,
        Happened::Approved,
        Happened::Rejected,
        Happened::Withdrawn,
        Happened::Expired,
        Happened::CarriedOut,
        Happened::Fulfilled,
        Happened::Failed,
    ];
    let steps = happened.into_iter().zip(1_i64..).map(|(what, n)| Step {
        what,
        by: (n % 2 == 0).then(|| user("m")),
        at: at(n),
        revision: Revision(n.unsigned_abs()),
        why: (n % 3 == 0).then(|| format!("reason {n}")),
    });
    let steps: Vec<Step> = steps.collect();
    let request = |(stage, kind)| Request {
        id: RequestId::parse("r-1").unwrap(),
        author: Some(user("m")),
        copy_of: RequestId::parse("r-0").ok(),
        content: content(kind),
        found: BTreeSet::from([user("z")]),
        stage,
        approvals: vec![Approval { by: user("a"), at: at(6), content: [9; 32] }],
        carried_out: BTreeMap::from([("desk".to_owned(), None), ("other".to_owned(), Some(user("z")))]),
        waits_for: WaitsFor {
            units: BTreeSet::from([unit("u1"), unit("u5")]),
            systems: BTreeSet::from(["sas".to_owned()]),
            desks: BTreeSet::from(["desk".to_owned()]),
        },
        steps: steps.clone(),
    };
    let mut requests: Vec<Request> = stages.into_iter().zip(kinds.into_iter().cycle()).map(request).collect();
    requests.extend(requests.first().cloned().map(|request| Request {
        author: None,
        copy_of: None,
        approvals: Vec::new(),
        carried_out: BTreeMap::new(),
        ..request
    }));
    requests
}

#[test]
fn a_request_comes_back_as_it_was_written() {
    let state = state("cmg-2012");
    let names = Names::of(&state);
    for request in requests() {
        let stored = encode(&Event::Request(Box::new(request.clone())), &names, salts).unwrap();
        let Event::Request(read) = decode(&stored, &names).unwrap() else { panic!("another event") };
        assert_eq!(*read, request);
        let again = encode(&Event::Request(read), &names, salts).unwrap();
        assert_eq!(stored, again, "the same event is the same bytes");
    }
}

#[test]
fn what_was_asked_for_is_erased_and_what_was_decided_stays() {
    let state = state("cmg-2012");
    let names = Names::of(&state);
    for request in requests() {
        let mut stored = encode(&Event::Request(Box::new(request.clone())), &names, salts).unwrap();
        // Nothing that was written in it stands in what is hashed.
        let body = String::from_utf8_lossy(&stored.body).into_owned();
        for personal in ["a@b.org", "who, and why", "a note", "reason 3", "60601", "verint"] {
            assert!(!body.contains(personal), "{personal}");
        }
        stored.personal = None;
        let Event::Request(read) = decode(&stored, &names).unwrap() else { panic!("another event") };
        assert_eq!(
            (read.stage, &read.approvals, &read.author),
            (request.stage, &request.approvals, &request.author)
        );
        assert!(read.content.subjects().eq(request.content.subjects()));
        assert!(read.content.people.iter().all(|person| person.changes.is_empty()));
        assert!(read.content.note.is_none() && read.steps.iter().all(|step| step.why.is_none()));
        assert_eq!(read.steps.len(), request.steps.len());
    }
}

#[test]
fn what_no_request_asks_for_is_not_written() {
    let state = state("cmg-2012");
    let names = Names::of(&state);
    for change in
        [UserChange::SetClearance(true), UserChange::SetOwnRecord(None), UserChange::SetSamePerson(None)]
    {
        let mut request = requests().remove(0);
        request.content.people[0].changes = vec![change];
        assert!(encode(&Event::Request(Box::new(request)), &names, salts).is_err());
    }
}
