//! Whatever a world file says, reading it answers: a world or its faults, each with its line, and never a panic.
//!
//! `BAILIWICK_FUZZ` says how many files are tried.

#![expect(clippy::indexing_slicing, reason = "a helper of a test may fail the test")]

use std::fs;
use std::path::Path;

use bailiwick_client::world_file::World;

/// A small generator of numbers: the same seed, the same files.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or(0)
    }
}

const PIECES: [&str; 16] = [
    "\"",
    "[",
    "]",
    "{",
    "}",
    "=",
    ",",
    "\n",
    "'''",
    "é",
    "\u{1b}",
    "true",
    "-1",
    "[users.x]\n",
    "in = \"harbor\"\n",
    "\"2031-02-30T09:00:00Z\"",
];

/// Takes lines away, doubles them, makes them change places, or puts a piece in.
fn spoil(text: &str, numbers: &mut Numbers) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=numbers.below(3) {
        let (one, other) = (numbers.below(lines.len()), numbers.below(lines.len()));
        match numbers.below(5) {
            0 => lines.swap(one, other),
            1 => drop(lines.remove(one)),
            2 => lines.insert(one, lines[other].clone()),
            3 => {
                let value = lines[other].split_once('=').map_or("", |(_, value)| value).to_owned();
                let key = lines[one].split('=').next().unwrap_or("").to_owned();
                lines[one] = format!("{key}={value}");
            }
            _ => {
                let mut characters: Vec<char> = lines[one].chars().collect();
                let at = numbers.below(characters.len() + 1);
                let until = (at + numbers.below(3)).min(characters.len());
                characters.splice(at..until, PIECES[numbers.below(PIECES.len())].chars());
                lines[one] = characters.into_iter().collect();
            }
        }
    }
    lines.join("\n")
}

#[test]
fn spoilt_worlds_are_answered() {
    let rounds = std::env::var("BAILIWICK_FUZZ").ok().and_then(|said| said.parse().ok()).unwrap_or(3_000);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../worlds");
    let worlds: Vec<String> = ["eto", "illinois-worknet", "dei-teams", "cmg-2012"]
        .map(|name| fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap())
        .to_vec();
    let mut numbers = Numbers(0x5eed);
    let (mut sound, mut refused) = (0, 0);
    for round in 0..rounds {
        let spoilt = spoil(&worlds[round % worlds.len()], &mut numbers);
        match World::parse(&spoilt) {
            Ok(_) => sound += 1,
            Err(faults) => {
                refused += 1;
                assert!(!faults.is_empty());
                let lines = spoilt.split('\n').count();
                for fault in faults {
                    assert!((1..=lines + 1).contains(&fault.line), "{fault}");
                    assert!(!fault.to_string().contains('\u{1b}'), "{fault:?}");
                }
            }
        }
    }
    println!("{sound} sound, {refused} refused");
    assert!(sound * 20 > rounds && refused * 5 > rounds, "{sound} sound, {refused} refused");
}
