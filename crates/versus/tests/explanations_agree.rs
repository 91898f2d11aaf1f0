//! An explanation is the answer's own: what it says was tried bears the answer out, and every change that it says would allow
//! does so for the naive evaluator, too. Where it knows of none, no single change of the kinds that it knows does.

use std::collections::BTreeMap;

use bailiwick_membership as engine;
use bailiwick_oracle::check::{Question, Resource, check as oracle};
use bailiwick_oracle::generate::generate;
use bailiwick_oracle::generate::questions;
use bailiwick_oracle::model::{
    Assignment, CaseloadEntry, Grant, Placement, PlacementState, Scope, Standing, User, UserManagement, World,
};
use bailiwick_oracle::rng::Rng;
use bailiwick_policy::scheme::Gap;
use bailiwick_policy::{
    Attempt, By, Compared, Explanation, MOST_REMEDIES, Obstacle, Reason, Remedy, Verdict, check, explain,
};
use bailiwick_versus::ask;
use bailiwick_versus::run::count;
use bailiwick_versus::world::{Pair, instant};

/// Questions a world.
const ASKED: usize = 60;

#[test]
fn explanations_bear_the_answer_out() {
    let mut seen = Seen::default();
    for seed in 0..count("BAILIWICK_EXPLAINED_WORLDS", 200) {
        let (scheme, world, now) = generate(seed);
        let mut rng = Rng::new(seed);
        let asked = questions(&scheme, &world, now, &mut rng, ASKED);
        let pair = Pair::new(scheme, world, now).expect("a world that fits");
        for question in asked {
            let Ok(read) = ask::read(&pair.state.scheme, &question) else { continue };
            let now = instant(pair.now);
            let explained = explain(&pair.state.world, &pair.state.scheme, &read, now, |_| true);
            let answer = check(&pair.state.world, &pair.state.scheme, &read, now);
            assert_eq!(explained.answer, answer, "world {seed}: {question:?}");
            let case = Case { pair: &pair, question: &question, explained: &explained, seed };
            case.attempts_bear_out().unwrap();
            case.remedies_remedy(&mut seen).unwrap();
        }
    }
    println!("{seen:#?}");
    assert!(seen.without > seen.asked / 20, "too seldom nothing helps: {seen:?}");
    let told: usize = seen.told.values().sum();
    assert!(told > seen.asked / 2 && seen.told.len() >= 12, "too few remedies: {seen:?}");
}

/// How often what was told.
#[derive(Debug, Default)]
struct Seen {
    asked: usize,
    without: usize,
    told: BTreeMap<&'static str, usize>,
}

/// What is wrong with an explanation; nothing, in general.
type Borne = Result<(), String>;

/// One explanation.
struct Case<'c> {
    pair: &'c Pair,
    question: &'c Question,
    explained: &'c Explanation,
    seed: u64,
}

