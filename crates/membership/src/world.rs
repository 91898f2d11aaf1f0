//! The world of one realm: the unit graph, every user's access and every customer's placements.
//!
//! This is what `check` reads and nothing else. A world is a value: cloning one is cheap, and a clone that is
//! changed leaves the other as it was. Only `put_*` change it, and they cannot fail.

use std::sync::Arc;

use bailiwick_identity::{CustomerId, Instant, UnitId, UserId};

use crate::access::{Access, Assignment, Grant, Options, Scope, Standing};
use crate::customer::{CaseloadEntry, Placement};
use crate::ix::{CustomerIx, ReportingRoleIx, RoleIx, UnitIx, UserIx};
use crate::unit::Unit;

/// A unit in its graph, with what is derived from the units around it.
#[derive(Debug, Clone)]
pub struct Node {
    /// What the unit's event says.
    pub unit: Unit,
    /// Archived, or below an archived unit on any path.
    pub closed: bool,
    /// Units that name this one as a parent.
    children: Vec<UnitIx>,
    /// Every unit above, through any parent, and the unit itself; sorted.
    closure: Vec<UnitIx>,
    /// The units met first of their kind on some upward path, the unit itself included; sorted.
    nearest: Vec<UnitIx>,
}

impl Node {
    /// Whether the unit is `above` or lies below it, through any parent.
    #[must_use]
    pub fn is_within(&self, above: UnitIx) -> bool {
        self.closure.binary_search(&above).is_ok()
    }

    /// Whether `unit` is met first among the units of its kind on some upward path from here, this unit included.
    #[must_use]
    pub fn meets_first(&self, unit: UnitIx) -> bool {
        self.nearest.binary_search(&unit).is_ok()
    }

    /// The unit itself and every unit above it.
    #[must_use]
    pub fn with_ancestors(&self) -> &[UnitIx] {
        &self.closure
    }

    /// The units directly below.
    #[must_use]
    pub fn children(&self) -> &[UnitIx] {
        &self.children
    }
}

#[derive(Debug, Clone)]
struct UserRecord {
    id: UserId,
    access: Access,
    caseload: Vec<CaseloadEntry>,
}

#[derive(Debug, Clone)]
struct CustomerRecord {
    id: CustomerId,
    placements: Vec<Placement>,
}

/// One realm's units, users and customers.
#[derive(Debug, Clone, Default)]
pub struct World {
    units: imbl::Vector<Arc<Node>>,
    unit_ids: imbl::HashMap<UnitId, UnitIx>,
    users: imbl::Vector<Arc<UserRecord>>,
    user_ids: imbl::HashMap<UserId, UserIx>,
    customers: imbl::Vector<Arc<CustomerRecord>>,
    customer_ids: imbl::HashMap<CustomerId, CustomerIx>,
    holders: imbl::OrdSet<(UnitIx, UserIx)>,
    persons: imbl::OrdMap<UserIx, Vec<UserIx>>,
    own_records: imbl::OrdMap<CustomerIx, UserIx>,
    workers: imbl::OrdSet<(CustomerIx, UnitIx, UserIx)>,
}

/// A user, as `check` reads one.
#[derive(Debug, Clone, Copy)]
pub struct UserRef<'w> {
    record: &'w UserRecord,
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

impl World {
    /// A world without anybody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // Units.

    /// The unit of this id.
    #[must_use]
    pub fn unit_ix(&self, id: &str) -> Option<UnitIx> {
        let id = UnitId::parse(id).ok()?;
        self.unit_ids.get(&id).copied()
    }

    /// A unit in its graph.
    #[must_use]
    pub fn node(&self, unit: UnitIx) -> Option<&Node> {
        self.units.get(unit.0 as usize).map(AsRef::as_ref)
    }

    /// Every unit, in the order of creation.
    pub fn units(&self) -> impl Iterator<Item = (UnitIx, &Node)> {
        (0..).map(UnitIx).zip(self.units.iter().map(AsRef::as_ref))
    }

