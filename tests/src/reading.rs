//! Reading TOML strictly: each key once, unknown keys refused, every fault with file and line.
//!
//! What the texts inside mean is the readers' own.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use toml_span::Span;
use toml_span::value::{Table, Value, ValueInner};

/// Every file with this ending in a folder and the folders below, sorted.
pub(crate) fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|e| e.to_string())?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A text with the name under which its faults are told.
pub(crate) struct Source<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

impl<'a> Source<'a> {
    /// The document's table.
    pub(crate) fn read(&'a self) -> Result<Fields<'a>, String> {
        let value = toml_span::parse(self.text).map_err(|error| format!("{}: {error}", self.name))?;
        Fields::open(self, value)
    }

    fn line(&self, span: Span) -> usize {
        self.text.bytes().take(span.start).filter(|&b| b == b'\n').count() + 1
    }
}

/// A value on its own, with its place.
pub(crate) struct Item<'a> {
    source: &'a Source<'a>,
    value: Value<'a>,
}

/// A table whose keys are taken one by one.
pub(crate) struct Fields<'a> {
    source: &'a Source<'a>,
    table: Table<'a>,
    span: Span,
}

impl<'a> Item<'a> {
    /// `file:line: problem`.
    pub(crate) fn fault(&self, problem: &str) -> String {
        format!("{}:{}: {problem}", self.source.name, self.source.line(self.value.span))
    }

    pub(crate) fn is_table(&self) -> bool {
        self.value.as_table().is_some()
    }

    pub(crate) fn fields(self) -> Result<Fields<'a>, String> {
        Fields::open(self.source, self.value)
    }

    pub(crate) fn text(mut self) -> Result<String, String> {
        let problem = format!("a text is wanted, not {}", self.value.as_ref().type_str());
        let fault = self.fault(&problem);
        self.value.take_string(None).map(Cow::into_owned).map_err(|_| fault)
    }

    /// A list, or a single value as a list of one.
    pub(crate) fn list(mut self) -> Vec<Self> {
        if self.value.as_array().is_none() {
            return vec![self];
        }
        let source = self.source;
        let ValueInner::Array(values) = self.value.take() else { return Vec::new() };
        values.into_iter().map(|value| Self { source, value }).collect()
    }
}

impl<'a> Fields<'a> {
    fn open(source: &'a Source<'a>, mut value: Value<'a>) -> Result<Self, String> {
        let (span, found) = (value.span, value.as_ref().type_str());
        let ValueInner::Table(table) = value.take() else {
            return Err(format!("{}:{}: a table is wanted, not {found}", source.name, source.line(span)));
        };
        Ok(Self { source, table, span })
    }

    /// `file:line: problem`.
    pub(crate) fn fault(&self, problem: &str) -> String {
        format!("{}:{}: {problem}", self.source.name, self.line())
    }

    pub(crate) fn line(&self) -> usize {
        self.source.line(self.span)
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<Item<'a>> {
        let (_, value) = self.table.remove_entry(key)?;
        Some(Item { source: self.source, value })
    }

    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        self.take(key).map(Item::text).transpose()
    }

    pub(crate) fn needed(&mut self, key: &str) -> Result<String, String> {
        self.text(key)?.ok_or_else(|| self.fault(&format!("`{key}` is missing")))
    }

    pub(crate) fn flag(&mut self, key: &str) -> Result<bool, String> {
        let Some(item) = self.take(key) else { return Ok(false) };
        item.value.as_bool().ok_or_else(|| item.fault(&format!("`{key}` is `true` or `false`")))
    }

    pub(crate) fn number(&mut self, key: &str) -> Result<Option<usize>, String> {
        let Some(item) = self.take(key) else { return Ok(None) };
        let number = item.value.as_integer().and_then(|n| usize::try_from(n).ok());
        number.map(Some).ok_or_else(|| item.fault(&format!("`{key}` is a whole number")))
    }

    /// A list, a single value as a list of one, or nothing.
    pub(crate) fn list(&mut self, key: &str) -> Vec<Item<'a>> {
        self.take(key).map(Item::list).unwrap_or_default()
    }

    pub(crate) fn texts(&mut self, key: &str) -> Result<Vec<String>, String> {
        self.list(key).into_iter().map(Item::text).collect()
    }

    pub(crate) fn table(&mut self, key: &str) -> Result<Option<Self>, String> {
        self.take(key).map(Item::fields).transpose()
    }

    /// What is left, in the order of the document.
    pub(crate) fn rest(self) -> Vec<(String, Item<'a>)> {
        let source = self.source;
        let mut rest: Vec<_> = self
            .table
            .into_iter()
            .map(|(key, value)| (key.span.start, key.name.into_owned(), value))
            .collect();
        rest.sort_by_key(|(start, _, _)| *start);
        rest.into_iter().map(|(_, key, value)| (key, Item { source, value })).collect()
    }

    /// Nothing is left.
    pub(crate) fn done(self) -> Result<(), String> {
        let mut problem = String::new();
        for key in self.table.keys() {
            let line = self.source.line(key.span);
            let _ = write!(problem, "{}:{line}: unknown key `{}` ", self.source.name, key.name);
        }
        if problem.is_empty() { Ok(()) } else { Err(problem) }
    }
}
