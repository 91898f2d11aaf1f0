//! A summary says what is so: what it says an assignment allows at a unit, and which systems are used, is what the naive
//! evaluator allows, and nothing is left out.

use std::collections::BTreeSet;

use bailiwick_membership::Enrolment;
use bailiwick_oracle::check::{Question, Resource, check as oracle};
use bailiwick_oracle::generate::generate;
use bailiwick_policy::scheme::{self as policy, CapIx, ClassSet, Needs, PlacementReach};
use bailiwick_policy::{AllowedAt, Allows, Held, Restricted, Summary, summary};
use bailiwick_versus::run::count;
use bailiwick_versus::world::{Pair, instant};

#[test]
fn summaries_say_what_single_questions_allow() {
    let (mut allowed, mut asked) = (0, 0);
    for seed in 0..count("BAILIWICK_SUMMARIZED_WORLDS", 200) {
        let (scheme, world, now) = generate(seed);
        let pair = Pair::new(scheme, world, now).expect("a world that fits");
        for user in pair.world.users.iter().filter(|user| user.active) {
            let ix = pair.state.world.user_ix(&user.id).expect("a user");
            let told = summary(&pair.state.world, &pair.state.scheme, ix, instant(now)).expect("a summary");
            let summarized = Summarized { pair: &pair, user: &user.id, told: &told };
            for (said, question) in summarized.claims() {
                let answer = oracle(&pair.world, &pair.model, &question, now);
                assert_eq!(said, answer.allowed, "world {seed}: {question:?}: {answer:?}: {told:#?}");
                allowed += usize::from(said);
                asked += 1;
            }
            for (shown, question) in summarized.shown() {
                let answer = oracle(&pair.world, &pair.model, &question, now);
                let said: Option<Vec<String>> = shown.map(|classes| classes.into_iter().collect());
                let is = answer.allowed.then_some(answer.visible);
                assert_eq!(said, is, "world {seed}: {question:?}: {told:#?}");
                allowed += usize::from(is.is_some());
                asked += 1;
            }
            assert!(told.assignments.iter().all(says_each_once), "world {seed}: {told:#?}");
        }
    }
    println!("{allowed} allowed of {asked}");
    assert!(allowed > asked / 20, "too few are allowed to prove anything");
}

/// Whether an assignment says each capability once for each way in which it reaches.
fn says_each_once(held: &Held) -> bool {
    let mut others = held.allows.iter();
    std::iter::from_fn(|| others.next().map(|one| (one, others.clone())))
        .all(|(one, mut later)| !later.any(|other| (other.cap, &other.reach) == (one.cap, &one.reach)))
}

struct Summarized<'p> {
    pair: &'p Pair,
    user: &'p str,
    told: &'p Summary,
}

