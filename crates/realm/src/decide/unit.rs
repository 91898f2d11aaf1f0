//! Making, renaming, moving, archiving and restoring units.
//!
//! A kind's unit right is asked at every parent, present and new. What changes who covers what (moving, archiving,
//! restoring) also asks rank over everybody else who holds something there, and never widens what the actor has.

use std::collections::BTreeSet;

use bailiwick_identity::UnitId;
use bailiwick_membership::{KindIx, Unit, UnitIx, UserIx, World};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::Other;
use bailiwick_policy::scheme::{ByRequest, Kind, Parents};

use super::draft::Draft;
use super::judge::{Judge, rank_too_low};
use super::{Judged, caseload, moved, room_in_world};
use crate::command::NewUnit;
use crate::fingerprint::Fingerprint;
use crate::refusal::{Refusal, Refused};

/// Levels of units, one below the other.
const MAX_LEVELS: usize = 64;

/// Into the archive or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Archive {
    In,
    Out,
}

pub(super) fn create(draft: &mut Draft<'_>, new: &NewUnit) -> Judged {
    let unit = {
        let judge = draft.judge()?;
        let ix = judge.scheme.kind_named(&new.kind);
        let (ix, kind) = ix.and_then(|ix| judge.scheme.kind(ix).map(|kind| (ix, kind))).ok_or_else(|| {
            let known = judge.scheme.kinds().iter().map(|k| k.name.as_str()).collect::<Vec<_>>().join(", ");
            Refusal::new(Refused::Invalid, Reason::UnknownName)
                .at_field("kind")
                .because(format!("one of: {known}"))
        })?;
        let parents = find_parents(&judge, &new.parents)?;
        judge_parents(&judge, kind, &parents)?;
        if judge.world.unit_ix(new.id.as_str()).is_some() {
            return Err(Refusal::new(Refused::Exists, Reason::AlreadyExists));
        }
        check_parents(judge.world, kind, &parents)?;
        check_name(kind, &new.name)?;
        check_levels(judge.world, &parents)?;
        room_in_world(judge.world.has_room_for_units(1))?;
        Unit {
            id: new.id.clone(),
            kind: ix,
            placeholder: kind.is_placeholder(&new.name),
            name: new.name.clone(),
            description: new.description.clone(),
            parents,
            archived: false,
        }
    };
    draft.put_unit(unit);
    Ok(())
}

fn find_parents(judge: &Judge<'_>, ids: &[UnitId]) -> Judged<Vec<UnitIx>> {
    let mut parents = Vec::with_capacity(ids.len());
    for id in ids {
        let parent = judge.world.unit_ix(id.as_str()).ok_or_else(|| judge.unknown_unit())?;
        if !parents.contains(&parent) {
            parents.push(parent);
        }
    }
    Ok(parents)
}

/// The unit right at every one of these parents; roots are the operator's.
fn judge_parents(judge: &Judge<'_>, kind: &Kind, parents: &[UnitIx]) -> Judged {
    if judge.actor.is_none() {
        return Ok(());
    }
    if parents.is_empty() {
        return Err(Refusal::denied(Reason::OperatorOnly));
    }
    if parents.iter().all(|&parent| judge.holds_at(kind.unit_right, parent)) {
        return Ok(());
    }
    Err(Refusal::denied(Reason::OutOfReach))
}

fn check_parents(world: &World, kind: &Kind, parents: &[UnitIx]) -> Judged {
    let number = match kind.parents {
        Parents::Root => parents.is_empty(),
        Parents::One(_) => parents.len() == 1,
        Parents::Several(_) => !parents.is_empty(),
    };
    let kinds = parents
        .iter()
        .all(|&parent| world.node(parent).is_some_and(|node| kind.may_stand_below(node.unit.kind)));
    if number && kinds { Ok(()) } else { Err(Refusal::precondition(Reason::ParentNotAllowed)) }
}

