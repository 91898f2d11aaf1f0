//! Reading a table of the document, key by key: types, limits, unknown keys.
//!
//! A reader answers `None` for what is absent and for what is wrong; what is wrong has been told by then. Where
//! the difference matters, `has` says whether the key is there.

use std::fmt::Display;
use std::time::Duration;

use toml_span::value::{Table, Value, ValueInner};

use crate::scheme::fault::{At, Faults};

/// The longest title, description or other text that people read, in characters.
const TEXT_LIMIT: usize = 200;

/// How many names a fault lists.
const LISTED_LIMIT: usize = 40;

/// A table of the document.
#[derive(Clone)]
pub(in crate::scheme) struct Section<'a, 'd> {
    table: Option<&'a Table<'d>>,
    at: At,
    faults: &'a Faults,
}

impl<'a, 'd> Section<'a, 'd> {
    /// The table that a value is; keys that are not `known` are faults.
    pub(in crate::scheme) fn open(value: &'a Value<'d>, at: At, faults: &'a Faults, known: &[&str]) -> Self {
        let section = Self::open_free(value, at, faults);
        for (key, value) in section.table.into_iter().flatten() {
            if !known.contains(&key.name.as_ref()) {
                let at = section.at.key(&key.name).starting(key.span.start.min(value.span.start));
                faults.add_allowed(&at, "unknown key", listed(known));
            }
        }
        section
    }

    /// The table that a value is, whatever its keys.
    fn open_free(value: &'a Value<'d>, at: At, faults: &'a Faults) -> Self {
        let table = value.as_table();
        if table.is_none() {
            faults.add(&at, format!("must be a table, not {}", type_of(value)));
        }
        Self { table, at, faults }
    }

    /// Where the table is.
    pub(in crate::scheme) fn at(&self) -> &At {
        &self.at
    }

