//! Users and their assignments, as `check` reads them: borrowed from a world, nothing copied.

use std::{iter, slice};

use super::World;
use super::graph::Node;
use super::user_chunk::{Extras, Side, USUAL, UserChunk};
use super::word;
use crate::access::{Access, Assignment, Grant, Options, Scope, Standing};
use crate::customer::CaseloadEntry;
use crate::ix::{CustomerIx, ReportingRoleIx, RoleIx, UnitIx, UserIx};

/// A user, as `check` reads one.
#[derive(Debug, Clone, Copy)]
pub struct UserRef<'w> {
    chunk: &'w UserChunk,
    row: u8,
    home: u32,
    held: &'w [u32],
}

/// An assignment, as `check` reads one.
#[derive(Debug, Clone, Copy)]
pub struct AssignmentRef<'w> {
    /// The number within the user.
    pub number: u32,
    /// Where.
    pub unit: UnitIx,
    /// As what.
    pub role: RoleIx,
    /// How; the default options where the assignment has none of its own.
    pub options: &'w Options,
}

/// A user's assignments, oldest first.
#[derive(Debug, Clone)]
pub struct Assignments<'w> {
    user: UserRef<'w>,
    words: iter::Zip<std::ops::RangeFrom<u32>, slice::Iter<'w, u32>>,
    /// The side records not yet read; looked for when the first one is needed, since most users have none.
    sides: Option<slice::Iter<'w, Side>>,
}

impl<'w> UserRef<'w> {
    /// The user of this row, if there is one.
    pub(super) fn new((chunk, row): (&'w UserChunk, u8)) -> Option<Self> {
        let (home, held) = chunk.words(row)?;
        Some(Self { chunk, row, home, held })
    }

    /// Whether the user may act at all.
    #[must_use]
    pub fn is_active(self) -> bool {
        word::is_active(self.home)
    }

    /// The unit where the person belongs.
    #[must_use]
    pub fn home(self) -> UnitIx {
        word::unit(self.home)
    }

    /// Whether nothing is known of the person any more but the id.
    #[must_use]
    pub fn is_erased(self) -> bool {
        matches!(self.extras().map(|extras| extras.standing), Some(Standing::Erased(_)))
    }

    /// The first of the users marked as the same person.
    #[must_use]
    pub fn person(self) -> Option<UserIx> {
        self.extras()?.person
    }

    /// The customer record that is the user's own.
    #[must_use]
    pub fn own_record(self) -> Option<CustomerIx> {
        self.chunk.own_record(self.row)
    }

    /// What reports show to the user.
    #[must_use]
    pub fn reporting_role(self) -> Option<ReportingRoleIx> {
        self.extras()?.reporting_role
    }

    /// Entitlements to systems.
    #[must_use]
    pub fn grants(self) -> &'w [Grant] {
        self.extras().map_or(&[], |extras| &extras.grants)
    }

    /// The user's assignments, oldest first; ended ones may be among them.
    #[must_use]
    pub fn assignments(self) -> Assignments<'w> {
        Assignments { user: self, words: (1..).zip(self.held), sides: None }
    }

    /// The user's caseload, sorted.
    #[must_use]
    pub fn caseload(self) -> &'w [CaseloadEntry] {
        self.chunk.caseload(self.row)
    }

    /// Whether this customer is on the user's caseload in this unit.
    #[must_use]
    pub fn has_case(self, customer: CustomerIx, unit: UnitIx) -> bool {
        self.caseload().binary_search(&CaseloadEntry { customer, unit }).is_ok()
    }

    /// Everything the user has, as a value to change and put back.
    #[must_use]
    pub fn access(self) -> Access {
        let extras = self.extras().cloned().unwrap_or_default();
        let assignments: Vec<_> = self.assignments().map(AssignmentRef::to_assignment).collect();
        let count = u32::try_from(assignments.len()).unwrap_or(u32::MAX);
        Access {
            standing: extras.standing,
            home: self.home(),
            person: extras.person,
            own_record: self.own_record(),
            clearance: extras.clearance,
            reporting_role: extras.reporting_role,
            assignments,
            grants: extras.grants,
            last_number: extras.last_number.unwrap_or(count),
        }
    }

    /// The units at which the user has assignments, sorted, each once.
    pub(super) fn units(self) -> Vec<UnitIx> {
        let mut units: Vec<_> = self.held.iter().map(|&word| word::unit(word)).collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    fn extras(self) -> Option<&'w Extras> {
        self.chunk.extras(self.row)
    }
}

impl<'w> Iterator for Assignments<'w> {
    type Item = AssignmentRef<'w>;

    fn next(&mut self) -> Option<Self::Item> {
        let (position, &word) = self.words.next()?;
        let (number, options) = if word::has_side(word) {
            let UserRef { chunk, row, .. } = self.user;
            // INVARIANT (sides), named on the chunk: the next one is this word's.
            let side = self.sides.get_or_insert_with(|| chunk.sides_from(row).iter()).next()?;
            (side.number, side.options())
        } else {
            (position, &USUAL)
        };
        Some(AssignmentRef { number, unit: word::unit(word), role: word::role(word), options })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.words.size_hint()
    }
}

impl AssignmentRef<'_> {
    /// Held at an instant: not ended. See [`Options::held`].
    #[must_use]
    pub fn held(&self, now: bailiwick_identity::Instant) -> bool {
        self.options.held(now)
    }

    /// Whether the assignment covers a unit: its scope is `all` and the unit is at or below its own, or the unit is
    /// at or below a chosen unit that is still strictly below its own and not archived itself.
    ///
    /// Whether `unit` itself is closed is the caller's question: a closed unit counts for ranks and reach.
    #[must_use]
    pub fn covers(&self, world: &World, unit: UnitIx) -> bool {
        world.node(unit).is_some_and(|node| self.covers_node(world, node))
    }

    /// [`covers`](Self::covers), for a caller who has the node of the unit already.
    #[must_use]
    pub fn covers_node(&self, world: &World, node: &Node) -> bool {
        match &self.options.scope {
            Scope::All => node.is_within(self.unit),
            Scope::Only(chosen) => chosen.iter().any(|&w| self.counts(world, w) && node.is_within(w)),
        }
    }

    /// Whether the caseload restriction of the assignment binds in a unit that it covers: the unit is neither exempt
    /// nor below an exempt one.
    #[must_use]
    pub fn restricted_in(&self, world: &World, unit: UnitIx) -> bool {
        let caseload = &self.options.caseload;
        caseload.only && !caseload.exempt.iter().any(|&exempt| world.is_within(unit, exempt))
    }

    /// Whether the assignment is one of those that cover a unit, or would but for an archived choice: what archiving
    /// must not end.
    #[must_use]
    pub fn spans(&self, world: &World, unit: UnitIx) -> bool {
        match &self.options.scope {
            Scope::All => world.is_within(unit, self.unit),
            Scope::Only(chosen) => chosen
                .iter()
                .any(|&w| w != self.unit && world.is_within(w, self.unit) && world.is_within(unit, w)),
        }
    }

    /// Whether a chosen unit of an `only` still counts: strictly below the assignment's unit, and not archived.
    fn counts(&self, world: &World, chosen: UnitIx) -> bool {
        world.node(chosen).is_some_and(|w| !w.unit.archived && chosen != self.unit && w.is_within(self.unit))
    }

    fn to_assignment(self) -> Assignment {
        Assignment { number: self.number, unit: self.unit, role: self.role, options: self.options.clone() }
    }
}
