//! The world as a change would leave it. What is ended is taken out: ended and removed are both final.

use super::rights::{Need, passing};
use super::rules::stays_effective;
use super::{Case, Change, Options};
use crate::holding::{all_held, held};
use crate::model::{Assignment, Instant, Scheme, Standing, User, World};
use crate::units::covers_but_for_archives;

/// Makes the change, whether allowed or not. Nothing happens where it names what is not there.
#[must_use]
pub fn apply(
    world: &World,
    scheme: &Scheme,
    actor: &str,
    subject: &str,
    change: &Change,
    now: Instant,
) -> World {
    let mut after = without_stale_cases(world.clone(), subject, now);
    if let Change::Create { home_unit, assignments } = change {
        after.users.push(new_user(subject, home_unit));
        for assignment in assignments {
            after = with_added(&after, scheme, subject, assignment, now);
        }
        return after;
    }
    if let Change::Assign { assignment, handle: _ } = change {
        after = with_added(&after, scheme, subject, assignment, now);
        return without_stale_cases(after, subject, now);
    }
    if let Change::Amend(number, options) = change {
        after = with_other_options(after, scheme, subject, *number, options, now);
        return without_stale_cases(after, subject, now);
    }
    let enabled = match (world.user(actor), world.user(subject)) {
        (Some(actor), Some(user)) => {
            Some(enabled(&Case { world, scheme, actor, subject, now }, user.clone()))
        }
        (None, _) | (_, None) => None,
    };
    for user in after.users.iter_mut().filter(|user| user.id == subject) {
        match change {
            Change::EndAssignment(number) => user.assignments.retain(|one| one.number != *number),
            Change::Suspend(number) => set_standing(user, *number, Standing::Suspended),
            Change::Reinstate(number) => set_standing(user, *number, Standing::Live),
            Change::Disable => {
                user.active = false;
                user.disabled_by = Some(actor.to_owned());
            }
            Change::Enable => *user = enabled.clone().unwrap_or_else(|| user.clone()),
            Change::SetHome(unit) => user.home_unit.clone_from(unit),
            Change::SetReportingRole(role) => user.reporting_role.clone_from(role),
            Change::Grant(grant) => {
                user.grants.retain(|one| one.system != grant.system);
                user.grants.push(grant.clone());
            }
            Change::Create { .. }
            | Change::Assign { .. }
            | Change::Amend(..)
            | Change::OrdinaryField(_)
            | Change::IdentityField(_)
            | Change::FillInBirthDate
            | Change::SetClearance => {}
        }
    }
    without_stale_cases(after, subject, now)
}

/// A user who holds nothing yet.
#[must_use]
pub fn new_user(id: &str, home_unit: &str) -> User {
    User {
        id: id.to_owned(),
        active: true,
        disabled_by: None,
        home_unit: home_unit.to_owned(),
        person: None,
        own_record: None,
        assignments: Vec::new(),
        caseload: Vec::new(),
        grants: Vec::new(),
        reporting_role: None,
    }
}

/// The world with one more assignment.
#[must_use]
pub fn with_added(
    world: &World,
    scheme: &Scheme,
    subject: &str,
    assignment: &Assignment,
    now: Instant,
) -> World {
    let mut after = world.clone();
    for user in after.users.iter_mut().filter(|user| user.id == subject) {
        end_exclusive(scheme, user, assignment, now);
        user.assignments.push(assignment.clone());
    }
    after
}

fn with_other_options(
    mut world: World,
    scheme: &Scheme,
    subject: &str,
    number: u32,
    options: &Options,
    now: Instant,
) -> World {
    for user in world.users.iter_mut().filter(|user| user.id == subject) {
        let Some(old) = user.assignment(number).cloned() else { continue };
        let new = options.on(&old);
        if new.role != old.role {
            end_exclusive(scheme, user, &new, now);
        }
        for one in user.assignments.iter_mut().filter(|one| one.number == number) {
            *one = new.clone();
        }
    }
    world
}

/// §3, *exclusive*: "adding another role ends it, without reach or approval of its own", when the other starts.
fn end_exclusive(scheme: &Scheme, user: &mut User, given: &Assignment, now: Instant) {
    let from = given.starts_at.unwrap_or(now).max(now);
    for one in &mut user.assignments {
        let exclusive = scheme.role(&one.role).is_some_and(|role| role.exclusive);
        if exclusive && held(one, now) && one.number != given.number && one.role != given.role {
            one.ends_at = Some(one.ends_at.map_or(from, |end| end.min(from)));
        }
    }
}

/// §5, *caseloads*: "the end of the worker's last such assignment ends the entry; nothing brings it back".
fn without_stale_cases(mut world: World, subject: &str, now: Instant) -> World {
    let view = world.clone();
    for user in world.users.iter_mut().filter(|user| user.id == subject) {
        let holds: Vec<Assignment> = all_held(user, now).into_iter().cloned().collect();
        user.caseload
            .retain(|entry| holds.iter().any(|one| covers_but_for_archives(&view, one, &entry.unit)));
    }
    world
}

fn set_standing(user: &mut User, number: u32, standing: Standing) {
    for one in user.assignments.iter_mut().filter(|one| one.number == number) {
        one.standing = standing;
    }
}

/// §5, *enabling*: "makes effective only what the enabler covers and may hand out; everything else becomes
/// suspended …; a reporting role that the enabler could not set is cleared".
fn enabled(case: &Case<'_>, mut user: User) -> User {
    let before = user.clone();
    user.active = true;
    user.disabled_by = None;
    for one in &mut user.assignments {
        if !stays_effective(case, one) {
            one.standing = Standing::Suspended;
        }
    }
    if !case.could_grant() {
        for grant in &mut user.grants {
            grant.standing = Standing::Suspended;
        }
    }
    let mine = passing(case.world, case.scheme, case.actor, &["user.manage"], Need::Manage, case.now);
    let settable = before
        .reporting_role
        .as_ref()
        .is_some_and(|role| case.could_set_reporting_role(&mine, &before, role));
    if !settable {
        user.reporting_role = None;
    }
    user
}
