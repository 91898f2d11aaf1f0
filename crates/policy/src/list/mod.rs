//! What is allowed, as lists: to what may a subject do something, and who may do it to a resource?
//!
//! Whatever comes into question is asked about by the rules of a single question (`check`); the files here only know
//! where to look for it (`resources`, `subjects`, and `users` for both where the resource is a user). A list stands in
//! the order in which its rows came into being, which never changes, and goes on after any row of it.

mod merge;
mod resources;
mod shown;
mod subjects;
mod users;

use bailiwick_identity::Instant;
use bailiwick_membership::{CustomerIx, KindIx, SystemIx, UnitIx, UserIx, World};

use crate::Reason;
use crate::check::{Answer, Asking, Deciding, Found, Question, Way};
use crate::scheme::{CapIx, ClassSet, Resource, Scheme};

pub(crate) use merge::merge;
pub use shown::{SubjectShown, check_shown, resources_shown, subject_shown, subjects_shown};
use users::RankFirst;
pub use users::{ToUser, gather};

/// So many are asked about for one page; then the page ends, and says where to go on.
const MOST_ASKED: usize = 1_500;

/// To what is something allowed?
#[derive(Debug, Clone, Copy)]
pub struct ResourcesOf<'a> {
    /// Who wants to act, by id. One who is unknown or disabled may do nothing.
    pub subject: &'a str,
    /// What is to be done. The resources are of its type.
    pub capability: CapIx,
    /// For customers: only those of whom all these record classes are visible.
    pub classes: Option<ClassSet>,
    /// For customers: only those with a placement at exactly this unit that allows, by id.
    pub at: Option<&'a str>,
    /// For units: only those of this kind.
    pub kind: Option<KindIx>,
}

/// A resource of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResourceIx {
    /// A unit.
    Unit(UnitIx),
    /// A customer.
    Customer(CustomerIx),
    /// A user.
    User(UserIx),
    /// A system.
    System(SystemIx),
}

/// What came into question, and whether it is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Candidate<T> {
    /// It is, through this assignment: of several, the oldest; none for a grant and for oneself.
    Allowed(T, Option<Deciding>),
    /// It is not.
    Refused(T),
}

impl<T> Candidate<T> {
    fn of(which: T, answer: &Answer) -> Self {
        if answer.is_allowed() { Self::Allowed(which, answer.deciding) } else { Self::Refused(which) }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is allowed, and through which assignment.
    pub rows: Vec<(T, Option<Deciding>)>,
    /// Where to go on: after this. Unset: that is all.
    pub next: Option<T>,
}

/// Ascending rows.
pub(crate) type Rows<'w, T> = Box<dyn Iterator<Item = T> + Send + 'w>;

/// Everything of a list after a row, and what came into question and is not of it: in the order in which it came into
/// being, each once.
pub type Candidates<'w, T> = Rows<'w, Candidate<T>>;

/// To what a subject may do something.
#[must_use]
pub fn resources<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    wanted: &ResourcesOf<'_>,
    after: Option<ResourceIx>,
    now: Instant,
) -> Candidates<'w, ResourceIx> {
    let Some((asking, narrowed)) = asked(world, scheme, wanted, now) else {
        return Box::new(std::iter::empty());
    };
    Box::new(answers(asking, narrowed, after).map(|(resource, answer)| Candidate::of(resource, &answer)))
}

/// Who asks for a list, and how it is narrowed; nothing, where it is empty.
fn asked<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    wanted: &ResourcesOf<'_>,
    now: Instant,
) -> Option<(Asking<'w>, Narrowed)> {
    let subject = world.user_ix(wanted.subject)?;
    let asking = Asking::find(world, scheme, subject, wanted.capability, now)?;
    let at = match wanted.at {
        Some(at) => Some(world.unit_ix(at)?),
        None => None,
    };
    Some((asking, Narrowed { classes: wanted.classes, at, kind: wanted.kind }))
}

