//! Whose access units can change that have another place, and over what.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_membership::{
    AssignmentRef, CustomerIx, Placement, ReportingRoleIx, RoleIx, Scope, UnitIx, UserIx, World,
};

use super::{Meter, Pair, Side, Unfinished};
use crate::list::ResourceIx;
use crate::scheme::{CapIx, Resource, Scheme};

/// Whose access units can change that have another place, and over what.
///
/// What lies above a unit that is at no touched one and below none is the same as before, and so is whether it is closed.
/// So an access is other only where the resource stands at or below a touched unit, and somebody holds something above it,
/// on either side; or where somebody holds something at or below one, over whatever it is.
pub(super) struct Region {
    /// Those who hold something at or below a touched unit: whether it has effect may be other, and so may be everything
    /// that they may do.
    pub(super) within: BTreeSet<UserIx>,
    /// Those of the rest who hold something above one by which anything can be done: over what is at or below it.
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
    pub(super) fn around(
        sides: Pair<Side<'_>>,
        touched: &BTreeSet<UnitIx>,
        meter: &Meter<'_>,
    ) -> Result<Self, Unfinished> {
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
        let (world, scheme) = (sides.after.world, sides.after.scheme);
        let does_something = Doing::under(scheme);
        let (mut within, mut higher, mut users) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        // Whoever is restricted to chosen units is reached by who covers those: from beside them, too.
        let around: BTreeSet<UnitIx> = below.union(&above).copied().collect();
        let mut tops = BTreeSet::new();
        for &unit in &below {
            for user in world.holders(unit) {
                meter.spend()?;
                tops.extend(places_of_choice(world, user, &around));
                within.insert(user);
            }
            users.extend(world.at_home(unit));
        }
        for &unit in &above {
            for user in world.holders(unit) {
                meter.spend()?;
                tops.extend(places_of_choice(world, user, &around));
                if does_something.by(world, user) {
                    higher.insert(user);
                }
            }
        }
        users.extend(within.iter().copied());
        for side in [sides.before, sides.after] {
            for unit in side.world.subtrees(tops.iter().copied()) {
                for user in world.holders(unit) {
                    meter.spend()?;
                    if places_of_choice(world, user, &below).next().is_some() {
                        users.insert(user);
                    }
                }
            }
        }
        higher.retain(|user| !within.contains(user));
        let roles = (0_u8..).map(ReportingRoleIx).zip(scheme.reporting_roles());
        let mut reporting: BTreeSet<UserIx> =
            roles.flat_map(|(role, _)| world.reporting_as(role, None)).collect();
        reporting.retain(|user| !within.contains(user) && !higher.contains(user));
        let mut customers: BTreeSet<CustomerIx> = BTreeSet::new();
        for &unit in &below {
            for customer in world.placed(unit, None) {
                meter.spend()?;
                customers.insert(customer);
            }
        }
        Ok(Self {
            within,
            above: higher,
            reporting,
            units: below.into_iter().map(ResourceIx::Unit).collect(),
            kinds_of_customers: one_of_a_kind(world, &customers),
            customers: customers.into_iter().map(ResourceIx::Customer).collect(),
            users: users.into_iter().map(ResourceIx::User).collect(),
        })
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

/// Where somebody holds something that is restricted to chosen units of which one is here.
fn places_of_choice<'w>(
    world: &'w World,
    user: UserIx,
    here: &'w BTreeSet<UnitIx>,
) -> impl Iterator<Item = UnitIx> + 'w {
    let held = world.user(user).into_iter().flat_map(|user| user.assignments());
    let chooses = |held: &AssignmentRef<'_>| match &held.options.scope {
        Scope::All => false,
        Scope::Only(chosen) => chosen.iter().any(|unit| here.contains(unit)),
    };
    held.filter(chooses).map(|held| held.unit)
}

/// Roles by which anything can be done.
struct Doing(Vec<bool>);

impl Doing {
    fn under(scheme: &Scheme) -> Self {
        let caps = || (0_u16..).map(CapIx).take(scheme.capabilities().len());
        let roles = (0_u8..).map(RoleIx).zip(scheme.roles());
        Self(roles.map(|(role, _)| caps().any(|cap| !scheme.abilities(role, cap).is_empty())).collect())
    }

    /// Whether somebody has, or had, such a role; or a reporting role.
    fn by(&self, world: &World, user: UserIx) -> bool {
        let does = |held: AssignmentRef<'_>| self.0.get(usize::from(held.role.0)) == Some(&true);
        world.user(user).is_some_and(|user| user.reporting_role().is_some() || user.assignments().any(does))
    }
}

fn one_of_a_kind(world: &World, customers: &BTreeSet<CustomerIx>) -> Vec<ResourceIx> {
    let mut kinds: BTreeMap<Vec<Placement>, CustomerIx> = BTreeMap::new();
    for &customer in customers {
        kinds.entry(world.placements(customer).collect()).or_insert(customer);
    }
    let found: BTreeSet<CustomerIx> = kinds.into_values().collect();
    found.into_iter().map(ResourceIx::Customer).collect()
}
