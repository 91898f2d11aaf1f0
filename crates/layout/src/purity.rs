//! What the four pure crates must not touch: no I/O, no clock, no randomness, no runtime, no wire, no database.
//! Instants, facts and ids of new entities are arguments of theirs.

use std::collections::BTreeSet;
use std::process::Command;

use crate::dependencies::{PURE, members};
use crate::repository::{expect_none, root, rust_files};

/// Packages that no pure crate may lead to, by whatever path.
const FORBIDDEN_PACKAGES: [&str; 22] = [
    "async-std",
    "chrono",
    "fastrand",
    "futures",
    "getrandom",
    "h2",
    "hyper",
    "jiff",
    "libsqlite3-sys",
    "log",
    "mio",
    "prost",
    "rand",
    "rusqlite",
    "serde",
    "socket2",
    "sqlx",
    "time",
    "tokio",
    "tonic",
    "tracing",
    "uuid",
];

/// Words that no source of a pure crate may contain outside comments.
const FORBIDDEN_WORDS: [&str; 16] = [
    "time::Instant",
    "SystemTime",
    "Instant::now",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
    "async fn",
    ".await",
    "thread_local!",
    "static mut",
    "OnceLock",
    "LazyLock",
    "RandomState",
];

#[test]
fn pure_crates_lead_to_no_runtime_clock_or_randomness() {
    let mut faults = Vec::new();
    for member in members().iter().filter(|member| PURE.contains(&member.name.as_str())) {
        let reached = packages_under(&member.package);
        let forbidden = FORBIDDEN_PACKAGES.iter().filter(|&&package| reached.contains(package));
        faults.extend(forbidden.map(|package| format!("`{}` leads to `{package}`", member.name)));
    }
    expect_none(&faults);
}

#[test]
fn pure_sources_touch_nothing_outside() {
    let mut faults = Vec::new();
    for file in rust_files() {
        if !PURE.iter().any(|name| file.path.starts_with(&format!("crates/{name}/src/"))) {
            continue;
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            let code = line.split("//").next().unwrap_or_default();
            let found = FORBIDDEN_WORDS.iter().filter(|&&word| code.contains(word));
            faults.extend(found.map(|word| format!("{}:{number}: `{word}`", file.path)));
        }
    }
    expect_none(&faults);
}

/// Every package that a member is built with where it is built alone: what others turn on is not its own.
fn packages_under(member: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none", "--package", member])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let names = lines.lines().filter_map(|line| line.split(' ').next());
    let names: BTreeSet<String> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    assert!(names.contains(member), "cargo tree does not show {member}");
    names
}
