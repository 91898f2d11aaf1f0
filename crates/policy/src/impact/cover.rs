//! Many things told in few words: a unit with everything below it, everybody who is placed there.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use bailiwick_membership::{CustomerIx, UnitIx, World};

use super::{Meter, Unfinished};
use crate::list::ResourceIx;
use crate::onlooker::Onlooker;

/// So many customers are named one by one; more are told by the units where they are placed, as far as that says the same.
const MOST_NAMED: usize = 100;

/// Units, in few words. No unit is in both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cover {
    /// These, and everything below them.
    pub whole: Vec<UnitIx>,
    /// These alone.
    pub single: Vec<UnitIx>,
}

/// Resources, in few words: exactly these, among what is seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Covered {
    /// Units.
    pub units: Cover,
    /// Everybody placed at these units.
    pub placed: Cover,
    /// Resources that nothing above tells.
    pub named: Vec<ResourceIx>,
}

/// Tells resources in few words.
///
/// # Errors
/// When there is too much to ask.
pub fn cover(
    world: &World,
    resources: &[ResourceIx],
    onlooker: Option<&dyn Onlooker>,
    meter: &Meter<'_>,
) -> Result<Covered, Unfinished> {
    let (mut units, mut customers, mut named) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for &resource in resources {
        match resource {
            ResourceIx::Unit(unit) => drop(units.insert(unit)),
            ResourceIx::Customer(customer) => drop(customers.insert(customer)),
            ResourceIx::User(_) | ResourceIx::System(_) => named.push(resource),
        }
    }
    let covering = Covering { world, onlooker, meter, stopped: Cell::new(None) };
    let (placed, rest) = covering.placed(&customers);
    let rest = rest.into_iter().map(ResourceIx::Customer);
    let covered = Covered { units: covering.units(&units), placed, named: rest.chain(named).collect() };
    covering.stopped.get().map_or(Ok(covered), Err)
}

struct Covering<'w> {
    world: &'w World,
    onlooker: Option<&'w dyn Onlooker>,
    meter: &'w Meter<'w>,
    /// Why nothing more is asked: what was found by then is thrown away.
    stopped: Cell<Option<Unfinished>>,
}