    /// Where faults go.
    pub(in crate::scheme) fn faults(&self) -> &'a Faults {
        self.faults
    }

    /// Whether the key is there.
    pub(in crate::scheme) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether something was found wrong with a key, so that further conclusions from it would mislead.
    pub(in crate::scheme) fn is_wrong(&self, key: &str) -> bool {
        self.faults.within(&self.at_key(key).key)
    }

    /// Where the key is; where it is absent, the table.
    pub(in crate::scheme) fn at_key(&self, key: &str) -> At {
        let at = self.at.key(key);
        match self.table.and_then(|t| t.get_key_value(key)) {
            Some((name, value)) => at.starting(name.span.start.min(value.span.start)),
            None => at,
        }
    }

    /// The value of a key.
    fn get(&self, key: &str) -> Option<&'a Value<'d>> {
        self.table.and_then(|t| t.get(key))
    }

    /// Tells what is wrong with a key.
    pub(in crate::scheme) fn fault(&self, key: &str, problem: impl Into<String>) {
        self.faults.add(&self.at_key(key), problem);
    }

    fn wrong_type(&self, key: &str, wanted: &str, value: &Value<'_>) {
        self.fault(key, format!("must be {wanted}, not {}", type_of(value)));
    }

    /// A text that people read.
    pub(in crate::scheme) fn text(&self, key: &str) -> Option<String> {
        let value = self.get(key)?;
        let Some(text) = value.as_str() else {
            self.wrong_type(key, "a text", value);
            return None;
        };
        check_text(text, &self.at_key(key), self.faults).then(|| text.to_owned())
    }

    /// A text that people read; where it is absent, another.
    pub(in crate::scheme) fn text_or(&self, key: &str, otherwise: &str) -> String {
        self.text(key).unwrap_or_else(|| otherwise.to_owned())
    }

    /// `true` or `false`.
    pub(in crate::scheme) fn flag(&self, key: &str, otherwise: bool) -> bool {
        let Some(value) = self.get(key) else { return otherwise };
        value.as_bool().unwrap_or_else(|| {
            self.wrong_type(key, "`true` or `false`", value);
            otherwise
        })
    }

    /// A whole number of at least `least`.
    pub(in crate::scheme) fn number(&self, key: &str, least: u32) -> Option<u32> {
        let value = self.get(key)?;
        let number = value.as_integer().and_then(|n| u32::try_from(n).ok()).filter(|&n| n >= least);
        if number.is_none() {
            let found = value.as_integer().map_or_else(|| type_of(value).to_owned(), |n| n.to_string());
            let problem = format!("must be a whole number of at least {least}, not {found}");
            self.faults.add_allowed(&self.at_key(key), problem, format!("{least} to {}", u32::MAX));
        }
        number
    }

    /// A name from elsewhere in the document, still to be looked up.
    pub(in crate::scheme) fn word(&self, key: &str) -> Option<(&'a str, At)> {
        let value = self.get(key)?;
        let word = value.as_str();
        if word.is_none() {
            self.wrong_type(key, "a text", value);
        }
        word.map(|word| (word, self.at_key(key)))
    }

    /// One of a few words.
    pub(in crate::scheme) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let (word, at) = self.word(key)?;
        let chosen = choices.iter().find(|(name, _)| *name == word).map(|&(_, chosen)| chosen);
        if chosen.is_none() {
            let allowed = listed(choices.iter().map(|(name, _)| name));
            self.faults.add_allowed(&at, format!("unknown value `{}`", shown(word)), allowed);
        }
        chosen
    }

    /// A list of names from elsewhere in the document; naming one twice is a fault.
    pub(in crate::scheme) fn words(&self, key: &str) -> Vec<(&'a str, At)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(list) = value.as_array() else {
            self.wrong_type(key, "a list of texts", value);
            return Vec::new();
        };
        let at_list = self.at_key(key);
        let mut words: Vec<(&str, At)> = Vec::with_capacity(list.len());
        let mut seen = std::collections::HashSet::new();
        for (index, element) in list.iter().enumerate() {
            let at = at_list.element(index).starting(element.span.start);
            match element.as_str() {
                None => self.faults.add(&at, format!("must be a text, not {}", type_of(element))),
                Some(word) if !seen.insert(word) => {
                    self.faults.add(&at, format!("`{}` is listed twice", shown(word)));
                }
                Some(word) => words.push((word, at)),
            }
        }
        words
    }

    /// A list of texts that people read.
    pub(in crate::scheme) fn texts(&self, key: &str) -> Vec<(String, At)> {
        let good = |(text, at): &(&str, At)| check_text(text, at, self.faults);
        self.words(key).into_iter().filter(good).map(|(text, at)| (text.to_owned(), at)).collect()
    }

    /// A set of a few words.
    pub(in crate::scheme) fn choices<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Vec<(T, At)> {
        let mut chosen = Vec::new();
        for (word, at) in self.words(key) {
            match choices.iter().find(|(name, _)| *name == word) {
                Some(&(_, choice)) => chosen.push((choice, at)),
                None => {
                    let allowed = listed(choices.iter().map(|(name, _)| name));
                    self.faults.add_allowed(&at, format!("unknown value `{}`", shown(word)), allowed);
                }
            }
        }
        chosen
    }

    /// A length of time: a whole number and `m`, `h`, `d` or `w`; at most ten years.
    pub(in crate::scheme) fn duration(&self, key: &str) -> Option<Duration> {
        let (word, at) = self.word(key)?;
        let duration = parse_duration(word);
        if duration.is_none() {
            let problem = format!("`{}` is no length of time", shown(word));
            self.faults.add_allowed(&at, problem, "`30m`, `12h`, `3d`, `2w`; from one minute to ten years");
        }
        duration
    }

    /// A table inside this one, where it is there.
    pub(in crate::scheme) fn section(&self, key: &str, known: &[&str]) -> Option<Section<'a, 'd>> {
        let value = self.get(key)?;
        Some(Section::open(value, self.at_key(key), self.faults, known))
    }

    /// A table inside this one, where it is one; its keys are examined elsewhere.
    pub(in crate::scheme) fn peek(&self, key: &str) -> Option<Section<'a, 'd>> {
        let table = self.get(key)?.as_table();
        table.map(|table| Section { table: Some(table), at: self.at_key(key), faults: self.faults })
    }

    /// Where a path of keys leads; where it breaks off, the last table that is there.
    pub(in crate::scheme) fn locate(&self, path: &[&str]) -> At {
        match path {
            [] => self.at.clone(),
            [key] => self.at_key(key),
            [key, rest @ ..] => match self.peek(key) {
                Some(inner) => inner.locate(rest),
                None => rest.iter().fold(self.at_key(key), |at, key| at.key(key)),
            },
        }
    }

    /// Where a list at a path has a word; where it has not, the list.
    pub(in crate::scheme) fn locate_word(&self, path: &[&str], word: &str) -> At {
        let at = self.locate(path);
        let Some((key, above)) = path.split_last() else { return at };
        let table = above.iter().try_fold(self.clone(), |section, key| section.peek(key));
        let list = table.as_ref().and_then(|table| table.get(key)).and_then(Value::as_array);
        let found = list.and_then(|list| list.iter().position(|v| v.as_str() == Some(word)).zip(Some(list)));
        match found.and_then(|(index, list)| list.get(index).map(|value| (index, value.span.start))) {
            Some((index, offset)) => at.element(index).starting(offset),
            None => at,
        }
    }

    /// The tables inside a table of this one, by their names, in the order of the document.
    pub(in crate::scheme) fn entries(&self, key: &str, known: &[&str]) -> Vec<(&'a str, Section<'a, 'd>)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let whole = Section::open_free(value, self.at_key(key), self.faults);
        let mut entries: Vec<(&'a str, Section<'a, 'd>)> = Vec::new();
        for (name, entry) in whole.table.into_iter().flatten() {
            let at = whole.at.key(&name.name).starting(name.span.start.min(entry.span.start));
            entries.push((name.name.as_ref(), Section::open(entry, at, self.faults, known)));
        }
        entries.sort_by_key(|(_, section)| section.at.offset);
        entries
    }

    /// The names of the tables inside a table of this one, in the order of the document; nothing is examined.
    pub(in crate::scheme) fn names(&self, key: &str) -> Vec<(&'a str, At)> {
        let Some(table) = self.get(key).and_then(Value::as_table) else { return Vec::new() };
        let whole = self.at_key(key);
        let mut names: Vec<(&'a str, At)> = table
            .iter()
            .map(|(name, value)| {
                let at = whole.key(&name.name).starting(name.span.start.min(value.span.start));
                (name.name.as_ref(), at)
            })
            .collect();
        names.sort_by_key(|(_, at)| at.offset);
        names
    }

    /// The elements of a list that holds texts and tables.
    pub(in crate::scheme) fn mixed(&self, key: &str, known: &[&str]) -> Vec<Element<'a, 'd>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(list) = value.as_array() else {
            self.wrong_type(key, "a list", value);
            return Vec::new();
        };
        let at_list = self.at_key(key);
        let mut elements = Vec::with_capacity(list.len());
        for (index, element) in list.iter().enumerate() {
            let at = at_list.element(index).starting(element.span.start);
            match element.as_ref() {
                ValueInner::String(word) => elements.push(Element::Word(word.as_ref(), at)),
                ValueInner::Table(_) => {
                    elements.push(Element::Table(Section::open(element, at, self.faults, known)));
                }
                ValueInner::Integer(_)
                | ValueInner::Float(_)
                | ValueInner::Boolean(_)
                | ValueInner::Array(_) => {
                    self.faults.add(&at, format!("must be a text or a table, not {}", type_of(element)));
                }
            }
        }
        elements
    }

    /// Whether a key holds a list, and not a single text.
    pub(in crate::scheme) fn is_list(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.as_array().is_some())
    }
}

