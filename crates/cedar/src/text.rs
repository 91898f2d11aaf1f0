//! Words of Cedar's language.

/// An entity: `Unit::"n1"`.
#[must_use]
pub fn entity(of: &str, id: &str) -> String {
    format!("{of}::{id:?}")
}

/// Entities as a set.
#[must_use]
pub fn set<'a>(of: &str, ids: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<String> = ids.into_iter().map(|id| entity(of, id)).collect();
    format!("[{}]", all.join(", "))
}

/// One of these conditions; none is false.
#[must_use]
pub fn any(conditions: &[String]) -> String {
    if conditions.is_empty() { "false".to_owned() } else { joined(conditions, " || ") }
}

/// All of these conditions; none is true.
#[must_use]
pub fn all(conditions: &[String]) -> String {
    if conditions.is_empty() { "true".to_owned() } else { joined(conditions, " && ") }
}

fn joined(conditions: &[String], by: &str) -> String {
    let each: Vec<String> = conditions.iter().map(|one| format!("({one})")).collect();
    each.join(by)
}
