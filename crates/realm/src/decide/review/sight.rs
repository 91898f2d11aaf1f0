//! What somebody sees of a review: whoever opened it, what they still see of it; whoever may manage what is in it, that.

use bailiwick_identity::{Instant, UserId};

use crate::command::{Actor, Body, Command, Spares};
use crate::decide::draft::Draft;
use crate::decide::user;
use crate::facts::Facts;
use crate::review::{LeftOut, Review, ReviewCommand, ReviewItem, ReviewOutcome, Reviewed};
use crate::state::State;

/// Whether somebody sees anything of a review.
pub(super) fn sees(state: &State, review: &Review, actor: &UserId, now: Instant) -> bool {
    if review.opener.as_ref() == Some(actor) {
        return true;
    }
    with_draft(state, review, actor, now, |draft| {
        review.items.iter().any(|item| concerns(draft, item, actor))
    })
}

/// What somebody sees of a review: its items, and those that were left out of it. Nothing where there is nothing that concerns
/// them: then it is for them as if there were none.
#[must_use]
pub fn visible_items<'r>(
    state: &State,
    review: &'r Review,
    actor: &UserId,
    now: Instant,
) -> Option<(Vec<&'r ReviewItem>, Vec<&'r LeftOut>)> {
    let is_opener = review.opener.as_ref() == Some(actor);
    with_draft(state, review, actor, now, |draft| {
        let seen =
            |item: &&ReviewItem| concerns(draft, item, actor) || is_opener && is_shown(draft, &item.of);
        let items: Vec<_> = review.items.iter().filter(seen).collect();
        let left_out = review.left_out.iter().filter(|left| is_opener && is_shown(draft, &left.of)).collect();
        (is_opener || !items.is_empty()).then_some((items, left_out))
    })
}

/// Whether whoever opened a review still sees what it is of: the assignment, or, once that is over, what is held in its unit.
fn is_shown(draft: &Draft<'_>, of: &Reviewed) -> bool {
    let world = &draft.state.world;
    let user = world.user_ix(of.user.as_str());
    user.is_some_and(|user| user::shows(draft, user, of.number)) || {
        let held = user
            .and_then(|user| world.user(user))
            .and_then(|user| user.assignments().find(|a| a.number == of.number && a.held(draft.now)));
        held.is_none() && user::sees_who_is_at(draft, &of.unit)
    }
}

/// Whether somebody has looked at an item, or may while it is open.
fn concerns(draft: &Draft<'_>, item: &ReviewItem, actor: &UserId) -> bool {
    match &item.outcome {
        ReviewOutcome::Open => user::may_take_away(draft, &item.of.user, item.of.number).is_ok(),
        ReviewOutcome::Confirmed(reviewer) | ReviewOutcome::Ended(reviewer) => {
            reviewer.by.as_ref() == Some(actor)
        }
        ReviewOutcome::NotHeld
        | ReviewOutcome::Unconfirmed
        | ReviewOutcome::Lapsed
        | ReviewOutcome::Kept(_) => false,
    }
}

/// Asks the rules as if somebody looked at the review.
fn with_draft<T>(
    state: &State,
    review: &Review,
    actor: &UserId,
    now: Instant,
    ask: impl FnOnce(&Draft<'_>) -> T,
) -> T {
    let command = Command {
        actor: Actor::User(actor.clone()),
        caller: String::new(),
        reason: None,
        may_remove_last_manager: false,
        expects: None,
        spares: Spares::default(),
        body: Body::Review(Box::new(ReviewCommand::Close(review.id.clone()))),
    };
    let facts = Facts::default();
    ask(&Draft::new(state, &facts, &command, now))
}
