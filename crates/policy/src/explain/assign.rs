//! Roles that would allow what was asked: the lowest rank first, then the nearest unit.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_membership::{KindIx, RoleIx, UnitIx, UserManagement};

use super::{Denied, Remedy};
use crate::check::{Asking, Deciding, Found};
use crate::holding::lowest;
use crate::list::ToUser;
use crate::manage::Other;
use crate::manage::sight::rights;
use crate::reason::Reason;
use crate::scheme::{Ability, CapIx, Rank, Reach, Role, Switch};

/// Where a role would be held, and how many steps above what was asked about that is.
type Places = BTreeMap<UnitIx, u32>;

/// By what roles are tried: ranked ones from the lowest on, then the others; then from the nearest unit on.
type Order = (Option<Rank>, u32, RoleIx, UnitIx);

impl Denied<'_> {
    /// Every role that might allow, in order.
    pub(super) fn assignments(&self) -> Vec<Remedy> {
        let mut found: Vec<(Order, Remedy)> = match (self.reason, self.found) {
            (Reason::UserDisabled, _) | (Reason::SelfManagement, Found::User(_)) => Vec::new(),
            // A user manages those below the lowest of their roles: one more raises nothing.
            (Reason::RankTooLow, Found::User(_)) => self.raising(),
            _ => self.adding(),
        };
        found.sort_unstable_by_key(|((rank, distance, role, unit), _)| {
            (rank.is_none(), *rank, *distance, *role, *unit)
        });
        found.into_iter().map(|(_, remedy)| remedy).collect()
    }

    /// Other roles in place of the lowest.
    fn raising(&self) -> Vec<(Order, Remedy)> {
        let Asking { world, scheme, user, now, .. } = self.asking;
        let lowest = lowest(scheme, user, now);
        let mut found = Vec::new();
        for held in self.asking.held().filter(|held| scheme.rank(held.role) == lowest) {
            let kind = world.node(held.unit).and_then(|node| scheme.kind(node.unit.kind));
            for &role in kind.map_or(&[][..], |kind| &kind.roles) {
                let rank = scheme.rank(role).filter(|&rank| Some(rank) > lowest);
                let remedy = Remedy::ChangeRole(held.number, role);
                found.extend(rank.map(|rank| ((Some(rank), 0, role, held.unit), remedy)));
            }
        }
        found
    }

    /// Roles where they would reach what was asked about.
    fn adding(&self) -> Vec<(Order, Remedy)> {
        let scheme = self.asking.scheme;
        let held: Vec<Deciding> = self.asking.held().map(|held| Deciding::of(&held)).collect();
        let mut found = Vec::new();
        for (unit, distance) in self.places() {
            let there = || held.iter().filter(|held| held.unit == unit);
            let Some(node) = self.asking.world.node(unit).filter(|node| !node.closed) else { continue };
            let Some(kind) = scheme.kind(node.unit.kind) else { continue };
            for &role in &kind.roles {
                let Some(what) = scheme.role(role) else { continue };
                // Held alone, or beside something there.
                let apart = what.exclusive && !held.is_empty();
                let beside = |held: &Deciding| self.asking.world.is_within(held.unit, unit);
                let lacks = what.beside.is_some() && !held.iter().any(beside);
                if apart || lacks || !self.might_allow(role, what, node.unit.kind) {
                    continue;
                }
                let remedy = match there().next() {
                    _ if there().any(|held| held.role == role) => continue,
                    // A user has one role at a time there: this one in its place.
                    Some(held) if kind.single_role => Remedy::ChangeRole(held.number, role),
                    _ => Remedy::Assign(role, unit, self.switch(what)),
                };
                found.push(((what.rank, distance, role, unit), remedy));
            }
        }
        found
    }

    /// User management goes with a role where that is what was asked for.
    fn switch(&self, role: &Role) -> UserManagement {
        match (self.found, role.user_management) {
            (Found::User(_), Switch::Switch) => self.level(),
            _ => UserManagement::None,
        }
    }

    /// Whether a role, held at a unit of a kind, has what was asked for.
    fn might_allow(&self, role: RoleIx, what: &Role, at: KindIx) -> bool {
        let Asking { scheme, user, cap, .. } = self.asking;
        let has = |cap: CapIx, fits: &dyn Fn(&Ability) -> bool| {
            scheme.abilities(role, cap).iter().any(|ability| ability.at.contains(at) && fits(ability))
        };
        match self.found {
            Found::Unit(_) if scheme.decided_by_reporting(cap) => true,
            Found::Unit(_) | Found::Customer(..) => has(cap, &|_| true),
            Found::System(system) if cap == scheme.core().system_use => {
                what.systems.contains(system) || user.grants().iter().any(|grant| grant.system == system)
            }
            Found::System(system) => has(cap, &|ability| ability.systems.contains(system)),
            Found::User(_) if ToUser::of(scheme, cap) == Some(ToUser::View) => {
                rights(scheme).any(|right| right.capability().is_some_and(|cap| has(cap, &is_below)))
            }
            Found::User(_) => has(cap, &is_below),
        }
    }

    /// Where a role could be held of which it does not matter where: at home, above it, or else anywhere.
    fn anywhere(&self, places: &mut Places) {
        self.upwards(self.asking.user.home(), places);
        let open = self.asking.world.units().filter(|(_, node)| !node.closed);
        let mut kinds = BTreeSet::new();
        for (unit, _) in open.filter(|(_, node)| kinds.insert(node.unit.kind)) {
            places.entry(unit).or_insert(u32::MAX);
        }
    }

    /// Where a role would reach what was asked about.
    fn places(&self) -> Places {
        let world = self.asking.world;
        let mut places = Places::new();
        match self.found {
            Found::Unit(unit) => {
                self.upwards(unit, &mut places);
                self.enclosed_by(unit, &mut places);
            }
            Found::Customer(customer, at) => {
                let counts = |unit: &UnitIx| at.is_none_or(|at| at == *unit);
                let placed = world.placements(customer).map(|placement| placement.unit).filter(counts);
                placed.for_each(|unit| self.upwards(unit, &mut places));
                if world.owner_of(customer) == Some(self.asking.ix) {
                    self.anywhere(&mut places);
                }
            }
            Found::User(other) => {
                if let Some(other) = other.and_then(|ix| Other::as_held(world, ix)) {
                    let held = other.user.assignments().filter(|held| held.held(self.asking.now));
                    let held: Vec<UnitIx> = held.map(|held| held.unit).collect();
                    let from = if held.is_empty() { vec![other.user.home()] } else { held };
                    from.into_iter().for_each(|unit| self.upwards(unit, &mut places));
                }
            }
            Found::System(_) => {
                let held = self.asking.held().map(|held| held.unit);
                places.extend(held.map(|unit| (unit, 0)));
                self.anywhere(&mut places);
            }
        }
        places
    }

    /// The nearest unit of each kind below a unit from which a role reaches the one that encloses it.
    fn enclosed_by(&self, unit: UnitIx, places: &mut Places) {
        let Asking { world, scheme, cap, .. } = self.asking;
        let Some(of) = world.node(unit).map(|node| node.unit.kind) else { return };
        let encloses = |role: RoleIx, at: KindIx| {
            let mut abilities = scheme.abilities(role, cap).iter();
            abilities.any(|ability| ability.reach == Reach::Enclosing(of) && ability.at.contains(at))
        };
        let kinds = (0_u8..).map(KindIx).zip(scheme.kinds());
        let mut wanted: BTreeSet<KindIx> = kinds
            .filter(|(at, kind)| kind.roles.iter().any(|&role| encloses(role, *at)))
            .map(|(at, _)| at)
            .collect();
        let (mut level, mut distance, mut seen) = (vec![unit], 0_u32, BTreeSet::from([unit]));
        while !level.is_empty() && !wanted.is_empty() {
            let mut below = Vec::new();
            for node in level.into_iter().filter_map(|unit| world.node(unit)) {
                for &child in node.children().iter().filter(|&&child| seen.insert(child)) {
                    below.push(child);
                    let Some(node) = world.node(child).filter(|node| !node.closed) else { continue };
                    if node.meets_first(unit) && wanted.remove(&node.unit.kind) {
                        places.entry(child).or_insert(distance.saturating_add(1));
                    }
                }
            }
            (level, distance) = (below, distance.saturating_add(1));
        }
    }

    /// A unit and all above it, each with the fewest steps up to it.
    fn upwards(&self, unit: UnitIx, places: &mut Places) {
        let (mut level, mut distance) = (vec![unit], 0);
        while !level.is_empty() {
            let mut above: Vec<UnitIx> = Vec::new();
            for unit in level {
                if places.get(&unit).is_some_and(|&known| known < distance) {
                    continue;
                }
                places.insert(unit, distance);
                above.extend(self.asking.world.node(unit).into_iter().flat_map(|node| &node.unit.parents));
            }
            above.sort_unstable();
            above.dedup();
            (level, distance) = (above, distance.saturating_add(1));
        }
    }
}

fn is_below(ability: &Ability) -> bool {
    ability.reach == Reach::Below
}
