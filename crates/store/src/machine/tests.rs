//! The machine under every weather: several processes over one modelled store, with failures, commits of unknown
//! outcome, crashes and overload, drawn from a seed.

mod model;
mod simulation;

use std::collections::BTreeMap;

use simulation::{Seen, Simulation, Weather};

/// So many seeds, so many steps each.
const SEEDS: u64 = 100;
const STEPS: u32 = 600;

fn run(weather: Weather) -> BTreeMap<Seen, u64> {
    let mut all = BTreeMap::new();
    for seed in 1..=SEEDS {
        let mut simulation = Simulation::new(seed, weather);
        for _ in 0..STEPS {
            simulation.step();
        }
        simulation.calm_down();
        for (seen, count) in simulation.finish() {
            *all.entry(seen).or_default() += count;
        }
    }
    all
}

/// Whatever goes wrong, an answer says what the log says.
#[test]
fn answers_agree_with_the_log_in_storms() {
    let seen = run(Weather::Storm);
    println!("{seen:#?}");
    // A simulation in which something never happens proves nothing of it.
    for what in Seen::ALL {
        assert!(seen.get(&what).is_some_and(|&count| count >= 20), "{what:?}: {seen:?}");
    }
}

/// Where nothing goes wrong, everything that is not refused is carried out, and waits are shared.
#[test]
fn nothing_is_lost_in_fair_weather() {
    let seen = run(Weather::Fair);
    println!("{seen:#?}");
    for never in [Seen::Unavailable, Seen::UnknownFound, Seen::UnknownNotFound, Seen::Crash] {
        assert!(!seen.contains_key(&never), "{never:?}");
    }
    assert!(seen[&Seen::Shared] > 100);
}
