//! Lists are complete and exact: whatever the naive evaluator allows, and nothing else, each once, over pages of any size;
//! with the assignment by which a single question is allowed. For every capability, of every type of resource.

use bailiwick_oracle::check::{Question, Resource};
use bailiwick_oracle::generate::generate;
use bailiwick_policy::list::{
    Candidates, Following, Page, ResourceIx, ResourcesOf, page, resources, subjects,
};
use bailiwick_policy::scheme::{self as policy, CapIx};
use bailiwick_policy::{Deciding, Target};
use bailiwick_versus::ask;
use bailiwick_versus::run::count;
use bailiwick_versus::world::{Pair, instant};

type Row = (String, Option<(u32, String, String)>);

/// What narrows a list of customers.
#[derive(Debug, Clone, Copy, Default)]
struct Narrowed<'p> {
    class: Option<&'p str>,
    at: Option<&'p str>,
}

#[test]
fn lists_are_what_single_questions_allow() {
    let worlds = count("BAILIWICK_LISTED_WORLDS", 300);
    let mut seen = [[0_usize; 2]; 4];
    for seed in 0..worlds {
        let (scheme, world, now) = generate(seed);
        let pair = Pair::new(scheme, world, now).expect("a world that fits");
        let capabilities = (0_u16..).map(CapIx).zip(pair.state.scheme.capabilities());
        for (cap, capability) in capabilities.filter(|(cap, _)| pair.state.scheme.is_question(*cap)) {
            let listed = Listed { pair: &pair, cap, capability, seed };
            let [allowed, asked] = listed.compare();
            let counted = &mut seen[capability.resource as usize];
            counted[0] += allowed;
            counted[1] += asked;
        }
    }
    println!("allowed of asked, by type of resource: {seen:?}");
    for [allowed, asked] in seen {
        assert!(allowed > asked / 50, "too few are allowed to prove anything: {allowed} of {asked}");
    }
}

/// The lists of one capability in one world.
struct Listed<'p> {
    pair: &'p Pair,
    cap: CapIx,
    capability: &'p policy::Capability,
    seed: u64,
}

impl<'p> Listed<'p> {
    /// Compares both lists, from every side; how many questions were allowed, of how many.
    fn compare(&self) -> [usize; 2] {
        let (mut allowed, mut asked) = (0, 0);
        let resources = self.resources();
        for (number, subject) in self.subjects().enumerate() {
            let narrowed = self.narrowed(number);
            let mine = self.naive(&resources, |resource| (subject, resource.clone()), narrowed);
            let found = self.list_resources(subject, narrowed);
            assert_eq!(
                found,
                mine,
                "world {}: to what `{subject}` may {} {narrowed:?}",
                self.seed,
                self.name()
            );
            allowed += mine.len();
            asked += resources.len();
        }
        let users: Vec<Resource> = self.subjects().map(|user| Resource::User(user.to_owned())).collect();
        for (number, resource) in resources.iter().enumerate() {
            let narrowed = self.narrowed(number);
            let mine = self.naive(&users, |user| (id(user), resource.clone()), narrowed);
            let found = self.list_users(resource, narrowed);
            assert_eq!(found, mine, "world {}: who may {} {resource:?} {narrowed:?}", self.seed, self.name());
        }
        [allowed, asked]
    }

    fn name(&self) -> &str {
        &self.capability.name
    }

