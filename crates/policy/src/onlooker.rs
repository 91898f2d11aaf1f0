//! Somebody who is told what others may do: nothing that they do not see, and nothing by way of it.

use std::collections::BTreeSet;

use bailiwick_membership::{Access, CustomerIx, Placement, TriedUser, UnitIx, UserIx, UserRef, World};

use crate::check::{Answer, Asking, Found};
use crate::list::ResourceIx;
use crate::reason::Reason;
use crate::scheme::{CapIx, ClassSet, Resource, Scheme};

/// What the one who is told may see. Of everything else nothing is told, and nothing can be told from what is.
pub trait Onlooker {
    /// Whether this is the one who is told.
    fn is(&self, user: UserIx) -> bool;
    /// Whether all that a user holds is seen.
    fn sees_whole(&self, user: UserIx) -> bool;
    /// Whether a unit, a customer, a user or a system is seen.
    fn sees(&self, what: ResourceIx) -> bool;
    /// Whether a customer's placement at a unit is seen.
    fn sees_placement(&self, customer: CustomerIx, unit: UnitIx) -> bool;
}

/// Whether a capability's answers depend on everything that a user holds: on ranks, grants and reporting roles.
pub(crate) fn depends_on_all(scheme: &Scheme, cap: CapIx) -> bool {
    let of = scheme.capability(cap).map(|capability| capability.resource);
    matches!(of, None | Some(Resource::User | Resource::System)) || scheme.decided_by_reporting(cap)
}

/// Whether it is told who may do something to a resource: who manages a user depends on all that the user holds.
pub(crate) fn tells_of(onlooker: &dyn Onlooker, what: ResourceIx, is_view: bool) -> bool {
    match what {
        ResourceIx::User(user) if !is_view => onlooker.sees_whole(user),
        ResourceIx::User(_) | ResourceIx::Unit(_) | ResourceIx::Customer(_) | ResourceIx::System(_) => {
            onlooker.sees(what)
        }
    }
}

/// Whether a user has another account that is not seen whole. A record that is that account's own is beyond the user's
/// reach: it would tell that there is one.
fn has_hidden_twin(world: &World, ix: UserIx, user: UserRef<'_>, onlooker: &dyn Onlooker) -> bool {
    let hidden = |person| world.same_person(person).iter().any(|&twin| !onlooker.sees_whole(twin));
    !onlooker.is(ix) && user.person().is_some_and(hidden)
}

/// A user, as far as somebody is told of them.
pub(crate) enum Holder<'w> {
    AsIs(UserRef<'w>),
    InPart(Box<TriedUser>),
}

impl Holder<'_> {
    pub(crate) fn get(&self) -> Option<UserRef<'_>> {
        match self {
            Self::AsIs(user) => Some(*user),
            Self::InPart(tried) => tried.get(),
        }
    }
}

/// A user who asks about resources of a type, of these assignments alone, where some are named.
pub(crate) fn holder<'w>(
    world: &World,
    ix: UserIx,
    user: UserRef<'w>,
    of: Resource,
    numbers: Option<&BTreeSet<u32>>,
    onlooker: Option<&dyn Onlooker>,
) -> Holder<'w> {
    match in_part(world, ix, user, of, numbers, onlooker) {
        None => Holder::AsIs(user),
        Some(access) => Holder::InPart(Box::new(TriedUser::new(access, user.caseload()))),
    }
}

/// What a user holds of these assignments, without what is told only to who sees them all; and about customers, where another
/// account is not seen whole, as if there were none. Nothing, where that is all they hold.
pub(crate) fn in_part(
    world: &World,
    ix: UserIx,
    user: UserRef<'_>,
    of: Resource,
    numbers: Option<&BTreeSet<u32>>,
    onlooker: Option<&dyn Onlooker>,
) -> Option<Access> {
    let alone = of == Resource::Customer
        && onlooker.is_some_and(|onlooker| has_hidden_twin(world, ix, user, onlooker));
    if numbers.is_none() && !alone {
        return None;
    }
    let mut access: Access = user.access();
    if let Some(numbers) = numbers {
        access.assignments.retain(|held| numbers.contains(&held.number));
        access.grants.clear();
        access.reporting_role = None;
    }
    access.person = access.person.filter(|_| !alone);
    Some(access)
}

