//! A question or a change on one world, and whether both say the same of it.

use std::fmt;
use std::fmt::Write as _;

use bailiwick_oracle::check::Question;
use bailiwick_oracle::rng::Rng;

use crate::change::Asked;
use crate::world::{Pair, Unfit};
use crate::{after, ask, change, document};

/// What both are asked.
#[derive(Debug, Clone)]
pub enum Case {
    /// A question.
    Question(Question),
    /// A change; where both allow it, what it leaves is compared too, with questions drawn from the seed.
    Change(Asked, u64),
}

/// What one says and the other does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where it shows.
    pub place: &'static str,
    /// The code of the naive evaluator.
    pub oracle: &'static str,
    /// The code of the engine.
    pub engine: &'static str,
    /// Everything that both say.
    pub told: String,
}

impl Difference {
    fn new(
        place: &'static str,
        codes: (&'static str, &'static str),
        oracle: impl fmt::Debug,
        engine: impl fmt::Debug,
    ) -> Self {
        let told = format!("oracle: {oracle:?}\nengine: {engine:?}");
        Self { place, oracle: codes.0, engine: codes.1, told }
    }

    /// Whether the other is of the same sort.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (self.place, self.oracle, self.engine) == (other.place, other.oracle, other.engine)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: oracle {}, engine {}", self.place, self.oracle, self.engine)
    }
}

/// What both say where they agree.
pub type Agreed = &'static str;

impl Case {
    /// Puts it to both: the code on which they agree, or what differs.
    ///
    /// # Errors
    /// A name that the engine does not know.
    pub fn compare(&self, pair: &Pair) -> Result<Result<Agreed, Difference>, Unfit> {
        match self {
            Self::Question(question) => compare_question(pair, question, "answer"),
            Self::Change(asked, seed) => compare_change(pair, asked, *seed),
        }
    }
}

fn compare_question(
    pair: &Pair,
    question: &Question,
    place: &'static str,
) -> Result<Result<Agreed, Difference>, Unfit> {
    let (oracle, engine) = (ask::oracle(pair, question), ask::engine(pair, question)?);
    if oracle == engine {
        return Ok(Ok(oracle.code));
    }
    Ok(Err(Difference::new(place, (oracle.code, engine.code), (question, &oracle), &engine)))
}

fn compare_change(pair: &Pair, asked: &Asked, seed: u64) -> Result<Result<Agreed, Difference>, Unfit> {
    let oracle = change::oracle(pair, asked);
    let (engine, decided) = change::engine(pair, asked)?;
    if oracle != engine {
        return Ok(Err(Difference::new("verdict", (oracle, engine), oracle, engine)));
    }
    let Some(decided) = decided else { return Ok(Ok(oracle)) };
    let next = after::after(pair, asked, &decided);
    let (ours, theirs) = (after::oracle(&next, &asked.subject), after::engine(&next, &asked.subject));
    if ours != theirs {
        return Ok(Err(Difference::new("holdings after", (oracle, engine), ours, theirs)));
    }
    for question in after::questions(&next, &asked.subject, &mut Rng::new(seed)) {
        if let Err(difference) = compare_question(&next, &question, "answer after")? {
            return Ok(Err(difference));
        }
    }
    Ok(Ok(oracle))
}

/// The world and the case, for whoever looks for the fault.
#[must_use]
pub fn describe(pair: &Pair, case: &Case, difference: &Difference) -> String {
    let mut text = format!("{}\n", document::document(&pair.model));
    // Writing into a text cannot fail.
    for unit in &pair.world.units {
        let archived = if unit.archived { ", archived" } else { "" };
        let _ =
            writeln!(text, "{}: {} {:?} below {:?}{archived}", unit.id, unit.kind, unit.name, unit.parents);
    }
    for customer in &pair.world.customers {
        let _ = writeln!(text, "{}: {:?}", customer.id, customer.placements);
    }
    for user in &pair.world.users {
        let _ = writeln!(
            text,
            "{}: active {}, disabled by {:?}, home {}, person {:?}, own record {:?}, reporting role {:?}",
            user.id,
            user.active,
            user.disabled_by,
            user.home_unit,
            user.person,
            user.own_record,
            user.reporting_role
        );
        for one in &user.assignments {
            let _ = writeln!(text, "  {one:?}");
        }
        for one in &user.grants {
            let _ = writeln!(text, "  {one:?}");
        }
        for one in &user.caseload {
            let _ = writeln!(text, "  {one:?}");
        }
    }
    let _ = writeln!(text, "now {}\n{case:?}\n{difference}\n{}", pair.now, difference.told);
    text
}
