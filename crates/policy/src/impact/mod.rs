//! What a change does to what is allowed: the world and the rules before and after it, compared at one instant.
//!
//! Nothing is derived from the change: whatever comes into question on either side is asked about by the rules of a single
//! question, and what is answered otherwise is told. What may be passed over is known from the change (`region`, `rules`);
//! passing over too little costs time and nothing else.
//!
//! A comparison is whole or none: where it would take more questions than its [`Meter`] has, or nobody waits any more, it
//! ends with an error.

mod cover;
mod differ;
mod others;
mod region;
mod rules;

use std::collections::BTreeSet;

use bailiwick_identity::Instant;
use bailiwick_membership::{Access, TriedUser, UserIx, UserRef, World};

use crate::check::{Asking, next_turn};
use crate::list::{Narrowed, ResourceIx, Rows, answers, holders};
use crate::scheme::{CapIx, ClassSet, Resource, Scheme};

pub use cover::{Cover, cover};
pub use differ::{Classes, Extent, Meter, Turn, Unfinished};
pub use others::{Count, Example, MOST_EXAMPLES, Named, Others, Tellable, Touched};

use differ::{SideBySide, turns};

/// A world and its rules.
#[derive(Debug, Clone, Copy)]
pub struct Side<'w> {
    /// Units, users and customers.
    pub world: &'w World,
    /// The rules.
    pub scheme: &'w Scheme,
}

/// Two of something: of before and of after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pair<T> {
    before: T,
    after: T,
}

/// What was and what would be, at one instant.
#[derive(Debug)]
pub struct Comparison<'w> {
    sides: Pair<Side<'w>>,
    now: Instant,
    capabilities: Vec<Compared>,
    classes: Vec<&'w str>,
    /// Where the record classes of each side stand among all.
    places: Pair<Vec<usize>>,
}

/// A capability that can be asked about on either side.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Compared {
    name: String,
    resource: Resource,
    caps: Pair<Option<CapIx>>,
}

/// Something that is allowed on one side only, or shows more there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turned<T> {
    /// Whether it is gained or lost.
    pub turn: Turn,
    /// Which capability, for [`Comparison::capability`].
    pub capability: usize,
    /// Whether the access as such, or some record classes of it.
    pub extent: Extent,
    /// The record classes that are gained or lost; none where it is about no customer.
    pub classes: Classes,
    /// Over what, or by whom.
    pub what: T,
}

/// How much of what somebody holds is compared.
#[derive(Debug, Clone, Copy)]
pub enum Holdings<'a> {
    /// All of it.
    All,
    /// These assignments alone. What else somebody holds decides about ranks and systems: of users and systems nothing is
    /// compared.
    Only(&'a BTreeSet<u32>),
}

