//! Refusals: why a command changes nothing.

use std::fmt;

use bailiwick_identity::UserId;
use bailiwick_policy::Reason;

/// A command that was refused. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// How the caller should take it.
    pub refused: Refused,
    /// Why.
    pub reason: Reason,
    /// Which of the command's changes, counted from 0, where it has several.
    pub change: Option<usize>,
    /// Of which of several persons, counted from 0, where it is a form for several.
    pub person: Option<u16>,
    /// For a person who reads: values compared, names allowed. Holds no personal data and nothing beyond the
    /// actor's sight.
    pub detail: String,
    /// Where an argument is at fault: its path in the change (`assign.role`).
    pub field: Option<String>,
    /// Who is there already, where the actor has shown to know them: told as a handle, never by id.
    pub found: Option<UserId>,
    /// Where several things stand in the way: each in words, under the same terms as `detail`.
    pub each: Vec<String>,
}

/// How a refusal is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refused {
    /// The actor may not.
    Denied,
    /// An argument cannot be right, whatever the state.
    Invalid,
    /// What is named is not there, or beyond sight.
    NotFound,
    /// What is to be made is there.
    Exists,
    /// The state does not allow it now.
    Precondition,
    /// Somebody else was faster: read again.
    Conflict,
}

impl Refusal {
    /// A refusal without detail.
    #[must_use]
    pub fn new(refused: Refused, reason: Reason) -> Self {
        Self {
            refused,
            reason,
            change: None,
            person: None,
            detail: String::new(),
            field: None,
            found: None,
            each: Vec::new(),
        }
    }

    /// The actor may not.
    #[must_use]
    pub fn denied(reason: Reason) -> Self {
        Self::new(Refused::Denied, reason)
    }

    /// A limit of the rules, or a state that does not allow it.
    #[must_use]
    pub fn precondition(reason: Reason) -> Self {
        Self::new(Refused::Precondition, reason)
    }

    /// The same refusal, saying more to a person who reads.
    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The same refusal, naming each of several things that stand in the way.
    #[must_use]
    pub fn listing(mut self, each: impl Iterator<Item = String>) -> Self {
        self.each = each.collect();
        self
    }

    /// The same refusal, naming the argument at fault.
    #[must_use]
    pub fn at_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The same refusal, naming the person whose changes are at fault.
    #[must_use]
    pub fn at_person(mut self, index: usize) -> Self {
        self.person = u16::try_from(index).ok();
        self
    }

    /// The same refusal, naming the change at fault.
    #[must_use]
    pub fn at_change(mut self, index: usize) -> Self {
        self.change = Some(index);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.code(), self.reason.sentence())?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
