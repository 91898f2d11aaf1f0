//! Whom other rules can concern.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_membership::{RoleIx, UserIx, World};

use super::{Compared, Pair, Side};
use crate::manage::Right;
use crate::manage::sight::rights;
use crate::scheme::{Ability, CapIx, Resource, Role, Scheme};

/// Whom other rules can concern by one capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Concerned {
    /// Those who hold one of these roles; nobody, where there is none.
    Holders(BTreeSet<RoleIx>),
    /// Anybody.
    Anybody,
}

impl Concerned {
    pub(super) fn by(sides: Pair<Side<'_>>, compared: &Compared) -> Self {
        let Pair { before, after } = sides;
        let shows_alike =
            compared.resource != Resource::Customer || before.scheme.classes() == after.scheme.classes();
        if !shows_alike || !places_are_alike(sides) {
            return Self::Anybody;
        }
        let Some((was, is)) = compared.caps.before.zip(compared.caps.after) else {
            return Self::Holders(carrying(sides, compared));
        };
        let (was, is) = ((before.scheme, was), (after.scheme, is));
        let is_same = match compared.resource {
            Resource::Unit | Resource::Customer => asked_alike(was, is),
            Resource::User => manages_alike(before.scheme, after.scheme),
            Resource::System => brings_alike(before.scheme, after.scheme),
        };
        match (is_same, compared.resource) {
            (false, _) => Self::Anybody,
            (true, Resource::User) => Self::Holders(BTreeSet::new()),
            (true, Resource::Unit | Resource::Customer | Resource::System) => {
                Self::Holders(otherwise(was, is))
            }
        }
    }

    /// These users, ascending, each once.
    pub(super) fn users(&self, world: &World) -> BTreeSet<UserIx> {
        match self {
            Self::Holders(roles) => roles.iter().flat_map(|&role| world.having(role, None)).collect(),
            Self::Anybody => world.users().map(|(user, _)| user).collect(),
        }
    }
}

/// The roles that have a capability on either side.
fn carrying(sides: Pair<Side<'_>>, compared: &Compared) -> BTreeSet<RoleIx> {
    let mut found = BTreeSet::new();
    for (side, cap) in [(sides.before, compared.caps.before), (sides.after, compared.caps.after)] {
        let Some(cap) = cap else { continue };
        found.extend(
            roles(side.scheme)
                .filter(|(role, _)| !side.scheme.abilities(*role, cap).is_empty())
                .map(|(role, _)| role),
        );
    }
    found
}

/// The roles that have a capability otherwise.
fn otherwise(was: (&Scheme, CapIx), is: (&Scheme, CapIx)) -> BTreeSet<RoleIx> {
    let all = roles(was.0).chain(roles(is.0)).map(|(role, _)| role);
    all.filter(|&role| was.0.abilities(role, was.1) != is.0.abilities(role, is.1)).collect()
}

fn roles(scheme: &Scheme) -> impl Iterator<Item = (RoleIx, &Role)> {
    (0_u8..).map(RoleIx).zip(scheme.roles())
}

/// Whether units are what they are for all that is asked about them: kinds keep their numbers.
fn places_are_alike(sides: Pair<Side<'_>>) -> bool {
    let Pair { before, after } = sides;
    let kinds = |scheme: &Scheme| -> Vec<_> {
        let kinds = scheme.kinds().iter();
        let right = |cap| scheme.capability(cap).map(|of| of.name.clone());
        kinds.map(|kind| (kind.placement_reach, kind.dismissed_visible, right(kind.assign_right))).collect()
    };
    let stands_in = |side: Side<'_>| -> Vec<_> {
        side.world.units().filter(|(_, node)| node.unit.placeholder).map(|(unit, _)| unit).collect()
    };
    kinds(before.scheme) == kinds(after.scheme) && stands_in(before) == stands_in(after)
}

/// Whether a capability over units or customers is asked about in the same way.
fn asked_alike((before, was): (&Scheme, CapIx), (after, is): (&Scheme, CapIx)) -> bool {
    let of = |scheme: &Scheme, cap: CapIx| {
        let capability = scheme.capability(cap).map(|of| (of.under_caseload, of.needs));
        let reporting: Vec<_> =
            scheme.reporting_roles().iter().map(|role| (role.scope, role.decides.contains(&cap))).collect();
        (capability, reporting)
    };
    of(before, was) == of(after, is)
}

/// Whether everything is the same by which one user sees and manages another.
fn manages_alike(before: &Scheme, after: &Scheme) -> bool {
    let of = |scheme: &Scheme| {
        let rights = rights(scheme).filter_map(Right::capability);
        let rights: BTreeMap<&str, (Resource, CapIx)> = rights
            .filter_map(|cap| scheme.capability(cap).map(|of| (of.name.as_str(), (of.resource, cap))))
            .collect();
        let roles: Vec<_> = roles(scheme)
            .map(|(ix, role)| {
                let carried: Vec<Vec<Ability>> =
                    rights.values().map(|&(_, right)| scheme.abilities(ix, right).to_vec()).collect();
                (role.rank, role.user_management, carried)
            })
            .collect();
        let names: Vec<_> = rights.iter().map(|(name, (of, _))| ((*name).to_owned(), *of)).collect();
        (scheme.gap(), names, roles)
    };
    of(before) == of(after)
}

/// Whether everything is the same by which a system is used.
fn brings_alike(before: &Scheme, after: &Scheme) -> bool {
    let of = |scheme: &Scheme| {
        let systems: Vec<_> =
            scheme.systems().iter().map(|system| (system.name.clone(), system.minimum_rank)).collect();
        let missing: Vec<_> = scheme.missing_systems().collect();
        (systems, missing, roles(scheme).map(|(_, role)| (role.rank, role.systems)).collect::<Vec<_>>())
    };
    of(before) == of(after)
}
