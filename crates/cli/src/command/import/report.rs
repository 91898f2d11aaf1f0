//! What became of the rows: a count of each outcome, and a line for each row in a file, which grows part by part. Nothing
//! of the list is repeated.

use std::collections::BTreeMap;
use std::fs::File;
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

/// What became of a list, as far as it has been sent.
pub(super) struct Report {
    /// The file that has all rows, if one is wanted.
    file: Option<(csv::Writer<File>, String)>,
    rows: usize,
    by_outcome: BTreeMap<&'static str, usize>,
    /// Rows that somebody must look at: the first of them, and how many there are.
    open: (Vec<String>, usize),
    /// Rows about people who are there, otherwise than the list has them.
    differing: usize,
}

/// An enum value without what all of its names begin with.
fn short(name: &'static str, prefix: &str) -> &'static str {
    match name.strip_prefix(prefix) {
        Some("UNSPECIFIED") | None => "",
        Some(rest) => rest,
    }
}

impl Report {
    /// Begins a report, with its file: where that cannot be written, nothing is sent.
    pub(super) fn open(path: Option<&Path>, list: &Path) -> Result<Self, Failure> {
        let file = path.map(|path| begin(path, list)).transpose()?;
        let (by_outcome, open) = (BTreeMap::new(), (Vec::new(), 0));
        Ok(Self { file, rows: 0, by_outcome, open, differing: 0 })
    }

    /// Notes what became of a part, in the order of its lines: rows that were not sent, and those that the server answers
    /// for. It is in the file when this returns.
    pub(super) fn part(
        &mut self,
        unsent: Vec<(u32, BadRow)>,
        sent: &[v1::ImportedRow],
        earlier: &BTreeMap<u32, u32>,
    ) -> Result<(), Failure> {
        let unsent = unsent.into_iter().map(|(line, fault)| Line::unsent(line, fault));
        let mut lines: Vec<Line> = unsent.chain(sent.iter().map(|row| Line::sent(row, earlier))).collect();
        lines.sort_by_key(|line| line.line);
        for line in &lines {
            self.note(line);
        }
        let Some((file, at)) = &mut self.file else { return Ok(()) };
        let written = lines.iter().try_for_each(|line| line.write(file));
        written.and_then(|()| Ok(file.flush()?)).map_err(|error| unwritable(at, &error))
    }

    fn note(&mut self, line: &Line) {
        self.rows += 1;
        *self.by_outcome.entry(line.outcome).or_default() += 1;
        if ["NEEDS_DECISION", "REFUSED"].contains(&line.outcome) {
            self.open.1 += 1;
            if self.open.0.len() < MOST_SHOWN {
                self.open.0.push(line.text());
            }
        } else if !line.fields.is_empty() {
            self.differing += 1;
        }
    }

    /// Says how it went: rows that somebody must look at, and how many there are of each.
    pub(super) fn tell(&self, out: &Output, is_dry_run: bool) -> Answer {
        let (shown, open) = &self.open;
        for line in shown {
            out.note(line);
        }
        let more = open.saturating_sub(shown.len());
        if more > 0 {
            out.note(&format!("and {more} more: --report has every row"));
        }
        if self.differing > 0 {
            let rows = if self.differing == 1 {
                "1 row is".to_owned()
            } else {
                format!("{} rows are", self.differing)
            };
            out.note(&format!(
                "{rows} about people of whom the list has something otherwise: --report names it"
            ));
        }
        let count = |outcome: ImportOutcome| {
            let name = short(outcome.as_str_name(), "IMPORT_OUTCOME_");
            self.by_outcome.get(name).copied().unwrap_or_default()
        };
        let counts = [
            ("created", ImportOutcome::Created),
            ("added", ImportOutcome::Added),
            ("updated", ImportOutcome::Updated),
            ("unchanged", ImportOutcome::Unchanged),
            ("needs_decision", ImportOutcome::NeedsDecision),
            ("refused", ImportOutcome::Refused),
        ]
        .map(|(name, outcome)| (name, count(outcome)));
        let text: Vec<String> =
            counts.iter().map(|(name, count)| format!("{count} {}", name.replace('_', " "))).collect();
        let mode = if is_dry_run { "would be: " } else { "" };
        let mut value =
            serde_json::Map::from_iter(counts.map(|(name, count)| (name.to_owned(), json!(count))));
        value.insert("rows".to_owned(), json!(self.rows));
        value.insert("differing".to_owned(), json!(self.differing));
        value.insert("dry_run".to_owned(), json!(is_dry_run));
        let text = format!("{} rows; {mode}{}", self.rows, text.join(", "));
        out.line(&text, &serde_json::Value::Object(value));
        if *open == 0 { Answer::Yes } else { Answer::No }
    }
}

impl Line {
    fn unsent(line: u32, fault: BadRow) -> Self {
        Self {
            line,
            outcome: "REFUSED",
            user: String::new(),
            reason: "FIELD_INVALID".to_owned(),
            fields: fault.field,
            detail: fault.problem,
        }
    }

    fn sent(row: &v1::ImportedRow, earlier: &BTreeMap<u32, u32>) -> Self {
        let reason = short(row.reason().as_str_name(), "REASON_");
        let found = short(row.r#match().as_str_name(), "MATCH_OUTCOME_");
        let tried = earlier
            .get(&row.line)
            .map(|line| format!("tried without line {line}, which is about the same person"));
        let details = [Some(row.detail.clone()).filter(|detail| !detail.is_empty()), tried];
        Self {
            line: row.line,
            outcome: short(row.outcome().as_str_name(), "IMPORT_OUTCOME_"),
            user: row.user.clone(),
            reason: [reason, found].concat(),
            fields: row.fields.join(" "),
            detail: details.into_iter().flatten().collect::<Vec<_>>().join("; "),
        }
    }

    fn text(&self) -> String {
        let Self { line, outcome, user, reason, fields, detail } = self;
        let parts = [*outcome, reason, user, fields, detail];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        format!("line {line}: {}", parts.join(" "))
    }

    fn write(&self, file: &mut csv::Writer<File>) -> Result<(), csv::Error> {
        let Self { line, outcome, user, reason, fields, detail } = self;
        file.write_record([&line.to_string(), *outcome, user, reason, fields, detail])
    }
}

fn unwritable(at: &str, error: &csv::Error) -> Failure {
    Failure::File(format!("{at} cannot be written: {error}"))
}

/// Makes the file of a report, which is never the list itself.
fn begin(path: &Path, list: &Path) -> Result<(csv::Writer<File>, String), Failure> {
    let at = path.display().to_string();
    let real = |path: &Path| path.canonicalize().ok();
    if real(path).is_some() && real(path) == real(list) {
        return Err(Failure::File(format!("{at} is the list itself: the report needs a file of its own")));
    }
    let file = File::create(path).map_err(|error| unwritable(&at, &error.into()))?;
    let mut writer = csv::Writer::from_writer(file);
    let head = writer.write_record(["line", "outcome", "user", "reason", "fields", "detail"]);
    head.and_then(|()| Ok(writer.flush()?)).map_err(|error| unwritable(&at, &error))?;
    Ok((writer, at))
}
