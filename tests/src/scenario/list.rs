//! Lists of people in scenarios: `list` has a row each, who it names and, after bars, what they shall hold.
//!
//! ```toml
//! actor = "dceo"                     # without: an operator
//! list = [
//!     "id ann, home lwia7, first_name 'Ann', last_name 'Lee', email 'ann@example.org' | career-planner at lwia7",
//! ]
//! accept_namesakes = true            # whoever has only the names of somebody is another person
//! give_again = true                  # what somebody held and lost is given again
//! may_tell = 3                       # of so many rows the actor may be told whether somebody is known
//! expect = "accepted"
//! tells = ["row 1 created ann"]      # or `row 1 refused RANK_TOO_LOW`, `row 1 needs decision NAME_ONLY joe, …`
//! ```
//!
//! What a search of theirs would not have shown the actor is `unseen`; behind `differs` stand the fields that are
//! otherwise than the row has them.

use std::collections::BTreeMap;

use bailiwick_identity::Instant;
use bailiwick_realm::{
    Body, ImportRow, ImportUsers, ImportedRow, ListedPerson, Lost, Namesakes, NewUser, RowOutcome, RowSight,
};

use super::assignment;
use super::change::user_id;
use super::looking::outcome_name;
use super::people;
use super::unit_tree::unit_id;
use super::words::{Clause, clauses};
use crate::reading::Fields;

/// A part of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    rows: Vec<String>,
    accept_namesakes: bool,
    give_again: bool,
    may_tell: Option<usize>,
}

impl List {
    /// Takes the keys of a list.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, String> {
        Ok(Self {
            rows: fields.texts("list")?,
            accept_namesakes: fields.flag("accept_namesakes")?,
            give_again: fields.flag("give_again")?,
            may_tell: fields.number("may_tell")?,
        })
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The list as a command has it.
    pub(crate) fn body(&self, now: Instant) -> Result<Body, String> {
        let rows = (1..).zip(&self.rows).map(|(line, phrase)| row(line, phrase, now));
        let namesakes = if self.accept_namesakes { Namesakes::Accept } else { Namesakes::Ask };
        let lost = if self.give_again { Lost::GiveAgain } else { Lost::Ask };
        let may_tell = self.may_tell.and_then(|rows| u32::try_from(rows).ok());
        Ok(Body::ImportUsers(ImportUsers {
            rows: rows.collect::<Result<_, _>>()?,
            namesakes,
            lost,
            may_tell,
        }))
    }
}

fn row(line: u32, phrase: &str, now: Instant) -> Result<ImportRow, String> {
    let mut parts = phrase.split('|');
    let person = clauses(parts.next().unwrap_or_default())?;
    let word = |name: &str| {
        let of = |clause: &Clause| match clause.words().as_slice() {
            [first, value] if *first == name => Some((*value).to_owned()),
            _ => None,
        };
        person.iter().find_map(of).ok_or_else(|| format!("`{phrase}`: `{name} …` is wanted"))
    };
    let assignments = parts.map(|part| {
        let clauses = clauses(part)?;
        let (first, rest) = clauses.split_first().ok_or("an assignment is wanted")?;
        assignment::spec(first, &rest.iter().collect::<Vec<_>>(), now)
    });
    let assignments = assignments.collect::<Result<Vec<_>, String>>()?;
    let home = word("home").ok().map(|home| unit_id(&home)).transpose()?;
    let lives = home.clone().or_else(|| assignments.first().map(|first| first.unit.clone()));
    let mut new = NewUser {
        home: lives.ok_or_else(|| format!("`{phrase}`: `home …` is wanted"))?,
        username: None,
        fields: BTreeMap::new(),
        external_ids: BTreeMap::new(),
    };
    for clause in &person {
        if let ([name], Some(value)) = (clause.words().as_slice(), &clause.text) {
            people::set(&mut new, name, value);
        }
    }
    let user = user_id(&word("id")?)?;
    Ok(ImportRow { line, person: Ok(Box::new(ListedPerson { user, new, home, assignments })) })
}

/// What became of a row, as scenarios say it.
pub(crate) fn tell(row: &ImportedRow) -> String {
    let ImportedRow { line, outcome, user, sight, fields, detail: _ } = row;
    let mut said = match outcome {
        RowOutcome::Created => format!("row {line} created"),
        RowOutcome::Added => format!("row {line} added"),
        RowOutcome::Updated => format!("row {line} updated"),
        RowOutcome::Unchanged => format!("row {line} unchanged"),
        RowOutcome::NeedsDecision(search) => format!("row {line} needs decision {}", outcome_name(*search)),
        RowOutcome::Refused(reason) => format!("row {line} refused {}", reason.code()),
        RowOutcome::NotLookedAt => format!("row {line} not looked at"),
    };
    if let Some(user) = user {
        said.push_str(&format!(" {user}"));
    }
    if *sight == RowSight::Beyond {
        said.push_str(" unseen");
    }
    match (outcome, fields.is_empty()) {
        (_, true) => {}
        (RowOutcome::Refused(_), false) => said.push_str(&format!(", field {}", fields.join(" "))),
        (_, false) => said.push_str(&format!(", differs {}", fields.join(" "))),
    }
    said
}
