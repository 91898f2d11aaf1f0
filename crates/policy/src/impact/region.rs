//! Whose access units can change that have another place, and over what.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_membership::{CustomerIx, Placement, ReportingRoleIx, Scope, UnitIx, UserIx, World};

use super::{Pair, Side};
use crate::list::ResourceIx;
use crate::scheme::Resource;

/// Whose access units can change that have another place, and over what.
///
/// What lies above a unit that is at no touched one and below none is the same as before, and so is whether it is closed.
/// So an access is other only where the resource stands at or below a touched unit, and somebody holds something above it,
/// on either side; or where somebody holds something at or below one, over whatever it is.
pub(super) struct Region {
    /// Those who hold something at or below a touched unit: whether it has effect may be other, and so may be everything
    /// that they may do.
    pub(super) within: BTreeSet<UserIx>,
    /// Those of the rest who hold something above one: over what is at or below it.
    pub(super) above: BTreeSet<UserIx>,
    /// Those of the rest who have a reporting role: what it shows depends on what lies beside what.
    pub(super) reporting: BTreeSet<UserIx>,
    units: Vec<ResourceIx>,
    customers: Vec<ResourceIx>,
    /// One of all who are placed alike.
    kinds_of_customers: Vec<ResourceIx>,
    users: Vec<ResourceIx>,
}

impl Region {
    pub(super) fn around(sides: Pair<Side<'_>>, touched: &BTreeSet<UnitIx>) -> Self {
        let (mut below, mut above) = (BTreeSet::new(), BTreeSet::new());
        for side in [sides.before, sides.after] {
            let there = touched.iter().copied().filter(|&unit| side.world.node(unit).is_some());
            below.extend(side.world.subtrees(there));
        }
        for side in [sides.before, sides.after] {
            let nodes = below.iter().filter_map(|&unit| side.world.node(unit));
            above.extend(nodes.flat_map(|node| node.with_ancestors().iter().copied()));
        }
        above.retain(|unit| !below.contains(unit));
        // Nobody moves with a unit: who holds, lives and is placed where is the same on both sides.
        let world = sides.after.world;
        let holders = |units: &BTreeSet<UnitIx>| -> BTreeSet<UserIx> {
            units.iter().flat_map(|&unit| world.holders(unit)).collect()
        };
        let (within, mut higher) = (holders(&below), holders(&above));
        let users: BTreeSet<UserIx> = below
            .iter()
            .flat_map(|&unit| world.at_home(unit))
            .chain(within.iter().copied())
            .chain(higher.iter().copied().filter(|&user| has_chosen(world, user, &below)))
            .collect();
        higher.retain(|user| !within.contains(user));
        let roles = (0_u8..).map(ReportingRoleIx).zip(sides.after.scheme.reporting_roles());
        let mut reporting: BTreeSet<UserIx> =
            roles.flat_map(|(role, _)| world.reporting_as(role, None)).collect();
        reporting.retain(|user| !within.contains(user) && !higher.contains(user));
        let customers: BTreeSet<CustomerIx> =
            below.iter().flat_map(|&unit| world.placed(unit, None)).collect();
        Self {
            within,
            above: higher,
            reporting,
            units: below.into_iter().map(ResourceIx::Unit).collect(),
            kinds_of_customers: one_of_a_kind(world, &customers),
            customers: customers.into_iter().map(ResourceIx::Customer).collect(),
            users: users.into_iter().map(ResourceIx::User).collect(),
        }
    }

    /// Over what access may be other for who holds nothing in the region. Customers who are placed alike are answered
    /// alike, unless somebody tells them apart by their names.
    pub(super) fn resources(&self, of: Resource, by_name: bool) -> &[ResourceIx] {
        match of {
            Resource::Unit => &self.units,
            Resource::Customer if by_name => &self.customers,
            Resource::Customer => &self.kinds_of_customers,
            Resource::User => &self.users,
            // Systems are nowhere.
            Resource::System => &[],
        }
    }
}

/// Whether somebody holds something that is restricted to units of which one is here.
fn has_chosen(world: &World, user: UserIx, here: &BTreeSet<UnitIx>) -> bool {
    let Some(user) = world.user(user) else { return false };
    user.assignments().any(|held| match &held.options.scope {
        Scope::All => false,
        Scope::Only(chosen) => chosen.iter().any(|unit| here.contains(unit)),
    })
}

fn one_of_a_kind(world: &World, customers: &BTreeSet<CustomerIx>) -> Vec<ResourceIx> {
    let mut kinds: BTreeMap<Vec<Placement>, CustomerIx> = BTreeMap::new();
    for &customer in customers {
        kinds.entry(world.placements(customer).collect()).or_insert(customer);
    }
    let found: BTreeSet<CustomerIx> = kinds.into_values().collect();
    found.into_iter().map(ResourceIx::Customer).collect()
}
