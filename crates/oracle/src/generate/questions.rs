//! Questions near what the subject holds.

use crate::check::{Question, Resource, check};
use crate::model::{Assignment, Instant, Reach, ResourceType, Scheme, Standing, User, World};
use crate::reason::Reason;
use crate::rng::Rng;
use crate::roles::capabilities_of;
use crate::units::{at_or_below, closed, nearest_of_kind};

/// Answers that are asked for by repeated drawing, the rare ones and the allowed ones more than once.
const WANTED: [Reason; 34] = [
    Reason::Allowed,
    Reason::Allowed,
    Reason::Allowed,
    Reason::Allowed,
    Reason::Allowed,
    Reason::Allowed,
    Reason::Allowed,
    Reason::Allowed,
    Reason::Allowed,
    Reason::Allowed,
    Reason::Allowed,
    Reason::Allowed,
    Reason::UserDisabled,
    Reason::UserDisabled,
    Reason::NoAssignment,
    Reason::RoleLacksCapability,
    Reason::OutOfScope,
    Reason::NotEffective,
    Reason::CaseloadRestricted,
    Reason::CaseloadRestricted,
    Reason::ClassHidden,
    Reason::ClassHidden,
    Reason::SelfReference,
    Reason::NoReportingRole,
    Reason::NoReportingRole,
    Reason::NoEntitlement,
    Reason::RankTooLow,
    Reason::UnknownUser,
    Reason::NoManagementRight,
    Reason::OutOfReach,
    Reason::OutOfReach,
    Reason::OutOfReach,
    Reason::OutOfReach,
    Reason::OutOfReach,
];

/// This many questions about a world.
#[must_use]
pub fn questions(scheme: &Scheme, world: &World, now: Instant, rng: &mut Rng, n: usize) -> Vec<Question> {
    (0..n).map(|_| biased(scheme, world, now, rng)).collect()
}

/// Half of the questions are the first drawn; for the others an answer is wanted, and drawn for.
fn biased(scheme: &Scheme, world: &World, now: Instant, rng: &mut Rng) -> Question {
    let Some(wanted) = rng.pick(&WANTED).copied().filter(|_| rng.chance(65)) else {
        return question(scheme, world, rng);
    };
    let about = about_for(Some(wanted), rng);
    let mut drawn = question_about(scheme, world, about, rng);
    for _ in 0..20 {
        if check(world, scheme, &drawn, now).reason == wanted {
            break;
        }
        drawn = question_about(scheme, world, about, rng);
    }
    drawn
}

/// What kind of resource a question is drawn about.
#[derive(Clone, Copy)]
enum About {
    Unit,
    Customer,
    User,
    System,
}

fn about_any(rng: &mut Rng) -> About {
    match rng.below(100) {
        0..=24 => About::Unit,
        25..=66 => About::Customer,
        67..=84 => About::User,
        _ => About::System,
    }
}

/// Where an answer that is wanted can be found.
fn about_for(wanted: Option<Reason>, rng: &mut Rng) -> About {
    match wanted {
        Some(Reason::OutOfReach | Reason::UnknownUser | Reason::NoManagementRight) => About::User,
        Some(Reason::ClassHidden) => About::Customer,
        Some(Reason::CaseloadRestricted) if rng.chance(70) => About::Customer,
        Some(Reason::CaseloadRestricted | Reason::NoReportingRole) => About::Unit,
        Some(Reason::NoEntitlement) => About::System,
        Some(Reason::RankTooLow) if rng.chance(50) => About::System,
        Some(Reason::RankTooLow) => About::User,
        Some(Reason::SelfReference) if rng.chance(70) => About::Customer,
        Some(Reason::SelfReference) => About::User,
        Some(Reason::Allowed) if rng.chance(50) => About::Customer,
        _ => about_any(rng),
    }
}

/// One question, near something that its subject has.
#[must_use]
pub fn question(scheme: &Scheme, world: &World, rng: &mut Rng) -> Question {
    let about = about_any(rng);
    question_about(scheme, world, about, rng)
}

