//! Placing, dismissing and removing customers.

use bailiwick_identity::{CustomerId, UnitId};
use bailiwick_membership::{CustomerIx, Enrolment, Placement, UnitIx};
use bailiwick_policy::scheme::Kind;
use bailiwick_policy::{Question, Reason, Target, check, is_below_minimum};

use super::draft::Draft;
use super::judge::Judge;
use super::{Judged, caseload, no_national_identifier, room_for_one_more, room_in_world};
use crate::refusal::{Refusal, Refused};

/// Whether the actor may view a customer: at a unit, or at any placement they have. An operator may.
pub(super) fn may_view(judge: &Judge<'_>, customer: &CustomerId, at: Option<&UnitId>) -> bool {
    let Some(actor) = &judge.actor else { return true };
    let Some(subject) = judge.world.user_id(actor.ix()) else { return false };
    let question = Question {
        subject: subject.as_str(),
        capability: judge.scheme.core().customer_view,
        resource: Target::Customer(customer.as_str()),
        classes: None,
        at: at.map(UnitId::as_str),
    };
    check(judge.world, judge.scheme, &question, judge.now).is_allowed()
}

/// Where something is done to a placement, and by which kind's right.
fn place_of<'d>(judge: &Judge<'d>, unit: &UnitId) -> Judged<(UnitIx, &'d Kind)> {
    let unit = judge.world.unit_ix(unit.as_str()).ok_or_else(|| judge.unknown_unit())?;
    let node = judge.world.node(unit).ok_or_else(|| judge.unknown_unit())?;
    let kind = judge.scheme.kind(node.unit.kind).ok_or_else(|| judge.unknown_unit())?;
    if !judge.holds_at(kind.place_right, unit) {
        return Err(Refusal::denied(Reason::OutOfReach));
    }
    Ok((unit, kind))
}

fn placement_at(judge: &Judge<'_>, customer: Option<CustomerIx>, unit: UnitIx) -> Option<Placement> {
    judge.world.placements(customer?).find(|p| p.unit == unit)
}

/// Places a customer as enrolled. One who is new is placed by whoever holds the kind's right there; one who is known,
/// only by who may view them at a placement they have, or may transfer them from one. Where a kind has a right of its
/// own (a team), only by who may view them.
pub(super) fn place(draft: &mut Draft<'_>, customer: &CustomerId, unit: &UnitId) -> Judged {
    let unit = {
        let judge = draft.judge()?;
        let (unit, kind) = place_of(&judge, unit)?;
        let known = judge.world.customer_ix(customer.as_str());
        within_reach(&judge, customer, known, kind)?;
        if judge.world.is_closed(unit) {
            return Err(Refusal::precondition(Reason::UnitClosed));
        }
        let present = placement_at(&judge, known, unit);
        if present.is_some_and(|p| p.enrolment == Enrolment::Enrolled) {
            return Err(Refusal::precondition(Reason::NothingToChange));
        }
        if is_below_minimum(judge.world, kind, unit, draft.now) {
            return Err(Refusal::precondition(Reason::UnitBelowMinimum));
        }
        has_room(&judge, customer, known)?;
        unit
    };
    put(draft, customer, unit, Some(Enrolment::Enrolled));
    Ok(())
}

fn within_reach(judge: &Judge<'_>, customer: &CustomerId, known: Option<CustomerIx>, kind: &Kind) -> Judged {
    let Some(actor) = &judge.actor else { return Ok(()) };
    let core = judge.scheme.core();
    let own_right = kind.place_right != core.customer_place;
    let allowed = match known {
        None => !own_right,
        Some(known) => {
            let person = judge.world.owner_of(known);
            if person.is_some_and(|owner| actor.not_self(owner).is_err()) {
                return Err(Refusal::denied(Reason::SelfManagement));
            }
            let transfers = || {
                judge
                    .world
                    .placements(known)
                    .any(|p| actor.holds_at(core.customer_transfer, p.unit).is_some())
            };
            may_view(judge, customer, None) || (!own_right && transfers())
        }
    };
    if allowed { Ok(()) } else { Err(Refusal::denied(Reason::CustomerOutOfReach)) }
}

