//! A world as plainly as it can be said: lists, copied as a whole, nothing derived until it is asked.

use std::collections::BTreeSet;

use super::*;

#[derive(Clone, Default)]
pub(super) struct Model {
    pub(super) units: Vec<Unit>,
    users: Vec<(UserId, Access, Vec<CaseloadEntry>)>,
    customers: Vec<(CustomerId, Vec<Placement>)>,
    /// Who took a record last has it.
    owners: Vec<(CustomerIx, UserIx)>,
}

impl Model {
    pub(super) fn put_unit(&mut self, unit: Unit) -> UnitIx {
        let at = self.units.iter().position(|u| u.id == unit.id).unwrap_or(self.units.len());
        if at == self.units.len() {
            self.units.push(unit)
        } else {
            self.units[at] = unit
        }
        UnitIx(at as u32)
    }

    pub(super) fn put_access(&mut self, id: &UserId, access: Access) -> UserIx {
        let at = self.users.iter().position(|u| u.0 == *id).unwrap_or(self.users.len());
        let user = UserIx(at as u32);
        let before = self.users.get(at).and_then(|u| u.1.own_record);
        if before != access.own_record {
            self.owners.retain(|&(record, owner)| owner != user && Some(record) != access.own_record);
            self.owners.extend(access.own_record.map(|record| (record, user)));
        }
        if at == self.users.len() {
            self.users.push((id.clone(), access, Vec::new()));
        } else {
            self.users[at].1 = access;
        }
        user
    }

    pub(super) fn put_caseload(&mut self, user: UserIx, caseload: Vec<CaseloadEntry>) {
        if let Some(user) = self.users.get_mut(user.0 as usize) {
            user.2 = caseload;
        }
    }

    pub(super) fn put_placements(&mut self, id: &CustomerId, placements: Vec<Placement>) -> CustomerIx {
        let at = self.customers.iter().position(|c| c.0 == *id).unwrap_or(self.customers.len());
        if at == self.customers.len() {
            self.customers.push((id.clone(), placements));
        } else {
            self.customers[at].1 = placements;
        }
        CustomerIx(at as u32)
    }

    fn unit(&self, unit: UnitIx) -> &Unit {
        &self.units[unit.0 as usize]
    }

    fn above(&self, unit: UnitIx, found: &mut BTreeSet<UnitIx>) {
        if found.insert(unit) {
            self.unit(unit).parents.iter().for_each(|&parent| self.above(parent, found));
        }
    }

    /// Walks every upward path, and keeps what is the first of its kind on it.
    fn first_of_kind(&self, unit: UnitIx, met: &mut Vec<KindIx>, found: &mut BTreeSet<UnitIx>) {
        let kind = self.unit(unit).kind;
        let first = !met.contains(&kind);
        if first {
            found.insert(unit);
        }
        met.push(kind);
        // Nothing new can be met once every kind was.
        if first || met.iter().collect::<BTreeSet<_>>().len() < 5 {
            for &parent in &self.unit(unit).parents {
                self.first_of_kind(parent, met, found);
            }
        }
        met.pop();
    }

    /// Compares everything that a world can be asked.
    pub(super) fn compare(&self, world: &World) {
        self.compare_units(world);
        self.compare_users(world);
        self.compare_customers(world);
    }

    fn compare_units(&self, world: &World) {
        assert_eq!(world.units().count(), self.units.len());
        assert_eq!((world.unit_count(), world.unit_ix("unit-x")), (self.units.len(), None));
        for (ix, node) in world.units() {
            let unit = self.unit(ix);
            assert_eq!(&node.unit, unit);
            assert_eq!((world.unit_ix(unit.id.as_str()), world.unit_id(ix)), (Some(ix), Some(&unit.id)));
            let (mut above, mut first) = (BTreeSet::new(), BTreeSet::new());
            self.above(ix, &mut above);
            assert!(node.with_ancestors().iter().eq(&above));
            assert_eq!(node.closed, above.iter().any(|&u| self.unit(u).archived));
            assert_eq!(world.is_closed(ix), node.closed);
            self.first_of_kind(ix, &mut Vec::new(), &mut first);
            let names_it = |&(_, u): &(UnitIx, &Unit)| u.parents.contains(&ix);
            let children = (0..).map(UnitIx).zip(&self.units).filter(names_it).map(|(child, _)| child);
            assert!(node.children().iter().copied().eq(children));
            for other in (0..self.units.len() as u32 + 1).map(UnitIx) {
                assert_eq!(world.is_within(ix, other), above.contains(&other));
                assert_eq!(node.meets_first(other), first.contains(&other));
            }
            let holds = |a: &Assignment| a.unit == ix;
            let holders =
                (0..).map(UserIx).zip(&self.users).filter(|(_, u)| u.1.assignments.iter().any(holds));
            assert!(world.holders(ix).eq(holders.map(|(user, _)| user)));
            let at_home = (0..).map(UserIx).zip(&self.users);
            let at_home = at_home.filter(|(_, u)| u.1.home == ix && !u.1.assignments.iter().any(holds));
            assert!(world.at_home(ix).eq(at_home.map(|(user, _)| user)));
            let placed: Vec<CustomerIx> = (0..)
                .map(CustomerIx)
                .zip(&self.customers)
                .filter(|(_, (_, placements))| placements.iter().any(|placement| placement.unit == ix))
                .map(|(customer, _)| customer)
                .collect();
            assert!(world.placed(ix, None).eq(placed.iter().copied()));
            if let Some((first, rest)) = placed.split_first() {
                assert!(world.placed(ix, Some(*first)).eq(rest.iter().copied()));
            }
            let below = world.units().filter(|(_, node)| node.is_within(ix)).map(|(below, _)| below);
            assert!(world.subtree(ix).into_iter().eq(below));
        }
    }

