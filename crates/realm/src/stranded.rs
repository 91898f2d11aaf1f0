//! What a realm has, and other rules would no longer know.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bailiwick_identity::{UnitId, UserId};
use bailiwick_membership::{KindIx, ReportingRoleIx, SystemIx, UserRef, UserTypeIx, World};
use bailiwick_policy::scheme::Scheme;

/// So many of those who would be stranded are named of each thing, and of all together.
const MOST_NAMED: usize = 100;
const MOST_NAMED_IN_ALL: usize = 5_000;

/// Something of a scheme that is in use, and could no longer be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranded {
    /// What, as the document has it: `roles.staff`, or where it could no longer be held: `roles.staff at kinds.team`.
    pub what: String,
    /// How many units are of it, or how many users hold it, ended assignments among it.
    pub count: usize,
    /// The first of these units, at most 100.
    pub units: Vec<UnitId>,
    /// The first of these users, at most 100.
    pub users: Vec<UserId>,
}

impl fmt::Display for Stranded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, count, units, users } = self;
        let noun = match (units.is_empty(), *count == 1) {
            (false, true) => "unit",
            (false, false) => "units",
            (true, true) => "user",
            (true, false) => "users",
        };
        write!(f, "`{what}`: {count} {noun}")?;
        let named = units.iter().map(UnitId::as_str).chain(users.iter().map(UserId::as_str));
        for (place, name) in named.take(3).enumerate() {
            write!(f, "{} {name}", if place == 0 { ':' } else { ',' })?;
        }
        if *count > 3 { f.write_str(" …") } else { Ok(()) }
    }
}

/// What is in use under the present rules and would be nothing under the next, by what it is.
#[must_use]
pub fn stranded(world: &World, present: &Scheme, next: &Scheme) -> Vec<Stranded> {
    let mut found = Strandings { present, next, gone: Gone::of(next), found: BTreeMap::new(), named: 0 };
    for (_, node) in world.units() {
        found.unit(&node.unit.id, node.unit.kind);
    }
    for (ix, user) in world.users() {
        let names = found.by(world, user);
        if !names.is_empty()
            && let Some(id) = world.user_id(ix)
        {
            names.into_iter().for_each(|what| found.note(what, None, Some(&id)));
        }
    }
    found.found.into_values().collect()
}

struct Strandings<'s> {
    present: &'s Scheme,
    next: &'s Scheme,
    gone: Gone,
    found: BTreeMap<String, Stranded>,
    named: usize,
}

/// What the next rules no longer have.
struct Gone {
    kinds: BTreeSet<KindIx>,
    systems: BTreeSet<SystemIx>,
    reporting_roles: BTreeSet<ReportingRoleIx>,
    user_types: BTreeSet<UserTypeIx>,
}

impl Gone {
    fn of(next: &Scheme) -> Self {
        Self {
            kinds: next.missing_kinds().collect(),
            systems: next.missing_systems().collect(),
            reporting_roles: next.missing_reporting_roles().collect(),
            user_types: next.missing_user_types().collect(),
        }
    }
}

impl Strandings<'_> {
    fn unit(&mut self, id: &UnitId, kind: KindIx) {
        let name = self.present.kind(kind).map_or("?", |k| &k.name);
        if self.gone.kinds.contains(&kind) || self.next.kind_named(name) != Some(kind) {
            self.note(format!("kinds.{name}"), Some(id), None);
        }
    }

    /// What a user has that the next rules do not know; each once.
    fn by(&self, world: &World, user: UserRef<'_>) -> BTreeSet<String> {
        let Self { present, next, gone, .. } = self;
        let mut names = BTreeSet::new();
        for assignment in user.assignments() {
            let role = present.role(assignment.role).map_or("?", |r| &r.name);
            let kind = world.node(assignment.unit).and_then(|n| next.kind(n.unit.kind));
            if next.role_named(role) != Some(assignment.role) {
                names.insert(format!("roles.{role}"));
            } else if !kind.is_some_and(|k| k.roles.contains(&assignment.role)) {
                names.insert(format!("roles.{role} at kinds.{}", kind.map_or("?", |k| &k.name)));
            }
            if let Some(label) = assignment.options.user_type.filter(|label| gone.user_types.contains(label))
            {
                let name = present.user_types().get(usize::from(label.0)).map_or("?", String::as_str);
                names.insert(format!("user_types.{name}"));
            }
        }
        for grant in user.grants() {
            let system = present.system(grant.system).map_or("?", |s| &s.name);
            if gone.systems.contains(&grant.system) || next.system_named(system) != Some(grant.system) {
                names.insert(format!("systems.{system}"));
            }
        }
        if let Some(reporting) = user.reporting_role() {
            let name = present.reporting_role(reporting).map_or("?", |r| &r.name);
            let is_there = next.reporting_role_named(name) == Some(reporting);
            if gone.reporting_roles.contains(&reporting) || !is_there {
                names.insert(format!("reporting_roles.{name}"));
            }
        }
        names
    }

    fn note(&mut self, what: String, unit: Option<&UnitId>, user: Option<&UserId>) {
        let empty =
            |what: &String| Stranded { what: what.clone(), count: 0, units: Vec::new(), users: Vec::new() };
        let found = self.found.entry(what).or_insert_with_key(empty);
        found.count += 1;
        if found.count <= MOST_NAMED && self.named < MOST_NAMED_IN_ALL {
            self.named += 1;
            found.units.extend(unit.cloned());
            found.users.extend(user.cloned());
        }
    }
}
