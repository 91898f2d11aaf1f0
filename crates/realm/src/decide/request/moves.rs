//! Where what somebody holds begins and ends by a request.

use std::collections::BTreeSet;

use bailiwick_membership::{KindIx, RoleIx, UnitIx};

use super::person::Person;
use crate::command::{AssignmentSpec, UserChange};
use crate::state::State;

/// The units of a kind that are a unit or lie above it.
pub(super) fn above(state: &State, unit: UnitIx, kind: KindIx) -> BTreeSet<UnitIx> {
    let world = &state.world;
    let all = world.node(unit).map_or(&[][..], |node| node.with_ancestors());
    let of_kind = |unit: &UnitIx| world.node(*unit).is_some_and(|node| node.unit.kind == kind);
    all.iter().copied().filter(of_kind).collect()
}

impl Person<'_> {
    /// Whether the end of an assignment is set by it, now or for later, or its beginning.
    pub(super) fn is_ended(&self, number: u32) -> bool {
        let changes = self.asked.changes.iter().filter(|change| change.assignment() == Some(number));
        changes.into_iter().any(UserChange::sets_end)
    }

    /// Whether an assignment is over with it.
    pub(super) fn is_over(&self, number: u32) -> bool {
        let changes = self.asked.changes.iter().filter(|change| change.assignment() == Some(number));
        changes
            .into_iter()
            .any(|change| matches!(change, UserChange::End { at: None, .. } | UserChange::Remove { .. }))
    }

    /// Whether an assignment is reinstated by it.
    pub(super) fn reinstates(&self, number: u32) -> bool {
        self.asked.changes.contains(&UserChange::Reinstate { number })
    }

    /// The roles that it gives, by name: with something new, or for another.
    pub(super) fn roles_given(&self) -> impl Iterator<Item = &str> {
        self.asked.changes.iter().filter_map(|change| {
            let (UserChange::Assign(AssignmentSpec { role, .. })
            | UserChange::Amend { role: Some(role), .. }) = change
            else {
                return None;
            };
            Some(role.as_str())
        })
    }

    /// Under which units of a kind something ends.
    pub(super) fn ended(&self, kind: KindIx) -> BTreeSet<UnitIx> {
        let ended = self.held().filter(|a| self.is_ended(a.number));
        ended.flat_map(|a| above(self.state, a.unit, kind)).collect()
    }

    /// Whether something ends under one unit of a kind and begins under another.
    pub(super) fn moves(&self, kind: KindIx) -> bool {
        let (ended, begun) = (self.ended(kind), self.begun(kind));
        !ended.is_empty() && begun.iter().any(|unit| !ended.contains(unit))
    }

    /// Under which units of a kind they stay; where nothing stays, where the first of what is added is.
    pub(super) fn settled(&self, kind: KindIx) -> BTreeSet<UnitIx> {
        let stays = self.held().filter(|a| !self.is_over(a.number));
        let stays: BTreeSet<UnitIx> = stays.flat_map(|a| above(self.state, a.unit, kind)).collect();
        if !stays.is_empty() {
            return stays;
        }
        let first = self.added_at().into_iter().take(1);
        first.flat_map(|unit| above(self.state, unit, kind)).collect()
    }

    /// Under which units of a kind something begins.
    pub(super) fn begun(&self, kind: KindIx) -> BTreeSet<UnitIx> {
        let units = self.added_at();
        units.into_iter().flat_map(|unit| above(self.state, unit, kind)).collect()
    }

    /// Whether one of these roles is handed out or taken away.
    pub(super) fn is_concerned(&self, roles: &BTreeSet<RoleIx>) -> bool {
        let named = |name: &str| self.state.scheme.role_named(name).is_some_and(|role| roles.contains(&role));
        let holds = |number: u32| self.held().any(|a| a.number == number && roles.contains(&a.role));
        self.asked.changes.iter().any(|change| {
            change.assignment().is_some_and(holds)
                || matches!(change, UserChange::Assign(spec) if named(&spec.role))
                || matches!(change, UserChange::Amend { role: Some(role), .. } if named(role))
        })
    }
}
