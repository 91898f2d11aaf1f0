//! Commands, read from messages.

use bailiwick_identity::UserId;
use bailiwick_realm::{Body, Patch, ScopeSpec, UserChange};

use super::{Mode, PhoneCountry, manage_user};
use crate::v1::{self, user_change::Change};

fn fresh() -> UserId {
    UserId::parse("fresh").unwrap()
}

fn command(changes: Vec<Change>) -> v1::ManageUserRequest {
    v1::ManageUserRequest {
        realm: "realms/eto".to_owned(),
        actor: "users/a".to_owned(),
        user: "users/b".to_owned(),
        changes: changes.into_iter().map(|change| v1::UserChange { change: Some(change) }).collect(),
        ..v1::ManageUserRequest::default()
    }
}

fn fields(request: v1::ManageUserRequest) -> Vec<String> {
    manage_user(request, fresh(), PhoneCountry::default(), Vec::new())
        .unwrap_err()
        .0
        .into_iter()
        .map(|violation| violation.field)
        .collect()
}

fn changes(request: v1::ManageUserRequest) -> Vec<UserChange> {
    let Body::ManageUser(manage) =
        manage_user(request, fresh(), PhoneCountry::default(), Vec::new()).unwrap().body
    else {
        panic!("not a ManageUser")
    };
    manage.changes
}

#[test]
fn every_fault_is_told_at_once() {
    let mut request = command(vec![
        Change::Assign(v1::Assign {
            unit: "site".to_owned(),
            role: String::new(),
            options: None,
            ..Default::default()
        }),
        Change::EndAssignment(v1::EndAssignment { assignment: "assignments/x".to_owned(), at: None }),
    ]);
    request.realm = "eto".to_owned();
    request.request_id = "x".repeat(129);
    assert_eq!(
        fields(request),
        [
            "changes[0].assign.unit",
            "changes[0].assign.role",
            "changes[1].end_assignment.assignment",
            "realm",
            "request_id"
        ]
    );
}

#[test]
fn a_user_is_named_unless_it_is_created() {
    let mut request = command(vec![Change::Disable(v1::DisableUser {})]);
    request.user = String::new();
    assert_eq!(fields(request), ["user"]);

    let create = v1::CreateUser { home_unit: "units/e".to_owned(), ..v1::CreateUser::default() };
    let mut request = command(vec![Change::Create(create.clone())]);
    request.user = String::new();
    let write = manage_user(request, fresh(), PhoneCountry::default(), Vec::new()).unwrap();
    assert_eq!(write.mode, Mode::Commit);
    assert!(matches!(write.body, Body::ManageUser(manage) if manage.user == fresh()));

    let late = command(vec![Change::Disable(v1::DisableUser {}), Change::Create(create)]);
    assert_eq!(fields(late), ["changes[1].create"]);
}

#[test]
fn an_empty_scope_is_not_all() {
    let assign = |scope| {
        let options = v1::AssignmentOptions { scope, ..v1::AssignmentOptions::default() };
        let assign = v1::Assign {
            unit: "units/s".to_owned(),
            role: "staff".to_owned(),
            options: Some(options),
            ..Default::default()
        };
        let UserChange::Assign(spec) = changes(command(vec![Change::Assign(assign)])).remove(0) else {
            panic!("not an Assign")
        };
        spec.options.scope
    };
    use v1::assignment_options::Scope;
    assert_eq!(assign(None), None);
    assert_eq!(assign(Some(Scope::All(v1::AllUnits {}))), Some(ScopeSpec::All));
    assert_eq!(assign(Some(Scope::Only(v1::OnlyUnits { units: vec![] }))), Some(ScopeSpec::Only(vec![])));
}

#[test]
fn an_amendment_takes_what_it_names() {
    let amend = |options, fields: &[&str]| v1::AmendAssignment {
        assignment: "assignments/3".to_owned(),
        role: String::new(),
        options: Some(options),
        fields: fields.iter().map(|&field| field.to_owned()).collect(),
    };
    let options = v1::AssignmentOptions { note: "why".to_owned(), ..v1::AssignmentOptions::default() };
    let taken = changes(command(vec![Change::AmendAssignment(amend(options.clone(), &["note", "ends_at"]))]));
    let Some(UserChange::Amend { number: 3, role: None, options: spec }) = taken.first() else {
        panic!("{taken:?}")
    };
    assert_eq!(spec.note, Patch::Set("why".to_owned()));
    assert_eq!(spec.ends_at, Patch::Clear);
    assert_eq!(spec.starts_at, Patch::Keep);
    assert_eq!(spec.caseload_only, None);

    assert_eq!(
        fields(command(vec![Change::AmendAssignment(amend(options, &["ends_at"]))])),
        ["changes[0].amend_assignment.options.note"]
    );
    assert_eq!(
        fields(command(vec![Change::AmendAssignment(amend(v1::AssignmentOptions::default(), &["state"]))])),
        ["changes[0].amend_assignment.fields[0]"]
    );
}

#[test]
fn faults_of_a_profile_do_not_repeat_its_values() {
    let profile = v1::Profile { email: "secret value".to_owned(), ..v1::Profile::default() };
    let update = v1::UpdateProfile { profile: Some(profile), fields: vec!["email".to_owned()] };
    let fault = manage_user(
        command(vec![Change::UpdateProfile(update)]),
        fresh(),
        PhoneCountry::default(),
        Vec::new(),
    )
    .unwrap_err();
    assert!(!fault.to_string().contains("secret"), "{fault}");
}

#[test]
fn a_field_is_named_once() {
    let profile = v1::Profile { pager: "+13125550193".to_owned(), ..v1::Profile::default() };
    let twice = vec!["pager".to_owned(), "pager".to_owned()];
    let update = v1::UpdateProfile { profile: Some(profile), fields: twice };
    assert_eq!(fields(command(vec![Change::UpdateProfile(update)])), ["changes[0].update_profile.fields[1]"]);
}

#[test]
fn an_override_is_an_operators() {
    let mut request = command(vec![Change::Disable(v1::DisableUser {})]);
    request.override_last_manager = true;
    assert_eq!(fields(request.clone()), ["override_last_manager"]);
    request.actor = String::new();
    assert!(
        manage_user(request, fresh(), PhoneCountry::default(), Vec::new()).unwrap().may_remove_last_manager
    );
}

#[test]
fn prose_holds_no_national_identifier() {
    for text in ["her number is 123-45-6789", "123456789", "\u{ff11}23 45 6789"] {
        let mut request = command(vec![Change::Disable(v1::DisableUser {})]);
        request.reason = text.to_owned();
        assert_eq!(fields(request), ["reason"], "{text}");
        let options = v1::AssignmentOptions { note: text.to_owned(), ..v1::AssignmentOptions::default() };
        let assign = v1::Assign {
            unit: "units/s".to_owned(),
            role: "staff".to_owned(),
            options: Some(options),
            ..Default::default()
        };
        assert_eq!(
            fields(command(vec![Change::Assign(assign)])),
            ["changes[0].assign.options.note"],
            "{text}"
        );
    }
    let mut request = command(vec![Change::Disable(v1::DisableUser {})]);
    request.reason = "ticket 4711, see 312-555-0100".to_owned();
    assert_eq!(changes(request).len(), 1);
}
