//! All users of a world, and what is looked up from the other side: holders, persons, owners of records.

use super::at_units::AtUnits;
use super::interner::{Interner, MAX_IDS};
use super::radix::{Leaf, Radix};
use super::shared_options::SharedOptions;
use super::user_chunk::{Extras, UserChunk};
use super::user_ref::UserRef;
use crate::access::Access;
use crate::customer::CaseloadEntry;
use crate::ix::{CustomerIx, ReportingRoleIx, RoleIx, SystemIx, UnitIx, UserIx};

/// The user that no user is: what a user becomes for whom there is no room.
const NOBODY: UserIx = UserIx(MAX_IDS);

/// Users by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Users {
    ids: Interner,
    chunks: Radix<UserChunk>,
    shared: SharedOptions,
    /// INVARIANT (other side): these five say of users what `chunks` says, read from the other end.
    holders: AtUnits<UserIx>,
    /// Users at home where they hold nothing: most do, and are among `holders` already.
    at_home: AtUnits<UserIx>,
    persons: imbl::OrdMap<UserIx, Vec<UserIx>>,
    owners: imbl::OrdMap<CustomerIx, UserIx>,
    workers: imbl::OrdSet<(CustomerIx, UnitIx, UserIx)>,
}

/// What is looked up from the other side.
#[derive(Default)]
struct Links {
    units: Vec<UnitIx>,
    /// The home unit, where nothing is held there.
    home: Option<UnitIx>,
    person: Option<UserIx>,
    own_record: Option<CustomerIx>,
}

impl Users {
    pub(super) fn len(&self) -> u32 {
        self.ids.len()
    }

    pub(super) fn find(&self, id: &str) -> Option<UserIx> {
        self.ids.find(id).map(UserIx)
    }

    pub(super) fn id(&self, user: UserIx) -> Option<&str> {
        self.ids.text(user.0)
    }

    pub(super) fn get(&self, user: UserIx) -> Option<UserRef<'_>> {
        UserRef::new(self.chunks.leaf(user.0)?)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (UserIx, UserRef<'_>)> {
        (0..self.len()).map(UserIx).filter_map(|user| Some((user, self.get(user)?)))
    }

