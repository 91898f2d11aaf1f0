//! ImportUsers: one part of a list of people.
//!
//! What is wrong with the request is an error of the whole call; what is wrong with a row is told of that row.

use bailiwick_identity::{UnitId, UserId};
use bailiwick_realm::{
    AssignmentSpec, Body, ImportRow, ImportUsers, ListedPerson, Lost, MAX_ROW_ASSIGNMENTS, MAX_ROWS,
    Namesakes, NewUser, RowFault,
};

use super::form::{Form, Violation, Violations, given};
use super::name::Collection;
use super::phone::PhoneCountry;
use super::write::{Header, MAX_CHANGES, Write};
use crate::v1;

/// So many faults of a row are told, in so many characters.
const MOST_TOLD: usize = 8;
const PROBLEM_CHARACTERS: usize = 600;
/// External ids that a row may have.
const MOST_EXTERNAL_IDS: usize = 32;
/// Bytes of a list's digest.
const DIGEST_BYTES: usize = 32;

/// Reads an ImportUsers, which is known by `request_id` when it is sent again. `fresh` are the ids of those who are new, one
/// for each row; `country` is that of telephone numbers that name none. Of how many rows an actor may be told is not known
/// yet.
///
/// # Errors
/// When anything but a row cannot be right, whatever the state; or where an id is missing.
pub fn import_users(
    request: v1::ImportUsersRequest,
    request_id: String,
    fresh: Vec<UserId>,
    country: PhoneCountry,
) -> Result<Write, Violations> {
    let v1::ImportUsersRequest {
        realm,
        actor,
        file_digest,
        part,
        rows,
        accept_namesakes,
        give_again,
        validate_only,
        reason,
    } = request;
    let mut form = Form::default();
    if file_digest.len() != DIGEST_BYTES {
        form.fault("file_digest", format!("is the SHA-256 of the list: {DIGEST_BYTES} bytes"));
    }
    if part == 0 {
        form.fault("part", "counts from 1");
    }
    if rows.is_empty() || rows.len() > MAX_ROWS {
        form.fault("rows", format!("needs 1 to {MAX_ROWS} rows"));
    }
    let changes: usize = rows.iter().map(|row| row.assignments.len().max(1)).sum();
    if changes > MAX_CHANGES {
        form.fault(
            "rows",
            format!(
                "asks for {changes} changes, and a part for at most {MAX_CHANGES}: a row counts as many as it has \
                 assignments, and at least one"
            ),
        );
    }
    if fresh.len() < rows.len() {
        form.fault("rows", "are more than ids were made for");
    }
    let rows = rows.into_iter().zip(fresh).map(|(row, fresh)| read_row(row, fresh, country)).collect();
    let namesakes = if accept_namesakes { Namesakes::Accept } else { Namesakes::Ask };
    let lost = if give_again { Lost::GiveAgain } else { Lost::Ask };
    let body = Some(Body::ImportUsers(ImportUsers { rows, namesakes, lost, may_tell: None }));
    Header { realm, actor, request_id, validate_only, reason, ..Header::default() }.with(form, body)
}

fn read_row(row: v1::ImportRow, fresh: UserId, country: PhoneCountry) -> ImportRow {
    let line = row.line;
    let mut form = Form::of_country(country);
    let read = form.listed(row, fresh);
    let person = form.finish(read.map(Box::new)).map_err(|Violations(violations)| row_fault(&violations));
    ImportRow { line, person }
}

/// What is wrong with a row, as it is kept in the log: never more than some words of it, whatever was sent.
fn row_fault(violations: &[Violation]) -> RowFault {
    let told = || violations.iter().take(MOST_TOLD);
    let one = |violation: &Violation| format!("{}: {}", plain(&violation.field), violation.description);
    let problem = told().map(one).collect::<Vec<_>>().join("; ");
    RowFault {
        problem: problem.chars().take(PROBLEM_CHARACTERS).collect(),
        fields: told().map(|violation| plain(&violation.field).to_owned()).collect(),
    }
}

/// A field of the profile as it is called elsewhere: `email`.
fn plain(field: &str) -> &str {
    field.strip_prefix("profile.").unwrap_or(field)
}

impl Form {
    fn listed(&mut self, row: v1::ImportRow, fresh: UserId) -> Option<ListedPerson> {
        let v1::ImportRow { line: _, profile, username, home_unit, assignments } = row;
        // Asked before any of them is read: a row is small, and so is what is said of it.
        if assignments.len() > MAX_ROW_ASSIGNMENTS {
            self.fault("assignments", format!("has at most {MAX_ROW_ASSIGNMENTS}"));
            return None;
        }
        if profile.as_ref().is_some_and(|profile| profile.external_ids.len() > MOST_EXTERNAL_IDS) {
            self.fault("external_ids", format!("has at most {MOST_EXTERNAL_IDS}"));
            return None;
        }
        let home = match home_unit.is_empty() && !assignments.is_empty() {
            true => None,
            false => self.id("home_unit", Collection::Units, &home_unit, UnitId::parse),
        };
        let username = self.title("username", username).map(given);
        let profile = self.profile("profile", profile.unwrap_or_default());
        let assignments: Vec<Option<AssignmentSpec>> = assignments
            .into_iter()
            .enumerate()
            .map(|(index, assign)| self.listed_assignment(&format!("assignments[{index}]"), assign))
            .collect();
        let assignments = assignments.into_iter().collect::<Option<Vec<_>>>()?;
        let lives = home.clone().or_else(|| assignments.first().map(|first| first.unit.clone()));
        let profile = profile?;
        let new = NewUser {
            home: lives?,
            username: username?,
            fields: profile.fields,
            external_ids: profile.external_ids,
        };
        Some(ListedPerson { user: fresh, new, home, assignments })
    }
}
