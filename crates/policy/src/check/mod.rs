//! May this user do this, here, to this resource?
//!
//! [`check`] is total: it has no error. What it cannot find, it denies. A question names things by their ids; a name
//! that the scheme does not have is refused before, where the question is read.
//!
//! Every held assignment is tried in the order capability, scope, effect, caseload. Any one that passes allows; of
//! several, the oldest is told. If none passes, the reason is the furthest point that any reached.

mod customer;
mod obstacle;
mod reporting;
mod system;
mod unit;
mod user;

use bailiwick_identity::Instant;
use bailiwick_membership::{
    AssignmentRef, AssignmentState, CustomerIx, Grant, RoleIx, SystemIx, UnitIx, UserIx, UserRef, World,
};

pub use obstacle::{Attempt, By, Obstacle, Part};
pub(crate) use obstacle::{Attempts, Witness};

use crate::holding::{effective, may_hold_ability};
use crate::reason::Reason;
use crate::scheme::{Ability, CapIx, ClassSet, Resource, Scheme};

/// A question about one subject, one capability and one resource.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The user asked about, by id.
    pub subject: &'a str,
    /// What they want to do; a capability of the resource's type.
    pub capability: CapIx,
    /// To what.
    pub resource: Target<'a>,
    /// For customers: the record classes wanted. All must be visible.
    pub classes: Option<ClassSet>,
    /// For customers: the unit that the question is about, by id. Only placements at exactly that unit count.
    pub at: Option<&'a str>,
}

/// The resource of a question.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// A unit, by id.
    Unit(&'a str),
    /// A customer, by id.
    Customer(&'a str),
    /// A user, by id.
    User(&'a str),
    /// A system of the scheme.
    System(SystemIx),
}

/// Yes, or no and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The subject may.
    Allowed,
    /// The subject may not.
    Denied(Reason),
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Yes or no.
    pub verdict: Verdict,
    /// The assignment that allows; of several, the oldest. None for a denial, for what a grant alone allows and
    /// for looking at oneself.
    pub deciding: Option<Deciding>,
    /// The record classes that may be shown; empty for a denial.
    pub visible: ClassSet,
    /// The record classes asked for (all of the scheme, if none) that may not be shown.
    pub redacted: ClassSet,
    /// Each allowing placement's unit with the classes it shows, in the order of the placements.
    pub through: Vec<Through>,
    /// The earliest later instant at which anything starts or ends that the subject, or the user asked about, holds;
    /// of the latter only where the answer lets on that there is such a user.
    pub valid_until: Option<Instant>,
}

/// The assignment that allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Deciding {
    /// Its number within the subject.
    pub number: u32,
    /// Its role.
    pub role: RoleIx,
    /// Its unit.
    pub unit: UnitIx,
}

/// A placement that allows, and what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Through {
    /// Where the customer is placed.
    pub unit: UnitIx,
    /// The classes that may be shown of what belongs there.
    pub classes: ClassSet,
}

/// Answers a question about the world as it is at an instant.
#[must_use]
pub fn check(world: &World, scheme: &Scheme, question: &Question<'_>, now: Instant) -> Answer {
    check_seen_by(world, scheme, question, now, &mut ())
}

/// The same, while somebody looks on.
pub(crate) fn check_seen_by(
    world: &World,
    scheme: &Scheme,
    question: &Question<'_>,
    now: Instant,
    witness: &mut impl Witness,
) -> Answer {
    let Some(ix) = world.user_ix(question.subject) else {
        return Answer::denied(Reason::UnknownSubject, asked(scheme, question));
    };
    let Some(user) = world.user(ix) else {
        return Answer::denied(Reason::UnknownSubject, asked(scheme, question));
    };
    let asking = Asking { world, scheme, now, ix, user, cap: question.capability };
    let mut answer = if user.is_active() {
        asking.answer(question, witness)
    } else {
        Answer::denied(Reason::UserDisabled, asked(scheme, question))
    };
    answer.valid_until = valid_until(world, user, question, answer.verdict, now);
    answer
}

