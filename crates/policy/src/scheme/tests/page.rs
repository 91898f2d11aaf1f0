//! The reference page names every key that a document may have.

use crate::scheme::document::keys::SECTIONS;

const PAGE: &str = include_str!("../../../../../docs/writing-a-scheme.md");

#[test]
fn every_key_is_explained() {
    for (heading, keys) in SECTIONS {
        let at =
            PAGE.lines().position(|line| line.starts_with('#') && line.replace('`', "").ends_with(heading));
        let at = at.unwrap_or_else(|| panic!("no heading for {heading}"));
        let body: Vec<&str> = PAGE.lines().skip(at + 1).take_while(|line| !line.starts_with('#')).collect();
        for key in *keys {
            let mentioned = body
                .iter()
                .any(|line| line.contains(&format!("`{key}`")) || line.contains(&format!("`[{key}")));
            assert!(mentioned, "{heading}: {key}");
        }
    }
}
