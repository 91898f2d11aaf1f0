//! What stands in the way of a request where its author reaches nothing: that it does, and no more. Places that are not the author's
//! are their approvers' to judge, and to know.

use bailiwick_membership::{UnitIx, UserIx};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Actor as Manager, Other};

use super::approvers::covers;
use super::person::Person;
use super::trial::Trial;
use crate::command::UserChange;
use crate::refusal::{Refusal, Refused};

impl Trial<'_> {
    /// A refusal as its author may hear it.
    pub(super) fn as_told_to(&self, author: UserIx, refusal: Refusal) -> Refusal {
        // What is wrong with the words of the request, or with who the people are, is so wherever it is.
        if refusal.refused == Refused::Invalid || is_about_people(refusal.reason) {
            return refusal;
        }
        let people = || Person::all(self.state, self.content, self.now);
        let is_reached = match (refusal.person, refusal.change) {
            (Some(person), Some(change)) => people().nth(usize::from(person)).is_none_or(|person| {
                person.asked.changes.get(change).is_none_or(|change| self.reaches(author, &person, change))
            }),
            (None, _) | (_, None) => people().all(|person| {
                person.asked.changes.iter().all(|change| self.reaches(author, &person, change))
            }),
        };
        if is_reached {
            return refusal;
        }
        let Refusal { person, change, .. } = refusal;
        let told = Refusal { person, change, ..Refusal::denied(Reason::OutOfReach) };
        told.because("something stands in the way where the author reaches nothing")
    }

    /// Whether a change is about a place that an author reaches, or about something held that they see.
    fn reaches(&self, author: UserIx, person: &Person<'_>, change: &UserChange) -> bool {
        let Ok(manager) = self.manager(author) else { return false };
        let submits = self.state.scheme.core().request_submit;
        let is_reached = |unit: UnitIx| covers(&manager, submits, unit);
        change.place().is_none_or(|unit| person.unit(unit).is_some_and(is_reached))
            && change.assignment().is_none_or(|number| sees_number(&manager, person, number))
    }
}

/// Whether it is said of people, all of whom the author sees, and not of a place.
fn is_about_people(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::FieldRequired
            | Reason::RankTooLow
            | Reason::PositionRequired
            | Reason::PositionLimit
            | Reason::ClearanceRequired
            | Reason::NoApprover
    )
}

/// Whether an author sees an assignment of somebody; or, where there is none, that there is none.
fn sees_number(author: &Manager<'_>, person: &Person<'_>, number: u32) -> bool {
    let Some(ix) = person.state.world.user_ix(person.asked.user.as_str()) else { return true };
    if author.ix() == ix {
        return true;
    }
    let other = Other::as_held(&person.state.world, ix);
    let Some(seen) = other.and_then(|other| author.sight_of(&other).ok()) else { return false };
    let mut held = person.held();
    seen.assignments.contains(&number)
        || held.all(|a| a.number != number && seen.assignments.contains(&a.number))
}
