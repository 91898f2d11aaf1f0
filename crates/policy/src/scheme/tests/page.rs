//! The reference page names every key that a document may have, and what it shows is sound.

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

#[test]
fn the_schemes_shown_are_sound() {
    let blocks = PAGE.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let whole: Vec<&str> = blocks.filter(|block| block.starts_with("[scheme]")).collect();
    assert_eq!(whole.len(), 1);
    for text in whole {
        assert_eq!(super::faults(text), [""; 0]);
    }
}
