//! A review, as bytes and back.

use bailiwick_identity::ReviewId;
use bailiwick_policy::Reason;
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::{
    LeftOut, Review, ReviewItem, ReviewOutcome, ReviewOver, Reviewed, Reviewer, Unconfirmed,
};

use super::names::{instant, optional, optional_instant, unit_id, user_id};
use crate::log::Damage;

const UNKNOWN: Damage = Damage("a review is as no version writes it");

pub(super) fn write(review: &Review) -> log::Review {
    let Review { id, opener, over, opened_at, due_at, unconfirmed, items, left_out, closed_at } = review;
    let ReviewOver { unit, role } = over;
    log::Review {
        id: id.to_string(),
        opener: opener.as_ref().map(ToString::to_string).unwrap_or_default(),
        unit: unit.as_ref().map(ToString::to_string).unwrap_or_default(),
        role: role.clone().unwrap_or_default(),
        opened_at: opened_at.as_micros(),
        due_at: due_at.as_micros(),
        ends_unconfirmed: match unconfirmed {
            Unconfirmed::Listed => false,
            Unconfirmed::Ended => true,
        },
        items: items.iter().map(write_item).collect(),
        left_out: left_out.iter().map(write_left_out).collect(),
        closed_at: closed_at.map(|at| at.as_micros()),
    }
}

fn write_reviewed(of: &Reviewed) -> log::Reviewed {
    let Reviewed { user, number, unit, role } = of;
    log::Reviewed { user: user.to_string(), number: *number, unit: unit.to_string(), role: role.clone() }
}

fn write_item(item: &ReviewItem) -> log::ReviewItem {
    let mut message = log::ReviewItem { of: Some(write_reviewed(&item.of)), ..log::ReviewItem::default() };
    let mut looked = |reviewer: &Reviewer| {
        message.by = reviewer.by.as_ref().map(ToString::to_string).unwrap_or_default();
        message.at = reviewer.at.as_micros();
    };
    let outcome = match &item.outcome {
        ReviewOutcome::Open => log::ReviewOutcome::Open,
        ReviewOutcome::Confirmed(reviewer) => {
            looked(reviewer);
            log::ReviewOutcome::Confirmed
        }
        ReviewOutcome::Ended(reviewer) => {
            looked(reviewer);
            log::ReviewOutcome::Ended
        }
        ReviewOutcome::NotHeld => log::ReviewOutcome::NotHeld,
        ReviewOutcome::Unconfirmed => log::ReviewOutcome::Unconfirmed,
        ReviewOutcome::Lapsed => log::ReviewOutcome::Lapsed,
        ReviewOutcome::Kept(reason) => {
            reason.code().clone_into(&mut message.kept);
            log::ReviewOutcome::Kept
        }
    };
    message.outcome = outcome.into();
    message
}

fn write_left_out(left: &LeftOut) -> log::LeftOut {
    log::LeftOut { of: Some(write_reviewed(&left.of)), why: left.why.code().to_owned() }
}

pub(super) fn read(message: log::Review) -> Result<Review, Damage> {
    let log::Review {
        id,
        opener,
        unit,
        role,
        opened_at,
        due_at,
        ends_unconfirmed,
        items,
        left_out,
        closed_at,
    } = message;
    Ok(Review {
        id: ReviewId::parse(&id).map_err(|_| UNKNOWN)?,
        opener: optional(&opener, user_id)?,
        over: ReviewOver {
            unit: optional(&unit, unit_id)?,
            role: Some(role).filter(|role| !role.is_empty()),
        },
        opened_at: instant(opened_at)?,
        due_at: instant(due_at)?,
        unconfirmed: if ends_unconfirmed { Unconfirmed::Ended } else { Unconfirmed::Listed },
        items: items.into_iter().map(read_item).collect::<Result<_, _>>()?,
        left_out: left_out.into_iter().map(read_left_out).collect::<Result<_, _>>()?,
        closed_at: optional_instant(closed_at)?,
    })
}

fn read_reviewed(message: Option<log::Reviewed>) -> Result<Reviewed, Damage> {
    let log::Reviewed { user, number, unit, role } = message.ok_or(UNKNOWN)?;
    Ok(Reviewed { user: user_id(&user)?, number, unit: unit_id(&unit)?, role })
}

