//! The biased generator must be worth its questions: every reason is met, every option shows.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that prints what it counts")]

use std::collections::BTreeMap;

use bailiwick_oracle::check::check;
use bailiwick_oracle::generate::{FEATURES, changes, features, generate, questions};
use bailiwick_oracle::manage::may_change;
use bailiwick_oracle::reason::Reason;
use bailiwick_oracle::rng::Rng;

const WORLDS: u64 = 400;

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole).unwrap())
}

fn print(title: &str, counts: &BTreeMap<&'static str, usize>, whole: usize) {
    println!("{title} ({whole})");
    for (name, count) in counts {
        println!("  {:6.2} %  {name}", percent(*count, whole));
    }
}

#[test]
fn every_option_shows_in_at_least_a_twentieth_of_the_worlds() {
    let mut counts: BTreeMap<&'static str, usize> = FEATURES.iter().map(|feature| (*feature, 0)).collect();
    for seed in 0..WORLDS {
        let (scheme, world, now) = generate(seed);
        for feature in features(&scheme, &world, now) {
            *counts.get_mut(feature).unwrap() += 1;
        }
    }
    let worlds = usize::try_from(WORLDS).unwrap();
    print("worlds", &counts, worlds);
    for (feature, count) in counts {
        assert!(percent(count, worlds) >= 5.0, "`{feature}` shows in only {count} of {worlds} worlds");
    }
}

/// Every reason with which a question of design §6 can be answered.
const ANSWERS: [Reason; 19] = [
    Reason::Allowed,
    Reason::UnknownSubject,
    Reason::UserDisabled,
    Reason::UnknownResource,
    Reason::NoAssignment,
    Reason::RoleLacksCapability,
    Reason::OutOfScope,
    Reason::NotEffective,
    Reason::CaseloadRestricted,
    Reason::ClassHidden,
    Reason::SelfReference,
    Reason::NoReportingRole,
    Reason::NoEntitlement,
    Reason::RankTooLow,
    Reason::UnknownUser,
    Reason::NoManagementRight,
    Reason::OutOfReach,
    Reason::InvalidArgument,
    Reason::Allowed,
];

#[test]
fn every_answer_is_met_often() {
    let mut counts: BTreeMap<&'static str, usize> =
        ANSWERS.iter().map(|reason| (reason.as_code(), 0)).collect();
    let mut by_resource: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut asked = 0;
    for seed in 0..WORLDS {
        let (scheme, world, now) = generate(seed);
        let mut rng = Rng::new(seed ^ 0x5eed);
        for question in questions(&scheme, &world, now, &mut rng, 60) {
            let answer = check(&world, &scheme, &question, now);
            assert_eq!(answer.allowed, answer.reason == Reason::Allowed);
            *counts.get_mut(answer.reason.as_code()).unwrap() += 1;
            if answer.allowed && !answer.through.is_empty() {
                *by_resource.entry("allowed through placements").or_default() += 1;
            }
            if answer.through.len() > 1 {
                *by_resource.entry("allowed through several placements").or_default() += 1;
            }
            if answer.valid_until.is_some() {
                *by_resource.entry("with valid_until").or_default() += 1;
            }
            asked += 1;
        }
    }
    print("questions", &counts, asked);
    print("  of which", &by_resource, asked);
    assert_eq!(counts.remove(Reason::InvalidArgument.as_code()), Some(0), "a malformed question");
    let allowed = percent(counts.remove(Reason::Allowed.as_code()).unwrap(), asked);
    assert!((30.0..=70.0).contains(&allowed), "{allowed} % allowed");
    for (code, count) in counts {
        assert!(percent(count, asked) >= 1.0, "`{code}` is the answer to only {count} of {asked}");
    }
}

/// Every reason with which a change of design §5 can be refused, apart from what is no rule.
const REFUSALS: [Reason; 23] = [
    Reason::UnknownUser,
    Reason::UserDisabled,
    Reason::SelfReference,
    Reason::NoManagementRight,
    Reason::OutOfReach,
    Reason::RankTooLow,
    Reason::RoleAboveOwn,
    Reason::WouldLowerLowest,
    Reason::CaseloadRestricted,
    Reason::RoleNotAssignable,
    Reason::UnitFull,
    Reason::SingleRole,
    Reason::RoleMaximum,
    Reason::BelowMinimum,
    Reason::ExclusiveRole,
    Reason::AlreadyInGroup,
    Reason::DefaultUnitNotCovered,
    Reason::ScopeUnitNotAllowed,
    Reason::BadInterval,
    Reason::CaseloadUnitNotCovered,
    Reason::NoManagementRole,
    Reason::LastManager,
    Reason::FailedPrecondition,
];

#[test]
fn every_refusal_is_met_often() {
    let mut counts: BTreeMap<&'static str, usize> =
        REFUSALS.iter().map(|reason| (reason.as_code(), 0)).collect();
    let (mut asked, mut allowed) = (0, 0);
    let mut allowed_kinds: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..WORLDS {
        let (scheme, world, now) = generate(seed);
        let mut rng = Rng::new(seed ^ 0xc4a9e);
        for (actor, subject, change) in changes(&scheme, &world, now, &mut rng, 30) {
            match may_change(&world, &scheme, &actor, &subject, &change, now) {
                Ok(()) => {
                    allowed += 1;
                    let name: String =
                        format!("{change:?}").chars().take_while(|c| c.is_alphanumeric()).collect();
                    *allowed_kinds.entry(name).or_default() += 1;
                }
                Err(reason) => *counts.entry(reason.as_code()).or_default() += 1,
            }
            asked += 1;
        }
    }
    print("changes", &counts, asked);
    println!("allowed {:.2} %: {allowed_kinds:?}", percent(allowed, asked));
    assert_eq!(allowed_kinds.len(), 15, "every kind of change is allowed somewhere");
    let allowed = percent(allowed, asked);
    assert!((30.0..=70.0).contains(&allowed), "{allowed} % allowed");
    for code in REFUSALS.map(|reason| reason.as_code()) {
        let count = counts[code];
        assert!(percent(count, asked) >= 0.5, "`{code}` refuses only {count} of {asked}");
    }
}
