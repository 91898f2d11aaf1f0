//! Tests over the wire, by name: what scenarios cannot show, rule sentences name here.

use std::collections::BTreeSet;
use std::path::Path;

use crate::reading::files;

/// The tests that stand beside the server: `wire/lists: people_are_sorted_by_their_role`.
#[derive(Debug, Clone, Default)]
pub struct WireTests(BTreeSet<String>);

impl WireTests {
    /// Every test of a folder's files.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read_all(folder: &Path) -> Result<Self, String> {
        let mut names = BTreeSet::new();
        for path in files(folder, "rs")? {
            let topic = path.strip_prefix(folder).unwrap_or(&path).with_extension("");
            let topic = topic.to_string_lossy();
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{topic}: {error}"))?;
            names.extend(tests(&text).map(|name| format!("wire/{topic}: {name}")));
        }
        Ok(Self(names))
    }

    /// Whether there is a test of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// The names of the functions that are marked as tests.
fn tests(text: &str) -> impl Iterator<Item = &str> {
    let marked = |line: &str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
    text.lines().zip(text.lines().skip(1)).filter(move |(mark, _)| marked(mark)).filter_map(|(_, line)| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")?.split('(').next()
    })
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn only_what_is_marked_is_a_test() {
        let text = "#[tokio::test(flavor = \"multi_thread\")]\nasync fn one() {\n\nfn two() {}\n#[test]\nfn three() {}\n";
        assert_eq!(tests(text).collect::<Vec<_>>(), ["one", "three"]);
    }
}
