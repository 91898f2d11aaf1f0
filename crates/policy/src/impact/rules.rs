//! Whom other rules can concern.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_membership::{RoleIx, UserIx, World};

use super::{Compared, Pair, Side};
use crate::manage::Right;
use crate::manage::sight::rights;
use crate::scheme::{Ability, CapIx, Resource, Role, Scheme};

/// Whom other rules can concern. What the next rules have more of at the end of a list, nobody holds yet: roles, kinds,
/// systems and reporting roles keep their places.
pub(super) struct Concerned<'w> {
    sides: Pair<Side<'w>>,
    /// Whether units are what they are for all that is asked about them.
    places_are_alike: bool,
    /// Whether everything is the same by which one user sees and manages another.
    manages_alike: bool,
    /// Whether everything is the same by which a system is used.
    brings_alike: bool,
}

impl<'w> Concerned<'w> {
    pub(super) fn new(sides: Pair<Side<'w>>) -> Self {
        let (before, after) = (sides.before.scheme, sides.after.scheme);
        Self {
            sides,
            places_are_alike: places_are_alike(sides),
            manages_alike: manages_alike(before, after),
            brings_alike: brings_alike(before, after),
        }
    }

    /// Everybody whom a capability can concern: ascending, each once.
    pub(super) fn by(&self, compared: &Compared) -> Box<dyn Iterator<Item = UserIx> + 'w> {
        let world = self.sides.after.world;
        match self.roles(compared) {
            Some(roles) => Box::new(holders(world, &roles).into_iter()),
            None => Box::new(world.users().map(|(user, _)| user)),
        }
    }

    /// Those who hold one of these roles; unset: anybody.
    fn roles(&self, compared: &Compared) -> Option<BTreeSet<RoleIx>> {
        let Pair { before, after } = self.sides;
        let shows_alike =
            compared.resource != Resource::Customer || before.scheme.classes() == after.scheme.classes();
        if !shows_alike || !self.places_are_alike {
            return None;
        }
        let Some((was, is)) = compared.caps.before.zip(compared.caps.after) else {
            return self.carrying(compared);
        };
        let (was, is) = ((before.scheme, was), (after.scheme, is));
        match compared.resource {
            Resource::Unit | Resource::Customer => asked_alike(was, is).then(|| otherwise(was, is)),
            Resource::User => self.manages_alike.then(BTreeSet::new),
            Resource::System => self.brings_alike.then(|| otherwise(was, is)),
        }
    }

    /// The roles that have a capability that is there on one side only; anybody, where reports decide it.
    fn carrying(&self, compared: &Compared) -> Option<BTreeSet<RoleIx>> {
        let mut found = BTreeSet::new();
        for (side, cap) in
            [(self.sides.before, compared.caps.before), (self.sides.after, compared.caps.after)]
        {
            let Some(cap) = cap else { continue };
            if side.scheme.decided_by_reporting(cap) {
                return None;
            }
            let carries = |role: &RoleIx| !side.scheme.abilities(*role, cap).is_empty();
            found.extend(roles(side.scheme).map(|(role, _)| role).filter(carries));
        }
        Some(found)
    }
}

fn holders(world: &World, roles: &BTreeSet<RoleIx>) -> BTreeSet<UserIx> {
    roles.iter().flat_map(|&role| world.having(role, None)).collect()
}

/// The roles that have a capability otherwise.
fn otherwise(was: (&Scheme, CapIx), is: (&Scheme, CapIx)) -> BTreeSet<RoleIx> {
    let all = roles(was.0).chain(roles(is.0)).map(|(role, _)| role);
    all.filter(|&role| was.0.abilities(role, was.1) != is.0.abilities(role, is.1)).collect()
}

fn roles(scheme: &Scheme) -> impl Iterator<Item = (RoleIx, &Role)> {
    (0_u8..).map(RoleIx).zip(scheme.roles())
}

/// Whether what the rules say of things is the same, for all things that there are under both.
fn alike<T: PartialEq>(before: &[T], after: &[T]) -> bool {
    before.iter().zip(after).all(|(before, after)| before == after)
}

fn places_are_alike(sides: Pair<Side<'_>>) -> bool {
    let kinds = |scheme: &Scheme| -> Vec<_> {
        let right = |cap| scheme.capability(cap).map(|of| of.name.clone());
        let kinds = scheme.kinds().iter();
        kinds.map(|kind| (kind.placement_reach, kind.dismissed_visible, right(kind.assign_right))).collect()
    };
    let stands_in = |side: Side<'_>| -> Vec<_> {
        side.world.units().filter(|(_, node)| node.unit.placeholder).map(|(unit, _)| unit).collect()
    };
    let Pair { before, after } = sides;
    alike(&kinds(before.scheme), &kinds(after.scheme)) && stands_in(before) == stands_in(after)
}

/// Whether a capability over units or customers is asked about in the same way.
fn asked_alike((before, was): (&Scheme, CapIx), (after, is): (&Scheme, CapIx)) -> bool {
    let asked = |scheme: &Scheme, cap: CapIx| {
        let of = scheme.capability(cap).map(|of| (of.under_caseload, of.needs));
        (of, scheme.is_kind_right(cap))
    };
    let reported = |scheme: &Scheme, cap: CapIx| -> Vec<_> {
        scheme.reporting_roles().iter().map(|role| (role.scope, role.decides.contains(&cap))).collect()
    };
    asked(before, was) == asked(after, is)
        && before.decided_by_reporting(was) == after.decided_by_reporting(is)
        && alike(&reported(before, was), &reported(after, is))
}

fn manages_alike(before: &Scheme, after: &Scheme) -> bool {
    let of = |scheme: &Scheme| -> BTreeMap<String, (Resource, CapIx)> {
        let rights = rights(scheme).filter_map(Right::capability);
        rights
            .filter_map(|cap| scheme.capability(cap).map(|of| (of.name.clone(), (of.resource, cap))))
            .collect()
    };
    let (was, is) = (of(before), of(after));
    let named = |rights: &BTreeMap<String, (Resource, CapIx)>| -> Vec<_> {
        rights.iter().map(|(name, (of, _))| (name.clone(), *of)).collect()
    };
    let carried = |scheme: &Scheme, rights: &BTreeMap<String, (Resource, CapIx)>| -> Vec<_> {
        let abilities = |role, cap| scheme.abilities(role, cap).to_vec();
        roles(scheme)
            .map(|(ix, role)| {
                let carried: Vec<Vec<Ability>> =
                    rights.values().map(|&(_, cap)| abilities(ix, cap)).collect();
                (role.rank, role.user_management, carried)
            })
            .collect()
    };
    before.gap() == after.gap()
        && named(&was) == named(&is)
        && alike(&carried(before, &was), &carried(after, &is))
}

fn brings_alike(before: &Scheme, after: &Scheme) -> bool {
    let systems = |scheme: &Scheme| -> Vec<_> {
        let all = (0_u8..).map(bailiwick_membership::SystemIx).zip(scheme.systems());
        all.map(|(ix, system)| (scheme.system_named(&system.name) == Some(ix), system.minimum_rank)).collect()
    };
    let brings =
        |scheme: &Scheme| -> Vec<_> { scheme.roles().iter().map(|role| (role.rank, role.systems)).collect() };
    alike(&systems(before), &systems(after)) && alike(&brings(before), &brings(after))
}
