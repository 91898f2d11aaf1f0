//! What a user's access amounts to: what each assignment allows, and where; and which systems they use.

use bailiwick_identity::Instant;
use bailiwick_membership::{AssignmentRef, SystemIx, UnitIx, UserIx, UserRef, World};

use crate::check::{Asking, Attempts, By, Deciding, Found, Obstacle};
use crate::holding::may_hold_ability;
use crate::manage::{Actor, Level, Right};
use crate::scheme::{Ability, CapIx, ClassSet, Reach, Resource, Scheme, SystemSet, UnderCaseload};

/// What a user's access amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// What each held assignment allows, oldest first.
    pub assignments: Vec<Held>,
    /// The systems that a role brings or that are granted, in the scheme's order.
    pub systems: Vec<UsedSystem>,
}

/// What one assignment allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub by: Deciding,
    /// What its role has where it is held, in the scheme's order.
    pub allows: Vec<Allows>,
}

/// A capability of an assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allows {
    /// Which.
    pub cap: CapIx,
    /// How far.
    pub reach: AllowedAt,
    /// The record classes that it shows, of customers.
    pub classes: ClassSet,
    /// The systems that it is about.
    pub systems: SystemSet,
    /// Under the caseload restriction of the assignment, where that binds.
    pub restricted: Restricted,
    /// Why it allows nothing at present; unset: it does.
    pub obstacle: Option<Obstacle>,
}

impl Allows {
    /// Another way of the same role to the same: what either shows is shown.
    fn add(&mut self, other: &Self) {
        self.classes = self.classes.union(other.classes);
        self.systems.0 |= other.systems.0;
    }
}

/// Where a capability of an assignment reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedAt {
    /// All that the assignment covers.
    Covered,
    /// These units, which enclose the assignment's.
    Enclosing(Vec<UnitIx>),
    /// The user's own record.
    OwnRecord,
}

/// What a caseload restriction leaves of a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restricted {
    /// All of it: there is no restriction, or it is not about customers or units.
    No,
    /// Customers on the caseload.
    ToCaseload,
    /// Nothing.
    Refused,
}

/// A system that a user uses, or would but for an obstacle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedSystem {
    /// Which.
    pub system: SystemIx,
    /// What brings it: what allows, or else what came furthest.
    pub by: By,
    /// Why it is not used at present; unset: it is.
    pub obstacle: Option<Obstacle>,
}

/// What a user's access amounts to at an instant; nothing for nobody.
#[must_use]
pub fn summary(world: &World, scheme: &Scheme, ix: UserIx, now: Instant) -> Option<Summary> {
    let user = world.user(ix).filter(|user| !user.is_erased())?;
    let of = Of { world, scheme, ix, user, now };
    let held = user.assignments().filter(|held| held.held(now));
    Some(Summary { assignments: held.map(|held| of.held(&held)).collect(), systems: of.systems() })
}

struct Of<'w> {
    world: &'w World,
    scheme: &'w Scheme,
    ix: UserIx,
    user: UserRef<'w>,
    now: Instant,
}

impl Of<'_> {
    fn asking(&self, cap: CapIx) -> Asking<'_> {
        let Self { world, scheme, ix, user, now } = *self;
        Asking { world, scheme, now, ix, user, cap }
    }

    fn held(&self, held: &AssignmentRef<'_>) -> Held {
        let caps = (0_u16..).map(CapIx).zip(self.scheme.capabilities());
        let caps = caps.filter(|(cap, _)| !self.scheme.decided_by_reporting(*cap));
        let allows = caps.flat_map(|(cap, of)| {
            let abilities = self.scheme.abilities(held.role, cap).iter();
            let here =
                move |ability: &&Ability| may_hold_ability(self.world, self.scheme, held, cap, ability);
            abilities.filter(here).map(move |ability| Allows {
                cap,
                reach: self.reach(held, ability.reach),
                classes: ability.classes,
                systems: ability.systems,
                restricted: match ability.reach {
                    // One's own record is no case.
                    Reach::Own => Restricted::No,
                    Reach::Below | Reach::Enclosing(_) => restricted(held, of.resource, of.under_caseload),
                },
                obstacle: self.obstacle(held, cap, of.resource),
            })
        });
        let mut told: Vec<Allows> = Vec::new();
        for one in allows.filter(|one| one.reach != AllowedAt::OwnRecord || self.user.own_record().is_some())
        {
            match told.iter_mut().find(|known| known.cap == one.cap && known.reach == one.reach) {
                Some(known) => known.add(&one),
                None => told.push(one),
            }
        }
        Held { by: Deciding::of(held), allows: told }
    }

    fn reach(&self, held: &AssignmentRef<'_>, reach: Reach) -> AllowedAt {
        match reach {
            Reach::Below => AllowedAt::Covered,
            Reach::Own => AllowedAt::OwnRecord,
            Reach::Enclosing(kind) => {
                let nearest = self.world.node(held.unit).map_or(&[][..], |node| node.nearest());
                let of_kind = |unit: &UnitIx| self.world.node(*unit).is_some_and(|n| n.unit.kind == kind);
                AllowedAt::Enclosing(nearest.iter().copied().filter(of_kind).collect())
            }
        }
    }

    /// Why an assignment gives nothing by a capability: for what is done to users, rule 3 too.
    fn obstacle(&self, held: &AssignmentRef<'_>, cap: CapIx, of: Resource) -> Option<Obstacle> {
        let tried = if of == Resource::User {
            let Self { world, scheme, ix, user, now } = *self;
            Actor::alone(world, scheme, (ix, user), now).try_right(held, Right::Of(cap), Level::Manage)
        } else {
            self.asking(cap).in_effect(held)
        };
        tried.err()
    }

    fn systems(&self) -> Vec<UsedSystem> {
        let asking = self.asking(self.scheme.core().system_use);
        let all = (0_u8..).map(SystemIx).zip(self.scheme.systems());
        let live = all.filter(|(ix, system)| self.scheme.system_named(&system.name) == Some(*ix));
        live.filter_map(|(system, _)| {
            let mut seen = Attempts::default();
            asking.about(Found::System(system), None, &mut seen);
            // What allows comes first; of obstacles, the furthest.
            let best = seen
                .told
                .iter()
                .min_by_key(|tried| (tried.obstacle.is_some(), tried.obstacle.map(std::cmp::Reverse)))?;
            Some(UsedSystem { system, by: best.by, obstacle: best.obstacle })
        })
        .collect()
    }
}

fn restricted(held: &AssignmentRef<'_>, of: Resource, under: UnderCaseload) -> Restricted {
    match (of, under) {
        _ if !held.options.caseload.only => Restricted::No,
        (Resource::User | Resource::System, _) => Restricted::No,
        (Resource::Unit | Resource::Customer, UnderCaseload::Refused) => Restricted::Refused,
        (Resource::Customer, UnderCaseload::Kept) => Restricted::ToCaseload,
        (Resource::Unit, UnderCaseload::Kept) => Restricted::No,
    }
}