    fn compare_users(&self, world: &World) {
        assert_eq!((world.user_count(), world.users().count()), (self.users.len(), self.users.len()));
        assert!(world.user(UserIx(self.users.len() as u32)).is_none());
        for role in (0..=255).map(RoleIx) {
            let has = |a: &Assignment| a.role == role;
            let having = (0..).map(UserIx).zip(&self.users).filter(|(_, u)| u.1.assignments.iter().any(has));
            let having: Vec<UserIx> = having.map(|(user, _)| user).collect();
            assert!(world.having(role, None).eq(having.iter().copied()));
            if let Some((first, rest)) = having.split_first() {
                assert!(world.having(role, Some(*first)).eq(rest.iter().copied()));
            }
        }
        for n in 0..=255 {
            let (system, reporting) = (SystemIx(n), ReportingRoleIx(n));
            let users = (0..).map(UserIx).zip(&self.users);
            let granted =
                users.clone().filter(|(_, u)| u.1.grants.iter().any(|grant| grant.system == system));
            let granted: Vec<UserIx> = granted.map(|(user, _)| user).collect();
            assert!(world.granted(system, None).eq(granted.iter().copied()));
            if let Some((first, rest)) = granted.split_first() {
                assert!(world.granted(system, Some(*first)).eq(rest.iter().copied()));
            }
            let reporting_as = users.filter(|(_, u)| u.1.reporting_role == Some(reporting));
            assert!(world.reporting_as(reporting, None).eq(reporting_as.map(|(user, _)| user)));
        }
        for ((ix, user), (id, access, caseload)) in world.users().zip(&self.users) {
            assert_eq!((world.user_ix(id.as_str()), world.user_id(ix).as_ref()), (Some(ix), Some(id)));
            assert_eq!(&user.access(), access);
            assert_eq!(user.is_active(), access.standing == Standing::Active);
            assert_eq!((user.home(), user.person()), (access.home, access.person));
            assert_eq!(
                (user.own_record(), user.reporting_role()),
                (access.own_record, access.reporting_role)
            );
            assert_eq!((user.grants(), user.caseload()), (access.grants.as_slice(), caseload.as_slice()));
            assert!(caseload.iter().all(|case| user.has_case(case.customer, case.unit)));
            assert!(!user.has_case(CustomerIx(CUSTOMERS), UnitIx(0)));
            assert_eq!(user.assignments().size_hint().0, access.assignments.len());
            for (read, held) in user.assignments().zip(&access.assignments) {
                assert_eq!((read.number, read.unit, read.role), (held.number, held.unit, held.role));
                assert_eq!(read.options, &held.options);
            }
        }
        for person in (0..8).map(UserIx) {
            let same = (0..).map(UserIx).zip(&self.users).filter(|(_, u)| u.1.person == Some(person));
            assert!(world.same_person(person).iter().copied().eq(same.map(|(user, _)| user)));
        }
    }

    fn compare_customers(&self, world: &World) {
        assert_eq!(world.customer_count(), self.customers.len());
        for (ix, (id, placements)) in (0..).map(CustomerIx).zip(&self.customers) {
            assert_eq!(
                (world.customer_ix(id.as_str()), world.customer_id(ix).as_ref()),
                (Some(ix), Some(id))
            );
            assert!(world.placements(ix).eq(placements.iter().copied()));
        }
        for record in (0..CUSTOMERS).map(CustomerIx) {
            let owner = self.owners.iter().find(|owner| owner.0 == record).map(|owner| owner.1);
            assert_eq!(world.owner_of(record), owner);
        }
    }
}