/// The record classes that a question is about; empty where it is about no customer.
fn asked(scheme: &Scheme, question: &Question<'_>) -> ClassSet {
    match question.resource {
        Target::Customer(_) => question.classes.unwrap_or_else(|| scheme.all_classes()),
        Target::Unit(_) | Target::User(_) | Target::System(_) => ClassSet::EMPTY,
    }
}

/// A known, active subject who asks for a capability.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'w> {
    pub(crate) world: &'w World,
    pub(crate) scheme: &'w Scheme,
    pub(crate) now: Instant,
    pub(crate) ix: UserIx,
    pub(crate) user: UserRef<'w>,
    pub(crate) cap: CapIx,
}

/// An assignment, and a way in which its role has the capability asked for.
pub(crate) type Way<'w> = (AssignmentRef<'w>, &'w Ability);

/// The resource of a question, found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Unit(UnitIx),
    /// A customer, and the only unit at which placements count, where the question names one.
    Customer(CustomerIx, Option<UnitIx>),
    /// A user; unset for nobody, who is answered as somebody beyond sight.
    User(Option<UserIx>),
    System(SystemIx),
}

impl Found {
    /// The resource of a question; nothing where it is not there.
    pub(crate) fn find(world: &World, scheme: &Scheme, question: &Question<'_>) -> Option<Self> {
        Some(match question.resource {
            Target::Unit(unit) => Self::Unit(world.unit_ix(unit)?),
            Target::User(other) => Self::User(world.user_ix(other)),
            Target::System(system) => Self::System(scheme.system(system).map(|_| system)?),
            Target::Customer(customer) => {
                let customer = world.customer_ix(customer)?;
                let at = match question.at {
                    Some(unit) => Some(world.unit_ix(unit)?),
                    None => None,
                };
                Self::Customer(customer, at)
            }
        })
    }
}

impl<'w> Asking<'w> {
    /// A subject who is known and active, asking for a capability.
    pub(crate) fn find(
        world: &'w World,
        scheme: &'w Scheme,
        ix: UserIx,
        cap: CapIx,
        now: Instant,
    ) -> Option<Self> {
        let user = world.user(ix).filter(|user| user.is_active())?;
        Some(Self { world, scheme, now, ix, user, cap })
    }

    fn answer(&self, question: &Question<'_>, witness: &mut impl Witness) -> Answer {
        match Found::find(self.world, self.scheme, question) {
            Some(found) => self.about(found, question.classes, witness),
            None => Answer::denied(Reason::UnknownResource, asked(self.scheme, question)),
        }
    }

    /// The answer about one resource. A capability of another resource type is refused where the question is read; here
    /// it is held by nobody.
    pub(crate) fn about(
        &self,
        found: Found,
        classes: Option<ClassSet>,
        witness: &mut impl Witness,
    ) -> Answer {
        let (of, asked) = match found {
            Found::Unit(_) => (Resource::Unit, ClassSet::EMPTY),
            Found::Customer(..) => (Resource::Customer, classes.unwrap_or_else(|| self.scheme.all_classes())),
            Found::User(_) => (Resource::User, ClassSet::EMPTY),
            Found::System(_) => (Resource::System, ClassSet::EMPTY),
        };
        if self.scheme.capability(self.cap).is_none_or(|c| c.resource != of) {
            return Answer::denied(Reason::RoleLacksCapability, asked);
        }
        match found {
            Found::User(other) => self.about_user(other, witness),
            Found::Unit(_) | Found::Customer(..) | Found::System(_) if !self.holds_any() => {
                Answer::denied(Reason::NoAssignment, asked)
            }
            Found::Unit(unit) if self.scheme.decided_by_reporting(self.cap) => {
                self.about_reports(unit, witness)
            }
            Found::Unit(unit) => self.about_unit(unit, witness),
            Found::Customer(customer, at) => self.about_customer(self.ways(), customer, at, classes, witness),
            Found::System(system) => self.about_system(system, witness),
        }
    }

    /// The subject's held assignments, oldest first.
    pub(crate) fn held(&self) -> impl Iterator<Item = AssignmentRef<'w>> + use<'w> {
        let now = self.now;
        self.user.assignments().filter(move |a| a.held(now))
    }

