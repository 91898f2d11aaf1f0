//! The machine under every weather: several processes over one modelled store, with failures, commits of unknown
//! outcome, crashes and overload, drawn from a seed.

mod accounts;
mod model;
mod simulation;
mod weather;

use std::collections::BTreeMap;

use bailiwick_identity::Instant;
use simulation::Simulation;
use weather::{Seen, Weather};

use super::{Action, Judge, Limits, Machine, Outcome, Pending};
use crate::SubmitError;
use crate::conformance::fixture;

/// So many seeds, so many steps each.
const SEEDS: u64 = 200;
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
    for never in [Seen::Unavailable, Seen::UnknownFound, Seen::UnknownNotFound, Seen::FoundLate, Seen::Crash]
    {
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

/// A machine of no realm yet, for which so many commands wait.
fn waited_for(commands: u64) -> Machine {
    let judge = Judge { decide: bailiwick_realm::decide, salts: || [0; 16] };
    let mut machine = Machine::new(judge, Limits { queue: 10, group: 1 }, Vec::new());
    for ticket in 0..commands {
        let (realm, command) = (fixture::realm(), fixture::create_realm());
        machine.offer(Pending { ticket, realm, command, request: None });
    }
    machine
}

/// However often the heads are looked at, whoever waits to write has a turn; and the other way round.
#[test]
fn looking_and_writing_take_turns() {
    let mut machine = waited_for(4);
    let mut order = Vec::new();
    for _ in 0..8 {
        // Somebody always wants the heads to be read.
        machine.poll();
        let action = machine.next_action().unwrap();
        if matches!(action, Action::ReadHeads) {
            order.push("look");
            machine.report(Outcome::Done);
        } else {
            assert!(matches!(action, Action::Lock(_)), "{action:?}");
            order.push("write");
            machine.report(Outcome::Failed);
        }
    }
    assert_eq!(order, ["look", "write"].repeat(4));
}

/// Takes a machine's next command up to its commit.
fn up_to_the_commit(machine: &mut Machine) {
    let clock = Instant::from_micros(1_000_000).unwrap();
    loop {
        let action = machine.next_action().unwrap();
        if matches!(action, Action::Write(_)) {
            return;
        }
        machine.report(if matches!(action, Action::Lock(_)) {
            Outcome::Locked { head: None, clock }
        } else {
            assert!(matches!(action, Action::ReadFacts { .. }), "{action:?}");
            Outcome::Facts(Box::default())
        });
    }
}

/// Where nobody can tell what became of a commit, whoever waits for it is told so after a while, and all goes on.
#[test]
fn an_outcome_is_not_looked_for_for_ever() {
    let mut machine = waited_for(2);
    up_to_the_commit(&mut machine);
    machine.report(Outcome::Unknown);
    let mut ticks = 0;
    let answers = loop {
        if let Some(action) = machine.next_action() {
            assert!(matches!(action, Action::ReadEnded { .. }), "nothing else is done meanwhile: {action:?}");
            machine.report(Outcome::Failed);
        }
        machine.tick();
        ticks += 1;
        let answers = machine.take_answers();
        if !answers.is_empty() {
            break answers;
        }
    };
    assert!(matches!(answers[..], [(0, Err(SubmitError::Unknown))]), "{answers:?}");
    assert!((50..=70).contains(&ticks), "{ticks}");
    assert!(matches!(machine.next_action(), Some(Action::ReadHeads)));
    machine.report(Outcome::Done);
    assert!(matches!(machine.next_action(), Some(Action::Lock(_))), "who came later has a turn");
}

/// At the end, what was not begun to be written is told as not written, and a commit that was sent as unknown.
#[test]
fn what_is_abandoned_is_told_as_what_it_is() {
    let mut machine = waited_for(2);
    assert!(matches!(machine.next_action(), Some(Action::Lock(_))));
    machine.abandon();
    let answers = machine.take_answers();
    assert!(matches!(answers[..], [(0, Err(SubmitError::Unavailable))]), "{answers:?}");
    assert!(matches!(machine.next_action(), Some(Action::ReadHeads)));
    machine.report(Outcome::Done);
    up_to_the_commit(&mut machine);
    machine.abandon();
    let answers = machine.take_answers();
    assert!(matches!(answers[..], [(1, Err(SubmitError::Unknown))]), "{answers:?}");
}
