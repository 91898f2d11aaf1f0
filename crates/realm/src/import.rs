//! Importing a list of people: what a part of a list asks for, and what became of each of its rows.
//!
//! A row is a ManageUser of its own in all but name: `decide::import` finds the person, and has the change judged by the
//! same function as any other. Nothing here decides.

use bailiwick_identity::{UnitId, UserId};
use bailiwick_policy::Reason;

use crate::command::{AssignmentSpec, NewUser};
use crate::matching::MatchOutcome;

/// Rows that one part may have.
pub const MAX_ROWS: usize = 1_000;
/// Assignments that one row may have.
pub const MAX_ROW_ASSIGNMENTS: usize = 16;

/// One part of a list.
#[derive(Debug, Clone)]
pub struct ImportUsers {
    /// In the order of the list; 1 to 1,000.
    pub rows: Vec<ImportRow>,
    /// What becomes of somebody new who has the names of somebody known.
    pub namesakes: Namesakes,
    /// What becomes of what somebody held and lost.
    pub lost: Lost,
    /// Of how many rows an actor may still be told whether somebody is known; unset: of all.
    pub may_tell: Option<u32>,
}

/// What becomes of somebody new who has the names of somebody known, and nothing else in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Namesakes {
    /// A person looks at them first.
    #[default]
    Ask,
    /// They are another person.
    Accept,
}

/// What becomes of what a row gives somebody who held it before, and from whom it was taken since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lost {
    /// A person looks at it first: a list does not know why.
    #[default]
    Ask,
    /// It is given again.
    GiveAgain,
}

/// One row of a list.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// Where it stands in the list, as the caller counts.
    pub line: u32,
    /// Who it names; or what of it cannot be read.
    pub person: Result<Box<ListedPerson>, RowFault>,
}

/// Who a row names, and what they shall hold.
#[derive(Debug, Clone)]
pub struct ListedPerson {
    /// The id that the person has from now on, if nobody is found.
    pub user: UserId,
    /// Who they are.
    pub new: NewUser,
    /// Where the row says that they belong; unset: it does not say, and who is new belongs where `new` has it.
    pub home: Option<UnitId>,
    /// What they shall hold.
    pub assignments: Vec<AssignmentSpec>,
}

/// What of a row cannot be right, whatever the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// The fields at fault.
    pub fields: Vec<String>,
    /// What is wrong, without any value.
    pub problem: String,
}

/// What became of a row. Holds no personal data but the user's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedRow {
    /// Where it stands in the list.
    pub line: u32,
    /// What became of it.
    pub outcome: RowOutcome,
    /// Who it was about, where the actor is told of somebody.
    pub user: Option<UserId>,
    /// Whether the actor saw them before.
    pub sight: RowSight,
    /// The fields that it is about: at fault, or not as the list has them.
    pub fields: Vec<String>,
    /// For a person who reads; holds no value of the list.
    pub detail: String,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    /// The person is new.
    Created,
    /// The person was there, and holds more since.
    Added,
    /// The person was there, and something missing was filled in.
    Updated,
    /// The person is there, and has all of it.
    Unchanged,
    /// Somebody like that is there, or is there and holds it to no effect, or lost it: a person must look.
    NeedsDecision(MatchOutcome),
    /// The rules or a limit refuse it.
    Refused(Reason),
    /// The actor has asked too often about people: it was not looked at.
    NotLookedAt,
}

/// Whether an actor saw the person whom a row is about, before the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowSight {
    /// They did; or there was nobody to see.
    #[default]
    Within,
    /// They did not: that they are known was told by the row.
    Beyond,
}

impl ImportUsers {
    /// How many changes the rows ask for together, at most as many as any command: each as many as it has assignments,
    /// and at least one.
    #[must_use]
    pub fn changes(&self) -> usize {
        let asked = |row: &ImportRow| row.person.as_ref().map_or(1, |person| person.assignments.len().max(1));
        self.rows.iter().map(asked).sum()
    }
}

impl ImportedRow {
    /// Whether the row tells an actor something of people whom they do not see: by finding one of them, by being refused,
    /// or by ending at somebody similar, since that says that nobody out of sight is more so.
    #[must_use]
    pub fn tells(&self) -> bool {
        match self.outcome {
            RowOutcome::Refused(_) | RowOutcome::NeedsDecision(_) => true,
            RowOutcome::NotLookedAt => false,
            RowOutcome::Created | RowOutcome::Added | RowOutcome::Updated | RowOutcome::Unchanged => {
                self.sight == RowSight::Beyond
            }
        }
    }
}
