//! `bailiwick import`: a list of people from a CSV file, part by part, each of which may be sent again.

mod columns;
mod report;
mod rows;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use bailiwick_policy::scheme::Scheme;
use bailiwick_proto::v1;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};

use self::columns::{Columns, Meaning};
use self::report::Report;
use self::rows::{DateFormat, Defaults, Reading, Units};
use self::table::{Row, Table};
use crate::args::{InRealm, OnBehalf, Paging};
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};

/// Rows of one part.
const PART_ROWS: usize = 1_000;
/// Bytes of one part: servers take 1 MiB.
const PART_BYTES: usize = 900 * 1024;
/// Identical rows that are named one by one.
const MOST_TWINS: usize = 5;

/// Which file, where to, and what its columns mean.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The CSV file, in UTF-8; its first line names the columns. `docs/importing.md` says which names are understood.
    file: PathBuf,
    /// Which column means what: `first_name="Given names",role=Level`. Others are understood by their names.
    #[arg(long, value_delimiter = ',', value_name = "MEANING=COLUMN", value_parser = pair)]
    map: Vec<(String, String)>,
    /// Where the role is held, for rows that do not say: a unit's id or name.
    #[arg(long)]
    unit: Option<String>,
    /// Where somebody new belongs, for rows that do not say. Without: where the role is held.
    #[arg(long, value_name = "UNIT")]
    home: Option<String>,
    /// The role, for rows that do not say: its id or title.
    #[arg(long)]
    role: Option<String>,
    /// The user type, for rows that do not say.
    #[arg(long = "type", value_name = "USER_TYPE")]
    user_type: Option<String>,
    /// Assignments cover everything below their unit; where units can be chosen there, this must be said.
    #[arg(long)]
    all: bool,
    /// How birth dates are written.
    #[arg(long, value_enum, default_value = "iso")]
    date_format: DateFormat,
    /// What parts the columns: one character.
    #[arg(long, default_value = ",", value_parser = delimiter)]
    delimiter: u8,
    /// Somebody new who has only the names of somebody known is another person.
    #[arg(long)]
    accept_namesakes: bool,
    /// Refuse the file if any of its columns means nothing here.
    #[arg(long)]
    strict: bool,
    /// Only say what would become of each row. Of an actor's dry run every row counts as a search for somebody.
    #[arg(long)]
    dry_run: bool,
    /// Why, for the log.
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Write what became of each row into this CSV file.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    actor: OnBehalf,
    #[command(flatten)]
    realm: InRealm,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((meaning, column)) if !meaning.is_empty() && !column.is_empty() => {
            Ok((meaning.to_owned(), column.trim_matches('"').to_owned()))
        }
        Some(_) | None => Err("expected `MEANING=COLUMN`".to_owned()),
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [b'\\', b't'] => Ok(b'\t'),
        [one] if one.is_ascii() && !one.is_ascii_alphanumeric() && *one != b'"' => Ok(*one),
        _ => Err("expected one character, as `;`, or `\\t`".to_owned()),
    }
}

/// A part as it is sent, and how many rows of the file it stands for.
struct Part {
    request: v1::ImportUsersRequest,
    rows: usize,
}

