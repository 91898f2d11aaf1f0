//! Changes of one user by another, near what both hold.

use super::DAY;
use super::world::{assignment, interval};
use crate::manage::rights::{Need, kind_rights, passing};
use crate::manage::{Change, Options, may_change};
use crate::model::{Assignment, Grant, Instant, Role, Scheme, Scope, Standing, User, UserManagement, World};
use crate::reason::Reason;
use crate::rng::Rng;
use crate::units::at_or_below;

/// Refusals that are asked for by repeated drawing.
const WANTED: [Reason; 38] = [
    Reason::OutOfReach,
    Reason::RankTooLow,
    Reason::RoleAboveOwn,
    Reason::WouldLowerLowest,
    Reason::WouldLowerLowest,
    Reason::CaseloadRestricted,
    Reason::RoleNotAssignable,
    Reason::RoleNotAssignable,
    Reason::UnitFull,
    Reason::SingleRole,
    Reason::SingleRole,
    Reason::SingleRole,
    Reason::SingleRole,
    Reason::SingleRole,
    Reason::RoleMaximum,
    Reason::RoleMaximum,
    Reason::BelowMinimum,
    Reason::BelowMinimum,
    Reason::ExclusiveRole,
    Reason::ExclusiveRole,
    Reason::ExclusiveRole,
    Reason::ExclusiveRole,
    Reason::AlreadyInGroup,
    Reason::AlreadyInGroup,
    Reason::DefaultUnitNotCovered,
    Reason::ScopeUnitNotAllowed,
    Reason::ScopeUnitNotAllowed,
    Reason::BadInterval,
    Reason::BadInterval,
    Reason::BadInterval,
    Reason::CaseloadUnitNotCovered,
    Reason::CaseloadUnitNotCovered,
    Reason::NoManagementRole,
    Reason::LastManager,
    Reason::LastManager,
    Reason::LastManager,
    Reason::UserDisabled,
    Reason::FailedPrecondition,
];

/// The id of no unit.
const NOWHERE: &str = "n99";

/// This many changes of a world, each with its actor and its subject.
#[must_use]
pub fn changes(
    scheme: &Scheme,
    world: &World,
    now: Instant,
    rng: &mut Rng,
    n: usize,
) -> Vec<(String, String, Change)> {
    (0..n).map(|_| biased(scheme, world, now, rng)).collect()
}

fn biased(scheme: &Scheme, world: &World, now: Instant, rng: &mut Rng) -> (String, String, Change) {
    let wanted = match rng.below(100) {
        0..=14 => return change(scheme, world, now, rng),
        // Allowed.
        15..=41 => None,
        _ => rng.pick(&WANTED).copied(),
    };
    let mut drawn = change_towards(scheme, world, now, wanted, rng);
    for _ in 0..30 {
        let (actor, subject, made) = &drawn;
        if may_change(world, scheme, actor, subject, made, now).err() == wanted {
            break;
        }
        drawn = change_towards(scheme, world, now, wanted, rng);
    }
    drawn
}

/// One change with its actor and its subject.
#[must_use]
pub fn change(scheme: &Scheme, world: &World, now: Instant, rng: &mut Rng) -> (String, String, Change) {
    change_towards(scheme, world, now, None, rng)
}

/// One change of a kind that can have the wanted result.
fn change_towards(
    scheme: &Scheme,
    world: &World,
    now: Instant,
    wanted: Option<Reason>,
    rng: &mut Rng,
) -> (String, String, Change) {
    let actor = actor(scheme, world, now, rng);
    let Some(actor) = actor else { return ("p99".to_owned(), "p99".to_owned(), Change::Disable) };
    let roll = roll(wanted, rng);
    let subject = match wanted {
        Some(Reason::LastManager) => world.users.first(),
        _ => subject(world, actor, roll, rng),
    };
    let (subject_id, made) = match subject {
        Some(subject) if rng.chance(92) => {
            (subject.id.clone(), of(scheme, world, actor, subject, now, roll, rng))
        }
        Some(_) | None => ("p90".to_owned(), create(scheme, world, actor, now, rng)),
    };
    let actor_id = if rng.chance(1) { "p99".to_owned() } else { actor.id.clone() };
    let subject_id = match (&made, rng.chance(2)) {
        (Change::Create { .. }, _) | (_, false) => subject_id,
        (_, true) => "p98".to_owned(),
    };
    (actor_id, subject_id, made)
}

/// Mostly one of those who manage somebody.
fn actor<'a>(scheme: &Scheme, world: &'a World, now: Instant, rng: &mut Rng) -> Option<&'a User> {
    let rights = kind_rights(scheme);
    let managing: Vec<&User> = world
        .users
        .iter()
        .filter(|user| {
            let passes =
                |right: &&str| !passing(world, scheme, user, &[*right], Need::Manage, now).is_empty();
            user.active && rights.iter().any(passes)
        })
        .collect();
    if !managing.is_empty() && rng.chance(85) { rng.pick(&managing).copied() } else { rng.pick(&world.users) }
}

