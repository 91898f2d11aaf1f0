//! Many things told in few words: a unit with everything below it, everybody who is placed there.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use bailiwick_membership::{CustomerIx, UnitIx, World};

use super::{Meter, Onlooker, Unfinished};
use crate::list::ResourceIx;

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
        let cover = self.cover(&full, |unit| full.contains(&unit), |unit| self.at(unit).next().is_none());
        let below = self.world.subtrees(cover.whole.iter().copied());
        let told: BTreeSet<CustomerIx> =
            below.chain(cover.single.iter().copied()).flat_map(|unit| self.at(unit)).collect();
        let rest = customers.iter().copied().filter(|customer| !told.contains(customer)).collect();
        (cover, rest)
    }

    /// Covers units of which each is `full`. What is `empty` says nothing and stands in nobody's way.
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
            if whole.contains(&unit) && has_below { told.whole.push(unit) } else { told.single.push(unit) }
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
