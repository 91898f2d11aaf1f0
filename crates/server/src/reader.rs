//! The one who reads: an operator, who sees all, or an actor, who sees what the rules show.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_identity::{CustomerId, Instant, UserId};
use bailiwick_membership::{Access, CustomerIx, Placement, Scope, UnitIx, UserIx, UserRef};
use bailiwick_policy::list::{Candidate, ResourceIx, ResourcesOf, ToUser, gather, resources};
use bailiwick_policy::manage::{Actor, Other};
use bailiwick_policy::{Onlooker, Question, Reason, Seen, Target, Verdict, check, sight};
use bailiwick_proto::render::Sight;
use bailiwick_realm::State;

/// The one who reads a state. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) state: Arc<State>,
    /// The instant at which it is read.
    pub(crate) now: Instant,
    who: Who,
}

#[derive(Clone)]
enum Who {
    Operator,
    Actor(UserIx, UserId),
}

/// What a reader sees of a user.
pub(crate) enum Sees {
    /// Everything, ended assignments too.
    All,
    /// Some assignments, and the number of the others.
    Some(Seen),
}

impl Sees {
    /// What is seen, where it is not all that is held.
    pub(crate) fn part(&self) -> Option<&BTreeSet<u32>> {
        match self {
            Self::Some(seen) if seen.others > 0 => Some(&seen.assignments),
            Self::Some(_) | Self::All => None,
        }
    }

    /// Whether the assignment of this number is seen.
    pub(crate) fn assignment(&self, number: u32) -> bool {
        match self {
            Self::All => true,
            Self::Some(seen) => seen.assignments.contains(&number),
        }
    }
}

impl Reader {
    pub(crate) fn operator(state: Arc<State>, now: Instant) -> Self {
        Self { state, now, who: Who::Operator }
    }

    /// An actor who exists and is active.
    pub(crate) fn actor(state: Arc<State>, now: Instant, ix: UserIx, id: UserId) -> Self {
        Self { state, now, who: Who::Actor(ix, id) }
    }

    /// The same reader, at another instant.
    pub(crate) fn at(self, now: Instant) -> Self {
        Self { now, ..self }
    }

    /// The same reader, of a state in which a user holds this.
    pub(crate) fn with_access(&self, user: &UserId, access: &Access) -> Self {
        let mut state = State::clone(&self.state);
        state.world.put_access(user, access.clone());
        let who = match &self.who {
            Who::Operator => Who::Operator,
            Who::Actor(ix, id) => Who::Actor(*ix, id.clone()),
        };
        Self { state: Arc::new(state), now: self.now, who }
    }

    /// The same reader, of a state in which customers are placed so.
    pub(crate) fn with_placements(&self, placed: Vec<(CustomerId, Vec<Placement>)>) -> Self {
        let mut state = State::clone(&self.state);
        for (customer, placements) in placed {
            state.world.put_placements(&customer, placements);
        }
        Self { state: Arc::new(state), ..self.clone() }
    }

    /// Whether this is the actor who reads.
    pub(crate) fn is_actor(&self, user: &UserId) -> bool {
        matches!(&self.who, Who::Actor(_, actor) if actor == user)
    }

    /// Whether the one who reads is an operator, or an actor who may still act.
    pub(crate) fn is_active(&self) -> bool {
        match &self.who {
            Who::Operator => true,
            Who::Actor(ix, _) => self.state.world.user(*ix).is_some_and(|user| user.is_active()),
        }
    }

    /// The actor who reads; none, for an operator.
    pub(crate) fn acting(&self) -> Option<&UserId> {
        match &self.who {
            Who::Operator => None,
            Who::Actor(_, actor) => Some(actor),
        }
    }

    /// Whether the reader sees all there is: an operator.
    pub(crate) fn sees_all(&self) -> bool {
        matches!(self.who, Who::Operator)
    }

    /// What is seen of a user; nothing where the user is not seen.
    pub(crate) fn sees(&self, other: UserIx) -> Option<Sees> {
        let State { world, scheme, .. } = &*self.state;
        match &self.who {
            Who::Operator => world.user(other).map(|_| Sees::All),
            Who::Actor(ix, _) => sight(world, scheme, *ix, other, self.now).map(Sees::Some),
        }
    }

    /// What is seen of a user who is seen today, of what they held once. What has ended since counts as over.
    pub(crate) fn sees_once(&self, user: &UserId, held: &Access) -> Option<Sees> {
        let ix = self.state.world.user_ix(user.as_str())?;
        self.sees(ix)?;
        self.with_access(user, held).sees(ix)
    }

    /// Whether the reader may manage a user, as a question is answered.
    pub(crate) fn may_manage(&self, other: UserIx) -> Verdict {
        let State { world, scheme, .. } = &*self.state;
        let verdict = match &self.who {
            Who::Operator => Other::as_held(world, other).map(|_| ()).ok_or(Reason::UnknownUser),
            Who::Actor(_, id) => Actor::find(world, scheme, id.as_str(), self.now)
                .and_then(|actor| actor.may_do(ToUser::Manage, Some(other)))
                .map(|_| ()),
        };
        verdict.map_or_else(Verdict::Denied, |()| Verdict::Allowed)
    }

    /// Everybody of interest whom the reader could see, and some whom they do not: ascending, each once. Nothing where
    /// these are more than `most`.
    pub(crate) fn who_may_be_seen(
        &self,
        most: usize,
        wanted: impl Fn(UserIx) -> bool,
    ) -> Option<Vec<UserIx>> {
        let State { world, scheme, .. } = &*self.state;
        match &self.who {
            Who::Operator => gather(world.users().map(|(user, _)| user).filter(|&user| wanted(user)), most),
            Who::Actor(_, id) => match Actor::find(world, scheme, id.as_str(), self.now) {
                Ok(actor) => actor.who_may_be_seen(most, wanted),
                Err(_) => Some(Vec::new()),
            },
        }
    }

