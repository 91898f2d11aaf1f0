//! Commands about customers, cases and units (design §5, *Units*, *Customers*, *Caseloads*): may A do this, and what is left?

use crate::check::{Question, Resource, check};
use crate::holding::{all_held, effective, held};
use crate::manage::limits::last_manager;
use crate::manage::reach::sees;
use crate::manage::rights::{Need, carries, passing};
use crate::manage::rules::{rule_1, rule_5};
use crate::model::{
    Assignment, CaseloadEntry, Customer, Instant, Kind, Placement, PlacementState, Scheme, Standing, Unit,
    User, World,
};
use crate::reason::Reason;
use crate::roles::is_management;
use crate::units::{at_or_below, caseload_binds, closed, covers, covers_but_for_archives, nearest_of_kind};

/// A command about places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A customer is placed in a unit, or enrolled there again.
    Place(String, String),
    /// A customer is dismissed from a unit.
    Dismiss(String, String),
    /// A customer is taken off a unit.
    Remove(String, String),
    /// A worker takes the case of a customer in a unit.
    TakeCase(String, String, String),
    /// A worker gives it up.
    DropCase(String, String, String),
    /// A unit is archived.
    Archive(String),
    /// A unit is taken back out of the archive.
    Restore(String),
}

/// The world that a command of an actor leaves.
///
/// # Errors
///
/// The reason of the first rule that refuses.
pub fn after(
    world: &World,
    scheme: &Scheme,
    actor: &str,
    command: &Command,
    now: Instant,
) -> Result<World, Reason> {
    let actor = rule_1(world, actor)?;
    let doing = Doing { world, scheme, actor, now };
    match command {
        Command::Place(customer, unit) => doing.place(customer, unit),
        Command::Dismiss(customer, unit) => doing.dismiss(customer, unit),
        Command::Remove(customer, unit) => doing.remove(customer, unit),
        Command::TakeCase(worker, customer, unit) => doing.take_case(worker, customer, unit),
        Command::DropCase(worker, customer, unit) => doing.drop_case(worker, customer, unit),
        Command::Archive(unit) => doing.archive(unit, true),
        Command::Restore(unit) => doing.archive(unit, false),
    }
}

struct Doing<'a> {
    world: &'a World,
    scheme: &'a Scheme,
    actor: &'a User,
    now: Instant,
}