/// Nobody acts as staff on their own record, nor on that of another user of the same person.
pub(super) fn not_own(judge: &Judge<'_>, customer: Option<CustomerIx>) -> Judged {
    let owner = customer.and_then(|customer| judge.world.owner_of(customer));
    match (&judge.actor, owner) {
        (Some(actor), Some(owner)) => actor.not_self(owner).map_err(Refusal::denied),
        (None, _) | (_, None) => Ok(()),
    }
}

/// What is taken off or dismissed must be there, and the customer in view, at this placement or another.
fn present(judge: &Judge<'_>, customer: &CustomerId, unit: &UnitId) -> Judged<(UnitIx, Placement)> {
    let (ix, _) = place_of(judge, unit)?;
    not_own(judge, judge.world.customer_ix(customer.as_str()))?;
    if !may_view(judge, customer, None) {
        return Err(Refusal::denied(Reason::CustomerOutOfReach));
    }
    let placement = placement_at(judge, judge.world.customer_ix(customer.as_str()), ix);
    let placement = placement.ok_or_else(|| Refusal::new(Refused::NotFound, Reason::UnknownCustomer))?;
    Ok((ix, placement))
}

pub(super) fn dismiss(draft: &mut Draft<'_>, customer: &CustomerId, unit: &UnitId) -> Judged {
    let (unit, placement) = present(&draft.judge()?, customer, unit)?;
    if placement.enrolment == Enrolment::Dismissed {
        return Err(Refusal::precondition(Reason::NothingToChange));
    }
    caseload::end_cases(draft, customer, unit);
    put(draft, customer, unit, Some(Enrolment::Dismissed));
    Ok(())
}

pub(super) fn remove(draft: &mut Draft<'_>, customer: &CustomerId, unit: &UnitId) -> Judged {
    let (unit, _) = present(&draft.judge()?, customer, unit)?;
    caseload::end_cases(draft, customer, unit);
    put(draft, customer, unit, None);
    Ok(())
}

/// Takes a placement as it is.
pub(super) fn load(draft: &mut Draft<'_>, customer: &CustomerId, unit: &UnitId, dismissed: bool) -> Judged {
    let unit = {
        let judge = draft.judge()?;
        let (unit, _) = place_of(&judge, unit)?;
        let known = judge.world.customer_ix(customer.as_str());
        if placement_at(&judge, known, unit).is_some() {
            return Err(Refusal::new(Refused::Exists, Reason::AlreadyExists));
        }
        has_room(&judge, customer, known)?;
        unit
    };
    put(draft, customer, unit, Some(if dismissed { Enrolment::Dismissed } else { Enrolment::Enrolled }));
    Ok(())
}

fn has_room(judge: &Judge<'_>, id: &CustomerId, customer: Option<CustomerIx>) -> Judged {
    match customer {
        None => {
            no_national_identifier(id.as_str(), "customer")?;
            room_in_world(judge.world.has_room_for_customers(1))
        }
        Some(known) => room_for_one_more(judge.world.placements(known).count()),
    }
}

/// Puts, changes or takes away a customer's placement at a unit.
fn put(draft: &mut Draft<'_>, customer: &CustomerId, unit: UnitIx, enrolment: Option<Enrolment>) {
    let world = &draft.state.world;
    let known = world.customer_ix(customer.as_str());
    let mut placements: Vec<Placement> =
        known.into_iter().flat_map(|known| world.placements(known)).filter(|p| p.unit != unit).collect();
    placements.extend(enrolment.map(|enrolment| Placement { unit, enrolment }));
    placements.sort_unstable();
    draft.put_placements(customer, placements);
}
