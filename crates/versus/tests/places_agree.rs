//! The engine and the naive evaluator allow and refuse the same commands about customers, cases and units, for the same
//! reasons, and leave the same places.

#![expect(clippy::expect_used, reason = "a name that is no id is a failed test")]

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{CustomerId, UnitId, UserId};
use bailiwick_membership::Enrolment;
use bailiwick_oracle::generate::{commands, generate_places};
use bailiwick_oracle::model::{PlacementState, World};
use bailiwick_oracle::place::{Command as Asked, after};
use bailiwick_oracle::rng::Rng;
use bailiwick_realm::{Actor, Body, CaseloadChange, Command, Facts, Spares, State, decide};
use bailiwick_versus::run::{count, percent};
use bailiwick_versus::world::{Pair, instant};

/// Every code with which such a command is refused.
const CODES: [&str; 13] = [
    "UNKNOWN_USER",
    "USER_DISABLED",
    "SELF",
    "NO_MANAGEMENT_RIGHT",
    "OUT_OF_REACH",
    "RANK_TOO_LOW",
    "CUSTOMER_OUT_OF_REACH",
    "UNIT_BELOW_MINIMUM",
    "NOT_ENROLLED",
    "WORKER_NOT_THERE",
    "OPERATOR_ONLY",
    "UNKNOWN_CUSTOMER",
    "FAILED_PRECONDITION",
];

/// How many commands are given in each world.
const A_WORLD: usize = 60;

#[test]
fn places_agree() {
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    let all = count("BAILIWICK_PLACE_COMMANDS", 24_000);
    for seed in 0..all.div_ceil(A_WORLD as u64) {
        let (scheme, world, now) = generate_places(seed);
        let pair = Pair::new(scheme, world, now).expect("a world that fits");
        for (actor, asked) in commands(&pair.model, &pair.world, &mut Rng::new(seed), A_WORLD) {
            let wanted = after(&pair.world, &pair.model, &actor, &asked, now);
            let what = || format!("world {seed}: `{actor}`: {asked:?}");
            let command = command(&actor, &asked);
            let code = match (decide(&pair.state, &Facts::default(), &command, instant(now)), &wanted) {
                (Ok(decided), Ok(wanted)) => {
                    let mut state = pair.state.clone();
                    decided.events.iter().for_each(|event| state.apply(event));
                    assert_eq!(places(&state), wanted_places(wanted), "{}", what());
                    *done.entry(name(&asked)).or_default() += 1;
                    "ALLOWED"
                }
                (Err(refusal), Err(wanted)) => {
                    assert_eq!(code(refusal.reason.code()), wanted.as_code(), "{}: {refusal}", what());
                    wanted.as_code()
                }
                (Ok(_), Err(wanted)) => panic!("{}: allowed, not {}", what(), wanted.as_code()),
                (Err(refusal), Ok(_)) => panic!("{}: refused: {refusal}", what()),
            };
            *codes.entry(code).or_default() += 1;
        }
    }
    println!("{codes:?} {done:?}");
    let given: usize = codes.values().sum();
    let of = |code: &str| percent(codes.get(code).copied().unwrap_or(0), given);
    assert!((10.0..=70.0).contains(&of("ALLOWED")), "{} % allowed", of("ALLOWED"));
    assert!(done.len() == 7 && done.values().all(|done| *done > given / 500), "{done:?}");
    for code in CODES {
        assert!(of(code) >= 0.25, "`{code}` refuses only {} %", of(code));
    }
}

fn name(asked: &Asked) -> &'static str {
    match asked {
        Asked::Place(..) => "place",
        Asked::Dismiss(..) => "dismiss",
        Asked::Remove(..) => "remove",
        Asked::TakeCase(..) => "take a case",
        Asked::DropCase(..) => "drop a case",
        Asked::Archive(_) => "archive",
        Asked::Restore(_) => "restore",
    }
}

/// The naive evaluator's code for a refusal of the engine.
fn code(reason: &str) -> &str {
    match reason {
        "NOTHING_TO_CHANGE" | "NOT_HELD" => "FAILED_PRECONDITION",
        other => other,
    }
}

fn command(actor: &str, asked: &Asked) -> Command {
    let customer = |id: &str| CustomerId::parse(id).expect("an id");
    let unit = |id: &str| UnitId::parse(id).expect("an id");
    let user = |id: &str| UserId::parse(id).expect("an id");
    let case = |worker: &str, change: CaseloadChange| Body::UpdateCaseload {
        user: user(worker),
        changes: vec![change],
    };
    let body = match asked {
        Asked::Place(who, at) => Body::PlaceCustomer { customer: customer(who), unit: unit(at) },
        Asked::Dismiss(who, at) => Body::DismissCustomer { customer: customer(who), unit: unit(at) },
        Asked::Remove(who, at) => Body::RemovePlacement { customer: customer(who), unit: unit(at) },
        Asked::TakeCase(worker, who, at) => {
            case(worker, CaseloadChange::Add { customer: customer(who), unit: unit(at) })
        }
        Asked::DropCase(worker, who, at) => {
            case(worker, CaseloadChange::Remove { customer: customer(who), unit: unit(at) })
        }
        Asked::Archive(at) => Body::ArchiveUnit(unit(at)),
        Asked::Restore(at) => Body::RestoreUnit(unit(at)),
    };
    Command {
        actor: Actor::User(user(actor)),
        caller: "versus".to_owned(),
        reason: None,
        may_remove_last_manager: false,
        expects: None,
        spares: Spares::default(),
        body,
    }
}

/// Which units are archived; who is placed where, and whether enrolled; who has which case.
type Places = (BTreeSet<String>, BTreeSet<(String, String, bool)>, BTreeSet<(String, String, String)>);

fn places(state: &State) -> Places {
    let world = &state.world;
    let unit = |unit| world.unit_id(unit).map(ToString::to_string).unwrap_or_default();
    let customers =
        (0..u32::try_from(world.customer_count()).unwrap_or(0)).map(bailiwick_membership::CustomerIx);
    let name = |customer| world.customer_id_text(customer).unwrap_or_default().to_owned();
    let archived = world.units().filter(|(_, node)| node.unit.archived).map(|(ix, _)| unit(ix));
    let placed = customers.flat_map(|customer| {
        let placements = world.placements(customer);
        placements.map(move |one| (name(customer), unit(one.unit), one.enrolment == Enrolment::Enrolled))
    });
    let cases = world.users().flat_map(|(ix, user)| {
        let worker = world.user_id_text(ix).unwrap_or_default().to_owned();
        let cases = user.caseload().iter();
        cases.map(move |case| (worker.clone(), name(case.customer), unit(case.unit))).collect::<Vec<_>>()
    });
    (archived.collect(), placed.collect(), cases.collect())
}

fn wanted_places(world: &World) -> Places {
    let archived = world.units.iter().filter(|unit| unit.archived).map(|unit| unit.id.clone());
    let placed = world.customers.iter().flat_map(|customer| {
        let all = customer.placements.iter();
        all.map(|one| (customer.id.clone(), one.unit.clone(), one.state == PlacementState::Enrolled))
    });
    let cases = world.users.iter().flat_map(|user| {
        user.caseload.iter().map(|case| (user.id.clone(), case.customer.clone(), case.unit.clone()))
    });
    (archived.collect(), placed.collect(), cases.collect())
}
