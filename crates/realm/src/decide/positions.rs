//! How many positions one person holds at one time.
//!
//! What stands in for a position is none. Whoever held more at an instant before a command is not refused for as many after it.

use std::collections::BTreeSet;

use bailiwick_identity::Instant;
use bailiwick_membership::{AssignmentRef, Clearance, Options, UserRef, World};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::Positions;

use super::Judged;
use super::draft::Draft;
use crate::refusal::Refusal;

/// No user whom the command touches holds more positions at one time than they may.
pub(super) fn within_limits(draft: &Draft<'_>) -> Judged {
    let Some(positions) = draft.state.scheme.requests().and_then(|rules| rules.positions) else {
        return Ok(());
    };
    for id in draft.touched_users() {
        let of = |world| held_positions(world, id.as_str(), &positions, draft.now);
        let (before, after) = (of(&draft.before.world), of(&draft.state.world));
        // The number changes upwards only where something starts.
        let starts = after.iter().map(|a| a.starts_at.map_or(draft.now, |start| start.max(draft.now)));
        for at in starts.collect::<BTreeSet<_>>() {
            let (was, is) = (at_once(&before, at), at_once(&after, at));
            let world = &draft.state.world;
            let user = world.user_ix(id.as_str()).and_then(|ix| world.user(ix));
            if let Some(user) = user.filter(|_| is > was) {
                suffices(user, is, &positions)?;
            }
        }
    }
    Ok(())
}

fn suffices(user: UserRef<'_>, held: usize, positions: &Positions) -> Judged {
    let (most, without) = (positions.additional.saturating_add(1), positions.without_clearance);
    if held > most as usize {
        return Err(Refusal::precondition(Reason::PositionLimit).because(format!("at most {most}")));
    }
    match user.access().clearance {
        Clearance::None if held > without as usize => Err(Refusal::precondition(Reason::ClearanceRequired)
            .because(format!("more than {without} need a clearance"))),
        Clearance::None | Clearance::Cleared => Ok(()),
    }
}

/// The positions that somebody holds, or is to hold.
fn held_positions<'w>(world: &'w World, user: &str, positions: &Positions, now: Instant) -> Vec<&'w Options> {
    let user = world.user_ix(user).and_then(|ix| world.user(ix));
    let is_one = |a: &AssignmentRef<'_>| {
        let node = world.node(a.unit);
        node.is_some_and(|n| positions.kinds.contains(n.unit.kind) && !n.unit.placeholder) && a.held(now)
    };
    let held = user.into_iter().flat_map(|user| user.assignments()).filter(is_one);
    held.map(|a| a.options).collect()
}

/// How many of them are held at one instant.
fn at_once(positions: &[&Options], at: Instant) -> usize {
    let there = |options: &&&Options| options.starts_at.is_none_or(|start| start <= at) && options.held(at);
    positions.iter().filter(there).count()
}
