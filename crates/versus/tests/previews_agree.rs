//! What a change does to what is allowed is what the naive evaluator answers otherwise after it: of every user and over
//! every resource, exactly; and of everybody together, by capability. For changes of users, of places and of rules.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a world that does not fit, or something that is not where it was, is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bailiwick_oracle::check::{Question, Resource, check};
use bailiwick_oracle::generate::{changes, generate};
use bailiwick_oracle::model;
use bailiwick_oracle::rng::Rng;
use bailiwick_policy::impact::{Comparison, Extent, Holdings, Meter, Named, Side, Turn, Turned};
use bailiwick_policy::list::ResourceIx;
use bailiwick_policy::scheme::{self as policy, CapIx, Scheme};
use bailiwick_realm::{Event, Notes, touched};
use bailiwick_versus::after::after;
use bailiwick_versus::change::{self, Asked};
use bailiwick_versus::document::document;
use bailiwick_versus::run::count;
use bailiwick_versus::world::{Pair, instant};

/// Who, what, over what, whether gained, whether as a whole, with which record classes.
type Row = (String, String, String, Turn, Extent, Vec<String>);

/// A world after something was changed, and what the change made true.
type Changed = (Pair, Vec<Event>);

#[test]
fn previews_are_what_is_answered_otherwise() {
    let mut met = BTreeMap::<&str, [usize; 2]>::new();
    for seed in 0..count("BAILIWICK_PREVIEWED_WORLDS", 150) {
        let (scheme, world, now) = generate(seed);
        let pair = Pair::new(scheme, world, now).expect("a world that fits");
        let mut rng = Rng::new(seed ^ 0x77);
        for (sort, (changed, events)) in changed(&pair, &mut rng) {
            let compared = Compared { before: &pair, after: &changed, events: &events, seed, sort };
            let rows = compared.compare();
            let met = met.entry(sort).or_default();
            met[0] += 1;
            met[1] += rows;
        }
    }
    println!("changes, and what they turned: {met:?}");
    for (sort, [changes, rows]) in met {
        assert!(changes > 50 && rows > changes, "too little turns by {sort}: {rows} in {changes}");
    }
}

/// Several changes of a world, each by itself.
fn changed(pair: &Pair, rng: &mut Rng) -> Vec<(&'static str, Changed)> {
    let mut found = Vec::new();
    let drawn = changes(&pair.model, &pair.world, pair.now, rng, 30);
    let users = drawn.into_iter().filter_map(|(actor, subject, change)| {
        let asked = Asked { actor, subject, change };
        let (_, decided) = change::engine(pair, &asked).expect("names that fit");
        decided.map(|decided| (after(pair, &asked, &decided), decided.events))
    });
    found.extend(users.take(3).map(|changed| ("a user", changed)));
    found.extend((0..3).filter_map(|_| moved(pair, rng)).map(|changed| ("a move", changed)));
    found.extend((0..2).filter_map(|_| archived(pair, rng)).map(|changed| ("the archive", changed)));
    found.extend((0..3).filter_map(|_| own_record(pair, rng)).map(|changed| ("an own record", changed)));
    found.extend((0..3).filter_map(|_| other_rules(pair, rng)).map(|changed| ("rules", changed)));
    found
}

/// A unit under other parents.
fn moved(pair: &Pair, rng: &mut Rng) -> Option<Changed> {
    let unit = rng.pick(&pair.world.units)?.clone();
    let kind = pair.model.kind(&unit.kind)?;
    let world = &pair.state.world;
    let ix = world.unit_ix(&unit.id)?;
    let is_parent = |other: &&model::Unit| {
        kind.parents.contains(&other.kind)
            && world.unit_ix(&other.id).is_some_and(|other| !world.is_within(other, ix))
    };
    let others: Vec<&model::Unit> = pair.world.units.iter().filter(is_parent).collect();
    let parent = rng.pick(&others)?.id.clone();
    let mut parents = vec![parent];
    if kind.several_parents && rng.chance(50) {
        parents.extend(unit.parents.iter().cloned());
        parents.sort();
        parents.dedup();
    }
    Some(with_unit(pair, model::Unit { parents, ..unit }))
}

/// A unit in the archive, or out of it.
fn archived(pair: &Pair, rng: &mut Rng) -> Option<Changed> {
    let unit = rng.pick(&pair.world.units)?.clone();
    let archived = !unit.archived;
    Some(with_unit(pair, model::Unit { archived, ..unit }))
}

fn with_unit(pair: &Pair, unit: model::Unit) -> Changed {
    let mut after = pair.clone();
    let world = &pair.state.world;
    let ix = world.unit_ix(&unit.id).expect("a unit");
    let mut put = world.node(ix).expect("a unit").unit.clone();
    put.parents = unit.parents.iter().map(|parent| world.unit_ix(parent).expect("a parent")).collect();
    put.parents.sort_unstable();
    put.archived = unit.archived;
    let events = vec![Event::Unit(put)];
    events.iter().for_each(|event| after.state.apply(event));
    let place = after.world.units.iter().position(|other| other.id == unit.id).expect("a unit");
    after.world.units[place] = unit;
    (after, events)
}

