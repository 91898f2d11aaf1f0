//! Scenarios and rule sentences as data, and what reads and runs them.
//!
//! * [`scenario`]: a world, questions and commands with the answers expected, in `scenarios/<scheme>/<topic>.toml`.
//! * [`rules`]: every rule sentence of the documents, with the scenarios that show it, in `rules/*.toml`.
//! * [`golden`]: each scheme's access matrix, in `golden/<scheme>.txt`.
//!
//! Nothing here speaks over the wire: answers come from `bailiwick_policy::check` and `bailiwick_realm::decide`.

pub mod golden;
mod reading;
pub mod rules;
pub mod scenario;
pub mod wire;

use std::path::PathBuf;

/// A folder of this package that holds data.
#[must_use]
pub fn data(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// The text of a scheme: one that ships, or one of `tests/schemes` that shows what the shipped ones do not.
///
/// # Errors
/// When there is no such file.
pub fn scheme_text(name: &str) -> Result<String, String> {
    let file = format!("{name}.toml");
    let shipped = data("../schemes").join(&file);
    let own = data("schemes").join(&file);
    std::fs::read_to_string(shipped)
        .or_else(|_| std::fs::read_to_string(own))
        .map_err(|error| format!("no scheme `{name}`: {error}"))
}
