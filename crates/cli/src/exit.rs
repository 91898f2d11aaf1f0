//! How a command ends, for scripts: 0 yes or done, 1 no, 2 an error.

use std::fmt;
use std::process::ExitCode;

use bailiwick_client::Error;
use tonic::Code;

/// The answer of a command that went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Allowed; done; nothing wrong. Exit code 0.
    Yes,
    /// Denied; refused by the rules; faults found; not serving. Exit code 1.
    No,
    /// No answer could be had. Exit code 2.
    Unknown,
}

impl From<Answer> for ExitCode {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Yes => Self::SUCCESS,
            Answer::No => Self::from(1),
            Answer::Unknown => Self::from(2),
        }
    }
}

/// Why a command did not go through.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was typed cannot be meant.
    Usage(String),
    /// A file cannot be read, or says what cannot be.
    File(String),
    /// The server refused, or did not answer.
    Call(Box<Error>),
    /// This machine does not give what is needed.
    Machine(String),
}

impl Failure {
    /// What a script is told. The rules' own refusals are a "no"; everything else is an error.
    pub(crate) fn answer(&self) -> Answer {
        match self {
            Self::Call(error) if is_refusal(error) => Answer::No,
            Self::Call(_) | Self::Usage(_) | Self::File(_) | Self::Machine(_) => Answer::Unknown,
        }
    }
}

/// Whether the rules refused: the actor may not, or a limit or the state stands against it.
fn is_refusal(error: &Error) -> bool {
    let by_rule = matches!(error.code, Code::PermissionDenied | Code::FailedPrecondition);
    let caller = matches!(error.reason.as_deref(), None | Some("CALLER_NOT_PERMITTED" | "HISTORY_CHANGED"));
    by_rule && !caller
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(Box::new(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::File(text) | Self::Machine(text) => f.write_str(text),
            Self::Call(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(code: Code, reason: Option<&str>) -> Answer {
        let error = Error {
            code,
            reason: reason.map(str::to_owned),
            message: String::new(),
            fields: Vec::new(),
            index: None,
            retry_after: None,
        };
        Failure::from(error).answer()
    }

    #[test]
    fn a_refusal_by_the_rules_is_a_no_and_everything_else_an_error() {
        assert_eq!(call(Code::PermissionDenied, Some("RANK_TOO_LOW")), Answer::No);
        assert_eq!(call(Code::FailedPrecondition, Some("CAPACITY_FULL")), Answer::No);
        assert_eq!(call(Code::PermissionDenied, Some("CALLER_NOT_PERMITTED")), Answer::Unknown);
        assert_eq!(call(Code::PermissionDenied, None), Answer::Unknown);
        assert_eq!(call(Code::Unavailable, None), Answer::Unknown);
        assert_eq!(call(Code::InvalidArgument, Some("UNKNOWN_NAME")), Answer::Unknown);
    }
}
