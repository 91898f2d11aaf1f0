//! Reviews: opening one, looking at its items, and its end.
//!
//! There is no second guard: whether somebody may manage an assignment is asked as for ending it, and what a review ends is ended
//! as by its opener or by whoever looked at it. Only a minimum is not kept up by it.

mod opening;
mod sight;

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, ReviewId, UserId};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::Actor as Manager;

pub use sight::visible_items;

use super::draft::Draft;
use super::running::Running;
use super::{Decided, Judged, close, user};
use crate::command::{Actor, Body, Command, Spares};
use crate::event::Event;
use crate::facts::{Facts, Lookups};
use crate::refusal::{Refusal, Refused};
use crate::review::{
    ItemVerdict, Looked, MOST_REVIEWED, Review, ReviewCommand, ReviewItem, ReviewOutcome, Reviewed, Reviewer,
    Unconfirmed,
};
use crate::state::State;

/// A command about a review, as far as it has been worked through.
struct Look<'c> {
    running: Running,
    command: &'c Command,
    id: &'c ReviewId,
}

pub(super) fn decide(
    state: &State,
    facts: &Facts,
    command: &Command,
    what: &ReviewCommand,
    now: Instant,
) -> Judged<Decided> {
    let mut look = Look { running: Running::new(state, facts, now), command, id: what.id() };
    match what {
        ReviewCommand::Open { id, over, due_at, unconfirmed } => {
            look.open(id, over, *due_at, *unconfirmed)?;
        }
        ReviewCommand::Decide { id: _, items } => look.decide(look.find(what)?, items)?,
        ReviewCommand::Close(_) => look.close_early(look.find(what)?)?,
        ReviewCommand::Due { id: _, users } => look.due(look.find(what)?, users)?,
    }
    Ok(look.running.finish())
}