    /// The subject's held assignments, each with every way in which its role has the capability there.
    pub(crate) fn ways(&self) -> impl Iterator<Item = Way<'w>> + use<'w> {
        let asking = *self;
        self.held().flat_map(move |held| {
            let Asking { world, scheme, cap, .. } = asking;
            let abilities = scheme.abilities(held.role, cap).iter();
            let stands = move |ability: &&Ability| may_hold_ability(world, scheme, &held, cap, ability);
            abilities.filter(stands).map(move |ability| (held, ability))
        })
    }

    fn holds_any(&self) -> bool {
        self.held().next().is_some()
    }

    /// Whether an assignment has effect.
    ///
    /// # Errors
    /// Why it has none.
    pub(crate) fn in_effect(&self, assignment: &AssignmentRef<'_>) -> Result<(), Obstacle> {
        in_effect(self.world, self.user, assignment, self.now)
    }
}

/// Whether an assignment that is held has effect, as [`effective`] says.
///
/// # Errors
/// Why it has none.
pub(crate) fn in_effect(
    world: &World,
    user: UserRef<'_>,
    assignment: &AssignmentRef<'_>,
    now: Instant,
) -> Result<(), Obstacle> {
    if effective(world, user, assignment, now) {
        return Ok(());
    }
    let options = assignment.options;
    Err(if !user.is_active() {
        Obstacle::Disabled
    } else if options.state.is_suspended(now) {
        Obstacle::Suspended
    } else if options.starts_at.is_some_and(|start| start > now) {
        Obstacle::NotStarted
    } else {
        Obstacle::HeldAtClosed
    })
}

impl Answer {
    pub(crate) fn denied(reason: Reason, redacted: ClassSet) -> Self {
        Self {
            verdict: Verdict::Denied(reason),
            deciding: None,
            visible: ClassSet::EMPTY,
            redacted,
            through: Vec::new(),
            valid_until: None,
        }
    }

    fn allowed(deciding: Option<Deciding>) -> Self {
        Self {
            verdict: Verdict::Allowed,
            deciding,
            visible: ClassSet::EMPTY,
            redacted: ClassSet::EMPTY,
            through: Vec::new(),
            valid_until: None,
        }
    }

    /// Whether the subject may.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allowed
    }
}

impl Deciding {
    pub(crate) fn of(assignment: &AssignmentRef<'_>) -> Self {
        Self { number: assignment.number, role: assignment.role, unit: assignment.unit }
    }
}

/// The earliest later instant at which anything starts or ends that the subject, or the user asked about, holds. Of
/// the latter only where the answer lets on that there is such a user.
fn valid_until(
    world: &World,
    user: UserRef<'_>,
    question: &Question<'_>,
    verdict: Verdict,
    now: Instant,
) -> Option<Instant> {
    let own = next_turn(user, now);
    let Target::User(other) = question.resource else { return own };
    let shows_them = match verdict {
        Verdict::Allowed => true,
        Verdict::Denied(reason) => {
            matches!(reason, Reason::SelfManagement | Reason::OutOfReach | Reason::RankTooLow)
        }
    };
    if !shows_them {
        return own;
    }
    let theirs = world.user_ix(other).and_then(|ix| world.user(ix)).and_then(|other| next_turn(other, now));
    [own, theirs].into_iter().flatten().min()
}

/// The next instant at which anything starts or ends that a user holds.
pub(crate) fn next_turn(user: UserRef<'_>, now: Instant) -> Option<Instant> {
    let assignments = user
        .assignments()
        .filter(|a| a.held(now))
        .flat_map(|a| turns(a.options.starts_at, a.options.ends_at, &a.options.state));
    let grants = user
        .grants()
        .iter()
        .filter(|g| g.held(now))
        .flat_map(|g: &Grant| turns(g.starts_at, g.ends_at, &g.state));
    assignments.chain(grants).flatten().filter(|&turn| turn > now).min()
}

fn turns(
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    state: &AssignmentState,
) -> [Option<Instant>; 4] {
    let (from, until) = match state {
        AssignmentState::Live => (None, None),
        AssignmentState::Suspended(suspension) => (suspension.from, suspension.until),
    };
    [starts_at, ends_at, from, until]
}
