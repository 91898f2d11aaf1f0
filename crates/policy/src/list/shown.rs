//! The same lists, told to somebody: what they see, by way of what they see.

use std::collections::BTreeSet;

use bailiwick_identity::Instant;
use bailiwick_membership::{Access, UserIx, World};

use super::{Candidate, Candidates, ResourceIx, ResourcesOf, answered, answers, asked};
use crate::check::{Answer, Asking, Found, Question, check, next_turn};
use crate::onlooker::{Holder, Onlooker, answer_shown, depends_on_all, holder, in_part, tells_of};
use crate::reason::Reason;
use crate::scheme::{CapIx, ClassSet, Scheme};

/// As whom somebody is told what a subject may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectShown {
    /// As who they are.
    AsIs,
    /// As somebody who holds this.
    InPart(Box<Access>),
    /// What the capability allows depends on all that is held, and that is not seen: nothing is told.
    Nothing,
}

/// As whom a subject is shown of whom these assignments are seen, where it is not all.
#[must_use]
pub fn subject_shown(
    world: &World,
    scheme: &Scheme,
    subject: UserIx,
    cap: CapIx,
    seen: Option<&BTreeSet<u32>>,
    onlooker: &dyn Onlooker,
) -> SubjectShown {
    let of = scheme.capability(cap).map(|capability| capability.resource);
    let (Some(user), Some(of)) = (world.user(subject), of) else { return SubjectShown::Nothing };
    if seen.is_some() && depends_on_all(scheme, cap) {
        return SubjectShown::Nothing;
    }
    match in_part(world, subject, user, of, seen, Some(onlooker)) {
        None => SubjectShown::AsIs,
        Some(access) => SubjectShown::InPart(Box::new(access)),
    }
}

/// To what a subject, as they are shown, may do something, of what is seen.
#[must_use]
pub fn resources_shown<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    wanted: &ResourcesOf<'_>,
    after: Option<ResourceIx>,
    now: Instant,
    onlooker: &'w (dyn Onlooker + Sync),
) -> Candidates<'w, ResourceIx> {
    let Some((asking, narrowed)) = asked(world, scheme, wanted, now) else {
        return Box::new(std::iter::empty());
    };
    Box::new(answers(asking, narrowed, after).map(move |(what, answer)| {
        if !answer.is_allowed() || !tells_of(onlooker, what, is_view(scheme, asking.cap)) {
            return Candidate::Refused(what);
        }
        Candidate::of(what, &answer_shown(&asking, what, narrowed.classes, answer, onlooker))
    }))
}

/// Who may do what a question is about, of those who are seen whole. Its subject is not read.
#[must_use]
pub fn subjects_shown<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    question: &Question<'_>,
    after: Option<UserIx>,
    now: Instant,
    onlooker: &'w (dyn Onlooker + Sync),
) -> Candidates<'w, UserIx> {
    let Question { capability: cap, classes, .. } = *question;
    let Some((found, what)) = seen(world, scheme, question, onlooker) else {
        return Box::new(std::iter::empty());
    };
    Box::new(answered(world, scheme, cap, found, classes, after, now).map(move |(subject, answer)| {
        let is_allowed = answer.as_ref().is_some_and(Answer::is_allowed);
        // What is not allowed may be to who is shown without their other account.
        let user = world.user(subject).filter(|user| is_allowed || user.person().is_some());
        let Some(user) = user.filter(|user| user.is_active() && onlooker.sees_whole(subject)) else {
            return Candidate::Refused(subject);
        };
        let holder = holder(world, subject, user, what.of(), None, Some(onlooker));
        let Some(user) = holder.get() else { return Candidate::Refused(subject) };
        let asking = Asking { world, scheme, now, ix: subject, user, cap };
        let whole = match (&holder, answer) {
            (Holder::AsIs(_), Some(answer)) => answer,
            (Holder::InPart(_), _) | (Holder::AsIs(_), None) => asking.about(found, classes, &mut ()),
        };
        Candidate::of(subject, &answer_shown(&asking, what, classes, whole, onlooker))
    }))
}

/// The answer to a question about a subject, as they are shown, by way of what is seen.
#[must_use]
pub fn check_shown(
    world: &World,
    scheme: &Scheme,
    question: &Question<'_>,
    now: Instant,
    onlooker: &dyn Onlooker,
) -> Answer {
    let answer = check(world, scheme, question, now);
    let subject = world.user_ix(question.subject);
    let asking = subject.and_then(|ix| Asking::find(world, scheme, ix, question.capability, now));
    match (asking, seen(world, scheme, question, onlooker)) {
        (Some(asking), Some((_, what))) => {
            // When something out of sight starts or ends is not told.
            let is_whole = !matches!(what, ResourceIx::User(user) if !onlooker.sees_whole(user));
            let valid_until = if is_whole { answer.valid_until } else { next_turn(asking.user, now) };
            Answer { valid_until, ..answer_shown(&asking, what, question.classes, answer, onlooker) }
        }
        (None, _) | (_, None) => Answer::denied(Reason::UnknownResource, ClassSet::EMPTY),
    }
}

/// What a question is about, where it is told who may do it.
fn seen(
    world: &World,
    scheme: &Scheme,
    question: &Question<'_>,
    onlooker: &dyn Onlooker,
) -> Option<(Found, ResourceIx)> {
    let found = Found::find(world, scheme, question)?;
    let what = match found {
        Found::Unit(unit) => ResourceIx::Unit(unit),
        Found::Customer(customer, _) => ResourceIx::Customer(customer),
        Found::User(other) => ResourceIx::User(other?),
        Found::System(system) => ResourceIx::System(system),
    };
    tells_of(onlooker, what, is_view(scheme, question.capability)).then_some((found, what))
}

fn is_view(scheme: &Scheme, cap: CapIx) -> bool {
    cap == scheme.core().user_view
}
