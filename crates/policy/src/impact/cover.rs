//! Many units told in few words: a unit with everything below it.

use std::collections::BTreeSet;

use bailiwick_membership::{UnitIx, World};

/// Units, in few words. No unit is in both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cover {
    /// These, and everything below them.
    pub whole: Vec<UnitIx>,
    /// These alone.
    pub single: Vec<UnitIx>,
}

/// Tells units in few words: exactly these are covered, among the units that are seen.
#[must_use]
pub fn cover(world: &World, units: &BTreeSet<UnitIx>, is_seen: impl Fn(UnitIx) -> bool) -> Cover {
    // Whether everything seen below a unit is among them is asked from the bottom up: a unit comes after all that it
    // lies below, where there are fewer of those above it.
    let mut order: Vec<UnitIx> = units.iter().copied().collect();
    let depth = |unit: UnitIx| world.node(unit).map_or(0, |node| node.with_ancestors().len());
    order.sort_by_key(|&unit| std::cmp::Reverse(depth(unit)));
    let mut full: BTreeSet<UnitIx> = BTreeSet::new();
    for &unit in &order {
        let children = world.node(unit).map_or(&[][..], |node| node.children());
        if children.iter().all(|&child| full.contains(&child) || is_unseen(world, child, &is_seen)) {
            full.insert(unit);
        }
    }
    let mut told = Cover::default();
    for &unit in units {
        let parents = world.node(unit).map_or(&[][..], |node| &node.unit.parents);
        // What lies below something that is told whole is told with it.
        if parents.iter().any(|parent| full.contains(parent)) {
            continue;
        }
        let has_below = world.node(unit).is_some_and(|node| !node.children().is_empty());
        if full.contains(&unit) && has_below { told.whole.push(unit) } else { told.single.push(unit) }
    }
    told
}

/// Whether nothing of a unit and what lies below it is seen.
fn is_unseen(world: &World, unit: UnitIx, is_seen: &impl Fn(UnitIx) -> bool) -> bool {
    !world.subtrees([unit]).any(is_seen)
}
