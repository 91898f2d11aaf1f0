//! A summary says what is so: what it says an assignment allows at a unit, and which systems are used, is what the naive
//! evaluator allows, and nothing is left out.

use bailiwick_oracle::check::{Question, Resource, check as oracle};
use bailiwick_oracle::generate::generate;
use bailiwick_policy::scheme::{self as policy, CapIx};
use bailiwick_policy::{AllowedAt, Held, Restricted, Summary, summary};
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
        }
    }
    println!("{allowed} allowed of {asked}");
    assert!(allowed > asked / 20, "too few are allowed to prove anything");
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