    /// The users with an assignment of a role, of those after one; whole chunks are passed over where nobody has one.
    pub(super) fn having(&self, role: RoleIx, after: Option<UserIx>) -> impl Iterator<Item = UserIx> + '_ {
        let last_row = u32::from(UserChunk::LAST_ROW);
        let chunks = self.chunks_after(after).filter(move |(_, chunk)| chunk.may_have(role));
        let users = chunks.flat_map(move |(first, _)| first..=first + last_row).map(UserIx);
        users.filter(move |&user| {
            after.is_none_or(|after| user > after)
                && self.get(user).is_some_and(|user| user.assignments().any(|a| a.role == role))
        })
    }

    pub(super) fn granted(
        &self,
        system: SystemIx,
        after: Option<UserIx>,
    ) -> impl Iterator<Item = UserIx> + '_ {
        self.having_extras(after, move |extras| extras.grants.iter().any(|grant| grant.system == system))
    }

    pub(super) fn reporting_as(
        &self,
        role: ReportingRoleIx,
        after: Option<UserIx>,
    ) -> impl Iterator<Item = UserIx> + '_ {
        self.having_extras(after, move |extras| extras.reporting_role == Some(role))
    }

    /// The chunks in which somebody after one may stand, each with the number of its first row.
    fn chunks_after(&self, after: Option<UserIx>) -> impl Iterator<Item = (u32, &UserChunk)> {
        let rows = u32::from(UserChunk::LAST_ROW) + 1;
        let first = after.map_or(0, |after| after.0 / rows * rows);
        let firsts = (first..self.len()).step_by(usize::from(UserChunk::LAST_ROW) + 1);
        firsts.filter_map(|first| Some((first, self.chunks.leaf(first)?.0)))
    }

    /// The users with something that most have not, of those after one; nobody else is looked at.
    fn having_extras<'w>(
        &'w self,
        after: Option<UserIx>,
        wanted: impl Fn(&Extras) -> bool + Copy + 'w,
    ) -> impl Iterator<Item = UserIx> + 'w {
        let users = self.chunks_after(after).flat_map(move |(first, chunk)| {
            let rows = chunk.all_extras().filter(move |(_, extras)| wanted(extras));
            rows.map(move |(row, _)| UserIx(first + u32::from(row)))
        });
        users.filter(move |&user| after.is_none_or(|after| user > after))
    }

    pub(super) fn holders(&self, unit: UnitIx, after: Option<UserIx>) -> impl Iterator<Item = UserIx> + '_ {
        self.holders.after(unit, after)
    }

    pub(super) fn at_home(&self, unit: UnitIx, after: Option<UserIx>) -> impl Iterator<Item = UserIx> + '_ {
        self.at_home.after(unit, after)
    }

    pub(super) fn same_person(&self, person: UserIx) -> &[UserIx] {
        self.persons.get(&person).map_or(&[], Vec::as_slice)
    }

    pub(super) fn owner_of(&self, customer: CustomerIx) -> Option<UserIx> {
        self.owners.get(&customer).copied()
    }

    pub(super) fn workers(&self, customer: CustomerIx, unit: UnitIx) -> impl Iterator<Item = UserIx> + '_ {
        let range = (customer, unit, UserIx(0))..=(customer, unit, UserIx(u32::MAX));
        self.workers.range(range).map(|&(_, _, user)| user)
    }

    /// Creates a user or replaces the access of the one of this id.
    pub(super) fn put(&mut self, id: &str, access: Access) -> UserIx {
        let Some(user) = self.ids.intern(id).map(UserIx) else { return NOBODY };
        let before = self.links(user);
        if let Some((chunk, row)) = self.chunks.leaf_mut(user.0) {
            chunk.put(row, access, &mut self.shared);
        }
        let after = self.links(user);
        self.relink(user, &before, &after);
        user
    }

    /// Replaces the caseload of a user who exists.
    pub(super) fn put_caseload(&mut self, user: UserIx, mut caseload: Vec<CaseloadEntry>) {
        let Some(before) = self.get(user) else { return };
        caseload.sort_unstable();
        caseload.dedup();
        // INVARIANT (other side): follows every change of a caseload.
        for case in before.caseload().to_vec() {
            self.workers.remove(&(case.customer, case.unit, user));
        }
        self.workers.extend(caseload.iter().map(|case| (case.customer, case.unit, user)));
        if let Some((chunk, row)) = self.chunks.leaf_mut(user.0) {
            chunk.put_caseload(row, &caseload);
        }
    }

    fn links(&self, user: UserIx) -> Links {
        self.get(user).map_or_else(Links::default, |user| {
            let units = user.units();
            let home = Some(user.home()).filter(|home| units.binary_search(home).is_err());
            Links { units, home, person: user.person(), own_record: user.own_record() }
        })
    }

    /// INVARIANT (other side): follows every change of a chunk.
    fn relink(&mut self, user: UserIx, before: &Links, after: &Links) {
        self.holders.replace(user, &before.units, &after.units);
        self.at_home.replace(user, before.home.as_slice(), after.home.as_slice());
        if before.person != after.person {
            if let Some(person) = before.person {
                self.leave_person(user, person);
            }
            if let Some(person) = after.person {
                let members = self.persons.entry(person).or_default();
                if let Err(place) = members.binary_search(&user) {
                    members.insert(place, user);
                }
            }
        }
        if before.own_record != after.own_record {
            // A record that has passed to another user meanwhile is that user's.
            if let Some(record) = before.own_record.filter(|&record| self.owner_of(record) == Some(user)) {
                self.owners.remove(&record);
            }
            if let Some(record) = after.own_record {
                self.owners.insert(record, user);
            }
        }
    }

    fn leave_person(&mut self, user: UserIx, person: UserIx) {
        let Some(members) = self.persons.get_mut(&person) else { return };
        members.retain(|&member| member != user);
        if members.is_empty() {
            self.persons.remove(&person);
        }
    }
}
