//! Very many cases, on all processors, and what they were.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use bailiwick_oracle::generate::{features, generate};
use bailiwick_oracle::rng::Rng;

use crate::case::{Case, Difference, describe};
use crate::shrink::shrink;
use crate::world::Pair;

/// How many sorts of difference are told in full, unless `BAILIWICK_TOLD` says otherwise.
const TOLD: u64 = 12;

/// What was compared.
#[derive(Debug, Default)]
pub struct Histogram {
    /// How many cases.
    pub cases: usize,
    /// How many worlds.
    pub worlds: usize,
    /// Cases by the code on which both agree.
    pub codes: BTreeMap<&'static str, usize>,
    /// Worlds by what they show.
    pub features: BTreeMap<&'static str, usize>,
    /// By sort, how often both differed, and the first of the sort.
    differences: BTreeMap<String, (usize, First)>,
}

#[derive(Debug)]
struct First {
    seed: u64,
    pair: Pair,
    case: Case,
    difference: Difference,
}

/// Which part of a whole this is, in percent.
#[must_use]
pub fn percent(part: usize, whole: usize) -> f64 {
    let number = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    100.0 * number(part) / number(whole.max(1))
}

impl Histogram {
    /// Everything that was counted, one line each.
    #[must_use]
    pub fn table(&self) -> String {
        let row = |(name, count): (&&str, &usize), whole| format!("{:7.2} %  {name}", percent(*count, whole));
        let mut lines = vec![format!("{} cases", self.cases)];
        lines.extend(self.codes.iter().map(|one| row(one, self.cases)));
        lines.push(format!("{} worlds", self.worlds));
        lines.extend(self.features.iter().map(|one| row(one, self.worlds)));
        lines.join("\n")
    }

    /// The sorts of difference, each with how often it was met and the smallest world that shows it; nothing where
    /// both always agreed.
    #[must_use]
    pub fn differences(&self) -> Option<String> {
        if self.differences.is_empty() {
            return None;
        }
        let mut text = String::new();
        let told = count("BAILIWICK_TOLD", TOLD);
        for (nth, (sort, (times, first))) in (0..).zip(&self.differences) {
            text.push_str(&format!("\nthey differ {times} times: {sort}\n"));
            if nth < told {
                let (pair, difference) = shrink(&first.pair, &first.case, &first.difference);
                text.push_str(&format!(
                    "seed {}\n{}\n",
                    first.seed,
                    describe(&pair, &first.case, &difference)
                ));
            }
        }
        Some(text)
    }

    fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.worlds += other.worlds;
        for (code, count) in other.codes {
            *self.codes.entry(code).or_default() += count;
        }
        for (feature, count) in other.features {
            *self.features.entry(feature).or_default() += count;
        }
        for (sort, (count, first)) in other.differences {
            self.differences.entry(sort).or_insert((0, first)).0 += count;
        }
    }
}

/// Puts so many cases of each of so many worlds to both.
///
/// # Panics
/// Where the engine cannot be given what was generated, or a thread panics.
#[must_use]
pub fn run(worlds: u64, cases: impl Fn(&Pair, &mut Rng) -> Vec<Case> + Sync) -> Histogram {
    let next = AtomicU64::new(0);
    let all = Mutex::new(Histogram::default());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut mine = Histogram::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= worlds {
                        break;
                    }
                    one_world(seed, &cases, &mut mine);
                }
                all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(mine);
            });
        }
    });
    all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[expect(clippy::panic, reason = "a world that cannot be compared is a failed test")]
fn one_world(seed: u64, cases: &impl Fn(&Pair, &mut Rng) -> Vec<Case>, mine: &mut Histogram) {
    let (scheme, world, now) = generate(seed);
    let pair = Pair::new(scheme, world, now).unwrap_or_else(|unfit| panic!("seed {seed}: {unfit}"));
    mine.worlds += 1;
    for feature in features(&pair.model, &pair.world, now) {
        *mine.features.entry(feature).or_default() += 1;
    }
    for case in cases(&pair, &mut Rng::new(seed ^ 0x5eed)) {
        mine.cases += 1;
        match case.compare(&pair) {
            Ok(Ok(code)) => *mine.codes.entry(code).or_default() += 1,
            Ok(Err(difference)) => {
                let sort = difference.to_string();
                let first = || First { seed, pair: pair.clone(), case: case.clone(), difference };
                mine.differences.entry(sort).or_insert_with(|| (0, first())).0 += 1;
            }
            Err(unfit) => panic!("seed {seed}: {unfit} in {case:?}"),
        }
    }
}

/// How many cases the environment asks for.
#[must_use]
pub fn count(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|said| said.parse().ok()).unwrap_or(usual)
}