    /// Whether `unit` is `above`, or lies below it through any parent. Unknown units lie nowhere.
    #[must_use]
    pub fn is_within(&self, unit: UnitIx, above: UnitIx) -> bool {
        self.node(unit).is_some_and(|node| node.is_within(above))
    }

    /// Whether the unit is archived or below an archived one. An unknown unit is closed.
    #[must_use]
    pub fn is_closed(&self, unit: UnitIx) -> bool {
        self.node(unit).is_none_or(|node| node.closed)
    }

    /// Creates a unit, or replaces the one of the same id; what is derived from it follows. The parents exist.
    pub fn put_unit(&mut self, unit: Unit) -> UnitIx {
        let ix = match self.unit_ids.get(&unit.id) {
            Some(&ix) => {
                let before = self.node(ix).map(|n| n.unit.parents.clone()).unwrap_or_default();
                for parent in before {
                    self.edit_node(parent, |n| n.children.retain(|&c| c != ix));
                }
                self.edit_node(ix, |n| n.unit = unit.clone());
                ix
            }
            None => {
                let ix = UnitIx(self.units.len() as u32);
                self.unit_ids.insert(unit.id.clone(), ix);
                self.units.push_back(Arc::new(Node {
                    unit: unit.clone(),
                    closed: false,
                    children: Vec::new(),
                    closure: Vec::new(),
                    nearest: Vec::new(),
                }));
                ix
            }
        };
        for &parent in &unit.parents {
            self.edit_node(parent, |n| {
                if !n.children.contains(&ix) {
                    n.children.push(ix);
                }
            });
        }
        self.derive(ix);
        ix
    }

    fn edit_node(&mut self, unit: UnitIx, edit: impl FnOnce(&mut Node)) {
        if let Some(node) = self.units.get_mut(unit.0 as usize) {
            edit(Arc::make_mut(node));
        }
    }

    /// Derives closure, nearest and closed for a unit and, parents first, for everything below it.
    fn derive(&mut self, unit: UnitIx) {
        let Some(node) = self.node(unit) else { return };
        let mut closure = vec![unit];
        let mut nearest = vec![unit];
        let mut closed = node.unit.archived;
        let kind = node.unit.kind;
        for &parent in &node.unit.parents {
            let Some(above) = self.node(parent) else { continue };
            closure.extend_from_slice(&above.closure);
            let other_kind = |&&u: &&UnitIx| self.node(u).is_some_and(|n| n.unit.kind != kind);
            nearest.extend(above.nearest.iter().filter(other_kind));
            closed |= above.closed;
        }
        closure.sort_unstable();
        closure.dedup();
        nearest.sort_unstable();
        nearest.dedup();
        let children = node.children.clone();
        let same = node.closure == closure && node.nearest == nearest && node.closed == closed;
        self.edit_node(unit, |n| {
            n.closure = closure;
            n.nearest = nearest;
            n.closed = closed;
        });
        if !same {
            for child in children {
                self.derive(child);
            }
        }
    }

    // Users.

    /// The user of this id.
    #[must_use]
    pub fn user_ix(&self, id: &str) -> Option<UserIx> {
        let id = UserId::parse(id).ok()?;
        self.user_ids.get(&id).copied()
    }

    /// The id of a user.
    #[must_use]
    pub fn user_id(&self, user: UserIx) -> Option<UserId> {
        self.users.get(user.0 as usize).map(|u| u.id.clone())
    }

    /// How many users there are, active and disabled.
    #[must_use]
    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    /// Every user, in the order of creation.
    pub fn users(&self) -> impl Iterator<Item = (UserIx, UserRef<'_>)> {
        (0..).map(UserIx).zip(self.users.iter().map(|record| UserRef { record }))
    }