impl Summarized<'_> {
    /// Every question about a unit or the use of a system, and whether the summary says that it is allowed.
    fn claims(&self) -> Vec<(bool, Question)> {
        let scheme = &self.pair.state.scheme;
        let mut claims = Vec::new();
        let caps = (0_u16..).map(CapIx).zip(scheme.capabilities());
        for (cap, of) in caps.filter(|(cap, _)| !scheme.decided_by_reporting(*cap)) {
            if of.resource != policy::Resource::Unit {
                continue;
            }
            for unit in &self.pair.world.units {
                let said = self.told.assignments.iter().any(|held| self.allows_at(held, cap, &unit.id));
                claims.push((said, self.question(&of.name, Resource::Unit(unit.id.clone()))));
            }
        }
        let systems = (0_u8..).map(bailiwick_membership::SystemIx).zip(scheme.systems());
        for (ix, system) in systems {
            let used = |used: &&bailiwick_policy::UsedSystem| used.system == ix && used.obstacle.is_none();
            let said = self.told.systems.iter().any(|one| used(&one));
            claims.push((said, self.question("system.use", Resource::System(system.name.clone()))));
        }
        claims
    }

    /// Every question about a customer, and the record classes that the summary says it shows; unset: it is not allowed.
    fn shown(&self) -> Vec<(Option<BTreeSet<String>>, Question)> {
        let scheme = &self.pair.state.scheme;
        let caps = (0_u16..).map(CapIx).zip(scheme.capabilities());
        let of_customers = caps.filter(|(_, of)| of.resource == policy::Resource::Customer);
        let mut shown = Vec::new();
        for (cap, of) in of_customers {
            for customer in &self.pair.world.customers {
                let ways =
                    self.told.assignments.iter().flat_map(|held| held.allows.iter().map(move |a| (held, a)));
                let ways = ways.filter(|(_, allows)| allows.cap == cap && allows.obstacle.is_none());
                let classes = ways.filter(|(held, allows)| self.shows(held, allows, of.needs, &customer.id));
                let names =
                    |classes: ClassSet| classes.iter().filter_map(|ix| scheme.classes().get(ix).cloned());
                let all = classes.map(|(_, allows)| names(allows.classes).collect::<BTreeSet<_>>());
                let all = all.reduce(|all, more| all.into_iter().chain(more).collect());
                shown.push((all, self.question(&of.name, Resource::Customer(customer.id.clone()))));
            }
        }
        shown
    }

    /// Whether the summary says that an assignment allows something to a customer, in so many words.
    fn shows(&self, held: &Held, allows: &Allows, needs: Needs, customer: &str) -> bool {
        let (world, scheme) = (&self.pair.state.world, &self.pair.state.scheme);
        let Some((user, customer)) =
            world.user_ix(self.user).and_then(|ix| world.user(ix)).zip(world.customer_ix(customer))
        else {
            return false;
        };
        let owner = world.owner_of(customer).and_then(|owner| world.user(owner));
        let is_own = user.own_record() == Some(customer);
        let of_person =
            is_own || owner.is_some_and(|owner| owner.person().is_some() && owner.person() == user.person());
        if allows.reach != AllowedAt::Covered || of_person {
            return is_own && allows.reach == AllowedAt::OwnRecord;
        }
        let Some(mine) = user.assignments().find(|a| a.number == held.by.number) else { return false };
        world.placements(customer).any(|placed| {
            let Some(node) = world.node(placed.unit) else { return false };
            let Some(kind) = scheme.kind(node.unit.kind) else { return false };
            let enrolled = placed.enrolment == Enrolment::Enrolled;
            let counts = enrolled || (needs == Needs::Any && kind.dismissed_visible);
            let within = kind.placement_reach == PlacementReach::Below || mine.unit == placed.unit;
            let restricted = mine.restricted_in(world, placed.unit);
            let lifted = match allows.restricted {
                Restricted::No => true,
                Restricted::Refused => !restricted,
                Restricted::ToCaseload => !restricted || (enrolled && user.has_case(customer, placed.unit)),
            };
            mine.covers(world, placed.unit) && !world.is_closed(placed.unit) && counts && within && lifted
        })
    }

    fn question(&self, capability: &str, resource: Resource) -> Question {
        Question {
            subject: self.user.to_owned(),
            capability: capability.to_owned(),
            resource,
            classes: Vec::new(),
            at: None,
        }
    }

    /// Whether the summary says that an assignment allows a capability at a unit, in so many words.
    fn allows_at(&self, held: &Held, cap: CapIx, unit: &str) -> bool {
        let world = &self.pair.state.world;
        let Some(unit) = world.unit_ix(unit) else { return false };
        let user = world.user_ix(self.user).and_then(|ix| world.user(ix));
        let Some(mine) = user.and_then(|user| user.assignments().find(|a| a.number == held.by.number)) else {
            return false;
        };
        held.allows.iter().filter(|allows| allows.cap == cap && allows.obstacle.is_none()).any(|allows| {
            let refused = allows.restricted == Restricted::Refused;
            let reached = match &allows.reach {
                AllowedAt::Covered => {
                    mine.covers(world, unit) && !(refused && mine.restricted_in(world, unit))
                }
                AllowedAt::Enclosing(units) => units.contains(&unit) && !refused,
                AllowedAt::OwnRecord => false,
            };
            reached && !world.is_closed(unit)
        })
    }
}
