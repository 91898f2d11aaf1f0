//! A generated world under the `eto` scheme, as the commands that load it.
//!
//! One enterprise, sites, programs below each. A user holds one to three roles, each at another site; three in ten of
//! them for chosen programs only, some restricted to a caseload, suspended or with an end. A customer is placed in two
//! programs of one site. Whom and what a number stands for can be computed, so that questions need no index.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_identity::{CustomerId, Field, IdFault, Instant, RealmId, UnitId, UserId};
use bailiwick_membership::UserManagement;
use bailiwick_policy::scheme::{Scheme, shipped};
use bailiwick_realm::{
    Actor, AssignmentSpec, Body, Command, Facts, LoadItem, ManageUser, NewUnit, NewUser, OptionsSpec, Patch,
    Revision, ScopeSpec, Seat, Spares, State, UserChange, decide,
};

use crate::random::Random;

/// The realm that is measured.
pub const REALM: &str = "bench";

/// The scheme that it runs under.
const SCHEME: &str = "eto";
/// Far enough in the future that nothing ends while it is measured: the year 2096.
const LATER: i64 = 4_000_000_000_000_000;
/// So many items at a time: with at most seven changes each, below what a command may hold.
const ITEMS: usize = 140;
/// The roles that are handed out, and how many in a hundred hold each.
const ROLES: [(&str, u32); 6] = [
    ("staff", 60),
    ("intake", 12),
    ("funder", 10),
    ("program-manager", 10),
    ("department-head", 5),
    ("site-manager", 3),
];

/// How large a world is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// People with access.
    pub users: u32,
    /// People whose records are protected.
    pub customers: u32,
    /// Sites of the enterprise.
    pub sites: u32,
    /// Programs of each site.
    pub programs: u32,
    /// What the world is drawn from.
    pub seed: u64,
}

/// Why a world could not be made: a fault of this crate.
#[derive(Debug)]
pub struct Fault(pub String);

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl From<IdFault> for Fault {
    fn from(fault: IdFault) -> Self {
        Self(format!("an id: {fault:?}"))
    }
}

impl Sizes {
    /// The sites at which a user holds a role, home first.
    #[must_use]
    pub fn sites_of(&self, user: u32) -> Vec<u32> {
        let mut random = Random::new(self.seed ^ (u64::from(user) << 20));
        let first = random.below(self.sites);
        let count = 1 + random.below(3).min(self.sites - 1);
        (0..count).map(|n| (first + n * (1 + self.sites / 7)) % self.sites).fold(
            Vec::new(),
            |mut sites, site| {
                if !sites.contains(&site) {
                    sites.push(site);
                }
                sites
            },
        )
    }

    /// A customer of a site, if there is one.
    #[must_use]
    pub fn customer_of(&self, site: u32, random: &mut Random) -> u32 {
        let rounds = (self.customers / self.sites).max(1);
        (random.below(rounds) * self.sites + site).min(self.customers.saturating_sub(1))
    }

    /// What a world of this size is made of, in commands that a realm takes one after the other; the first brings
    /// the realm into being.
    ///
    /// # Errors
    /// When the scheme that ships does not compile.
    pub fn commands(&self) -> Result<impl Iterator<Item = Result<Command, Fault>> + use<>, Fault> {
        let create = Body::CreateRealm { title: "Bench".to_owned(), scheme: scheme()? };
        let sizes = *self;
        let items = sizes.units().chain(sizes.users()).chain(sizes.placements());
        Ok(std::iter::once(Ok(operator(create))).chain(Chunks { items }))
    }

    fn units(self) -> impl Iterator<Item = Result<LoadItem, Fault>> {
        let top = std::iter::once(unit("top", "enterprise", None));
        let sites = (0..self.sites).map(|s| unit(&site_id(s), "site", Some("top".to_owned())));
        let programs = (0..self.sites)
            .flat_map(move |s| (0..self.programs).map(move |p| (s, p)))
            .map(|(s, p)| unit(&program_id(s, p), "program", Some(site_id(s))));
        top.chain(sites).chain(programs)
    }

    fn users(self) -> impl Iterator<Item = Result<LoadItem, Fault>> {
        (0..self.users).map(move |n| self.user(n))
    }

    fn user(self, n: u32) -> Result<LoadItem, Fault> {
        let mut random = Random::new(self.seed.wrapping_add(1) ^ (u64::from(n) << 20));
        let sites = self.sites_of(n);
        let fields = BTreeMap::from([
            (Field::FirstName, "Jo".to_owned()),
            (Field::LastName, format!("Number{n}")),
            (Field::Email, format!("u{n}@example.org")),
        ]);
        let home = UnitId::parse(&site_id(sites.first().copied().unwrap_or(0)))?;
        let new = NewUser { home, username: None, fields, external_ids: BTreeMap::new() };
        let mut changes = vec![UserChange::Create(new)];
        for (number, &site) in (1..).zip(&sites) {
            changes.push(UserChange::Assign(self.assignment(site, &mut random)?));
            if random.chance(3) {
                changes.push(UserChange::Suspend { number, from: None, until: None });
            }
        }
        let user = UserId::parse(&user_id(n))?;
        Ok(LoadItem::User(ManageUser { user, etag: None, handles: Vec::new(), changes }))
    }

