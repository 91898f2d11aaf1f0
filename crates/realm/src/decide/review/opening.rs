//! Opening a review: which assignments are in it, and which its opener sees and may not manage.

use std::collections::BTreeSet;
use std::time::Duration;

use bailiwick_identity::{Instant, ReviewId};
use bailiwick_membership::{AssignmentRef, RoleIx, UnitIx, UserIx};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Level, Right};

use super::Look;
use crate::decide::draft::Draft;
use crate::decide::{Judged, no_national_identifier, user};
use crate::refusal::{Refusal, Refused};
use crate::review::{
    LeftOut, MOST_REVIEWED, Review, ReviewItem, ReviewOutcome, ReviewOver, Reviewed, Unconfirmed,
};

/// A review lasts so long at most.
const LONGEST: Duration = Duration::from_secs(5 * 366 * 86_400);
/// So many holders are looked at for one review at most, somebody who holds several things as often.
const MOST_LOOKED_AT: usize = 50_000;

impl Look<'_> {
    pub(super) fn open(
        &mut self,
        id: &ReviewId,
        over: &ReviewOver,
        due_at: Instant,
        unconfirmed: Unconfirmed,
    ) -> Judged {
        no_national_identifier(id.as_str(), "review")?;
        let now = self.now();
        let longest = now.as_micros().saturating_add(i64::try_from(LONGEST.as_micros()).unwrap_or(i64::MAX));
        if due_at <= now || due_at.as_micros() > longest {
            let refusal = Refusal::new(Refused::Invalid, Reason::BadInterval).at_field("due_at");
            return Err(refusal.because("a review is due later, and within five years"));
        }
        let (items, left_out) = self.found(over)?;
        if self.running.facts.reviews.contains_key(id) {
            return Err(Refusal::new(Refused::Exists, Reason::AlreadyExists));
        }
        self.keep(Review {
            id: id.clone(),
            opener: self.actor().cloned(),
            over: over.clone(),
            opened_at: now,
            due_at,
            unconfirmed,
            items,
            left_out,
            closed_at: None,
        });
        Ok(())
    }

    fn found(&self, over: &ReviewOver) -> Judged<(Vec<ReviewItem>, Vec<LeftOut>)> {
        let draft = Draft::new(&self.running.state, &self.running.facts, self.command, self.now());
        let place = place(&draft, over)?;
        let (mut items, mut left_out) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for (looked_at, user) in place.users(&draft)?.enumerate() {
            if looked_at == MOST_LOOKED_AT {
                return Err(too_many());
            }
            if !seen.insert(user) {
                continue;
            }
            let Some(held) = draft.state.world.user(user) else { continue };
            for a in held.assignments().filter(|a| place.has(&draft, a)) {
                let Some(of) = reviewed(&draft, user, &a) else { continue };
                match user::may_take_away(&draft, &of.user, of.number) {
                    Ok(_) => items.push(ReviewItem { of, outcome: ReviewOutcome::Open }),
                    // What is out of sight is not told of.
                    Err(why) if user::shows(&draft, user, of.number) => {
                        left_out.push(LeftOut { of, why: why.reason });
                    }
                    Err(_) => {}
                }
                if items.len() + left_out.len() > MOST_REVIEWED {
                    return Err(too_many());
                }
            }
        }
        if items.is_empty() {
            return Err(Refusal::precondition(Reason::NothingToChange).because("nothing is there to review"));
        }
        items.sort_by(|one, other| key(&one.of).cmp(&key(&other.of)));
        left_out.sort_by(|one, other| key(&one.of).cmp(&key(&other.of)));
        Ok((items, left_out))
    }
}

fn too_many() -> Refusal {
    Refusal::precondition(Reason::TooMany)
        .because(format!("a review is of at most {MOST_REVIEWED} assignments: name a unit, or one below"))
}

fn key(of: &Reviewed) -> (&str, u32) {
    (of.user.as_str(), of.number)
}

/// Where a review looks.
struct Place {
    below: Option<UnitIx>,
    role: Option<RoleIx>,
}

fn place(draft: &Draft<'_>, over: &ReviewOver) -> Judged<Place> {
    let judge = draft.judge()?;
    let mut rights = judge.scheme.kinds().iter().map(|kind| Right::Of(kind.assign_right));
    if judge
        .actor
        .is_some_and(|actor| rights.all(|right| actor.passing(right, Level::Manage).next().is_none()))
    {
        return Err(Refusal::denied(Reason::NoManagementRight));
    }
    if over.unit.is_none() && over.role.is_none() {
        let refusal = Refusal::new(Refused::Invalid, Reason::FieldInvalid).at_field("unit");
        return Err(refusal.because("a review is over a unit, a role, or both"));
    }
    let unknown = || Refusal::new(Refused::Invalid, Reason::UnknownName).at_field("role");
    let role = over.role.as_deref().map(|name| judge.scheme.role_named(name).ok_or_else(unknown));
    let below = over.unit.as_ref().map(|unit| judge.find_unit(unit).ok_or_else(|| judge.unknown_unit()));
    Ok(Place { below: below.transpose()?, role: role.transpose()? })
}

impl Place {
    /// Everybody who may hold something there that the opener sees, some more than once: who has the role, where few have it; else
    /// who holds something at the unit or, where the opener does not manage all of it, wherever they see anybody.
    fn users<'d>(&self, draft: &'d Draft<'_>) -> Judged<Box<dyn Iterator<Item = UserIx> + 'd>> {
        let world = &draft.state.world;
        let actor = draft.judge()?.actor;
        let has_few = |role| world.having(role, None).nth(MOST_REVIEWED).is_none();
        let is_everywhere = actor.is_none() && self.below.is_none();
        if let Some(role) = self.role.filter(|&role| is_everywhere || has_few(role)) {
            return Ok(Box::new(world.having(role, None)));
        }
        let below = self.below.into_iter().collect();
        let tops: BTreeSet<UnitIx> = match actor {
            None => below,
            Some(actor) => {
                let seen = actor.sees_from();
                let is_seen = |&unit: &UnitIx| seen.iter().any(|&top| world.is_within(unit, top));
                if self.below.as_ref().is_some_and(is_seen) { below } else { seen }
            }
        };
        Ok(Box::new(world.subtrees(tops).flat_map(|unit| world.holders(unit))))
    }

    fn has(&self, draft: &Draft<'_>, held: &AssignmentRef<'_>) -> bool {
        held.held(draft.now)
            && self.role.is_none_or(|role| held.role == role)
            && self.below.is_none_or(|unit| draft.state.world.is_within(held.unit, unit))
    }
}

fn reviewed(draft: &Draft<'_>, user: UserIx, held: &AssignmentRef<'_>) -> Option<Reviewed> {
    let world = &draft.state.world;
    Some(Reviewed {
        user: world.user_id(user)?,
        number: held.number,
        unit: world.unit_id(held.unit)?.clone(),
        role: draft.state.scheme.role(held.role)?.name.clone(),
    })
}