fn question_about(scheme: &Scheme, world: &World, about: About, rng: &mut Rng) -> Question {
    let Some(subject) = rng.pick(&world.users) else {
        return ask("p99", "user.view", Resource::User("p99".to_owned()));
    };
    let subject = if subject.active { subject } else { rng.pick(&world.users).unwrap_or(subject) };
    let live: Vec<Assignment> = subject
        .assignments
        .iter()
        .filter(|one| one.standing == Standing::Live && !closed(world, &one.unit))
        .cloned()
        .collect();
    let near = if live.is_empty() || rng.chance(25) { &subject.assignments } else { &live };
    let near = rng.pick(near);
    let mut question = match about {
        About::Unit => about_unit(scheme, world, subject, near, rng),
        About::Customer => about_customer(scheme, world, subject, near, rng),
        About::User => about_user(world, subject, near, rng),
        About::System => about_system(scheme, subject, near, rng),
    };
    if rng.chance(2) {
        "p99".clone_into(&mut question.subject);
    }
    question
}

fn ask(subject: &str, capability: &str, resource: Resource) -> Question {
    Question {
        subject: subject.to_owned(),
        capability: capability.to_owned(),
        resource,
        classes: Vec::new(),
        at: None,
    }
}

/// A capability of that type, mostly one that the role near has.
fn capability(scheme: &Scheme, near: Option<&Assignment>, of: ResourceType, rng: &mut Rng) -> String {
    let all: Vec<String> = scheme
        .capabilities
        .iter()
        .filter(|found| found.resource == of)
        .map(|found| found.name.clone())
        .collect();
    let listed = near.map(|near| capabilities_of(scheme, &near.role)).unwrap_or_default();
    let had: Vec<String> =
        listed.into_iter().map(|listed| listed.capability).filter(|name| all.contains(name)).collect();
    let among = if had.is_empty() || rng.chance(25) { &all } else { &had };
    rng.pick(among).cloned().unwrap_or_default()
}

/// A unit below, at or above the one near; now and then any, or none there is.
fn unit_near(world: &World, near: Option<&Assignment>, rng: &mut Rng) -> String {
    let related = |up: bool| -> Vec<String> {
        let Some(near) = near else { return Vec::new() };
        let is = |unit: &str| {
            if up { at_or_below(world, &near.unit, unit) } else { at_or_below(world, unit, &near.unit) }
        };
        world.units.iter().filter(|unit| is(&unit.id)).map(|unit| unit.id.clone()).collect()
    };
    let all: Vec<String> = world.units.iter().map(|unit| unit.id.clone()).collect();
    let among = match rng.below(100) {
        0..=59 => related(false),
        60..=82 => related(true),
        83..=84 => vec!["n99".to_owned()],
        _ => all.clone(),
    };
    rng.pick(&among).or(rng.pick(&all)).cloned().unwrap_or_default()
}

fn about_unit(
    scheme: &Scheme,
    world: &World,
    subject: &User,
    near: Option<&Assignment>,
    rng: &mut Rng,
) -> Question {
    let reported: Vec<String> = subject
        .reporting_role
        .iter()
        .filter_map(|role| scheme.reporting_role(role))
        .flat_map(|role| role.decides.clone())
        .collect();
    let decided: Vec<String> = scheme.reporting_roles.iter().flat_map(|role| role.decides.clone()).collect();
    let capability = match rng.pick(&reported).or(rng.pick(&decided)) {
        Some(reported) if rng.chance(25) => reported.clone(),
        Some(_) | None => capability(scheme, near, ResourceType::Unit, rng),
    };
    let mut unit = unit_near(world, near, rng);
    if let Some(nearest) = rng.pick(&enclosing(scheme, world, near, &capability))
        && rng.chance(60)
    {
        unit.clone_from(nearest);
    }
    ask(&subject.id, &capability, Resource::Unit(unit))
}

/// The units that enclosing reach of this capability meets from the assignment near.
fn enclosing(scheme: &Scheme, world: &World, near: Option<&Assignment>, capability: &str) -> Vec<String> {
    let Some(near) = near else { return Vec::new() };
    capabilities_of(scheme, &near.role)
        .into_iter()
        .filter(|listed| listed.capability == capability)
        .flat_map(|listed| match listed.reach {
            Reach::Enclosing(kind) => nearest_of_kind(world, &near.unit, &kind),
            Reach::Below | Reach::Own => Vec::new(),
        })
        .collect()
}