/// To which resources a list is narrowed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Narrowed {
    /// Of customers, those of whom all these record classes are visible.
    pub(crate) classes: Option<ClassSet>,
    /// Of customers, those with a placement there that allows.
    pub(crate) at: Option<UnitIx>,
    /// Units of this kind.
    pub(crate) kind: Option<KindIx>,
}

/// What is answered about each resource that comes into question, of those after one.
pub(crate) fn answers<'w>(
    asking: Asking<'w>,
    narrowed: Narrowed,
    after: Option<ResourceIx>,
) -> impl Iterator<Item = (ResourceIx, Answer)> + Send + use<'w> {
    let Narrowed { classes, at, kind } = narrowed;
    // What has no effect allows nothing: it is not tried with each of a hundred thousand.
    let ways: Vec<Way<'w>> = asking.ways().filter(|(held, _)| asking.in_effect(held).is_ok()).collect();
    let in_question = resources::in_question(&asking, &ways, at, kind, after);
    let rank = RankFirst::of(asking.world, asking.scheme, asking.cap, asking.now);
    let ranks_too_high = rank.map(|rank| rank.refuses_whom(asking.ix));
    in_question.map(move |resource| {
        let answer = match resource {
            ResourceIx::User(other) if ranks_too_high.as_ref().is_some_and(|refuses| refuses(other)) => {
                Answer::denied(Reason::RankTooLow, ClassSet::EMPTY)
            }
            ResourceIx::Customer(customer) => {
                asking.about_customer(ways.iter().copied(), customer, at, classes, &mut ())
            }
            ResourceIx::Unit(_) | ResourceIx::User(_) | ResourceIx::System(_) => {
                asking.about(resource.found(at), classes, &mut ())
            }
        };
        (resource, answer)
    })
}

/// Who may do what a question is about. Its subject is not read.
#[must_use]
pub fn subjects<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    question: &Question<'_>,
    after: Option<UserIx>,
    now: Instant,
) -> Candidates<'w, UserIx> {
    let Some(found) = Found::find(world, scheme, question) else {
        return Box::new(std::iter::empty());
    };
    Box::new(answered(world, scheme, question.capability, found, question.classes, after, now).map(
        |(subject, answer)| match answer {
            Some(answer) => Candidate::of(subject, &answer),
            None => Candidate::Refused(subject),
        },
    ))
}

/// Everybody who comes into question for a resource: ascending, each once.
pub(crate) fn subjects_in_question<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    cap: CapIx,
    resource: ResourceIx,
) -> Rows<'w, UserIx> {
    subjects::in_question(world, scheme, cap, resource.found(None), None)
}

/// All resources that come into question for a subject: ascending, each once.
pub(crate) fn resources_in_question(asking: Asking<'_>) -> Rows<'_, ResourceIx> {
    let ways: Vec<Way<'_>> = asking.ways().filter(|(held, _)| asking.in_effect(held).is_ok()).collect();
    resources::in_question(&asking, &ways, None, None, None)
}

/// What each who comes into question is answered about a resource; nothing, where they may do nothing at all.
fn answered<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    cap: CapIx,
    found: Found,
    classes: Option<ClassSet>,
    after: Option<UserIx>,
    now: Instant,
) -> impl Iterator<Item = (UserIx, Option<Answer>)> + Send + use<'w> {
    let ranks_too_low = match found {
        Found::User(Some(other)) => {
            RankFirst::of(world, scheme, cap, now).map(|rank| rank.refuses_who(other))
        }
        Found::User(None) | Found::Unit(_) | Found::Customer(..) | Found::System(_) => None,
    };
    subjects::in_question(world, scheme, cap, found, after).map(move |subject| {
        if ranks_too_low.as_ref().is_some_and(|refuses| refuses(subject)) {
            return (subject, None);
        }
        let asking = Asking::find(world, scheme, subject, cap, now);
        (subject, asking.map(|asking| asking.about(found, classes, &mut ())))
    })
}

