//! Rule 7 of design §5: limits. Those of an assignment itself are judged with the change, on the world before
//! it; capacity, maximum, single role, minimum and last manager once, on the world as the command leaves it.

use super::change::widens;
use super::rights::{Need, passing};
use crate::holding::{all_held, effective, held, lowest};
use crate::model::{
    Assignment, HandOut, Instant, Kind, Scheme, Scope, Standing, User, UserManagement, World,
};
use crate::reason::Reason;
use crate::roles::capabilities_of;
use crate::units::{caseload_binds, closed, covers, placeholder, strictly_below};

/// The limits that an assignment must keep by itself and beside what `subject` holds. `old` is what it was,
/// where it is changed and not added.
pub(crate) fn of_its_own(
    world: &World,
    scheme: &Scheme,
    subject: &User,
    old: Option<&Assignment>,
    new: &Assignment,
    now: Instant,
) -> Result<(), Reason> {
    assignable(world, scheme, new)?;
    selected(world, scheme, old, new)?;
    let new_end = old.map(|old| old.ends_at) != Some(new.ends_at);
    interval(new.starts_at, new.ends_at.filter(|_| new_end), new.ends_at, now)?;
    default_unit(world, old, new)?;
    if new.exempt.iter().any(|exempt| !covers(world, new, exempt)) {
        return Err(Reason::CaseloadUnitNotCovered);
    }
    management_role(scheme, subject, new, now)?;
    duplicates(subject, new, now)?;
    match old {
        Some(old) if old.role == new.role => {
            if widens(old, new) && beside_exclusive(scheme, subject, new, now) {
                return Err(Reason::ExclusiveRole);
            }
            Ok(())
        }
        Some(_) | None => exclusive(scheme, subject, new, now),
    }
}

/// "Exclusive (never beside another)": whether this one, as it would last, overlaps another role, one of the two
/// being exclusive.
fn beside_exclusive(scheme: &Scheme, subject: &User, new: &Assignment, now: Instant) -> bool {
    let exclusive = |role: &str| scheme.role(role).is_some_and(|role| role.exclusive);
    all_held(subject, now)
        .into_iter()
        .filter(|one| one.number != new.number && one.role != new.role)
        .any(|one| (exclusive(&one.role) || exclusive(&new.role)) && overlap(one, new))
}

/// Scope: every unit newly selected is of a kind that can be, strictly below and not archived.
fn selected(
    world: &World,
    scheme: &Scheme,
    old: Option<&Assignment>,
    new: &Assignment,
) -> Result<(), Reason> {
    let Scope::Only(units) = &new.scope else { return Ok(()) };
    let before = match old.map(|old| &old.scope) {
        Some(Scope::Only(before)) => before.clone(),
        Some(Scope::All) | None => Vec::new(),
    };
    let allowed = |unit: &&String| {
        let selectable = kind_at(world, scheme, unit).is_some_and(|kind| kind.selectable);
        let archived = world.unit(unit).is_none_or(|found| found.archived);
        selectable && !archived && strictly_below(world, unit, &new.unit)
    };
    match units.iter().filter(|unit| !before.contains(unit)).all(|unit| allowed(&unit)) {
        true => Ok(()),
        false => Err(Reason::ScopeUnitNotAllowed),
    }
}

/// An end newly said lies in the future, and every end after its start.
pub(crate) fn interval(
    starts_at: Option<Instant>,
    new_end: Option<Instant>,
    ends_at: Option<Instant>,
    now: Instant,
) -> Result<(), Reason> {
    let past = new_end.is_some_and(|end| end <= now);
    let empty = starts_at.zip(ends_at).is_some_and(|(start, end)| end <= start);
    if past || empty { Err(Reason::BadInterval) } else { Ok(()) }
}

fn kind_at<'a>(world: &World, scheme: &'a Scheme, unit: &str) -> Option<&'a Kind> {
    scheme.kind(&world.unit(unit)?.kind)
}

