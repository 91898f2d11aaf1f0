//! What a change does to what is allowed is what the naive evaluator answers otherwise after it: of every user and over
//! every resource, exactly; and of everybody together, by capability. For changes of users, of places and of rules.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a world that does not fit, or something that is not where it was, is a failed test"
)]

mod variations;

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_oracle::check::{Question, Resource, check};
use bailiwick_oracle::generate::generate;
use bailiwick_oracle::model;
use bailiwick_oracle::rng::Rng;
use bailiwick_policy::impact::{
    Comparison, Extent, Holdings, Meter, Named, Side, Together, Turn, Turned, Unfinished,
};
use bailiwick_policy::list::ResourceIx;
use bailiwick_policy::scheme::{self as policy, CapIx, Scheme};
use bailiwick_realm::{Event, touched};
use bailiwick_versus::run::count;
use bailiwick_versus::world::{Pair, instant};

/// Who, what, over what, whether gained, whether as a whole, with which record classes.
type Row = (String, String, String, Turn, Extent, Vec<String>);

#[test]
fn previews_are_what_is_answered_otherwise() {
    let mut met = BTreeMap::<&str, [usize; 2]>::new();
    for seed in 0..count("BAILIWICK_PREVIEWED_WORLDS", 150) {
        let (scheme, world, now) = generate(seed);
        let pair = Pair::new(scheme, world, now).expect("a world that fits");
        let mut rng = Rng::new(seed ^ 0x77);
        for (sort, (changed, events)) in variations::changed(&pair, &mut rng) {
            let compared = Compared { before: &pair, after: &changed, events: &events, seed, sort };
            let rows = compared.compare();
            let met = met.entry(sort).or_default();
            met[0] += 1;
            met[1] += rows;
        }
    }
    println!("changes, and what they turned: {met:?}");
    for (sort, [changes, rows]) in met {
        assert!(changes > 50 && rows > changes / 3, "too little turns by {sort}: {rows} in {changes}");
    }
}

struct Compared<'p> {
    before: &'p Pair,
    after: &'p Pair,
    events: &'p [Event],
    seed: u64,
    sort: &'static str,
}

impl Compared<'_> {
    /// Compares everything with the naive evaluator; how much turned.
    fn compare(&self) -> usize {
        let naive = self.naive();
        let [before, after] = [self.before, self.after]
            .map(|pair| Side { world: &pair.state.world, scheme: &pair.state.scheme });
        let comparison = Comparison::new(before, after, instant(self.before.now));
        let world = after.world;
        let always = || true;
        let meter = Meter::new(u64::MAX, &always);
        let (mut by_subject, mut by_resource) = (BTreeSet::new(), BTreeSet::new());
        for (ix, _) in world.users() {
            let told = comparison.of_subject(ix, Holdings::All, None, &meter).expect("enough questions");
            by_subject.extend(
                rows(&told)
                    .map(|(capability, turned, what)| self.row(&comparison, ix, capability, turned, what)),
            );
        }
        assert_eq!(by_subject, naive, "world {}, {}: by who gains and loses", self.seed, self.sort);
        for resource in self.resources() {
            let told = comparison.of_resource(resource, None, &meter).expect("enough questions");
            by_resource.extend(
                rows(&told).map(|(capability, turned, user)| {
                    self.row(&comparison, user, capability, turned, resource)
                }),
            );
        }
        assert_eq!(by_resource, naive, "world {}, {}: by what is gained and lost", self.seed, self.sort);
        if self.events.iter().any(|event| matches!(event, Event::Placements { .. })) {
            // All that a placement decides is about the customer, of whom everything is told.
            return naive.len();
        }
        let touched = touched(&self.before.state, &self.after.state, self.events);
        let told = comparison.of_others(&touched, Named::default(), None, &meter);
        let told = told.expect("enough questions");
        let few = Meter::new(1, &always);
        let cut = comparison.of_others(&touched, Named::default(), None, &few);
        assert!(naive.is_empty() || cut == Err(Unfinished::TooMuch), "whole or none");
        let counts: BTreeMap<String, [usize; 2]> = told
            .counts
            .iter()
            .map(|count| (comparison.capability(count.capability).to_owned(), [count.gaining, count.losing]))
            .collect();
        assert_eq!(counts, together(&naive), "world {}, {}: of everybody", self.seed, self.sort);
        for example in &told.examples {
            let row = self.row(&comparison, example.user, example.capability, example.turned, example.what);
            assert!(naive.contains(&row), "world {}, {}: {row:?} is no example", self.seed, self.sort);
        }
        let most: usize = counts.values().flatten().sum();
        assert_eq!(told.examples.len(), most.min(100));
        naive.len()
    }

    fn row(
        &self,
        comparison: &Comparison<'_>,
        user: bailiwick_membership::UserIx,
        capability: usize,
        turned: Turned,
        what: ResourceIx,
    ) -> Row {
        let world = &self.after.state.world;
        let what = match what {
            ResourceIx::Unit(unit) => world.unit_id(unit).map(ToString::to_string),
            ResourceIx::Customer(customer) => world.customer_id_text(customer).map(str::to_owned),
            ResourceIx::User(user) => world.user_id_text(user).map(str::to_owned),
            ResourceIx::System(system) => {
                self.after.state.scheme.system(system).map(|system| system.name.clone())
            }
        };
        let mut classes: Vec<String> = comparison.classes(turned.classes).map(str::to_owned).collect();
        classes.sort();
        (
            world.user_id_text(user).unwrap_or_default().to_owned(),
            comparison.capability(capability).to_owned(),
            what.unwrap_or_default(),
            turned.turn,
            turned.extent,
            classes,
        )
    }

    fn resources(&self) -> Vec<ResourceIx> {
        let State { world, scheme } = State::of(self.after);
        let units = world.units().map(|(unit, _)| ResourceIx::Unit(unit));
        let customers = self.after.world.customers.iter();
        let customers =
            customers.filter_map(|customer| world.customer_ix(&customer.id)).map(ResourceIx::Customer);
        let users = world.users().map(|(user, _)| ResourceIx::User(user));
        let systems = scheme.systems().iter().filter_map(|system| scheme.system_named(&system.name));
        units.chain(customers).chain(users).chain(systems.map(ResourceIx::System)).collect()
    }

    /// Everything that the naive evaluator answers otherwise.
    fn naive(&self) -> BTreeSet<Row> {
        let capabilities: BTreeSet<(String, policy::Resource)> =
            [self.before, self.after].into_iter().flat_map(capabilities).collect();
        let mut rows = BTreeSet::new();
        for user in &self.after.world.users {
            for (capability, of) in &capabilities {
                for resource in resources(&self.after.world, &self.after.model, *of) {
                    let ask = |pair: &Pair| shown(pair, &user.id, capability, &resource);
                    let (was, is) = (ask(self.before), ask(self.after));
                    rows.extend(turns(was, is).into_iter().map(|(turn, extent, classes)| {
                        let what = name(&resource).to_owned();
                        (user.id.clone(), capability.clone(), what, turn, extent, classes)
                    }));
                }
            }
        }
        rows
    }
}

