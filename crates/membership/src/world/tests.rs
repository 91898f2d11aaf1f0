//! A world against a plain one: many worlds, cloned and changed in turns, every read compared.

#![expect(clippy::cast_possible_truncation, reason = "the numbers of a test are small")]

mod model;
mod random;

use bailiwick_identity::{CustomerId, Instant, UnitId, UserId};

use super::World;
use crate::*;
use model::Model;
use random::{Random, numbers};

const UNITS: u32 = 70;
const USERS: u32 = 700;
const CUSTOMERS: u32 = 400;

fn unit_id(n: u32) -> UnitId {
    UnitId::parse(&format!("unit-{n}")).unwrap()
}

fn user_id(n: u32) -> UserId {
    UserId::parse(&format!("user-{n}")).unwrap()
}

fn customer_id(n: u32) -> CustomerId {
    CustomerId::parse(&format!("customer-{n}")).unwrap()
}

fn instant(r: &mut Random) -> Instant {
    Instant::from_micros(i64::from(r.below(1_000_000))).unwrap()
}

fn units(r: &mut Random, most: u32) -> Vec<UnitIx> {
    numbers(r, most, UNITS).into_iter().map(UnitIx).collect()
}

fn unit(r: &mut Random, model: &Model) -> Unit {
    let known = model.units.len() as u32;
    let fresh = known < UNITS && r.one_in(2);
    // Parents have lower numbers, so that there is never a circle.
    let n = if fresh || known == 0 { known } else { r.below(known) };
    Unit {
        id: unit_id(n),
        kind: KindIx((n % 5) as u8),
        name: format!("name {}", r.below(3)),
        description: String::new(),
        parents: if n == 0 { Vec::new() } else { numbers(r, 3, n).into_iter().map(UnitIx).collect() },
        archived: r.one_in(12),
        placeholder: r.one_in(9),
    }
}

fn options(r: &mut Random) -> Options {
    if r.one_in(2) {
        return Options::default();
    }
    let mut options = Options::default();
    match r.below(7) {
        0 => options.scope = Scope::Only(units(r, 3)),
        1 => options.ends_at = Some(instant(r)),
        2 => options.starts_at = Some(instant(r)),
        3 => options.state = AssignmentState::Suspended(Suspension::open(SuspensionCause::Unit)),
        4 => options.user_management = UserManagement::Manage,
        5 => {
            options.caseload =
                CaseloadOptions { only: true, exempt: units(r, 2), ..CaseloadOptions::default() }
        }
        _ => options.user_type = Some(UserTypeIx(r.below(4) as u8)),
    }
    options
}

fn access(r: &mut Random) -> Access {
    let mut access = Access::new(UnitIx(r.below(UNITS)));
    let count = if r.one_in(40) { r.below(400) } else { r.below(9) };
    let mut number = 0;
    for _ in 0..count {
        number += if r.one_in(6) { 2 } else { 1 };
        let (unit, role) = (UnitIx(r.below(UNITS)), RoleIx(r.below(256) as u8));
        access.assignments.push(Assignment { number, unit, role, options: options(r) });
    }
    access.last_number = number + u32::from(r.one_in(5));
    if r.one_in(4) {
        access.standing = Standing::Disabled(Disabled {
            at: instant(r),
            by: Some(UserIx(r.below(USERS))),
            by_lowest: None,
        });
    }
    access.person = r.one_in(6).then(|| UserIx(r.below(6)));
    access.own_record = r.one_in(6).then(|| CustomerIx(r.below(CUSTOMERS)));
    access.reporting_role = r.one_in(6).then_some(ReportingRoleIx(1));
    if r.one_in(6) {
        access.clearance = Clearance::Cleared;
    }
    if r.one_in(6) {
        let grant =
            Grant { system: SystemIx(3), state: AssignmentState::Live, starts_at: None, ends_at: None };
        access.grants.push(grant);
    }
    access
}

fn caseload(r: &mut Random) -> Vec<CaseloadEntry> {
    let case = |n| CaseloadEntry { customer: CustomerIx(n), unit: UnitIx(n % UNITS) };
    numbers(r, 20, CUSTOMERS).into_iter().map(case).collect()
}

fn placements(r: &mut Random) -> Vec<Placement> {
    let mut enrolment = || if r.one_in(3) { Enrolment::Dismissed } else { Enrolment::Enrolled };
    let mut enrolments =
        [enrolment(), enrolment(), enrolment(), enrolment(), enrolment()].into_iter().cycle();
    let mut place = |unit| Placement { unit, enrolment: enrolments.next().unwrap() };
    units(r, 4).into_iter().map(&mut place).collect()
}

fn change(r: &mut Random, world: &mut World, model: &mut Model) {
    match r.below(10) {
        0 | 1 => {
            let unit = unit(r, model);
            assert_eq!(world.put_unit(unit.clone()), model.put_unit(unit));
        }
        2..=5 => {
            let (id, access) = (user_id(r.below(USERS)), access(r));
            assert_eq!(world.put_access(&id, access.clone()), model.put_access(&id, access));
        }
        6 => {
            let (user, caseload) = (UserIx(r.below(USERS)), caseload(r));
            world.put_caseload(user, caseload.clone());
            model.put_caseload(user, caseload);
        }
        _ => {
            let (id, placements) = (customer_id(r.below(CUSTOMERS)), placements(r));
            assert_eq!(world.put_placements(&id, placements.clone()), model.put_placements(&id, placements));
        }
    }
}

