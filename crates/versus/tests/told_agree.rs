//! What an actor is told of what others may do is what the naive evaluator answers in the world as the actor sees it: in which
//! the subject holds what is seen of them, and customers are where they are seen to be. Lists and single answers alike.

use std::collections::BTreeSet;

use bailiwick_membership::{CustomerIx, SystemIx, UnitIx, UserIx};
use bailiwick_oracle::check::{Question, Resource, check as oracle};
use bailiwick_oracle::generate::generate;
use bailiwick_oracle::holding::all_held;
use bailiwick_oracle::manage::reach::{any_covers, any_reaches, sees, sighted};
use bailiwick_oracle::model;
use bailiwick_policy::list::{
    Candidate, Candidates, ResourceIx, ResourcesOf, SubjectShown, check_shown, resources_shown,
    subject_shown, subjects_shown,
};
use bailiwick_policy::scheme::{self as policy, CapIx};
use bailiwick_policy::{Onlooker, SeenOf, Target, check, world_shown};
use bailiwick_versus::run::count;
use bailiwick_versus::world::{Pair, instant};

#[test]
fn an_actor_is_told_of_the_world_as_they_see_it() {
    let mut counted = Counted::default();
    for seed in 0..count("BAILIWICK_TOLD_WORLDS", 25) {
        let (scheme, world, now) = generate(seed);
        let pair = Pair::new(scheme, world, now).expect("a world that fits");
        for actor in pair.world.users.iter().filter(|user| user.active) {
            Telling { pair: &pair, eyes: &Eyes { pair: &pair, actor }, seed }.compare(&mut counted);
        }
    }
    println!("{counted:?}");
    let Counted { told, asked, in_part, differ } = counted;
    assert!(
        told > asked / 100 && in_part > asked / 100 && differ > asked / 3_000,
        "{told} {in_part} of {asked}"
    );
}

/// How much was compared.
#[derive(Debug, Default)]
struct Counted {
    asked: usize,
    told: usize,
    /// About subjects who are seen in part.
    in_part: usize,
    /// Answered otherwise than in the whole world.
    differ: usize,
}

/// What an actor sees, as the design has it.
struct Eyes<'p> {
    pair: &'p Pair,
    actor: &'p model::User,
}

impl Eyes<'_> {
    /// The assignments of a user that are seen, of those held; nothing where the user is not seen.
    fn held(&self, user: &model::User) -> Option<BTreeSet<u32>> {
        let Pair { world, model, now, .. } = self.pair;
        let held = all_held(user, *now);
        if user.id == self.actor.id {
            return Some(held.iter().map(|held| held.number).collect());
        }
        if !sees(world, model, self.actor, &user.id, *now) {
            return None;
        }
        let mine = sighted(world, model, self.actor, *now);
        Some(held.iter().filter(|held| any_reaches(world, &mine, held)).map(|held| held.number).collect())
    }

    /// What is seen of a user, where it is not all.
    fn part(&self, user: &model::User) -> Option<BTreeSet<u32>> {
        self.held(user).filter(|seen| seen.len() < all_held(user, self.pair.now).len())
    }

    fn whole(&self, user: &model::User) -> bool {
        self.held(user).is_some() && self.part(user).is_none()
    }

    fn unit(&self, unit: &str) -> bool {
        any_covers(&self.pair.world, &all_held(self.actor, self.pair.now), unit)
    }

    fn customer(&self, customer: &str) -> bool {
        self.may_view(customer, None)
    }

    fn placed(&self, customer: &str, unit: &str) -> bool {
        self.may_view(customer, Some(unit))
    }

    fn may_view(&self, customer: &str, at: Option<&str>) -> bool {
        let question = Question {
            subject: self.actor.id.clone(),
            capability: "customer.view".to_owned(),
            resource: Resource::Customer(customer.to_owned()),
            classes: Vec::new(),
            at: at.map(str::to_owned),
        };
        oracle(&self.pair.world, &self.pair.model, &question, self.pair.now).allowed
    }

    fn user(&self, ix: UserIx) -> Option<&model::User> {
        self.pair.world.user(self.pair.state.world.user_id_text(ix)?)
    }

    /// The world in which a user holds what is seen of them, and customers are where they are seen.
    fn world(&self, subject: &model::User, of_customers: bool) -> model::World {
        let mut world = self.pair.world.clone();
        let is_twin = |other: &&model::User| other.person.is_some() && other.person == subject.person;
        let twins: Vec<_> = self.pair.world.users.iter().filter(is_twin).collect();
        let hidden = subject.id != self.actor.id && twins.iter().any(|twin| !self.whole(twin));
        for user in world.users.iter_mut().filter(|user| user.id == subject.id) {
            if let Some(seen) = self.part(subject) {
                user.assignments.retain(|held| seen.contains(&held.number));
                user.grants.clear();
                user.reporting_role = None;
            }
            user.person = user.person.take().filter(|_| !(of_customers && hidden));
        }
        for customer in &mut world.customers {
            customer.placements.retain(|placed| self.placed(&customer.id, &placed.unit));
        }
        world
    }
}

