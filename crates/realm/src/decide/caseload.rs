//! Caseloads: who cares for whom, where.
//!
//! An entry is made through the options of an assignment, only for a customer enrolled in that unit whom the actor may
//! view there, and for a worker who holds an assignment covering the unit. Dismissal, removal, or the end of the last
//! such assignment ends it; nothing brings it back.

use std::collections::BTreeSet;

use bailiwick_identity::{CustomerId, UnitId, UserId};
use bailiwick_membership::{CaseloadEntry, Enrolment, UnitIx, UserIx, World};
use bailiwick_policy::manage::Other;
use bailiwick_policy::{Reason, effective};

use super::customer::{may_view, not_own};
use super::draft::Draft;
use super::judge::Judge;
use super::{Judged, MAX_CHANGES, room_for_one_more};
use crate::command::CaseloadChange;
use crate::event::Effect;
use crate::refusal::{Refusal, Refused};

pub(super) fn update(draft: &mut Draft<'_>, user: &UserId, changes: &[CaseloadChange]) -> Judged {
    if changes.is_empty() || changes.len() > MAX_CHANGES {
        return Err(Refusal::new(Refused::Invalid, Reason::TooMany)
            .because(format!("a command holds 1 to {MAX_CHANGES} changes")));
    }
    if let Some(ix) = draft.state.world.user_ix(user.as_str()) {
        prune(draft, ix);
    }
    for (index, change) in changes.iter().enumerate() {
        let (worker, entry, adds) = judged(draft, user, change).map_err(|r| r.at_change(index))?;
        put(draft, worker, entry, adds).map_err(|r| r.at_change(index))?;
    }
    Ok(())
}

fn judged(
    draft: &Draft<'_>,
    user: &UserId,
    change: &CaseloadChange,
) -> Judged<(UserIx, CaseloadEntry, bool)> {
    let (customer, unit, adds) = match change {
        CaseloadChange::Add { customer, unit } => (customer, unit, true),
        CaseloadChange::Remove { customer, unit } => (customer, unit, false),
    };
    let judge = draft.judge()?;
    let worker = judge.world.user_ix(user.as_str());
    let unit_ix = judge.world.unit_ix(unit.as_str());
    // A unit that is not there gets the answer of one in which the actor may change no caseload.
    let unit_ix = match (unit_ix, &judge.actor) {
        (Some(unit), _) => unit,
        (None, Some(_)) => return Err(Refusal::denied(Reason::NoManagementRight)),
        (None, None) => return Err(judge.unknown_unit()),
    };
    if !may_change(&judge, worker, unit_ix) {
        return Err(Refusal::denied(Reason::NoManagementRight));
    }
    let worker = worker_there(&judge, worker, unit_ix, adds)?;
    let known = judge.world.customer_ix(customer.as_str());
    not_own(&judge, known)?;
    let known = known.filter(|_| may_view(&judge, customer, Some(unit)));
    let known = known.ok_or_else(|| match judge.actor {
        Some(_) => Refusal::denied(Reason::CustomerOutOfReach),
        None => Refusal::new(Refused::NotFound, Reason::UnknownCustomer),
    })?;
    let enrolled = Enrolment::Enrolled;
    if adds && !judge.world.placements(known).any(|p| p.unit == unit_ix && p.enrolment == enrolled) {
        return Err(Refusal::precondition(Reason::NotEnrolled));
    }
    Ok((worker, CaseloadEntry { customer: known, unit: unit_ix }, adds))
}

/// Whether the actor has an effective assignment that covers the unit, with the option for their own caseload or for
/// those of others there.
fn may_change(judge: &Judge<'_>, worker: Option<UserIx>, unit: UnitIx) -> bool {
    let Some(actor) = &judge.actor else { return true };
    let own = worker == Some(actor.ix());
    !judge.world.is_closed(unit)
        && actor.user().assignments().any(|a| {
            let caseload = &a.options.caseload;
            let units = if own { &caseload.own } else { &caseload.others };
            units.iter().any(|&listed| judge.world.is_within(unit, listed))
                && a.covers(judge.world, unit)
                && effective(judge.world, actor.user(), &a, judge.now)
        })
}

/// The worker must hold something that covers the unit. Who is nobody, or beyond sight and not there, is unknown.
fn worker_there(judge: &Judge<'_>, worker: Option<UserIx>, unit: UnitIx, adds: bool) -> Judged<UserIx> {
    let covers = |ix: UserIx| covers(judge, ix, unit);
    match (worker, &judge.actor) {
        (Some(ix), _) if covers(ix) => Ok(ix),
        (Some(ix), None) if !adds => Ok(ix),
        (Some(ix), Some(actor))
            if ix == actor.ix() || actor.may_see(Other::as_held(judge.world, ix)).is_ok() =>
        {
            Err(Refusal::precondition(Reason::WorkerNotThere))
        }
        (Some(_), None) => Err(Refusal::precondition(Reason::WorkerNotThere)),
        (Some(_) | None, Some(_)) => Err(Refusal::denied(Reason::UnknownUser)),
        (None, None) => Err(Refusal::new(Refused::NotFound, Reason::UnknownUser)),
    }
}