/// Mostly someone at or below a unit of the actor; who has something suspended, for reinstating it.
fn subject<'a>(world: &'a World, actor: &User, roll: usize, rng: &mut Rng) -> Option<&'a User> {
    let reinstating = (48..=53).contains(&roll);
    let near: Vec<&User> = world
        .users
        .iter()
        .filter(|user| user.id != actor.id && (!reinstating || suspended(user).is_some()))
        .filter(|user| {
            user.assignments
                .iter()
                .any(|one| actor.assignments.iter().any(|mine| at_or_below(world, &one.unit, &mine.unit)))
        })
        .collect();
    if rng.chance(80) { rng.pick(&near).copied() } else { rng.pick(&world.users) }
}

/// A number from 0 to 99 by which [`of`] chooses the kind of change.
fn roll(wanted: Option<Reason>, rng: &mut Rng) -> usize {
    let among: &[usize] = match wanted {
        Some(
            Reason::ExclusiveRole
            | Reason::UnitFull
            | Reason::SingleRole
            | Reason::RoleMaximum
            | Reason::AlreadyInGroup
            | Reason::RoleNotAssignable
            | Reason::WouldLowerLowest
            | Reason::NoManagementRole
            | Reason::DefaultUnitNotCovered
            | Reason::ScopeUnitNotAllowed
            | Reason::BadInterval
            | Reason::CaseloadUnitNotCovered,
        ) => &[0, 0, 0, 54],
        Some(Reason::CaseloadRestricted) => &[0, 48, 54, 55, 55],
        Some(Reason::BelowMinimum) => &[32, 32, 54],
        Some(Reason::LastManager) => &[0, 32, 41, 54, 75],
        _ => return rng.below(100),
    };
    rng.pick(among).copied().unwrap_or(0)
}

fn of(
    scheme: &Scheme,
    world: &World,
    actor: &User,
    subject: &User,
    now: Instant,
    roll: usize,
    rng: &mut Rng,
) -> Change {
    let number = rng.pick(&subject.assignments).map_or(9, |one| one.number);
    match roll {
        0..=31 => Change::Assign {
            assignment: added(scheme, world, actor, subject, now, rng),
            handle: rng.chance(30),
        },
        32..=40 => Change::EndAssignment(number),
        41..=47 => Change::Suspend(number),
        48..=53 => Change::Reinstate(suspended(subject).unwrap_or(number)),
        55..=57 if ending(subject, now).is_some() => last_longer(subject, now, rng),
        54..=74 => amend(scheme, world, subject, number, now, rng),
        75..=84 if subject.active => Change::Disable,
        75..=84 => Change::Enable,
        85..=87 => Change::SetHome(near_unit(world, actor, rng)),
        88..=90 => Change::SetReportingRole(
            rng.pick(&scheme.reporting_roles).map(|role| role.name.clone()).filter(|_| rng.chance(80)),
        ),
        91..=92 => Change::OrdinaryField(if rng.chance(60) { "phone" } else { "pager" }.to_owned()),
        93..=94 => Change::IdentityField("email".to_owned()),
        95 => Change::FillInBirthDate,
        96..=97 => Change::SetClearance,
        _ => {
            let (starts_at, ends_at) = interval(now, rng);
            let system = rng.pick(&scheme.systems).map(|system| system.name.clone()).unwrap_or_default();
            Change::Grant(Grant { system, starts_at, ends_at, standing: Standing::Live })
        }
    }
}

fn suspended(subject: &User) -> Option<u32> {
    let suspended = subject.assignments.iter().find(|one| one.standing == Standing::Suspended);
    suspended.map(|one| one.number)
}

/// A unit at or below one of the actor's, or any; now and then one that is not there.
fn near_unit(world: &World, actor: &User, rng: &mut Rng) -> String {
    if rng.chance(2) {
        return NOWHERE.to_owned();
    }
    let near: Vec<String> = world
        .units
        .iter()
        .filter(|unit| actor.assignments.iter().any(|mine| at_or_below(world, &unit.id, &mine.unit)))
        .map(|unit| unit.id.clone())
        .collect();
    let all: Vec<String> = world.units.iter().map(|unit| unit.id.clone()).collect();
    let among = if near.is_empty() || rng.chance(15) { &all } else { &near };
    rng.pick(among).cloned().unwrap_or_default()
}

fn role_at(scheme: &Scheme, world: &World, unit: &str, rng: &mut Rng) -> String {
    let kind = world.unit(unit).and_then(|found| scheme.kind(&found.kind));
    let allowed = kind.map(|kind| kind.roles.clone()).unwrap_or_default();
    let all: Vec<String> = scheme.roles.iter().map(|role| role.name.clone()).collect();
    let among = if allowed.is_empty() || rng.chance(12) { &all } else { &allowed };
    rng.pick(among).cloned().unwrap_or_default()
}

