//! How large a world is, and how fast: the figures behind the representation.
//!
//! `cargo run --release --example world_size -- [users] [customers per user] [options per thousand] [assignments per user] [plain]`
//!
//! Builds a world of 10,005 units (one enterprise, four regions, a hundred sites, 9,900 teams), by
//! default with seven assignments per user and five customers per user with two placements each, and prints memory from the process's resident set. With `plain`,
//! users are kept in maps and vectors of values instead, for comparison.

#![expect(clippy::print_stdout, reason = "an example that prints")]
#![expect(clippy::cast_possible_truncation, reason = "the numbers of an example are small")]
#![expect(clippy::cast_precision_loss, reason = "figures to three digits")]

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::hint::black_box;
use std::time::{Duration, Instant as Clock};

use bailiwick_identity::{CustomerId, IdFault, Instant, UnitId, UserId};
use bailiwick_membership::{
    Access, Assignment, Enrolment, KindIx, Options, Placement, RoleIx, Unit, UnitIx, UserIx, World,
};

const UNITS: u32 = 10_005;
const CHECKS: u32 = 2_000_000;
const CHANGES: u32 = 20_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |usual: u32| arguments.next().map_or(Ok(usual), |text| text.parse());
    let (users, customers) = (number(1_000_000)?, number(5)?);
    let shape = Shape { options: number(0)?, held: number(7)? };
    let mut random = Random(1);
    if arguments.next().as_deref() == Some("plain") {
        return measure_plain(users, shape, &mut random);
    }

    let mut world = World::new();
    put_units(&mut world)?;
    let start = Sample::take();
    for n in 0..users {
        world.put_access(&user_id(n)?, access(&mut random, shape));
    }
    start.print("users", users, "user");
    start.print("users", users * shape.held, "membership");

    let start = Sample::take();
    for n in 0..users * customers {
        world.put_placements(&customer_id(n)?, placements(&mut random));
    }
    start.print("customers", users * customers, "customer");

    checks(&world, users, &mut random)?;
    changes(&mut world, users, shape, &mut random)?;
    println!("resident in all: {:.0} MB", resident() / 1e6);
    Ok(())
}

/// A site has teams below it, a region sites, the enterprise regions.
fn put_units(world: &mut World) -> Result<(), IdFault> {
    for n in 0..UNITS {
        let (kind, parent) = match n {
            0 => (0, None),
            1..5 => (1, Some(0)),
            5..105 => (2, Some(1 + n % 4)),
            _ => (3, Some(5 + n % 100)),
        };
        world.put_unit(Unit {
            id: UnitId::parse(&format!("unit-{n}"))?,
            kind: KindIx(kind),
            name: format!("Unit {n}"),
            description: String::new(),
            parents: parent.map(UnitIx).into_iter().collect(),
            archived: false,
            placeholder: false,
        });
    }
    Ok(())
}

fn user_id(n: u32) -> Result<UserId, IdFault> {
    UserId::parse(&format!("user-{n}"))
}

fn customer_id(n: u32) -> Result<CustomerId, IdFault> {
    CustomerId::parse(&format!("customer-{n}"))
}

/// What users have.
#[derive(Clone, Copy)]
struct Shape {
    /// Of a thousand assignments, how many have options.
    options: u32,
    /// Assignments per user.
    held: u32,
}

fn access(random: &mut Random, shape: Shape) -> Access {
    let mut access = Access::new(UnitIx(random.below(UNITS)));
    let assignment = |number| Assignment {
        number,
        unit: UnitIx(random.below(UNITS)),
        role: RoleIx(random.below(12) as u8),
        options: if random.below(1000) < shape.options {
            let ends = 1_800_000_000_000_000 + i64::from(random.below(1 << 30));
            Options { ends_at: Instant::from_micros(ends), ..Options::default() }
        } else {
            Options::default()
        },
    };
    access.assignments = (1..=shape.held).map(assignment).collect();
    access.last_number = shape.held;
    access
}

fn placements(random: &mut Random) -> Vec<Placement> {
    let mut place = || Placement { unit: UnitIx(random.below(UNITS)), enrolment: Enrolment::Enrolled };
    vec![place(), place()]
}

