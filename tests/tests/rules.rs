//! Every rule sentence is shown by scenarios, or says why it is not.

#![expect(clippy::panic, reason = "a test fails by panicking")]

use bailiwick_tests::data;
use bailiwick_tests::rules::{Sentence, Standing, faults};
use bailiwick_tests::scenario::Scenario;
use bailiwick_tests::wire::WireTests;

fn sentences() -> Vec<Sentence> {
    Sentence::read_all(&data("rules")).unwrap_or_else(|faults| panic!("{}", faults.join("\n")))
}

#[test]
fn every_sentence_names_scenarios_that_exist() {
    let scenarios =
        Scenario::read_all(&data("scenarios")).unwrap_or_else(|faults| panic!("{}", faults.join("\n")));
    let wire =
        WireTests::read_all(&data("../crates/server/src/tests")).unwrap_or_else(|fault| panic!("{fault}"));
    let faults = faults(&sentences(), &scenarios, &wire);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_is_pending_is_listed() {
    let sentences = sentences();
    let mut shown = 0;
    let mut not_about_access = 0;
    let mut pending = Vec::new();
    for sentence in &sentences {
        match &sentence.standing {
            Standing::Shown { .. } => shown += 1,
            Standing::NotAboutAccess(_) => not_about_access += 1,
            Standing::Pending(what) => pending.push(format!("{}: {what}", sentence.id)),
        }
    }
    println!("{} sentences: {shown} shown, {not_about_access} not about access", sentences.len());
    println!("{} pending:\n{}", pending.len(), pending.join("\n"));
    assert!(!sentences.is_empty());
}

#[test]
fn paraphrases_are_short() {
    let long: Vec<_> = sentences().into_iter().filter(|s| s.says.split_whitespace().count() > 22).collect();
    assert!(long.is_empty(), "{long:#?}");
}
