//! What became of the rows: a count of each outcome, and a line for each row in a file. Nothing of the list is repeated.

use std::path::Path;

use bailiwick_proto::v1::{self, ImportOutcome};
use serde_json::json;

use super::rows::BadRow;
use crate::exit::{Answer, Failure};
use crate::output::Output;

/// Rows that are shown to whoever waits; the file has all.
const MOST_SHOWN: usize = 20;

/// What became of one row.
#[derive(Debug)]
struct Line {
    line: u32,
    outcome: &'static str,
    user: String,
    reason: String,
    fields: String,
    detail: String,
}

/// What became of a list.
#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<Line>,
}

/// An enum value without what all of its names begin with.
fn short(name: &'static str, prefix: &str) -> &'static str {
    match name.strip_prefix(prefix) {
        Some("UNSPECIFIED") | None => "",
        Some(rest) => rest,
    }
}

impl Report {
    /// Notes a row that was not sent.
    pub(super) fn unsent(&mut self, line: u32, fault: BadRow) {
        self.lines.push(Line {
            line,
            outcome: "REFUSED",
            user: String::new(),
            reason: "FIELD_INVALID".to_owned(),
            fields: fault.field,
            detail: fault.problem,
        });
    }

    /// Notes what the server says of a part.
    pub(super) fn sent(&mut self, rows: &[v1::ImportedRow]) {
        for row in rows {
            let reason = short(row.reason().as_str_name(), "REASON_");
            let found = short(row.r#match().as_str_name(), "MATCH_OUTCOME_");
            self.lines.push(Line {
                line: row.line,
                outcome: short(row.outcome().as_str_name(), "IMPORT_OUTCOME_"),
                user: row.user.clone(),
                reason: [reason, found].concat(),
                fields: row.fields.join(" "),
                detail: row.detail.clone(),
            });
        }
    }

    fn count(&self, outcome: ImportOutcome) -> usize {
        let name = short(outcome.as_str_name(), "IMPORT_OUTCOME_");
        self.lines.iter().filter(|line| line.outcome == name).count()
    }

    /// Writes a line for each row.
    pub(super) fn write(&mut self, path: &Path) -> Result<(), Failure> {
        self.lines.sort_by_key(|line| line.line);
        let failed =
            |error: csv::Error| Failure::File(format!("{} cannot be written: {error}", path.display()));
        let mut writer = csv::Writer::from_path(path).map_err(failed)?;
        writer.write_record(["line", "outcome", "user", "reason", "fields", "detail"]).map_err(failed)?;
        for Line { line, outcome, user, reason, fields, detail } in &self.lines {
            let record = [&line.to_string(), *outcome, user, reason, fields, detail];
            writer.write_record(record).map_err(failed)?;
        }
        writer.flush().map_err(|error| failed(error.into()))
    }

    /// Says how it went: rows that somebody must look at, and how many there are of each.
    pub(super) fn tell(&mut self, out: &Output, is_dry_run: bool) -> Answer {
        self.lines.sort_by_key(|line| line.line);
        let open = || self.lines.iter().filter(|line| ["NEEDS_DECISION", "REFUSED"].contains(&line.outcome));
        for Line { line, outcome, user, reason, fields, detail } in open().take(MOST_SHOWN) {
            let parts = [*outcome, reason, user, fields, detail];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            out.note(&format!("line {line}: {}", parts.join(" ")));
        }
        let more = open().count().saturating_sub(MOST_SHOWN);
        if more > 0 {
            out.note(&format!("and {more} more: --report has every row"));
        }
        let counts = [
            ("created", ImportOutcome::Created),
            ("added", ImportOutcome::Added),
            ("updated", ImportOutcome::Updated),
            ("unchanged", ImportOutcome::Unchanged),
            ("needs_decision", ImportOutcome::NeedsDecision),
            ("refused", ImportOutcome::Refused),
        ]
        .map(|(name, outcome)| (name, self.count(outcome)));
        let text: Vec<String> =
            counts.iter().map(|(name, count)| format!("{count} {}", name.replace('_', " "))).collect();
        let mode = if is_dry_run { "would be: " } else { "" };
        let mut value =
            serde_json::Map::from_iter(counts.map(|(name, count)| (name.to_owned(), json!(count))));
        value.insert("rows".to_owned(), json!(self.lines.len()));
        value.insert("dry_run".to_owned(), json!(is_dry_run));
        let text = format!("{} rows; {mode}{}", self.lines.len(), text.join(", "));
        out.line(&text, &serde_json::Value::Object(value));
        if open().next().is_none() { Answer::Yes } else { Answer::No }
    }
}
