//! Somebody who holds one role at one unit, and what they are answered.

use bailiwick_identity::{CustomerId, UserId};
use bailiwick_membership::{
    Access, Assignment, AssignmentState, CaseloadEntry, Enrolment, Grant, KindIx, Options, Placement,
    ReportingRoleIx, RoleIx, SystemIx, UnitIx, UserManagement, World,
};
use bailiwick_policy::manage::{Actor, Level, Other, ReachNeeded, Right, Where};
use bailiwick_policy::scheme::{CapIx, Capability, ClassSet, Rank, Resource, Switch};
use bailiwick_policy::{Answer, Question, Target, check};

use super::place::{Around, Place};

/// Somebody who holds one role at one unit, with everything around that they are asked about.
pub(super) struct Subject<'p> {
    place: &'p Place,
    around: Around,
    world: World,
    /// The same, in which a caseload binds the subject.
    bound: World,
    /// The others, by the columns of questions about people.
    others: Vec<Option<String>>,
}

const SUBJECT: &str = "subject";
const NO: &str = "·";
const NONE: &str = "-";

/// The columns of the questions about a type of resource.
pub(super) fn columns(resource: Resource) -> &'static [&'static str] {
    match resource {
        Resource::Unit => &["own", "below", "beside", "above", "top", "bound"],
        Resource::Customer => &["own", "below", "gone", "beside", "above", "case", "other", "self"],
        Resource::User => &["self", "twin", "lower", "equal", "higher", "afar"],
        Resource::System => &["role", "granted"],
    }
}

impl<'p> Subject<'p> {
    /// Somebody with a role at the first unit of a kind.
    pub(super) fn at(place: &'p Place, role: RoleIx, kind: KindIx) -> Result<Self, String> {
        let around = place.around(kind)?;
        let (world, bound) = (place.world.clone(), World::new());
        let mut subject = Self { place, around, world, bound, others: Vec::new() };
        let own = [
            ("own", Some(around.own)),
            ("below", around.below),
            ("beside", around.beside),
            ("above", around.above),
        ];
        for (name, unit) in own {
            subject.place_customer(name, unit, Enrolment::Enrolled)?;
        }
        subject.place_customer("gone", around.below, Enrolment::Dismissed)?;
        subject.place_customer("other", Some(around.own), Enrolment::Enrolled)?;
        subject.place_customer("self", Some(around.own), Enrolment::Enrolled)?;
        let mut access = subject.holding(role, around.own);
        access.own_record = subject.world.customer_ix("self");
        subject.put(SUBJECT, access)?;
        subject.add_others(role)?;
        subject.bound = subject.changed(|access| {
            access.assignments.iter_mut().for_each(|held| held.options.caseload.only = true);
        })?;
        let found = subject.bound.user_ix(SUBJECT).zip(subject.bound.customer_ix("own"));
        let (user, customer) = found.ok_or("the subject is not there")?;
        subject.bound.put_caseload(user, vec![CaseloadEntry { unit: around.own, customer }]);
        Ok(subject)
    }

    fn place_customer(
        &mut self,
        name: &str,
        unit: Option<UnitIx>,
        enrolment: Enrolment,
    ) -> Result<(), String> {
        let id = CustomerId::parse(name).map_err(|fault| fault.to_string())?;
        let placements = unit.map(|unit| Placement { unit, enrolment }).into_iter().collect();
        self.world.put_placements(&id, placements);
        Ok(())
    }

    fn put(&mut self, name: &str, access: Access) -> Result<(), String> {
        let id = UserId::parse(name).map_err(|fault| fault.to_string())?;
        self.world.put_access(&id, access);
        Ok(())
    }

    /// Somebody who holds one role, with user management on where it has a switch.
    fn holding(&self, role: RoleIx, unit: UnitIx) -> Access {
        let switch = self.place.scheme.role(role).map(|r| r.user_management);
        let user_management = match switch {
            Some(Switch::Switch) => UserManagement::Manage,
            Some(Switch::Always | Switch::Never) | None => UserManagement::None,
        };
        let options = Options { user_management, ..Options::default() };
        let mut access = Access::new(unit);
        access.assignments = vec![Assignment { number: 1, unit, role, options }];
        access.last_number = 1;
        access
    }