    /// A user, for reading.
    #[must_use]
    pub fn user(&self, user: UserIx) -> Option<UserRef<'_>> {
        self.users.get(user.0 as usize).map(|record| UserRef { record })
    }

    /// Creates a user, or replaces the access of the one with this id.
    pub fn put_access(&mut self, id: &UserId, access: Access) -> UserIx {
        let ix = match self.user_ids.get(id) {
            Some(&ix) => ix,
            None => {
                let ix = UserIx(self.users.len() as u32);
                self.user_ids.insert(id.clone(), ix);
                let fresh = Access::new(access.home);
                self.users.push_back(Arc::new(UserRecord {
                    id: id.clone(),
                    access: fresh,
                    caseload: Vec::new(),
                }));
                ix
            }
        };
        let Some(record) = self.users.get_mut(ix.0 as usize) else { return ix };
        let record = Arc::make_mut(record);
        for assignment in &record.access.assignments {
            self.holders.remove(&(assignment.unit, ix));
        }
        for assignment in &access.assignments {
            self.holders.insert((assignment.unit, ix));
        }
        if record.access.person != access.person {
            if let Some(members) = record.access.person.and_then(|p| self.persons.get_mut(&p)) {
                members.retain(|&u| u != ix);
            }
            if let Some(person) = access.person {
                self.persons.entry(person).or_default().push(ix);
            }
        }
        if record.access.own_record != access.own_record {
            if let Some(customer) = record.access.own_record {
                self.own_records.remove(&customer);
            }
            if let Some(customer) = access.own_record {
                self.own_records.insert(customer, ix);
            }
        }
        record.access = access;
        ix
    }

    /// Replaces a user's caseload. Sorted, each entry once.
    pub fn put_caseload(&mut self, user: UserIx, caseload: Vec<CaseloadEntry>) {
        let Some(record) = self.users.get_mut(user.0 as usize) else { return };
        let record = Arc::make_mut(record);
        for case in &record.caseload {
            self.workers.remove(&(case.customer, case.unit, user));
        }
        for case in &caseload {
            self.workers.insert((case.customer, case.unit, user));
        }
        record.caseload = caseload;
    }

    /// The users on whose caseload a customer is in a unit.
    pub fn workers(&self, customer: CustomerIx, unit: UnitIx) -> impl Iterator<Item = UserIx> + '_ {
        let range = (customer, unit, UserIx(0))..=(customer, unit, UserIx(u32::MAX));
        self.workers.range(range).map(|&(_, _, user)| user)
    }

    /// The users with an assignment at exactly this unit, held or ended.
    pub fn holders(&self, unit: UnitIx) -> impl Iterator<Item = UserIx> + '_ {
        self.holders.range((unit, UserIx(0))..=(unit, UserIx(u32::MAX))).map(|&(_, user)| user)
    }

    /// The users marked as the same person under this first user, that one included; none where nobody is.
    #[must_use]
    pub fn same_person(&self, person: UserIx) -> &[UserIx] {
        self.persons.get(&person).map_or(&[], Vec::as_slice)
    }

    /// The user whose own record this customer is.
    #[must_use]
    pub fn owner_of(&self, customer: CustomerIx) -> Option<UserIx> {
        self.own_records.get(&customer).copied()
    }

    // Customers.

    /// The customer of this id.
    #[must_use]
    pub fn customer_ix(&self, id: &str) -> Option<CustomerIx> {
        let id = CustomerId::parse(id).ok()?;
        self.customer_ids.get(&id).copied()
    }

    /// The id of a customer.
    #[must_use]
    pub fn customer_id(&self, customer: CustomerIx) -> Option<CustomerId> {
        self.customers.get(customer.0 as usize).map(|c| c.id.clone())
    }

    /// How many customers there are or were.
    #[must_use]
    pub fn customer_count(&self) -> usize {
        self.customers.len()
    }

    /// Where a customer is placed; nowhere for an unknown one.
    pub fn placements(&self, customer: CustomerIx) -> impl Iterator<Item = Placement> + '_ {
        self.customers.get(customer.0 as usize).into_iter().flat_map(|c| c.placements.iter().copied())
    }

    /// Creates a customer, or replaces the placements of the one with this id. Sorted by unit, one per unit.
    pub fn put_placements(&mut self, id: &CustomerId, placements: Vec<Placement>) -> CustomerIx {
        match self.customer_ids.get(id) {
            Some(&ix) => {
                if let Some(record) = self.customers.get_mut(ix.0 as usize) {
                    Arc::make_mut(record).placements = placements;
                }
                ix
            }
            None => {
                let ix = CustomerIx(self.customers.len() as u32);
                self.customer_ids.insert(id.clone(), ix);
                self.customers.push_back(Arc::new(CustomerRecord { id: id.clone(), placements }));
                ix
            }
        }
    }
}

