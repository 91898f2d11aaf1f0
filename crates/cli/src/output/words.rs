//! The API's values in words.

use bailiwick_proto::v1;
use prost_types::Timestamp;

use super::json::pool;

/// What a reason means: the comment that stands at it in the API.
pub(crate) fn meaning(reason: &str) -> Option<String> {
    let pool = pool().ok()?;
    let reasons = pool.get_enum_by_name("bailiwick.v1.Reason")?;
    let value = reasons.get_value_by_name(&format!("REASON_{reason}"))?;
    let file = reasons.parent_file();
    let source = file.file_descriptor_proto().source_code_info.as_ref()?;
    let place = source.location.iter().find(|location| location.path == value.path())?;
    let comment: Vec<&str> = place.leading_comments().lines().map(str::trim).collect();
    Some(comment.join(" ")).filter(|text| !text.is_empty())
}

/// The name of an enumeration's value without what all values share: `STANDING_NOT_STARTED` is `not started`.
pub(crate) fn word(value: &str, prefix: &str) -> String {
    let bare = value.strip_prefix(prefix).unwrap_or(value);
    if bare == "UNSPECIFIED" { String::new() } else { bare.to_lowercase().replace('_', " ") }
}

/// `RANK_TOO_LOW`.
pub(crate) fn reason(reason: v1::Reason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("REASON_").unwrap_or(name)
}

/// The id in a name: `north` of `units/north`.
pub(crate) fn id(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, id)| id)
}

/// The ids in names, in one line.
pub(crate) fn ids(names: &[String]) -> String {
    names.iter().map(|name| id(name)).collect::<Vec<_>>().join(", ")
}

/// An instant; empty if there is none.
pub(crate) fn instant(at: Option<&Timestamp>) -> String {
    at.map(ToString::to_string).unwrap_or_default()
}

/// From when until when, if either is said.
pub(crate) fn interval(from: Option<&Timestamp>, until: Option<&Timestamp>) -> String {
    let mut parts = Vec::new();
    parts.extend(from.map(|from| format!("from {from}")));
    parts.extend(until.map(|until| format!("until {until}")));
    parts.join(" ")
}

/// What a command brought about beside what it named, a line each.
pub(crate) fn effects(effects: &[v1::Effect]) -> String {
    let line = |effect: &v1::Effect| {
        let mut parts = vec![word(effect.kind().as_str_name(), "EFFECT_KIND_")];
        let named = [&effect.assignment, &effect.user, &effect.customer, &effect.unit];
        parts.extend(named.into_iter().filter(|name| !name.is_empty()).cloned());
        parts.join("  ")
    };
    effects.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What stands for a revision: its number, or that nothing was written.
pub(crate) fn revision(revision: u64) -> String {
    if revision == 0 { "none: nothing was written".to_owned() } else { revision.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_meaning() {
        assert_eq!(
            meaning("CASELOAD_RESTRICTED").as_deref(),
            Some("The assignment that would allow is restricted to the own caseload, and this is not on it.")
        );
        assert_eq!(meaning("NO_SUCH_REASON"), None);
    }

    #[test]
    fn values_become_words() {
        assert_eq!(word("STANDING_NOT_STARTED", "STANDING_"), "not started");
        assert_eq!(word("STANDING_UNSPECIFIED", "STANDING_"), "");
        assert_eq!(ids(&["units/a".to_owned(), "units/b".to_owned()]), "a, b");
    }
}
