//! How many positions one person holds at one time.
//!
//! What stands in for a position is none. Whoever held more before a command is not refused for having as many after it.

use std::collections::BTreeSet;

use bailiwick_identity::Instant;
use bailiwick_membership::{AssignmentRef, Clearance, UserRef, World};
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
        let held = |world| most_at_once(world, id.as_str(), &positions, draft.now);
        let (before, after) = (held(&draft.before.world), held(&draft.state.world));
        let world = &draft.state.world;
        let user = world.user_ix(id.as_str()).and_then(|ix| world.user(ix));
        if after > before
            && let Some(user) = user
        {
            suffices(user, after, &positions)?;
        }
    }
    Ok(())
}

fn suffices(user: UserRef<'_>, held: u32, positions: &Positions) -> Judged {
    let most = positions.additional.saturating_add(1);
    if held > most {
        return Err(Refusal::precondition(Reason::PositionLimit).because(format!("at most {most}")));
    }
    let without = positions.without_clearance;
    match user.access().clearance {
        Clearance::None if held > without => Err(Refusal::precondition(Reason::ClearanceRequired)
            .because(format!("more than {without} need a clearance"))),
        Clearance::None | Clearance::Cleared => Ok(()),
    }
}

/// The greatest number of positions that somebody holds at one instant from now on.
fn most_at_once(world: &World, user: &str, positions: &Positions, now: Instant) -> u32 {
    let Some(user) = world.user_ix(user).and_then(|ix| world.user(ix)) else { return 0 };
    let is_one = |a: &AssignmentRef<'_>| {
        let node = world.node(a.unit);
        node.is_some_and(|n| positions.kinds.contains(n.unit.kind) && !n.unit.placeholder) && a.held(now)
    };
    let held: Vec<AssignmentRef<'_>> = user.assignments().filter(is_one).collect();
    // The number changes upwards only where something starts.
    let starts = held.iter().map(|a| a.options.starts_at.map_or(now, |start| start.max(now)));
    let at_once = |at: Instant| {
        let there =
            |a: &&AssignmentRef<'_>| a.options.starts_at.is_none_or(|start| start <= at) && a.held(at);
        held.iter().filter(there).count()
    };
    let most = starts.collect::<BTreeSet<_>>().into_iter().map(at_once).max().unwrap_or_default();
    u32::try_from(most).unwrap_or(u32::MAX)
}
