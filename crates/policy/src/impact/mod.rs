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
mod gathering;
mod others;
mod region;
mod rules;

use std::collections::BTreeSet;

use bailiwick_identity::Instant;
use bailiwick_membership::{UserIx, UserRef, World};

use crate::check::{Asking, next_turn};
use crate::list::{Narrowed, ResourceIx, Rows, answers, merge, resources_in_question, subjects_in_question};
use crate::onlooker::{Holder, Onlooker, answer_shown, depends_on_all, holder, tells_of};
use crate::scheme::{CapIx, ClassSet, Resource, Scheme};

pub use cover::{Cover, Covered, cover};
pub use differ::{Classes, Extent, Meter, Turn, Unfinished};
pub use others::{Count, Example, MOST_EXAMPLES, Named, Others, Touched};

use differ::{SideBySide, turns};
use gathering::Gathering;

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
pub struct Turned {
    /// Whether it is gained or lost.
    pub turn: Turn,
    /// Whether the access as such, or some record classes of it.
    pub extent: Extent,
    /// The record classes that are gained or lost; none where it is about no customer.
    pub classes: Classes,
}

/// What turns in the same way, by some capabilities alike: over what, or by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Together<T> {
    /// In which way.
    pub turned: Turned,
    /// By which capabilities, for [`Comparison::capability`].
    pub capabilities: Vec<usize>,
    /// Over what, or by whom; ascending.
    pub what: Vec<T>,
}

