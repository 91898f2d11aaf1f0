//! What 256 users have: a leaf of the radix. Most of it is one word per assignment; what few users or few
//! assignments have stands beside.

use std::sync::Arc;

use super::csr::{Csr, MAX_LIST};
use super::radix::Leaf;
use super::shared_options::SharedOptions;
use super::sparse::Sparse;
use super::word;
use crate::access::{Access, Assignment, Clearance, Grant, Options, Standing};
use crate::customer::CaseloadEntry;
use crate::ix::{CustomerIx, ReportingRoleIx, RoleIx, UserIx};

/// Users by row.
#[derive(Debug, Clone, Default)]
pub(super) struct UserChunk {
    /// For each user a word for the home, and one for each assignment; no words for nobody.
    ///
    /// INVARIANT (standing): the home's active bit is set exactly where `extras` has no `disabled`.
    words: Csr,
    /// INVARIANT (sides): ascending by row; those of a row are as many as the row has words that say so, in the
    /// order of these words.
    sides: Vec<Side>,
    own_records: Sparse<CustomerIx>,
    caseloads: Sparse<Arc<[CaseloadEntry]>>,
    extras: Sparse<Arc<Extras>>,
    /// INVARIANT (roles): every role of `words` is among these; one that nobody has any more may be, too.
    roles: Roles,
}

/// Roles by number, a bit each.
#[derive(Debug, Clone, Copy, Default)]
struct Roles([u128; 2]);

impl Roles {
    fn add(&mut self, role: RoleIx) {
        if let Some(half) = self.0.get_mut(usize::from(role.0 >> 7)) {
            *half |= 1 << (role.0 & 127);
        }
    }

    fn has(self, role: RoleIx) -> bool {
        self.0.get(usize::from(role.0 >> 7)).is_some_and(|half| half >> (role.0 & 127) & 1 == 1)
    }
}

/// What the word of an assignment has no room for.
#[derive(Debug, Clone)]
pub(super) struct Side {
    row: u8,
    /// The number within the user.
    pub(super) number: u32,
    options: Option<Arc<Options>>,
}

/// What most users do not have. The default is what most have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Extras {
    pub(super) standing: Standing,
    pub(super) person: Option<UserIx>,
    pub(super) clearance: Clearance,
    pub(super) reporting_role: Option<ReportingRoleIx>,
    pub(super) grants: Vec<Grant>,
    /// The number of the newest assignment, where it is not the count of those still there.
    pub(super) last_number: Option<u32>,
}

/// The most assignments of one user: the home takes a word too.
pub(super) const MAX_HELD: usize = MAX_LIST - 1;

/// The options of an assignment that has none of its own.
pub(super) static USUAL: Options = Options::USUAL;

impl Leaf for UserChunk {
    const LAST_ROW: u8 = 255;
}

impl Side {
    pub(super) fn options(&self) -> &Options {
        self.options.as_deref().unwrap_or(&USUAL)
    }
}

impl UserChunk {
    /// The word of a user's home, and those of the assignments; none where there is no such user.
    pub(super) fn words(&self, row: u8) -> Option<(u32, &[u32])> {
        self.words.row(row).split_first().map(|(&home, held)| (home, held))
    }

    /// The side records from a user's first one on; those of later users follow.
    pub(super) fn sides_from(&self, row: u8) -> &[Side] {
        let first = self.sides.partition_point(|side| side.row < row);
        self.sides.get(first..).unwrap_or_default()
    }

    /// Whether somebody here may have an assignment of this role; not, where nobody ever had.
    pub(super) fn may_have(&self, role: RoleIx) -> bool {
        self.roles.has(role)
    }

    pub(super) fn own_record(&self, row: u8) -> Option<CustomerIx> {
        self.own_records.get(row).copied()
    }

    pub(super) fn caseload(&self, row: u8) -> &[CaseloadEntry] {
        self.caseloads.get(row).map_or(&[], |caseload| caseload)
    }

    pub(super) fn extras(&self, row: u8) -> Option<&Extras> {
        self.extras.get(row).map(AsRef::as_ref)
    }

    /// The rows that have what most have not, ascending.
    pub(super) fn all_extras(&self) -> impl Iterator<Item = (u8, &Extras)> {
        self.extras.all().map(|(row, extras)| (row, extras.as_ref()))
    }