impl Doing<'_> {
    /// "`customer.place` covering the unit": a right of the actor's that covers an open unit, and is not refused under a
    /// restriction that binds there. What is no management capability is asked neither for a switch nor for a ranked role.
    fn holds_at(&self, right: &str, unit: &str) -> bool {
        let refused = self.scheme.capability(right).is_none_or(|found| found.refused_under_caseload);
        let mine: Vec<&Assignment> = if is_management(self.scheme, right) {
            passing(self.world, self.scheme, self.actor, &[right], Need::Manage, self.now)
        } else {
            let all = self.actor.assignments.iter();
            all.filter(|mine| effective(self.world, self.actor, mine, self.now))
                .filter(|mine| carries(self.world, self.scheme, mine, right))
                .collect()
        };
        !closed(self.world, unit)
            && mine.iter().any(|mine| {
                covers(self.world, mine, unit) && !(refused && caseload_binds(self.world, mine, unit))
            })
    }

    fn kind(&self, unit: &str) -> Option<&Kind> {
        self.scheme.kind(&self.world.unit(unit)?.kind)
    }

    fn may_view(&self, customer: &str, at: Option<&str>) -> bool {
        let question = Question {
            subject: self.actor.id.clone(),
            capability: "customer.view".to_owned(),
            resource: Resource::Customer(customer.to_owned()),
            classes: Vec::new(),
            at: at.map(str::to_owned),
        };
        check(self.world, self.scheme, &question, self.now).allowed
    }

    /// "`SELF`": nobody acts as staff on their own record, nor on that of another account of theirs.
    fn not_own(&self, customer: &str) -> Result<(), Reason> {
        let own = self.world.users.iter().any(|user| {
            user.own_record.as_deref() == Some(customer) && self.world.same_person(&user.id, &self.actor.id)
        });
        if own { Err(Reason::SelfReference) } else { Ok(()) }
    }

    /// "`customer.place` covering the unit … On a team: `team.manage` covering it".
    fn at_place(&self, unit: &str) -> Result<&Kind, Reason> {
        let kind = self.kind(unit).ok_or(Reason::OutOfReach)?;
        if self.holds_at(&kind.place_right, unit) { Ok(kind) } else { Err(Reason::OutOfReach) }
    }

    /// "A customer who is new to the realm. One who is known is placed only by someone who may view them at a placement they
    /// have (dismissed ones count), or holds `customer.transfer` covering one … On a team: … and may view."
    fn place(&self, customer: &str, unit: &str) -> Result<World, Reason> {
        let kind = self.at_place(unit)?;
        let own_right = kind.place_right != "customer.place";
        let known = self.world.customer(customer);
        if known.is_some() {
            self.not_own(customer)?;
        }
        let within = match known {
            None => !own_right,
            Some(known) => {
                let transfers =
                    known.placements.iter().any(|placed| self.holds_at("customer.transfer", &placed.unit));
                self.may_view(customer, None) || (!own_right && transfers)
            }
        };
        if !within {
            return Err(Reason::CustomerOutOfReach);
        }
        if placed(known, unit) == Some(PlacementState::Enrolled) {
            return Err(Reason::FailedPrecondition);
        }
        if self.is_below_minimum(unit, kind) {
            return Err(Reason::UnitBelowMinimum);
        }
        Ok(self.with_placement(customer, unit, Some(PlacementState::Enrolled)))
    }

    /// "The unit is then `below_minimum` and takes no new customers": fewer active users hold the role there in force.
    fn is_below_minimum(&self, unit: &str, kind: &Kind) -> bool {
        let Some(minimum) = &kind.minimum else { return false };
        let in_force = |one: &Assignment| {
            one.unit == unit
                && one.role == minimum.role
                && held(one, self.now)
                && one.standing == Standing::Live
                && one.starts_at.is_none_or(|start| start <= self.now)
        };
        let users =
            self.world.users.iter().filter(|user| user.active && user.assignments.iter().any(in_force));
        users.count() < minimum.count
    }

    fn dismiss(&self, customer: &str, unit: &str) -> Result<World, Reason> {
        match self.present(customer, unit)? {
            PlacementState::Dismissed => Err(Reason::FailedPrecondition),
            PlacementState::Enrolled => {
                let mut after = self.with_placement(customer, unit, Some(PlacementState::Dismissed));
                end_cases(&mut after, customer, unit);
                Ok(after)
            }
        }
    }

    /// "Taking a customer off a team removes the placement."
    fn remove(&self, customer: &str, unit: &str) -> Result<World, Reason> {
        self.present(customer, unit)?;
        let mut after = self.with_placement(customer, unit, None);
        end_cases(&mut after, customer, unit);
        Ok(after)
    }

    fn present(&self, customer: &str, unit: &str) -> Result<PlacementState, Reason> {
        self.at_place(unit)?;
        self.not_own(customer)?;
        if !self.may_view(customer, None) {
            return Err(Reason::CustomerOutOfReach);
        }
        placed(self.world.customer(customer), unit).ok_or(Reason::UnknownCustomer)
    }

    fn with_placement(&self, customer: &str, unit: &str, state: Option<PlacementState>) -> World {
        let mut after = self.world.clone();
        if after.customer(customer).is_none() {
            after.customers.push(Customer { id: customer.to_owned(), placements: Vec::new() });
        }
        for found in after.customers.iter_mut().filter(|found| found.id == customer) {
            found.placements.retain(|placed| placed.unit != unit);
            found.placements.extend(state.map(|state| Placement { unit: unit.to_owned(), state }));
        }
        after
    }

    /// "Only for a customer enrolled in that unit whom the *actor* may view there without the new entry; the worker must hold
    /// an assignment covering the unit."
    fn take_case(&self, worker: &str, customer: &str, unit: &str) -> Result<World, Reason> {
        self.about_case(worker, customer, unit)?;
        if placed(self.world.customer(customer), unit) != Some(PlacementState::Enrolled) {
            return Err(Reason::NotEnrolled);
        }
        let mut after = self.pruned(worker);
        let entry = CaseloadEntry { customer: customer.to_owned(), unit: unit.to_owned() };
        let mut workers = after.users.iter_mut().filter(|user| user.id == worker);
        if workers.any(|worker| {
            let has = worker.caseload.contains(&entry);
            worker.caseload.push(entry.clone());
            has
        }) {
            return Err(Reason::FailedPrecondition);
        }
        Ok(after)
    }

    fn drop_case(&self, worker: &str, customer: &str, unit: &str) -> Result<World, Reason> {
        self.about_case(worker, customer, unit)?;
        let mut after = self.pruned(worker);
        let entry = CaseloadEntry { customer: customer.to_owned(), unit: unit.to_owned() };
        let before = after.clone();
        for user in after.users.iter_mut().filter(|user| user.id == worker) {
            user.caseload.retain(|one| *one != entry);
        }
        if after == before { Err(Reason::FailedPrecondition) } else { Ok(after) }
    }

    /// "Through the assignment's own / others' options": of an effective one that covers the open unit.
    fn about_case(&self, worker: &str, customer: &str, unit: &str) -> Result<(), Reason> {
        let own = worker == self.actor.id;
        let lets = |mine: &Assignment| {
            let listed = if own { &mine.own_caseload } else { &mine.others_caseload };
            effective(self.world, self.actor, mine, self.now)
                && covers(self.world, mine, unit)
                && listed.iter().any(|listed| at_or_below(self.world, unit, listed))
        };
        if closed(self.world, unit) || !self.actor.assignments.iter().any(lets) {
            return Err(Reason::NoManagementRight);
        }
        let holds = |user: &User| all_held(user, self.now).iter().any(|mine| covers(self.world, mine, unit));
        if !self.world.user(worker).is_some_and(holds) {
            let seen = own || sees(self.world, self.scheme, self.actor, worker, self.now);
            return Err(if seen { Reason::WorkerNotThere } else { Reason::UnknownUser });
        }
        self.not_own(customer)?;
        if self.may_view(customer, Some(unit)) { Ok(()) } else { Err(Reason::CustomerOutOfReach) }
    }

    /// "The end of the worker's last such assignment ends the entry": what had ended already is gone.
    fn pruned(&self, worker: &str) -> World {
        let mut after = self.world.clone();
        for user in after.users.iter_mut().filter(|user| user.id == worker) {
            let mine: Vec<Assignment> = all_held(user, self.now).into_iter().cloned().collect();
            user.caseload.retain(|entry| {
                mine.iter().any(|mine| covers_but_for_archives(self.world, mine, &entry.unit))
            });
        }
        after
    }

    /// "Archiving and restoring, at every parent … also ask rule 5 for every other user holding at or below (`RANK_TOO_LOW`),
    /// and are refused (`SELF`) where an assignment of the actor would afterwards cover, enclose or be effective where it did
    /// not. Roots are the operator's."
    fn archive(&self, id: &str, archived: bool) -> Result<World, Reason> {
        let unit = self.world.unit(id).filter(|_| self.sees_unit(id)).ok_or(Reason::OutOfReach)?;
        let kind = self.scheme.kind(&unit.kind).ok_or(Reason::OutOfReach)?;
        if unit.parents.is_empty() {
            return Err(Reason::OperatorOnly);
        }
        if !unit.parents.iter().all(|parent| self.holds_at(&kind.unit_right, parent)) {
            return Err(Reason::OutOfReach);
        }
        for user in self.world.users.iter().filter(|user| user.id != self.actor.id) {
            let here = all_held(user, self.now).iter().any(|one| at_or_below(self.world, &one.unit, id));
            if here {
                rule_5(self.scheme, self.actor, user, self.now)?;
            }
        }
        if unit.archived == archived {
            return Err(Reason::FailedPrecondition);
        }
        let mut after = self.world.clone();
        for unit in after.units.iter_mut().filter(|unit| unit.id == id) {
            unit.archived = archived;
        }
        let accounts =
            self.world.users.iter().filter(|user| self.world.same_person(&user.id, &self.actor.id));
        for account in accounts {
            if all_held(account, self.now).iter().any(|mine| self.gains(&after, mine)) {
                return Err(Reason::SelfReference);
            }
        }
        last_manager(self.world, &after, self.scheme, self.now)?;
        Ok(after)
    }

    /// Whether an assignment covers, encloses or is effective where it did not before.
    fn gains(&self, after: &World, mine: &Assignment) -> bool {
        let before = self.world;
        let opens = |unit: &str| closed(before, unit) && !closed(after, unit);
        let encloses = |unit: &Unit| nearest_of_kind(after, &mine.unit, &unit.kind).contains(&unit.id);
        opens(&mine.unit)
            || after.units.iter().any(|unit| {
                (covers(after, mine, &unit.id) && !covers(before, mine, &unit.id))
                    || (encloses(unit) && opens(&unit.id))
            })
    }

    /// A unit that something held covers, or that lies above what is held.
    fn sees_unit(&self, unit: &str) -> bool {
        all_held(self.actor, self.now).iter().any(|mine| {
            let part =
                |part: &Unit| at_or_below(self.world, &part.id, unit) && covers(self.world, mine, &part.id);
            at_or_below(self.world, &mine.unit, unit)
                || covers(self.world, mine, unit)
                || (at_or_below(self.world, unit, &mine.unit) && self.world.units.iter().any(part))
        })
    }
}

fn placed(customer: Option<&Customer>, unit: &str) -> Option<PlacementState> {
    customer?.placements.iter().find(|placed| placed.unit == unit).map(|placed| placed.state)
}

/// "Dismissal, removal … ends the entry; nothing brings it back."
fn end_cases(world: &mut World, customer: &str, unit: &str) {
    for user in &mut world.users {
        user.caseload.retain(|entry| entry.customer != customer || entry.unit != unit);
    }
}
