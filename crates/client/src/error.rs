//! What went wrong with a call, in the words of the API.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// A call that was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The gRPC code.
    pub code: Code,
    /// The reason, `RANK_TOO_LOW`, where the server gave one.
    pub reason: Option<String>,
    /// The server's words.
    pub message: String,
    /// What is wrong with which field of the request.
    pub fields: Vec<FieldViolation>,
    /// Which change or item was refused, from 0, where it was one of several.
    pub index: Option<usize>,
    /// After how long to try again, where the server says so.
    pub retry_after: Option<Duration>,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// The field: `changes[2].assign.unit`.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Error {
    /// A request that cannot be sent at all.
    pub(crate) fn usage(message: &str) -> Self {
        Self::plain(Code::InvalidArgument, message.to_owned())
    }

    /// No answer in time.
    pub(crate) fn deadline(after: Duration) -> Self {
        Self::plain(Code::DeadlineExceeded, format!("no answer within {after:?}"))
    }

    fn plain(code: Code, message: String) -> Self {
        Self { code, reason: None, message, fields: Vec::new(), index: None, retry_after: None }
    }

    /// Reads a status with its details; `server` is named where nobody answered there.
    pub(crate) fn from_status(status: &Status, server: &str) -> Self {
        let details = status.get_error_details();
        let info = details.error_info();
        let index = info.and_then(|info| info.metadata.get("change").or_else(|| info.metadata.get("item")));
        let fields = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
        let violation = |violation: &tonic_types::FieldViolation| FieldViolation {
            field: violation.field.clone(),
            problem: violation.description.clone(),
        };
        Self {
            code: status.code(),
            reason: info.map(|info| info.reason.clone()),
            message: message(status, server),
            fields: fields.iter().map(violation).collect(),
            index: index.and_then(|index| index.parse().ok()),
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
        }
    }
}

/// The server's words; where the connection failed, why.
fn message(status: &Status, server: &str) -> String {
    let Some(mut cause) = status.source() else {
        return status.message().to_owned();
    };
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if status.code() == Code::Unavailable {
        format!("cannot reach {server}: {cause}")
    } else {
        format!("{}: {cause}", status.message())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) if !self.message.starts_with(reason.as_str()) => {
                write!(f, "{reason}: {}", self.message)?
            }
            Some(_) | None => f.write_str(&self.message)?,
        }
        for FieldViolation { field, problem } in &self.fields {
            // Where one field is all there is to say, the message says it already.
            if problem == &self.message {
                write!(f, "\n  {field}")?
            } else {
                write!(f, "\n  {field}: {problem}")?
            }
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tonic_types::{ErrorDetails, StatusExt};

    use super::*;

    #[test]
    fn details_become_reason_index_and_fields() {
        let mut details = ErrorDetails::new();
        details.set_error_info("RANK_TOO_LOW", "bailiwick", HashMap::from([("change".into(), "2".into())]));
        details.add_bad_request_violation("changes[2].assign.unit", "is required");
        details.set_retry_info(Some(Duration::from_secs(3)));
        let status = Status::with_error_details(Code::PermissionDenied, "the rank is too low", details);
        let error = Error::from_status(&status, "http://127.0.0.1:1");
        assert_eq!(error.reason.as_deref(), Some("RANK_TOO_LOW"));
        assert_eq!(error.index, Some(2));
        assert_eq!(error.retry_after, Some(Duration::from_secs(3)));
        assert_eq!(
            error.to_string(),
            "RANK_TOO_LOW: the rank is too low\n  changes[2].assign.unit: is required"
        );
    }

    #[test]
    fn a_status_without_details_is_its_message() {
        let error = Error::from_status(&Status::not_found("no such realm"), "http://127.0.0.1:1");
        assert_eq!((error.code, error.to_string().as_str()), (Code::NotFound, "no such realm"));
    }
}
