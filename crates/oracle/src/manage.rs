//! May A change B? (design §5)
//!
//! [`may_change`] finds the row of the table for a change and tries its rules in the table's order; the
//! first refusal names the reason. [`rules`] holds rules 1, 2, 5, 5b and 6, [`rights`] rule 3, [`mod@reach`]
//! what rule 4 asks, [`limits`] rule 7, and [`effect`] the world as the change would leave it.

mod assignments;
pub mod change;
pub mod effect;
pub mod limits;
pub mod reach;
pub mod rights;
pub mod rules;

pub use change::{Change, Options};

use self::reach::{Extent, any_covers, not_reached, reach, sees};
use self::rights::{Need, passing};
use self::rules::{HandOutPlace, rule_1, rule_2, rule_5, rule_5b_whole};
use crate::check::reporting::shows;
use crate::holding::{all_held, grant_held, lowest};
use crate::model::{Assignment, Grant, Instant, ReportingScope, Scheme, User, World};
use crate::reason::Reason;

/// Who wants to change whom, in which world.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) world: &'a World,
    pub(crate) scheme: &'a Scheme,
    pub(crate) actor: &'a User,
    pub(crate) subject: &'a str,
    pub(crate) now: Instant,
}

/// Whether `actor` may make this change of `subject`.
///
/// # Errors
///
/// The reason of the first rule that refuses.
pub fn may_change(
    world: &World,
    scheme: &Scheme,
    actor: &str,
    subject: &str,
    change: &Change,
    now: Instant,
) -> Result<(), Reason> {
    let actor = rule_1(world, actor)?;
    let case = Case { world, scheme, actor, subject, now };
    match change {
        Change::Create { home_unit, assignments } => case.create(home_unit, assignments),
        Change::OrdinaryField(field) if case.own_field(field) => Ok(()),
        Change::OrdinaryField(_) => case.ordinary_field(),
        Change::IdentityField(_) => case.identity_field(),
        Change::Assign { assignment, handle } => case.assign(assignment, *handle),
        Change::EndAssignment(number) => case.end(*number, change),
        Change::Suspend(number) => case.suspend(*number, change),
        Change::Reinstate(number) => case.reinstate(*number, change),
        Change::Amend(number, options) => case.amend(*number, options, change),
        Change::Disable => case.disable(change),
        Change::Enable => case.enable(),
        Change::SetHome(unit) => case.set_home(unit),
        Change::SetReportingRole(role) => case.set_reporting_role(role.as_deref()),
        Change::FillInBirthDate => case.fill_in(),
        Change::SetClearance => case.set_clearance(),
        Change::Grant(grant) => case.grant(grant),
    }
}

impl<'a> Case<'a> {
    /// Row *own fields listed by the scheme*: no right, oneself, rules 1 and 7.
    fn own_field(&self, field: &String) -> bool {
        self.actor.id == self.subject && self.scheme.own_fields.contains(field)
    }

    /// Row *ordinary fields*: `user.manage`, part, rules 1–5.
    fn ordinary_field(&self) -> Result<(), Reason> {
        let (_, subject) = self.over(&["user.manage"], Extent::Part)?;
        rule_5(self.scheme, self.actor, subject, self.now)
    }

    /// Row *ordinary fields; fill in a missing birth date*. Whether one is missing is not told of somebody out of
    /// sight: there it is judged as if it were set.
    fn fill_in(&self) -> Result<(), Reason> {
        if sees(self.world, self.scheme, self.actor, self.subject, self.now) {
            self.ordinary_field()
        } else {
            self.identity_field()
        }
    }

    /// Row *e-mail, names or birth date once set …*: two rights, whole, rules 1–5b.
    fn identity_field(&self) -> Result<(), Reason> {
        let rights = ["user.manage", "user.identity.edit"];
        let (mine, subject) = self.over(&rights, Extent::Whole)?;
        // READINGS: the home unit as well.
        if !any_covers(self.world, &mine, &subject.home_unit) {
            return Err(Reason::OutOfReach);
        }
        rule_5(self.scheme, self.actor, subject, self.now)?;
        rule_5b_whole(self, subject, &rights, HandOutPlace::There)
    }

    /// Row *grant of a system*: whole, rules 1–5b and 7.
    fn grant(&self, grant: &Grant) -> Result<(), Reason> {
        self.over_whole(&["user.manage"])?;
        limits::interval(grant.starts_at, grant.ends_at, grant.ends_at, self.now)?;
        let again = |held: &Grant| held.system == grant.system && grant_held(held, self.now);
        if self.exists()?.grants.iter().any(again) { Err(Reason::AlreadyInGroup) } else { Ok(()) }
    }

    /// §5, *enabling*: what the enabler could not have granted is left suspended.
    pub(crate) fn could_grant(&self) -> bool {
        self.over_whole(&["user.manage"]).is_ok()
    }

    /// Row *clearance*: `clearance.set`, part, rules 1–4.
    fn set_clearance(&self) -> Result<(), Reason> {
        self.over(&["clearance.set"], Extent::Part).map(|_| ())
    }

    /// Row *disable the user*: whole, or the home unit; rules 1–5b.
    fn disable(&self, change: &Change) -> Result<(), Reason> {
        let (subject, through_home, whole) = self.whole_or_home()?;
        rule_5(self.scheme, self.actor, subject, self.now)?;
        let there = rule_5b_whole(self, subject, &["user.manage"], HandOutPlace::There);
        let anywhere = rule_5b_whole(self, subject, &["user.manage"], HandOutPlace::Anywhere);
        if !((whole && there.is_ok()) || (through_home && anywhere.is_ok())) {
            return Err(Reason::RoleAboveOwn);
        }
        if !subject.active {
            return Err(Reason::FailedPrecondition);
        }
        self.last_manager_after(change)
    }

