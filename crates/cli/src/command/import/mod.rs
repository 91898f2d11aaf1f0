//! `bailiwick import`: a list of people from a CSV file, part by part, each of which may be sent again.

mod breaks;
mod columns;
mod repeats;
mod report;
mod rows;
mod table;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bailiwick_policy::scheme::Scheme;
use bailiwick_proto::v1;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};

use self::columns::{Columns, Known, Meaning};
use self::report::Report;
use self::rows::{BadRow, DateFormat, Defaults, Reading, Units};
use self::table::{Row, Table, shortened};
use crate::args::{InRealm, OnBehalf, Paging};
use crate::ask::{Asker, pages};
use crate::exit::{Answer, Failure};

/// Changes of one part: a row is as many as it has assignments, and at least one.
const PART_CHANGES: usize = 1_000;
/// Bytes of one part: servers take 1 MiB.
const PART_BYTES: usize = 900 * 1024;
/// The longest list, in bytes: it is held in memory.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
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
    /// Give again what somebody held before and lost: without, such rows need a decision.
    #[arg(long)]
    give_again: bool,
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

/// A part as it is sent, and what of the file it stands for is not.
struct Part {
    request: v1::ImportUsersRequest,
    unsent: Vec<(u32, BadRow)>,
}

impl Import {
    pub(crate) async fn run(self, asker: &Asker<'_>) -> Result<Answer, Failure> {
        let at = self.file.display().to_string();
        let bytes = read(&self.file).map_err(Failure::File)?;
        let told = |faults: Vec<String>| {
            let lines: Vec<String> = faults.iter().map(|fault| format!("{at}: {fault}")).collect();
            Failure::File(lines.join("\n"))
        };
        let table = Table::read(&bytes, self.delimiter).map_err(told)?;
        let scheme = self.scheme(asker).await?;
        let columns = Columns::of(&table.columns, &self.map, &Known::of(&scheme)).map_err(told)?;
        let breaks = breaks::faults(&table, &columns, self.delimiter);
        if !breaks.is_empty() {
            return Err(told(shortened(breaks)));
        }
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
        let digest = Sha256::digest(&bytes).to_vec();
        let parts = self.parts(&table, &columns, (&scheme, &units), &digest);
        let mut report = Report::open(self.report.as_deref(), &self.file)?;
        let sent = self.send(asker, parts, &mut report).await;
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

    /// Cuts the rows into parts, the same for the same file however often it is read. Rows that cannot be read are not
    /// sent.
    fn parts(
        &self,
        table: &Table,
        columns: &Columns,
        (scheme, units): (&Scheme, &Units),
        digest: &[u8],
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
        let (mut rows, mut unsent, mut changes, mut bytes) = (Vec::new(), Vec::new(), 0, 0);
        for row in &table.rows {
            let read = reading.row(row);
            let size = read.as_ref().map_or(0, prost::Message::encoded_len) + 8;
            let asks = read.as_ref().map_or(1, |row| row.assignments.len().max(1));
            if changes + asks > PART_CHANGES || bytes + size > PART_BYTES {
                let (rows, unsent) = (std::mem::take(&mut rows), std::mem::take(&mut unsent));
                parts.push(Part { request: self.request(parts.len(), rows, digest), unsent });
                (changes, bytes) = (0, 0);
            }
            (changes, bytes) = (changes + asks, bytes + size);
            match read {
                Ok(row) => rows.push(row),
                Err(fault) => unsent.push((row.line, fault)),
            }
        }
        parts.push(Part { request: self.request(parts.len(), rows, digest), unsent });
        parts
    }

    fn request(&self, before: usize, rows: Vec<v1::ImportRow>, digest: &[u8]) -> v1::ImportUsersRequest {
        v1::ImportUsersRequest {
            realm: self.realm.realm.clone(),
            actor: self.actor.name(),
            file_digest: digest.to_vec(),
            part: u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1),
            rows,
            accept_namesakes: self.accept_namesakes,
            give_again: self.give_again,
            validate_only: self.dry_run,
            reason: self.reason.clone(),
        }
    }

    async fn send(&self, asker: &Asker<'_>, parts: Vec<Part>, report: &mut Report) -> Result<(), Failure> {
        let earlier = self.unseen_by_a_dry_run(asker, &parts);
        let bar = bar(parts.iter().map(Part::rows).sum());
        for part in parts {
            let rows = part.rows();
            let Part { request, unsent } = part;
            // All of its rows may have been unreadable.
            let sent = match request.rows.is_empty() {
                true => Vec::new(),
                false => {
                    let reply = asker.client.import_users(request).await;
                    reply.inspect_err(|_| bar.finish_and_clear())?.rows
                }
            };
            report.part(unsent, &sent, &earlier).inspect_err(|_| bar.finish_and_clear())?;
            bar.inc(u64::try_from(rows).unwrap_or(0));
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Rows about people of whom an earlier part of a dry run would have known, with the lines there. Says so.
    fn unseen_by_a_dry_run(&self, asker: &Asker<'_>, parts: &[Part]) -> BTreeMap<u32, u32> {
        if !self.dry_run || parts.len() < 2 {
            return BTreeMap::new();
        }
        let earlier = repeats::across(parts.iter().map(|part| part.request.rows.as_slice()));
        let text = format!(
            "each of {} parts is tried on its own, as if those before it had not been sent",
            parts.len()
        );
        asker.out.note(&match earlier.len() {
            0 => text,
            1 => format!("{text}: 1 row is about a person of an earlier part"),
            rows => format!("{text}: {rows} rows are about people of earlier parts"),
        });
        earlier
    }
}

impl Part {
    /// How many rows of the file it stands for.
    fn rows(&self) -> usize {
        self.request.rows.len() + self.unsent.len()
    }
}

/// Reads a list. One that is longer than any is not read to its end.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let at = path.display();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(format!("{at} cannot be read: {error}")),
        Ok(_) if bytes.len() as u64 > MOST_BYTES => {
            Err(format!("{at} is longer than {} MiB: cut it into several files", MOST_BYTES >> 20))
        }
        Ok(_) => Ok(bytes),
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
