//! The engine and the naive evaluator answer every question alike.

use bailiwick_oracle::generate::{FEATURES, questions};
use bailiwick_versus::case::Case;
use bailiwick_versus::run::{percent, run};

/// Every code with which a question is answered, but `ALLOWED`.
const CODES: [&str; 16] = [
    "UNKNOWN_SUBJECT",
    "USER_DISABLED",
    "UNKNOWN_RESOURCE",
    "NO_ASSIGNMENT",
    "ROLE_LACKS_CAPABILITY",
    "OUT_OF_SCOPE",
    "NOT_EFFECTIVE",
    "CASELOAD_RESTRICTED",
    "CLASS_HIDDEN",
    "NO_REPORTING_ROLE",
    "NO_ENTITLEMENT",
    "UNKNOWN_USER",
    "SELF",
    "NO_MANAGEMENT_RIGHT",
    "OUT_OF_REACH",
    "RANK_TOO_LOW",
];

/// How many questions each world is asked.
const A_WORLD: usize = 100;

#[test]
fn questions_agree() {
    let count = bailiwick_versus::run::count("BAILIWICK_QUESTIONS", 200_000);
    let found = run(count.div_ceil(A_WORLD as u64), |pair, rng| {
        let drawn = questions(&pair.model, &pair.world, pair.now, rng, A_WORLD);
        drawn.into_iter().map(Case::Question).collect()
    });
    println!("{}", found.table());
    if let Some(differences) = found.differences() {
        panic!("{differences}");
    }
    let of = |code: &str| percent(found.codes.get(code).copied().unwrap_or(0), found.cases);
    assert!((30.0..=70.0).contains(&of("ALLOWED")), "{} % allowed", of("ALLOWED"));
    for code in CODES {
        assert!(of(code) >= 1.0, "`{code}` answers only {} %", of(code));
    }
    for feature in FEATURES {
        let worlds = percent(found.features.get(feature).copied().unwrap_or(0), found.worlds);
        assert!(worlds >= 5.0, "`{feature}` shows in only {worlds} % of the worlds");
    }
}
