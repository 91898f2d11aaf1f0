//! Whose record is whose, and which users are the same person.

use std::collections::BTreeSet;

use bailiwick_identity::{CustomerId, UserId};
use bailiwick_membership::UserIx;
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Other, ReachNeeded, Right};

use super::{Judged, Subject};
use crate::decide::customer::may_view;
use crate::decide::draft::Draft;
use crate::decide::judge::{Asked, Judge, Reach, Rules, Unranked};
use crate::refusal::{Refusal, Refused};

/// The row of what a person is recognised by: both rights, whole reach, rules 1 to 5b.
fn identity<'d>(judge: &Judge<'d>, other: Option<Other<'d>>) -> Judged {
    judge.ask(
        other,
        &Rules {
            right: Right::Identity,
            reach: Reach::Of(ReachNeeded::Whole),
            lowers_lowest: false,
            rank: Asked::Yes,
            unranked: Unranked::All,
        },
    )
}

/// Links a user to the customer record that is their own: only one whom the actor may view, one to one.
pub(super) fn set_own_record(
    draft: &mut Draft<'_>,
    subject: &Subject,
    customer: Option<&CustomerId>,
) -> Judged {
    let own = {
        let judge = draft.judge()?;
        identity(&judge, subject.other(draft))?;
        let present = subject.other(draft).and_then(|other| other.user.own_record());
        let present = present.and_then(|present| judge.world.customer_id(present));
        let hidden = present.as_ref().is_some_and(|present| !may_view(&judge, present, None));
        match customer {
            // One out of sight is as none.
            None if hidden || present.is_none() => {
                return Err(Refusal::precondition(Reason::NothingToChange));
            }
            None => None,
            Some(id) => {
                let known = judge.world.customer_ix(id.as_str());
                let viewed = known.filter(|_| may_view(&judge, id, None));
                let customer =
                    viewed.ok_or_else(|| Refusal::new(Refused::NotFound, Reason::UnknownCustomer))?;
                // Which of the two has another is not told: it may be one out of sight.
                if hidden || judge.world.owner_of(customer).is_some_and(|owner| Some(owner) != subject.ix) {
                    return Err(Refusal::new(Refused::Exists, Reason::FieldTaken).at_field("customer"));
                }
                Some(customer)
            }
        }
    };
    let ix = subject.known()?;
    draft.edit_access(ix, |access| access.own_record = own);
    Ok(())
}

/// Marks a user as the same person as another, and so whoever either was marked with before; or as nobody else. Rights, reach
/// and rules are asked over everybody concerned. Where somebody is not seen, there is nobody to part with.
pub(super) fn set_same_person(draft: &mut Draft<'_>, subject: &Subject, other: Option<&UserId>) -> Judged {
    let (joined, left) = {
        let judge = draft.judge()?;
        identity(&judge, subject.other(draft))?;
        let ix = subject.known()?;
        let left = group(&judge, ix);
        let joined = match other {
            None => BTreeSet::new(),
            Some(id) => {
                let with = judge.world.user_ix(id.as_str());
                identity(&judge, with.and_then(|with| Other::as_held(judge.world, with)))?;
                with.map(|with| group(&judge, with)).unwrap_or_default()
            }
        };
        for &member in left.iter().chain(&joined).filter(|&&member| member != ix) {
            identity(&judge, Other::as_held(judge.world, member)).map_err(|refusal| match other {
                None if refusal.reason == Reason::UnknownUser => {
                    Refusal::precondition(Reason::NothingToChange)
                }
                None | Some(_) => refusal,
            })?;
        }
        if joined.contains(&ix) || (other.is_none() && left.len() < 2) {
            return Err(Refusal::precondition(Reason::NothingToChange));
        }
        (joined, left)
    };
    if other.is_some() {
        regroup(draft, left.into_iter().chain(joined).collect());
        return Ok(());
    }
    let ix = subject.known()?;
    regroup(draft, left.into_iter().filter(|&member| member != ix).collect());
    regroup(draft, BTreeSet::from([ix]));
    Ok(())
}

/// Takes a user out of the person it was marked as.
pub(super) fn part_company(draft: &mut Draft<'_>, user: UserIx) {
    let person = draft.state.world.user(user).and_then(|user| user.person());
    let members = person.map_or(&[][..], |person| draft.state.world.same_person(person));
    let left = members.iter().copied().filter(|&member| member != user).collect();
    regroup(draft, left);
    regroup(draft, BTreeSet::from([user]));
}

/// A user and whoever is marked as the same person.
fn group(judge: &Judge<'_>, user: UserIx) -> BTreeSet<UserIx> {
    let person = judge.world.user(user).and_then(|u| u.person());
    let members = person.map_or(&[][..], |person| judge.world.same_person(person));
    members.iter().copied().chain([user]).collect()
}

/// Marks users as one person; one alone is marked as nobody else.
fn regroup(draft: &mut Draft<'_>, members: BTreeSet<UserIx>) {
    let person = members.first().copied().filter(|_| members.len() > 1);
    for member in members {
        draft.edit_access(member, |access| access.person = person);
    }
}
