//! Reviews, as far as the one who reads may see.

use bailiwick_realm::{LeftOut, Review, ReviewItem, ReviewOutcome, Reviewed, Reviewer, Unconfirmed};

use super::instant::timestamp;
use super::reason::reason;
use crate::parse::Collection;
use crate::v1;

/// A review with what of it is shown.
#[must_use]
pub fn review(review: &Review, items: &[&ReviewItem], left_out: &[&LeftOut]) -> v1::Review {
    let Review { id, opener, over, opened_at, due_at, unconfirmed, items: _, left_out: _, closed_at } =
        review;
    let open = items.iter().filter(|item| item.outcome == ReviewOutcome::Open).count();
    v1::Review {
        name: Collection::Reviews.name(id),
        opener: opener.as_ref().map(|user| Collection::Users.name(user)).unwrap_or_default(),
        unit: over.unit.as_ref().map(|unit| Collection::Units.name(unit)).unwrap_or_default(),
        role: over.role.clone().unwrap_or_default(),
        opened_at: Some(timestamp(*opened_at)),
        due_at: Some(timestamp(*due_at)),
        end_unconfirmed: *unconfirmed == Unconfirmed::Ended,
        closed_at: closed_at.map(timestamp),
        items: items.iter().map(|item| rendered(item)).collect(),
        left_out: left_out.iter().map(|left| left_out_of(left)).collect(),
        open_items: u32::try_from(open).unwrap_or(u32::MAX),
    }
}

fn reviewed(of: &Reviewed) -> v1::ReviewedAssignment {
    let Reviewed { user, number, unit, role } = of;
    v1::ReviewedAssignment {
        user: Collection::Users.name(user),
        assignment: Collection::Assignments.name(number),
        unit: Collection::Units.name(unit),
        role: role.clone(),
    }
}

fn rendered(item: &ReviewItem) -> v1::ReviewItem {
    let mut message = v1::ReviewItem { of: Some(reviewed(&item.of)), ..v1::ReviewItem::default() };
    let mut looked = |reviewer: &Reviewer| {
        message.user = reviewer.by.as_ref().map(|user| Collection::Users.name(user)).unwrap_or_default();
        message.at = Some(timestamp(reviewer.at));
    };
    let outcome = match &item.outcome {
        ReviewOutcome::Open => v1::ReviewOutcome::Open,
        ReviewOutcome::Confirmed(reviewer) => {
            looked(reviewer);
            v1::ReviewOutcome::Confirmed
        }
        ReviewOutcome::Ended(reviewer) => {
            looked(reviewer);
            v1::ReviewOutcome::Ended
        }
        ReviewOutcome::NotHeld => v1::ReviewOutcome::NotHeld,
        ReviewOutcome::Unconfirmed => v1::ReviewOutcome::Unconfirmed,
        ReviewOutcome::Lapsed => v1::ReviewOutcome::Lapsed,
        ReviewOutcome::Kept(why) => {
            message.kept = reason(*why).into();
            v1::ReviewOutcome::Kept
        }
    };
    message.outcome = outcome.into();
    message
}

fn left_out_of(left: &LeftOut) -> v1::ReviewLeftOut {
    v1::ReviewLeftOut { of: Some(reviewed(&left.of)), reason: reason(left.why).into() }
}
