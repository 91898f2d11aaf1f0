//! Cedar and the engine allow and deny the same: under each scheme that ships, and under generated ones.

#![expect(clippy::expect_used, reason = "a world that Cedar or the engine does not take is a failed test")]

use std::collections::BTreeMap;

use bailiwick_cedar::ask::Cedar;
use bailiwick_cedar::rules::Rules;
use bailiwick_oracle::check::{Question, Resource};
use bailiwick_oracle::generate::{generate, generate_under, questions};
use bailiwick_oracle::rng::Rng;
use bailiwick_policy::scheme::shipped;
use bailiwick_versus::ask::engine;
use bailiwick_versus::document::document;
use bailiwick_versus::run::{count, percent};
use bailiwick_versus::world::Pair;

/// How many questions are asked of each world.
const A_WORLD: usize = 200;

/// How many were asked, and allowed.
#[derive(Debug, Default)]
struct Asked {
    questions: usize,
    allowed: usize,
    of_nothing: usize,
    /// Of each type of resource, and of those with record classes: how many were asked, and allowed.
    by_type: BTreeMap<&'static str, [usize; 2]>,
    codes: BTreeMap<&'static str, usize>,
}

impl Asked {
    /// Asks both about one world.
    fn ask(&mut self, rules: &Rules, pair: &Pair, seed: u64) {
        let cedar = Cedar::new(rules, &pair.world, pair.now).expect("a world for Cedar");
        let drawn = questions(&pair.model, &pair.world, pair.now, &mut Rng::new(seed ^ 0xceda), A_WORLD);
        for question in drawn {
            // What a scheme has none of is drawn all the same: a system, a class.
            let Ok(told) = engine(pair, &question) else {
                self.of_nothing += 1;
                continue;
            };
            let allows = cedar.allows(&question).expect("an answer of Cedar's");
            let same = allows == (told.code == "ALLOWED");
            assert!(
                same,
                "world {seed}: {question:?}: {}; Cedar: {allows}\n{}",
                told.code,
                shown(pair, &question)
            );
            self.questions += 1;
            self.allowed += usize::from(allows);
            let classes = (!question.classes.is_empty()).then_some("classes");
            for about in [Some(about(&question)), classes].into_iter().flatten() {
                let counted = self.by_type.entry(about).or_default();
                counted[0] += 1;
                counted[1] += usize::from(allows);
            }
            *self.codes.entry(told.code).or_default() += 1;
        }
    }
}

fn about(question: &Question) -> &'static str {
    match &question.resource {
        Resource::Unit(_) => "unit",
        Resource::Customer(_) => "customer",
        Resource::User(_) => "user",
        Resource::System(_) => "system",
    }
}

fn shown(pair: &Pair, question: &Question) -> String {
    let user = pair.world.user(&question.subject);
    format!("{user:#?}\n{:#?}", pair.world.units)
}

/// How many questions are asked of each of five: the schemes that ship, and generated ones.
fn enough() -> usize {
    let all = usize::try_from(count("BAILIWICK_CEDAR_QUESTIONS", 100_000)).expect("a number");
    all.div_ceil(5)
}

/// Not too few are allowed nor too many, and denied for many reasons: or little is proved.
fn is_mixed(asked: &Asked, name: &str) {
    assert!((5.0..=80.0).contains(&percent(asked.allowed, asked.questions)), "{name}: {asked:?}");
    assert!(percent(asked.of_nothing, asked.questions) < 25.0, "{name}: {asked:?}");
    for about in ["unit", "customer", "user", "classes"] {
        let [asked, allowed] = asked.by_type.get(about).copied().unwrap_or_default();
        assert!(allowed > 50 && asked - allowed > 50, "{name}, {about}: {allowed} of {asked}");
    }
    assert!(asked.codes.len() >= 6, "{name}: {:?}", asked.codes);
}

#[test]
fn cedar_agrees_under_the_schemes_that_ship() {
    for (name, document) in shipped() {
        let rules = Rules::read(document).expect("a document that can be read");
        let model = rules.model();
        let mut asked = Asked::default();
        for seed in 0.. {
            if asked.questions >= enough() {
                break;
            }
            let (world, now) = generate_under(&model, seed);
            let pair = Pair::under(document, model.clone(), world, now).expect("a world that fits");
            asked.ask(&rules, &pair, seed);
        }
        println!("{name}: {asked:?}");
        is_mixed(&asked, name);
    }
}

#[test]
fn cedar_agrees_under_generated_schemes() {
    let mut asked = Asked::default();
    for seed in 0.. {
        if asked.questions >= enough() {
            break;
        }
        let (scheme, world, now) = generate(seed);
        let rules = Rules::read(&document(&scheme)).expect("a document that can be read");
        let pair = Pair::new(scheme, world, now).expect("a world that fits");
        asked.ask(&rules, &pair, seed);
    }
    println!("generated: {asked:?}");
    is_mixed(&asked, "generated");
}