impl Case<'_> {
    fn fault(&self, why: &str) -> String {
        format!("world {}: {why}: {:?}: {:#?}", self.seed, self.question, self.explained)
    }

    fn holds(&self, holds: bool, why: &str) -> Borne {
        if holds { Ok(()) } else { Err(self.fault(why)) }
    }

    /// What was tried leads to the answer.
    fn attempts_bear_out(&self) -> Borne {
        let Explanation { answer, attempts, .. } = self.explained;
        for (nth, one) in attempts.iter().enumerate() {
            let again =
                attempts.iter().skip(nth + 1).any(|other| (other.by, other.part) == (one.by, one.part));
            self.holds(!again || one.by == By::Grant, "the same was told twice")?;
        }
        let passed = attempts.iter().any(|attempt| attempt.obstacle.is_none());
        let about_user = matches!(self.question.resource, Resource::User(_));
        let borne_out = match answer.verdict {
            Verdict::Allowed => passed || (about_user && answer.deciding.is_none()),
            // What each allows by itself was not enough.
            Verdict::Denied(Reason::ClassHidden) => passed,
            Verdict::Denied(Reason::RankTooLow) if about_user => passed && self.ranks_forbid(),
            Verdict::Denied(reason) => !passed && self.lead_to(attempts, reason),
        };
        self.holds(borne_out, "what was tried does not lead to the answer")?;
        let by = answer.deciding.map(By::Assignment);
        let decides = |attempt: &Attempt| Some(attempt.by) == by && attempt.obstacle.is_none();
        self.holds(by.is_none() || attempts.iter().any(decides), "what decides was not tried")?;
        self.all_is_tried()
    }

    fn ranks_forbid(&self) -> bool {
        let Some(Compared::Users { lowest, highest, gap }) = self.explained.compared else { return false };
        let beyond = u32::from(gap == Gap::OneGrade);
        match (lowest, highest) {
            (None, _) => true,
            (Some(lowest), Some(highest)) => lowest.rank.0 < highest.rank.0 + beyond,
            (Some(_), None) => false,
        }
    }

    /// Whether the furthest obstacle is what the reason says; where nothing was tried, whether there is nothing to try.
    fn lead_to(&self, attempts: &[Attempt], reason: Reason) -> bool {
        let Some(told) = attempts.iter().filter_map(|attempt| attempt.obstacle).max() else {
            let untold = [
                Reason::UnknownSubject,
                Reason::UserDisabled,
                Reason::UnknownResource,
                Reason::NoAssignment,
                Reason::NoReportingRole,
                Reason::SelfManagement,
                Reason::NoManagementRight,
                Reason::UnknownUser,
            ];
            return untold.contains(&reason);
        };
        let lacking = [Obstacle::RoleLacksCapability, Obstacle::NotHeldHere];
        let fits: [(Reason, &[Obstacle]); 8] = [
            (Reason::RoleLacksCapability, &lacking),
            (Reason::NoEntitlement, &lacking),
            (Reason::NotEffective, &[Obstacle::Suspended, Obstacle::NotStarted, Obstacle::HeldAtClosed]),
            (Reason::CaseloadRestricted, &[Obstacle::RefusedUnderCaseload, Obstacle::NotOnCaseload]),
            (Reason::OutOfReach, &[Obstacle::NotInReach]),
            (Reason::UnknownUser, &[Obstacle::NotInReach]),
            (Reason::RankTooLow, &[Obstacle::BelowMinimumRank]),
            (Reason::SelfManagement, &[Obstacle::NotOwnRecord, Obstacle::OwnRecord]),
        ];
        let within = |range: std::ops::RangeInclusive<Obstacle>| range.contains(&told);
        fits.iter().any(|(of, fitting)| *of == reason && fitting.contains(&told))
            || reason == Reason::NoAssignment
            || (reason == Reason::OutOfScope && within(Obstacle::NotPlaced..=Obstacle::Closed))
            || (reason == Reason::NoManagementRight
                && within(Obstacle::RoleLacksCapability..=Obstacle::NoRankedRole))
    }

    /// Everything held is told of, where anything is.
    fn all_is_tried(&self) -> Borne {
        let Explanation { attempts, .. } = self.explained;
        if attempts.is_empty() {
            return Ok(());
        }
        let user = self.pair.world.user(&self.question.subject);
        let held = user.into_iter().flat_map(|user| &user.assignments);
        let mut held = held.filter(|one| one.ends_at.is_none_or(|end| end > self.pair.now));
        let is_told = |number: u32| {
            attempts.iter().any(|attempt| match attempt.by {
                By::Assignment(by) => by.number == number,
                By::Grant => false,
            })
        };
        self.holds(held.all(|held| is_told(held.number)), "not everything that is held is told of")
    }

    fn remedies_remedy(&self, seen: &mut Seen) -> Borne {
        let Explanation { answer, remedies, .. } = self.explained;
        if answer.is_allowed() {
            return self.holds(remedies.is_empty(), "what is allowed has remedies");
        }
        seen.asked += 1;
        self.holds(remedies.len() <= MOST_REMEDIES, "too many remedies")?;
        for remedy in remedies {
            *seen.told.entry(name(remedy)).or_default() += 1;
            let mut world = self.pair.world.clone();
            let made = self.apply(&mut world, remedy);
            self.holds(made.is_some(), &format!("{remedy:?} cannot be made"))?;
            self.holds(self.is_allowed_in(&world), &format!("{remedy:?} does not allow"))?;
        }
        if remedies.is_empty() {
            seen.without += 1;
            let found = self.single_changes().into_iter().find(|world| self.is_allowed_in(world));
            let user = found.as_ref().and_then(|world| world.user(&self.question.subject));
            self.holds(found.is_none(), &format!("a single change would allow, after which: {user:?}"))?;
        }
        Ok(())
    }

    fn is_allowed_in(&self, world: &World) -> bool {
        oracle(world, &self.pair.model, self.question, self.pair.now).allowed
    }

    fn unit(&self, unit: engine::UnitIx) -> String {
        self.pair.state.world.unit_id(unit).map(ToString::to_string).unwrap_or_default()
    }

    fn role(&self, role: engine::RoleIx) -> String {
        self.pair.state.scheme.role(role).map(|role| role.name.clone()).unwrap_or_default()
    }

    /// Makes a change in the words of the naive evaluator; nothing, where there is nothing to change.
    fn apply(&self, world: &mut World, remedy: &Remedy) -> Option<()> {
        if let Remedy::Restore(unit) = *remedy {
            return restore(world, &self.unit(unit));
        }
        let customer = customer(&self.question.resource);
        if let Remedy::Place(unit) = *remedy {
            return place(world, customer?, &self.unit(unit));
        }
        let user = subject(world, &self.question.subject)?;
        match *remedy {
            Remedy::Place(_) | Remedy::Restore(_) => return None,
            Remedy::Enable => user.active = true,
            Remedy::Reinstate(number) => held(user, number)?.standing = Standing::Live,
            Remedy::Start(number) => held(user, number)?.starts_at = None,
            Remedy::SwitchOn(number, to) => held(user, number)?.user_management = management(to),
            Remedy::AddToCaseload(unit) => {
                user.caseload.push(CaseloadEntry { customer: customer?.to_owned(), unit: self.unit(unit) });
            }
            Remedy::Exempt(number, unit) => held(user, number)?.exempt.push(self.unit(unit)),
            Remedy::LiftRestriction(number) => held(user, number)?.caseload_only = false,
            Remedy::ReinstateGrant => {
                user.grants.iter_mut().for_each(|grant| grant.standing = Standing::Live);
            }
            Remedy::Grant => user.grants.push(self.grant()?),
            Remedy::Report(role) => {
                user.reporting_role = Some(self.pair.state.scheme.reporting_role(role)?.name.clone());
            }
            Remedy::ChangeRole(number, role) => {
                let held = held(user, number)?;
                held.role = self.role(role);
            }
            Remedy::Assign(role, unit, switch) => {
                assign(user, &self.unit(unit), &self.role(role), management(switch));
            }
        }
        Some(())
    }

    fn grant(&self) -> Option<Grant> {
        let system = system(&self.question.resource)?.to_owned();
        Some(Grant { system, starts_at: None, ends_at: None, standing: Standing::Live })
    }

    /// The worlds that one change of the kinds named in the design would leave.
    fn single_changes(&self) -> Vec<World> {
        let (pair, asked) = (self.pair, self.question);
        let before = &pair.world;
        let mut after = Vec::new();
        let mut tried = |change: &dyn Fn(&mut World) -> Option<()>| {
            let mut world = before.clone();
            after.extend(change(&mut world).map(|()| world));
        };
        let Some(user) = before.user(&asked.subject) else { return after };
        let id = user.id.as_str();
        tried(&|world| of_user(world, id, |user| user.active = true));
        for unit in before.units.iter().filter(|unit| unit.archived) {
            tried(&|world| restore(world, &unit.id));
        }
        for number in user.assignments.iter().map(|held| held.number) {
            tried(&|world| of_held(world, id, number, |held| held.standing = Standing::Live));
            tried(&|world| of_held(world, id, number, |held| held.caseload_only = false));
            tried(&|world| of_held(world, id, number, |held| held.starts_at = None));
        }
        for unit in &before.units {
            if let Some(customer) = customer(&asked.resource) {
                let entry = CaseloadEntry { customer: customer.to_owned(), unit: unit.id.clone() };
                tried(&|world| of_user(world, id, |user| user.caseload.push(entry.clone())));
                tried(&|world| place(world, customer, &unit.id));
            }
            let kind = pair.model.kinds.iter().find(|kind| kind.name == unit.kind);
            let there = || user.assignments.iter().filter(|held| held.unit == unit.id);
            let single = kind.is_some_and(|kind| kind.single_role) && there().next().is_some();
            // Who holds something is not given what is held alone.
            let alone = |role: &String| {
                let role = pair.model.roles.iter().find(|known| known.name == *role);
                role.is_some_and(|role| role.exclusive) && !user.assignments.is_empty()
            };
            let roles = kind.into_iter().flat_map(|kind| &kind.roles).filter(|_| !single);
            let roles = roles.filter(|role| !alone(role));
            for role in roles.filter(|role| !there().any(|held| held.role == **role)) {
                let manage = UserManagement::Manage;
                tried(&|world| of_user(world, id, |user| assign(user, &unit.id, role, manage)));
            }
        }
        let live = |grant: &&Grant| grant.ends_at.is_none_or(|end| end > pair.now);
        let is_granted = |system: &str| user.grants.iter().filter(live).any(|grant| grant.system == system);
        if let Some(grant) = self.grant().filter(|grant| !is_granted(&grant.system)) {
            tried(&|world| of_user(world, id, |user| user.grants.push(grant.clone())));
        }
        after
    }
}

