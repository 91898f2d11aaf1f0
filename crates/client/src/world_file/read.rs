//! Reading tables key by key: what is there, what is missing, what is there that nobody knows.
//!
//! A [`Section`] collects faults and goes on, so that one reading finds them all. It knows TOML and the forms of
//! ids and instants; what the keys mean stands in `places` and `people`.

use std::collections::BTreeMap;

use prost_types::Timestamp;
use toml_span::value::{Table, ValueInner};
use toml_span::{Span, Value};

use super::fault::{At, Faults};

/// Whether a file holds all that it names, or adds to what a realm has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// What it names must stand in it.
    Yes,
    /// What it names may be in the realm.
    No,
}

/// An id that the file names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// The id, without `units/` and the like.
    pub(super) id: String,
    /// Where it stands.
    pub(super) at: At,
}

/// A table of the document, read key by key.
pub(super) struct Section<'v> {
    /// Where it stands.
    pub(super) at: At,
    faults: &'v Faults,
    left: BTreeMap<&'v str, (Span, &'v Value<'v>)>,
    known: Vec<&'static str>,
}

impl<'v> Section<'v> {
    /// The document itself.
    pub(super) fn root(value: &'v Value<'v>, faults: &'v Faults) -> Self {
        let at = At { offset: 0, key: String::new() };
        Self::of(value, at, faults).unwrap_or_else(|| Self {
            at: At { offset: 0, key: String::new() },
            faults,
            left: BTreeMap::new(),
            known: Vec::new(),
        })
    }

    fn of(value: &'v Value<'v>, at: At, faults: &'v Faults) -> Option<Self> {
        let Some(table) = value.as_table() else {
            faults.add(&at, format!("is {}, not a table", kind_of(value)));
            return None;
        };
        Some(Self { at, faults, left: entries(table), known: Vec::new() })
    }