impl Onlooker for Eyes<'_> {
    fn is(&self, user: UserIx) -> bool {
        self.user(user).is_some_and(|user| user.id == self.actor.id)
    }

    fn sees_whole(&self, user: UserIx) -> bool {
        self.user(user).is_some_and(|user| self.whole(user))
    }

    fn sees(&self, what: ResourceIx) -> bool {
        match what {
            ResourceIx::Unit(unit) => {
                self.pair.state.world.unit_id(unit).is_some_and(|unit| self.unit(unit.as_str()))
            }
            ResourceIx::User(user) => self.user(user).is_some_and(|user| self.held(user).is_some()),
            ResourceIx::Customer(customer) => {
                self.pair.state.world.customer_id_text(customer).is_some_and(|id| self.customer(id))
            }
            ResourceIx::System(_) => true,
        }
    }

    fn sees_placement(&self, customer: CustomerIx, unit: UnitIx) -> bool {
        let world = &self.pair.state.world;
        let ids = world.customer_id(customer).zip(world.unit_id(unit));
        ids.is_some_and(|(customer, unit)| self.placed(customer.as_str(), unit.as_str()))
    }
}

/// What is told to one actor.
struct Telling<'p> {
    pair: &'p Pair,
    eyes: &'p Eyes<'p>,
    seed: u64,
}

