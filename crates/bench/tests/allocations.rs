//! Nothing on the way of a question allocates for each assignment.
//!
//! Counted by an allocator of this test's own.

#![expect(clippy::unwrap_used, reason = "what builds the world fails the test")]

use bailiwick_bench::questions::{About, Asked};
use bailiwick_bench::random::Random;
use bailiwick_bench::world::{Sizes, build};
use bailiwick_identity::Instant;
use bailiwick_policy::check;

const SIZES: Sizes = Sizes { users: 500, customers: 500, sites: 10, programs: 5, seed: 1 };
const QUESTIONS: usize = 2_000;

/// Allocations of a question that is allowed most often, and of one that is denied.
fn most(about: About) -> (u64, u64) {
    let state = build(&SIZES).unwrap();
    let now = Instant::from_micros(2_000_000).unwrap();
    let mut random = Random::new(7);
    let (mut allowed, mut denied) = (0, 0);
    for _ in 0..QUESTIONS {
        let asked = Asked::draw(about, &SIZES, &mut random);
        let question = asked.question(&state.scheme).unwrap();
        let mut may = false;
        let counted = allocation_counter::measure(|| {
            may = check(&state.world, &state.scheme, &question, now).is_allowed();
        });
        let most = if may { &mut allowed } else { &mut denied };
        *most = counted.count_total.max(*most);
    }
    (allowed, denied)
}

#[test]
fn a_question_about_a_unit_allocates_nothing() {
    assert_eq!(most(About::Unit), (0, 0));
}

#[test]
fn a_question_about_a_user_allocates_nothing() {
    assert_eq!(most(About::User), (0, 0));
}

#[test]
fn a_question_about_a_customer_allocates_for_what_it_shows_only() {
    let (allowed, denied) = most(About::Customer);
    assert_eq!(denied, 0);
    assert!(allowed <= 1, "the list of placements that allow, in one piece: {allowed}");
}
