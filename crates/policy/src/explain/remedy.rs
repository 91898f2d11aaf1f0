//! Single changes that would allow what is denied.

use std::collections::BTreeSet;
use std::mem::discriminant;

use bailiwick_membership::{
    Access, Assignment, AssignmentState, CaseloadEntry, CustomerIx, Enrolment, Grant, Options, Placement,
    ReportingRoleIx, RoleIx, Standing, SystemIx, TriedUser, UnitIx, UserManagement, World,
};

use super::{Denied, MOST_REMEDIES};
use crate::check::{Asking, Attempts, Found};
use crate::scheme::Switch;

/// A single change after which the subject may. Whether somebody may make it, trying it without effect tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remedy {
    /// The user is enabled.
    Enable,
    /// The suspension of an assignment, by its number, is lifted.
    Reinstate(u32),
    /// An assignment, by its number, starts at once.
    Start(u32),
    /// User management is switched on for an assignment, by its number, so far.
    SwitchOn(u32, UserManagement),
    /// The customer is put on the user's caseload in a unit.
    AddToCaseload(UnitIx),
    /// The caseload restriction of an assignment, by its number, is lifted in a unit and what is below it.
    Exempt(u32, UnitIx),
    /// The caseload restriction of an assignment, by its number, is lifted.
    LiftRestriction(u32),
    /// The customer is placed in a unit, or enrolled there again.
    Place(UnitIx),
    /// The suspension of the system's grant is lifted.
    ReinstateGrant,
    /// The system is granted.
    Grant,
    /// The user is given a reporting role.
    Report(ReportingRoleIx),
    /// An archived unit is restored.
    Restore(UnitIx),
    /// The role of an assignment, by its number, is exchanged for this one.
    ChangeRole(u32, RoleIx),
    /// A role is given at a unit, over all that is below it, with user management so far.
    Assign(RoleIx, UnitIx, UserManagement),
}

/// So many are tried at most: of somebody who is placed in a hundred units it is told what is found by then.
const MOST_TRIED: usize = 200;
/// So many, where there was more to try than is told.
const FEW_TRIED: usize = 10;

/// So many of one kind are told: where somebody could be placed in twenty units, a role is told, too.
fn most_alike(remedy: Remedy) -> usize {
    match remedy {
        Remedy::Assign(..) | Remedy::ChangeRole(..) => MOST_REMEDIES,
        Remedy::Place(_) => 1,
        Remedy::Enable
        | Remedy::Reinstate(_)
        | Remedy::Start(_)
        | Remedy::SwitchOn(..)
        | Remedy::AddToCaseload(_)
        | Remedy::Exempt(..)
        | Remedy::LiftRestriction(_)
        | Remedy::ReinstateGrant
        | Remedy::Grant
        | Remedy::Report(_)
        | Remedy::Restore(_) => 2,
    }
}