    /// Replaces a user's caseload: sorted, each entry once.
    pub(super) fn put_caseload(&mut self, row: u8, caseload: &[CaseloadEntry]) {
        self.caseloads.set(row, if caseload.is_empty() { None } else { Some(caseload.into()) });
    }

    /// Replaces everything a user has except the caseload.
    pub(super) fn put(&mut self, row: u8, access: Access, shared: &mut SharedOptions) {
        let Access {
            standing,
            home,
            person,
            own_record,
            clearance,
            reporting_role,
            assignments,
            grants,
            last_number,
        } = access;
        // INVARIANT (standing): both from the same value.
        let home = word::home(home, standing == Standing::Active);
        let is_count = usize::try_from(last_number).is_ok_and(|last| last == assignments.len());
        let last_number = if is_count { None } else { Some(last_number) };
        let extras = Extras { standing, person, clearance, reporting_role, grants, last_number };
        self.own_records.set(row, own_record);
        self.extras.set(row, if extras == Extras::default() { None } else { Some(Arc::new(extras)) });
        self.put_words(row, home, assignments, shared);
    }

    fn put_words(&mut self, row: u8, home: u32, assignments: Vec<Assignment>, shared: &mut SharedOptions) {
        // INVARIANT (roles): they come with the words.
        assignments.iter().for_each(|assignment| self.roles.add(assignment.role));
        let numbered = (1..).zip(&assignments).take(MAX_HELD);
        let mut words = Vec::with_capacity(1 + assignments.len());
        words.push(home);
        words.extend(numbered.map(|(position, a)| word::assignment(a, has_side(position, a))));
        self.words.replace(row, words.into_iter());
        // INVARIANT (sides): the same question as for the words, in the same order.
        let sides = (1..)
            .zip(assignments)
            .take(MAX_HELD)
            .filter(|(position, assignment)| has_side(*position, assignment))
            .map(|(_, Assignment { number, options, .. })| Side {
                row,
                number,
                options: if options == USUAL { None } else { Some(shared.share(options)) },
            });
        let from = self.sides.partition_point(|side| side.row < row);
        let to = self.sides.partition_point(|side| side.row <= row);
        self.sides.splice(from..to, sides);
    }
}

fn has_side(position: u32, assignment: &Assignment) -> bool {
    assignment.number != position || assignment.options != USUAL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{AssignmentState, Suspension, SuspensionCause};
    use crate::ix::UnitIx;

    #[test]
    fn roles_are_told_apart() {
        let mut roles = Roles::default();
        for role in [0, 127, 128, 255] {
            assert!(!roles.has(RoleIx(role)));
            roles.add(RoleIx(role));
        }
        assert_eq!(
            (0..=255).filter(|&role| roles.has(RoleIx(role))).collect::<Vec<u8>>(),
            [0, 127, 128, 255]
        );
    }

    #[test]
    fn what_is_replaced_leaves_nothing_behind() {
        let (mut chunk, mut shared) = (UserChunk::default(), SharedOptions::default());
        let suspended = Options {
            state: AssignmentState::Suspended(Suspension::open(SuspensionCause::Manager)),
            ..Options::default()
        };
        let mut access = Access::new(UnitIx(1));
        for (number, options) in [(1, suspended.clone()), (2, Options::default()), (4, Options::default())] {
            access.assignments.push(Assignment { number, unit: UnitIx(9), role: RoleIx(3), options });
        }
        for _ in 0..3 {
            for row in [7, 0, 255] {
                chunk.put(row, access.clone(), &mut shared);
            }
        }
        let rows: Vec<_> = chunk.sides.iter().map(|side| (side.row, side.number)).collect();
        assert_eq!(rows, [(0, 1), (0, 4), (7, 1), (7, 4), (255, 1), (255, 4)]);
        assert!(chunk.sides.iter().filter(|side| side.number == 1).all(|side| *side.options() == suspended));
        chunk.put(7, Access::new(UnitIx(1)), &mut shared);
        assert_eq!((chunk.sides.len(), chunk.words(7).unwrap().1.len(), chunk.words(8)), (4, 0, None));
    }
}
