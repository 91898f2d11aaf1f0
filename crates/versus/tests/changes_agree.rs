//! The engine and the naive evaluator allow and refuse the same changes, for the same reasons, and leave the same.

use bailiwick_oracle::generate::changes;
use bailiwick_versus::case::Case;
use bailiwick_versus::change::Asked;
use bailiwick_versus::run::{percent, run};

/// Every code of design §5 with which a change is refused, as the naive evaluator calls them.
const CODES: [&str; 20] = [
    "UNKNOWN_USER",
    "USER_DISABLED",
    "SELF",
    "NO_MANAGEMENT_RIGHT",
    "OUT_OF_REACH",
    "WOULD_LOWER_LOWEST",
    "RANK_TOO_LOW",
    "ROLE_ABOVE_OWN",
    "CASELOAD_RESTRICTED",
    "ROLE_NOT_ASSIGNABLE",
    "DEFAULT_UNIT_NOT_COVERED",
    "NO_MANAGEMENT_ROLE",
    "ALREADY_IN_GROUP",
    "EXCLUSIVE_ROLE",
    "UNIT_FULL",
    "ROLE_MAXIMUM",
    "SINGLE_ROLE",
    "BELOW_MINIMUM",
    "LAST_MANAGER",
    "FAILED_PRECONDITION",
];

/// How many changes of each world are judged.
const A_WORLD: usize = 50;

#[test]
fn changes_agree() {
    let count = bailiwick_versus::run::count("BAILIWICK_CHANGES", 50_000);
    let found = run(count.div_ceil(A_WORLD as u64), |pair, rng| {
        let drawn = changes(&pair.model, &pair.world, pair.now, rng, A_WORLD);
        let asked = drawn.into_iter().map(|(actor, subject, change)| Asked { actor, subject, change });
        asked.zip(1..).map(|(asked, seed)| Case::Change(asked, seed)).collect()
    });
    println!("{}", found.table());
    if let Some(differences) = found.differences() {
        panic!("{differences}");
    }
    let of = |code: &str| percent(found.codes.get(code).copied().unwrap_or(0), found.cases);
    assert!((15.0..=70.0).contains(&of("ALLOWED")), "{} % allowed", of("ALLOWED"));
    for code in CODES {
        assert!(of(code) >= 0.5, "`{code}` refuses only {} %", of(code));
    }
}