fn customer(resource: &Resource) -> Option<&str> {
    if let Resource::Customer(customer) = resource { Some(customer) } else { None }
}

fn system(resource: &Resource) -> Option<&str> {
    if let Resource::System(system) = resource { Some(system) } else { None }
}

fn name(remedy: &Remedy) -> &'static str {
    match remedy {
        Remedy::Enable => "enable",
        Remedy::Reinstate(_) => "reinstate",
        Remedy::Start(_) => "start",
        Remedy::SwitchOn(..) => "switch on",
        Remedy::AddToCaseload(_) => "add to caseload",
        Remedy::Exempt(..) => "exempt",
        Remedy::LiftRestriction(_) => "lift restriction",
        Remedy::Place(_) => "place",
        Remedy::ReinstateGrant => "reinstate grant",
        Remedy::Grant => "grant",
        Remedy::Report(_) => "report",
        Remedy::Restore(_) => "restore",
        Remedy::ChangeRole(..) => "change role",
        Remedy::Assign(..) => "assign",
    }
}

fn subject<'w>(world: &'w mut World, id: &str) -> Option<&'w mut User> {
    world.users.iter_mut().find(|user| user.id == id)
}

fn held(user: &mut User, number: u32) -> Option<&mut Assignment> {
    user.assignments.iter_mut().find(|held| held.number == number)
}

