//! Above, below, closed and covered (design §4).

use crate::model::{Assignment, Scheme, Scope, World};

/// Whether `unit` is `top` or below it, through any parent.
#[must_use]
pub fn at_or_below(world: &World, unit: &str, top: &str) -> bool {
    if unit == top {
        return world.unit(unit).is_some();
    }
    match world.unit(unit) {
        Some(found) => found.parents.iter().any(|parent| at_or_below(world, parent, top)),
        None => false,
    }
}

/// Whether `unit` is below `top` and not `top` itself.
#[must_use]
pub fn strictly_below(world: &World, unit: &str, top: &str) -> bool {
    unit != top && at_or_below(world, unit, top)
}

/// §4: "*closed*: a unit that is archived, or has any archived unit above it, on any path".
#[must_use]
pub fn closed(world: &World, unit: &str) -> bool {
    match world.unit(unit) {
        Some(found) => found.archived || found.parents.iter().any(|parent| closed(world, parent)),
        None => true,
    }
}

/// §4: *covers(g, v)*, as reach in §5 reads it: a closed unit still counts, but an archived unit of `only`
/// covers nothing.
#[must_use]
pub fn covers(world: &World, assignment: &Assignment, unit: &str) -> bool {
    match &assignment.scope {
        Scope::All => at_or_below(world, unit, &assignment.unit),
        Scope::Only(selected) => selected.iter().any(|selected| {
            let archived = world.unit(selected).is_none_or(|found| found.archived);
            !archived
                && strictly_below(world, selected, &assignment.unit)
                && at_or_below(world, unit, selected)
        }),
    }
}

/// Whether the assignment covers the unit, or would if no unit of its `only` were archived: "archiving ends nothing".
#[must_use]
pub fn covers_but_for_archives(world: &World, assignment: &Assignment, unit: &str) -> bool {
    let mut restored = world.clone();
    for unit in &mut restored.units {
        unit.archived = false;
    }
    covers(&restored, assignment, unit)
}

/// §4: "a closed unit is covered by nobody for unit and customer questions".
#[must_use]
pub fn covers_for_questions(world: &World, assignment: &Assignment, unit: &str) -> bool {
    !closed(world, unit) && covers(world, assignment, unit)
}

/// The units of kind `kind` that are met first on some upward path from `unit`, that unit included (§6).
#[must_use]
pub fn nearest_of_kind(world: &World, unit: &str, kind: &str) -> Vec<String> {
    match world.unit(unit) {
        Some(found) if found.kind == kind => vec![found.id.clone()],
        Some(found) => found.parents.iter().flat_map(|parent| nearest_of_kind(world, parent, kind)).collect(),
        None => Vec::new(),
    }
}

/// §3: whether the unit is a placeholder (`TL999`).
#[must_use]
pub fn placeholder(world: &World, scheme: &Scheme, unit: &str) -> bool {
    match world.unit(unit) {
        Some(found) => scheme.kind(&found.kind).is_some_and(|kind| kind.placeholders.contains(&found.name)),
        None => false,
    }
}

/// §6, *caseload restriction*: whether it binds in `unit`, which the assignment covers.
#[must_use]
pub fn caseload_binds(world: &World, assignment: &Assignment, unit: &str) -> bool {
    let exempted = assignment.exempt.iter().any(|exempt| at_or_below(world, unit, exempt));
    assignment.caseload_only && !exempted
}