    /// Somebody of the next lower, the same and the next higher rank at or below the unit, and of lower rank beside.
    fn add_others(&mut self, role: RoleIx) -> Result<(), String> {
        let rank = self.place.scheme.rank(role);
        let ranked: Vec<(Rank, RoleIx)> = (0..)
            .map(RoleIx)
            .take(self.place.scheme.roles().len())
            .filter_map(|r| self.place.scheme.rank(r).map(|rank| (rank, r)))
            .collect();
        let under = |above: UnitIx, place: &Place| -> Vec<UnitIx> {
            place.world.units().map(|(ix, _)| ix).filter(|&u| place.world.is_within(u, above)).collect()
        };
        let here = under(self.around.own, self.place);
        let afar = self.around.beside.map(|u| under(u, self.place)).unwrap_or_default();
        let mut lower: Vec<_> = ranked.iter().filter(|(r, _)| Some(*r) < rank).collect();
        lower.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let equal: Vec<_> = ranked.iter().filter(|(r, _)| Some(*r) == rank).collect();
        let mut higher: Vec<_> = ranked.iter().filter(|(r, _)| Some(*r) > rank).collect();
        higher.sort_by_key(|(rank, _)| *rank);
        for (name, roles, units) in [
            ("twin", &lower, &here),
            ("lower", &lower, &here),
            ("equal", &equal, &here),
            ("higher", &higher, &here),
            ("afar", &lower, &afar),
        ] {
            let found =
                roles.iter().find_map(|&&(_, role)| self.first_unit(role, units).map(|unit| (role, unit)));
            if let Some((role, unit)) = found {
                let access = self.holding(role, unit);
                self.put(name, access)?;
            }
            if name == "twin" && found.is_some() {
                self.mark_as_one(name)?;
            }
            self.others.push(found.map(|_| name.to_owned()));
        }
        Ok(())
    }

    /// Marks somebody as the same person as the subject.
    fn mark_as_one(&mut self, name: &str) -> Result<(), String> {
        let first = self.world.user_ix(SUBJECT);
        for name in [SUBJECT, name] {
            let user = self.world.user_ix(name).and_then(|ix| self.world.user(ix));
            let access = user.map(|user| user.access()).ok_or("nobody is there")?;
            self.put(name, Access { person: first, ..access })?;
        }
        Ok(())
    }

    /// The first of the units at which a role can be held.
    fn first_unit(&self, role: RoleIx, units: &[UnitIx]) -> Option<UnitIx> {
        let fits = |unit: UnitIx| {
            let kind = self.place.kind(unit).and_then(|kind| self.place.scheme.kind(kind));
            kind.is_some_and(|kind| kind.roles.contains(&role))
        };
        units.iter().copied().find(|&unit| fits(unit))
    }

    /// The rows of a capability: one, or one per system.
    pub(super) fn row(
        &self,
        cap: CapIx,
        capability: &Capability,
    ) -> Result<Vec<(String, Vec<String>)>, String> {
        let name = capability.name.clone();
        Ok(match capability.resource {
            Resource::Unit if self.place.scheme.decided_by_reporting(cap) => self.reports(cap, &name)?,
            Resource::Unit => vec![(name, self.units(&self.world, cap))],
            Resource::Customer => vec![(name, self.customers(cap))],
            Resource::User => vec![(name, self.users(cap))],
            Resource::System => self.systems(cap, &name)?,
        })
    }

    fn ask(&self, world: &World, cap: CapIx, resource: Target<'_>) -> Answer {
        let question = Question { subject: SUBJECT, capability: cap, resource, classes: None, at: None };
        check(world, &self.place.scheme, &question, self.place.now)
    }

    fn yes(&self, world: &World, cap: CapIx, resource: Target<'_>) -> String {
        if self.ask(world, cap, resource).is_allowed() { "yes".to_owned() } else { NO.to_owned() }
    }

    /// A capability that reporting roles decide: one row for each of them.
    fn reports(&self, cap: CapIx, name: &str) -> Result<Vec<(String, Vec<String>)>, String> {
        let roles = (0..).map(ReportingRoleIx).zip(self.place.scheme.reporting_roles());
        let mut rows = vec![(name.to_owned(), self.units(&self.world, cap))];
        for (ix, role) in roles.filter(|(_, role)| role.decides.contains(&cap)) {
            let world = self.changed(|access| access.reporting_role = Some(ix))?;
            rows.push((format!("  with {}", role.name), self.units(&world, cap)));
        }
        Ok(rows)
    }

    /// The same world, in which the subject has something else.
    fn changed(&self, change: impl FnOnce(&mut Access)) -> Result<World, String> {
        let mut world = self.world.clone();
        let ix = world.user_ix(SUBJECT).ok_or("the subject is not there")?;
        let mut access = world.user(ix).map(|user| user.access()).ok_or("the subject is not there")?;
        change(&mut access);
        world.put_access(&UserId::parse(SUBJECT).map_err(|f| f.to_string())?, access);
        Ok(world)
    }