fn read_item(message: log::ReviewItem) -> Result<ReviewItem, Damage> {
    let log::ReviewItem { of, outcome, by, at, kept } = message;
    let reviewer = || Ok::<_, Damage>(Reviewer { by: optional(&by, user_id)?, at: instant(at)? });
    let outcome = match log::ReviewOutcome::try_from(outcome).map_err(|_| UNKNOWN)? {
        log::ReviewOutcome::Unspecified => return Err(UNKNOWN),
        log::ReviewOutcome::Open => ReviewOutcome::Open,
        log::ReviewOutcome::Confirmed => ReviewOutcome::Confirmed(reviewer()?),
        log::ReviewOutcome::Ended => ReviewOutcome::Ended(reviewer()?),
        log::ReviewOutcome::NotHeld => ReviewOutcome::NotHeld,
        log::ReviewOutcome::Unconfirmed => ReviewOutcome::Unconfirmed,
        log::ReviewOutcome::Lapsed => ReviewOutcome::Lapsed,
        log::ReviewOutcome::Kept => ReviewOutcome::Kept(reason(&kept)?),
    };
    Ok(ReviewItem { of: read_reviewed(of)?, outcome })
}

fn read_left_out(message: log::LeftOut) -> Result<LeftOut, Damage> {
    let log::LeftOut { of, why } = message;
    Ok(LeftOut { of: read_reviewed(of)?, why: reason(&why)? })
}

fn reason(code: &str) -> Result<Reason, Damage> {
    Reason::ALL.iter().find(|reason| reason.code() == code).copied().ok_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use bailiwick_identity::{Instant, UnitId, UserId};

    use super::*;

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros).unwrap()
    }

    fn review(opener: Option<&str>, unconfirmed: Unconfirmed, closed_at: Option<Instant>) -> Review {
        let of = |number| Reviewed {
            user: UserId::parse("u").unwrap(),
            number,
            unit: UnitId::parse("n").unwrap(),
            role: "staff".to_owned(),
        };
        let by = |user: Option<&str>| Reviewer { by: user.map(|id| UserId::parse(id).unwrap()), at: at(7) };
        let outcomes = [
            ReviewOutcome::Open,
            ReviewOutcome::Confirmed(by(Some("v"))),
            ReviewOutcome::Confirmed(by(None)),
            ReviewOutcome::Ended(by(Some("v"))),
            ReviewOutcome::NotHeld,
            ReviewOutcome::Unconfirmed,
            ReviewOutcome::Lapsed,
            ReviewOutcome::Kept(Reason::LastManager),
        ];
        let items = (1..).zip(outcomes).map(|(number, outcome)| ReviewItem { of: of(number), outcome });
        Review {
            id: ReviewId::parse("q4").unwrap(),
            opener: opener.map(|id| UserId::parse(id).unwrap()),
            over: ReviewOver {
                unit: opener.map(|_| UnitId::parse("n").unwrap()),
                role: closed_at.map(|_| "staff".to_owned()),
            },
            opened_at: at(1),
            due_at: at(9),
            unconfirmed,
            items: items.collect(),
            left_out: vec![LeftOut { of: of(20), why: Reason::RankTooLow }],
            closed_at,
        }
    }

    #[test]
    fn a_review_comes_back_as_it_was() {
        for review in
            [review(Some("o"), Unconfirmed::Ended, None), review(None, Unconfirmed::Listed, Some(at(8)))]
        {
            assert_eq!(read(write(&review)).unwrap(), review);
        }
    }

    #[test]
    fn what_no_version_writes_is_damage() {
        let good = write(&review(None, Unconfirmed::Listed, None));
        let bad = |spoil: fn(&mut log::Review)| {
            let mut message = good.clone();
            spoil(&mut message);
            read(message).is_err()
        };
        assert!(bad(|review| review.id.clear()));
        assert!(bad(|review| review.items[0].outcome = 0));
        assert!(bad(|review| review.items[0].outcome = 99));
        assert!(bad(|review| review.items[0].of = None));
        assert!(bad(|review| review.items[7].kept = "NO_SUCH".to_owned()));
        assert!(bad(|review| review.left_out[0].why.clear()));
    }
}
