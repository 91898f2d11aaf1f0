//! The units in their graph, and what is derived from the units around each.

use std::collections::HashSet;
use std::sync::Arc;

use super::interner::Interner;
use super::radix::{Few, Radix};
use super::word::{MAX_UNITS, NOWHERE};
use crate::ix::UnitIx;
use crate::unit::Unit;

/// A unit in its graph, with what is derived from the units around it.
#[derive(Debug, Clone)]
pub struct Node {
    /// What the unit's event says.
    pub unit: Unit,
    /// Archived, or below an archived unit on any path.
    pub closed: bool,
    /// Units that name this one as a parent; sorted.
    children: Vec<UnitIx>,
    /// INVARIANT (closure): every unit above, through any parent, and the unit itself; sorted.
    closure: Box<[UnitIx]>,
    /// INVARIANT (nearest): the units met first of their kind on some upward path, the unit itself included;
    /// sorted.
    nearest: Box<[UnitIx]>,
}

/// All units of a world.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    ids: Interner,
    nodes: Radix<Few<Node>>,
}

/// What a unit takes from the units above it.
struct Derived {
    closure: Vec<UnitIx>,
    nearest: Vec<UnitIx>,
    closed: bool,
}

impl Node {
    /// Whether the unit is `above` or lies below it, through any parent.
    #[must_use]
    pub fn is_within(&self, above: UnitIx) -> bool {
        self.closure.binary_search(&above).is_ok()
    }

    /// Whether `unit` is met first among the units of its kind on some upward path from here, this unit included.
    #[must_use]
    pub fn meets_first(&self, unit: UnitIx) -> bool {
        self.nearest.binary_search(&unit).is_ok()
    }

    /// The units met first among the units of their kind on some upward path from here, this unit included; sorted.
    #[must_use]
    pub fn nearest(&self) -> &[UnitIx] {
        &self.nearest
    }

    /// The unit itself and every unit above it; sorted.
    #[must_use]
    pub fn with_ancestors(&self) -> &[UnitIx] {
        &self.closure
    }

    /// The units directly below; sorted.
    #[must_use]
    pub fn children(&self) -> &[UnitIx] {
        &self.children
    }
}

impl Graph {
    pub(super) fn len(&self) -> u32 {
        self.ids.len()
    }

    pub(super) fn find(&self, id: &str) -> Option<UnitIx> {
        self.ids.find(id).map(UnitIx)
    }

    pub(super) fn node(&self, unit: UnitIx) -> Option<&Node> {
        self.nodes.get(unit.0)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (UnitIx, &Node)> {
        (0..self.len()).map(UnitIx).filter_map(|unit| Some((unit, self.node(unit)?)))
    }

    /// Creates a unit or replaces the one of the same id, and derives anew what depends on it.
    pub(super) fn put(&mut self, unit: Unit) -> UnitIx {
        // INVARIANT (nowhere): the last number is never given.
        if self.len() >= MAX_UNITS && self.find(unit.id.as_str()).is_none() {
            return NOWHERE;
        }
        let Some(ix) = self.ids.intern(unit.id.as_str()).map(UnitIx) else { return NOWHERE };
        let (before, same_kind) = match self.node(ix) {
            Some(node) => (node.unit.parents.clone(), node.unit.kind == unit.kind),
            None => (Vec::new(), true),
        };
        for &parent in before.iter().filter(|parent| !unit.parents.contains(parent)) {
            self.edit(parent, |node| node.children.retain(|&child| child != ix));
        }
        for &parent in &unit.parents {
            self.edit(parent, |node| {
                if let Err(place) = node.children.binary_search(&ix) {
                    node.children.insert(place, ix);
                }
            });
        }
        if let Some(slot) = self.nodes.slot(ix.0) {
            match slot {
                Some(node) => Arc::make_mut(node).unit = unit,
                None => *slot = Some(Arc::new(Node::alone(unit))),
            }
        }
        if self.derive(ix) || !same_kind {
            self.derive_below(ix);
        }
        ix
    }

    fn edit(&mut self, unit: UnitIx, edit: impl FnOnce(&mut Node)) {
        if unit.0 >= self.len() {
            return;
        }
        if let Some(Some(node)) = self.nodes.slot(unit.0) {
            edit(Arc::make_mut(node));
        }
    }

    /// Derives anew what lies below a changed unit: each unit at most once, after all of its parents, and only
    /// where one of them changed.
    fn derive_below(&mut self, changed: UnitIx) {
        let mut stale: HashSet<UnitIx> = HashSet::new();
        let stale_below = |graph: &Self, unit: UnitIx, stale: &mut HashSet<UnitIx>| {
            stale.extend(graph.node(unit).into_iter().flat_map(|node| node.children.iter().copied()));
        };
        stale_below(self, changed, &mut stale);
        for unit in self.below(changed) {
            if stale.contains(&unit) && self.derive(unit) {
                stale_below(self, unit, &mut stale);
            }
        }
    }

    /// Everything below a unit, each once, parents before children.
    fn below(&self, top: UnitIx) -> Vec<UnitIx> {
        enum Step {
            Enter(UnitIx),
            Leave(UnitIx),
        }
        let mut order = Vec::new();
        let mut seen = HashSet::from([top]);
        let children = |unit: UnitIx| self.node(unit).map_or(&[][..], Node::children);
        let mut steps: Vec<Step> = children(top).iter().copied().map(Step::Enter).collect();
        // Units are left after everything below them, so the reverse has parents first. A unit is entered once,
        // so this ends on any graph.
        while let Some(step) = steps.pop() {
            match step {
                Step::Leave(unit) => order.push(unit),
                Step::Enter(unit) => {
                    if seen.insert(unit) {
                        steps.push(Step::Leave(unit));
                        steps.extend(children(unit).iter().copied().map(Step::Enter));
                    }
                }
            }
        }
        order.reverse();
        order
    }

    /// Derives one unit from its parents, and says whether anything is different now.
    fn derive(&mut self, unit: UnitIx) -> bool {
        let Some(node) = self.node(unit) else { return false };
        let derived = self.derived(unit, node);
        let same = *node.closure == *derived.closure
            && *node.nearest == *derived.nearest
            && node.closed == derived.closed;
        if !same {
            // INVARIANT (closure), INVARIANT (nearest): here and nowhere else are they set.
            self.edit(unit, |node| {
                node.closure = derived.closure.into();
                node.nearest = derived.nearest.into();
                node.closed = derived.closed;
            });
        }
        !same
    }

    fn derived(&self, unit: UnitIx, node: &Node) -> Derived {
        let kind = node.unit.kind;
        let of_other_kind = |&&above: &&UnitIx| self.node(above).is_some_and(|above| above.unit.kind != kind);
        let mut closure = vec![unit];
        let mut nearest = vec![unit];
        let mut closed = node.unit.archived;
        for above in node.unit.parents.iter().filter_map(|&parent| self.node(parent)) {
            closure.extend_from_slice(&above.closure);
            nearest.extend(above.nearest.iter().filter(of_other_kind));
            closed |= above.closed;
        }
        for units in [&mut closure, &mut nearest] {
            units.sort_unstable();
            units.dedup();
        }
        Derived { closure, nearest, closed }
    }
}

impl Node {
    /// A unit of which nothing is derived yet.
    fn alone(unit: Unit) -> Self {
        Self { unit, closed: false, children: Vec::new(), closure: Box::default(), nearest: Box::default() }
    }
}

#[cfg(test)]
mod tests;
