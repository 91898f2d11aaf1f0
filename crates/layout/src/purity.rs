//! What the four pure crates must not touch: no I/O, no clock, no randomness, no runtime, no wire, no database.
//! Instants, facts and ids of new entities are arguments of theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

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
    let locked = locked_packages();
    let mut faults = Vec::new();
    for member in members().iter().filter(|member| PURE.contains(&member.name.as_str())) {
        let reached = closure(&member.runs_with, &locked);
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

/// Every package that is reached from these.
fn closure(from: &BTreeSet<String>, locked: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<_> = from.iter().cloned().collect();
    while let Some(package) = waiting.pop() {
        let next = locked.get(&package);
        assert!(next.is_some(), "`{package}` is not in Cargo.lock");
        if reached.insert(package) {
            waiting.extend(next.into_iter().flatten().cloned());
        }
    }
    reached
}

/// Each package of Cargo.lock with what it depends on, on any platform; versions of the same name taken together.
/// A member's own list also holds what it tests with, which [`members`] tells apart.
fn locked_packages() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let document = toml_span::parse(&text).unwrap();
    let packages = document.pointer("/package").and_then(|value| value.as_array()).unwrap();
    let members: BTreeMap<_, _> = members().into_iter().map(|m| (m.package, m.runs_with)).collect();
    let mut locked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages {
        let name = package.pointer("/name").and_then(|value| value.as_str()).unwrap();
        let dependencies = package.pointer("/dependencies").and_then(|value| value.as_array());
        let names = dependencies.into_iter().flatten().filter_map(|value| value.as_str());
        let names = names.filter_map(|entry| entry.split(' ').next()).map(str::to_owned);
        let entry = locked.entry(name.to_owned()).or_default();
        match members.get(name) {
            Some(runs_with) => entry.extend(runs_with.iter().cloned()),
            None => entry.extend(names),
        }
    }
    locked
}