/// Kind: the role is assignable there.
fn assignable(world: &World, scheme: &Scheme, new: &Assignment) -> Result<(), Reason> {
    let allowed = kind_at(world, scheme, &new.unit).is_some_and(|kind| kind.roles.contains(&new.role));
    if allowed { Ok(()) } else { Err(Reason::RoleNotAssignable) }
}

/// Capacity, maximum and single role at every unit where something was added or widened, which "compare
/// intervals `[starts_at, ends_at)`; suspended ones count".
pub(crate) fn filled(
    after: &World,
    scheme: &Scheme,
    subject: &str,
    given: &[&Assignment],
    now: Instant,
) -> Result<(), Reason> {
    let place = |one: &&Assignment| {
        let unit = after.units.iter().position(|unit| unit.id == one.unit);
        (unit, scheme.roles.iter().position(|role| role.name == one.role))
    };
    let mut given = given.to_vec();
    given.sort_by_key(place);
    given.into_iter().try_for_each(|one| filled_at(after, scheme, subject, one, now))
}

fn filled_at(
    after: &World,
    scheme: &Scheme,
    subject: &str,
    given: &Assignment,
    now: Instant,
) -> Result<(), Reason> {
    let (unit, role) = (given.unit.as_str(), given.role.as_str());
    let Some(kind) = kind_at(after, scheme, unit) else { return Err(Reason::RoleNotAssignable) };
    let here = |user: &User| -> Vec<Assignment> {
        all_held(user, now).into_iter().filter(|one| one.unit == unit).cloned().collect()
    };
    let at_unit: Vec<Assignment> = after.users.iter().flat_map(here).collect();
    if let Some(capacity) = kind.capacity
        && !placeholder(after, scheme, unit)
        && most_at_once(&at_unit, now) > capacity
    {
        return Err(Reason::UnitFull);
    }
    let same_role: Vec<Assignment> = at_unit.into_iter().filter(|one| one.role == role).collect();
    if let Some(maximum) = scheme.role(role).and_then(|role| role.max_per_unit)
        && most_at_once(&same_role, now) > maximum
    {
        return Err(Reason::RoleMaximum);
    }
    let twice = |user: &User| {
        let own = here(user);
        own.iter().any(|one| own.iter().any(|other| one.number != other.number && overlap(one, other)))
    };
    let user = after.user(subject);
    if kind.single_role && user.is_some_and(twice) { Err(Reason::SingleRole) } else { Ok(()) }
}

/// How many of `all` there are at one time at most, from now on.
fn most_at_once(all: &[Assignment], now: Instant) -> u32 {
    let count = |one: &Assignment| {
        let instant = start(one).max(now);
        all.iter().filter(|one| start(one) <= instant && instant < end(one)).count()
    };
    u32::try_from(all.iter().map(count).max().unwrap_or(0)).unwrap_or(u32::MAX)
}

/// When it starts, however long ago.
fn start(one: &Assignment) -> Instant {
    one.starts_at.unwrap_or(Instant::MIN)
}

/// When it ends, however late.
fn end(one: &Assignment) -> Instant {
    one.ends_at.unwrap_or(Instant::MAX)
}

/// Whether two assignments are there at one time.
fn overlap(one: &Assignment, other: &Assignment) -> bool {
    start(one).max(start(other)) < end(one).min(end(other))
}

/// "A **minimum** refuses only an explicit end or removal": of `ended`, which is no longer there at `at`, too
/// few other holders of its role are left. An archived unit keeps its holders.
pub(crate) fn minimum(after: &World, scheme: &Scheme, ended: &Assignment, at: Instant) -> Result<(), Reason> {
    let Some(minimum) = kind_at(after, scheme, &ended.unit).and_then(|kind| kind.minimum.as_ref()) else {
        return Ok(());
    };
    let in_force = |one: &&Assignment| {
        held(one, at)
            && one.standing == Standing::Live
            && one.starts_at.is_none_or(|start| start <= at)
            && one.unit == ended.unit
            && one.role == ended.role
    };
    let holds = |user: &&User| user.active && user.assignments.iter().any(|one| in_force(&one));
    let left = after.users.iter().filter(holds).count();
    if minimum.role == ended.role && left < minimum.count { Err(Reason::BelowMinimum) } else { Ok(()) }
}

