//! What a request touches, and who must therefore approve it: the units before and after each change, and systems with an
//! approver of their own.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, UnitId};
use bailiwick_membership::{SystemIx, UnitIx};

use super::person::Person;
use crate::command::UserChange;
use crate::decide::user::{holds_management, would_lower_lowest};
use crate::request::{Content, WaitsFor};
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
        for person in Person::all(state, content, now) {
            person.add_to(&mut parts);
        }
        parts
    }

    /// Whether there is nothing to approve.
    pub(super) fn is_empty(&self) -> bool {
        self.units.is_empty() && self.systems.is_empty()
    }

    /// The same, by names: what a request waits for.
    pub(super) fn named(&self, state: &State) -> WaitsFor {
        let system = |&ix: &SystemIx| state.scheme.system(ix).map(|system| system.name.clone());
        WaitsFor {
            units: self.units.iter().filter_map(|&unit| state.world.unit_id(unit).cloned()).collect(),
            systems: self.systems.iter().filter_map(system).collect(),
            desks: BTreeSet::new(),
        }
    }
}

impl Person<'_> {
    fn add_to(&self, parts: &mut Parts) {
        for change in &self.asked.changes {
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