impl Covering<'_> {
    fn units(&self, units: &BTreeSet<UnitIx>) -> Cover {
        self.cover(units, |unit| units.contains(&unit), |unit| !self.sees(unit))
    }

    /// The units that tell where customers are placed, and those customers whom no unit tells.
    fn placed(&self, customers: &BTreeSet<CustomerIx>) -> (Cover, Vec<CustomerIx>) {
        if customers.len() <= MOST_NAMED {
            return (Cover::default(), customers.iter().copied().collect());
        }
        let mut places: BTreeSet<UnitIx> = BTreeSet::new();
        for &customer in customers {
            let units = self.world.placements(customer).map(|placement| placement.unit);
            places.extend(units.filter(|&unit| self.sees_at(customer, unit)));
        }
        let all_are = |unit: UnitIx| self.at(unit).all(|customer| customers.contains(&customer));
        let full: BTreeSet<UnitIx> =
            places.into_iter().filter(|&unit| self.sees(unit) && all_are(unit)).collect();
        let nobody_is = |unit: UnitIx| self.at(unit).next().is_none();
        // Where nobody is placed, much may be told that lies below.
        let nodes = full.iter().filter_map(|&unit| self.world.node(unit));
        let above: BTreeSet<UnitIx> = nodes.flat_map(|node| node.with_ancestors()).copied().collect();
        let above =
            above.into_iter().filter(|&unit| !full.contains(&unit) && self.sees(unit) && nobody_is(unit));
        let units: BTreeSet<UnitIx> = full.iter().copied().chain(above).collect();
        let cover = self.cover(&units, |unit| full.contains(&unit), nobody_is);
        let below = self.world.subtrees(cover.whole.iter().copied());
        let told: BTreeSet<CustomerIx> =
            below.chain(cover.single.iter().copied()).flat_map(|unit| self.at(unit)).collect();
        let rest = customers.iter().copied().filter(|customer| !told.contains(customer)).collect();
        (cover, rest)
    }

    /// Covers units of which each is `full` or `empty`. What is empty says nothing and stands in nobody's way.
    fn cover(
        &self,
        units: &BTreeSet<UnitIx>,
        full: impl Fn(UnitIx) -> bool,
        empty: impl Fn(UnitIx) -> bool,
    ) -> Cover {
        // From the bottom up: a unit has more units above it than each of those has.
        let mut order: Vec<UnitIx> = units.iter().copied().collect();
        let depth = |unit: UnitIx| self.world.node(unit).map_or(0, |node| node.with_ancestors().len());
        order.sort_by_key(|&unit| std::cmp::Reverse(depth(unit)));
        let mut whole: BTreeSet<UnitIx> = BTreeSet::new();
        let mut empty_below: BTreeMap<UnitIx, bool> = BTreeMap::new();
        for unit in order {
            let is_whole = self.children(unit).iter().all(|&child| {
                let mut says_nothing =
                    || *empty_below.entry(child).or_insert_with(|| self.world.subtrees([child]).all(&empty));
                whole.contains(&child) || (!full(child) && says_nothing())
            });
            if is_whole {
                whole.insert(unit);
            }
        }
        let mut told = Cover::default();
        for &unit in units {
            let parents = self.world.node(unit).map_or(&[][..], |node| &node.unit.parents);
            // What lies below something that is told whole is told with it.
            if parents.iter().any(|parent| whole.contains(parent)) {
                continue;
            }
            let has_below = !self.children(unit).is_empty();
            if whole.contains(&unit) && has_below {
                told.whole.push(unit);
            } else if full(unit) {
                told.single.push(unit);
            }
        }
        told
    }

    fn children(&self, unit: UnitIx) -> &[UnitIx] {
        self.world.node(unit).map_or(&[][..], |node| node.children())
    }

    /// Counts one question; once there were too many, everything else is soon over.
    fn goes_on(&self) -> bool {
        if self.stopped.get().is_none()
            && let Err(unfinished) = self.meter.spend()
        {
            self.stopped.set(Some(unfinished));
        }
        self.stopped.get().is_none()
    }

    fn sees(&self, unit: UnitIx) -> bool {
        self.goes_on() && self.onlooker.is_none_or(|onlooker| onlooker.sees(ResourceIx::Unit(unit)))
    }

    fn sees_at(&self, customer: CustomerIx, unit: UnitIx) -> bool {
        self.goes_on() && self.onlooker.is_none_or(|onlooker| onlooker.sees_placement(customer, unit))
    }

    /// Everybody who is seen to be placed at a unit.
    fn at(&self, unit: UnitIx) -> impl Iterator<Item = CustomerIx> + '_ {
        let placed = self.world.placed(unit, None).take_while(|_| self.stopped.get().is_none());
        placed.filter(move |&customer| self.sees_at(customer, unit))
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_identity::{CustomerId, UnitId};
    use bailiwick_membership::{Enrolment, KindIx, Placement, Unit, UserIx};

    use super::*;

    /// `top` over `a` and `b`, `a` over `a1` and `a2`; so many customers in each of `a1`, `a2` and `b`, and one in `a1` and
    /// `b`. Whom no onlooker sees is in `b`.
    fn world(each: u32) -> World {
        let mut world = World::new();
        for (id, parents) in
            [("top", &[][..]), ("a", &["top"]), ("b", &["top"]), ("a1", &["a"]), ("a2", &["a"])]
        {
            let parents = parents.iter().map(|parent| world.unit_ix(parent).unwrap()).collect();
            world.put_unit(Unit {
                id: UnitId::parse(id).unwrap(),
                kind: KindIx(0),
                name: id.to_owned(),
                description: String::new(),
                parents,
                archived: false,
                placeholder: false,
            });
        }
        let place = |world: &mut World, customer: String, units: &[&str]| {
            let at = |unit: &&str| Placement {
                unit: world.unit_ix(unit).unwrap(),
                enrolment: Enrolment::Enrolled,
            };
            let placements = units.iter().map(at).collect();
            world.put_placements(&CustomerId::parse(&customer).unwrap(), placements);
        };
        for unit in ["a1", "a2", "b"] {
            (0..each).for_each(|n| place(&mut world, format!("{unit}-{n}"), &[unit]));
        }
        place(&mut world, "both".to_owned(), &["a1", "b"]);
        world
    }

    fn customers(world: &World, wanted: impl Fn(&str) -> bool) -> Vec<ResourceIx> {
        let count = u32::try_from(world.customer_count()).unwrap();
        let all = (0..count).map(CustomerIx);
        all.filter(|&ix| wanted(world.customer_id_text(ix).unwrap())).map(ResourceIx::Customer).collect()
    }

    /// What is covered: units with all below, units alone, and how many are named.
    fn covered(
        world: &World,
        resources: &[ResourceIx],
        onlooker: Option<&dyn Onlooker>,
    ) -> (Vec<String>, Vec<String>, usize) {
        let always = || true;
        let covered = cover(world, resources, onlooker, &Meter::new(100_000, &always)).unwrap();
        let ids =
            |units: &[UnitIx]| units.iter().map(|&unit| world.unit_id(unit).unwrap().to_string()).collect();
        let Covered { units, placed, named } = covered;
        let whole = [units.whole, placed.whole].concat();
        (ids(&whole), ids(&[units.single, placed.single].concat()), named.len())
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn many_customers_are_told_by_where_they_are() {
        let world = world(60);
        let in_a = |id: &str| id.starts_with('a') || id == "both";
        // Nobody is placed at `a` itself: it stands for its two parts.
        assert_eq!(covered(&world, &customers(&world, in_a), None), (names(&["a"]), names(&[]), 0));
        assert_eq!(covered(&world, &customers(&world, |_| true), None), (names(&["top"]), names(&[]), 0));
        // One is missing: `a2` says too much, and the rest of it is named.
        let but_one = customers(&world, |id| in_a(id) && id != "a2-7");
        assert_eq!(covered(&world, &but_one, None), (names(&[]), names(&["a1"]), 59));
        // `b` has one of them and many others.
        let with_b = customers(&world, |id| in_a(id) || id == "b-3");
        assert_eq!(covered(&world, &with_b, None), (names(&["a"]), names(&[]), 1));
    }

    #[test]
    fn a_few_customers_are_named() {
        let world = world(30);
        let in_a = customers(&world, |id| id.starts_with("a1"));
        assert_eq!(covered(&world, &in_a, None), (names(&[]), names(&[]), 30));
    }

    #[test]
    fn units_are_told_with_what_lies_below_them_where_that_is_all_of_it() {
        let world = world(0);
        let units = |ids: &[&str]| -> Vec<ResourceIx> {
            ids.iter().map(|id| ResourceIx::Unit(world.unit_ix(id).unwrap())).collect()
        };
        let told = |ids: &[&str]| covered(&world, &units(ids), None);
        assert_eq!(told(&["top", "a", "b", "a1", "a2"]), (names(&["top"]), names(&[]), 0));
        assert_eq!(told(&["top", "a", "a1", "a2"]), (names(&["a"]), names(&["top"]), 0));
        assert_eq!(told(&["a", "a1", "b"]), (names(&[]), names(&["a", "b", "a1"]), 0));
    }

    /// Sees everything but `b` and whoever is placed there.
    struct NotB<'w>(&'w World);

    impl Onlooker for NotB<'_> {
        fn is(&self, _: UserIx) -> bool {
            false
        }

        fn sees_whole(&self, _: UserIx) -> bool {
            true
        }

        fn sees(&self, what: ResourceIx) -> bool {
            what != ResourceIx::Unit(self.0.unit_ix("b").unwrap())
        }

        fn sees_placement(&self, _: CustomerIx, unit: UnitIx) -> bool {
            Some(unit) != self.0.unit_ix("b")
        }
    }

    #[test]
    fn what_is_not_seen_stands_in_nobodys_way_and_is_not_told() {
        let world = world(60);
        let all_seen = ["top", "a", "a1", "a2"].map(|id| ResourceIx::Unit(world.unit_ix(id).unwrap()));
        let onlooker = NotB(&world);
        assert_eq!(covered(&world, &all_seen, Some(&onlooker)), (names(&["top"]), names(&[]), 0));
        let in_a = customers(&world, |id| id.starts_with('a') || id == "both");
        // For who sees nobody at `b`, these are all there are.
        assert_eq!(covered(&world, &in_a, Some(&onlooker)), (names(&["top"]), names(&[]), 0));
    }

    #[test]
    fn too_much_is_not_told_in_part() {
        let world = world(60);
        let all = customers(&world, |_| true);
        let always = || true;
        assert_eq!(cover(&world, &all, None, &Meter::new(20, &always)), Err(Unfinished::TooMuch));
    }
}