fn of_user(world: &mut World, id: &str, change: impl Fn(&mut User)) -> Option<()> {
    change(subject(world, id)?);
    Some(())
}

fn of_held(world: &mut World, id: &str, number: u32, change: impl Fn(&mut Assignment)) -> Option<()> {
    change(held(subject(world, id)?, number)?);
    Some(())
}

fn management(from: engine::UserManagement) -> UserManagement {
    match from {
        engine::UserManagement::None => UserManagement::None,
        engine::UserManagement::View => UserManagement::View,
        engine::UserManagement::Manage => UserManagement::Manage,
    }
}

fn assign(user: &mut User, unit: &str, role: &str, user_management: UserManagement) {
    let number = user.assignments.iter().map(|held| held.number).max().unwrap_or(0) + 1;
    user.assignments.push(Assignment {
        number,
        unit: unit.to_owned(),
        role: role.to_owned(),
        scope: Scope::All,
        default_unit: None,
        user_type: None,
        user_management,
        caseload_only: false,
        exempt: Vec::new(),
        own_caseload: Vec::new(),
        others_caseload: Vec::new(),
        starts_at: None,
        ends_at: None,
        standing: Standing::Live,
    });
}

fn place(world: &mut World, customer: &str, unit: &str) -> Option<()> {
    let customer = world.customers.iter_mut().find(|one| one.id == customer)?;
    customer.placements.retain(|placement| placement.unit != unit);
    customer.placements.push(Placement { unit: unit.to_owned(), state: PlacementState::Enrolled });
    Some(())
}

fn restore(world: &mut World, unit: &str) -> Option<()> {
    world.units.iter_mut().find(|one| one.id == unit)?.archived = false;
    Some(())
}
