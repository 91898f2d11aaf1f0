//! What is wrong with a world file: every fault, with its line, its key and what would be right.

use std::cell::RefCell;
use std::fmt;

/// One thing that is wrong with a world file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The dotted path of the key, `users.dana.home`; elements of a list are counted from 1. Empty where the
    /// document cannot be read as TOML.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What would be right, where that can be said in a few words.
    pub allowed: Option<String>,
}

impl Fault {
    /// The one fault of a document that is no TOML.
    pub(super) fn syntax(text: &str, error: &toml_span::Error) -> Self {
        // The parser's own words would quote what stands there, which may be personal.
        let problem = error.to_string().lines().next().unwrap_or("cannot be read as TOML").to_owned();
        // One character may stand there all the same; where it goes, it must not act.
        let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
        let problem = problem.chars().map(shown).collect();
        Self { line: line_of(text, error.span.start), key: String::new(), problem, allowed: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.key.is_empty() {
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct At {
    /// The byte at which it starts.
    pub(super) offset: usize,
    /// The dotted path.
    pub(super) key: String,
}

impl At {
    /// A key inside this place.
    pub(super) fn key(&self, key: &str, offset: usize) -> Self {
        let bare =
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let dot = if self.key.is_empty() { "" } else { "." };
        let key = if bare { key.to_owned() } else { format!("{key:?}") };
        Self { offset, key: format!("{}{dot}{key}", self.key) }
    }

    /// An element of this list, by its index from 0.
    pub(super) fn element(&self, index: usize, offset: usize) -> Self {
        Self { offset, key: format!("{}[{}]", self.key, index + 1) }
    }
}

/// The faults found so far, shared by all that reads one document.
#[derive(Debug, Default)]
pub(super) struct Faults(RefCell<Vec<(At, String, Option<String>)>>);

impl Faults {
    /// Adds a fault.
    pub(super) fn add(&self, at: &At, problem: impl Into<String>) {
        self.0.borrow_mut().push((at.clone(), problem.into(), None));
    }

    /// Adds a fault, and says what would be right.
    pub(super) fn add_allowed(&self, at: &At, problem: impl Into<String>, allowed: impl Into<String>) {
        self.0.borrow_mut().push((at.clone(), problem.into(), Some(allowed.into())));
    }

    /// Everything found, in the order of the document.
    pub(super) fn into_faults(self, text: &str) -> Vec<Fault> {
        let mut found = self.0.into_inner();
        found.sort_by(|(a, ..), (b, ..)| (a.offset, &a.key).cmp(&(b.offset, &b.key)));
        let lines = Lines::of(text);
        found
            .into_iter()
            .map(|(at, problem, allowed)| Fault {
                line: lines.line(at.offset),
                key: at.key,
                problem,
                allowed,
            })
            .collect()
    }
}

/// Where the lines of a text start.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    /// Looks for them.
    pub(super) fn of(text: &str) -> Self {
        let after = text.bytes().enumerate().filter(|&(_, b)| b == b'\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(after).collect())
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|&start| start <= offset).max(1)
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    Lines::of(text).line(offset)
}
