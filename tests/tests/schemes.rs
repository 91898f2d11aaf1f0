//! The schemes that scenarios use are sound.

use bailiwick_policy::scheme::Scheme;
use bailiwick_tests::scheme_text;

#[test]
fn schemes_of_scenarios_are_sound() {
    for name in ["eto", "dei-teams", "illinois-worknet", "cmg-2012", "engine"] {
        let faults = scheme_text(name).map(|text| Scheme::parse(&text).err().unwrap_or_default());
        let faults: Vec<String> = faults.unwrap().iter().map(ToString::to_string).collect();
        assert!(faults.is_empty(), "{name}:\n{}", faults.join("\n"));
    }
}
