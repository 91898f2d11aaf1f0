//! Disabling somebody, suspending an assignment or a grant and archiving a unit never let anybody do more.

#![expect(clippy::expect_used, reason = "a world that cannot be compared is a failed test")]

use bailiwick_oracle::check::Question;
use bailiwick_oracle::generate::{generate, questions};
use bailiwick_oracle::model::{Standing, World};
use bailiwick_oracle::rng::Rng;
use bailiwick_versus::ask;
use bailiwick_versus::run::count;
use bailiwick_versus::world::Pair;

/// Takes something away from a world that has it.
type Narrow = fn(&mut World, &mut Rng) -> Option<()>;

/// What is done to each world.
const NARROWINGS: [(&str, Narrow); 4] = [
    ("disabling a user", |world, rng| {
        let user = one_of(&mut world.users, rng)?;
        user.active = false;
        Some(())
    }),
    ("suspending an assignment", |world, rng| {
        let user = one_of(&mut world.users, rng)?;
        one_of(&mut user.assignments, rng)?.standing = Standing::Suspended;
        Some(())
    }),
    ("suspending a grant", |world, rng| {
        let mut grants: Vec<_> = world.users.iter_mut().flat_map(|user| &mut user.grants).collect();
        one_of(&mut grants, rng)?.standing = Standing::Suspended;
        Some(())
    }),
    ("archiving a unit", |world, rng| {
        one_of(&mut world.units, rng)?.archived = true;
        Some(())
    }),
];

fn one_of<'a, T>(all: &'a mut [T], rng: &mut Rng) -> Option<&'a mut T> {
    if all.is_empty() {
        return None;
    }
    let at = rng.below(all.len());
    all.get_mut(at)
}

#[test]
fn narrowing_never_widens() {
    let worlds = count("BAILIWICK_NARROWINGS", 1_500);
    let mut narrowed_answers = [0_usize; NARROWINGS.len()];
    for seed in 0..worlds {
        let (scheme, world, now) = generate(seed);
        let mut rng = Rng::new(seed ^ 0xa220);
        let asked = questions(&scheme, &world, now, &mut rng, 60);
        let before = Pair::new(scheme.clone(), world.clone(), now).expect("a world that fits");
        for ((what, narrow), answers) in NARROWINGS.iter().zip(&mut narrowed_answers) {
            let mut less = world.clone();
            if narrow(&mut less, &mut rng).is_none() {
                continue;
            }
            let after = Pair::new(scheme.clone(), less, now).expect("a narrowed world that fits");
            for question in &asked {
                *answers += usize::from(is_narrower(&before, &after, question, (seed, what)));
            }
        }
    }
    for ((what, _), answers) in NARROWINGS.iter().zip(narrowed_answers) {
        println!("{what}: {answers} answers are narrower");
        assert!(answers > 0, "{what} narrows nothing here, and so proves nothing");
    }
}

/// Whether an answer has become narrower; it must not have become wider.
fn is_narrower(before: &Pair, after: &Pair, question: &Question, told: (u64, &str)) -> bool {
    let (was, is) = (ask::engine(before, question), ask::engine(after, question));
    let (was, is) = (was.expect("a question that fits"), is.expect("a question that fits"));
    let allowed = |code: &str| code == "ALLOWED";
    assert!(allowed(was.code) || !allowed(is.code), "{told:?} allows {question:?}: {was:?}, then {is:?}");
    assert!(is.visible.is_subset(&was.visible), "{told:?} shows more of {question:?}: {was:?}, then {is:?}");
    let through = |unit: &String| was.through.get(unit).zip(is.through.get(unit));
    let wider = is.through.keys().find(|unit| through(unit).is_none_or(|(was, is)| !is.is_subset(was)));
    assert_eq!(wider, None, "{told:?} shows more of {question:?} there");
    was.code != is.code || was.visible != is.visible
}
