//! Line breaks within fields: a quote that is not closed, and closed by chance further down, makes one field of many rows.
//!
//! Nothing that is read of a list holds a line break. A column that means nothing here may, as notes do; but not whole rows.

use super::columns::Columns;
use super::table::Table;

/// What fields with line breaks are at fault, a line each.
pub(super) fn faults(table: &Table, columns: &Columns, delimiter: u8) -> Vec<String> {
    let mut faults = Vec::new();
    for row in &table.rows {
        for (place, (text, name)) in row.fields.iter().zip(&table.columns).enumerate() {
            let lines = text.lines().count();
            if !text.contains(['\n', '\r']) {
                continue;
            }
            let line = row.line;
            if columns.reads(place) {
                faults.push(format!(
                    "line {line}: `{name}` goes over {lines} lines: a quote is not closed, or a line break is in it"
                ));
            } else if is_like_a_row(text, table.columns.len(), delimiter) {
                faults
                    .push(format!("line {line}: `{name}` holds what looks like rows: a quote is not closed"));
            }
        }
    }
    faults
}

/// Whether a field has as many fields in it as a row: one that has swallowed the end of a row and the beginning of another
/// always has. Where rows have few fields, anything is like one.
fn is_like_a_row(text: &str, columns: usize, delimiter: u8) -> bool {
    columns > 2 && text.bytes().filter(|byte| *byte == delimiter).count() + 1 >= columns
}

#[cfg(test)]
mod tests {
    use super::super::columns::Known;
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let table = Table::read(text.as_bytes(), b',').unwrap();
        let columns = Columns::of(&table.columns, &[], &Known::default()).unwrap();
        faults(&table, &columns, b',')
    }

    #[test]
    fn rows_that_were_swallowed_are_noticed() {
        let head = "First Name,Last Name,Email,Notes\n";
        let swallowed = format!("{head}Ann,\"Lee,a@b.c,x\nBo,Ray\",b@b.c,y\n");
        assert_eq!(
            told(&swallowed),
            ["line 2: `Last Name` goes over 2 lines: a quote is not closed, or a line break is in it"]
        );
        let in_notes = format!("{head}Ann,Lee,a@b.c,\"x\nBo,Ray,b@b.c,y\"\n");
        assert_eq!(told(&in_notes), ["line 2: `Notes` holds what looks like rows: a quote is not closed"]);
        let in_the_middle = "First Name,Last Name,Notes,Email\nAnn,Lee,\"x,a@b.c\nBo,Ray,6\",b@b.c\n";
        assert_eq!(
            told(in_the_middle),
            ["line 2: `Notes` holds what looks like rows: a quote is not closed"]
        );
        let notes = format!("{head}Ann,Lee,a@b.c,\"two\nlines, and more\"\n");
        assert!(told(&notes).is_empty());
    }
}
