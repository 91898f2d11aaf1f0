//! What is wrong with a scheme's document: every fault, with its line, its key, and what is allowed instead.
//!
//! Faults are collected, never thrown: whoever writes a scheme sees all of them at once.

use std::cell::{Cell, RefCell};
use std::fmt;

/// How many faults are told one by one.
const FAULT_LIMIT: usize = 1_000;

/// How much of a key a fault shows, in characters.
const KEY_LIMIT: usize = 80;

/// One thing that is wrong with a scheme's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The dotted path of the key (`roles.staff.rank`); empty where the document cannot be read as TOML. The
    /// n-th element of a list is `key[n]`, counted from 1.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What is allowed, where that can be said in a few words.
    pub allowed: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if self.key.is_empty() {
            write!(f, ", column {}", self.column)?;
        } else {
            write!(f, ", {}", self.key)?;
        }
        write!(f, ": {}", self.problem)?;
        match &self.allowed {
            Some(allowed) => write!(f, "; allowed: {allowed}"),
            None => Ok(()),
        }
    }
}

/// A place in the document: where it is and how it is called.
#[derive(Debug, Clone, Default)]
pub(super) struct At {
    /// The byte at which it starts.
    pub(super) offset: usize,
    /// The dotted path.
    pub(super) key: String,
}

impl At {
    /// The path of a key inside this one; the place is this one's until the key's own is known.
    pub(super) fn key(&self, key: &str) -> Self {
        let mut path = self.key.clone();
        if !path.is_empty() {
            path.push('.');
        }
        let key: String = key.chars().take(KEY_LIMIT).collect();
        if is_bare(&key) {
            path.push_str(&key);
        } else {
            path.push_str(&format!("{key:?}"));
        }
        Self { offset: self.offset, key: path }
    }

    /// The path of an element of this list, counted from 0.
    pub(super) fn element(&self, index: usize) -> Self {
        Self { offset: self.offset, key: format!("{}[{}]", self.key, index + 1) }
    }

    /// The same path, starting elsewhere.
    pub(super) fn starting(mut self, offset: usize) -> Self {
        self.offset = offset;
        self
    }
}

/// Whether TOML lets a key stand without quotation marks.
fn is_bare(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The faults found so far. Shared by everything that reads the same document.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: RefCell<Vec<(At, String, Option<String>)>>,
    /// How many more there are than are told one by one.
    further: Cell<usize>,
}

impl Faults {
    /// Adds a fault.
    pub(super) fn add(&self, at: &At, problem: impl Into<String>) {
        self.push(at, problem.into(), None);
    }

    /// Adds a fault, with what is allowed.
    pub(super) fn add_allowed(&self, at: &At, problem: impl Into<String>, allowed: impl Into<String>) {
        self.push(at, problem.into(), Some(allowed.into()));
    }

    fn push(&self, at: &At, problem: String, allowed: Option<String>) {
        let mut found = self.found.borrow_mut();
        if found.len() < FAULT_LIMIT {
            found.push((at.clone(), problem, allowed));
        } else {
            self.further.set(self.further.get() + 1);
        }
    }

    /// Whether nothing was found yet.
    pub(super) fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// Whether something was found at a path or inside it, so that further conclusions from it would mislead.
    pub(super) fn within(&self, path: &str) -> bool {
        let inside = |key: &str| {
            key.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.found.borrow().iter().any(|(at, _, _)| inside(&at.key))
    }

    /// Everything found, in the order of the document.
    pub(super) fn into_faults(self, text: &str) -> Vec<Fault> {
        let mut found = self.found.into_inner();
        found.sort_by(|(a, p, _), (b, q, _)| (a.offset, &a.key, p).cmp(&(b.offset, &b.key, q)));
        found.dedup_by(|(a, problem, _), (b, other, _)| a.key == b.key && problem == other);
        if self.further.get() > 0 {
            let problem = format!("{} further faults are not told one by one", self.further.get());
            found.push((At::default().starting(text.len()), problem, None));
        }
        let lines = Lines::of(text);
        found
            .into_iter()
            .map(|(at, problem, allowed)| {
                let (line, column) = lines.locate(text, at.offset);
                Fault { line, column, key: at.key, problem, allowed }
            })
            .collect()
    }
}

/// Where the lines of a text start.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let after = text.bytes().enumerate().filter(|&(_, b)| b == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(after).collect() }
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    fn locate(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = text.get(start..offset.min(text.len())).unwrap_or("");
        (line, before.chars().count() + 1)
    }
}
