//! The world of one realm: the unit graph, every user's access and every customer's placements.
//!
//! This is what `check` reads and nothing else. A world is a value: cloning one costs a dozen reference counts,
//! whatever its size, and a clone that is changed leaves the other as it was. Only `put_*` change it, and they
//! cannot fail; for limits, [`World::has_room_for_units`] and its neighbours are asked first.
//!
//! A million users fit because most of what they have is one 32-bit word per assignment (`word`), in lists
//! (`csr`) of 256 users each (`user_chunk`), in a tree that is copied on write (`radix`). Ids are numbered in the
//! order in which they are first put (`interner`); the numbers are never used again. Units keep the closure of
//! what is above them (`graph`), so that "is below" is a search among a few numbers, and moving a unit costs its
//! subtree and nothing of its users.

mod at_units;
mod csr;
mod customers;
mod graph;
mod growth;
mod hash_table;
mod interner;
mod radix;
mod shared_options;
mod sparse;
mod texts;
mod tried_user;
mod user_chunk;
mod user_ref;
mod users;
mod word;

use std::collections::BTreeSet;

use bailiwick_identity::{CustomerId, UnitId, UserId};

use crate::access::Access;
use crate::customer::{CaseloadEntry, Placement};
use crate::ix::{CustomerIx, ReportingRoleIx, RoleIx, SystemIx, UnitIx, UserIx};
use crate::unit::Unit;
use customers::Customers;
use graph::Graph;
use users::Users;

pub use graph::Node;
pub use tried_user::TriedUser;
pub use user_ref::{AssignmentRef, Assignments, UserRef};

/// One realm's units, users and customers.
#[derive(Debug, Clone, Default)]
pub struct World {
    units: Graph,
    users: Users,
    customers: Customers,
}

impl World {
    /// The most assignments that one user can have here, and the most placements of one customer: 16,777,214.
    /// Whoever decides refuses more; what was put beyond is not kept.
    pub const MAX_HELD: usize = user_chunk::MAX_HELD;

    /// A world without anybody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // Room. `put_*` cannot fail, so whoever decides asks first.

    /// Whether so many more units fit: there may be 8,388,607.
    ///
    /// A unit put beyond is not kept. It becomes a number that no unit has: it is closed, lies nowhere, and covers
    /// and is covered by nothing.
    #[must_use]
    pub fn has_room_for_units(&self, more: usize) -> bool {
        fits(word::MAX_UNITS, self.units.len(), more)
    }

    /// Whether so many more users fit: there may be some 4 thousand million. A user put beyond is not kept, and
    /// becomes a number that no user has.
    #[must_use]
    pub fn has_room_for_users(&self, more: usize) -> bool {
        fits(interner::MAX_IDS, self.users.len(), more)
    }

    /// Whether so many more customers fit: there may be some 4 thousand million. A customer put beyond is not
    /// kept, and becomes a number that no customer has.
    #[must_use]
    pub fn has_room_for_customers(&self, more: usize) -> bool {
        fits(interner::MAX_IDS, self.customers.len(), more)
    }

    // Units.

    /// The unit of this id.
    #[must_use]
    pub fn unit_ix(&self, id: &str) -> Option<UnitIx> {
        self.units.find(id)
    }

    /// The id of a unit.
    #[must_use]
    pub fn unit_id(&self, unit: UnitIx) -> Option<&UnitId> {
        self.node(unit).map(|node| &node.unit.id)
    }

    /// How many units there are, archived ones among them.
    #[must_use]
    pub fn unit_count(&self) -> usize {
        self.units.len() as usize
    }

    /// A unit in its graph.
    #[must_use]
    pub fn node(&self, unit: UnitIx) -> Option<&Node> {
        self.units.node(unit)
    }

    /// Every unit, in the order of creation.
    pub fn units(&self) -> impl Iterator<Item = (UnitIx, &Node)> {
        self.units.all()
    }

    /// Whether `unit` is `above`, or lies below it through any parent. Unknown units lie nowhere.
    #[must_use]
    pub fn is_within(&self, unit: UnitIx, above: UnitIx) -> bool {
        self.node(unit).is_some_and(|node| node.is_within(above))
    }

    /// A unit and everything below it through any parent, each once.
    #[must_use]
    pub fn subtree(&self, unit: UnitIx) -> BTreeSet<UnitIx> {
        self.subtrees([unit]).collect()
    }

