//! Everything that is printed, and nothing else: answers on standard output, remarks and errors on standard error.
//!
//! Tables are for people, JSON is for scripts: the protobuf JSON form of the API's own messages, with every field,
//! so that the shapes do not depend on the values. Control characters in what comes from the server are made
//! visible and never reach a terminal.

mod json;
mod preview;
mod table;
pub(crate) mod words;

use std::io::{self, Write as _};

use serde_json::json;
use tonic::Code;

pub(crate) use json::{Reply, of_message, read_json};
pub(crate) use preview::preview;
pub(crate) use table::{fields, table};

use crate::exit::{Answer, Failure};

/// In what form answers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For scripts: JSON.
    Json,
}

/// Where answers go.
#[derive(Debug)]
pub(crate) struct Output {
    format: Format,
}

impl Output {
    /// Prints in this form.
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// Prints a reply: as JSON, or as the text that is made of it.
    pub(crate) fn reply<R: Reply>(&self, reply: &R, text: impl FnOnce(&R) -> String) -> Result<(), Failure> {
        match self.format {
            Format::Table => self.text(&text(reply)),
            Format::Json => self.text(&json::of(reply)?),
        }
        Ok(())
    }

    /// Prints a line of text, or a JSON value that says the same.
    pub(crate) fn line(&self, text: &str, value: &serde_json::Value) {
        match self.format {
            Format::Table => self.text(text),
            Format::Json => self.text(&value.to_string()),
        }
    }

    /// Prints text as it is, in either form.
    pub(crate) fn text(&self, text: &str) {
        let text = text.trim_end_matches('\n');
        // Nobody reads any more (`| head`): then there is nothing left to do.
        let _ = writeln!(io::stdout().lock(), "{text}");
    }

    /// Prints a remark, for people only.
    pub(crate) fn note(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{}", table::plain_lines(text));
    }

    /// Prints why a command did not go through, and says what a script is told.
    pub(crate) fn failure(&self, failure: &Failure) -> Answer {
        let text = match self.format {
            Format::Table => format!("bailiwick: {}", table::plain_lines(&explained(failure))),
            Format::Json => failure_json(failure).to_string(),
        };
        let _ = writeln!(io::stderr().lock(), "{text}");
        failure.answer()
    }
}

/// The failure, and which change it is about. What its reason means is in its message.
fn explained(failure: &Failure) -> String {
    let text = failure.to_string();
    let Failure::Call(error) = failure else { return text };
    let which =
        error.index.map(|index| format!("\n  in number {} of the changes", index + 1)).unwrap_or_default();
    format!("{text}{which}")
}

fn failure_json(failure: &Failure) -> serde_json::Value {
    let Failure::Call(error) = failure else {
        return json!({ "error": { "message": failure.to_string() } });
    };
    let fields: Vec<_> =
        error.fields.iter().map(|f| json!({ "field": f.field, "problem": f.problem })).collect();
    json!({ "error": {
        "code": code_name(error.code),
        "reason": error.reason,
        "message": error.message,
        "index": error.index,
        "fields": fields,
    } })
}

/// `PERMISSION_DENIED`, as gRPC writes it.
fn code_name(code: Code) -> String {
    let mut name = String::new();
    for c in format!("{code:?}").chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_as_grpc_writes_them() {
        assert_eq!(code_name(Code::PermissionDenied), "PERMISSION_DENIED");
        assert_eq!(code_name(Code::Ok), "OK");
    }

    #[test]
    fn a_failure_without_a_call_is_json_too() {
        let failure = Failure::Usage("no".to_owned());
        assert_eq!(failure_json(&failure).to_string(), r#"{"error":{"message":"no"}}"#);
    }
}