impl<'w> Comparison<'w> {
    /// Compares two sides, of which the second came of the first: it has the same units, users and customers under the same
    /// numbers, and maybe more.
    #[must_use]
    pub fn new(before: Side<'w>, after: Side<'w>, now: Instant) -> Self {
        let mut classes: Vec<&'w str> = Vec::new();
        let mut place = |name: &'w String| {
            classes.iter().position(|known| known == name).unwrap_or_else(|| {
                classes.push(name);
                classes.len() - 1
            })
        };
        let places = Pair {
            before: before.scheme.classes().iter().map(&mut place).collect(),
            after: after.scheme.classes().iter().map(&mut place).collect(),
        };
        let capabilities = compared(before.scheme, after.scheme);
        Self { sides: Pair { before, after }, now, capabilities, classes, places }
    }

    /// The name of a capability.
    #[must_use]
    pub fn capability(&self, capability: usize) -> &str {
        self.capabilities.get(capability).map_or("", |compared| &compared.name)
    }

    /// The names of record classes.
    pub fn classes(&self, classes: Classes) -> impl Iterator<Item = &'w str> {
        let all = self.classes.iter().copied().enumerate();
        all.filter(move |&(place, _)| classes.has(place)).map(|(_, name)| name)
    }

    /// Everything that a user gains and loses, by capability, in the order in which the resources came into being.
    ///
    /// # Errors
    /// When there is too much to ask.
    pub fn of_subject(
        &self,
        user: UserIx,
        holdings: Holdings<'_>,
        meter: &Meter<'_>,
    ) -> Result<Vec<Turned<ResourceIx>>, Unfinished> {
        let tried = match holdings {
            Holdings::All => None,
            Holdings::Only(numbers) => Some(self.sides.map(|side| part(side.world.user(user)?, numbers))),
        };
        let users = match &tried {
            None => self.users(user),
            Some(tried) => tried.as_ref().map(|tried| tried.as_ref().and_then(TriedUser::get)),
        };
        let mut found = Vec::new();
        for (capability, compared) in self.capabilities.iter().enumerate() {
            let depends_on_all = matches!(compared.resource, Resource::User | Resource::System);
            if tried.is_some() && depends_on_all {
                continue;
            }
            let asking = self.asking(user, users, compared);
            for (what, before, after) in differences(asking) {
                meter.spend()?;
                let turned = turns(self.allowed(before, after));
                found.extend(turned.map(|(turn, extent, classes)| Turned {
                    turn,
                    capability,
                    extent,
                    classes,
                    what,
                }));
            }
        }
        Ok(found)
    }

    /// Everybody who gains or loses something over a resource, by capability, in the order in which they came into being.
    ///
    /// # Errors
    /// When there is too much to ask.
    pub fn of_resource(
        &self,
        resource: ResourceIx,
        meter: &Meter<'_>,
    ) -> Result<Vec<Turned<UserIx>>, Unfinished> {
        let mut found = Vec::new();
        let all = self.capabilities.iter().enumerate();
        for (capability, compared) in all.filter(|(_, compared)| compared.resource == resource.of()) {
            let rows = self.sides.zip(compared.caps).map(|(side, cap)| -> Rows<'_, _> {
                match cap {
                    Some(cap) => Box::new(holders(side.world, side.scheme, cap, resource, self.now)),
                    None => Box::new(std::iter::empty()),
                }
            });
            for (what, before, after) in SideBySide::new(rows.before, rows.after) {
                meter.spend()?;
                let turned = turns(self.allowed(before, after));
                found.extend(turned.map(|(turn, extent, classes)| Turned {
                    turn,
                    capability,
                    extent,
                    classes,
                    what,
                }));
            }
        }
        Ok(found)
    }

    /// The earliest later instant at which something starts or ends that a user would hold.
    #[must_use]
    pub fn next_turn(&self, user: UserIx) -> Option<Instant> {
        next_turn(self.sides.after.world.user(user)?, self.now)
    }

    fn users(&self, user: UserIx) -> Pair<Option<UserRef<'w>>> {
        self.sides.map(|side| side.world.user(user))
    }

    /// A user who asks for a capability, on each side where they may ask at all.
    fn asking<'a>(
        &'a self,
        ix: UserIx,
        users: Pair<Option<UserRef<'a>>>,
        compared: &Compared,
    ) -> Pair<Option<Asking<'a>>> {
        let now = self.now;
        self.sides.zip(users).zip(compared.caps).map(|((side, user), cap)| {
            let user = user.filter(|user| user.is_active())?;
            Some(Asking { world: side.world, scheme: side.scheme, now, ix, user, cap: cap? })
        })
    }

    /// What each side allows, in the record classes of both.
    fn allowed(&self, before: Option<ClassSet>, after: Option<ClassSet>) -> Pair<Option<Classes>> {
        let of = |places: &[usize], classes: Option<ClassSet>| {
            classes.map(|classes| Classes::of(classes.iter().filter_map(|ix| places.get(ix).copied())))
        };
        Pair { before: of(&self.places.before, before), after: of(&self.places.after, after) }
    }
}

/// What two askings are answered about each resource that comes into question on either side.
fn differences<'a>(
    asking: Pair<Option<Asking<'a>>>,
) -> impl Iterator<Item = (ResourceIx, Option<ClassSet>, Option<ClassSet>)> {
    let rows = asking.map(|asking| -> Rows<'a, _> {
        match asking {
            Some(asking) => Box::new(
                answers(asking, Narrowed::default(), None)
                    .map(|(what, answer)| (what, answer.is_allowed().then_some(answer.visible))),
            ),
            None => Box::new(std::iter::empty()),
        }
    });
    SideBySide::new(rows.before, rows.after)
}

/// A user who holds these assignments alone.
fn part(user: UserRef<'_>, numbers: &BTreeSet<u32>) -> Option<TriedUser> {
    let mut access: Access = user.access();
    access.assignments.retain(|held| numbers.contains(&held.number));
    Some(TriedUser::new(access, user.caseload()))
}

/// Every capability that can be asked about under one of two schemes.
fn compared(before: &Scheme, after: &Scheme) -> Vec<Compared> {
    let of = |scheme: &Scheme| -> Vec<(CapIx, String, Resource)> {
        let all = (0_u16..).map(CapIx).zip(scheme.capabilities());
        all.filter(|&(cap, _)| scheme.is_question(cap))
            .map(|(cap, of)| (cap, of.name.clone(), of.resource))
            .collect()
    };
    let mut found: Vec<Compared> = of(before)
        .into_iter()
        .map(|(cap, name, resource)| Compared {
            name,
            resource,
            caps: Pair { before: Some(cap), after: None },
        })
        .collect();
    for (cap, name, resource) in of(after) {
        match found.iter_mut().find(|known| known.name == name && known.resource == resource) {
            Some(known) => known.caps.after = Some(cap),
            None => found.push(Compared { name, resource, caps: Pair { before: None, after: Some(cap) } }),
        }
    }
    found
}

impl<T> Pair<T> {
    fn map<U>(self, mut of: impl FnMut(T) -> U) -> Pair<U> {
        Pair { before: of(self.before), after: of(self.after) }
    }

    fn zip<U>(self, other: Pair<U>) -> Pair<(T, U)> {
        Pair { before: (self.before, other.before), after: (self.after, other.after) }
    }

    fn as_ref(&self) -> Pair<&T> {
        Pair { before: &self.before, after: &self.after }
    }
}

impl Pair<bool> {
    fn any(self) -> bool {
        self.before || self.after
    }
}