/// Everything that turns, one by one.
fn rows<T: Copy>(told: &[Together<T>]) -> impl Iterator<Item = (usize, Turned, T)> {
    told.iter().flat_map(|together| {
        let turned = together.turned;
        let capabilities = together.capabilities.iter().copied();
        capabilities
            .flat_map(move |capability| together.what.iter().map(move |&what| (capability, turned, what)))
    })
}

struct State<'p> {
    world: &'p bailiwick_membership::World,
    scheme: &'p Scheme,
}

impl<'p> State<'p> {
    fn of(pair: &'p Pair) -> Self {
        Self { world: &pair.state.world, scheme: &pair.state.scheme }
    }
}

fn capabilities(pair: &Pair) -> Vec<(String, policy::Resource)> {
    let scheme = &pair.state.scheme;
    let all = (0_u16..).map(CapIx).zip(scheme.capabilities());
    all.filter(|(cap, _)| scheme.is_question(*cap)).map(|(_, of)| (of.name.clone(), of.resource)).collect()
}

fn resources(world: &model::World, scheme: &model::Scheme, of: policy::Resource) -> Vec<Resource> {
    match of {
        policy::Resource::Unit => world.units.iter().map(|unit| Resource::Unit(unit.id.clone())).collect(),
        policy::Resource::Customer => {
            world.customers.iter().map(|customer| Resource::Customer(customer.id.clone())).collect()
        }
        policy::Resource::User => world.users.iter().map(|user| Resource::User(user.id.clone())).collect(),
        policy::Resource::System => {
            scheme.systems.iter().map(|system| Resource::System(system.name.clone())).collect()
        }
    }
}

fn name(resource: &Resource) -> &str {
    match resource {
        Resource::Unit(name) | Resource::Customer(name) | Resource::User(name) | Resource::System(name) => {
            name
        }
    }
}

/// What is shown, where it is allowed.
fn shown(pair: &Pair, user: &str, capability: &str, resource: &Resource) -> Option<BTreeSet<String>> {
    let question = Question {
        subject: user.to_owned(),
        capability: capability.to_owned(),
        resource: resource.clone(),
        classes: Vec::new(),
        at: None,
    };
    let answer = check(&pair.world, &pair.model, &question, pair.now);
    answer.allowed.then(|| answer.visible.into_iter().collect())
}

fn turns(was: Option<BTreeSet<String>>, is: Option<BTreeSet<String>>) -> Vec<(Turn, Extent, Vec<String>)> {
    match (was, is) {
        (None, None) => Vec::new(),
        (None, Some(is)) => vec![(Turn::Gained, Extent::Access, is.into_iter().collect())],
        (Some(was), None) => vec![(Turn::Lost, Extent::Access, was.into_iter().collect())],
        (Some(was), Some(is)) => {
            let more: Vec<String> = is.difference(&was).cloned().collect();
            let less: Vec<String> = was.difference(&is).cloned().collect();
            [(Turn::Gained, Extent::Classes, more), (Turn::Lost, Extent::Classes, less)]
                .into_iter()
                .filter(|(_, _, classes)| !classes.is_empty())
                .collect()
        }
    }
}

/// How many gain and lose something, by capability.
fn together(rows: &BTreeSet<Row>) -> BTreeMap<String, [usize; 2]> {
    let mut users: BTreeMap<(&str, Turn), BTreeSet<&str>> = BTreeMap::new();
    for (user, capability, _, turn, _, _) in rows {
        users.entry((capability, *turn)).or_default().insert(user);
    }
    let mut counts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for ((capability, turn), users) in users {
        let place = match turn {
            Turn::Gained => 0,
            Turn::Lost => 1,
        };
        counts.entry(capability.to_owned()).or_default()[place] = users.len();
    }
    counts
}
