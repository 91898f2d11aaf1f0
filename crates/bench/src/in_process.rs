//! Nanoseconds a check, without a wire: random keys, and the same few again and again.
//!
//! The names of a question are looked up as part of it, as they are for every call. Rounds of the different kinds
//! follow one another, so that what disturbs the machine disturbs all.

use std::hint::black_box;
use std::time::Instant as Clock;

use bailiwick_bench::questions::{About, Asked};
use bailiwick_bench::random::Random;
use bailiwick_bench::world::{Fault, Sizes, build};
use bailiwick_identity::Instant;
use bailiwick_policy::{Question, check};
use bailiwick_realm::State;

use crate::report::Figure;

/// Random questions of each kind: enough to leave the caches.
const RANDOM: usize = 1 << 17;
/// Hot questions of each kind.
const HOT: usize = 64;
/// How often each kind is measured.
const ROUNDS: usize = 7;

/// What was measured in process.
pub(crate) struct InProcess {
    pub(crate) sizes: Sizes,
    pub(crate) build_seconds: f64,
    pub(crate) find_id: Figure,
    pub(crate) checks: Vec<Checked>,
}

/// One kind of question.
pub(crate) struct Checked {
    pub(crate) about: &'static str,
    pub(crate) keys: &'static str,
    pub(crate) nanos: Figure,
    /// How many of one are allowed.
    pub(crate) allowed: f64,
}

/// Questions that are ready to be asked.
struct Kind<'a> {
    about: About,
    keys: &'static str,
    questions: Vec<Question<'a>>,
    allowed: f64,
    nanos: Vec<f64>,
}

pub(crate) fn measure(sizes: &Sizes, checks: u32) -> Result<InProcess, Fault> {
    let started = Clock::now();
    let state = build(sizes)?;
    let build_seconds = started.elapsed().as_secs_f64();
    let now = Instant::from_micros(2_000_000).ok_or_else(|| Fault("no instant".to_owned()))?;

    let asked: Vec<_> = drawn(sizes);
    let mut kinds = Vec::new();
    for (about, keys, asked) in &asked {
        let questions: Vec<_> = asked.iter().map(|a| a.question(&state.scheme)).collect::<Result<_, _>>()?;
        let yes =
            questions.iter().filter(|q| check(&state.world, &state.scheme, q, now).is_allowed()).count();
        let allowed = ratio(yes, questions.len());
        kinds.push(Kind { about: *about, keys, questions, allowed, nanos: Vec::new() });
    }
    let mut find_id = Vec::new();
    for _ in 0..ROUNDS {
        if let Some(kind) = kinds.first() {
            find_id.push(each(checks, &kind.questions, |q| state.world.user_ix(q.subject).is_some()));
        }
        for kind in &mut kinds {
            kind.nanos.push(each(checks, &kind.questions, |q| is_allowed(&state, q, now)));
        }
    }
    let checks = kinds.into_iter().map(|kind| Checked {
        about: kind.about.name(),
        keys: kind.keys,
        nanos: Figure::of(kind.nanos),
        allowed: kind.allowed,
    });
    Ok(InProcess { sizes: *sizes, build_seconds, find_id: Figure::of(find_id), checks: checks.collect() })
}

fn drawn(sizes: &Sizes) -> Vec<(About, &'static str, Vec<Asked>)> {
    let mut random = Random::new(sizes.seed.wrapping_add(3));
    let mut drawn = Vec::new();
    for about in About::ALL {
        for (keys, count) in [("random", RANDOM), ("hot", HOT)] {
            drawn.push((about, keys, (0..count).map(|_| Asked::draw(about, sizes, &mut random)).collect()));
        }
    }
    drawn
}

fn is_allowed(state: &State, question: &Question<'_>, now: Instant) -> bool {
    check(&state.world, &state.scheme, question, now).is_allowed()
}

/// Nanoseconds that each of so many takes.
fn each(count: u32, questions: &[Question<'_>], mut ask: impl FnMut(&Question<'_>) -> bool) -> f64 {
    let started = Clock::now();
    let mut yes = 0_u32;
    for question in questions.iter().cycle().take(count as usize) {
        yes += u32::from(ask(black_box(question)));
    }
    black_box(yes);
    started.elapsed().as_secs_f64() * 1e9 / f64::from(count)
}

fn ratio(part: usize, whole: usize) -> f64 {
    let float = |n: usize| u32::try_from(n).map_or(f64::INFINITY, f64::from);
    float(part) / float(whole)
}