/// How much of what somebody holds is compared.
#[derive(Debug, Clone, Copy)]
pub enum Holdings<'a> {
    /// All of it.
    All,
    /// These assignments alone. What else somebody holds decides about ranks, systems and reports: of users, systems and
    /// what reporting roles decide nothing is compared.
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

    /// Everything that a user gains and loses: what is gained first, then by the first capability.
    ///
    /// # Errors
    /// When there is too much to ask.
    pub fn of_subject(
        &self,
        user: UserIx,
        holdings: Holdings<'_>,
        onlooker: Option<&dyn Onlooker>,
        meter: &Meter<'_>,
    ) -> Result<Vec<Together<ResourceIx>>, Unfinished> {
        let partly = matches!(holdings, Holdings::Only(_));
        let mut found = Gathering::default();
        for (capability, compared) in self.capabilities.iter().enumerate() {
            meter.spend()?;
            if partly && self.depends_on_all(compared) {
                continue;
            }
            let holders = self.holders_of(user, holdings, compared, onlooker);
            let asking = self.asking(user, holders.as_ref().map(|holder| holder.as_ref()?.get()), compared);
            for (what, before, after) in differences(asking, onlooker) {
                meter.spend()?;
                if self.is_turned(before, after) && compared.is_told_of(what, onlooker) {
                    for turned in turns(self.allowed(before, after)) {
                        found.note(turned, what, meter)?;
                    }
                }
            }
            found.next(capability);
        }
        Ok(found.told())
    }

    /// Everybody who gains or loses something over a resource: what is gained first, then by the first capability.
    ///
    /// # Errors
    /// When there is too much to ask.
    pub fn of_resource(
        &self,
        resource: ResourceIx,
        onlooker: Option<&dyn Onlooker>,
        meter: &Meter<'_>,
    ) -> Result<Vec<Together<UserIx>>, Unfinished> {
        let mut found = Gathering::default();
        let all = self.capabilities.iter().enumerate();
        let all = all.filter(|(_, compared)| compared.resource == resource.of());
        for (capability, compared) in all.filter(|(_, compared)| compared.is_told_of(resource, onlooker)) {
            meter.spend()?;
            let rows = self.sides.zip(compared.caps).map(|(side, cap)| -> Rows<'_, UserIx> {
                match cap {
                    Some(cap) => subjects_in_question(side.world, side.scheme, cap, resource),
                    None => Box::new(std::iter::empty()),
                }
            });
            for user in merge([rows.before, rows.after]) {
                meter.spend()?;
                if onlooker.is_some_and(|onlooker| !onlooker.sees_whole(user)) {
                    continue;
                }
                let holders = self.holders_of(user, Holdings::All, compared, onlooker);
                let asking =
                    self.asking(user, holders.as_ref().map(|holder| holder.as_ref()?.get()), compared);
                let shown = asking.map(|asking| shown(asking.as_ref()?, resource, onlooker));
                for turned in turns(self.allowed(shown.before, shown.after)) {
                    found.note(turned, user, meter)?;
                }
            }
            found.next(capability);
        }
        Ok(found.told())
    }

    /// The earliest later instant at which something starts or ends that a user holds, or would hold.
    #[must_use]
    pub fn next_turn(&self, user: UserIx) -> Option<Instant> {
        let next = self.sides.map(|side| side.world.user(user).and_then(|user| next_turn(user, self.now)));
        next.before.into_iter().chain(next.after).min()
    }

    /// A user on each side, as far as they are compared.
    fn holders_of(
        &self,
        user: UserIx,
        holdings: Holdings<'_>,
        compared: &Compared,
        onlooker: Option<&dyn Onlooker>,
    ) -> Pair<Option<Holder<'w>>> {
        self.sides.map(|side| {
            let numbers = match holdings {
                Holdings::All => None,
                Holdings::Only(numbers) => Some(numbers),
            };
            Some(holder(side.world, user, side.world.user(user)?, compared.resource, numbers, onlooker))
        })
    }

    /// Whether reporting roles decide a capability on either side.
    fn is_reported(&self, compared: &Compared) -> bool {
        let reported = self.sides.zip(compared.caps);
        reported.map(|(side, cap)| cap.is_some_and(|cap| side.scheme.decided_by_reporting(cap))).any()
    }

    /// Whether answers depend on everything that a user holds, on either side.
    fn depends_on_all(&self, compared: &Compared) -> bool {
        let all = self.sides.zip(compared.caps);
        all.map(|(side, cap)| cap.is_some_and(|cap| depends_on_all(side.scheme, cap))).any()
    }

    /// Whether two answers may differ: soon said of most.
    fn is_turned(&self, before: Option<ClassSet>, after: Option<ClassSet>) -> bool {
        before != after || self.places.before != self.places.after
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
    onlooker: Option<&'a dyn Onlooker>,
) -> impl Iterator<Item = (ResourceIx, Option<ClassSet>, Option<ClassSet>)> + 'a {
    let rows = asking.map(|asking| -> Box<dyn Iterator<Item = (ResourceIx, Option<ClassSet>)> + 'a> {
        match (asking, onlooker) {
            (None, _) => Box::new(std::iter::empty()),
            (Some(asking), None) => Box::new(
                answers(asking, Narrowed::default(), None)
                    .map(|(what, answer)| (what, answer.is_allowed().then_some(answer.visible))),
            ),
            (Some(asking), Some(_)) => Box::new(
                resources_in_question(asking).map(move |what| (what, shown(&asking, what, onlooker))),
            ),
        }
    });
    SideBySide::new(rows.before, rows.after)
}

/// What is shown of a resource, where it is allowed.
fn shown(asking: &Asking<'_>, what: ResourceIx, onlooker: Option<&dyn Onlooker>) -> Option<ClassSet> {
    let whole = asking.about(what.found(None), None, &mut ());
    let answer = match onlooker {
        None => whole,
        Some(onlooker) => answer_shown(asking, what, None, whole, onlooker),
    };
    answer.is_allowed().then_some(answer.visible)
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

impl Compared {
    /// Whether anything over a resource is told.
    fn is_told_of(&self, what: ResourceIx, onlooker: Option<&dyn Onlooker>) -> bool {
        onlooker.is_none_or(|onlooker| tells_of(onlooker, what, self.name == "user.view"))
    }
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