    fn subjects(&self) -> impl Iterator<Item = &'p str> {
        self.pair.world.users.iter().map(|user| user.id.as_str()).chain(["nobody"])
    }

    /// Every resource of the capability's type, in the order in which they came into being, and one that is not there.
    fn resources(&self) -> Vec<Resource> {
        let world = &self.pair.world;
        match self.capability.resource {
            policy::Resource::Unit => {
                let units = world.units.iter().map(|unit| unit.id.clone());
                units.chain(["nowhere".to_owned()]).map(Resource::Unit).collect()
            }
            policy::Resource::Customer => {
                let customers = world.customers.iter().map(|customer| customer.id.clone());
                customers.chain(["nobody".to_owned()]).map(Resource::Customer).collect()
            }
            policy::Resource::User => self.subjects().map(|user| Resource::User(user.to_owned())).collect(),
            policy::Resource::System => {
                let systems = self.pair.state.scheme.systems().iter();
                systems.map(|system| Resource::System(system.name.clone())).collect()
            }
        }
    }

    /// Lists of customers are narrowed to a class, to a unit, to both, or not at all, in turn.
    fn narrowed(&self, number: usize) -> Narrowed<'p> {
        if self.capability.resource != policy::Resource::Customer {
            return Narrowed::default();
        }
        let turn = usize::try_from(self.seed).unwrap_or_default() + number;
        let units = &self.pair.world.units;
        let unit = units.get(turn % (units.len() + 1)).map_or("nowhere", |unit| unit.id.as_str());
        let classes = self.pair.state.scheme.classes();
        let class = classes.get(turn % classes.len().max(1)).map(String::as_str);
        Narrowed {
            class: class.filter(|_| turn % 4 == 1 || turn % 4 == 3),
            at: Some(unit).filter(|_| turn % 4 >= 2),
        }
    }

    /// What the naive evaluator allows.
    fn naive<'r>(
        &self,
        all: &'r [Resource],
        asked: impl Fn(&'r Resource) -> (&'r str, Resource),
        narrowed: Narrowed<'_>,
    ) -> Vec<Row> {
        let about = |one: &'r Resource| {
            let (subject, resource) = asked(one);
            let question = Question {
                subject: subject.to_owned(),
                capability: self.name().to_owned(),
                resource,
                classes: narrowed.class.map(str::to_owned).into_iter().collect(),
                at: narrowed.at.map(str::to_owned),
            };
            let told = ask::oracle(self.pair, &question);
            (told.code == "ALLOWED").then(|| (id(one).to_owned(), told.deciding))
        };
        all.iter().filter_map(about).collect()
    }

    fn list_resources(&self, subject: &str, narrowed: Narrowed<'_>) -> Vec<Row> {
        let (world, scheme) = (&self.pair.state.world, &self.pair.state.scheme);
        let wanted = ResourcesOf {
            subject,
            capability: self.cap,
            classes: narrowed.class.and_then(|class| scheme.class_named(class)),
            at: narrowed.at,
            kind: None,
        };
        let name = |ix| match ix {
            ResourceIx::Unit(unit) => world.unit_id(unit).map(ToString::to_string),
            ResourceIx::Customer(customer) => world.customer_id_text(customer).map(str::to_owned),
            ResourceIx::User(user) => world.user_id_text(user).map(str::to_owned),
            ResourceIx::System(system) => scheme.system(system).map(|system| system.name.clone()),
        };
        self.pages(|after| resources(world, scheme, &wanted, after, instant(self.pair.now)), name)
    }

    fn list_users(&self, resource: &Resource, narrowed: Narrowed<'_>) -> Vec<Row> {
        let (world, scheme) = (&self.pair.state.world, &self.pair.state.scheme);
        let question = bailiwick_policy::Question {
            subject: "",
            capability: self.cap,
            resource: match resource {
                Resource::Unit(unit) => Target::Unit(unit),
                Resource::Customer(customer) => Target::Customer(customer),
                Resource::User(user) => Target::User(user),
                Resource::System(system) => match scheme.system_named(system) {
                    Some(system) => Target::System(system),
                    None => return Vec::new(),
                },
            },
            classes: narrowed.class.and_then(|class| scheme.class_named(class)),
            at: narrowed.at,
        };
        let name = |user| world.user_id_text(user).map(str::to_owned);
        self.pages(|after| subjects(world, scheme, &question, after, instant(self.pair.now)), name)
    }

    /// All pages of a list; from pages of one row on, so that each place is an end once.
    fn pages<'l, T: Copy>(
        &self,
        list: impl Fn(Option<T>) -> Candidates<'l, T>,
        name: impl Fn(T) -> Option<String>,
    ) -> Vec<Row> {
        let limit = usize::try_from(self.seed % 5).unwrap_or_default() + 1;
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let following = if self.seed.is_multiple_of(2) { Following::Anything } else { Following::Row };
            let Page { rows: found, next } = page(list(after), limit, following);
            assert!(found.len() <= limit, "a page is longer than asked for");
            rows.extend(
                found.into_iter().map(|(ix, by)| (name(ix).unwrap_or_default(), by.map(|by| self.told(by)))),
            );
            match next {
                Some(next) => after = Some(next),
                None => return rows,
            }
        }
    }

    fn told(&self, by: Deciding) -> (u32, String, String) {
        let (world, scheme) = (&self.pair.state.world, &self.pair.state.scheme);
        let unit = world.unit_id(by.unit).map(ToString::to_string).unwrap_or_default();
        (by.number, scheme.role(by.role).map(|role| role.name.clone()).unwrap_or_default(), unit)
    }
}

fn id(resource: &Resource) -> &str {
    match resource {
        Resource::Unit(id) | Resource::Customer(id) | Resource::User(id) | Resource::System(id) => id,
    }
}
