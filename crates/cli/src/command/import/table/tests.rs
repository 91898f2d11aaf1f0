//! Lists as they come: what is read of them, and what is said of those that cannot be.

use super::*;

fn rows(text: &[u8]) -> Vec<(u32, Vec<String>)> {
    let table = Table::read(text, b',').unwrap();
    table.rows.into_iter().map(|row| (row.line, row.fields)).collect()
}

fn faults(text: &[u8]) -> Vec<String> {
    Table::read(text, b',').unwrap_err()
}

fn owned(fields: &[&str]) -> Vec<String> {
    fields.iter().map(|field| (*field).to_owned()).collect()
}

#[test]
fn a_byte_order_mark_and_crlf_change_nothing() {
    let plain = Table::read(b"a,b\n1,2\n3,4\n", b',').unwrap();
    for text in [&b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4\r\n"[..], b"a,b\r\n1,2\r\n3,4", b"a,b\r1,2\r3,4"] {
        let table = Table::read(text, b',').unwrap();
        assert_eq!((&table.columns, &table.rows), (&plain.columns, &plain.rows));
    }
    assert_eq!(rows(b"a,b\n1,2\n3,4\n"), [(2, owned(&["1", "2"])), (3, owned(&["3", "4"]))]);
}

#[test]
fn quotes_hold_commas_quotes_and_lines_and_lines_are_still_counted() {
    let text = b"a,b\r\n\"x, y\",\"say \"\"hi\"\"\"\r\n\r\n\"two\r\nlines\",2\r\n,\r\n5,6\r\n";
    let wanted =
        [(2, owned(&["x, y", "say \"hi\""])), (4, owned(&["two\r\nlines", "2"])), (7, owned(&["5", "6"]))];
    assert_eq!(rows(text), wanted);
    assert_eq!(rows(&String::from_utf8_lossy(text).replace("\r\n", "\n").into_bytes())[2].0, 7);
}

#[test]
fn rows_with_too_few_or_too_many_fields_are_told_by_line() {
    let wanted = ["line 3: 1 field where there are 2 columns", "line 5: 3 fields where there are 2 columns"];
    assert_eq!(faults(b"a,b\n1,2\n3\n\n4,5,6\n"), wanted);
    let broken = ["a,b".to_owned()].into_iter().chain((0..30).map(|n| n.to_string())).collect::<Vec<_>>();
    let told = faults(broken.join("\n").as_bytes());
    assert_eq!((told.len(), told.last().unwrap().as_str()), (21, "and 10 more"));
}

#[test]
fn another_encoding_is_told_with_line_and_byte() {
    let latin = faults(b"a,b\r\n1,2\r\nJos\xe9,4\r\n");
    assert_eq!(latin, ["line 3, byte 4: 0xe9 is not UTF-8 there: save the file as UTF-8"]);
    let wide: Vec<u8> = "a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked: Vec<u8> = [0xff, 0xfe].into_iter().chain(wide.clone()).collect();
    let big: Vec<u8> = "\u{feff}a,b\n1,2\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for text in [wide, marked, big] {
        assert_eq!(faults(&text), ["is UTF-16: save it as UTF-8"]);
    }
}

#[test]
fn columns_need_names_each_its_own() {
    let wanted = ["line 1: column 2 has no name", "line 1: columns 1 and 3 are both called `a`"];
    assert_eq!(faults(b"a,,a\n1,2,3\n"), wanted);
    assert_eq!(faults(b"a;b\n1;2\n"), ["line 1: the columns seem to be parted by `;`: say --delimiter"]);
    assert_eq!(Table::read(b"a;b\n1;2\n", b';').unwrap().columns, ["a", "b"]);
    assert_eq!(faults(b""), ["is empty: the first line names the columns"]);
    assert_eq!(faults(b"\xef\xbb\xbf\r\n"), ["is empty: the first line names the columns"]);
    assert_eq!(faults(b"a,b\n"), ["has no rows below its first line"]);
}

#[test]
fn a_quote_that_is_not_closed_is_told_where_it_opens() {
    assert_eq!(faults(b"a,b\n1,2\n\"3,4\n5,6\n"), ["line 3: a quote is not closed"]);
}

#[test]
fn a_quote_that_another_closes_further_down_is_noticed() {
    let told =
        "text behind a closing quote: a quote is not closed, here or above, or should be written twice";
    // The quote of Ann is closed by that of Bo's last name, two rows below.
    let text = b"a,b,c\n1,2,3\n\"Ann,Lee,x\nCy,Fox,y\nBo,\"Ray, Jr\",z\n";
    assert_eq!(faults(text), [format!("line 3: {told}")]);
    assert_eq!(faults(b"a,b\n1,\"x\"y\n"), [format!("line 2: {told}")]);
    let within = "a quote within a field that does not begin with one: write it twice, within quotes";
    assert_eq!(faults(b"a,b\n1,2\n1,say \"hi\"\n"), [format!("line 3: {within}")]);
    assert_eq!(faults(b"a,b\n1, \"x\"\n"), [format!("line 2: {within}")]);
    assert_eq!(rows(b"a,b\n\"\",\"\"\"\"\n"), [(2, owned(&["", "\""]))]);
}

#[test]
fn a_list_has_so_many_columns() {
    let names: Vec<String> = (0..201).map(|n| format!("c{n}")).collect();
    assert_eq!(faults(names.join(",").as_bytes()), ["line 1: 201 columns where a list has at most 200"]);
}

#[test]
fn a_row_has_an_end() {
    let long = format!("a,b\n1,2\n\"{}\",3\n", "x".repeat(70_000));
    assert_eq!(faults(long.as_bytes()), ["line 3: a row of more than 65536 bytes: is a quote not closed?"]);
}

#[test]
fn bytes_that_are_no_text_are_told_by_line_however_lines_end() {
    assert_eq!(
        faults(b"a,b\r1,2\rJos\xe9,4\r"),
        ["line 3, byte 4: 0xe9 is not UTF-8 there: save the file as UTF-8"]
    );
}

#[test]
fn names_of_columns_cannot_write_elsewhere() {
    let wanted = "line 1: the name of column 2 is longer than 100 characters, or holds some that nobody sees";
    for name in ["x\u{1b}[2K\u{1b}[1A3 created", "x\u{202e}y", "\"x\nbailiwick: done\"", &"x".repeat(101)] {
        assert_eq!(faults(format!("a,{name}\n1,2\n").as_bytes()), [wanted], "{name:?}");
    }
}
