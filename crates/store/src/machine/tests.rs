//! The machine under every weather: several processes over one modelled store, with failures, commits of unknown
//! outcome, crashes and overload, drawn from a seed.

mod model;
mod simulation;

use std::collections::BTreeMap;

use simulation::{Seen, Simulation, Weather};

use super::{Action, Judge, Limits, Machine, Outcome};

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

/// States are known to be the newest only once the heads were read and nothing is behind them.
#[test]
fn what_was_not_read_is_not_confirmed() {
    let judge = Judge { decide: bailiwick_realm::decide, salts: || [0; 16] };
    let mut machine = Machine::new(judge, Limits { queue: 1, group: 1 }, Vec::new());
    let mut read_heads = |outcome: Outcome| {
        machine.tick();
        assert!(matches!(machine.next_action(), Some(Action::ReadHeads)));
        machine.report(outcome);
        assert!(machine.next_action().is_none());
        machine.take_confirmation()
    };
    assert!(!read_heads(Outcome::Failed));
    assert!(read_heads(Outcome::Done));
    assert!(!read_heads(Outcome::Failed));
    assert!(read_heads(Outcome::Heads(Vec::new())));
}