/// Several worlds side by side; most steps change one, some replace one by a clone of another.
fn interleave(seed: u64, steps: u32) {
    let mut random = Random::new(seed);
    let r = &mut random;
    let mut pairs = vec![(World::new(), Model::default())];
    for step in 0..steps {
        let chosen = r.below(pairs.len() as u32) as usize;
        if r.one_in(25) {
            let clone = pairs[chosen].clone();
            if pairs.len() < 5 {
                pairs.push(clone);
            } else {
                let other = r.below(5) as usize;
                pairs[other] = clone;
            }
        } else {
            let (world, model) = &mut pairs[chosen];
            change(r, world, model);
        }
        if step % 400 == 399 {
            pairs.iter().for_each(|(world, model)| model.compare(world));
        }
    }
    pairs.iter().for_each(|(world, model)| model.compare(world));
}

#[test]
fn clones_and_changes_in_turns_read_as_a_plain_world_does() {
    for seed in 1..=6 {
        interleave(seed, 4_000);
    }
}

#[test]
fn what_is_put_is_read_back_whole() {
    let r = &mut Random::new(7);
    let mut world = World::new();
    for n in 0..3_000 {
        let (id, access) = (user_id(n % 600), access(r));
        let user = world.put_access(&id, access.clone());
        assert_eq!(world.user(user).unwrap().access(), access);
    }
}

#[test]
fn loading_in_another_order_of_changes_reads_the_same() {
    let r = &mut Random::new(8);
    let (mut grown, mut loaded) = (World::new(), World::new());
    (0..50).for_each(|n| {
        grown.put_access(&user_id(n), Access::new(UnitIx(0)));
    });
    for _ in 0..2_000 {
        grown.put_access(&user_id(r.below(50)), access(r));
    }
    for (user, facts) in grown.users() {
        loaded.put_access(&grown.user_id(user).unwrap(), facts.access());
    }
    for unit in (0..UNITS).map(UnitIx) {
        assert!(grown.holders(unit).eq(loaded.holders(unit)));
    }
    for user in (0..50).map(UserIx) {
        assert_eq!(grown.same_person(user), loaded.same_person(user));
    }
}

#[test]
fn nobody_reads_as_nothing() {
    let mut world = World::new();
    assert!(world.user(UserIx(0)).is_none() && world.node(UnitIx(0)).is_none());
    assert!(world.is_closed(UnitIx(0)) && !world.is_within(UnitIx(0), UnitIx(0)));
    let user = world.put_access(&user_id(0), Access::new(UnitIx(u32::MAX)));
    world.put_caseload(UserIx(1), vec![CaseloadEntry { customer: CustomerIx(0), unit: UnitIx(0) }]);
    assert!(world.user(UserIx(1)).is_none() && world.user(UserIx(u32::MAX)).is_none());
    assert!(world.user_ix("").is_none() && world.user_ix("no id at all").is_none());
    assert_eq!((world.user_count(), world.user_id_text(user)), (1, Some("user-0")));
    assert!(world.node(world.user(user).unwrap().home()).is_none());
    assert_eq!(world.placements(CustomerIx(u32::MAX)).count(), 0);
}

#[test]
fn a_unit_beyond_all_numbers_is_covered_by_nobody() {
    let mut world = World::new();
    let mut access = Access::new(UnitIx(0));
    access.assignments =
        vec![Assignment { number: 1, unit: UnitIx(u32::MAX), role: RoleIx(0), options: Options::default() }];
    let user = world.put_access(&user_id(0), access);
    let held = world.user(user).unwrap().assignments().next().unwrap();
    assert!(!held.covers(&world, held.unit) && world.is_closed(held.unit));
    assert_eq!(world.holders(held.unit).count(), 0);
}

#[test]
fn room_is_what_is_left() {
    let mut world = World::new();
    assert!(world.has_room_for_units(8_388_607) && !world.has_room_for_units(8_388_608));
    world.put_unit(Unit {
        id: unit_id(0),
        kind: KindIx(0),
        name: String::new(),
        description: String::new(),
        parents: Vec::new(),
        archived: false,
        placeholder: false,
    });
    assert!(world.has_room_for_units(8_388_606) && !world.has_room_for_units(8_388_607));
    assert!(world.has_room_for_users(0) && world.has_room_for_customers(5_000_000));
    assert!(!world.has_room_for_users(usize::MAX));
}

#[test]
fn a_record_that_passes_to_another_user_stays_theirs() {
    let mut world = World::new();
    let record = world.put_placements(&customer_id(0), Vec::new());
    let owner = |record| Access { own_record: record, ..Access::new(UnitIx(0)) };
    world.put_access(&user_id(0), owner(Some(record)));
    let second = world.put_access(&user_id(1), owner(Some(record)));
    world.put_access(&user_id(0), owner(None));
    assert_eq!(world.owner_of(record), Some(second));
}

#[test]
fn worlds_cross_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<World>();
}

#[test]
fn those_after_one_are_looked_for_from_their_chunk_on() {
    let mut world = World::new();
    for n in 0..700 {
        let mut access = Access::new(UnitIx(0));
        let role = RoleIx((n % 3) as u8);
        let options = Options::default();
        access.assignments.push(Assignment { number: 1, unit: UnitIx(0), role, options });
        access.reporting_role = (n % 5 == 0).then_some(ReportingRoleIx(1));
        world.put_access(&user_id(n), access);
    }
    for after in [None, Some(0), Some(255), Some(256), Some(300), Some(511), Some(698), Some(699)] {
        let from = after.map_or(0, |after| after + 1);
        let after = after.map(UserIx);
        let having: Vec<u32> = world.having(RoleIx(1), after).map(|user| user.0).collect();
        assert_eq!(having, (from..700).filter(|n| n % 3 == 1).collect::<Vec<_>>());
        let reporting: Vec<u32> = world.reporting_as(ReportingRoleIx(1), after).map(|user| user.0).collect();
        assert_eq!(reporting, (from..700).filter(|n| n % 5 == 0).collect::<Vec<_>>());
    }
}