/// Duplicates: "same user, unit, role" at one time.
fn duplicates(subject: &User, new: &Assignment, now: Instant) -> Result<(), Reason> {
    let again = all_held(subject, now).into_iter().any(|one| {
        one.number != new.number && one.unit == new.unit && one.role == new.role && overlap(one, new)
    });
    if again { Err(Reason::AlreadyInGroup) } else { Ok(()) }
}

/// §3: "exclusive (never beside another: adding another role ends it)"; so only the exclusive one is refused.
fn exclusive(scheme: &Scheme, subject: &User, new: &Assignment, now: Instant) -> Result<(), Reason> {
    let is_exclusive = scheme.role(&new.role).is_some_and(|role| role.exclusive);
    let beside =
        all_held(subject, now).into_iter().any(|one| one.number != new.number && one.role != new.role);
    if is_exclusive && beside { Err(Reason::ExclusiveRole) } else { Ok(()) }
}

/// §4: "default unit (covered, or refused)"; one newly named must be open too.
fn default_unit(world: &World, old: Option<&Assignment>, new: &Assignment) -> Result<(), Reason> {
    let Some(unit) = &new.default_unit else { return Ok(()) };
    let kept = old.is_some_and(|old| old.default_unit == new.default_unit);
    let fits = covers(world, new, unit) && (kept || !closed(world, unit));
    if fits { Ok(()) } else { Err(Reason::DefaultUnitNotCovered) }
}

/// "User management on without a ranked role that carries it (`NO_MANAGEMENT_ROLE`)": the assignment's role
/// has the switch, and B holds, with this assignment, a ranked role that carries `user.manage`.
pub(crate) fn management_role(
    scheme: &Scheme,
    subject: &User,
    new: &Assignment,
    now: Instant,
) -> Result<(), Reason> {
    if new.user_management == UserManagement::None {
        return Ok(());
    }
    let has_switch = scheme.role(&new.role).map(|role| role.user_management) == Some(HandOut::Switch);
    let carries = |one: &Assignment| {
        scheme.rank(&one.role).is_some()
            && capabilities_of(scheme, &one.role).iter().any(|listed| listed.capability == "user.manage")
    };
    let beside = all_held(subject, now).into_iter().any(|one| one.number != new.number && carries(one));
    if has_switch && (beside || carries(new)) { Ok(()) } else { Err(Reason::NoManagementRole) }
}

/// Whether, in every unit that the new assignment covers and in which A is bound to its caseload, the new
/// assignment is bound too.
pub(crate) fn caseload_handed_on(world: &World, actor: &User, new: &Assignment, now: Instant) -> bool {
    world.units.iter().filter(|unit| covers(world, new, &unit.id)).all(|unit| {
        let bound = actor.assignments.iter().any(|mine| {
            effective(world, actor, mine, now)
                && covers(world, mine, &unit.id)
                && caseload_binds(world, mine, &unit.id)
        });
        !bound || caseload_binds(world, new, &unit.id)
    })
}

/// "No change … leaves a root that had one without an active user whose effective `user.manage` covers all of
/// it, without `ends_at`, with lowest not below the best before."
///
/// # Errors
///
/// `LAST_MANAGER`.
pub fn last_manager(before: &World, after: &World, scheme: &Scheme, now: Instant) -> Result<(), Reason> {
    for root in before.units.iter().filter(|unit| unit.parents.is_empty()) {
        let had = best_manager(before, scheme, &root.id, now);
        if had.is_some() && best_manager(after, scheme, &root.id, now) < had {
            return Err(Reason::LastManager);
        }
    }
    Ok(())
}

/// The greatest lowest rank among the managers of a whole root.
fn best_manager(world: &World, scheme: &Scheme, root: &str, now: Instant) -> Option<u32> {
    world
        .users
        .iter()
        .filter(|user| {
            passing(world, scheme, user, &["user.manage"], Need::Manage, now)
                .into_iter()
                .any(|mine| mine.ends_at.is_none() && held(mine, now) && covers(world, mine, root))
        })
        .filter_map(|user| lowest(scheme, user, now))
        .max()
}
