//! Where to look for those who may do something to a resource.

use std::iter;

use bailiwick_membership::{CustomerIx, ReportingRoleIx, RoleIx, SystemIx, UnitIx, UserIx, World};

use super::Rows;
use super::merge::merge;
use super::users::{self, ToUser};
use crate::check::Found;
use crate::scheme::{Ability, CapIx, Reach, Role, Scheme};

/// All users who may do this to the resource, of those after one, and some who may not.
pub(super) fn in_question<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    cap: CapIx,
    resource: Found,
    after: Option<UserIx>,
) -> Rows<'w, UserIx> {
    match resource {
        Found::Unit(_) if scheme.decided_by_reporting(cap) => of_reports(world, scheme, cap, after),
        Found::Unit(unit) => of_unit(world, scheme, cap, unit, after),
        Found::Customer(customer, at) => of_customer(world, scheme, cap, customer, at, after),
        Found::User(other) => match (other, ToUser::of(scheme, cap)) {
            (Some(other), Some(what)) => users::who(world, scheme, other, what, after),
            (None, _) | (_, None) => Box::new(iter::empty()),
        },
        Found::System(system) => of_system(world, scheme, cap, system, after),
    }
}

/// Who reaches a unit holds something above it; or, where it is the nearest of its kind, at or below it.
fn of_unit<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    cap: CapIx,
    unit: UnitIx,
    after: Option<UserIx>,
) -> Rows<'w, UserIx> {
    let Some(node) = world.node(unit) else { return Box::new(iter::empty()) };
    let kind = node.unit.kind;
    let from_above = Carrying::of(scheme, |role| has(scheme, role, cap, Reach::Below));
    let from_below = Carrying::of(scheme, |role| has(scheme, role, cap, Reach::Enclosing(kind)));
    let above = from_above.at(world, node.with_ancestors().iter().copied(), after);
    // Where no role reaches it from below, nobody there is looked at.
    let below = world.subtrees(from_below.is_any().then_some(unit));
    let below = from_below.at(world, below, after);
    let rows: [Rows<'w, UserIx>; 2] = [Box::new(above), Box::new(below)];
    Box::new(merge(rows))
}

/// Who reaches a customer holds something above a unit where they are placed; or the record is their own.
fn of_customer<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    cap: CapIx,
    customer: CustomerIx,
    at: Option<UnitIx>,
    after: Option<UserIx>,
) -> Rows<'w, UserIx> {
    let counts = |unit: &UnitIx| at.is_none_or(|at| at == *unit);
    let places = world.placements(customer).map(|placement| placement.unit).filter(counts);
    let above = users::with_all_above(world, places);
    let carrying = Carrying::of(scheme, |role| has(scheme, role, cap, Reach::Below));
    let above = carrying.at(world, above, after);
    let owner = world.owner_of(customer).filter(|&owner| after.is_none_or(|after| owner > after));
    let rows: [Rows<'w, UserIx>; 2] = [Box::new(above), Box::new(owner.into_iter())];
    Box::new(merge(rows))
}

/// Who may use a system holds a role that brings it, or a grant; of what else may be done with one, the role carries it.
fn of_system<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    cap: CapIx,
    system: SystemIx,
    after: Option<UserIx>,
) -> Rows<'w, UserIx> {
    let uses = cap == scheme.core().system_use;
    let brings = |&(ix, role): &(RoleIx, &Role)| {
        let over = |ability: &Ability| ability.systems.contains(system);
        if uses { role.systems.contains(system) } else { scheme.abilities(ix, cap).iter().any(over) }
    };
    let roles = (0_u8..).map(RoleIx).zip(scheme.roles()).filter(brings);
    let mut rows: Vec<Rows<'w, UserIx>> =
        roles.map(|(role, _)| -> Rows<'w, UserIx> { Box::new(world.having(role, after)) }).collect();
    if uses {
        rows.push(Box::new(world.granted(system, after)));
    }
    Box::new(merge(rows))
}

/// Who sees what reports show has a reporting role that decides it.
fn of_reports<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    cap: CapIx,
    after: Option<UserIx>,
) -> Rows<'w, UserIx> {
    let roles = (0_u8..).map(ReportingRoleIx).zip(scheme.reporting_roles());
    let deciding = roles.filter(|(_, role)| role.decides.contains(&cap));
    Box::new(merge(deciding.map(|(role, _)| world.reporting_as(role, after))))
}

/// Whether a role has a capability with a reach.
fn has(scheme: &Scheme, role: RoleIx, cap: CapIx, reach: Reach) -> bool {
    scheme.abilities(role, cap).iter().any(|ability| ability.reach == reach)
}

/// Roles that carry what is asked for.
pub(super) struct Carrying(Vec<bool>);

impl Carrying {
    pub(super) fn of(scheme: &Scheme, carries: impl Fn(RoleIx) -> bool) -> Self {
        Self((0_u8..).map(RoleIx).zip(scheme.roles()).map(|(role, _)| carries(role)).collect())
    }

    fn is_any(&self) -> bool {
        self.0.contains(&true)
    }

    fn has(&self, role: RoleIx) -> bool {
        self.0.get(usize::from(role.0)) == Some(&true)
    }

    /// Everybody after one who holds something at one of these units, and has, or had, one of the roles somewhere.
    pub(super) fn at<U>(
        self,
        world: &World,
        units: U,
        after: Option<UserIx>,
    ) -> impl Iterator<Item = UserIx> + Send + use<'_, U>
    where
        U: IntoIterator<Item = UnitIx>,
    {
        let near = merge(units.into_iter().map(|unit| world.holders_after(unit, after)));
        near.filter(move |&user| {
            world.user(user).is_some_and(|user| user.assignments().any(|held| self.has(held.role)))
        })
    }
}
