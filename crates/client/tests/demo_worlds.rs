//! The four demo worlds are whole: they parse, name a shipped scheme, and fit into few commands.

use std::fs;
use std::path::Path;

use bailiwick_client::world_file::{Plan, World};

const WORLDS: [&str; 4] = ["eto", "illinois-worknet", "dei-teams", "cmg-2012"];

fn world(name: &str) -> Result<World, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../worlds").join(format!("{name}.toml"));
    let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    World::parse(&text).map_err(|faults| {
        let faults: Vec<_> = faults.iter().map(|fault| format!("{name}: {fault}")).collect();
        faults.join("\n")
    })
}

#[test]
fn every_demo_world_is_whole() {
    for name in WORLDS {
        let world = world(name).unwrap();
        assert_eq!(world.scheme, name);
        assert!(!world.title.is_empty(), "{name}");
        assert!(
            !world.archived.is_empty() && !world.suspended.is_empty(),
            "{name} shows what is closed and suspended"
        );
        assert!(Plan::new(&world, "realms/demo").steps.len() < 10, "{name}");
    }
}

#[test]
fn there_is_no_other_world() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../worlds");
    let mut found: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            entry.unwrap().file_name().into_string().unwrap().strip_suffix(".toml").map(str::to_owned)
        })
        .collect();
    found.sort();
    let mut known = WORLDS.map(str::to_owned);
    known.sort();
    assert_eq!(found, known);
}
