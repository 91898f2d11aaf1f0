//! The log: structured, to standard error.
//!
//! One span per call with its method, caller and realm, one line at its end with code and time. Never a profile's
//! value, a reason, a note, a token or a key. What is logged has no control characters: ids and names of methods
//! have none, and the formatter escapes what errors of others may bring along.

use std::fmt;
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// Why there is no log.
#[derive(Debug)]
pub struct LogFault(String);

impl fmt::Display for LogFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LogFault {}

/// Starts the log of the process.
///
/// # Errors
/// When the level is none, or the log was started before.
pub fn init(config: &LogConfig) -> Result<(), LogFault> {
    let filter = EnvFilter::builder()
        .parse(&config.level)
        .map_err(|fault| LogFault(format!("`log.level` is no level and no filter: {fault}")))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let started = match config.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|fault| LogFault(format!("the log was started before: {fault}")))
}