    /// Row *enable*: whole, or the home unit; rules 1–5. "Who was disabled by somebody whose lowest is above
    /// lowest(A) is not enabled by A (`RANK_TOO_LOW`)."
    fn enable(&self) -> Result<(), Reason> {
        let (subject, _, _) = self.whole_or_home()?;
        rule_5(self.scheme, self.actor, subject, self.now)?;
        let disabler = subject.disabled_by.as_ref().and_then(|id| self.world.user(id));
        let theirs = disabler.and_then(|user| lowest(self.scheme, user, self.now));
        if theirs > lowest(self.scheme, self.actor, self.now) {
            return Err(Reason::RankTooLow);
        }
        if subject.active { Err(Reason::FailedPrecondition) } else { Ok(()) }
    }

    /// Row *home unit*: the old and the new; rules 1–5.
    fn set_home(&self, unit: &str) -> Result<(), Reason> {
        rule_2(self)?;
        let mine = self.rule_3(&["user.manage"])?;
        let subject = self.exists()?;
        if !any_covers(self.world, &mine, &subject.home_unit) || !any_covers(self.world, &mine, unit) {
            return Err(not_reached(self.world, self.scheme, self.actor, self.subject, self.now));
        }
        rule_5(self.scheme, self.actor, subject, self.now)?;
        if subject.home_unit == unit { Err(Reason::FailedPrecondition) } else { Ok(()) }
    }

    /// Row *reporting role*: whole, "and A's right covers every unit the scope would show"; rules 1–5b.
    fn set_reporting_role(&self, role: Option<&str>) -> Result<(), Reason> {
        let (mine, subject) = self.over(&["user.manage"], Extent::Whole)?;
        if let Some(role) = role
            && !self.covers_what_it_shows(&mine, subject, role)
        {
            return Err(not_reached(self.world, self.scheme, self.actor, self.subject, self.now));
        }
        rule_5(self.scheme, self.actor, subject, self.now)?;
        rule_5b_whole(self, subject, &["user.manage"], HandOutPlace::There)
    }

    /// §5, *enabling*: "a reporting role that the enabler could not set is cleared".
    pub(crate) fn could_set_reporting_role(&self, mine: &[&Assignment], subject: &User, role: &str) -> bool {
        reach(self.world, mine, subject, self.now) == Extent::Whole
            && self.covers_what_it_shows(mine, subject, role)
            && rule_5(self.scheme, self.actor, subject, self.now).is_ok()
            && rule_5b_whole(self, subject, &["user.manage"], HandOutPlace::There).is_ok()
    }

    /// Whether these assignments of A cover every unit that the reporting role would show to B.
    fn covers_what_it_shows(&self, mine: &[&Assignment], subject: &User, role: &str) -> bool {
        let Some(role) = self.scheme.reporting_role(role) else { return false };
        let held = all_held(subject, self.now);
        self.world.units.iter().all(|unit| {
            let shown = role.scope == ReportingScope::All
                || held.iter().any(|assignment| shows(self.world, role, assignment, &unit.id));
            !shown || any_covers(self.world, mine, &unit.id)
        })
    }

    /// Rules 2 to 5b for a change of B as a whole, with whole reach.
    fn over_whole(&self, rights: &[&str]) -> Result<(), Reason> {
        let (_, subject) = self.over(rights, Extent::Whole)?;
        rule_5(self.scheme, self.actor, subject, self.now)?;
        rule_5b_whole(self, subject, rights, HandOutPlace::There)
    }

    /// Rules 2 to 4 with reach over B.
    fn over(&self, rights: &[&str], least: Extent) -> Result<(Vec<&'a Assignment>, &'a User), Reason> {
        rule_2(self)?;
        let mine = self.rule_3(rights)?;
        let subject = self.exists()?;
        if reach(self.world, &mine, subject, self.now) < least {
            return Err(not_reached(self.world, self.scheme, self.actor, self.subject, self.now));
        }
        Ok((mine, subject))
    }

    /// Rules 2 to 4 for disabling and enabling: whole reach, or the home unit covered.
    fn whole_or_home(&self) -> Result<(&'a User, bool, bool), Reason> {
        rule_2(self)?;
        let mine = self.rule_3(&["user.manage"])?;
        let subject = self.exists()?;
        let whole = reach(self.world, &mine, subject, self.now) == Extent::Whole;
        let home = any_covers(self.world, &mine, &subject.home_unit);
        if !whole && !home {
            return Err(not_reached(self.world, self.scheme, self.actor, self.subject, self.now));
        }
        Ok((subject, home, whole))
    }

    /// Rule 3: A's assignments that carry the rights.
    pub(crate) fn rule_3(&self, rights: &[&str]) -> Result<Vec<&'a Assignment>, Reason> {
        let mine = passing(self.world, self.scheme, self.actor, rights, Need::Manage, self.now);
        if mine.is_empty() { Err(Reason::NoManagementRight) } else { Ok(mine) }
    }

    /// Rule 4, first half: B exists.
    pub(crate) fn exists(&self) -> Result<&'a User, Reason> {
        self.world.user(self.subject).ok_or(Reason::UnknownUser)
    }

    /// Rule 7: the last manager of a root stays.
    pub(crate) fn last_manager_after(&self, change: &Change) -> Result<(), Reason> {
        let after = effect::apply(self.world, self.scheme, &self.actor.id, self.subject, change, self.now);
        limits::last_manager(self.world, &after, self.scheme, self.now)
    }
}
