//! Schemes are read, compiled and refused as their documents deserve.

mod after;
mod faults_of_kinds;
mod faults_of_people;
mod faults_of_reading;
mod faults_of_requests;
mod faults_of_roles;
mod faults_of_systems;
mod mutations;
mod page;
mod ships;

use super::Scheme;

/// A small sound scheme, which each test spoils in its own way.
const BASE: &str = r#"[scheme]
format = 1
name = "base"
title = "Base"

[customers]
classes = ["program", "private"]

[capabilities."report.view"]
resource = "unit"

[capabilities."team.manage"]
resource = "unit"

[kinds.region]
root = true
roles = ["head", "worker", "helper"]

[kinds.team]
parents = ["region"]
roles = ["worker", "helper"]

[roles.head]
rank = 20
user_management = "always"
capabilities = ["user.manage", "report.view"]

[roles.worker]
rank = 10
capabilities = [{ name = "customer.view", classes = "all" }]

[roles.helper]
unranked = true
handed_out_by = ["head"]
"#;

/// The small scheme with texts replaced, each of which it has exactly once; an empty one stands for the end.
fn base_with(edits: &[(&str, &str)]) -> String {
    let mut text = BASE.to_owned();
    for (old, new) in edits {
        if old.is_empty() {
            text.push_str(new);
        } else {
            assert_eq!(text.matches(old).count(), 1, "{old}");
            text = text.replace(old, new);
        }
    }
    text
}

/// The faults of a document, as they are shown.
fn faults(text: &str) -> Vec<String> {
    Scheme::parse(text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// The small scheme, spoilt, has exactly these faults.
#[track_caller]
fn refused(edits: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(faults(&base_with(edits)), expected);
}

/// The small scheme, changed, is still sound.
#[track_caller]
fn accepted(edits: &[(&str, &str)]) -> Scheme {
    let text = base_with(edits);
    assert_eq!(faults(&text), [""; 0]);
    Scheme::parse(&text).unwrap()
}

#[test]
fn the_base_is_sound() {
    let scheme = accepted(&[]);
    assert_eq!((scheme.name(), scheme.title()), ("base", "Base"));
    assert_eq!(scheme.source().as_ref(), BASE);
}