/// Random questions, with everything asked for already chosen: finding the user, and whether any assignment
/// covers a unit.
fn checks(world: &World, users: u32, random: &mut Random) -> Result<(), IdFault> {
    let ids: Vec<_> = (0..1 << 17).map(|_| user_id(random.below(users))).collect::<Result<_, _>>()?;
    let covers = |user: UserIx, unit: UnitIx| {
        let (user, node) = (world.user(user)?, world.node(unit)?);
        let covering = |a: &bailiwick_membership::AssignmentRef<'_>| a.covers_node(world, node);
        (user.is_active() && !node.closed).then(|| user.assignments().find(covering)).flatten()
    };
    let flat = Flat::of(world);
    for round in 0..3 {
        let by_flat = per_item(CHECKS, |_| {
            let (user, unit) = (UserIx(random.below(users)), UnitIx(random.below(UNITS)));
            u32::from(flat.covers(world, user, unit))
        });
        let one_read = per_item(CHECKS / 4, |_| flat.jump());
        let by_number = per_item(CHECKS, |_| {
            let (user, unit) = (UserIx(random.below(users)), UnitIx(random.below(UNITS)));
            u32::from(covers(user, unit).is_some())
        });
        let found = per_item(CHECKS, |n| {
            ids.get(n as usize % ids.len()).and_then(|id| world.user_ix(id.as_str())).map_or(0, |user| user.0)
        });
        let by_id = per_item(CHECKS, |n| {
            let user = ids.get(n as usize % ids.len()).and_then(|id| world.user_ix(id.as_str()));
            let unit = UnitIx(random.below(UNITS));
            u32::from(user.is_some_and(|user| covers(user, unit).is_some()))
        });
        let hot = per_item(CHECKS, |n| u32::from(covers(UserIx(n % 64), UnitIx(n % 128)).is_some()));
        println!(
            "check {round}: {by_number:.0} ns by number ({by_flat:.0} ns in flat arrays, {one_read:.0} ns per random read), {hot:.0} ns hot, {found:.0} ns to find an id, {by_id:.0} ns by id"
        );
    }
    Ok(())
}

/// The same assignments in two arrays that cannot be changed: as fast as it gets.
struct Flat {
    starts: Vec<u32>,
    units: Vec<UnitIx>,
    jumps: Vec<u32>,
    at: Cell<u32>,
}

impl Flat {
    fn of(world: &World) -> Self {
        let mut flat = Self { starts: vec![0], units: Vec::new(), jumps: Vec::new(), at: Cell::new(0) };
        for (_, user) in world.users() {
            flat.units.extend(user.assignments().map(|assignment| assignment.unit));
            flat.starts.push(flat.units.len() as u32);
        }
        // One round through 64 MB, each step to a far place: a = 5 mod 8 and an odd step reach every place.
        flat.jumps =
            (0..1_u32 << 24).map(|n| n.wrapping_mul(0x0091_4ecd).wrapping_add(0x5bd1) & 0xff_ffff).collect();
        flat
    }

    fn covers(&self, world: &World, user: UserIx, unit: UnitIx) -> bool {
        let place = user.0 as usize;
        let bounds = self.starts.get(place).zip(self.starts.get(place + 1));
        let held = bounds.and_then(|(&start, &end)| self.units.get(start as usize..end as usize));
        let node = world.node(unit).filter(|node| !node.closed);
        node.zip(held).is_some_and(|(node, held)| held.iter().any(|&above| node.is_within(above)))
    }

    /// Reads one number from far away, where the last one said.
    fn jump(&self) -> u32 {
        let next = self.jumps.get(self.at.get() as usize).copied().unwrap_or(0);
        self.at.set(next);
        next
    }
}

