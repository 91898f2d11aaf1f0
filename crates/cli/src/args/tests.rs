//! The command line as a whole: it is sound, shows no secret, and takes the realm from the environment's place.

use clap::{CommandFactory as _, Parser as _};

use super::*;

fn parse(line: &[&str]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once(&"bailiwick").chain(line))
}

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn a_key_is_never_shown() {
    let cli = parse(&["--api-key", "s3cr3t", "realm", "list"]).unwrap();
    assert!(!format!("{cli:?}").contains("s3cr3t"));
    let help = Cli::command().render_long_help().to_string();
    assert!(help.contains("--api-key"));
}

#[test]
fn a_question_needs_a_subject_a_capability_and_a_resource_with_its_type() {
    assert!(parse(&["check", "sam", "customer.view", "customers/p-1001", "--realm", "eto"]).is_ok());
    let line =
        ["check", "sam", "customer.view", "customers/p-1001", "-r", "eto", "--classes", "a,b", "--at", "x"];
    assert!(parse(&line).is_ok());
    assert!(parse(&["check", "sam", "customer.view", "p-1001", "--realm", "eto"]).is_err());
    assert!(parse(&["check", "sam", "customer.view", "--realm", "eto"]).is_err());
}

#[test]
fn a_deadline_is_a_time() {
    assert!(parse(&["--deadline", "0.5", "realm", "list"]).is_ok());
    for bad in ["0", "-1", "NaN", "inf", "1e300", "soon"] {
        assert!(parse(&["--deadline", bad, "realm", "list"]).is_err(), "{bad}");
    }
}

#[test]
fn every_command_is_there() {
    let named: Vec<String> = Cli::command().get_subcommands().map(|c| c.get_name().to_owned()).collect();
    let expected = [
        "serve",
        "check",
        "explain",
        "allowed",
        "manage",
        "user",
        "unit",
        "customer",
        "caseload",
        "request",
        "review",
        "realm",
        "scheme",
        "load",
        "import",
        "changes",
        "notify",
        "key",
        "gateway",
        "healthcheck",
    ];
    assert_eq!(named, expected);
}

#[test]
fn a_review_is_of_something_and_until_some_time() {
    let due = "2031-05-06T09:00:00Z";
    assert!(parse(&["review", "open", "--unit", "north", "--due", due, "-r", "eto"]).is_ok());
    assert!(parse(&["review", "open", "--role", "staff", "--due", due, "-r", "eto"]).is_ok());
    assert!(parse(&["review", "open", "--due", due, "-r", "eto"]).is_err());
    assert!(parse(&["review", "open", "--unit", "north", "-r", "eto"]).is_err());
    assert!(parse(&["review", "confirm", "q4", "sam/1", "ada/3", "-r", "eto"]).is_ok());
    assert!(parse(&["review", "end", "q4", "-r", "eto"]).is_err());
}

#[test]
fn an_approval_names_what_was_read() {
    let digest = "0123456789abcdef".repeat(4);
    let approve =
        |content: &str| parse(&["request", "approve", "r-1", "--content", content, "-r", "cmg", "--as", "m"]);
    assert!(approve(&digest).is_ok() && approve(&digest.to_uppercase()).is_ok());
    for bad in ["", "00", &digest[1..], &format!("{digest}0"), &format!("+1{}", &digest[2..])] {
        assert!(approve(bad).is_err(), "{bad}");
    }
    assert!(parse(&["request", "approve", "r-1", "-r", "cmg"]).is_err());
    assert!(parse(&["request", "draft", "-r", "cmg"]).is_err());
    assert!(parse(&["request", "draft", "--copy-of", "r-1", "-r", "cmg"]).is_ok());
}