    /// These units and everything below any of them, each once, in no order. Who stops early has not looked at the rest.
    pub fn subtrees(&self, units: impl IntoIterator<Item = UnitIx>) -> impl Iterator<Item = UnitIx> + '_ {
        let mut waiting: Vec<UnitIx> = units.into_iter().collect();
        let mut seen = BTreeSet::new();
        std::iter::from_fn(move || {
            let unit = std::iter::from_fn(|| waiting.pop()).find(|&unit| seen.insert(unit))?;
            waiting.extend(self.node(unit).into_iter().flat_map(|node| node.children().iter().copied()));
            Some(unit)
        })
    }

    /// Whether the unit is archived or below an archived one. An unknown unit is closed.
    #[must_use]
    pub fn is_closed(&self, unit: UnitIx) -> bool {
        self.node(unit).is_none_or(|node| node.closed)
    }

    /// Creates a unit, or replaces the one of the same id; what is derived from it follows. The parents exist, and
    /// none of them is the unit or lies below it.
    pub fn put_unit(&mut self, unit: Unit) -> UnitIx {
        self.units.put(unit)
    }

    // Users.

    /// The user of this id.
    #[must_use]
    pub fn user_ix(&self, id: &str) -> Option<UserIx> {
        self.users.find(id)
    }

    /// The id of a user.
    #[must_use]
    pub fn user_id(&self, user: UserIx) -> Option<UserId> {
        UserId::parse(self.user_id_text(user)?).ok()
    }

    /// The id of a user, as text; nothing is copied.
    #[must_use]
    pub fn user_id_text(&self, user: UserIx) -> Option<&str> {
        self.users.id(user)
    }

    /// How many users there are, active and disabled.
    #[must_use]
    pub fn user_count(&self) -> usize {
        self.users.len() as usize
    }

    /// Every user, in the order of creation.
    pub fn users(&self) -> impl Iterator<Item = (UserIx, UserRef<'_>)> {
        self.users.all()
    }

    /// A user, for reading.
    #[must_use]
    pub fn user(&self, user: UserIx) -> Option<UserRef<'_>> {
        self.users.get(user)
    }

    /// Creates a user, or replaces the access of the one with this id.
    pub fn put_access(&mut self, id: &UserId, access: Access) -> UserIx {
        self.users.put(id.as_str(), access)
    }

    /// Replaces a user's caseload. Kept sorted, each entry once.
    pub fn put_caseload(&mut self, user: UserIx, caseload: Vec<CaseloadEntry>) {
        self.users.put_caseload(user, caseload);
    }

    /// The users with an assignment at exactly this unit, held or ended; ascending, each once.
    pub fn holders(&self, unit: UnitIx) -> impl Iterator<Item = UserIx> + '_ {
        self.users.holders(unit, None)
    }

    /// Those [holders](Self::holders) of a unit who came into being after one; those before are passed over without being
    /// looked at.
    pub fn holders_after(&self, unit: UnitIx, after: Option<UserIx>) -> impl Iterator<Item = UserIx> + '_ {
        self.users.holders(unit, after)
    }

    /// The users with an assignment of this role anywhere, held or ended, of those after one; ascending, each once. A rare
    /// role is found without looking at everybody.
    pub fn having(&self, role: RoleIx, after: Option<UserIx>) -> impl Iterator<Item = UserIx> + '_ {
        self.users.having(role, after)
    }

    /// The users with a grant of this system, in force or not, of those after one; ascending, each once.
    pub fn granted(&self, system: SystemIx, after: Option<UserIx>) -> impl Iterator<Item = UserIx> + '_ {
        self.users.granted(system, after)
    }

    /// The users with this reporting role, of those after one; ascending, each once.
    pub fn reporting_as(
        &self,
        role: ReportingRoleIx,
        after: Option<UserIx>,
    ) -> impl Iterator<Item = UserIx> + '_ {
        self.users.reporting_as(role, after)
    }

    /// The users whose home is this unit and who have no assignment at it, held or ended; ascending, each once.
    pub fn at_home(&self, unit: UnitIx) -> impl Iterator<Item = UserIx> + '_ {
        self.users.at_home(unit, None)
    }

    /// Those [at home](Self::at_home) in a unit who came into being after one; those before are passed over without being
    /// looked at.
    pub fn at_home_after(&self, unit: UnitIx, after: Option<UserIx>) -> impl Iterator<Item = UserIx> + '_ {
        self.users.at_home(unit, after)
    }

    /// The users marked as the same person under this first user, that one included; none where nobody is.
    /// Ascending.
    #[must_use]
    pub fn same_person(&self, person: UserIx) -> &[UserIx] {
        self.users.same_person(person)
    }

    /// The users on whose caseload a customer is in a unit.
    pub fn workers(&self, customer: CustomerIx, unit: UnitIx) -> impl Iterator<Item = UserIx> + '_ {
        self.users.workers(customer, unit)
    }

    /// The user whose own record this customer is.
    #[must_use]
    pub fn owner_of(&self, customer: CustomerIx) -> Option<UserIx> {
        self.users.owner_of(customer)
    }

    // Customers.

    /// The customer of this id.
    #[must_use]
    pub fn customer_ix(&self, id: &str) -> Option<CustomerIx> {
        self.customers.find(id)
    }

    /// The id of a customer.
    #[must_use]
    pub fn customer_id(&self, customer: CustomerIx) -> Option<CustomerId> {
        CustomerId::parse(self.customer_id_text(customer)?).ok()
    }

    /// The id of a customer, as text; nothing is copied.
    #[must_use]
    pub fn customer_id_text(&self, customer: CustomerIx) -> Option<&str> {
        self.customers.id(customer)
    }

    /// How many customers there are or were.
    #[must_use]
    pub fn customer_count(&self) -> usize {
        self.customers.len() as usize
    }

    /// Where a customer is placed; nowhere for an unknown one.
    pub fn placements(&self, customer: CustomerIx) -> impl Iterator<Item = Placement> + '_ {
        self.customers.placements(customer)
    }

    /// The customers with a placement at exactly this unit, enrolled or dismissed, that came into being after one;
    /// ascending, each once. Those before are passed over without being looked at.
    pub fn placed(&self, unit: UnitIx, after: Option<CustomerIx>) -> impl Iterator<Item = CustomerIx> + '_ {
        self.customers.placed(unit, after)
    }

    /// Creates a customer, or replaces the placements of the one with this id. Sorted by unit, one per unit.
    pub fn put_placements(&mut self, id: &CustomerId, placements: Vec<Placement>) -> CustomerIx {
        self.customers.put(id.as_str(), &placements)
    }
}

fn fits(most: u32, present: u32, more: usize) -> bool {
    u32::try_from(more).is_ok_and(|more| more <= most - present)
}

#[cfg(test)]
mod tests;
