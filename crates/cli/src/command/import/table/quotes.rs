//! Quotes in a row, as RFC 4180 has them and not otherwise: a field begins with one and ends with one, or has none.
//!
//! Readers forgive more, and pay with rows: a quote that is not closed is closed by the next one, somewhere below, and all
//! between is one field. The next one opens a field itself, and has text behind it: this is how it is noticed.

/// What is wrong with the quotes of one row, all of its lines.
pub(super) fn fault(row: &str, delimiter: u8) -> Option<String> {
    let mut at = At::Start;
    let mut bytes = row.bytes().peekable();
    while let Some(byte) = bytes.next() {
        at = match (at, byte) {
            (At::Start, b'"') => At::Quoted,
            (At::Plain, b'"') => {
                return Some(
                    "a quote within a field that does not begin with one: write it twice, within quotes"
                        .to_owned(),
                );
            }
            (At::Quoted, b'"') if bytes.peek() == Some(&b'"') => {
                bytes.next();
                At::Quoted
            }
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, _) => At::Quoted,
            (At::Start | At::Plain | At::Closed, b'\r' | b'\n') => At::Start,
            (At::Start | At::Plain | At::Closed, byte) if byte == delimiter => At::Start,
            (At::Closed, _) => {
                return Some("text behind a closing quote: a quote is not closed, here or above, or should be written twice".to_owned());
            }
            (At::Start | At::Plain, _) => At::Plain,
        };
    }
    match at {
        At::Quoted => Some("a quote is not closed".to_owned()),
        At::Start | At::Plain | At::Closed => None,
    }
}

/// Where in a field one is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before its first character.
    Start,
    /// In one without quotes.
    Plain,
    /// Within quotes.
    Quoted,
    /// Behind the closing quote.
    Closed,
}