fn covers(judge: &Judge<'_>, worker: UserIx, unit: UnitIx) -> bool {
    judge
        .world
        .user(worker)
        .is_some_and(|user| user.assignments().any(|a| a.held(judge.now) && a.covers(judge.world, unit)))
}

/// Takes a case as it is.
pub(super) fn load(draft: &mut Draft<'_>, user: &UserId, customer: &CustomerId, unit: &UnitId) -> Judged {
    let change = CaseloadChange::Add { customer: customer.clone(), unit: unit.clone() };
    let (worker, entry, adds) = judged(draft, user, &change)?;
    put(draft, worker, entry, adds)
}

fn put(draft: &mut Draft<'_>, worker: UserIx, entry: CaseloadEntry, adds: bool) -> Judged {
    let mut entries = draft.state.world.user(worker).map(|u| u.caseload().to_vec()).unwrap_or_default();
    match (entries.binary_search(&entry), adds) {
        (Ok(_), true) => return Err(Refusal::precondition(Reason::NothingToChange)),
        (Err(_), false) => return Err(Refusal::new(Refused::NotFound, Reason::NotHeld)),
        (Err(at), true) => {
            room_for_one_more(entries.len())?;
            entries.insert(at, entry);
        }
        (Ok(at), false) => {
            entries.remove(at);
        }
    }
    draft.put_caseload(worker, entries);
    Ok(())
}

/// Ends every case of a customer in a unit: they are about to be dismissed or taken off.
pub(super) fn end_cases(draft: &mut Draft<'_>, customer: &CustomerId, unit: UnitIx) {
    let Some(ix) = draft.state.world.customer_ix(customer.as_str()) else { return };
    let workers: Vec<UserIx> = draft.state.world.workers(ix, unit).collect();
    // Asked before: nobody views a customer at a placement that is no more, or by a case that has ended.
    let case = CaseloadEntry { customer: ix, unit };
    let shown = is_shown(draft, case);
    for worker in workers {
        let ended = keep(draft, worker, |entry| *entry != case);
        tell(draft, worker, ended, |_, _| shown);
    }
}

/// Ends the cases of a user in units that nothing they hold covers any more. What is archived covers again one day, and
/// ends nothing.
pub(super) fn prune(draft: &mut Draft<'_>, user: UserIx) {
    let world = draft.state.world.clone();
    let now = draft.now;
    let Some(record) = world.user(user) else { return };
    let ended =
        keep(draft, user, |entry| record.assignments().any(|a| a.held(now) && a.spans(&world, entry.unit)));
    tell(draft, user, ended, is_shown);
}

/// The workers with cases who hold, or held, something at, above or below a unit. Asked before a unit moves and after:
/// what has ended does not come back with what covers it then, and who is left behind is not forgotten.
pub(super) fn workers_around(world: &World, unit: UnitIx) -> BTreeSet<UserIx> {
    let below = world.subtree(unit);
    let around: BTreeSet<UnitIx> =
        below.iter().filter_map(|&u| world.node(u)).flat_map(|n| n.with_ancestors()).copied().collect();
    let holders: BTreeSet<UserIx> = around.into_iter().flat_map(|u| world.holders(u)).collect();
    holders.into_iter().filter(|&ix| world.user(ix).is_some_and(|u| !u.caseload().is_empty())).collect()
}

/// Keeps the cases that fit. Returns the others.
fn keep(draft: &mut Draft<'_>, worker: UserIx, fits: impl Fn(&CaseloadEntry) -> bool) -> Vec<CaseloadEntry> {
    let Some(user) = draft.state.world.user(worker) else { return Vec::new() };
    let (kept, ended): (Vec<_>, Vec<_>) = user.caseload().iter().copied().partition(fits);
    if !ended.is_empty() {
        draft.put_caseload(worker, kept);
    }
    ended
}

/// Tells of cases that have ended, where they are shown.
fn tell(
    draft: &mut Draft<'_>,
    worker: UserIx,
    ended: Vec<CaseloadEntry>,
    shown: impl Fn(&Draft<'_>, CaseloadEntry) -> bool,
) {
    let effects: Vec<Effect> = ended
        .into_iter()
        .filter(|&case| shown(draft, case))
        .filter_map(|case| {
            let world = &draft.state.world;
            let (user, customer) = (world.user_id(worker)?, world.customer_id(case.customer)?);
            Some(Effect::CaseEnded { user, customer, unit: case.unit })
        })
        .collect();
    draft.effects.extend(effects);
}

/// A customer whom the actor may not view at a unit is not named to them.
fn is_shown(draft: &Draft<'_>, case: CaseloadEntry) -> bool {
    let world = &draft.state.world;
    let (Some(customer), Some(unit)) = (world.customer_id(case.customer), world.unit_id(case.unit)) else {
        return false;
    };
    draft.judge().is_ok_and(|judge| may_view(&judge, &customer, Some(unit)))
}
