//! Why may this user do this, or why not, and what would change that?
//!
//! The answer is that of `check`, which was looked on while it was found. What would allow is tried: each remedy is a single
//! change, and `check` allows in the state that it leaves.

mod assign;
mod candidates;
mod ranks;
mod remedy;

use bailiwick_identity::Instant;
use bailiwick_membership::World;

pub use ranks::{Compared, Ranked};
pub use remedy::Remedy;

use crate::check::{
    Answer, Asking, Attempt, Attempts, By, Deciding, Found, Obstacle, Part, Question, Verdict, Witness,
    check_seen_by,
};
use crate::reason::Reason;
use crate::scheme::{Ability, ClassSet, Scheme};

/// The most remedies that are told.
pub const MOST_REMEDIES: usize = 5;

/// An answer, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What `check` answers.
    pub answer: Answer,
    /// Everything that the subject holds, tried with every part of the resource; oldest first, at most a thousand. Nothing,
    /// where it did not come to that: somebody unknown or disabled, a resource that is not there, oneself.
    pub attempts: Vec<Attempt>,
    /// How many attempts more there were.
    pub left_out: usize,
    /// The ranks that were compared, of questions where ranks are.
    pub compared: Option<Compared>,
    /// Single changes after which `check` allows, the least first; at most [`MOST_REMEDIES`]. None for what is allowed, and
    /// where no single change would do.
    pub remedies: Vec<Remedy>,
}

/// Answers a question, and explains the answer. Only such remedies are looked for as may be told.
#[must_use]
pub fn explain(
    world: &World,
    scheme: &Scheme,
    question: &Question<'_>,
    now: Instant,
    may_be_told: impl Fn(&Remedy) -> bool,
) -> Explanation {
    let mut attempts = Attempts::default();
    let answer = check_seen_by(world, scheme, question, now, &mut attempts);
    let found = Found::find(world, scheme, question);
    let (Some(asking), Some(found)) = (known(world, scheme, question, now), found) else {
        return Explanation::of(answer, attempts);
    };
    if asking.user.is_active() {
        add_lacking(&asking, found, &answer, &mut attempts);
    }
    let remedies = match answer.verdict {
        Verdict::Allowed => Vec::new(),
        Verdict::Denied(reason) => {
            let (classes, attempts) = (question.classes, attempts.told.as_slice());
            Denied { asking, found, classes, reason, attempts }.remedies(may_be_told)
        }
    };
    let compared = ranks::compared(&asking, found).filter(|_| were_compared(&answer, &attempts));
    Explanation { compared, remedies, ..Explanation::of(answer, attempts) }
}

/// Who asks; unlike for `check`, they may be disabled.
fn known<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    question: &Question<'_>,
    now: Instant,
) -> Option<Asking<'w>> {
    let ix = world.user_ix(question.subject)?;
    let user = world.user(ix).filter(|user| !user.is_erased())?;
    Some(Asking { world, scheme, now, ix, user, cap: question.capability })
}

impl Explanation {
    fn of(answer: Answer, attempts: Attempts) -> Self {
        let Attempts { told, left_out } = attempts;
        Self { answer, attempts: told, left_out, compared: None, remedies: Vec::new() }
    }
}

/// Whether it came to comparing ranks: of users last of all, of systems for a grant that is in force.
fn were_compared(answer: &Answer, attempts: &Attempts) -> bool {
    let by_rank = matches!(answer.verdict, Verdict::Allowed | Verdict::Denied(Reason::RankTooLow));
    let mut granted = attempts.told.iter().filter(|attempt| attempt.by == By::Grant).peekable();
    match granted.peek() {
        None => by_rank,
        Some(_) => granted.any(|grant| matches!(grant.obstacle, None | Some(Obstacle::BelowMinimumRank))),
    }
}

/// A denial, and what was tried.
struct Denied<'a> {
    asking: Asking<'a>,
    found: Found,
    classes: Option<ClassSet>,
    reason: Reason,
    attempts: &'a [Attempt],
}

/// What was passed over because its role has not the capability is told, too: whoever reads looks for it.
fn add_lacking(asking: &Asking<'_>, found: Found, answer: &Answer, attempts: &mut Attempts) {
    // About oneself, or by a reporting role that is not there, nothing that is held was looked at.
    let not_looked_at = [Reason::SelfManagement, Reason::NoReportingRole].map(Verdict::Denied);
    let by_itself = answer.is_allowed() && answer.deciding.is_none() && attempts.told.is_empty();
    if by_itself || (attempts.told.is_empty() && not_looked_at.contains(&answer.verdict)) {
        return;
    }
    for held in asking.held() {
        let by = Deciding::of(&held);
        if attempts.told.iter().any(|attempt| attempt.by == By::Assignment(by)) {
            continue;
        }
        let about = |ability: &Ability| match found {
            Found::System(system) => ability.systems.contains(system),
            Found::Unit(_) | Found::Customer(..) | Found::User(_) => true,
        };
        let has = asking.scheme.abilities(held.role, asking.cap).iter().any(about);
        let lacks = if has { Obstacle::NotHeldHere } else { Obstacle::RoleLacksCapability };
        attempts.saw(Attempt::of(by, Part::Whole, Err(lacks)));
    }
    // Oldest first; what a grant brings comes after what is held.
    attempts.told.sort_by_key(|attempt| match attempt.by {
        By::Assignment(by) => (0, by.number),
        By::Grant => (1, 0),
    });
}
