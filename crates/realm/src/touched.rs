//! What a command touches, of what decides about access.

use bailiwick_identity::UserId;
use bailiwick_membership::{UnitIx, UserIx};
use bailiwick_policy::impact::Touched;

use crate::event::Event;
use crate::state::State;

/// What a command touches, of what decides about access.
#[must_use]
pub fn touched(before: &State, after: &State, events: &[Event]) -> Touched {
    let mut touched = Touched::default();
    for event in events {
        match event {
            Event::Access { user, .. } => {
                touched.users.extend(with_same_person(before, user));
                touched.users.extend(with_same_person(after, user));
            }
            Event::Caseload { user, .. } => drop(touched.users.insert(*user)),
            Event::Unit(unit) => {
                let ix = after.world.unit_ix(unit.id.as_str());
                touched.units.extend(ix.filter(|&ix| has_other_place(before, after, ix)));
            }
            Event::Scheme(_) => touched.rules = true,
            Event::Realm { .. }
            | Event::Profile { .. }
            | Event::Credentials { .. }
            | Event::Placements { .. }
            | Event::Request(_)
            | Event::Review(_) => {}
        }
    }
    touched
}

/// A user, and who is marked as the same person: an own record of one is reached by no staff role of the others.
fn with_same_person(state: &State, user: &UserId) -> Vec<UserIx> {
    let Some(ix) = state.world.user_ix(user.as_str()) else { return Vec::new() };
    let person = state.world.user(ix).and_then(|user| user.person());
    let same = person.map_or(&[][..], |person| state.world.same_person(person));
    same.iter().copied().chain([ix]).collect()
}

/// Whether anything about a unit is other that decides about access: what it is called is not.
fn has_other_place(before: &State, after: &State, unit: UnitIx) -> bool {
    let of = |state: &State| {
        let unit = &state.world.node(unit)?.unit;
        Some((unit.kind, unit.parents.clone(), unit.archived, unit.placeholder))
    };
    of(before) != of(after)
}
