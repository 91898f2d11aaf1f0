//! Rule 7 of design §5: limits, judged on the world as the change leaves it.

use super::rights::{Need, management_capabilities, passing};
use crate::holding::{all_held, effective, held, lowest};
use crate::model::{Assignment, Instant, Kind, Scheme, User, UserManagement, World};
use crate::reason::Reason;
use crate::units::{caseload_binds, covers, covers_for_questions, placeholder};

/// What a change of options changes.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts about one change")]
pub(crate) struct Changed {
    pub(crate) role: bool,
    pub(crate) time: bool,
    pub(crate) scope: bool,
    pub(crate) management: bool,
}

/// Every limit on an assignment that was added; `after` holds it.
pub(crate) fn added(
    after: &World,
    scheme: &Scheme,
    subject: &str,
    new: &Assignment,
    now: Instant,
) -> Result<(), Reason> {
    assignable(after, scheme, new)?;
    in_time(after, scheme, subject, new, now)?;
    duplicates(after, subject, new)?;
    exclusive(after, scheme, subject, new, now)?;
    default_unit(after, new)?;
    management_role(after, scheme, subject, new, now)
}

/// The limits that a change of options can break; `after` holds it.
pub(crate) fn amended(
    after: &World,
    scheme: &Scheme,
    subject: &str,
    old: &Assignment,
    new: &Assignment,
    changed: Changed,
    now: Instant,
) -> Result<(), Reason> {
    if changed.role {
        assignable(after, scheme, new)?;
    }
    if changed.role || changed.time {
        in_time(after, scheme, subject, new, now)?;
    }
    if changed.role {
        minimum(after, scheme, &old.unit, &old.role, now)?;
    }
    if changed.role || changed.time {
        duplicates(after, subject, new)?;
    }
    if changed.role {
        exclusive(after, scheme, subject, new, now)?;
    }
    if changed.scope {
        default_unit(after, new)?;
    }
    if changed.role || changed.management {
        management_role(after, scheme, subject, new, now)?;
    }
    Ok(())
}

fn kind_at<'a>(world: &World, scheme: &'a Scheme, unit: &str) -> Option<&'a Kind> {
    scheme.kind(&world.unit(unit)?.kind)
}

/// Kind: the role is assignable there.
fn assignable(world: &World, scheme: &Scheme, new: &Assignment) -> Result<(), Reason> {
    let allowed = kind_at(world, scheme, &new.unit).is_some_and(|kind| kind.roles.contains(&new.role));
    if allowed { Ok(()) } else { Err(Reason::RoleNotAssignable) }
}

/// Capacity, single role and maximum, which "compare intervals `[starts_at, ends_at)`; suspended ones count".
fn in_time(
    after: &World,
    scheme: &Scheme,
    subject: &str,
    new: &Assignment,
    now: Instant,
) -> Result<(), Reason> {
    let Some(kind) = kind_at(after, scheme, &new.unit) else { return Err(Reason::RoleNotAssignable) };
    let here = |user: &User| -> Vec<Assignment> {
        user.assignments.iter().filter(|one| one.unit == new.unit).cloned().collect()
    };
    let at_unit: Vec<Assignment> = after.users.iter().flat_map(here).collect();
    if let Some(capacity) = kind.capacity
        && !placeholder(after, scheme, &new.unit)
        && most_at_once(&at_unit, new, now) > capacity
    {
        return Err(Reason::UnitFull);
    }
    let own = after.user(subject).map(here).unwrap_or_default();
    let others = own.iter().filter(|one| one.number != new.number && overlap(one, new));
    if kind.single_role && others.count() > 0 {
        return Err(Reason::SingleRole);
    }
    let same_role: Vec<Assignment> = at_unit.into_iter().filter(|one| one.role == new.role).collect();
    let maximum = scheme.role(&new.role).and_then(|role| role.max_per_unit);
    match maximum {
        Some(maximum) if most_at_once(&same_role, new, now) > maximum => Err(Reason::RoleMaximum),
        Some(_) | None => Ok(()),
    }
}

/// How many of `all` there are at one time at most, from now on, while `new` lasts.
fn most_at_once(all: &[Assignment], new: &Assignment, now: Instant) -> u32 {
    let mut instants: Vec<Instant> = all.iter().map(|one| start(one).max(start(new)).max(now)).collect();
    instants.retain(|instant| *instant < end(new));
    let count =
        |instant: &Instant| all.iter().filter(|one| start(one) <= *instant && *instant < end(one)).count();
    let most = instants.iter().map(count).max().unwrap_or(0);
    u32::try_from(most).unwrap_or(u32::MAX)
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

/// "A **minimum** refuses only an explicit end or removal": too few effective holders of the role are left.
pub(crate) fn minimum(
    after: &World,
    scheme: &Scheme,
    unit: &str,
    role: &str,
    now: Instant,
) -> Result<(), Reason> {
    let Some(minimum) = kind_at(after, scheme, unit).and_then(|kind| kind.minimum.as_ref()) else {
        return Ok(());
    };
    let left = after.users.iter().flat_map(|user| user.assignments.iter().map(move |one| (user, one)));
    let left = left
        .filter(|(user, one)| one.unit == unit && one.role == role && effective(after, user, one, now))
        .count();
    if minimum.role == role && left < minimum.count { Err(Reason::BelowMinimum) } else { Ok(()) }
}

/// Duplicates: "same user, unit, role" at one time.
fn duplicates(after: &World, subject: &str, new: &Assignment) -> Result<(), Reason> {
    let Some(user) = after.user(subject) else { return Ok(()) };
    let again = user.assignments.iter().any(|one| {
        one.number != new.number && one.unit == new.unit && one.role == new.role && overlap(one, new)
    });
    if again { Err(Reason::AlreadyInGroup) } else { Ok(()) }
}

/// §3: "exclusive (never beside another …)".
fn exclusive(
    after: &World,
    scheme: &Scheme,
    subject: &str,
    new: &Assignment,
    now: Instant,
) -> Result<(), Reason> {
    let Some(user) = after.user(subject) else { return Ok(()) };
    let is_exclusive = |role: &str| scheme.role(role).is_some_and(|role| role.exclusive);
    let beside = all_held(user, now).into_iter().any(|one| {
        one.number != new.number
            && one.role != new.role
            && (is_exclusive(&new.role) || is_exclusive(&one.role))
    });
    if beside { Err(Reason::ExclusiveRole) } else { Ok(()) }
}

/// §4: "default unit (covered, or refused)".
fn default_unit(after: &World, new: &Assignment) -> Result<(), Reason> {
    match &new.default_unit {
        Some(unit) if !covers_for_questions(after, new, unit) => Err(Reason::DefaultUnitNotCovered),
        Some(_) | None => Ok(()),
    }
}

/// "User management on without a ranked role that carries it (`NO_MANAGEMENT_ROLE`)": B holds, with this
/// assignment, a ranked role that carries one of the management capabilities that this assignment brings.
pub(crate) fn management_role(
    after: &World,
    scheme: &Scheme,
    subject: &str,
    new: &Assignment,
    now: Instant,
) -> Result<(), Reason> {
    if new.user_management == UserManagement::None {
        return Ok(());
    }
    let Some(user) = after.user(subject) else { return Ok(()) };
    let switched = management_capabilities(after, scheme, new);
    let carried = all_held(user, now)
        .into_iter()
        .filter(|one| scheme.rank(&one.role).is_some())
        .flat_map(|one| management_capabilities(after, scheme, one))
        .any(|capability| switched.contains(&capability));
    if carried { Ok(()) } else { Err(Reason::NoManagementRole) }
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