/// A customer who is somebody's own record, of those who are nobody's: mostly of somebody who has two accounts.
fn own_record(pair: &Pair, rng: &mut Rng) -> Option<Changed> {
    let (world, users) = (&pair.state.world, &pair.world.users);
    let twins: Vec<&model::User> = users.iter().filter(|user| user.person.is_some()).collect();
    let user = match rng.pick(&twins) {
        Some(twin) if rng.chance(80) => *twin,
        Some(_) | None => rng.pick(users)?,
    };
    let is_free = |customer: &&model::Customer| {
        world.customer_ix(&customer.id).is_some_and(|customer| world.owner_of(customer).is_none())
    };
    let free: Vec<&model::Customer> = pair.world.customers.iter().filter(is_free).collect();
    let customer = rng.pick(&free)?;
    let mut after = pair.clone();
    let ix = world.user_ix(&user.id)?;
    let mut access = world.user(ix)?.access();
    access.own_record = world.customer_ix(&customer.id);
    let events = vec![Event::Access { user: world.user_id(ix)?, access, notes: Notes::default() }];
    events.iter().for_each(|event| after.state.apply(event));
    let place = users.iter().position(|other| other.id == user.id)?;
    after.world.users[place].own_record = Some(customer.id.clone());
    Some((after, events))
}

/// Rules that differ in one thing, where they can be put.
fn other_rules(pair: &Pair, rng: &mut Rng) -> Option<Changed> {
    let mut after = pair.clone();
    let rules = &mut after.model;
    let role = rng.below(rules.roles.len());
    let role_before = rules.roles.get(role)?.clone();
    match rng.below(9) {
        0 => {
            let lost = rng.below(role_before.capabilities.len());
            rules.roles[role].capabilities.retain(|has| Some(has) != role_before.capabilities.get(lost));
        }
        1 => {
            let from = rng.pick(&pair.model.roles)?;
            let capability = rng.pick(&from.capabilities)?.clone();
            rules.roles[role].capabilities.push(capability);
        }
        2 => rules.roles[role].rank = role_before.rank.map(|rank| rank + 1),
        3 => rules.gap = 1 - rules.gap,
        4 => {
            let kind = rng.below(rules.kinds.len());
            let kind = &mut rules.kinds[kind];
            kind.dismissed_visible = !kind.dismissed_visible;
        }
        5 => {
            let kind = rng.below(rules.kinds.len());
            let kind = &mut rules.kinds[kind];
            kind.placement_reach = match kind.placement_reach {
                model::PlacementReach::Below => model::PlacementReach::Unit,
                model::PlacementReach::Unit => model::PlacementReach::Below,
            };
        }
        6 => {
            let place = rng.below(rules.capabilities.len());
            let capability = &mut rules.capabilities[place];
            capability.refused_under_caseload = !capability.refused_under_caseload;
        }
        7 => {
            let place = rng.below(rules.systems.len());
            let system = rules.systems.get_mut(place)?;
            system.minimum_rank = Some(system.minimum_rank.map_or(2, |rank| rank + 1));
        }
        _ => {
            let place = rng.below(rules.reporting_roles.len());
            let role = rules.reporting_roles.get_mut(place)?;
            role.scope = model::ReportingScope::All;
        }
    }
    let scheme = Scheme::parse_after(&document(&after.model), &pair.state.scheme).ok()?;
    let events = vec![Event::Scheme(Arc::new(scheme))];
    events.iter().for_each(|event| after.state.apply(event));
    Some((after, events))
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
            let turned = comparison.of_subject(ix, Holdings::All, &meter).expect("enough questions");
            by_subject.extend(turned.iter().map(|turned| self.row(&comparison, ix, turned, turned.what)));
        }
        assert_eq!(by_subject, naive, "world {}, {}: by who gains and loses", self.seed, self.sort);
        for resource in self.resources() {
            let turned = comparison.of_resource(resource, &meter).expect("enough questions");
            by_resource
                .extend(turned.iter().map(|turned| self.row(&comparison, turned.what, turned, resource)));
        }
        assert_eq!(by_resource, naive, "world {}, {}: by what is gained and lost", self.seed, self.sort);
        let touched = touched(&self.before.state, &self.after.state, self.events);
        let told = comparison.of_others(&touched, Named::default(), None, &meter);
        let told = told.expect("enough questions");
        let counts: BTreeMap<String, [usize; 2]> = told
            .counts
            .iter()
            .map(|count| (comparison.capability(count.capability).to_owned(), [count.gaining, count.losing]))
            .collect();
        assert_eq!(counts, together(&naive), "world {}, {}: of everybody", self.seed, self.sort);
        for example in &told.examples {
            let row = self.row(&comparison, example.user, &example.turned, example.turned.what);
            assert!(naive.contains(&row), "world {}, {}: {row:?} is no example", self.seed, self.sort);
        }
        let most: usize = counts.values().flatten().sum();
        assert_eq!(told.examples.len(), most.min(100));
        naive.len()
    }

    fn row<T>(
        &self,
        comparison: &Comparison<'_>,
        user: bailiwick_membership::UserIx,
        turned: &Turned<T>,
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
            comparison.capability(turned.capability).to_owned(),
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