/// Single changes on a world that a reader holds too: clone, change, publish, drop the old one.
fn changes(world: &mut World, users: u32, shape: Shape, random: &mut Random) -> Result<(), IdFault> {
    let mut spent = Vec::new();
    for _ in 0..CHANGES {
        let user = random.below(users);
        let mut access = access(random, shape);
        if let Some(present) = world.user(UserIx(user)) {
            let held = present.access().assignments;
            access.assignments.iter_mut().zip(held).skip(1).for_each(|(new, old)| *new = old);
        }
        let id = user_id(user)?;
        let published = world.clone();
        let started = Clock::now();
        world.put_access(&id, access);
        spent.push(started.elapsed());
        drop(black_box(published));
    }
    print_change("one assignment of a user", spent);

    let mut spent = Vec::new();
    for n in 0..CHANGES {
        let (id, access) = (UserId::parse(&format!("new-{n}"))?, access(random, shape));
        let published = world.clone();
        let started = Clock::now();
        world.put_access(&id, access);
        spent.push(started.elapsed());
        drop(black_box(published));
    }
    print_change("a new user", spent);

    let count = world.customer_count() as u32;
    let mut spent = Vec::new();
    for _ in 0..if count == 0 { 0 } else { CHANGES } {
        let (id, placements) = (customer_id(random.below(count))?, placements(random));
        let published = world.clone();
        let started = Clock::now();
        world.put_placements(&id, placements);
        spent.push(started.elapsed());
        drop(black_box(published));
    }
    print_change("placements of a customer", spent);
    Ok(())
}

fn print_change(what: &str, mut spent: Vec<Duration>) {
    spent.sort_unstable();
    let at = |part: usize| spent.get(spent.len() * part / 100).map_or(0.0, |d| d.as_nanos() as f64 / 1e3);
    println!("change, {what}: {:.1} µs median, {:.1} µs p99", at(50), at(99));
}

/// The same users in maps and vectors of values.
fn measure_plain(users: u32, shape: Shape, random: &mut Random) -> Result<(), Box<dyn std::error::Error>> {
    let mut graph = World::new();
    put_units(&mut graph)?;
    let (mut ids, mut all, mut holders) = (HashMap::new(), Vec::new(), BTreeSet::new());
    let start = Sample::take();
    for n in 0..users {
        let access = access(random, shape);
        holders.extend(access.assignments.iter().map(|a| (a.unit, UserIx(n))));
        let id = user_id(n)?;
        ids.insert(id.clone(), UserIx(n));
        all.push((id, access));
    }
    start.print("users, plain", users * shape.held, "membership");
    let asked: Vec<_> = (0..1 << 17).map(|_| user_id(random.below(users))).collect::<Result<_, _>>()?;
    for round in 0..3 {
        let mut covers = |user: UserIx| {
            let unit = UnitIx(random.below(UNITS));
            all.get(user.0 as usize).is_some_and(|(_, access): &(UserId, Access)| {
                access.assignments.iter().any(|a| graph.is_within(unit, a.unit))
            })
        };
        let mut numbers = Random(2);
        let by_number = per_item(CHECKS, |_| u32::from(covers(UserIx(numbers.below(users)))));
        let by_id = per_item(CHECKS, |n| {
            let user = asked.get(n as usize % asked.len()).and_then(|id| ids.get(id));
            u32::from(user.is_some_and(|&user| covers(user)))
        });
        println!("check {round}, plain: {by_number:.0} ns by number, {by_id:.0} ns by id");
    }
    Ok(())
}

fn per_item(count: u32, mut item: impl FnMut(u32) -> u32) -> f64 {
    let started = processor_seconds();
    let mut sum = 0_u32;
    for n in 0..count {
        sum = sum.wrapping_add(item(n));
    }
    black_box(sum);
    (processor_seconds() - started) * 1e9 / f64::from(count)
}

/// Memory and processor time from here on.
struct Sample {
    resident: f64,
    started: f64,
}

impl Sample {
    fn take() -> Self {
        Self { resident: resident(), started: processor_seconds() }
    }

    fn print(&self, what: &str, count: u32, of: &str) {
        let (bytes, seconds) = (resident() - self.resident, processor_seconds() - self.started);
        let each = bytes / f64::from(count.max(1));
        println!("{what}: {:.0} MB in {seconds:.2} s; {each:.1} bytes per {of}", bytes / 1e6);
    }
}

/// Bytes of memory that the process has resident, with pages of 4 KiB; 0 where the system does not say.
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0.0);
    pages * 4096.0
}

/// Seconds that this process has had a processor, so that what else runs here counts less; 0 where the system
/// does not say.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// A small generator (SplitMix64), the same on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 32) % u64::from(end)) as u32
    }
}
