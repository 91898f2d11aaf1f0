//! Reach, whole and in part, and who is in sight (design §4, *in reach*; §5, rule 4).

use super::rights::{Need, kind_rights, passing};
use crate::holding::all_held;
use crate::model::{Assignment, Instant, Scheme, Scope, User, World};
use crate::reason::Reason;
use crate::units::{at_or_below, covers};

/// How much of B is in reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// Nothing.
    None,
    /// At least one assignment that B holds.
    Part,
    /// Every assignment that B holds.
    Whole,
}

/// "Another's assignment is in reach where one of A's covers its unit; or where it is `only W2`, W2 not
/// empty, its unit at or below A's unit, and A's covers every unit of W2."
#[must_use]
pub fn in_reach(world: &World, mine: &Assignment, theirs: &Assignment) -> bool {
    if covers(world, mine, &theirs.unit) {
        return true;
    }
    match &theirs.scope {
        Scope::All => false,
        Scope::Only(selected) => {
            !selected.is_empty()
                && at_or_below(world, &theirs.unit, &mine.unit)
                && selected.iter().all(|selected| covers(world, mine, selected))
        }
    }
}

/// Whether one of these assignments of A reaches that assignment.
#[must_use]
pub fn any_reaches(world: &World, mine: &[&Assignment], theirs: &Assignment) -> bool {
    mine.iter().any(|mine| in_reach(world, mine, theirs))
}

/// Whether one of these assignments of A covers that unit, as §5 reads it.
#[must_use]
pub fn any_covers(world: &World, mine: &[&Assignment], unit: &str) -> bool {
    mine.iter().any(|mine| covers(world, mine, unit))
}

/// "*Whole* / *part reach* of A over B: *every* / at least one assignment that B holds is in reach of one of
/// A's that passes rule 3; if B holds none, in both cases: B's home unit is covered."
#[must_use]
pub fn reach(world: &World, mine: &[&Assignment], subject: &User, now: Instant) -> Extent {
    let theirs = all_held(subject, now);
    if theirs.is_empty() {
        return if any_covers(world, mine, &subject.home_unit) { Extent::Whole } else { Extent::None };
    }
    if theirs.iter().all(|theirs| any_reaches(world, mine, theirs)) {
        Extent::Whole
    } else if theirs.iter().any(|theirs| any_reaches(world, mine, theirs)) {
        Extent::Part
    } else {
        Extent::None
    }
}

/// Whether this one assignment of A gives part reach over B.
#[must_use]
pub fn gives_part_reach(world: &World, mine: &Assignment, subject: &User, now: Instant) -> bool {
    reach(world, &[mine], subject, now) >= Extent::Part
}

/// §5, row *see*: "a role that carries `user.manage`, switched to `view` or `manage` (or `always`), or any
/// kind's right". The assignments of A that let it see users, oldest first.
#[must_use]
pub fn sighted<'a>(world: &World, scheme: &Scheme, actor: &'a User, now: Instant) -> Vec<&'a Assignment> {
    let mut rights = vec!["user.manage"];
    rights.extend(kind_rights(scheme));
    let mut numbers = Vec::new();
    for right in rights {
        for assignment in passing(world, scheme, actor, &[right], Need::View, now) {
            numbers.push(assignment.number);
        }
    }
    actor.assignments.iter().filter(|assignment| numbers.contains(&assignment.number)).collect()
}

/// §5, row *see*: whether A, an active user, may see B.
#[must_use]
pub fn sees(world: &World, scheme: &Scheme, actor: &User, subject: &str, now: Instant) -> bool {
    let Some(subject) = world.user(subject) else { return false };
    actor.active && reach(world, &sighted(world, scheme, actor, now), subject, now) >= Extent::Part
}

/// Rule 4: "`OUT_OF_REACH` (only where A may see B; otherwise, and for nobody, `UNKNOWN_USER`)".
#[must_use]
pub fn not_reached(world: &World, scheme: &Scheme, actor: &User, subject: &str, now: Instant) -> Reason {
    if sees(world, scheme, actor, subject, now) { Reason::OutOfReach } else { Reason::UnknownUser }
}
