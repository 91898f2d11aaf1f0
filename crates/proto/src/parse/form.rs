//! What is wrong with a request, field by field.

use std::fmt;

use bailiwick_identity::tells_national_identifier;

use super::name::{Collection, bare, named};
use super::phone::PhoneCountry;

/// One field of a request that cannot be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's path: `changes[3].assign.unit`.
    pub field: String,
    /// What is wrong, and what would be right. Never repeats a value that may be personal.
    pub description: String,
}

/// Everything that is wrong with a request; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Violations(pub Vec<Violation>);

impl Violations {
    /// One field that is wrong.
    #[must_use]
    pub fn one(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self(vec![Violation { field: field.into(), description: description.into() }])
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { "; " };
            write!(f, "{gap}{}: {}", violation.field, violation.description)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// Reads the fields of one request and collects what is wrong. A reader answers `None` where it has noted a fault.
#[derive(Debug, Default)]
pub(crate) struct Form {
    faults: Vec<Violation>,
    /// Of telephone numbers that name none.
    pub(crate) country: PhoneCountry,
}

/// Longest name of a thing, in bytes.
pub(crate) const NAME_BYTES: usize = 256;
/// Longest free text, in characters.
pub(crate) const TEXT_CHARS: usize = 1_000;

impl Form {
    pub(crate) fn of_country(country: PhoneCountry) -> Self {
        Self { country, ..Self::default() }
    }

    pub(crate) fn fault(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.faults.push(Violation { field: field.into(), description: description.into() });
    }

    /// The value, if nothing at all was wrong.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, Violations> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => {
                if self.faults.is_empty() {
                    self.fault("request", "cannot be read");
                }
                Err(Violations(self.faults))
            }
        }
    }

    /// An id behind its collection: `users/u-17`.
    pub(crate) fn id<T, F: fmt::Display>(
        &mut self,
        field: &str,
        of: Collection,
        text: &str,
        read: impl Fn(&str) -> Result<T, F>,
    ) -> Option<T> {
        let id = match named(of, text) {
            Ok(id) => id,
            Err(fault) => {
                self.fault(field, fault.to_string());
                return None;
            }
        };
        match read(id) {
            Ok(id) => Some(id),
            Err(fault) => {
                self.fault(field, fault.to_string());
                None
            }
        }
    }

    /// An id behind its collection, or nothing.
    #[expect(
        clippy::option_option,
        reason = "the outer says whether it could be read, the inner whether it is there"
    )]
    pub(crate) fn optional_id<T, F: fmt::Display>(
        &mut self,
        field: &str,
        of: Collection,
        text: &str,
        read: impl Fn(&str) -> Result<T, F>,
    ) -> Option<Option<T>> {
        if text.is_empty() { Some(None) } else { self.id(field, of, text, read).map(Some) }
    }

    /// Several ids behind their collection.
    pub(crate) fn ids<T, F: fmt::Display>(
        &mut self,
        field: &str,
        of: Collection,
        texts: &[String],
        read: impl Fn(&str) -> Result<T, F>,
    ) -> Option<Vec<T>> {
        let read: Vec<Option<T>> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| self.id(&format!("{field}[{index}]"), of, text, &read))
            .collect();
        read.into_iter().collect()
    }

    /// The plain id of something that the scheme names: compulsory, short, without control characters.
    pub(crate) fn scheme_name(&mut self, field: &str, text: &str) -> Option<String> {
        match bare(text) {
            Ok(()) => Some(text.to_owned()),
            Err(fault) => {
                self.fault(field, fault);
                None
            }
        }
    }

    /// A name that people read: short, without control characters; may be empty.
    pub(crate) fn title(&mut self, field: &str, text: String) -> Option<String> {
        if text.len() > NAME_BYTES {
            self.fault(field, format!("has at most {NAME_BYTES} bytes"));
            return None;
        }
        if text.chars().any(char::is_control) {
            self.fault(field, "holds no control characters");
            return None;
        }
        Some(text)
    }

    /// Free text: at most 1,000 characters, without control characters but line breaks and tabs, and without national
    /// identifiers, which are kept nowhere; may be empty.
    pub(crate) fn text(&mut self, field: &str, text: String) -> Option<String> {
        if text.chars().nth(TEXT_CHARS).is_some() {
            self.fault(field, format!("has at most {TEXT_CHARS} characters"));
            return None;
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) {
            self.fault(field, "holds no control characters but line breaks and tabs");
            return None;
        }
        if tells_national_identifier(&text) {
            self.fault(field, "holds what is written like a national identifier: those are never stored");
            return None;
        }
        Some(text)
    }
}

/// A text that is there, or nothing.
pub(crate) fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
