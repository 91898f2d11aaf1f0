//! The rows of design §5 that are about one assignment, and creating, whose first assignments are added.

use super::change::{Options, widens};
use super::reach::{Extent, any_covers, any_reaches, not_reached, reach, sees, sighted};
use super::rights::{Need, kind_rights, management_capabilities, passing};
use super::rules::{rule_2, rule_5, rule_5b_one, rule_6};
use super::{Case, Change, effect, limits};
use crate::check::reporting::shows;
use crate::holding::{all_held, held, lowest};
use crate::model::{Assignment, ReportingScope, Standing, User, World};
use crate::reason::Reason;
use crate::units::{at_or_below, covers};

/// How the actor knows the subject of an added assignment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// The actor is creating it.
    New,
    /// The actor shows a handle.
    Handle,
    /// It must be in sight.
    Sight,
}

impl<'a> Case<'a> {
    /// Row *create*: `user.manage`, the home unit, rules 1, 3, 4 and 7; each first assignment as "add".
    pub(super) fn create(&self, home_unit: &str, assignments: &[Assignment]) -> Result<(), Reason> {
        let mine = self.rule_3(&["user.manage"])?;
        if !any_covers(self.world, &mine, home_unit) {
            return Err(Reason::OutOfReach);
        }
        if self.world.user(self.subject).is_some() {
            return Err(Reason::FailedPrecondition);
        }
        let fresh = effect::new_user(self.subject, home_unit);
        let mut state = self.world.clone();
        state.users.push(fresh.clone());
        for assignment in assignments {
            let case = Case { world: &state, ..*self };
            case.add(assignment, Known::New, &fresh)?;
            state = effect::with_added(&state, self.scheme, self.subject, assignment, self.now);
        }
        let filled: Vec<&Assignment> = assignments.iter().collect();
        limits::filled(&state, self.scheme, self.subject, &filled, self.now)?;
        limits::last_manager(self.world, &state, self.scheme, self.now)
    }

    /// Row *add an assignment*: the right that the unit's kind names; the unit, with scope; rules 1–7.
    pub(super) fn assign(&self, assignment: &Assignment, handle: bool) -> Result<(), Reason> {
        rule_2(self)?;
        let _ = self.rule_3(&[self.right_at(&assignment.unit)])?;
        let before = self.exists()?;
        self.add(assignment, if handle { Known::Handle } else { Known::Sight }, before)?;
        let after = effect::with_added(self.world, self.scheme, self.subject, assignment, self.now);
        limits::filled(&after, self.scheme, self.subject, &[assignment], self.now)?;
        limits::last_manager(self.world, &after, self.scheme, self.now)
    }

    /// Rules 3 to 6, the caseload rule and the limits of its own for an added assignment. `before` is B as the command found it:
    /// "what a command itself adds gives no reach in that command".
    fn add(&self, assignment: &Assignment, known: Known, before: &User) -> Result<(), Reason> {
        let right = self.right_at(&assignment.unit);
        let mine = self.rule_3(&[right])?;
        let subject = self.exists()?;
        if known == Known::Sight && !sees(self.world, self.scheme, self.actor, self.subject, self.now) {
            return Err(Reason::UnknownUser);
        }
        let reached =
            any_reaches(self.world, &mine, assignment) && self.covers_newly_shown(subject, assignment);
        if !self.unit_in_sight(&assignment.unit) || !reached {
            return Err(match known {
                Known::New => Reason::OutOfReach,
                Known::Handle | Known::Sight => self.not_reached(),
            });
        }
        let after = effect::with_added(self.world, self.scheme, self.subject, assignment, self.now);
        self.would_lower_lowest(&mine, before, subject, &after)?;
        rule_5(self.scheme, self.actor, subject, self.now)?;
        rule_6(self, &assignment.role, &assignment.unit, &[right])?;
        self.caseload_rule(assignment)?;
        limits::of_its_own(self.world, self.scheme, subject, None, assignment, self.now)
    }

