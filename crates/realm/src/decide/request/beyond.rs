//! What stands in the way of a request where its author reaches nothing: that it does, and no more. Places that are not the author's
//! are their approvers' to judge, and to know.

use bailiwick_membership::{UnitIx, UserIx};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Actor as Manager, Other};

use super::approvers::covers;
use super::person::Person;
use super::trial::Trial;
use crate::command::UserChange;
use crate::refusal::Refusal;

/// Said in the words of a scheme, which whoever asks by it knows; or that there is nobody.
const OF_SCHEMES: [Reason; 2] = [Reason::UnknownName, Reason::NoApprover];
/// Said of a person as a whole, and of no place.
const OF_PEOPLE: [Reason; 6] = [
    Reason::RequestKind,
    Reason::RankTooLow,
    Reason::FieldRequired,
    Reason::PositionRequired,
    Reason::PositionLimit,
    Reason::ClearanceRequired,
];

impl Trial<'_> {
    /// A refusal as its author may hear it.
    pub(super) fn as_told_to(&self, author: UserIx, refusal: Refusal) -> Refusal {
        if self.manager(author).is_ok_and(|author| self.may_hear(&author, &refusal)) {
            return refusal;
        }
        let Refusal { person, change, .. } = refusal;
        let told = Refusal { person, change, ..Refusal::denied(Reason::OutOfReach) };
        told.because("something stands in the way where the author reaches nothing")
    }

    fn may_hear(&self, author: &Manager<'_>, refusal: &Refusal) -> bool {
        let at = |index: usize| refusal.person.is_none_or(|person| usize::from(person) == index);
        let hears = |person: &Person<'_>| match refusal.reason {
            reason if OF_SCHEMES.contains(&reason) => true,
            reason if OF_PEOPLE.contains(&reason) => sees(author, person),
            _ => self.reaches(author, person, refusal),
        };
        let mut people = Person::all(self.state, self.content, self.now).enumerate();
        people.all(|(index, person)| !at(index) || hears(&person))
    }

    /// Whether the change at fault, or each, is about a place that an author reaches, or about something held that they see.
    fn reaches(&self, author: &Manager<'_>, person: &Person<'_>, refusal: &Refusal) -> bool {
        let at = |index: usize| refusal.change.is_none_or(|change| change == index);
        let mut changes = person.asked.changes.iter().enumerate();
        changes.all(|(index, change)| {
            let is_reached = |unit| person.unit(unit).is_some_and(|at| self.reaches_unit(author, person, at));
            // Of somebody new, it is about who they are.
            let is_new = matches!(change, UserChange::Create(_)) && refusal.reason != Reason::UnknownUnit;
            !at(index)
                || is_new
                || match (change.place(), change.assignment()) {
                    (Some(place), _) => is_reached(place),
                    (None, Some(number)) => sees_number(author, person, number),
                    // Of them as a whole.
                    (None, None) => sees(author, person),
                }
        })
    }

    /// Whether an author's `request.submit` covers a unit; or it is their own, and they ask for themselves.
    fn reaches_unit(&self, author: &Manager<'_>, person: &Person<'_>, unit: UnitIx) -> bool {
        covers(author, self.state.scheme.core().request_submit, unit)
            || (ix(person) == Some(author.ix()) && person.everywhere().contains(&unit))
    }
}

/// Whether an author sees somebody, or is them; who is yet to be made is whom the author describes.
fn sees(author: &Manager<'_>, person: &Person<'_>) -> bool {
    ix(person)
        .is_none_or(|ix| author.ix() == ix || author.may_see(Other::as_held(&person.state.world, ix)).is_ok())
}

/// Whether an author sees an assignment of somebody; or, where there is none, that there is none.
fn sees_number(author: &Manager<'_>, person: &Person<'_>, number: u32) -> bool {
    let Some(ix) = ix(person) else { return true };
    if author.ix() == ix {
        return true;
    }
    let other = Other::as_held(&person.state.world, ix);
    let Some(seen) = other.and_then(|other| author.sight_of(&other).ok()) else { return false };
    let mut held = person.held();
    seen.assignments.contains(&number)
        || held.all(|a| a.number != number && seen.assignments.contains(&a.number))
}

fn ix(person: &Person<'_>) -> Option<UserIx> {
    person.state.world.user_ix(person.asked.user.as_str())
}
