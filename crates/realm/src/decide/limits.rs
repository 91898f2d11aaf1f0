//! Limits that look at the whole, judged once, on the final draft: capacity, maximum, single role, positions beside
//! which a role is held, and the minimum.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, UserId};
use bailiwick_membership::{AssignmentRef, RoleIx, UnitIx, UserIx, World};
use bailiwick_policy::scheme::{KindSet, Scheme};
use bailiwick_policy::{Reason, holders_in_force, is_below_minimum};

use super::Judged;
use super::draft::Draft;
use super::user::overlap;
use crate::event::Effect;
use crate::refusal::Refusal;

pub(super) fn on_the_whole(draft: &Draft<'_>) -> Judged {
    let world = &draft.state.world;
    let scheme = &draft.state.scheme;
    for &(unit, role) in &draft.filled {
        let Some(node) = world.node(unit) else { continue };
        let Some(kind) = scheme.kind(node.unit.kind) else { continue };
        if let Some(capacity) = kind.capacity.filter(|_| !node.unit.placeholder) {
            at_most(world, unit, draft.now, capacity, |_| true, Reason::CapacityFull)?;
        }
        if let Some(maximum) = scheme.role(role).and_then(|r| r.max_per_unit) {
            at_most(world, unit, draft.now, maximum, |a| a.role == role, Reason::MaximumReached)?;
        }
        if kind.single_role {
            single_role(draft, unit)?;
        }
    }
    let touched = draft.touched_users().iter().filter_map(|id| world.user_ix(id.as_str()));
    let moved = draft.moved.iter().flat_map(|&unit| world.subtree(unit)).flat_map(|u| world.holders(u));
    for user in touched.chain(moved).collect::<BTreeSet<_>>() {
        beside_positions(world, scheme, user, draft.now)?;
    }
    draft.emptied.iter().try_for_each(|&(unit, role, at)| minimum(draft, unit, role, at))
}

/// Held assignments at exactly a unit, with whose they are.
fn held_at(world: &World, unit: UnitIx, now: Instant) -> Vec<(UserIx, AssignmentRef<'_>)> {
    let of = |user: UserIx| {
        let assignments = world.user(user).into_iter().flat_map(|u| u.assignments());
        assignments.filter(move |a| a.unit == unit && a.held(now)).map(move |a| (user, a))
    };
    world.holders(unit).flat_map(of).collect()
}

/// At no instant is more than `most` held here. Suspended and not-yet-started ones count.
fn at_most(
    world: &World,
    unit: UnitIx,
    now: Instant,
    most: u32,
    counts: impl Fn(&AssignmentRef<'_>) -> bool,
    full: Reason,
) -> Judged {
    let mut held = held_at(world, unit, now);
    held.retain(|(_, a)| counts(a));
    // The number of holders changes upwards only where something starts.
    let starts = held.iter().map(|(_, a)| a.options.starts_at.map_or(now, |start| start.max(now)));
    for instant in starts.collect::<BTreeSet<_>>() {
        let there = |a: &AssignmentRef<'_>| {
            a.options.starts_at.is_none_or(|start| start <= instant) && a.held(instant)
        };
        if held.iter().filter(|(_, a)| there(a)).count() > most as usize {
            return Err(Refusal::precondition(full).because(format!("at most {most} at one time")));
        }
    }
    Ok(())
}

/// No user whom the command touches holds two assignments here at one time. Nobody else's have changed.
fn single_role(draft: &Draft<'_>, unit: UnitIx) -> Judged {
    let world = &draft.state.world;
    for id in draft.touched_users() {
        let Some(user) = world.user_ix(id.as_str()).and_then(|ix| world.user(ix)) else { continue };
        let here = || user.assignments().filter(|a| a.unit == unit && a.held(draft.now));
        let twice = here().any(|a| here().any(|b| a.number < b.number && overlap(a.options, b.options)));
        if twice {
            return Err(Refusal::precondition(Reason::SingleRole));
        }
    }
    Ok(())
}

/// A role that is held only beside a position: one of these kinds at or below the same unit that lasts as long, and
/// none outside it.
fn beside_positions(world: &World, scheme: &Scheme, user: UserIx, now: Instant) -> Judged {
    let Some(user) = world.user(user) else { return Ok(()) };
    let held = || user.assignments().filter(|a| a.held(now));
    for special in held() {
        let Some(kinds) = scheme.role(special.role).and_then(|r| r.beside) else { continue };
        let (mut within, mut outside) = (false, false);
        for position in held().filter(|a| a.number != special.number && is_position(world, a, kinds)) {
            // What stands in for a position is none; outside it is somewhere else.
            let stands_in = world.node(position.unit).is_some_and(|node| node.unit.placeholder);
            if world.is_within(position.unit, special.unit) {
                within |= !stands_in && lasts_as_long(&position, &special, now);
            } else {
                outside |= overlap(position.options, special.options);
            }
        }
        if !within || outside {
            return Err(Refusal::precondition(Reason::PositionRequired));
        }
    }
    Ok(())
}

fn is_position(world: &World, assignment: &AssignmentRef<'_>, kinds: KindSet) -> bool {
    world.node(assignment.unit).is_some_and(|node| kinds.contains(node.unit.kind))
}

fn lasts_as_long(position: &AssignmentRef<'_>, special: &AssignmentRef<'_>, now: Instant) -> bool {
    let from = special.options.starts_at.map_or(now, |start| start.max(now));
    let starts = position.options.starts_at.is_none_or(|start| start <= from);
    let ends = position.options.ends_at.is_none_or(|p| special.options.ends_at.is_some_and(|s| p >= s));
    starts && ends
}

/// An explicit end or removal of a role of which so many must remain does not take the unit below that.
fn minimum(draft: &Draft<'_>, unit: UnitIx, role: RoleIx, at: Instant) -> Judged {
    let world = &draft.state.world;
    let kind = world.node(unit).and_then(|node| draft.state.scheme.kind(node.unit.kind));
    let Some(minimum) = kind.and_then(|kind| kind.minimum).filter(|m| m.role == role) else { return Ok(()) };
    if holders_in_force(world, unit, role, at) < minimum.count {
        return Err(Refusal::precondition(Reason::BelowMinimum)
            .because(format!("at least {} must remain", minimum.count)));
    }
    Ok(())
}

/// The units that have fewer holders than they need since this command: told in the reply.
pub(super) fn newly_below_minimum(draft: &Draft<'_>) -> Vec<Effect> {
    let (before, after) = (&draft.before.world, &draft.state.world);
    let scheme = &draft.state.scheme;
    let of = |world: &World, id: &UserId| -> Vec<UnitIx> {
        let user = world.user_ix(id.as_str()).and_then(|ix| world.user(ix));
        user.into_iter().flat_map(|user| user.assignments()).map(|a| a.unit).collect()
    };
    let units: BTreeSet<UnitIx> = draft.touched_users().iter().flat_map(|id| of(before, id)).collect();
    let is_below = |world: &World, unit: UnitIx| {
        let kind = world.node(unit).and_then(|node| scheme.kind(node.unit.kind));
        kind.is_some_and(|kind| is_below_minimum(world, kind, unit, draft.now))
    };
    let newly = units.into_iter().filter(|&unit| is_below(after, unit) && !is_below(before, unit));
    newly.map(|unit| Effect::BelowMinimum { unit }).collect()
}