impl Look<'_> {
    fn now(&self) -> Instant {
        self.running.now
    }

    /// On whose behalf; an operator's own otherwise.
    fn actor(&self) -> Option<&UserId> {
        match &self.command.actor {
            Actor::Operator => None,
            Actor::User(user) => Some(user),
        }
    }

    /// The review as it stands, where the actor sees anything of it.
    fn find(&self, what: &ReviewCommand) -> Judged<Review> {
        let unknown = || Refusal::new(Refused::NotFound, Reason::UnknownReview);
        let Running { state, facts, now, .. } = &self.running;
        if let Some(actor) = self.actor() {
            Manager::find(&state.world, &state.scheme, actor.as_str(), *now).map_err(Refusal::denied)?;
        }
        let review = facts.reviews.get(what.id()).ok_or_else(unknown)?;
        if let Some(actor) = self.actor()
            && !sight::sees(state, review, actor, *now)
        {
            return Err(unknown());
        }
        if review.closed_at.is_some() {
            return Err(Refusal::precondition(Reason::ReviewClosed));
        }
        Ok(review.clone())
    }

    fn decide(&mut self, mut review: Review, verdicts: &[ItemVerdict]) -> Judged {
        if verdicts.is_empty() || verdicts.len() > MOST_REVIEWED {
            let refusal = Refusal::new(Refused::Invalid, Reason::TooMany).at_field("items");
            return Err(refusal.because(format!("1 to {MOST_REVIEWED} items at once")));
        }
        if review.due_at <= self.now() {
            return Err(Refusal::precondition(Reason::ReviewClosed).because("it is due"));
        }
        self.look_at_all(&mut review, verdicts)?;
        if review.open().next().is_none() {
            review.closed_at = Some(self.now());
        }
        self.keep(review);
        Ok(())
    }

    /// What stands beside something else ends once that has, whichever is named first.
    fn look_at_all(&mut self, review: &mut Review, verdicts: &[ItemVerdict]) -> Judged {
        let mut left: Vec<(usize, &ItemVerdict)> = verdicts.iter().enumerate().collect();
        while !left.is_empty() {
            let (before, mut later) = (left.len(), Vec::new());
            for (index, verdict) in left {
                match self.look_at(review, verdict) {
                    Err(refusal) if refusal.reason == Reason::PositionRequired => {
                        later.push((index, verdict, refusal));
                    }
                    looked => looked.map_err(|refusal| refusal.at_field(format!("items[{index}]")))?,
                }
            }
            if let Some((index, _, refusal)) = later.first().filter(|_| later.len() == before) {
                return Err(refusal.clone().at_field(format!("items[{index}]")));
            }
            left = later.into_iter().map(|(index, verdict, _)| (index, verdict)).collect();
        }
        Ok(())
    }

    /// Whoever looks at an item may manage it, now; and it is what was opened.
    fn look_at(&mut self, review: &mut Review, verdict: &ItemVerdict) -> Judged {
        let ItemVerdict { user, number, verdict } = verdict;
        let held = {
            let facts = Facts::default();
            let draft = Draft::new(&self.running.state, &facts, self.command, self.now());
            user::may_take_away(&draft, user, *number)?
        };
        let reviewer = Reviewer { by: self.actor().cloned(), at: self.now() };
        let is_it = |item: &&mut ReviewItem| item.of.user == *user && item.of.number == *number;
        let Some(item) = review.items.iter_mut().find(is_it) else {
            return Err(Refusal::new(Refused::NotFound, Reason::NotHeld).because("it is not in the review"));
        };
        if item.outcome != ReviewOutcome::Open {
            return Err(Refusal::precondition(Reason::NothingToChange).because("somebody has looked at it"));
        }
        let State { world, scheme, .. } = &self.running.state;
        let role = scheme.role(held.role).map(|role| role.name.as_str());
        if world.unit_id(held.unit) != Some(&item.of.unit) || role != Some(item.of.role.as_str()) {
            let refusal = Refusal::new(Refused::Conflict, Reason::EtagMismatch);
            return Err(refusal.because("it is another than when the review was opened"));
        }
        item.outcome = match verdict {
            Looked::Confirm => ReviewOutcome::Confirmed(reviewer),
            Looked::End => {
                self.end(self.command.actor.clone(), user, *number)?;
                ReviewOutcome::Ended(reviewer)
            }
        };
        Ok(())
    }

    /// Ends an assignment now, as somebody.
    fn end(&mut self, actor: Actor, user: &UserId, number: u32) -> Judged {
        let Command { caller, may_remove_last_manager, .. } = self.command;
        let review = ReviewCommand::Close(self.id.clone());
        let command = Command {
            actor,
            caller: caller.clone(),
            reason: None,
            may_remove_last_manager: *may_remove_last_manager,
            expects: None,
            spares: Spares::default(),
            body: Body::Review(Box::new(review)),
        };
        // What is known of all the others is not looked at for each.
        let whose = BTreeSet::from([user.clone()]);
        let facts = Lookups { people: whose.clone(), credentials: whose, ..Lookups::default() };
        let facts = self.running.facts.of(&facts);
        let mut draft = Draft::new(&self.running.state, &facts, &command, self.now());
        user::end_by_review(&mut draft, user, number)?;
        let decided = close(draft)?;
        self.running.keep(decided);
        Ok(())
    }

    /// Before its time, by whoever opened it, or an operator.
    fn close_early(&mut self, mut review: Review) -> Judged {
        if self.actor().is_some() && review.opener.as_ref() != self.actor() {
            return Err(Refusal::denied(Reason::NotAuthor));
        }
        let open = review.items.iter_mut().filter(|item| item.outcome == ReviewOutcome::Open);
        for item in open {
            item.outcome = match is_held(&self.running.state, &item.of, self.running.now) {
                true => ReviewOutcome::Unconfirmed,
                false => ReviewOutcome::NotHeld,
            };
        }
        review.closed_at = Some(self.now());
        self.keep(review);
        Ok(())
    }

    fn due(&mut self, mut review: Review, users: &[UserId]) -> Judged {
        if review.due_at > self.now() {
            return Err(Refusal::precondition(Reason::NotDue));
        }
        // Whose assignments end is known, and they alone.
        if review.open().any(|item| !users.contains(&item.of.user)) {
            return Err(Refusal::new(Refused::Conflict, Reason::EtagMismatch));
        }
        // What stands beside something else may end once that has: those that were kept are tried again.
        while self.lapse_all(&mut review) {}
        review.closed_at = Some(self.now());
        self.keep(review);
        Ok(())
    }

    /// Tries each item that is open, or was kept; says whether one ended.
    fn lapse_all(&mut self, review: &mut Review) -> bool {
        let mut has_ended = false;
        for at in 0..review.items.len() {
            let is_tried =
                |item: &&ReviewItem| matches!(item.outcome, ReviewOutcome::Open | ReviewOutcome::Kept(_));
            let Some(of) = review.items.get(at).filter(is_tried).map(|item| item.of.clone()) else {
                continue;
            };
            let outcome = self.lapse(&of, review);
            has_ended |= outcome == ReviewOutcome::Lapsed;
            if let Some(item) = review.items.get_mut(at) {
                item.outcome = outcome;
            }
        }
        has_ended
    }

    /// What becomes of an item that nobody has looked at when the review is due.
    fn lapse(&mut self, of: &Reviewed, review: &Review) -> ReviewOutcome {
        if !is_held(&self.running.state, of, self.now()) {
            return ReviewOutcome::NotHeld;
        }
        if review.unconfirmed == Unconfirmed::Listed {
            return ReviewOutcome::Unconfirmed;
        }
        let opener = review.opener.clone().map_or(Actor::Operator, Actor::User);
        match self.end(opener, &of.user, of.number) {
            Ok(()) => ReviewOutcome::Lapsed,
            Err(refusal) => ReviewOutcome::Kept(refusal.reason),
        }
    }

    fn keep(&mut self, review: Review) {
        let events = vec![Event::Review(Box::new(review))];
        self.running.keep(Decided { events, ..Decided::default() });
    }
}

/// Whether an assignment is still what it was when the review was opened, and held.
fn is_held(state: &State, of: &Reviewed, now: Instant) -> bool {
    let State { world, scheme, .. } = state;
    let user = world.user_ix(of.user.as_str()).and_then(|ix| world.user(ix));
    let held = user.and_then(|user| user.assignments().find(|a| a.number == of.number));
    held.is_some_and(|a| {
        a.held(now)
            && world.unit_id(a.unit) == Some(&of.unit)
            && scheme.role(a.role).is_some_and(|role| role.name == of.role)
    })
}
