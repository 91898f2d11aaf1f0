//! Each scheme's access matrix is the one that was checked by eye.
//!
//! `BAILIWICK_BLESS=1 cargo test -p bailiwick-tests --test golden` writes the tables anew; look at what changed.

use bailiwick_policy::scheme::Scheme;
use bailiwick_tests::golden::matrix;
use bailiwick_tests::{data, scheme_text};

const SCHEMES: [&str; 4] = ["eto", "dei-teams", "illinois-worknet", "cmg-2012"];

#[test]
fn matrices_are_as_they_were_checked() {
    let bless = std::env::var_os("BAILIWICK_BLESS").is_some();
    let mut changed = Vec::new();
    for name in SCHEMES {
        let got = matrix(name).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let path = data("golden").join(format!("{name}.txt"));
        if bless {
            std::fs::write(&path, &got).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        let differences = kept.lines().zip(got.lines()).enumerate().filter(|(_, (kept, got))| kept != got);
        changed.extend(
            differences.map(|(n, (kept, got))| format!("{name}.txt:{}\n  - {kept}\n  + {got}", n + 1)),
        );
        if kept.lines().count() != got.lines().count() {
            changed.push(format!("{name}.txt: {} lines, not {}", got.lines().count(), kept.lines().count()));
        }
    }
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}

#[test]
fn every_role_and_capability_is_covered() {
    for name in SCHEMES {
        let scheme = Scheme::parse(&scheme_text(name).unwrap()).unwrap();
        let kept = std::fs::read_to_string(data("golden").join(format!("{name}.txt"))).unwrap();
        let (tables, nobody) = kept.split_once("Held by no role: ").unwrap();
        let nobody: Vec<&str> = nobody.trim().split(", ").collect();
        for role in scheme.roles() {
            assert!(kept.contains(&format!("({}, ", role.name)), "{name}: role `{}`", role.name);
        }
        for capability in scheme.capabilities() {
            let row = format!("  {} ", capability.name);
            let there = tables.lines().any(|line| line.starts_with(&row))
                || nobody.contains(&capability.name.as_str());
            assert!(there, "{name}: capability `{}`", capability.name);
        }
    }
}