fn added(
    scheme: &Scheme,
    world: &World,
    actor: &User,
    subject: &User,
    now: Instant,
    rng: &mut Rng,
) -> Assignment {
    let alone = |one: &&Assignment| {
        let kind = world.unit(&one.unit).and_then(|unit| scheme.kind(&unit.kind));
        kind.is_some_and(|kind| kind.single_role)
    };
    let alone: Vec<Assignment> = subject.assignments.iter().filter(alone).cloned().collect();
    let beside = rng.pick(&alone).filter(|_| rng.chance(30));
    let again = beside.or_else(|| rng.pick(&subject.assignments).filter(|_| rng.chance(17)));
    let unit = again.map_or_else(|| near_unit(world, actor, rng), |one| one.unit.clone());
    let there = world.users.iter().flat_map(|user| &user.assignments).filter(|one| one.unit == unit);
    let limited = |one: &&Assignment| scheme.role(&one.role).is_some_and(|role| role.max_per_unit.is_some());
    let crowded: Vec<&Assignment> = there.filter(limited).collect();
    let exclusive: Vec<&Role> = scheme.roles.iter().filter(|role| role.exclusive).collect();
    let role = match again {
        Some(one) if rng.chance(60) => one.role.clone(),
        Some(_) | None => match (rng.pick(&crowded), rng.pick(&exclusive)) {
            (Some(one), _) if rng.chance(25) => one.role.clone(),
            (_, Some(role)) if rng.chance(15) => role.name.clone(),
            _ => role_at(scheme, world, &unit, rng),
        },
    };
    let number = subject.assignments.iter().map(|one| one.number).max().unwrap_or(0) + 1;
    let mut made = assignment(scheme, world, number, &unit, &role, now, rng);
    made.standing = Standing::Live;
    // Nothing that is added has ended already.
    made.ends_at = made.ends_at.filter(|end| *end > now);
    spoil(world, now, &mut made, rng);
    made
}

/// Now and then an option that a limit refuses.
fn spoil(world: &World, now: Instant, made: &mut Assignment, rng: &mut Rng) {
    let any = rng.pick(&world.units).map(|unit| unit.id.clone());
    let any = if rng.chance(15) { Some(NOWHERE.to_owned()) } else { any };
    match rng.below(30) {
        0..=1 => made.default_unit = any,
        2..=3 => made.user_management = UserManagement::Manage,
        4 => made.scope = Scope::Only(any.into_iter().collect()),
        5 => (made.starts_at, made.ends_at) = (Some(now + 2 * DAY), Some(now + DAY)),
        6 => (made.caseload_only, made.exempt) = (true, any.into_iter().collect()),
        _ => {}
    }
}

fn create(scheme: &Scheme, world: &World, actor: &User, now: Instant, rng: &mut Rng) -> Change {
    let home_unit = near_unit(world, actor, rng);
    let mut fresh = crate::manage::effect::new_user("p90", &home_unit);
    for _ in 0..rng.below(3) {
        let next = added(scheme, world, actor, &fresh, now, rng);
        fresh.assignments.push(next);
    }
    Change::Create { home_unit, assignments: fresh.assignments }
}

/// An assignment that will end.
fn ending(subject: &User, now: Instant) -> Option<&Assignment> {
    subject.assignments.iter().find(|one| one.ends_at.is_some_and(|end| end > now))
}

/// A later end, and nothing else.
fn last_longer(subject: &User, now: Instant, rng: &mut Rng) -> Change {
    let Some(old) = ending(subject, now) else { return Change::Disable };
    let ends_at = old.ends_at.map(|end| end + DAY).filter(|_| rng.chance(50));
    Change::Amend(old.number, Box::new(Options { ends_at, ..Options::of(old) }))
}

/// Other options for an assignment: one or two of them changed.
fn amend(scheme: &Scheme, world: &World, subject: &User, number: u32, now: Instant, rng: &mut Rng) -> Change {
    let Some(old) = subject.assignment(number) else { return Change::Suspend(number) };
    let mut options = Options::of(old);
    let mut other = assignment(scheme, world, number, &old.unit, &old.role, now, rng);
    spoil(world, now, &mut other, rng);
    for _ in 0..rng.between(1, 2) {
        match rng.below(8) {
            0 | 1 => options.role = role_at(scheme, world, &old.unit, rng),
            2 => options.scope = other.scope.clone(),
            3 => options.scope = if rng.chance(50) { Scope::All } else { Scope::Only(Vec::new()) },
            4 => options.caseload_only = !old.caseload_only,
            5 => options.exempt.clone_from(&other.exempt),
            6 => options.ends_at = if rng.chance(50) { None } else { Some(now + 2 * DAY) },
            _ => options.starts_at = if rng.chance(50) { None } else { Some(now + DAY) },
        }
    }
    match rng.below(10) {
        0 => options.user_management = UserManagement::Manage,
        1 => options.user_management = UserManagement::None,
        2 => options.default_unit = rng.pick(&world.units).map(|unit| unit.id.clone()),
        3 => options.user_type = Some("partner".to_owned()),
        _ => {}
    }
    Change::Amend(number, Box::new(options))
}
