//! Which crate may use which.
//!
//! `identity ← membership ← policy ← realm ← {store, proto} ← server ← cli`, `proto ← client ← cli`. What stands
//! right may use what stands left of it, never the other way. `store` may use `proto`, for the log's format. The
//! oracle shares nothing with what it judges, and `cluster` is there for tests alone; of the other crates that test and
//! measure, nobody may depend on any.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::repository::{expect_none, root};

/// The pure crates, innermost first.
pub(crate) const PURE: [&str; 4] = ["identity", "membership", "policy", "realm"];

/// Each crate with the members that it may use, in whatever way: for building and testing too.
const MAY_USE: [(&str, &[&str]); 12] = [
    ("identity", &[]),
    ("membership", &["identity"]),
    ("policy", &["identity", "membership"]),
    ("realm", &["identity", "membership", "policy"]),
    ("proto", &["identity", "membership", "policy", "realm"]),
    ("store", &["identity", "membership", "policy", "realm", "proto", "cluster"]),
    ("server", &["identity", "membership", "policy", "realm", "proto", "store"]),
    ("client", &["proto"]),
    ("cli", &["identity", "membership", "policy", "realm", "proto", "store", "server", "client", "cluster"]),
    ("oracle", &[]),
    ("cluster", &[]),
    ("versus", &["identity", "membership", "policy", "realm", "oracle"]),
];

/// Crates that test and measure: they may use anything, and nobody uses them.
const OUTERMOST: [&str; 4] = ["bench", "cedar", "layout", "tests"];

/// A crate of the workspace, with the packages that it declares to use.
pub(crate) struct Member {
    /// The directory that it stands in: `policy`, `cli`, `tests`.
    pub(crate) name: String,
    /// What cargo calls it.
    pub(crate) package: String,
    /// For building, testing and running.
    pub(crate) uses: BTreeSet<String>,
}

/// The workspace, as cargo tells it. Nothing is resolved, so nothing needs to have been fetched.
pub(crate) fn members() -> Vec<Member> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--no-deps"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let members: Vec<_> = list(&metadata, "packages").iter().map(member).collect();
    assert!(members.len() > PURE.len(), "cargo metadata lists {} packages", members.len());
    members
}

fn member(package: &Value) -> Member {
    let dependencies = list(package, "dependencies");
    Member {
        name: text(package, "manifest_path").rsplit(['/', '\\']).nth(1).unwrap().to_owned(),
        package: text(package, "name").to_owned(),
        uses: dependencies.iter().map(|dependency| text(dependency, "name").to_owned()).collect(),
    }
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().unwrap()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap()
}

/// Whom `member` uses against the table.
fn faults_of(member: &Member, members: &BTreeMap<&str, &str>) -> Vec<String> {
    let allowed = MAY_USE.iter().find(|(name, _)| *name == member.name).map(|(_, allowed)| *allowed);
    let outermost = OUTERMOST.contains(&member.name.as_str());
    if allowed.is_none() && !outermost {
        return vec![format!("`{}` stands in no table of `crates/layout`: say what it may use", member.name)];
    }
    let used = member.uses.iter().filter_map(|package| members.get(package.as_str()).copied());
    used.filter(|used| match allowed {
        Some(allowed) => !allowed.contains(used),
        None => OUTERMOST.contains(used),
    })
    .map(|used| format!("`{}` must not use `{used}`", member.name))
    .collect()
}

#[test]
fn dependencies_point_one_way() {
    let members = members();
    let names = members.iter().map(|member| (member.package.as_str(), member.name.as_str())).collect();
    let faults: Vec<_> = members.iter().flat_map(|member| faults_of(member, &names)).collect();
    expect_none(&faults);
}

#[test]
fn a_dependency_against_the_table_is_a_fault() {
    let names = BTreeMap::from([("b-identity", "identity"), ("b-policy", "policy"), ("b-tests", "tests")]);
    let member = |name: &str, used: &str| Member {
        name: name.to_owned(),
        package: format!("b-{name}"),
        uses: BTreeSet::from([used.to_owned(), "elsewhere".to_owned()]),
    };
    let faults = |name, used| faults_of(&member(name, used), &names);
    assert!(faults("policy", "b-identity").is_empty());
    assert_eq!(faults("identity", "b-policy"), ["`identity` must not use `policy`"]);
    assert_eq!(faults("policy", "b-tests"), ["`policy` must not use `tests`"]);
    assert_eq!(faults("bench", "b-tests"), ["`bench` must not use `tests`"]);
    assert_eq!(faults("novel", "b-identity").len(), 1);
}

#[test]
fn the_table_has_no_circle() {
    let table: BTreeMap<_, _> = MAY_USE.into_iter().collect();
    let faults: Vec<_> = table
        .iter()
        .flat_map(|(name, used)| used.iter().map(move |used| (*name, *used)))
        .filter(|(name, used)| table.get(used).is_none_or(|back| back.contains(name)))
        .map(|(name, used)| format!("`{name}` and `{used}` may use each other, or `{used}` is missing"))
        .collect();
    expect_none(&faults);
}

#[test]
fn every_member_takes_the_lints_of_the_workspace() {
    let faults: Vec<_> = crate::repository::files()
        .into_iter()
        .filter(|file| file.path.ends_with("/Cargo.toml"))
        .filter(|file| !file.text.contains("[lints]\nworkspace = true\n"))
        .map(|file| format!("{}: has no `[lints] workspace = true`", file.path))
        .collect();
    expect_none(&faults);
}