/// What follows a page that is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// Whatever comes into question: it is soon known that there may be more.
    Anything,
    /// A row: that something else comes into question is not told, as far as is asked for one page.
    Row,
}

/// The next page of a list: at most `limit` rows.
#[must_use]
pub fn page<T: Copy>(candidates: Candidates<'_, T>, limit: usize, following: Following) -> Page<T> {
    let mut page = Page { rows: Vec::new(), next: None };
    let (mut last, mut last_row) = (None, None);
    for (count, candidate) in candidates.enumerate() {
        let is_full = page.rows.len() == limit;
        if count == MOST_ASKED || (is_full && following == Following::Anything) {
            page.next = last;
            break;
        }
        match candidate {
            Candidate::Allowed(..) if is_full => {
                page.next = last_row;
                break;
            }
            Candidate::Allowed(which, by) => {
                page.rows.push((which, by));
                (last, last_row) = (Some(which), Some(which));
            }
            Candidate::Refused(which) => last = Some(which),
        }
    }
    page
}

/// A count that stops somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many there are at least.
    pub count: usize,
    /// Whether there may be more.
    pub more: bool,
}

/// How many rows a list has: no more are counted than `most`, and no more are asked about than `asked`.
#[must_use]
pub fn count<T>(candidates: Candidates<'_, T>, [most, asked]: [usize; 2]) -> Counted {
    let mut count = 0;
    for (number, candidate) in candidates.enumerate() {
        if count == most || number == asked {
            return Counted { count, more: true };
        }
        count += usize::from(matches!(candidate, Candidate::Allowed(..)));
    }
    Counted { count, more: false }
}

impl ResourceIx {
    /// As a question is about it.
    pub(crate) fn found(self, at: Option<UnitIx>) -> Found {
        match self {
            Self::Unit(unit) => Found::Unit(unit),
            Self::Customer(customer) => Found::Customer(customer, at),
            Self::User(user) => Found::User(Some(user)),
            Self::System(system) => Found::System(system),
        }
    }

    /// Its type.
    pub(crate) fn of(self) -> Resource {
        match self {
            Self::Unit(_) => Resource::Unit,
            Self::Customer(_) => Resource::Customer,
            Self::User(_) => Resource::User,
            Self::System(_) => Resource::System,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(users: std::ops::Range<u32>) -> Candidates<'static, u32> {
        let odd = |n: u32| if n % 2 == 1 { Candidate::Allowed(n, None) } else { Candidate::Refused(n) };
        Box::new(users.map(odd))
    }

    #[test]
    fn pages_go_on_where_the_last_one_ended() {
        [Following::Anything, Following::Row].into_iter().for_each(all_pages);
        // After the last row nothing is allowed: that something else came into question is told by the one, not by the other.
        assert_eq!(page(asked(0..11), 5, Following::Anything).next, Some(9));
        assert_eq!(page(asked(0..11), 5, Following::Row).next, None);
        assert_eq!(page(asked(0..12), 5, Following::Row).next, Some(9));
    }

    fn all_pages(following: Following) {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = page(asked(after.map_or(0, |after| after + 1)..50), 7, following);
            assert!(page.rows.len() <= 7);
            found.extend(page.rows.iter().map(|(which, _)| *which));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, (0..50).filter(|n| n % 2 == 1).collect::<Vec<_>>());
    }

    #[test]
    fn a_page_ends_after_so_many_and_says_where_it_goes_on() {
        let most = u32::try_from(MOST_ASKED).unwrap();
        let refused =
            |users: std::ops::Range<u32>| -> Candidates<'_, u32> { Box::new(users.map(Candidate::Refused)) };
        for following in [Following::Anything, Following::Row] {
            let first = page(refused(0..most + 5), 10, following);
            assert_eq!(first, Page { rows: Vec::new(), next: Some(most - 1) });
            assert_eq!(page(refused(most..most + 5), 10, following).next, None);
        }
    }
}
