//! One of those whom a request is about: what they hold, and what is asked for them.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, UnitId, UserId};
use bailiwick_membership::{AssignmentRef, Grant, UnitIx, UserRef};

use crate::command::{AssignmentSpec, ManageUser, NewUser, UserChange};
use crate::request::Content;
use crate::state::State;

/// Somebody, and the changes that are asked for.
#[derive(Clone, Copy)]
pub(super) struct Person<'t> {
    pub(super) state: &'t State,
    pub(super) now: Instant,
    pub(super) asked: &'t ManageUser,
    /// Unset: nobody yet.
    pub(super) user: Option<UserRef<'t>>,
}

impl<'t> Person<'t> {
    /// Everybody whom a request is about.
    pub(super) fn all(state: &'t State, content: &'t Content, now: Instant) -> impl Iterator<Item = Self> {
        content.people.iter().map(move |asked| {
            let user = known(state, &asked.user);
            Self { state, now, asked, user }
        })
    }

    /// What they hold.
    pub(super) fn held(&self) -> impl Iterator<Item = AssignmentRef<'t>> + use<'t> {
        let now = self.now;
        self.user.into_iter().flat_map(|user| user.assignments()).filter(move |a| a.held(now))
    }

    /// Every unit where something is held; where nothing is, the home unit. Of somebody who is yet to be made, nothing.
    pub(super) fn everywhere(&self) -> BTreeSet<UnitIx> {
        let held: BTreeSet<UnitIx> = self.held().map(|a| a.unit).collect();
        match self.user {
            Some(user) if held.is_empty() => BTreeSet::from([user.home()]),
            Some(_) | None => held,
        }
    }

    /// The systems granted to them.
    pub(super) fn grants(&self) -> impl Iterator<Item = &'t Grant> + use<'t> {
        let now = self.now;
        self.user.into_iter().flat_map(|user| user.grants()).filter(move |grant| grant.held(now))
    }

    /// What they are to hold, in the order of the changes.
    pub(super) fn added(&self) -> impl Iterator<Item = &'t AssignmentSpec> + use<'t> {
        self.asked.changes.iter().filter_map(|change| {
            let UserChange::Assign(spec) = change else { return None };
            Some(spec)
        })
    }

    /// The units at which they are to be added, in the order of the changes.
    pub(super) fn added_at(&self) -> Vec<UnitIx> {
        self.added().filter_map(|spec| self.unit(&spec.unit)).collect()
    }

    /// The units that they hold, or are asked to hold, or are to belong to.
    pub(super) fn held_or_asked(&self) -> BTreeSet<UnitIx> {
        let mut units = self.everywhere();
        units.extend(self.added_at());
        units.extend(self.asked.changes.iter().filter_map(|change| {
            let UserChange::Create(NewUser { home, .. }) = change else { return None };
            self.unit(home)
        }));
        units
    }

    pub(super) fn unit(&self, unit: &UnitId) -> Option<UnitIx> {
        self.state.world.unit_ix(unit.as_str())
    }
}

/// The user of an id, where there is one by now.
pub(super) fn known<'s>(state: &'s State, user: &UserId) -> Option<UserRef<'s>> {
    let world = &state.world;
    world.user_ix(user.as_str()).and_then(|ix| world.user(ix)).filter(|user| !user.is_erased())
}