fn check_name(kind: &Kind, name: &str) -> Judged {
    let plain = !name.trim().is_empty() && name.len() <= 256 && !name.chars().any(char::is_control);
    let fits =
        kind.name_pattern.as_ref().is_none_or(|pattern| pattern.is_match(name)) || kind.is_placeholder(name);
    if plain && fits {
        return Ok(());
    }
    let form =
        kind.name_pattern.as_ref().map_or_else(String::new, |p| format!("the form is `{}`", p.as_str()));
    Err(Refusal::new(Refused::Invalid, Reason::NamePattern).at_field("name").because(form))
}

fn check_levels(world: &World, parents: &[UnitIx]) -> Judged {
    let deepest = parents.iter().filter_map(|&p| world.node(p)).map(|n| n.with_ancestors().len()).max();
    if deepest.is_some_and(|levels| levels >= MAX_LEVELS) {
        return Err(Refusal::precondition(Reason::TooMany)
            .because(format!("a unit has fewer than {MAX_LEVELS} units above it")));
    }
    Ok(())
}

fn find(judge: &Judge<'_>, id: &UnitId) -> Judged<(UnitIx, Unit)> {
    let ix = judge.find_unit(id);
    let found = ix.and_then(|ix| judge.world.node(ix).map(|node| (ix, node.unit.clone())));
    found.ok_or_else(|| judge.unknown_unit())
}

fn kind_of<'d>(judge: &Judge<'d>, kind: KindIx) -> Judged<&'d Kind> {
    judge.scheme.kind(kind).ok_or_else(|| Refusal::precondition(Reason::KindNotAllowed))
}

/// Renaming: the kind's unit right covering the unit. A stand-in stays one, and nothing becomes one: that would change
/// what its holders may do.
pub(super) fn update(
    draft: &mut Draft<'_>,
    id: &UnitId,
    name: Option<&str>,
    description: Option<&str>,
) -> Judged {
    let unit = {
        let judge = draft.judge()?;
        let (ix, mut unit) = find(&judge, id)?;
        let kind = kind_of(&judge, unit.kind)?;
        if judge.actor.is_some() && unit.parents.is_empty() {
            return Err(Refusal::denied(Reason::OperatorOnly));
        }
        if !judge.holds_at(kind.unit_right, ix) {
            return Err(Refusal::denied(Reason::OutOfReach));
        }
        draft.is_as_read(Fingerprint::of_unit(&unit))?;
        if let Some(name) = name {
            check_name(kind, name)?;
            if kind.is_placeholder(name) != unit.placeholder {
                return Err(Refusal::precondition(Reason::NamePattern)
                    .at_field("name")
                    .because("a stand-in keeps its name, and nothing becomes a stand-in"));
            }
            name.clone_into(&mut unit.name);
        }
        if let Some(description) = description {
            description.clone_into(&mut unit.description);
        }
        unit
    };
    draft.put_unit(unit);
    Ok(())
}

/// Gives a unit other parents: the right at every present and every new one.
pub(super) fn relocate(draft: &mut Draft<'_>, id: &UnitId, parents: &[UnitId]) -> Judged {
    let (ix, unit) = {
        let judge = draft.judge()?;
        let (ix, mut unit) = find(&judge, id)?;
        let kind = kind_of(&judge, unit.kind)?;
        judge_parents(&judge, kind, &unit.parents)?;
        let parents = find_parents(&judge, parents)?;
        judge_parents(&judge, kind, &parents)?;
        check_parents(judge.world, kind, &parents)?;
        if parents.iter().any(|&parent| judge.world.is_within(parent, ix)) {
            return Err(Refusal::precondition(Reason::UnitCycle));
        }
        check_levels(judge.world, &parents)?;
        if parents == unit.parents {
            return Err(Refusal::precondition(Reason::NothingToChange));
        }
        let is_held = outranks_holders(&judge, ix)?;
        // Where what somebody holds changes by request only, it does not change by way of its unit either.
        if is_held && judge.scheme.by_request(ByRequest::Holdings) {
            return Err(Refusal::denied(Reason::RequestRequired));
        }
        draft.is_as_read(Fingerprint::of_unit(&unit))?;
        unit.parents = parents;
        (ix, unit)
    };
    let mut workers = caseload::workers_around(&draft.state.world, ix);
    for &worker in &workers {
        caseload::prune(draft, worker);
    }
    draft.moved.insert(ix);
    let before = draft.state.world.clone();
    change_graph(draft, unit)?;
    moved::may_be_handed_on(&before, &draft.judge()?, ix)?;
    workers.extend(caseload::workers_around(&draft.state.world, ix));
    for worker in workers {
        caseload::prune(draft, worker);
    }
    Ok(())
}

