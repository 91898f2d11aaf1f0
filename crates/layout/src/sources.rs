//! How a source file looks.

use std::path::Path;

use crate::repository::{Source, expect_none, files, rust_files};

/// More lines than this are a smell.
const MOST_LINES: usize = 400;

/// Files that are longer, each with why. One that no longer is must leave the list.
const LONGER: [(&str, &str); 1] = [("crates/oracle/tests/rules.rs", "one test per sentence, side by side")];

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 8] = ["common", "helper", "helpers", "misc", "prelude", "types", "util", "utils"];

/// What is for a moment only. Written in two parts, so that this file does not contain them.
const UNFINISHED: [&str; 4] =
    [concat!("to", "do!("), concat!("d", "bg!("), concat!("unimple", "mented!("), concat!("FIX", "ME")];

/// Paths of one machine, and what lies beside the repository.
const ELSEWHERE: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("../sh", "ared")];

#[test]
fn every_file_opens_by_saying_what_it_is() {
    let silent = |file: &Source| !file.text.starts_with("//! ");
    expect_none(&rust_files().into_iter().filter(silent).map(|file| file.path).collect::<Vec<_>>());
}

#[test]
fn no_file_is_long_without_a_reason() {
    let mut faults = Vec::new();
    for file in rust_files() {
        let lines = file.text.lines().count();
        match (lines > MOST_LINES, LONGER.iter().any(|(path, _)| *path == file.path)) {
            (true, false) => faults.push(format!("{}: {lines} lines", file.path)),
            (false, true) => faults.push(format!("{}: only {lines} lines; leave the list", file.path)),
            (true, true) | (false, false) => {}
        }
    }
    expect_none(&faults);
}

#[test]
fn names_say_what_is_inside() {
    let empty = |file: &Source| {
        let path = Path::new(&file.path).with_extension("");
        path.iter().filter_map(|part| part.to_str()).any(|part| EMPTY_NAMES.contains(&part))
    };
    expect_none(&rust_files().into_iter().filter(empty).map(|file| file.path).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_unfinished() {
    expect_none(&lines_with(&rust_files(), &UNFINISHED));
}

#[test]
fn every_lint_exception_has_a_reason() {
    let mut faults = Vec::new();
    for file in rust_files() {
        for opening in ["allow(", "expect("].map(|word| format!("[{word}")) {
            for (at, _) in file.text.match_indices(&opening) {
                let rest = file.text.get(at..).unwrap_or_default();
                let attribute = rest.split("]\n").next().unwrap_or_default();
                if !attribute.contains("reason = \"") {
                    faults.push(format!("{}: `{attribute}]`", file.path));
                }
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn nothing_points_outside_the_repository() {
    let written: Vec<_> = files().into_iter().filter(|file| file.path != "Cargo.lock").collect();
    expect_none(&lines_with(&written, &ELSEWHERE));
}

/// Each line that contains one of the words.
fn lines_with(files: &[Source], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (number, line) in (1..).zip(file.text.lines()) {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    found
}