    /// The faults that everything here adds to.
    pub(super) fn faults(&self) -> &'v Faults {
        self.faults
    }

    fn take(&mut self, key: &'static str) -> Option<(At, &'v Value<'v>)> {
        self.known.push(key);
        self.left.remove(key).map(|(span, value)| (self.at.key(key, span.start), value))
    }

    /// A text, if there is one.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let (at, value) = self.take(key)?;
        self.as_text(&at, value).map(str::to_owned)
    }

    /// A text that must be there and not be empty.
    pub(super) fn required_text(&mut self, key: &'static str) -> String {
        match self.take(key) {
            Some((at, value)) => {
                let text = self.as_text(&at, value);
                if text == Some("") {
                    self.faults.add(&at, "must not be empty");
                }
                text.unwrap_or_default().to_owned()
            }
            None => {
                self.missing(key);
                String::new()
            }
        }
    }

    /// An id that must be there.
    pub(super) fn required_id(&mut self, key: &'static str) -> Option<Named> {
        if !self.left.contains_key(key) {
            self.known.push(key);
            self.missing(key);
            return None;
        }
        self.id(key)
    }

    /// An id, if there is one.
    pub(super) fn id(&mut self, key: &'static str) -> Option<Named> {
        let (at, value) = self.take(key)?;
        self.as_id(at, value)
    }

    /// A list of ids; one that stands alone is a list of one. Unset where the key is.
    pub(super) fn ids(&mut self, key: &'static str) -> Option<Vec<Named>> {
        let (at, value) = self.take(key)?;
        Some(self.as_ids(at, value))
    }

    /// `true` or `false`; `false` where the key is unset.
    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        let Some((at, value)) = self.take(key) else { return false };
        value.as_bool().unwrap_or_else(|| {
            self.wrong(&at, value, "`true` or `false`");
            false
        })
    }

    /// An instant, if there is one.
    pub(super) fn instant(&mut self, key: &'static str) -> Option<Timestamp> {
        let (at, value) = self.take(key)?;
        let form = "an instant in quotation marks: `\"2031-05-06T09:00:00Z\"`";
        let text = value.as_str().or_else(|| {
            self.wrong(&at, value, form);
            None
        })?;
        let instant = text.parse().ok().filter(|_| text.contains('T'));
        if instant.is_none() {
            self.faults.add_allowed(&at, "is no instant", form);
        }
        instant
    }

    /// The tables of a list, if there is one.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Section<'v>> {
        let Some((at, value)) = self.take(key) else { return Vec::new() };
        let Some(list) = value.as_array() else {
            self.wrong(&at, value, "a list of tables");
            return Vec::new();
        };
        let faults = self.faults;
        let element = |(index, value): (usize, &'v Value<'v>)| {
            Section::of(value, at.element(index, value.span.start), faults)
        };
        list.iter().enumerate().filter_map(element).collect()
    }

    /// The tables under a key, by their ids, in the order of the document.
    pub(super) fn by_id(&mut self, key: &'static str) -> Vec<(String, Section<'v>)> {
        let faults = self.faults;
        let table = |(id, at, value): (&'v str, At, &'v Value<'v>)| {
            examine_id(id, &at, faults);
            Some((id.to_owned(), Section::of(value, at, faults)?))
        };
        self.pairs(key).into_iter().filter_map(table).collect()
    }

    /// Ids, each with a list of ids, in the order of the document.
    pub(super) fn id_lists(&mut self, key: &'static str) -> Vec<(Named, Vec<Named>)> {
        let pairs = self.pairs(key);
        pairs
            .into_iter()
            .map(|(id, at, value)| {
                examine_id(id, &at, self.faults);
                let ids = self.as_ids(at.clone(), value);
                (Named { id: id.to_owned(), at }, ids)
            })
            .collect()
    }

    /// Texts by name.
    pub(super) fn texts(&mut self, key: &'static str) -> BTreeMap<String, String> {
        let pairs = self.pairs(key);
        pairs
            .into_iter()
            .filter_map(|(name, at, value)| Some((name.to_owned(), self.as_text(&at, value)?.to_owned())))
            .collect()
    }

    fn pairs(&mut self, key: &'static str) -> Vec<(&'v str, At, &'v Value<'v>)> {
        let Some((at, value)) = self.take(key) else { return Vec::new() };
        let Some(table) = value.as_table() else {
            self.wrong(&at, value, "a table");
            return Vec::new();
        };
        let mut pairs: Vec<_> = entries(table)
            .into_iter()
            .map(|(name, (span, value))| (name, at.key(name, span.start), value))
            .collect();
        pairs.sort_by_key(|(_, at, _)| at.offset);
        pairs
    }

    /// One of a few words, if the key is set.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let (at, value) = self.take(key)?;
        let chosen = value.as_str().and_then(|text| choices.iter().find(|(word, _)| *word == text));
        if chosen.is_none() {
            let words: Vec<String> = choices.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.faults.add_allowed(&at, "is none of the words known here", words.join(", "));
        }
        chosen.map(|(_, meaning)| *meaning)
    }

    /// Whether a key is there that has not been read yet.
    pub(super) fn has(&self, key: &str) -> bool {
        self.left.contains_key(key)
    }

    /// Says what is left, which nobody knows.
    pub(super) fn finish(self) {
        for (key, (span, _)) in &self.left {
            let allowed = self.known.join(", ");
            self.faults.add_allowed(&self.at.key(key, span.start), "is no key that is known here", allowed);
        }
    }

    fn missing(&self, key: &str) {
        self.faults.add(&self.at, format!("`{key}` is missing"));
    }

    fn wrong(&self, at: &At, value: &Value<'_>, allowed: &str) {
        self.faults.add_allowed(at, format!("is {}", kind_of(value)), allowed);
    }

    fn as_text(&self, at: &At, value: &'v Value<'v>) -> Option<&'v str> {
        let text = value.as_str();
        if text.is_none() {
            self.wrong(at, value, "a text in quotation marks");
        }
        text
    }

    fn as_id(&self, at: At, value: &'v Value<'v>) -> Option<Named> {
        let id = self.as_text(&at, value)?;
        examine_id(id, &at, self.faults).then(|| Named { id: id.to_owned(), at })
    }

    fn as_ids(&self, at: At, value: &'v Value<'v>) -> Vec<Named> {
        match value.as_array() {
            Some(list) => list
                .iter()
                .enumerate()
                .filter_map(|(index, value)| self.as_id(at.element(index, value.span.start), value))
                .collect(),
            None => self.as_id(at, value).into_iter().collect(),
        }
    }
}

fn entries<'v>(table: &'v Table<'v>) -> BTreeMap<&'v str, (Span, &'v Value<'v>)> {
    table.iter().map(|(key, value)| (key.name.as_ref(), (key.span, value))).collect()
}

fn kind_of(value: &Value<'_>) -> &'static str {
    match value.as_ref() {
        ValueInner::String(_) => "a text",
        ValueInner::Integer(_) | ValueInner::Float(_) => "a number",
        ValueInner::Boolean(_) => "`true` or `false`",
        ValueInner::Array(_) => "a list",
        ValueInner::Table(_) => "a table",
    }
}

/// Whether a text is an id: 1 to 128 of `A-Z a-z 0-9 - _ . ~ :`, a letter or digit first.
fn examine_id(id: &str, at: &At, faults: &Faults) -> bool {
    let first = id.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b':');
    let good = first && id.len() <= 128 && id.bytes().all(allowed);
    if !good {
        faults.add_allowed(at, "is no id", "1 to 128 of `A-Z a-z 0-9 - _ . ~ :`, a letter or digit first");
    }
    good
}