    /// The roles that the subject hands out somewhere at or below the unit.
    pub(super) fn hands_out(&self) -> Result<Vec<String>, String> {
        let scheme = &self.place.scheme;
        let actor = Actor::find(&self.world, scheme, SUBJECT, self.place.now)
            .map_err(|reason| reason.code().to_owned())?;
        let units: Vec<UnitIx> = self.world.units().map(|(ix, _)| ix).collect();
        let gives = |role: RoleIx, unit: UnitIx| {
            let kind = self.place.kind(unit).and_then(|kind| scheme.kind(kind));
            kind.filter(|kind| kind.roles.contains(&role)).is_some_and(|kind| {
                let right = Right::Of(kind.assign_right);
                actor.covering(right, Level::Manage, unit).is_some()
                    && actor.may_hand_out(role, unit, right, Where::There).is_ok()
            })
        };
        let roles = (0..).map(RoleIx).zip(scheme.roles());
        let given = roles.filter(|&(ix, _)| units.iter().any(|&unit| gives(ix, unit)));
        Ok(given.map(|(_, role)| role.name.clone()).collect())
    }

    fn units(&self, world: &World, cap: CapIx) -> Vec<String> {
        let Around { own, below, beside, above, top } = self.around;
        let mut cells: Vec<String> = [Some(own), below, beside, above, Some(top).filter(|&top| top != own)]
            .into_iter()
            .map(|unit| match unit {
                Some(unit) => self.yes(world, cap, Target::Unit(&self.place.id(unit))),
                None => NONE.to_owned(),
            })
            .collect();
        let reported = self.place.scheme.decided_by_reporting(cap);
        let bound = || self.yes(&self.bound, cap, Target::Unit(&self.place.id(own)));
        cells.push(if reported { NONE.to_owned() } else { bound() });
        cells
    }

    fn customers(&self, cap: CapIx) -> Vec<String> {
        let Around { below, beside, above, .. } = self.around;
        [
            ("own", true, &self.world),
            ("below", below.is_some(), &self.world),
            ("gone", below.is_some(), &self.world),
            ("beside", beside.is_some(), &self.world),
            ("above", above.is_some(), &self.world),
            // The one at the subject's unit is on the caseload.
            ("own", true, &self.bound),
            ("other", true, &self.bound),
            ("self", true, &self.world),
        ]
        .into_iter()
        .map(|(customer, there, world)| {
            let answer = self.ask(world, cap, Target::Customer(customer));
            match (there, answer.is_allowed()) {
                (false, _) => NONE.to_owned(),
                (true, false) => NO.to_owned(),
                (true, true) => self.classes(answer.visible),
            }
        })
        .collect()
    }

    fn classes(&self, set: ClassSet) -> String {
        if set == self.place.scheme.all_classes() {
            return "all".to_owned();
        }
        let names = self.place.scheme.classes();
        set.iter().filter_map(|ix| names.get(ix).cloned()).collect::<Vec<_>>().join("+")
    }

    fn users(&self, cap: CapIx) -> Vec<String> {
        std::iter::once(Some(SUBJECT))
            .chain(self.others.iter().map(Option::as_deref))
            .map(|other| {
                other.map_or_else(
                    || NONE.to_owned(),
                    |id| {
                        let may = if self.place.scheme.is_question(cap) {
                            self.ask(&self.world, cap, Target::User(id)).is_allowed()
                        } else {
                            self.may_change(cap, id)
                        };
                        if may { "yes".to_owned() } else { NO.to_owned() }
                    },
                )
            })
            .collect()
    }

    /// What is no question, by the rules of the change that needs it.
    fn may_change(&self, cap: CapIx, other: &str) -> bool {
        let (scheme, core) = (&self.place.scheme, self.place.scheme.core());
        let Ok(actor) = Actor::find(&self.world, scheme, SUBJECT, self.place.now) else { return false };
        let other = self.world.user_ix(other);
        if cap == core.user_identity_edit {
            return actor.may_manage(other, Right::Identity, ReachNeeded::Whole).is_ok();
        }
        let other = other.and_then(|other| Other::as_held(&self.world, other));
        actor.may_reach(other, Right::Of(cap), ReachNeeded::Part).is_ok()
    }

    fn systems(&self, cap: CapIx, name: &str) -> Result<Vec<(String, Vec<String>)>, String> {
        let mut rows = Vec::new();
        let approves = cap != self.place.scheme.core().system_use;
        let systems = (0..).map(SystemIx).zip(self.place.scheme.systems());
        for (system, about) in systems.filter(|(_, about)| !approves || about.extra_approver) {
            let world = self.changed(|access| {
                access.grants =
                    vec![Grant { system, state: AssignmentState::Live, starts_at: None, ends_at: None }];
            })?;
            let cells = vec![
                self.yes(&self.world, cap, Target::System(system)),
                self.yes(&world, cap, Target::System(system)),
            ];
            rows.push((format!("{name} {}", about.name), cells));
        }
        Ok(rows)
    }
}
