//! The lowest position that is free: gaps are filled first, and what stands in for a position is none.

use bailiwick_identity::Instant;
use bailiwick_membership::{Options, RoleIx, UnitIx, UserIx, World};
use bailiwick_policy::Reason;

use super::{Judged, Subject};
use crate::decide::draft::Draft;
use crate::decide::judge::Judge;
use crate::refusal::Refusal;

use super::assign::overlap;

/// The unit directly below one, lowest by its number, at which a role can be held and nothing is held in an interval by
/// anybody; none at which the person holds something already, or did before the command.
pub(super) fn lowest_available(
    draft: &Draft<'_>,
    judge: &Judge<'_>,
    subject: &Subject,
    above: UnitIx,
    role: RoleIx,
    wanted: &Options,
) -> Judged<UnitIx> {
    let world = judge.world;
    let own: Vec<UnitIx> =
        subject.ix.into_iter().flat_map(|ix| held_before(&draft.before.world, ix, draft.now)).collect();
    let is_position = |&unit: &UnitIx| {
        let Some(node) = world.node(unit).filter(|node| !node.unit.placeholder) else { return false };
        let kind = judge.scheme.kind(node.unit.kind);
        kind.is_some_and(|kind| kind.capacity.is_some() && kind.roles.contains(&role))
            && !world.is_closed(unit)
    };
    let below = world.node(above).map_or(&[][..], |node| node.children());
    let mut positions: Vec<UnitIx> = below.iter().copied().filter(is_position).collect();
    positions.sort_unstable_by_key(|&unit| place_of(world, unit));
    let free = |unit: &UnitIx| !own.contains(unit) && is_free(world, *unit, wanted, draft.now);
    let full = || Refusal::precondition(Reason::CapacityFull).because("no position is free");
    positions.into_iter().find(free).ok_or_else(full)
}

/// Where somebody held something before the command.
fn held_before(before: &World, user: UserIx, now: Instant) -> Vec<UnitIx> {
    let user = before.user(user);
    user.into_iter().flat_map(|user| user.assignments()).filter(|a| a.held(now)).map(|a| a.unit).collect()
}

fn is_free(world: &World, unit: UnitIx, wanted: &Options, now: Instant) -> bool {
    world.holders(unit).all(|holder| {
        let held = world.user(holder).into_iter().flat_map(|user| user.assignments());
        let mut held = held.filter(|a| a.unit == unit && a.held(now));
        !held.any(|a| overlap(a.options, wanted))
    })
}

/// Where a position comes in the order of its kind: by the number in its name, then by the name.
fn place_of(world: &World, unit: UnitIx) -> (u64, String) {
    let name = world.node(unit).map(|node| node.unit.name.clone()).unwrap_or_default();
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    (digits.parse().unwrap_or(u64::MAX), name)
}
