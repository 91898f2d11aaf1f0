//! Every scenario goes as it is expected to go.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and tells how many cases there are"
)]

use bailiwick_tests::data;
use bailiwick_tests::scenario::Scenario;

/// Runs every file of one scheme's folder.
fn run(scheme: &str) {
    let folder = data("scenarios");
    let scenarios = Scenario::read_all(&folder).unwrap_or_else(|faults| panic!("{}", faults.join("\n")));
    let ours: Vec<_> = scenarios.iter().filter(|s| s.topic.starts_with(&format!("{scheme}/"))).collect();
    assert!(!ours.is_empty(), "no scenarios of {scheme}");
    let failures: Vec<String> = ours.iter().flat_map(|s| s.run()).map(|f| f.to_string()).collect();
    let cases: usize = ours.iter().map(|s| s.cases.len()).sum();
    println!("{scheme}: {cases} cases, {} failures", failures.len());
    assert!(failures.is_empty(), "{} of {cases}:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn eto() {
    run("eto");
}

#[test]
fn dei_teams() {
    run("dei-teams");
}

#[test]
fn illinois_worknet() {
    run("illinois-worknet");
}

#[test]
fn cmg_2012() {
    run("cmg-2012");
}

#[test]
fn engine() {
    run("engine");
}
