//! What is wrong with a document that is no TOML, in the words of the other faults.

use toml_span::{Error, ErrorKind};

use super::read::shown;
use crate::scheme::fault::{At, Fault, Faults};

/// The fault that a TOML error is.
pub(super) fn fault(error: &Error, text: &str) -> Fault {
    let problem = match &error.kind {
        ErrorKind::UnexpectedEof => "the document ends too early".to_owned(),
        ErrorKind::ExceededDepthLimit => "nested too deeply".to_owned(),
        ErrorKind::InvalidCharInString(c) => format!("`{}` may not stand in a text", printed(*c)),
        ErrorKind::InvalidEscape(c) | ErrorKind::InvalidHexEscape(c) => {
            format!("`{}` is no escape", printed(*c))
        }
        ErrorKind::InvalidEscapeValue(value) => format!("`{value:x}` is no character"),
        ErrorKind::Unexpected(c) => format!("unexpected `{}`", printed(*c)),
        ErrorKind::UnterminatedString => "a text has no end".to_owned(),
        ErrorKind::InvalidNumber => "not a number".to_owned(),
        ErrorKind::OutOfRange(_) => "the number is too large or too small".to_owned(),
        ErrorKind::Wanted { expected, found } => format!("expected {expected}, found {found}"),
        ErrorKind::DuplicateTable { name, .. } => format!("the table `{}` is there twice", shown(name)),
        ErrorKind::DuplicateKey { key, .. } => format!("the key `{}` is there twice", shown(key)),
        ErrorKind::RedefineAsArray => "the same name is a table and a list of tables".to_owned(),
        ErrorKind::MultilineStringKey => "a key stands on one line".to_owned(),
        ErrorKind::DottedKeyInvalidType { .. } => "the key was given another type before".to_owned(),
        ErrorKind::UnquotedString => "a text stands in quotation marks".to_owned(),
        ErrorKind::Custom(_)
        | ErrorKind::UnexpectedKeys { .. }
        | ErrorKind::MissingField(_)
        | ErrorKind::Deprecated { .. }
        | ErrorKind::UnexpectedValue { .. } => "not valid TOML".to_owned(),
    };
    let faults = Faults::default();
    faults.add(&At::default().starting(error.span.start), problem.clone());
    let fault = faults.into_faults(text).pop();
    fault.unwrap_or(Fault { line: 1, column: 1, key: String::new(), problem, allowed: None })
}

fn printed(c: char) -> String {
    if c.is_control() || c.is_whitespace() { c.escape_default().to_string() } else { c.to_string() }
}
