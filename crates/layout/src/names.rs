//! What is numbered or named by a pattern: migrations, decisions, protos.

use std::collections::BTreeMap;

use crate::repository::{expect_none, files, names_in};

/// Where migrations stand, one directory a dialect.
const DIALECTS: [&str; 2] = ["migrations/sqlite", "migrations/postgres"];

#[test]
fn migrations_are_numbered_and_the_same_in_every_dialect() {
    let kept: Vec<_> =
        DIALECTS.iter().map(|d| (*d, names_in(d))).filter(|(_, names)| !names.is_empty()).collect();
    let mut faults: Vec<_> =
        kept.iter().flat_map(|(dialect, names)| numbered(dialect, names, '_', ".sql")).collect();
    if let [(first, one), (second, other)] = kept.as_slice()
        && one != other
    {
        faults.push(format!("{first} and {second} differ: {one:?}, {other:?}"));
    }
    expect_none(&faults);
}

#[test]
fn decisions_are_numbered_without_gaps() {
    expect_none(&numbered("docs/decisions", &names_in("docs/decisions"), '-', ".md"));
}

#[test]
fn decisions_say_what_was_refused() {
    let mut faults = Vec::new();
    for file in files().into_iter().filter(|file| file.path.starts_with("docs/decisions/")) {
        let number = file.path.trim_start_matches("docs/decisions/").split('-').next().unwrap_or_default();
        if !file.text.starts_with(&format!("# {number}. ")) {
            faults.push(format!("{}: does not open with `# {number}. …`", file.path));
        }
        let missing = ["## Context", "## Decision", "## Refused", "## Consequence"]
            .into_iter()
            .filter(|heading| !file.text.lines().any(|line| line.starts_with(heading)));
        faults.extend(missing.map(|heading| format!("{}: has no `{heading}`", file.path)));
    }
    expect_none(&faults);
}

#[test]
fn every_service_has_a_file_of_its_own() {
    let mut faults = Vec::new();
    for file in files().into_iter().filter(|file| file.path.starts_with("proto/bailiwick/")) {
        let Some(stem) = file.path.rsplit('/').next().and_then(|name| name.strip_suffix(".proto")) else {
            continue;
        };
        let services: Vec<_> = file
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("service ")?.split([' ', '{']).next())
            .map(snake_case)
            .collect();
        let expected = if stem.ends_with("_service") { vec![stem.to_owned()] } else { Vec::new() };
        if services != expected {
            faults.push(format!("{}: holds {services:?}", file.path));
        }
    }
    expect_none(&faults);
}

#[test]
fn a_gap_and_a_strange_name_are_faults() {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    assert!(numbered("d", &names(&["0001-one.md", "0002-two-more.md"]), '-', ".md").is_empty());
    assert_eq!(numbered("d", &names(&["0001-one.md", "0003-three.md"]), '-', ".md").len(), 1);
    assert_eq!(numbered("d", &names(&["0001-one.md", "0001-uno.md"]), '-', ".md").len(), 1);
    assert_eq!(numbered("d", &names(&["0001-One.md"]), '-', ".md").len(), 1);
    assert_eq!(numbered("d", &names(&["one.md"]), '-', ".md").len(), 1);
}

/// What is wrong with names that should read `0001-some-words.md`, one after the other.
fn numbered(directory: &str, names: &[String], between: char, end: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen: BTreeMap<u32, &str> = BTreeMap::new();
    for name in names {
        let parts = name.strip_suffix(end).and_then(|name| name.split_once(between));
        let number = parts.filter(|(digits, words)| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == between;
            digits.len() == 4 && !words.is_empty() && words.chars().all(plain)
        });
        match number.and_then(|(digits, _)| digits.parse().ok()) {
            None => faults.push(format!("{directory}/{name}: not `0001{between}words{end}`")),
            Some(number) => {
                if let Some(other) = seen.insert(number, name) {
                    faults.push(format!("{directory}/{name}: has the number of {other}"));
                }
            }
        }
    }
    let gap = (1..).zip(seen.keys()).find(|(expected, number)| expected != *number);
    faults.extend(gap.map(|(expected, _)| format!("{directory}: {expected:04} is missing")));
    faults
}

/// `AccessService` becomes `access_service`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
