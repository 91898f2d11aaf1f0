//! Previews: how long it takes to say what a change would do to whom, in process, in a large world.

use std::sync::Arc;
use std::time::Instant as Clock;

use bailiwick_bench::random::Random;
use bailiwick_bench::world::{Sizes, build};
use bailiwick_identity::Instant;
use bailiwick_membership::{Assignment, Options};
use bailiwick_policy::impact::{Comparison, Holdings, Meter, Named, Side, Unfinished};
use bailiwick_policy::list::ResourceIx;
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{Event, Notes, State, touched};

use crate::lists::FirstPage;

/// How often each preview is made.
const ROUNDS: u32 = 3;
/// As many questions as the service asks for one. What takes more has 0 rows.
const MOST_QUESTIONS: u64 = 20_000_000;

/// What a change makes true, and what it names.
type Change = fn(&State, &Sizes, &mut Random) -> Option<(Event, Named)>;

const PREVIEWED: &[(&str, Change)] = &[
    ("a role more for a user", a_role_more),
    ("a program moves to another site", a_move),
    ("a site is archived", an_archive),
    ("rules in which staff may do less", |state, _, _| rules(state, "\"customer.find\",\n", "")),
    ("rules in which ranks differ", |state, _, _| rules(state, "rank = 80", "rank = 45")),
];

/// What was measured of previews.
pub(crate) struct Previews {
    pub(crate) sizes: Sizes,
    /// Rows of each, and how many users are counted in it; 0 where that is too much to be told.
    pub(crate) made: Vec<FirstPage>,
}

pub(crate) fn measure(sizes: &Sizes) -> Result<Previews, Box<dyn std::error::Error>> {
    let state = build(sizes)?;
    let now = Instant::from_micros(2_000_000).ok_or("no instant")?;
    Ok(Previews { sizes: *sizes, made: all(&state, sizes, now) })
}

fn all(state: &State, sizes: &Sizes, now: Instant) -> Vec<FirstPage> {
    let one = |(name, change): &(&'static str, Change)| {
        let mut random = Random::new(sizes.seed.wrapping_add(9));
        let (mut micros, mut rows) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            let Some((event, named)) = change(state, sizes, &mut random) else { continue };
            let started = Clock::now();
            rows = rows.max(previewed(state, &event, named, now).unwrap_or(0));
            micros.push(started.elapsed().as_secs_f64() * 1e6);
        }
        FirstPage::of(name, rows, micros)
    };
    PREVIEWED.iter().map(one).collect()
}

/// Makes a preview; how many rows it has, and how many users are counted in it.
fn previewed(state: &State, event: &Event, named: Named, now: Instant) -> Result<usize, Unfinished> {
    let mut after = state.clone();
    after.apply(event);
    let [was, is] = [state, &after].map(|state| Side { world: &state.world, scheme: &state.scheme });
    let comparison = Comparison::new(was, is, now);
    let always = || true;
    let meter = Meter::new(MOST_QUESTIONS, &always);
    let mut rows = 0;
    if let Some(user) = named.user {
        rows += comparison.of_subject(user, Holdings::All, None, &meter)?.len();
    }
    if let Some(resource) = named.resource {
        rows += comparison.of_resource(resource, None, &meter)?.len();
    }
    let touched = touched(state, &after, std::slice::from_ref(event));
    let others = comparison.of_others(&touched, named, None, &meter)?;
    Ok(rows + others.counts.iter().map(|count| count.gaining + count.losing).sum::<usize>())
}

fn a_role_more(state: &State, sizes: &Sizes, random: &mut Random) -> Option<(Event, Named)> {
    let world = &state.world;
    let user = world.user_ix(&format!("user-{}", random.below(sizes.users)))?;
    let unit = world.unit_ix(&format!("site-{}", random.below(sizes.sites)))?;
    let mut access = world.user(user)?.access();
    access.last_number += 1;
    let role = state.scheme.role_named("staff")?;
    access.assignments.push(Assignment { number: access.last_number, unit, role, options: Options::USUAL });
    let named = Named { user: Some(user), resource: Some(ResourceIx::User(user)) };
    Some((Event::Access { user: world.user_id(user)?, access, notes: Notes::default() }, named))
}

fn a_move(state: &State, sizes: &Sizes, random: &mut Random) -> Option<(Event, Named)> {
    let world = &state.world;
    let program = format!("program-{}-{}", random.below(sizes.sites), random.below(sizes.programs));
    let program = world.unit_ix(&program)?;
    let site = world.unit_ix(&format!("site-{}", random.below(sizes.sites)))?;
    let mut unit = world.node(program)?.unit.clone();
    unit.parents = vec![site];
    Some((Event::Unit(unit), Named { user: None, resource: Some(ResourceIx::Unit(program)) }))
}

fn an_archive(state: &State, sizes: &Sizes, random: &mut Random) -> Option<(Event, Named)> {
    let site = state.world.unit_ix(&format!("site-{}", random.below(sizes.sites)))?;
    let mut unit = state.world.node(site)?.unit.clone();
    unit.archived = true;
    Some((Event::Unit(unit), Named { user: None, resource: Some(ResourceIx::Unit(site)) }))
}

/// The rules, with something else instead of something.
fn rules(state: &State, was: &str, is: &str) -> Option<(Event, Named)> {
    let document = state.scheme.source().replacen(was, is, 1);
    let scheme = Scheme::parse_after(&document, &state.scheme).ok()?;
    Some((Event::Scheme(Arc::new(scheme)), Named::default()))
}