/// Archives or restores a unit: the right at every parent; roots are the operator's.
pub(super) fn set_archived(draft: &mut Draft<'_>, id: &UnitId, archive: Archive) -> Judged {
    let unit = {
        let judge = draft.judge()?;
        let (ix, mut unit) = find(&judge, id)?;
        let kind = kind_of(&judge, unit.kind)?;
        judge_parents(&judge, kind, &unit.parents)?;
        outranks_holders(&judge, ix)?;
        draft.is_as_read(Fingerprint::of_unit(&unit))?;
        let archived = archive == Archive::In;
        if unit.archived == archived {
            return Err(Refusal::precondition(Reason::NothingToChange));
        }
        unit.archived = archived;
        unit
    };
    change_graph(draft, unit)
}

/// Puts a unit in that changes the graph, unless the actor would gain by it.
fn change_graph(draft: &mut Draft<'_>, unit: Unit) -> Judged {
    let before = draft.state.world.clone();
    let ix = draft.put_unit(unit);
    draft.graph_changed = true;
    let judge = draft.judge()?;
    let Some(actor) = &judge.actor else { return Ok(()) };
    let person = actor.user().person().map_or(&[][..], |person| judge.world.same_person(person));
    let mut accounts = person.iter().copied().chain([actor.ix()]);
    if accounts.any(|account| gains(&before, judge.world, account, ix, draft.now)) {
        return Err(Refusal::denied(Reason::SelfManagement));
    }
    Ok(())
}

/// Rule 5 for every other user who holds at or below a unit. Says whether there is one.
fn outranks_holders(judge: &Judge<'_>, unit: UnitIx) -> Judged<bool> {
    let Some(actor) = &judge.actor else { return Ok(false) };
    let holders: BTreeSet<UserIx> =
        judge.world.subtree(unit).into_iter().flat_map(|u| judge.world.holders(u)).collect();
    let mut is_held = false;
    for holder in holders.into_iter().filter(|&holder| holder != actor.ix()) {
        let Some(user) = judge.world.user(holder) else { continue };
        let holds_here = user.assignments().any(|a| a.held(judge.now) && judge.world.is_within(a.unit, unit));
        if holds_here {
            is_held = true;
            // The numbers would tell of somebody whom the actor may not see.
            actor.outranks(user).map_err(|too_low| {
                if actor.may_see(Other::as_held(judge.world, holder)).is_ok() {
                    rank_too_low(&too_low)
                } else {
                    Refusal::denied(Reason::RankTooLow)
                }
            })?;
        }
    }
    Ok(is_held)
}

/// Whether an assignment of the actor covers, encloses or is effective after a change where it did not before.
fn gains(
    before: &World,
    after: &World,
    actor: UserIx,
    unit: UnitIx,
    now: bailiwick_identity::Instant,
) -> bool {
    let Some(user) = after.user(actor) else { return false };
    let changed = after.subtree(unit);
    user.assignments().filter(|a| a.held(now)).any(|a| {
        let covers_more = changed.iter().any(|&v| a.covers(after, v) && !a.covers(before, v));
        let caseload = &a.options.caseload;
        let eased =
            [&caseload.exempt, &caseload.own, &caseload.others].into_iter().flatten().any(|&listed| {
                changed.iter().any(|&v| after.is_within(v, listed) && !before.is_within(v, listed))
            });
        let opens = before.is_closed(a.unit) && !after.is_closed(a.unit);
        let encloses_more = match (before.node(a.unit), after.node(a.unit)) {
            (Some(old), Some(new)) => new.with_ancestors().iter().any(|&v| {
                new.meets_first(v) && (!old.meets_first(v) || (before.is_closed(v) && !after.is_closed(v)))
            }),
            (None, _) | (_, None) => false,
        };
        covers_more || eased || opens || encloses_more
    })
}
