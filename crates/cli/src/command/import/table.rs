//! A CSV file as rows of text: UTF-8, with or without byte-order mark, lines ended by LF or CRLF.
//!
//! What is wrong with the file as a whole is told before anything is sent, with the line: a file that is broken in one
//! place means something else in the next. Quotes are therefore taken strictly ([`quotes`]).

mod quotes;

use csv::{ByteRecord, ReaderBuilder};

/// A file, read.
#[derive(Debug)]
pub(super) struct Table {
    /// The columns' names, as they are written.
    pub(super) columns: Vec<String>,
    /// The rows that hold anything, in order.
    pub(super) rows: Vec<Row>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Where it begins in the file, from 1.
    pub(super) line: u32,
    /// As many as there are columns, without the space around them.
    pub(super) fields: Vec<String>,
}

/// The longest row, in bytes. What is longer has swallowed others.
const MOST_ROW_BYTES: usize = 64 * 1024;
/// What is held in memory of a list, at most.
const MOST_ROWS: usize = 1_000_000;
const MOST_COLUMNS: usize = 200;
/// The longest name of a column, in characters.
const MOST_NAME: usize = 100;
/// Faults of a file that are told one by one; of more, only how many there are.
const MOST_FAULTS: usize = 20;

impl Table {
    /// Reads a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, a line each.
    pub(super) fn read(bytes: &[u8], delimiter: u8) -> Result<Self, Vec<String>> {
        let text = decoded(bytes).map_err(|fault| vec![fault])?;
        let mut lines = Lines { text, read: 0, line: 1 };
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let mut record = ByteRecord::new();
        let (mut columns, mut rows, mut faults) = (Vec::new(), Vec::new(), Vec::new());
        while reader
            .read_byte_record(&mut record)
            .map_err(|error| vec![format!("cannot be read: {error}")])?
        {
            let start = record.position().map_or(0, csv::Position::byte);
            let end = reader.position().byte();
            let line = lines.line_at(start);
            // Behind a quote that is wrong, nothing is what it seems.
            if let Some(fault) = row_fault(lines.between(start, end), delimiter) {
                faults.push(format!("line {line}: {fault}"));
                break;
            }
            let fields: Vec<String> = record.iter().map(field).collect();
            if fields.iter().all(String::is_empty) {
                continue;
            }
            if rows.len() == MOST_ROWS {
                faults.push(format!(
                    "line {line}: a list has at most {MOST_ROWS} rows: cut it into several files"
                ));
                break;
            }
            if columns.is_empty() {
                faults.extend(header_faults(&fields, delimiter));
                columns = fields;
            } else if fields.len() == columns.len() {
                rows.push(Row { line, fields });
            } else {
                let (has, wanted) = (fields.len(), columns.len());
                faults.push(format!(
                    "line {line}: {} where there are {}",
                    fields_in(has),
                    columns_in(wanted)
                ));
            }
        }
        if columns.is_empty() {
            faults.push("is empty: the first line names the columns".to_owned());
        } else if rows.is_empty() && faults.is_empty() {
            faults.push("has no rows below its first line".to_owned());
        }
        if faults.is_empty() { Ok(Self { columns, rows }) } else { Err(shortened(faults)) }
    }
}

/// What is wrong with a row as it is written, all of its lines.
fn row_fault(text: &str, delimiter: u8) -> Option<String> {
    if text.len() > MOST_ROW_BYTES {
        return Some(format!("a row of more than {MOST_ROW_BYTES} bytes: is a quote not closed?"));
    }
    quotes::fault(text, delimiter)
}

fn field(bytes: &[u8]) -> String {
    // The whole text is UTF-8, and no field ends within a character.
    String::from_utf8_lossy(bytes).trim().to_owned()
}

fn fields_in(count: usize) -> String {
    if count == 1 { "1 field".to_owned() } else { format!("{count} fields") }
}

fn columns_in(count: usize) -> String {
    if count == 1 { "1 column".to_owned() } else { format!("{count} columns") }
}

/// The first of many faults.
pub(super) fn shortened(mut faults: Vec<String>) -> Vec<String> {
    let more = faults.len().saturating_sub(MOST_FAULTS);
    faults.truncate(MOST_FAULTS);
    faults.extend((more > 0).then(|| format!("and {more} more")));
    faults
}

/// The text, without its byte-order mark; or where it is no UTF-8.
fn decoded(bytes: &[u8]) -> Result<&str, String> {
    let beginning = bytes.get(..2).unwrap_or_default();
    let is_wide = matches!(beginning, [0xff, 0xfe] | [0xfe, 0xff])
        || bytes.iter().take(64).filter(|byte| **byte == 0).count() > 4;
    if is_wide {
        return Err("is UTF-16: save it as UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + (0..good.len()).filter(|&place| ends_line(bytes, place)).count();
        let start = good.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
        let (byte, value) = (good.len() - start + 1, bytes.get(good.len()).copied().unwrap_or_default());
        format!("line {line}, byte {byte}: 0x{value:02x} is not UTF-8 there: save the file as UTF-8")
    })
}

/// Whether a character is not seen, or makes others stand elsewhere.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Columns need names, each its own.
fn header_faults(columns: &[String], delimiter: u8) -> Vec<String> {
    let mut faults = Vec::new();
    if columns.len() > MOST_COLUMNS {
        return vec![format!(
            "line 1: {} where a list has at most {MOST_COLUMNS}",
            columns_in(columns.len())
        )];
    }
    if let [only] = columns {
        let other =
            [b',', b';', b'\t', b'|'].into_iter().find(|&d| d != delimiter && only.as_bytes().contains(&d));
        if let Some(other) = other {
            let shown = if other == b'\t' { "tab".to_owned() } else { char::from(other).to_string() };
            faults.push(format!("line 1: the columns seem to be parted by `{shown}`: say --delimiter"));
        }
    }
    for (place, name) in columns.iter().enumerate() {
        if name.is_empty() {
            faults.push(format!("line 1: column {} has no name", place + 1));
        // Names are printed: one that moves the cursor could say anything.
        } else if name.chars().any(is_unseen) || name.chars().nth(MOST_NAME).is_some() {
            faults.push(format!(
                "line 1: the name of column {} is longer than {MOST_NAME} characters, or holds some that nobody sees",
                place + 1
            ));
        } else if let Some(first) = columns.iter().take(place).position(|other| other == name) {
            faults.push(format!("line 1: columns {} and {} are both called `{name}`", first + 1, place + 1));
        }
    }
    faults
}

/// Whether a line ends with this byte: a line feed, or a carriage return without one.
fn ends_line(bytes: &[u8], place: usize) -> bool {
    match bytes.get(place) {
        Some(b'\n') => true,
        Some(b'\r') => bytes.get(place + 1) != Some(&b'\n'),
        Some(_) | None => false,
    }
}

/// Counts lines on the way through a text.
struct Lines<'t> {
    text: &'t str,
    read: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line on which the record begins that is read from here on; positions only move forward.
    fn line_at(&mut self, start: u64) -> u32 {
        let bytes = self.text.as_bytes();
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let from = bytes.iter().enumerate().skip(start).find(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
        let at = from.map_or(bytes.len(), |(at, _)| at).max(self.read);
        let ended = (self.read..at).filter(|&place| ends_line(bytes, place)).count();
        self.line = self.line.saturating_add(u32::try_from(ended).unwrap_or(u32::MAX));
        self.read = at;
        self.line
    }

    fn between(&self, start: u64, end: u64) -> &str {
        let place = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        self.text.get(place(start)..place(end)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