    fn assignment(self, site: u32, random: &mut Random) -> Result<AssignmentSpec, Fault> {
        let drawn = random.below(100);
        let mut below = 0;
        let role = ROLES.into_iter().find(|(_, share)| {
            below += share;
            drawn < below
        });
        let role = role.map_or("staff", |(role, _)| role);
        let mut options = OptionsSpec { scope: Some(ScopeSpec::All), ..OptionsSpec::default() };
        if random.chance(30) {
            let first = random.below(self.programs);
            let chosen = (first..self.programs).take(3).map(|p| UnitId::parse(&program_id(site, p)));
            options.scope = Some(ScopeSpec::Only(chosen.collect::<Result<_, _>>()?));
        }
        if role == "staff" && random.chance(5) {
            options.caseload_only = Some(true);
        }
        if ["program-manager", "department-head"].contains(&role) {
            options.user_management = Some(UserManagement::Manage);
        }
        if random.chance(5) {
            options.ends_at = Instant::from_micros(LATER).map_or(Patch::Keep, Patch::Set);
        }
        Ok(AssignmentSpec {
            unit: UnitId::parse(&site_id(site))?,
            seat: Seat::There,
            role: role.to_owned(),
            options,
        })
    }

    fn placements(self) -> impl Iterator<Item = Result<LoadItem, Fault>> {
        (0..self.customers).flat_map(move |n| {
            let mut random = Random::new(self.seed.wrapping_add(2) ^ (u64::from(n) << 20));
            let first = random.below(self.programs);
            let second = (first + 1) % self.programs;
            let programs = if first == second { vec![first] } else { vec![first, second] };
            let dismissed = random.chance(10);
            programs.into_iter().map(move |p| {
                let unit = UnitId::parse(&program_id(n % self.sites, p))?;
                Ok(LoadItem::Placement { customer: CustomerId::parse(&customer_id(n))?, unit, dismissed })
            })
        })
    }
}

/// The state that the commands lead to, without a store.
///
/// # Errors
/// When the realm refuses one of them.
pub fn build(sizes: &Sizes) -> Result<State, Fault> {
    let mut state = State::unborn(RealmId::parse(REALM)?, scheme()?);
    let facts = Facts::default();
    let now = Instant::from_micros(1_000_000).ok_or_else(|| Fault("no instant".to_owned()))?;
    for command in sizes.commands()? {
        let decided = decide(&state, &facts, &command?, now).map_err(|refusal| Fault(refusal.to_string()))?;
        decided.events.iter().for_each(|event| state.apply(event));
        state.revision = Revision(state.revision.0 + 1);
        state.recorded_at = now;
    }
    Ok(state)
}

/// The scheme of the world.
///
/// # Errors
/// When it does not compile.
pub fn scheme() -> Result<Arc<Scheme>, Fault> {
    let text = shipped().iter().find(|(name, _)| *name == SCHEME).map_or("", |(_, text)| text);
    Scheme::parse(text).map(Arc::new).map_err(|faults| Fault(format!("{faults:?}")))
}

fn operator(body: Body) -> Command {
    Command {
        actor: Actor::Operator,
        caller: "bench".to_owned(),
        reason: None,
        may_remove_last_manager: false,
        expects: None,
        spares: Spares::default(),
        body,
    }
}

fn unit(id: &str, kind: &str, parent: Option<String>) -> Result<LoadItem, Fault> {
    let parents = parent.iter().map(|id| UnitId::parse(id)).collect::<Result<_, _>>()?;
    let unit = NewUnit {
        id: UnitId::parse(id)?,
        kind: kind.to_owned(),
        name: id.to_owned(),
        description: String::new(),
        parents,
    };
    Ok(LoadItem::Unit { unit, archived: false })
}

pub(crate) fn site_id(site: u32) -> String {
    format!("site-{site}")
}

pub(crate) fn program_id(site: u32, program: u32) -> String {
    format!("program-{site}-{program}")
}

pub(crate) fn user_id(user: u32) -> String {
    format!("user-{user}")
}

pub(crate) fn customer_id(customer: u32) -> String {
    format!("customer-{customer}")
}

/// Items, as many a command as one may hold.
struct Chunks<I> {
    items: I,
}

impl<I: Iterator<Item = Result<LoadItem, Fault>>> Iterator for Chunks<I> {
    type Item = Result<Command, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let items: Result<Vec<_>, _> = self.items.by_ref().take(ITEMS).collect();
        match items {
            Ok(items) if items.is_empty() => None,
            Ok(items) => Some(Ok(operator(Body::Load(items)))),
            Err(fault) => Some(Err(fault)),
        }
    }
}
