//! What a request touches, and who must therefore approve it: the units before and after each change, and systems with an
//! approver of their own.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, UnitId};
use bailiwick_membership::{AssignmentRef, SystemIx, UnitIx, UserRef};

use crate::command::{ManageUser, UserChange};
use crate::decide::user::{holds_management, would_lower_lowest};
use crate::request::Content;
use crate::state::State;

/// What must be approved, each part by somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Units, by whoever approves there.
    pub units: BTreeSet<UnitIx>,
    /// Systems, by whoever approves for them.
    pub systems: BTreeSet<SystemIx>,
}

impl Parts {
    /// What a request touches on a state, at an instant. What is not there is left out: judging the request refuses it.
    #[must_use]
    pub fn of(state: &State, content: &Content, now: Instant) -> Self {
        let mut parts = Self::default();
        for person in &content.people {
            Touching { state, now, person, user: known(state, person) }.add(&mut parts);
        }
        parts
    }
}

/// The user whom changes are about, where there is one by now.
pub(super) fn known<'s>(state: &'s State, person: &ManageUser) -> Option<UserRef<'s>> {
    let world = &state.world;
    world.user_ix(person.user.as_str()).and_then(|ix| world.user(ix)).filter(|user| !user.is_erased())
}

/// The changes of one person.
struct Touching<'t> {
    state: &'t State,
    now: Instant,
    person: &'t ManageUser,
    user: Option<UserRef<'t>>,
}

impl Touching<'_> {
    fn add(&self, parts: &mut Parts) {
        for change in &self.person.changes {
            match change {
                UserChange::Create(new) => parts.units.extend(self.unit(&new.home)),
                UserChange::Assign(spec) => {
                    parts.units.extend(self.unit(&spec.unit));
                    if self.lowers_lowest(&spec.role) {
                        parts.units.extend(self.everywhere());
                    }
                }
                UserChange::Amend { number, role, options: _ } => {
                    parts.units.extend(self.at(*number));
                    if role.is_some() && self.manages() {
                        parts.units.extend(self.everywhere());
                    }
                }
                UserChange::End { number, at: _ }
                | UserChange::Remove { number }
                | UserChange::Suspend { number, .. }
                | UserChange::Reinstate { number } => parts.units.extend(self.at(*number)),
                UserChange::SuspendAt { unit } => parts.units.extend(self.below(unit)),
                UserChange::SetHome(unit) => {
                    parts.units.extend(self.everywhere());
                    parts.units.extend(self.user.map(|user| user.home()));
                    parts.units.extend(self.unit(unit));
                }
                UserChange::Grant(spec) | UserChange::AmendGrant(spec) => {
                    self.add_system(parts, &spec.system)
                }
                UserChange::SuspendGrant { system, .. }
                | UserChange::ReinstateGrant { system }
                | UserChange::EndGrant { system, .. } => self.add_system(parts, system),
                UserChange::UpdateProfile(_)
                | UserChange::Disable
                | UserChange::Enable
                | UserChange::SetReportingRole(_)
                | UserChange::SetOwnRecord(_)
                | UserChange::SetSamePerson(_)
                | UserChange::SetClearance(_) => parts.units.extend(self.everywhere()),
            }
        }
    }

    fn unit(&self, unit: &UnitId) -> Option<UnitIx> {
        self.state.world.unit_ix(unit.as_str())
    }

    fn held(&self) -> impl Iterator<Item = AssignmentRef<'_>> {
        let now = self.now;
        self.user.into_iter().flat_map(|user| user.assignments()).filter(move |a| a.held(now))
    }

    /// Every unit where something is held; where nothing is, the home unit. Of somebody who is yet to be made, what making
    /// them touches is all.
    fn everywhere(&self) -> BTreeSet<UnitIx> {
        let held: BTreeSet<UnitIx> = self.held().map(|a| a.unit).collect();
        match self.user {
            Some(user) if held.is_empty() => BTreeSet::from([user.home()]),
            Some(_) | None => held,
        }
    }

    fn at(&self, number: u32) -> Option<UnitIx> {
        self.held().find(|a| a.number == number).map(|a| a.unit)
    }

    fn below(&self, unit: &UnitId) -> Vec<UnitIx> {
        let Some(top) = self.unit(unit) else { return Vec::new() };
        let within = self.held().map(|a| a.unit).filter(|&unit| self.state.world.is_within(unit, top));
        within.collect()
    }

    fn manages(&self) -> bool {
        let State { world, scheme, .. } = self.state;
        self.user.is_some_and(|user| holds_management(world, scheme, user, self.now))
    }

    fn lowers_lowest(&self, role: &str) -> bool {
        let State { world, scheme, .. } = self.state;
        let rank = scheme.role_named(role).and_then(|role| scheme.rank(role));
        self.user.is_some_and(|user| would_lower_lowest(world, scheme, user, rank, self.now))
    }

    /// A grant is a change of the user as a whole.
    fn add_system(&self, parts: &mut Parts, name: &str) {
        parts.units.extend(self.everywhere());
        let scheme = &self.state.scheme;
        let system = scheme.system_named(name);
        parts.systems.extend(system.filter(|&ix| scheme.system(ix).is_some_and(|s| s.extra_approver)));
    }
}
