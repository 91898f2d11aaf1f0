//! The world as a change would leave it. What is ended is taken out: ended and removed are both final.

use super::rights::{Need, passing};
use super::rules::stays_effective;
use super::{Case, Change};
use crate::holding::held;
use crate::model::{Assignment, Instant, Scheme, Standing, User, World};

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
    let mut after = world.clone();
    if let Change::Create { home_unit, assignments } = change {
        after.users.push(new_user(subject, home_unit));
        for assignment in assignments {
            after = with_added(&after, scheme, subject, assignment, now);
        }
        return after;
    }
    if let Change::Assign { assignment, handle: _ } = change {
        return with_added(&after, scheme, subject, assignment, now);
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
            Change::Amend(number, options) => {
                for one in user.assignments.iter_mut().filter(|one| one.number == *number) {
                    *one = options.on(one);
                }
            }
            Change::Disable => {
                user.active = false;
                user.disabled_by = Some(actor.to_owned());
            }
            Change::Enable => *user = enabled.clone().unwrap_or_else(|| user.clone()),
            Change::SetHome(unit) => user.home_unit.clone_from(unit),
            Change::SetReportingRole(role) => user.reporting_role.clone_from(role),
            Change::Grant(grant) => user.grants.push(grant.clone()),
            Change::Create { .. }
            | Change::Assign { .. }
            | Change::OrdinaryField(_)
            | Change::IdentityField(_)
            | Change::SetClearance => {}
        }
    }
    after
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

/// §3, *exclusive*: "adding another role ends it, without reach or approval of its own".
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
        user.assignments.retain(|one| {
            let exclusive = scheme.role(&one.role).is_some_and(|role| role.exclusive);
            !(exclusive && held(one, now) && one.role != assignment.role)
        });
        user.assignments.push(assignment.clone());
    }
    after
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