    /// Row *suspend, end, remove, narrow*: the kind's right, the unit, rules 1–5b and 7.
    pub(super) fn end(&self, number: u32, change: &Change) -> Result<(), Reason> {
        let (old, _, _) = self.on_one(number, None)?;
        let after = effect::apply(self.world, self.scheme, &self.actor.id, self.subject, change, self.now);
        limits::minimum(&after, self.scheme, old, self.now)?;
        self.last_manager_after(change)
    }

    /// Row *suspend, end, remove, narrow*. A minimum never refuses a suspension.
    pub(super) fn suspend(&self, number: u32, change: &Change) -> Result<(), Reason> {
        let (old, _, _) = self.on_one(number, None)?;
        if old.standing == Standing::Suspended {
            return Err(Reason::FailedPrecondition);
        }
        self.last_manager_after(change)
    }

    /// Row *add …; reinstate*: the kind's right, the unit with scope, rules 1–7.
    pub(super) fn reinstate(&self, number: u32, change: &Change) -> Result<(), Reason> {
        let (old, right, subject) = self.on_one(number, None)?;
        rule_6(self, &old.role, &old.unit, &[right])?;
        self.caseload_rule(old)?;
        if old.standing == Standing::Live {
            return Err(Reason::FailedPrecondition);
        }
        limits::management_role(self.scheme, subject, old, self.now)?;
        self.last_manager_after(change)
    }

    /// A change of options: as *add* where it changes the role or widens anything, otherwise as *narrow*.
    pub(super) fn amend(&self, number: u32, options: &Options, change: &Change) -> Result<(), Reason> {
        let (old, right, subject) = self.on_one(number, Some(options))?;
        let new = options.on(old);
        let gives_more = old.role != new.role || widens(old, &new);
        if gives_more {
            rule_6(self, &new.role, &new.unit, &[right])?;
            self.caseload_rule(&new)?;
        }
        limits::of_its_own(self.world, self.scheme, subject, Some(old), &new, self.now)?;
        let after = effect::apply(self.world, self.scheme, &self.actor.id, self.subject, change, self.now);
        if gives_more {
            limits::filled(&after, self.scheme, self.subject, &[&new], self.now)?;
        }
        if old.role != new.role {
            limits::minimum(&after, self.scheme, old, self.now)?;
        }
        // An earlier end is an explicit end too, though a later one.
        if let Some(end) = new.ends_at.filter(|end| old.ends_at.is_none_or(|old| *end < old)) {
            limits::minimum(&after, self.scheme, old, end)?;
        }
        self.last_manager_after(change)
    }

    /// Rules 2 to 5b for a change of one assignment; `options` are what it would get, where that is asked.
    ///
    /// Who does not see B is told so before anything is said of an assignment; what has ended is not there.
    fn on_one(
        &self,
        number: u32,
        options: Option<&Options>,
    ) -> Result<(&'a Assignment, &'a str, &'a User), Reason> {
        rule_2(self)?;
        let passes = |right: &&str| {
            !passing(self.world, self.scheme, self.actor, &[*right], Need::Manage, self.now).is_empty()
        };
        if !kind_rights(self.scheme).iter().any(passes) {
            return Err(Reason::NoManagementRight);
        }
        if !sees(self.world, self.scheme, self.actor, self.subject, self.now) {
            return Err(Reason::UnknownUser);
        }
        let subject = self.exists()?;
        if self.unseen_among(subject, number) {
            return Err(Reason::OutOfReach);
        }
        let old = subject.assignment(number).filter(|old| held(old, self.now));
        let old = old.ok_or(Reason::FailedPrecondition)?;
        let right = self.right_of(&old.unit);
        let mine = self.rule_3(&[right])?;
        if !any_reaches(self.world, &mine, old) {
            return Err(Reason::OutOfReach);
        }
        let new = options.map(|options| options.on(old));
        if let Some(new) = new
            && (new.role != old.role || widens(old, &new))
        {
            if !any_reaches(self.world, &mine, &new) || !self.covers_newly_shown(subject, &new) {
                return Err(Reason::OutOfReach);
            }
            let change = Change::Amend(number, Box::new(Options::of(&new)));
            let after =
                effect::apply(self.world, self.scheme, &self.actor.id, self.subject, &change, self.now);
            self.would_lower_lowest(&mine, subject, subject, &after)?;
        }
        rule_5(self.scheme, self.actor, subject, self.now)?;
        rule_5b_one(self, subject, old, &[right])?;
        Ok((old, right, subject))
    }

