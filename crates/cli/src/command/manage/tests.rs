//! What is typed becomes the change that is meant.

use bailiwick_proto::v1;
use bailiwick_proto::v1::assignment_options::Scope;
use bailiwick_proto::v1::user_change::Change as Of;
use clap::Parser as _;

use crate::args::{Cli, Command, Question};

fn request(line: &[&str]) -> v1::ManageUserRequest {
    try_request(line).unwrap_or_else(|fault| panic!("{fault}"))
}

fn try_request(line: &[&str]) -> Result<v1::ManageUserRequest, String> {
    let typed = ["bailiwick", "manage", "--realm", "eto", "sam"].iter().chain(line);
    let cli = Cli::try_parse_from(typed).map_err(|error| error.to_string())?;
    let Command::Ask(question) = cli.command else { return Err("does not ask".to_owned()) };
    let Question::Manage(manage) = *question else { return Err("does not manage".to_owned()) };
    manage.request().map_err(|failure| failure.to_string())
}

fn change(line: &[&str]) -> Of {
    request(line).changes.remove(0).change.unwrap()
}

#[test]
fn options_of_the_command_stand_before_or_after_the_change() {
    let before = request(&["--as", "noah", "--reason", "leave", "--dry-run", "disable"]);
    let after = request(&["disable", "--as", "noah", "--reason", "leave", "--dry-run"]);
    for request in [before, after] {
        assert_eq!((request.realm.as_str(), request.user.as_str()), ("realms/eto", "users/sam"));
        assert_eq!((request.actor.as_str(), request.reason.as_str()), ("users/noah", "leave"));
        assert!(request.validate_only);
        assert!(request.request_id.starts_with("cli:") && request.request_id.len() == 36);
    }
}

#[test]
fn an_assignment_says_what_it_reaches() {
    let only =
        change(&["assign", "north", "staff", "--only", "job-readiness,adult-literacy", "--caseload-only"]);
    let Of::Assign(only) = only else { panic!("no assignment") };
    let options = only.options.unwrap();
    let units = vec!["units/job-readiness".to_owned(), "units/adult-literacy".to_owned()];
    assert_eq!(options.scope, Some(Scope::Only(v1::OnlyUnits { units })));
    assert!(options.caseload_only);

    let Of::Assign(nothing) = change(&["assign", "north", "staff", "--nothing"]) else {
        panic!("no assignment")
    };
    let empty = Scope::Only(v1::OnlyUnits { units: Vec::new() });
    assert_eq!(nothing.options.unwrap().scope, Some(empty), "nothing is not all");

    let Of::Assign(bare) = change(&["assign", "north", "staff"]) else { panic!("no assignment") };
    assert_eq!(bare.options, None);
    assert!(try_request(&["assign", "north", "staff", "--all", "--only", "a"]).is_err());
}

#[test]
fn an_amendment_names_what_it_changes() {
    let line = ["amend", "3", "--role", "intake", "--until", "2031-05-06T09:00:00Z", "--clear", "note"];
    let Of::AmendAssignment(amend) = change(&line) else { panic!("no amendment") };
    assert_eq!(amend.assignment, "assignments/3");
    assert_eq!(amend.fields, ["ends_at", "note"]);
    let Of::AmendAssignment(off) = change(&["amend", "3", "--caseload-only=false"]) else {
        panic!("no amendment")
    };
    assert_eq!(off.fields, ["caseload_only"]);
    assert!(!off.options.unwrap().caseload_only);
    assert!(try_request(&["amend", "3"]).unwrap_err().contains("nothing to amend"));
    assert!(try_request(&["amend", "3", "--note", "x", "--clear", "note"]).is_err());
}

#[test]
fn a_profile_is_set_field_by_field() {
    let line =
        ["profile", "--set", "zip=60124", "--set", "external_ids.staff-number=4711", "--clear", "pager"];
    let Of::UpdateProfile(update) = change(&line) else { panic!("no profile") };
    assert_eq!(update.fields, ["zip", "external_ids.staff-number", "pager"]);
    let profile = update.profile.unwrap();
    assert_eq!((profile.zip.as_str(), profile.external_ids["staff-number"].as_str()), ("60124", "4711"));
    assert!(try_request(&["profile", "--set", "ssn=1"]).unwrap_err().contains("there is no field `ssn`"));
}

#[test]
fn what_is_left_out_clears() {
    assert_eq!(change(&["own-record"]), Of::SetOwnRecord(v1::SetOwnRecord::default()));
    assert_eq!(
        change(&["same-person", "wanda"]),
        Of::SetSamePerson(v1::SetSamePerson { other: "users/wanda".into() })
    );
    assert_eq!(change(&["clearance", "yes"]), Of::SetClearance(v1::SetClearance { cleared: true }));
}
