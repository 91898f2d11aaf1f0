//! Paths and names with places in them: `/customers/{customer}`, `customers/{customer}`.

use std::collections::BTreeSet;

use bailiwick_proto::parse::{Collection, named};
use matchit::Params;

use super::path::plain;

/// The places in a path.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Those for one segment.
    one: BTreeSet<String>,
}

/// Reads the path of a route; what it says is the router's to match.
pub(super) fn places(path: &str) -> Result<Places, String> {
    let mut places = Places::default();
    let mut names = BTreeSet::new();
    let segments: Vec<&str> = path.strip_prefix('/').ok_or("`path` begins with `/`")?.split('/').collect();
    for (index, segment) in segments.iter().enumerate() {
        let is_last = index + 1 == segments.len();
        let Some(place) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            let is_written = plain(&format!("/{segment}")).is_some_and(|read| read[1..] == **segment);
            if !is_written || segment.contains(['{', '}', '?', '*']) || (segment.is_empty() && !is_last) {
                return Err(format!(
                    "`{}` in `path` is no segment: write it as it is decoded",
                    segment.escape_debug()
                ));
            }
            continue;
        };
        let name = place.strip_prefix('*').unwrap_or(place);
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            return Err(format!("`{{{}}}` in `path` has a name of `a` to `z` and `_`", place.escape_debug()));
        }
        if !names.insert(name) {
            return Err(format!("`{{{name}}}` is in `path` twice"));
        }
        if name == place {
            places.one.insert(name.to_owned());
        } else if !is_last {
            return Err(format!("`{{{place}}}` is the rest of a path, and not in the midst of it"));
        }
    }
    Ok(places)
}

/// A name in a realm, perhaps with the place of its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// Of one thing: `units/e`.
    Of(String),
    /// Of what stands at a place: `customers/{customer}`.
    At(Collection, String),
}

impl Name {
    /// Reads a name of one of the collections, with places of a path.
    pub(super) fn read(text: &str, of: &[Collection], places: &Places) -> Result<Self, String> {
        let told = || {
            let known: Vec<_> = of.iter().map(|one| format!("`{}`", one.name("…"))).collect();
            format!("`{}` is none of {}", text.escape_debug(), known.join(", "))
        };
        let is_of = |one: &&Collection| text.starts_with(one.prefix());
        let collection = *of.iter().find(is_of).ok_or_else(told)?;
        let id = &text[collection.prefix().len()..];
        match id.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(place) if places.one.contains(place) => Ok(Self::At(collection, place.to_owned())),
            Some(place) => Err(format!("`{{{}}}` is no segment of `path`", place.escape_debug())),
            None if named(collection, text).is_ok() => Ok(Self::Of(text.to_owned())),
            None => Err(told()),
        }
    }

    /// The name with what stands at its place; none where that is no id.
    pub(super) fn filled(&self, params: &Params<'_, '_>) -> Option<String> {
        match self {
            Self::Of(name) => Some(name.clone()),
            Self::At(collection, place) => {
                let name = collection.name(params.get(place)?);
                named(*collection, &name).is_ok().then_some(name)
            }
        }
    }
}