fn about_customer(
    scheme: &Scheme,
    world: &World,
    subject: &User,
    near: Option<&Assignment>,
    rng: &mut Rng,
) -> Question {
    let capability = capability(scheme, near, ResourceType::Customer, rng);
    let customer = customer_near(world, subject, near, rng);
    let placed: Vec<String> = world
        .customer(&customer)
        .map(|found| found.placements.iter().map(|placement| placement.unit.clone()).collect())
        .unwrap_or_default();
    let mut question = ask(&subject.id, &capability, Resource::Customer(customer));
    if rng.chance(40) {
        question.classes = rng.some(&scheme.classes, 60);
    }
    question.at = match rng.below(100) {
        0..=21 => rng.pick(&placed).cloned(),
        22..=25 => Some(unit_near(world, near, rng)),
        26 => Some("n99".to_owned()),
        _ => None,
    };
    question
}

fn customer_near(world: &World, subject: &User, near: Option<&Assignment>, rng: &mut Rng) -> String {
    let below: Vec<String> = world
        .customers
        .iter()
        .filter(|customer| {
            customer
                .placements
                .iter()
                .any(|placed| near.is_some_and(|near| at_or_below(world, &placed.unit, &near.unit)))
        })
        .map(|customer| customer.id.clone())
        .collect();
    let own: Vec<String> = world
        .users
        .iter()
        .filter(|user| world.same_person(&user.id, &subject.id))
        .filter_map(|user| user.own_record.clone())
        .collect();
    let cases: Vec<String> = subject.caseload.iter().map(|entry| entry.customer.clone()).collect();
    let all: Vec<String> = world.customers.iter().map(|customer| customer.id.clone()).collect();
    let among = match rng.below(100) {
        0..=64 => below,
        65..=73 => own,
        74..=84 => cases,
        85..=87 => vec!["c99".to_owned()],
        _ => all.clone(),
    };
    rng.pick(&among).or(rng.pick(&all)).cloned().unwrap_or_default()
}

fn about_user(world: &World, subject: &User, near: Option<&Assignment>, rng: &mut Rng) -> Question {
    let below: Vec<String> = world
        .users
        .iter()
        .filter(|user| {
            user.assignments
                .iter()
                .any(|one| near.is_some_and(|near| at_or_below(world, &one.unit, &near.unit)))
        })
        .map(|user| user.id.clone())
        .collect();
    let same: Vec<String> = world
        .users
        .iter()
        .filter(|user| world.same_person(&user.id, &subject.id))
        .map(|user| user.id.clone())
        .collect();
    let all: Vec<String> = world.users.iter().map(|user| user.id.clone()).collect();
    let among = match rng.below(100) {
        0..=64 => below,
        65..=70 => same,
        71..=73 => vec!["p99".to_owned()],
        _ => all.clone(),
    };
    let other = rng.pick(&among).or(rng.pick(&all)).cloned().unwrap_or_default();
    let capability = if rng.chance(35) { "user.view" } else { "user.manage" };
    ask(&subject.id, capability, Resource::User(other))
}

fn about_system(scheme: &Scheme, subject: &User, near: Option<&Assignment>, rng: &mut Rng) -> Question {
    let all: Vec<String> = scheme.systems.iter().map(|system| system.name.clone()).collect();
    let granted: Vec<String> = subject.grants.iter().map(|grant| grant.system.clone()).collect();
    let among = if granted.is_empty() || rng.chance(50) { &all } else { &granted };
    let system = rng.pick(among).cloned().unwrap_or_default();
    let other = scheme.capabilities.iter().any(|found| found.resource == ResourceType::System);
    let capability = if other && rng.chance(25) {
        capability(scheme, near, ResourceType::System, rng)
    } else {
        "system.use".to_owned()
    };
    ask(&subject.id, &capability, Resource::System(system))
}