impl Import {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let at = self.file.display().to_string();
        let bytes =
            fs::read(&self.file).map_err(|error| Failure::File(format!("{at} cannot be read: {error}")))?;
        let told = |faults: Vec<String>| {
            let lines: Vec<String> = faults.iter().map(|fault| format!("{at}: {fault}")).collect();
            Failure::File(lines.join("\n"))
        };
        let table = Table::read(&bytes, self.delimiter).map_err(told)?;
        let scheme = self.scheme(asker).await?;
        let ids: Vec<String> = scheme.users().external_ids.iter().cloned().collect();
        let columns = Columns::of(&table.columns, &self.map, &ids).map_err(told)?;
        if !columns.ignored.is_empty() {
            let text = format!("columns that mean nothing here: `{}`", columns.ignored.join("`, `"));
            if self.strict {
                return Err(told(vec![text]));
            }
            asker.out.note(&format!("{at}: {text}"));
        }
        for twin in twins(&table.rows) {
            asker.out.note(&format!("{at}: {twin}"));
        }
        let units = self.units(asker, &columns).await?;
        let mut report = Report::default();
        let digest = Sha256::digest(&bytes).to_vec();
        let parts = self.parts(&table, &columns, (&scheme, &units), &digest, &mut report);
        let sent = self.send(asker, parts, &mut report).await;
        if let Some(path) = &self.report {
            report.write(path)?;
        }
        let answer = report.tell(asker.out, self.dry_run);
        match sent {
            Ok(()) => Ok(answer),
            Err(failure) => {
                if !self.dry_run {
                    asker.out.note(
                        "not all of it was sent: give the same command again; what is done is not done twice",
                    );
                }
                Err(failure)
            }
        }
    }

    async fn scheme(&self, asker: &Asker<'_>) -> Result<Scheme, Failure> {
        let request = v1::GetSchemeRequest { realm: self.realm.realm.clone() };
        let reply = asker.client.get_scheme(request).await?;
        let toml = reply.scheme.unwrap_or_default().toml;
        Scheme::parse(&toml)
            .map_err(|_| Failure::Machine("the realm's scheme is of another version".to_owned()))
    }

    /// The units that the actor sees, if rows or options name any.
    async fn units(&self, asker: &Asker<'_>, columns: &Columns) -> Result<Units, Failure> {
        let named = self.unit.is_some() || self.home.is_some();
        if !named && !columns.has(&Meaning::Unit) && !columns.has(&Meaning::Home) {
            return Ok(Units::default());
        }
        let listed = pages(&Paging { limit: None }, asker.out, async |page_size, page_token| {
            let request = v1::ListUnitsRequest {
                realm: self.realm.realm.clone(),
                actor: self.actor.name(),
                page_size,
                page_token,
                ..v1::ListUnitsRequest::default()
            };
            let reply = asker.client.list_units(request).await?;
            Ok((reply.units, reply.next_page_token, 0))
        });
        Ok(Units::of(&listed.await?.rows))
    }

    /// Cuts the rows into parts, the same for the same file however often it is read. Rows that cannot be read are
    /// reported and not sent.
    fn parts(
        &self,
        table: &Table,
        columns: &Columns,
        (scheme, units): (&Scheme, &Units),
        digest: &[u8],
        report: &mut Report,
    ) -> Vec<Part> {
        let defaults = Defaults {
            unit: self.unit.clone(),
            home: self.home.clone(),
            role: self.role.clone(),
            user_type: self.user_type.clone(),
        };
        let scope = self.all.then_some(v1::assignment_options::Scope::All(v1::AllUnits {}));
        let reading = Reading { columns, scheme, units, defaults: &defaults, dates: self.date_format, scope };
        let mut parts: Vec<Part> = Vec::new();
        let (mut rows, mut held, mut bytes) = (Vec::new(), 0, 0);
        for row in &table.rows {
            let read = reading.row(row);
            let size = read.as_ref().map_or(0, prost::Message::encoded_len) + 8;
            if held == PART_ROWS || bytes + size > PART_BYTES {
                parts.push(self.part(parts.len(), std::mem::take(&mut rows), held, digest));
                (held, bytes) = (0, 0);
            }
            (held, bytes) = (held + 1, bytes + size);
            match read {
                Ok(row) => rows.push(row),
                Err(fault) => report.unsent(row.line, fault),
            }
        }
        parts.push(self.part(parts.len(), rows, held, digest));
        parts
    }

    fn part(&self, before: usize, rows: Vec<v1::ImportRow>, held: usize, digest: &[u8]) -> Part {
        let request = v1::ImportUsersRequest {
            realm: self.realm.realm.clone(),
            actor: self.actor.name(),
            file_digest: digest.to_vec(),
            part: u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1),
            rows,
            accept_namesakes: self.accept_namesakes,
            validate_only: self.dry_run,
            reason: self.reason.clone(),
        };
        Part { request, rows: held }
    }

    async fn send(&self, asker: &Asker<'_>, parts: Vec<Part>, report: &mut Report) -> Result<(), Failure> {
        let bar = bar(parts.iter().map(|part| part.rows).sum());
        for Part { request, rows } in parts {
            // All of its rows may have been unreadable.
            if !request.rows.is_empty() {
                let reply = asker.client.import_users(request).await;
                let reply = reply.inspect_err(|_| bar.finish_and_clear())?;
                report.sent(&reply.rows);
            }
            bar.inc(u64::try_from(rows).unwrap_or(0));
        }
        bar.finish_and_clear();
        Ok(())
    }
}

/// How far an import is, for people; nothing where nobody looks.
fn bar(rows: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(rows).unwrap_or(u64::MAX));
    match ProgressStyle::with_template("{bar:40} {pos}/{len} rows, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Rows that are the same as earlier ones.
fn twins(rows: &[Row]) -> Vec<String> {
    let mut first: BTreeMap<&[String], u32> = BTreeMap::new();
    let mut told = Vec::new();
    for row in rows {
        let line = *first.entry(&row.fields).or_insert(row.line);
        if line != row.line {
            told.push(format!("line {}: the same row as line {line}", row.line));
        }
    }
    let more = told.len().saturating_sub(MOST_TWINS);
    told.truncate(MOST_TWINS);
    told.extend((more > 0).then(|| format!("and {more} more rows that are the same as earlier ones")));
    told
}