    /// Whether A does not see the assignment of this number, nor all that B holds: then nothing tells whether it is there.
    fn unseen_among(&self, subject: &User, number: u32) -> bool {
        let sighted = sighted(self.world, self.scheme, self.actor, self.now);
        let seen = |theirs: &&Assignment| any_reaches(self.world, &sighted, theirs);
        let held = all_held(subject, self.now);
        held.iter().copied().filter(seen).all(|theirs| theirs.number != number)
            && !held.iter().copied().all(|theirs| seen(&theirs))
    }

    /// Whether A's `user.manage` covers every unit that B's reporting role would show only because of this assignment:
    /// otherwise a reporting role set before anything was held would escape its row of the table.
    fn covers_newly_shown(&self, subject: &User, given: &Assignment) -> bool {
        let role = subject.reporting_role.as_ref().and_then(|name| self.scheme.reporting_role(name));
        let Some(role) = role.filter(|role| role.scope != ReportingScope::All) else { return true };
        let mine = passing(self.world, self.scheme, self.actor, &["user.manage"], Need::Manage, self.now);
        let held = all_held(subject, self.now);
        self.world.units.iter().all(|unit| {
            !shows(self.world, role, given, &unit.id)
                || held.iter().any(|theirs| shows(self.world, role, theirs, &unit.id))
                || any_covers(self.world, &mine, &unit.id)
        })
    }

    /// "*Whole* if it would lower lowest(B) while B holds a management capability (`WOULD_LOWER_LOWEST`)."
    fn would_lower_lowest(
        &self,
        mine: &[&Assignment],
        before: &User,
        subject: &User,
        after: &World,
    ) -> Result<(), Reason> {
        let old = lowest(self.scheme, subject, self.now);
        let new = after.user(self.subject).and_then(|user| lowest(self.scheme, user, self.now));
        let lowers = old.is_some() && new < old;
        let manages = all_held(subject, self.now)
            .into_iter()
            .any(|theirs| !management_capabilities(self.world, self.scheme, theirs).is_empty());
        let whole = reach(self.world, mine, before, self.now) == Extent::Whole
            && reach(self.world, mine, subject, self.now) == Extent::Whole;
        if lowers && manages && !whole { Err(Reason::WouldLowerLowest) } else { Ok(()) }
    }

    /// "Who is bound by `caseload_only` in a unit hands out nothing there without it, and no exemption they
    /// lack."
    fn caseload_rule(&self, new: &Assignment) -> Result<(), Reason> {
        if limits::caseload_handed_on(self.world, self.actor, new, self.now) {
            Ok(())
        } else {
            Err(Reason::CaseloadRestricted)
        }
    }

    /// The right that the kind of this unit names.
    fn right_of(&self, unit: &str) -> &'a str {
        let kind = self.world.unit(unit).and_then(|unit| self.scheme.kind(&unit.kind));
        kind.map_or("user.manage", |kind| &kind.assign_right)
    }

    /// The right to add something at a unit. One out of sight answers like one that is not there, and so of no kind.
    fn right_at(&self, unit: &str) -> &'a str {
        if self.unit_in_sight(unit) { self.right_of(unit) } else { "user.manage" }
    }

    /// Whether A holds something that covers the unit, lies at or below it, or covers a part of it from above it.
    fn unit_in_sight(&self, unit: &str) -> bool {
        let within = |one: &str, other: &str| at_or_below(self.world, one, other);
        all_held(self.actor, self.now).into_iter().any(|mine| {
            let mut covered = self.world.units.iter().filter(|part| covers(self.world, mine, &part.id));
            let covers_a_part = covered.any(|part| within(&part.id, unit));
            within(&mine.unit, unit) || (within(unit, &mine.unit) && covers_a_part)
        })
    }

    fn not_reached(&self) -> Reason {
        not_reached(self.world, self.scheme, self.actor, self.subject, self.now)
    }
}
