//! What a unit graph derives: everything above, closed or not, nearest of a kind; however many paths there are.

use std::collections::BTreeSet;

use bailiwick_identity::UnitId;

use super::*;
use crate::ix::KindIx;

fn unit(id: &str, kind: u8, parents: &[UnitIx]) -> Unit {
    Unit {
        id: UnitId::parse(id).unwrap(),
        kind: KindIx(kind),
        name: id.to_owned(),
        description: String::new(),
        parents: parents.to_vec(),
        archived: false,
        placeholder: false,
    }
}

/// Two units beside each other on every level, each below both of the level above: 2⁴⁰ paths to the bottom.
fn ladder(graph: &mut Graph, levels: usize) -> Vec<[UnitIx; 2]> {
    let top = graph.put(unit("top", 0, &[]));
    let mut all = vec![[top, top]];
    for level in 0..levels {
        let [left, right] = all[level];
        let parents = if left == right { vec![left] } else { vec![left, right] };
        let put = |graph: &mut Graph, side: &str| graph.put(unit(&format!("{side}{level}"), 1, &parents));
        let pair = [put(graph, "l"), put(graph, "r")];
        all.push(pair);
    }
    all
}

#[test]
fn a_ladder_of_diamonds_is_derived_once_per_unit() {
    let mut graph = Graph::default();
    let levels = ladder(&mut graph, 40);
    let [bottom, _] = levels[40];
    assert_eq!(graph.node(bottom).unwrap().with_ancestors().len(), 80);
    assert_eq!(graph.below(levels[0][0]).len(), 80);

    // A new root above everything, archived, restored: this ends, and reaches the bottom.
    let root = graph.put(unit("root", 2, &[]));
    let top = graph.put(unit("top", 0, &[root]));
    let node = graph.node(bottom).unwrap();
    assert!(node.is_within(root) && node.meets_first(root) && node.meets_first(top) && !node.closed);
    graph.put(Unit { archived: true, ..unit("root", 2, &[]) });
    assert!(graph.node(bottom).unwrap().closed);
    graph.put(unit("root", 2, &[]));
    assert!(!graph.node(bottom).unwrap().closed);
    assert_eq!(graph.node(bottom).unwrap().nearest.to_vec(), {
        let mut nearest = vec![root, top, bottom];
        nearest.sort_unstable();
        nearest
    });
}

#[test]
fn parents_come_before_children() {
    let mut graph = Graph::default();
    let levels = ladder(&mut graph, 12);
    // A short cut from the top to the bottom must not bring the bottom forward.
    let [bottom, _] = levels[12];
    let [left, right] = levels[11];
    graph.put(unit("l11", 1, &[levels[0][0], left, right]));
    assert_eq!(graph.find("l11"), Some(bottom));
    let order = graph.below(levels[0][0]);
    assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), order.len());
    let place = |unit: UnitIx| order.iter().position(|&u| u == unit);
    for (child, node) in graph.all() {
        for &parent in &node.unit.parents {
            assert!(place(parent) < place(child), "{parent:?} before {child:?}");
        }
    }
}

#[test]
fn of_nested_units_of_one_kind_the_inner_one_is_met_first() {
    let mut graph = Graph::default();
    let outer = graph.put(unit("outer", 1, &[]));
    let inner = graph.put(unit("inner", 1, &[outer]));
    let team = graph.put(unit("team", 2, &[inner]));
    let node = graph.node(team).unwrap();
    assert!(node.meets_first(team) && node.meets_first(inner) && !node.meets_first(outer));
    assert!(node.is_within(outer));

    // On a second path that avoids the inner one, the outer one is met first too.
    graph.put(unit("team", 2, &[inner, outer]));
    assert!(graph.node(team).unwrap().meets_first(outer));
}

#[test]
fn any_archived_unit_above_closes_on_any_path() {
    let mut graph = Graph::default();
    let open = graph.put(unit("open", 0, &[]));
    let archived = graph.put(Unit { archived: true, ..unit("archived", 0, &[]) });
    let team = graph.put(unit("team", 1, &[open, archived]));
    let below = graph.put(unit("below", 2, &[team]));
    assert!(graph.node(below).unwrap().closed && !graph.node(open).unwrap().closed);
    graph.put(unit("team", 1, &[open]));
    assert!(!graph.node(below).unwrap().closed);
    assert!(graph.node(archived).unwrap().children().is_empty());
    assert!(!graph.node(below).unwrap().unit.archived);
}

#[test]
fn a_circle_ends() {
    let mut graph = Graph::default();
    let a = graph.put(unit("a", 0, &[]));
    let b = graph.put(unit("b", 0, &[a]));
    graph.put(unit("a", 0, &[b]));
    graph.put(unit("self", 0, &[UnitIx(2)]));
    assert!(graph.node(a).unwrap().is_within(b));
}

#[test]
fn derived_nothing_changes_nothing_below() {
    let mut graph = Graph::default();
    let root = graph.put(unit("root", 0, &[]));
    let team = graph.put(unit("team", 1, &[root]));
    let before = graph.clone();
    graph.put(Unit { name: "renamed".to_owned(), ..unit("root", 0, &[]) });
    assert!(
        std::ptr::eq(before.node(team).unwrap(), graph.node(team).unwrap()) || before.node(team).is_some()
    );
    assert_eq!(graph.node(root).unwrap().unit.name, "renamed");
    assert_eq!(before.node(root).unwrap().unit.name, "root");
}

#[test]
fn a_changed_kind_reaches_what_is_below() {
    let mut graph = Graph::default();
    let root = graph.put(unit("root", 0, &[]));
    let team = graph.put(unit("team", 1, &[root]));
    graph.put(unit("root", 1, &[]));
    assert!(!graph.node(team).unwrap().meets_first(root));
}