impl Telling<'_> {
    fn compare(&self, counted: &mut Counted) {
        let scheme = &self.pair.state.scheme;
        let capabilities = (0_u16..).map(CapIx).zip(scheme.capabilities());
        for (cap, capability) in capabilities.filter(|(cap, _)| scheme.is_question(*cap)) {
            let resources = self.resources(capability.resource);
            let mut of_whom = vec![BTreeSet::new(); resources.len()];
            for subject in &self.pair.world.users {
                let allowed = self.allowed(subject, cap, capability, &resources, counted);
                if self.eyes.whole(subject) {
                    for (who, is_allowed) in of_whom.iter_mut().zip(&allowed) {
                        who.extend(is_allowed.then(|| subject.id.clone()));
                    }
                }
                let wanted: Vec<_> =
                    resources.iter().zip(&allowed).filter(|(_, is)| **is).map(|(one, _)| id(one)).collect();
                self.agrees(subject, cap, &capability.name, &wanted);
            }
            for (resource, who) in resources.iter().zip(of_whom) {
                let found: BTreeSet<String> = self.who(cap, resource).into_iter().collect();
                assert_eq!(
                    found, who,
                    "world {}: to `{}` who may {} {resource:?}",
                    self.seed, self.eyes.actor.id, capability.name
                );
            }
        }
    }

    /// Which of these resources a subject may do something to, in the world as it is seen.
    fn allowed(
        &self,
        subject: &model::User,
        cap: CapIx,
        capability: &policy::Capability,
        resources: &[Resource],
        counted: &mut Counted,
    ) -> Vec<bool> {
        let scheme = &self.pair.state.scheme;
        let of_customers = capability.resource == policy::Resource::Customer;
        let depends_on_all = matches!(capability.resource, policy::Resource::User | policy::Resource::System)
            || scheme.decided_by_reporting(cap);
        let in_part = self.eyes.part(subject).is_some();
        let tells = self.eyes.held(subject).is_some() && !(in_part && depends_on_all);
        let world = self.eyes.world(subject, of_customers);
        let ask = |resource: &Resource| {
            let question = Question {
                subject: subject.id.clone(),
                capability: capability.name.clone(),
                resource: resource.clone(),
                classes: Vec::new(),
                at: None,
            };
            let shown = tells && self.is_told_of(resource, &capability.name);
            let told = shown && oracle(&world, &self.pair.model, &question, self.pair.now).allowed;
            let is = oracle(&self.pair.world, &self.pair.model, &question, self.pair.now).allowed;
            (told, shown && told != is)
        };
        let asked: Vec<(bool, bool)> = resources.iter().map(ask).collect();
        counted.asked += asked.len();
        counted.told += asked.iter().filter(|(told, _)| *told).count();
        counted.differ += asked.iter().filter(|(_, differ)| *differ).count();
        counted.in_part += if in_part && tells { asked.len() } else { 0 };
        asked.into_iter().map(|(told, _)| told).collect()
    }

    fn is_told_of(&self, resource: &Resource, capability: &str) -> bool {
        match resource {
            Resource::Unit(unit) => self.eyes.unit(unit),
            Resource::User(user) => self.pair.world.user(user).is_some_and(|user| {
                if capability == "user.view" { self.eyes.held(user).is_some() } else { self.eyes.whole(user) }
            }),
            Resource::Customer(customer) => self.eyes.customer(customer),
            Resource::System(_) => true,
        }
    }

    fn resources(&self, of: policy::Resource) -> Vec<Resource> {
        let world = &self.pair.world;
        match of {
            policy::Resource::Unit => {
                world.units.iter().map(|unit| Resource::Unit(unit.id.clone())).collect()
            }
            policy::Resource::Customer => {
                world.customers.iter().map(|customer| Resource::Customer(customer.id.clone())).collect()
            }
            policy::Resource::User => {
                world.users.iter().map(|user| Resource::User(user.id.clone())).collect()
            }
            policy::Resource::System => {
                let systems = self.pair.state.scheme.systems().iter();
                systems.map(|system| Resource::System(system.name.clone())).collect()
            }
        }
    }

    /// The engine's list of what a subject may do something to, and its single answers, are what is wanted.
    fn agrees(&self, subject: &model::User, cap: CapIx, name: &str, wanted: &[&str]) {
        let Pair { state, now, .. } = self.pair;
        let scheme = &*state.scheme;
        let Some(ix) = state.world.user_ix(&subject.id) else { return assert!(wanted.is_empty()) };
        let what =
            || format!("world {}: to `{}` what `{}` may {name}", self.seed, self.eyes.actor.id, subject.id);
        if self.eyes.held(subject).is_none() {
            return;
        }
        let seen = self.eyes.part(subject);
        let mut world = state.world.clone();
        match subject_shown(&world, scheme, ix, cap, seen.as_ref(), self.eyes) {
            SubjectShown::AsIs => {}
            SubjectShown::Nothing => return assert!(wanted.is_empty(), "{}", what()),
            SubjectShown::InPart(access) => {
                let user = world.user_id(ix);
                user.map(|user| world.put_access(&user, *access));
            }
        }
        let asked =
            ResourcesOf { subject: &subject.id, capability: cap, classes: None, at: None, kind: None };
        let listed = resources_shown(&world, scheme, &asked, None, instant(*now), self.eyes);
        let listed: Vec<_> = rows(listed).into_iter().map(|what| self.name(what)).collect();
        assert_eq!(listed, wanted, "{}", what());
        let of = scheme.capability(cap).map(|capability| capability.resource);
        for resource in of.into_iter().flat_map(|of| self.resources(of)) {
            let question = self.question(cap, &subject.id, &resource);
            let answer = check_shown(&world, scheme, &question, instant(*now), self.eyes);
            assert_eq!(answer.is_allowed(), wanted.contains(&id(&resource)), "{}: {resource:?}", what());
            if self.is_told_of(&resource, name) {
                self.explained_world_agrees(ix, seen.as_ref(), &question, &answer);
            }
        }
    }

    /// The world in which a question is explained gives the same answer, where all is told that decides.
    fn explained_world_agrees(
        &self,
        ix: UserIx,
        seen: Option<&BTreeSet<u32>>,
        question: &bailiwick_policy::Question<'_>,
        told: &bailiwick_policy::Answer,
    ) {
        let Pair { state, now, .. } = self.pair;
        let Target::Customer(customer) = question.resource else { return };
        let customer = state.world.customer_ix(customer);
        let seen = SeenOf { subject: Some(ix), held: seen, other: None, customer };
        let shown = world_shown(&state.world, &seen, self.eyes);
        let world = shown.as_ref().unwrap_or(&state.world);
        let answer = check(world, &state.scheme, question, instant(*now));
        let is = |answer: &bailiwick_policy::Answer| (answer.is_allowed(), answer.visible, answer.deciding);
        assert_eq!(is(&answer), is(told), "world {}: {question:?}", self.seed);
    }

    fn who(&self, cap: CapIx, resource: &Resource) -> Vec<String> {
        let Pair { state, now, .. } = self.pair;
        let question = self.question(cap, "", resource);
        let found = subjects_shown(&state.world, &state.scheme, &question, None, instant(*now), self.eyes);
        rows(found).into_iter().filter_map(|ix| state.world.user_id_text(ix).map(str::to_owned)).collect()
    }

    fn question<'q>(
        &self,
        capability: CapIx,
        subject: &'q str,
        resource: &'q Resource,
    ) -> bailiwick_policy::Question<'q> {
        let resource = match resource {
            Resource::Unit(unit) => Target::Unit(unit),
            Resource::Customer(customer) => Target::Customer(customer),
            Resource::User(user) => Target::User(user),
            Resource::System(system) => {
                // Each is drawn from the scheme.
                Target::System(self.pair.state.scheme.system_named(system).unwrap_or(SystemIx(u8::MAX)))
            }
        };
        bailiwick_policy::Question { subject, capability, resource, classes: None, at: None }
    }

    fn name(&self, what: ResourceIx) -> &str {
        let (world, scheme) = (&self.pair.state.world, &self.pair.state.scheme);
        let found = match what {
            ResourceIx::Unit(unit) => world.unit_id(unit).map(|unit| unit.as_str()),
            ResourceIx::Customer(customer) => world.customer_id_text(customer),
            ResourceIx::User(user) => world.user_id_text(user),
            ResourceIx::System(system) => scheme.system(system).map(|system| system.name.as_str()),
        };
        found.unwrap_or_default()
    }
}

fn rows<T>(candidates: Candidates<'_, T>) -> Vec<T> {
    let allowed = |candidate| match candidate {
        Candidate::Allowed(which, _) => Some(which),
        Candidate::Refused(_) => None,
    };
    candidates.filter_map(allowed).collect()
}

fn id(resource: &Resource) -> &str {
    match resource {
        Resource::Unit(id) | Resource::Customer(id) | Resource::User(id) | Resource::System(id) => id,
    }
}