/// What somebody sees of those whom a question is about.
#[derive(Debug, Clone, Copy)]
pub struct SeenOf<'a> {
    /// The subject.
    pub subject: Option<UserIx>,
    /// Of what the subject holds, these assignments, where it is not all.
    pub held: Option<&'a BTreeSet<u32>>,
    /// The user asked about and what is seen of them, where it is not all and they are to be shown so.
    pub other: Option<(UserIx, &'a BTreeSet<u32>)>,
    /// The customer asked about.
    pub customer: Option<CustomerIx>,
}

/// The world of a question as somebody sees it: what is seen of those whom it is about is all that there is. Nothing, where it
/// is.
#[must_use]
pub fn world_shown(world: &World, seen: &SeenOf<'_>, onlooker: &dyn Onlooker) -> Option<World> {
    let SeenOf { subject, held, other, customer } = *seen;
    let of = if customer.is_some() { Resource::Customer } else { Resource::User };
    let part = |ix: UserIx, numbers| {
        let access = in_part(world, ix, world.user(ix)?, of, numbers, Some(onlooker))?;
        Some((world.user_id(ix)?, access))
    };
    let subject = subject.and_then(|ix| part(ix, held));
    let other = other.and_then(|(ix, numbers)| part(ix, Some(numbers)));
    let placed = customer.and_then(|customer| {
        let all: Vec<_> = world.placements(customer).collect();
        let sees = |placed: &&Placement| onlooker.sees_placement(customer, placed.unit);
        let seen: Vec<_> = all.iter().filter(sees).copied().collect();
        (seen.len() < all.len()).then_some((world.customer_id(customer)?, seen))
    });
    if subject.is_none() && other.is_none() && placed.is_none() {
        return None;
    }
    let mut shown = world.clone();
    for (user, access) in subject.into_iter().chain(other) {
        shown.put_access(&user, access);
    }
    if let Some((customer, placements)) = placed {
        shown.put_placements(&customer, placements);
    }
    Some(shown)
}

/// What of an answer about a resource is shown: about a customer, what is allowed by way of the placements that are seen. What
/// is not allowed is not so by less.
pub(crate) fn answer_shown(
    asking: &Asking<'_>,
    what: ResourceIx,
    classes: Option<ClassSet>,
    whole: Answer,
    onlooker: &dyn Onlooker,
) -> Answer {
    let (ResourceIx::Customer(customer), true) = (what, whole.is_allowed()) else { return whole };
    let mut seen: Vec<UnitIx> = whole.through.iter().map(|through| through.unit).collect();
    let placements = seen.len();
    seen.retain(|&unit| onlooker.sees_placement(customer, unit));
    // One's own record is one's own wherever it is placed, and where it is not.
    let is_own = asking.user.own_record() == Some(customer) && onlooker.sees(what);
    if seen.len() == placements && (is_own || placements > 0) {
        return whole;
    }
    let by_unit = seen.iter().map(|&unit| {
        let mut answer = asking.about(Found::Customer(customer, Some(unit)), None, &mut ());
        answer.through.retain(|through| through.unit == unit);
        answer
    });
    let own = is_own.then(|| Answer { through: Vec::new(), ..whole });
    let wanted = classes.unwrap_or_else(|| asking.scheme.all_classes());
    let Some(shown) = by_unit.chain(own).reduce(both) else {
        return Answer::denied(Reason::OutOfScope, wanted);
    };
    let redacted = wanted.minus(shown.visible);
    if classes.is_some() && !redacted.is_empty() {
        return Answer::denied(Reason::ClassHidden, wanted);
    }
    Answer { redacted, ..shown }
}

/// Two ways in which the same is allowed, as one: of two that decide, the older.
fn both(mut one: Answer, other: Answer) -> Answer {
    one.deciding = one.deciding.into_iter().chain(other.deciding).min_by_key(|by| by.number);
    one.visible = one.visible.union(other.visible);
    one.through.extend(other.through);
    one
}