    /// The customers placed at exactly a unit whose placement there the reader sees, of those after one: in the order in which
    /// they came to be known.
    pub(crate) fn customers_at<'r>(
        &'r self,
        unit: UnitIx,
        after: Option<CustomerIx>,
    ) -> Box<dyn Iterator<Item = CustomerIx> + 'r> {
        let State { world, scheme, .. } = &*self.state;
        let Who::Actor(_, actor) = &self.who else { return Box::new(world.placed(unit, after)) };
        let Some(node) = world.node(unit) else { return Box::new(std::iter::empty()) };
        if self.has_the_kinds_own_right(actor, unit) {
            let seen = |customer: &CustomerIx| {
                world.customer_id(*customer).is_some_and(|id| self.may_view(actor, &id, None))
            };
            return Box::new(world.placed(unit, after).filter(seen));
        }
        let wanted = ResourcesOf {
            subject: actor.as_str(),
            capability: scheme.core().customer_view,
            classes: None,
            at: Some(node.unit.id.as_str()),
            kind: None,
        };
        let found = resources(world, scheme, &wanted, after.map(ResourceIx::Customer), self.now);
        Box::new(found.filter_map(|candidate| match candidate {
            Candidate::Allowed(ResourceIx::Customer(customer), _) => Some(customer),
            Candidate::Allowed(..) | Candidate::Refused(_) => None,
        }))
    }

    /// Whether an actor sees that a customer is placed at a unit: who may view the customer there; and where the unit's kind
    /// has a right of its own (a team), who may place by it there, and view the customer at any placement.
    fn is_shown_placed(&self, actor: &UserId, customer: &CustomerId, unit: UnitIx) -> bool {
        self.may_view(actor, customer, Some(unit))
            || (self.has_the_kinds_own_right(actor, unit) && self.may_view(actor, customer, None))
    }

    /// Whether an actor places customers at a unit by a right that only the unit's kind has.
    fn has_the_kinds_own_right(&self, actor: &UserId, unit: UnitIx) -> bool {
        let State { world, scheme, .. } = &*self.state;
        let kind = world.node(unit).and_then(|node| scheme.kind(node.unit.kind));
        let Some(right) = kind.map(|kind| kind.place_right) else { return false };
        right != scheme.core().customer_place
            && Actor::find(world, scheme, actor.as_str(), self.now)
                .is_ok_and(|actor| actor.holds_at(right, unit).is_some())
    }

    /// Whether a unit is covered by, or above, what the actor holds.
    fn holds_around(&self, actor: UserRef<'_>, unit: UnitIx) -> bool {
        let world = &self.state.world;
        actor.assignments().filter(|a| a.held(self.now)).any(|a| {
            let above = match &a.options.scope {
                Scope::All => world.is_within(a.unit, unit),
                Scope::Only(chosen) => {
                    chosen.iter().any(|&chosen| a.covers(world, chosen) && world.is_within(chosen, unit))
                }
            };
            above || a.covers(world, unit)
        })
    }

    fn may_view(&self, actor: &UserId, customer: &CustomerId, at: Option<UnitIx>) -> bool {
        let State { world, scheme, .. } = &*self.state;
        let at = at.map(|at| world.node(at).map(|node| &node.unit.id));
        // A unit that is not there shows nobody.
        if at.is_some_and(|at| at.is_none()) {
            return false;
        }
        let question = Question {
            subject: actor.as_str(),
            capability: scheme.core().customer_view,
            resource: Target::Customer(customer.as_str()),
            classes: None,
            at: at.flatten().map(bailiwick_identity::UnitId::as_str),
        };
        check(world, scheme, &question, self.now).is_allowed()
    }
}

impl Sight for Reader {
    fn unit(&self, unit: UnitIx) -> bool {
        match &self.who {
            Who::Operator => true,
            Who::Actor(ix, _) => {
                self.state.world.user(*ix).is_some_and(|actor| self.holds_around(actor, unit))
            }
        }
    }

    fn user(&self, user: &UserId) -> bool {
        match &self.who {
            Who::Operator => true,
            Who::Actor(_, id) if id == user => true,
            Who::Actor(..) => {
                self.state.world.user_ix(user.as_str()).is_some_and(|ix| self.sees(ix).is_some())
            }
        }
    }

    fn customer(&self, customer: &CustomerId, at: Option<UnitIx>) -> bool {
        match &self.who {
            Who::Operator => true,
            Who::Actor(_, id) => match at {
                None => self.may_view(id, customer, None),
                Some(unit) => self.is_shown_placed(id, customer, unit),
            },
        }
    }
}

impl Onlooker for Reader {
    fn is(&self, user: UserIx) -> bool {
        matches!(self.who, Who::Actor(actor, _) if actor == user)
    }

    fn sees_whole(&self, user: UserIx) -> bool {
        Self::sees(self, user).is_some_and(|sees| sees.part().is_none())
    }

    fn sees(&self, what: ResourceIx) -> bool {
        match what {
            ResourceIx::Unit(unit) => self.unit(unit),
            ResourceIx::User(user) => Self::sees(self, user).is_some(),
            ResourceIx::Customer(customer) => {
                self.state.world.customer_id(customer).is_some_and(|id| self.customer(&id, None))
            }
            ResourceIx::System(_) => true,
        }
    }

    fn sees_placement(&self, customer: CustomerIx, unit: UnitIx) -> bool {
        let id = self.state.world.customer_id(customer);
        id.is_some_and(|id| self.customer(&id, Some(unit)))
    }
}