impl<'w> UserRef<'w> {
    /// Whether the user may act at all.
    #[must_use]
    pub fn is_active(self) -> bool {
        self.record.access.standing == Standing::Active
    }

    /// The unit where the person belongs.
    #[must_use]
    pub fn home(self) -> UnitIx {
        self.record.access.home
    }

    /// The first of the users marked as the same person.
    #[must_use]
    pub fn person(self) -> Option<UserIx> {
        self.record.access.person
    }

    /// The customer record that is the user's own.
    #[must_use]
    pub fn own_record(self) -> Option<CustomerIx> {
        self.record.access.own_record
    }

    /// What reports show to the user.
    #[must_use]
    pub fn reporting_role(self) -> Option<ReportingRoleIx> {
        self.record.access.reporting_role
    }

    /// Entitlements to systems.
    #[must_use]
    pub fn grants(self) -> &'w [Grant] {
        &self.record.access.grants
    }

    /// The user's assignments, oldest first; ended ones may be among them.
    pub fn assignments(self) -> impl Iterator<Item = AssignmentRef<'w>> {
        self.record.access.assignments.iter().map(|a: &Assignment| AssignmentRef {
            number: a.number,
            unit: a.unit,
            role: a.role,
            options: &a.options,
        })
    }

    /// The user's caseload, sorted.
    #[must_use]
    pub fn caseload(self) -> &'w [CaseloadEntry] {
        &self.record.caseload
    }

    /// Whether this customer is on the user's caseload in this unit.
    #[must_use]
    pub fn has_case(self, customer: CustomerIx, unit: UnitIx) -> bool {
        self.record.caseload.binary_search(&CaseloadEntry { customer, unit }).is_ok()
    }

    /// Everything the user has, as a value to change and put back.
    #[must_use]
    pub fn access(self) -> Access {
        self.record.access.clone()
    }
}

impl AssignmentRef<'_> {
    /// Held at an instant: not ended. See [`Options::held`].
    #[must_use]
    pub fn held(&self, now: Instant) -> bool {
        self.options.held(now)
    }

    /// Whether the assignment covers a unit: its scope is `all` and the unit is at or below its own, or the unit is
    /// at or below a chosen unit that is still strictly below its own and not archived or below an archived one.
    ///
    /// Whether `unit` itself is closed is the caller's question: a closed unit counts for ranks and reach.
    #[must_use]
    pub fn covers(&self, world: &World, unit: UnitIx) -> bool {
        let Some(node) = world.node(unit) else { return false };
        match &self.options.scope {
            Scope::All => node.is_within(self.unit),
            Scope::Only(chosen) => chosen.iter().any(|&w| self.counts(world, w) && node.is_within(w)),
        }
    }

    /// Whether a chosen unit of an `only` still counts: strictly below the assignment's unit, and not archived.
    fn counts(&self, world: &World, chosen: UnitIx) -> bool {
        world.node(chosen).is_some_and(|w| !w.unit.archived && chosen != self.unit && w.is_within(self.unit))
    }
}
