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
fn most_sentences_are_about_access() {
    let sentences = sentences();
    let shown = sentences.iter().filter(|one| matches!(one.standing, Standing::Shown { .. })).count();
    println!("{} sentences: {shown} shown, {} not about access", sentences.len(), sentences.len() - shown);
    assert!(shown > sentences.len() / 2);
}

#[test]
fn paraphrases_are_short() {
    let long: Vec<_> = sentences().into_iter().filter(|s| s.says.split_whitespace().count() > 22).collect();
    assert!(long.is_empty(), "{long:#?}");
}