/// An element of a list that holds texts and tables.
pub(in crate::scheme) enum Element<'a, 'd> {
    /// A plain text.
    Word(&'a str, At),
    /// A table.
    Table(Section<'a, 'd>),
}

/// The type of a value, as people call it.
fn type_of(value: &Value<'_>) -> &'static str {
    match value.as_ref() {
        ValueInner::String(_) => "a text",
        ValueInner::Integer(_) => "a whole number",
        ValueInner::Float(_) => "a fraction",
        ValueInner::Boolean(_) => "`true` or `false`",
        ValueInner::Array(_) => "a list",
        ValueInner::Table(_) => "a table",
    }
}

/// Examines a text that people read.
fn check_text(text: &str, at: &At, faults: &Faults) -> bool {
    let problem = if text.trim().is_empty() {
        "must not be empty"
    } else if text.chars().count() > TEXT_LIMIT {
        "must have at most 200 characters"
    } else if text.chars().any(char::is_control) {
        "must not hold control characters"
    } else {
        return true;
    };
    faults.add(at, problem);
    false
}

/// Names as they are listed in a fault: each in backticks, not for ever.
pub(in crate::scheme) fn listed<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    let mut names = names.into_iter();
    let mut shown: Vec<String> = names.by_ref().take(LISTED_LIMIT).map(|name| format!("`{name}`")).collect();
    match names.count() {
        0 if shown.is_empty() => return "none".to_owned(),
        0 => {}
        further => shown.push(format!("and {further} more")),
    }
    shown.join(", ")
}

/// Input as a fault shows it: without control characters and not for ever.
pub(in crate::scheme) fn shown(input: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut text: String = input.chars().take(64).map(plain).collect();
    if input.chars().nth(64).is_some() {
        text.push('…');
    }
    text
}

fn parse_duration(text: &str) -> Option<Duration> {
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    if !count.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole = count.parse::<u64>().ok()?.checked_mul(seconds)?;
    (60..=3_650 * 86_400).contains(&whole).then(|| Duration::from_secs(whole))
}
