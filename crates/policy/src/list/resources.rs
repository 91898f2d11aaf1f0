//! Where to look for what a subject may do something to.

use std::collections::BTreeSet;
use std::iter;
use std::ops::Bound;

use bailiwick_membership::{AssignmentRef, CustomerIx, KindIx, Scope, SystemIx, UnitIx};

use super::merge::merge;
use super::users::{self, ToUser};
use super::{ResourceIx, Rows};
use crate::check::{Asking, Way};
use crate::manage::Actor;
use crate::scheme::{PlacementReach, Reach, Resource};

/// All resources to which the subject may do what they ask for, of those after one of them, and some to which not. The ways
/// are those that have effect.
pub(super) fn in_question<'w>(
    asking: &Asking<'w>,
    ways: &[Way<'w>],
    at: Option<UnitIx>,
    kind: Option<KindIx>,
    after: Option<ResourceIx>,
) -> Rows<'w, ResourceIx> {
    match asking.scheme.capability(asking.cap).map(|capability| capability.resource) {
        Some(Resource::Unit) => {
            let units = units(asking, ways, after.and_then(ResourceIx::unit)).filter(of_kind(asking, kind));
            Box::new(units.map(ResourceIx::Unit))
        }
        Some(Resource::Customer) => {
            let customers = customers(asking, ways, at, after.and_then(ResourceIx::customer));
            Box::new(customers.map(ResourceIx::Customer))
        }
        Some(Resource::User) => {
            let Some(what) = ToUser::of(asking.scheme, asking.cap) else { return Box::new(iter::empty()) };
            let &Asking { world, scheme, now, ix, user, cap: _ } = asking;
            let actor = Actor::alone(world, scheme, (ix, user), now);
            Box::new(users::whom(&actor, what, after.and_then(ResourceIx::user)).map(ResourceIx::User))
        }
        Some(Resource::System) => {
            Box::new(systems(asking, after.and_then(ResourceIx::system)).map(ResourceIx::System))
        }
        None => Box::new(iter::empty()),
    }
}

/// A customer is reached where they are placed, or on the subject's caseload where that restricts; or is the subject's
/// own record.
fn customers<'w>(
    asking: &Asking<'w>,
    ways: &[Way<'w>],
    at: Option<UnitIx>,
    after: Option<CustomerIx>,
) -> impl Iterator<Item = CustomerIx> + Send + use<'w> {
    let world = asking.world;
    let mut found = Places::default();
    let (mut cases, mut own) = (false, None);
    for (held, ability) in ways {
        match ability.reach {
            Reach::Own => own = asking.user.own_record(),
            Reach::Below => {
                let restricted = held.options.caseload.only;
                cases |= restricted;
                found.add(held, if restricted { Part::Exempt } else { Part::All });
            }
            Reach::Enclosing(_) => {}
        }
    }
    let placed: Vec<_> = found.units(asking, at).into_iter().map(|unit| world.placed(unit, after)).collect();
    let mut cases: Vec<CustomerIx> =
        asking.user.caseload().iter().filter(|_| cases).map(|case| case.customer).chain(own).collect();
    cases.retain(|&customer| after.is_none_or(|after| customer > after));
    cases.sort_unstable();
    let placed: Rows<'w, CustomerIx> = Box::new(merge(placed));
    merge([placed, Box::new(cases.into_iter())])
}

/// Where customers may be placed whom no caseload restricts.
#[derive(Default)]
struct Places {
    tops: Vec<UnitIx>,
    /// The units of the assignments themselves: of some kinds, a placement counts for those only.
    held: BTreeSet<UnitIx>,
}

/// Which part of what an assignment covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    /// What is exempt from its caseload restriction.
    Exempt,
}

impl Places {
    fn add(&mut self, held: &AssignmentRef<'_>, part: Part) {
        self.held.insert(held.unit);
        match (part, &held.options.scope) {
            (Part::Exempt, _) => self.tops.extend_from_slice(&held.options.caseload.exempt),
            (Part::All, Scope::All) => self.tops.push(held.unit),
            (Part::All, Scope::Only(chosen)) => self.tops.extend_from_slice(chosen),
        }
    }

    /// The open units at which a placement could count; only this one, where one is named.
    fn units(&self, asking: &Asking<'_>, at: Option<UnitIx>) -> Vec<UnitIx> {
        let world = asking.world;
        let counts = |unit: &UnitIx| {
            let Some(node) = world.node(*unit).filter(|node| !node.closed) else { return false };
            let reach = asking.scheme.kind(node.unit.kind).map(|kind| kind.placement_reach);
            reach == Some(PlacementReach::Below) || self.held.contains(unit)
        };
        match at {
            Some(at) => {
                let below = self.tops.iter().any(|&top| world.is_within(at, top));
                Some(at).filter(|at| below && counts(at)).into_iter().collect()
            }
            None => world.subtrees(self.tops.iter().copied()).filter(counts).collect(),
        }
    }
}

/// A unit is reached from above, or, as the nearest of its kind, from itself or below. Where reporting roles decide, every
/// unit comes into question.
fn units<'w>(asking: &Asking<'w>, ways: &[Way<'w>], after: Option<UnitIx>) -> Rows<'w, UnitIx> {
    let world = asking.world;
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    if asking.scheme.decided_by_reporting(asking.cap) {
        let count = u32::try_from(world.unit_count()).unwrap_or(u32::MAX);
        return Box::new((after.map_or(0, |after| after.0.saturating_add(1))..count).map(UnitIx));
    }
    let (mut tops, mut found) = (Vec::new(), BTreeSet::new());
    for (held, ability) in ways {
        match (ability.reach, &held.options.scope) {
            (Reach::Below, Scope::All) => tops.push(held.unit),
            (Reach::Below, Scope::Only(chosen)) => tops.extend_from_slice(chosen),
            (Reach::Enclosing(_), _) => {
                found.extend(world.node(held.unit).into_iter().flat_map(|node| node.nearest()));
            }
            (Reach::Own, _) => {}
        }
    }
    found.extend(world.subtrees(tops));
    let found: Vec<UnitIx> = found.range((from, Bound::Unbounded)).copied().collect();
    Box::new(found.into_iter())
}

fn of_kind<'w>(asking: &Asking<'w>, kind: Option<KindIx>) -> impl Fn(&UnitIx) -> bool + Send + use<'w> {
    let world = asking.world;
    move |unit| kind.is_none_or(|kind| world.node(*unit).is_some_and(|node| node.unit.kind == kind))
}

/// Systems are few: each comes into question that the scheme has still.
fn systems<'w>(
    asking: &Asking<'w>,
    after: Option<SystemIx>,
) -> impl Iterator<Item = SystemIx> + Send + use<'w> {
    let scheme = asking.scheme;
    let all = (0_u8..).map(SystemIx).zip(scheme.systems());
    all.filter(move |&(ix, system)| {
        after.is_none_or(|after| ix > after) && scheme.system_named(&system.name) == Some(ix)
    })
    .map(|(ix, _)| ix)
}

impl ResourceIx {
    fn unit(self) -> Option<UnitIx> {
        if let Self::Unit(unit) = self { Some(unit) } else { None }
    }

    fn customer(self) -> Option<CustomerIx> {
        if let Self::Customer(customer) = self { Some(customer) } else { None }
    }

    fn user(self) -> Option<bailiwick_membership::UserIx> {
        if let Self::User(user) = self { Some(user) } else { None }
    }

    fn system(self) -> Option<SystemIx> {
        if let Self::System(system) = self { Some(system) } else { None }
    }
}