impl Denied<'_> {
    /// The first few changes that would do, the least first.
    pub(super) fn remedies(&self, may_be_told: impl Fn(&Remedy) -> bool) -> Vec<Remedy> {
        let (mut known, mut found) = (BTreeSet::new(), Vec::new());
        let candidates = self.candidates().into_iter().chain(self.assignments());
        let candidates = candidates.filter(|remedy| may_be_told(remedy) && known.insert(*remedy));
        let most = if self.attempts.len() < Attempts::MOST { MOST_TRIED } else { FEW_TRIED };
        for remedy in candidates.take(most) {
            let alike = found.iter().filter(|other| discriminant(*other) == discriminant(&remedy)).count();
            if alike < most_alike(remedy) && self.would_allow(remedy) {
                found.push(remedy);
            }
            if found.len() == MOST_REMEDIES {
                break;
            }
        }
        found
    }

    /// Whether `check` allows in the state that a change leaves.
    fn would_allow(&self, remedy: Remedy) -> bool {
        let Asking { world, user, .. } = self.asking;
        match remedy {
            Remedy::Place(unit) => self.placed_at(unit).is_some_and(|world| self.is_allowed_in(&world)),
            Remedy::Restore(unit) => restored(world, unit).is_some_and(|world| self.is_allowed_in(&world)),
            Remedy::AddToCaseload(unit) => {
                let Found::Customer(customer, _) = self.found else { return false };
                self.is_allowed_with(user.access(), &with_case(user.caseload(), customer, unit))
            }
            Remedy::Enable
            | Remedy::Reinstate(_)
            | Remedy::Start(_)
            | Remedy::SwitchOn(..)
            | Remedy::Exempt(..)
            | Remedy::LiftRestriction(_)
            | Remedy::ReinstateGrant
            | Remedy::Grant
            | Remedy::Report(_)
            | Remedy::ChangeRole(..) => {
                let mut access = user.access();
                self.change(&mut access, remedy).is_some() && self.is_allowed_with(access, user.caseload())
            }
            Remedy::Assign(..) => {
                let mut access = if self.one_is_enough() { self.holding_nothing() } else { user.access() };
                self.change(&mut access, remedy).is_some() && self.is_allowed_with(access, user.caseload())
            }
        }
    }

    /// Whether what an assignment allows by itself is all that counts: any one is enough, and those that are held are not.
    /// Not where ranks are compared, classes are added up, or a reporting role looks at all.
    fn one_is_enough(&self) -> bool {
        match self.found {
            Found::Unit(_) => !self.asking.scheme.decided_by_reporting(self.asking.cap),
            Found::Customer(..) => self.classes.is_none(),
            Found::User(_) | Found::System(_) => false,
        }
    }

    /// The subject without what they hold.
    fn holding_nothing(&self) -> Access {
        let user = self.asking.user;
        let (person, own_record) = (user.person(), user.own_record());
        Access { person, own_record, ..Access::new(user.home()) }
    }

    fn is_allowed_with(&self, access: Access, caseload: &[CaseloadEntry]) -> bool {
        let tried = TriedUser::new(access, caseload);
        tried.get().is_some_and(|user| {
            // It lives as long as the changed user does.
            let Asking { world, scheme, now, ix, cap, .. } = self.asking;
            let asking = Asking { world, scheme, now, ix, user, cap };
            user.is_active() && asking.about(self.found, self.classes, &mut ()).is_allowed()
        })
    }

    fn is_allowed_in(&self, world: &World) -> bool {
        let Asking { scheme, now, ix, cap, .. } = self.asking;
        Asking::find(world, scheme, ix, cap, now)
            .is_some_and(|asking| asking.about(self.found, self.classes, &mut ()).is_allowed())
    }

    /// Makes a change of what the subject has; nothing where it cannot be made.
    fn change(&self, access: &mut Access, remedy: Remedy) -> Option<()> {
        match remedy {
            Remedy::Enable => access.standing = Standing::Active,
            Remedy::Reinstate(number) => held(access, number)?.options.state = AssignmentState::Live,
            Remedy::Start(number) => held(access, number)?.options.starts_at = None,
            Remedy::SwitchOn(number, to) => held(access, number)?.options.user_management = to,
            Remedy::Exempt(number, unit) => {
                let exempt = &mut held(access, number)?.options.caseload.exempt;
                let at = exempt.partition_point(|&other| other < unit);
                exempt.insert(at, unit);
            }
            Remedy::LiftRestriction(number) => held(access, number)?.options.caseload.only = false,
            Remedy::ChangeRole(number, role) => {
                let held = held(access, number)?;
                held.role = role;
                // What has no switch cannot be switched on.
                if self.asking.scheme.role(role)?.user_management != Switch::Switch {
                    held.options.user_management = UserManagement::None;
                }
            }
            Remedy::Assign(role, unit, user_management) => {
                let number = access.last_number.checked_add(1)?;
                let options = Options { user_management, ..Options::USUAL };
                access.assignments.push(Assignment { number, unit, role, options });
                access.last_number = number;
            }
            Remedy::Report(role) => access.reporting_role = Some(role),
            Remedy::ReinstateGrant => {
                self.granted(access).for_each(|grant| grant.state = AssignmentState::Live);
            }
            Remedy::Grant => access.grants.push(Grant {
                system: self.system()?,
                state: AssignmentState::Live,
                starts_at: None,
                ends_at: None,
            }),
            Remedy::AddToCaseload(_) | Remedy::Place(_) | Remedy::Restore(_) => return None,
        }
        Some(())
    }

    /// The grants of the system that are held.
    fn granted<'a>(&self, access: &'a mut Access) -> impl Iterator<Item = &'a mut Grant> + use<'a> {
        let (system, now) = (self.system(), self.asking.now);
        access.grants.iter_mut().filter(move |grant| Some(grant.system) == system && grant.held(now))
    }

    pub(super) fn system(&self) -> Option<SystemIx> {
        match self.found {
            Found::System(system) => Some(system),
            Found::Unit(_) | Found::Customer(..) | Found::User(_) => None,
        }
    }

    /// The world in which the customer is enrolled in a unit, too.
    fn placed_at(&self, unit: UnitIx) -> Option<World> {
        let Found::Customer(customer, _) = self.found else { return None };
        let world = self.asking.world;
        let enrolled = Placement { unit, enrolment: Enrolment::Enrolled };
        let mut placements: Vec<Placement> =
            world.placements(customer).filter(|placement| placement.unit != unit).collect();
        let at = placements.partition_point(|placement| placement.unit < unit);
        placements.insert(at, enrolled);
        let mut changed = world.clone();
        changed.put_placements(&world.customer_id(customer)?, placements);
        Some(changed)
    }
}

fn held(access: &mut Access, number: u32) -> Option<&mut Assignment> {
    access.assignments.iter_mut().find(|held| held.number == number)
}

fn restored(world: &World, unit: UnitIx) -> Option<World> {
    let mut unit = world.node(unit)?.unit.clone();
    unit.archived = false;
    let mut changed = world.clone();
    changed.put_unit(unit);
    Some(changed)
}

fn with_case(caseload: &[CaseloadEntry], customer: CustomerIx, unit: UnitIx) -> Vec<CaseloadEntry> {
    let entry = CaseloadEntry { customer, unit };
    let mut caseload = caseload.to_vec();
    if let Err(at) = caseload.binary_search(&entry) {
        caseload.insert(at, entry);
    }
    caseload
}
