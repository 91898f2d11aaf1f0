//! How an answer came about.

use bailiwick_membership::{RoleIx, UnitIx, UserManagement, UserRef, World};
use bailiwick_policy::scheme::{Gap, Scheme, Switch};
use bailiwick_policy::{Attempt, By, Compared, Deciding, Explanation, Obstacle, Part, Ranked, Remedy};

use super::answer::{answer, classes, unit_name};
use super::assignment::management;
use crate::parse::Collection;
use crate::v1;

/// What the one who reads may see of an explanation, which is of the world as they see it.
pub trait Shows {
    /// Whether the other user's assignment of this number is seen.
    fn theirs(&self, number: u32) -> bool;
    /// Whether a unit is seen.
    fn unit(&self, unit: UnitIx) -> bool;
    /// How many held assignments of the subject are not seen.
    fn other_assignments(&self) -> usize;
    /// Whether what the subject, or the user asked about, holds is seen in part.
    fn in_part(&self) -> bool;
    /// Whether nothing decides that is not seen. Where something does, it is not told what would help.
    fn is_of_what_is_seen(&self) -> bool;
    /// Whether ranks are told of what is not seen, too, as a refusal tells them to whoever is refused.
    fn rank_numbers(&self) -> bool;

    /// Whether a change may be told of: all that it names is seen.
    fn remedy(&self, remedy: &Remedy) -> bool {
        self.is_of_what_is_seen()
            && match *remedy {
                Remedy::Enable
                | Remedy::ReinstateGrant
                | Remedy::Grant
                | Remedy::Report(_)
                | Remedy::Reinstate(_)
                | Remedy::Start(_)
                | Remedy::SwitchOn(..)
                | Remedy::LiftRestriction(_)
                | Remedy::ChangeRole(..) => true,
                Remedy::Exempt(_, unit)
                | Remedy::AddToCaseload(unit)
                | Remedy::Place(unit)
                | Remedy::Restore(unit)
                | Remedy::Assign(_, unit, _) => self.unit(unit),
            }
    }
}

/// An explanation, as far as it is seen.
#[derive(Clone, Copy)]
pub struct Explained<'a> {
    /// What is told.
    pub explanation: &'a Explanation,
    /// Of which world.
    pub world: &'a World,
    /// Under which scheme.
    pub scheme: &'a Scheme,
    /// The subject; unset for nobody.
    pub subject: Option<UserRef<'a>>,
    /// The system asked about, by its name; empty for any other resource.
    pub system: &'a str,
    /// What may be shown of it.
    pub shows: &'a dyn Shows,
}

/// An explanation, without token and revision.
#[must_use]
pub fn explanation(explained: &Explained<'_>) -> v1::ExplainAccessResponse {
    let Explanation { attempts, left_out, compared, remedies, .. } = explained.explanation;
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let mut told = answer(&explained.explanation.answer, explained.world, explained.scheme);
    // What is not seen decides where the reader asks for themselves: neither when it ends nor how much it is, is told.
    let all_is_seen = explained.shows.is_of_what_is_seen();
    told.valid_until = told.valid_until.filter(|_| all_is_seen);
    let left_out = if all_is_seen { *left_out } else { 0 };
    v1::ExplainAccessResponse {
        answer: Some(told),
        in_part: explained.shows.in_part(),
        attempts: attempts.iter().filter_map(|attempt| explained.attempt(attempt)).collect(),
        attempts_left_out: count(left_out),
        other_assignments: count(explained.shows.other_assignments()),
        ranks: compared.as_ref().map(|compared| explained.ranks(compared)),
        remedies: remedies.iter().filter_map(|remedy| explained.remedy(remedy)).collect(),
        token: Vec::new(),
        revision: 0,
    }
}

impl Explained<'_> {
    fn attempt(&self, attempt: &Attempt) -> Option<v1::Attempt> {
        let by = match attempt.by {
            By::Assignment(by) => Some(by),
            By::Grant => None,
        };
        let (with, assignment) = match attempt.part {
            Part::Whole => (None, None),
            Part::Held(number, _) if !self.shows.theirs(number) => return None,
            Part::Held(number, unit) => (Some(unit), Some(number)),
            Part::Placement(unit) => (Some(unit), None),
            Part::Home(unit) => (Some(unit).filter(|&unit| self.shows.unit(unit)), None),
        };
        let v1::DecidingAssignment { assignment: own, role, unit } = self.holding(by);
        Some(v1::Attempt {
            assignment: own,
            role,
            unit,
            tried_with_unit: with.map(|unit| unit_name(self.world, unit)).unwrap_or_default(),
            tried_with_assignment: assignment.map(assignment_name).unwrap_or_default(),
            obstacle: attempt.obstacle.map_or(v1::Obstacle::Unspecified, obstacle).into(),
            visible: classes(attempt.classes, self.scheme),
        })
    }

    fn holding(&self, by: Option<Deciding>) -> v1::DecidingAssignment {
        super::deciding(by.as_ref(), self.world, self.scheme)
    }

    fn ranks(&self, compared: &Compared) -> v1::RankComparison {
        let held = |ranked: Option<Ranked>, is_seen: &dyn Fn(u32) -> bool| {
            let told = ranked.filter(|held| is_seen(held.by.number) || self.shows.rank_numbers());
            told.map(|Ranked { rank, by }| {
                let v1::DecidingAssignment { assignment, role, unit } =
                    self.holding(Some(by).filter(|by| is_seen(by.number)));
                v1::HeldRank { rank: rank.0, role, assignment, unit }
            })
        };
        match *compared {
            Compared::Users { lowest, highest, gap } => v1::RankComparison {
                subject: held(lowest, &|_| true),
                other: held(highest, &|number| self.shows.theirs(number)),
                gap: u32::from(gap == Gap::OneGrade),
                minimum: 0,
            },
            Compared::System { highest, minimum } => {
                let subject = held(highest, &|_| true);
                v1::RankComparison { subject, other: None, gap: 0, minimum: minimum.0 }
            }
        }
    }

    fn remedy(&self, remedy: &Remedy) -> Option<v1::Remedy> {
        use v1::remedy::Change;
        if !self.shows.remedy(remedy) {
            return None;
        }
        let unit = |unit| unit_name(self.world, unit);
        let change = match *remedy {
            Remedy::Place(at) => Change::PlaceCustomerIn(unit(at)),
            Remedy::AddToCaseload(at) => Change::AddToCaseloadIn(unit(at)),
            Remedy::Restore(at) => Change::RestoreUnit(unit(at)),
            Remedy::Enable
            | Remedy::Reinstate(_)
            | Remedy::Start(_)
            | Remedy::SwitchOn(..)
            | Remedy::Exempt(..)
            | Remedy::LiftRestriction(_)
            | Remedy::ReinstateGrant
            | Remedy::Grant
            | Remedy::Report(_)
            | Remedy::ChangeRole(..)
            | Remedy::Assign(..) => Change::User(v1::UserChange { change: Some(self.change(*remedy)?) }),
        };
        Some(v1::Remedy { change: Some(change) })
    }

    /// A remedy as the change of the user that it is.
    fn change(&self, remedy: Remedy) -> Option<v1::user_change::Change> {
        use v1::user_change::Change;
        let role = |role| self.scheme.role(role).map(|role| role.name.clone());
        let system = || Collection::Systems.name(self.system);
        let amended = |number, role, options, field: &str| {
            let fields = if field.is_empty() { Vec::new() } else { vec![field.to_owned()] };
            let assignment = assignment_name(number);
            Change::AmendAssignment(v1::AmendAssignment { assignment, role, options, fields })
        };
        let options = v1::AssignmentOptions::default;
        Some(match remedy {
            Remedy::Enable => Change::Enable(v1::EnableUser {}),
            Remedy::Reinstate(number) => {
                Change::ReinstateAssignment(v1::ReinstateAssignment { assignment: assignment_name(number) })
            }
            Remedy::Start(number) => amended(number, String::new(), None, "starts_at"),
            Remedy::LiftRestriction(number) => amended(number, String::new(), None, "caseload_only"),
            Remedy::SwitchOn(number, to) => {
                let options = v1::AssignmentOptions { user_management: management(to).into(), ..options() };
                amended(number, String::new(), Some(options), "user_management")
            }
            Remedy::Exempt(number, unit) => {
                let options =
                    v1::AssignmentOptions { exempt_units: self.exempting(number, unit), ..options() };
                amended(number, String::new(), Some(options), "exempt_units")
            }
            Remedy::ChangeRole(number, to) => {
                let switch = if self.is_switched_off_by(number, to) { "user_management" } else { "" };
                amended(number, role(to)?, None, switch)
            }
            Remedy::Assign(what, unit, user_management) => {
                let options = v1::AssignmentOptions {
                    scope: Some(v1::assignment_options::Scope::All(v1::AllUnits {})),
                    user_management: management(user_management).into(),
                    ..options()
                };
                let unit = unit_name(self.world, unit);
                Change::Assign(v1::Assign {
                    unit,
                    role: role(what)?,
                    options: Some(options),
                    ..Default::default()
                })
            }
            Remedy::Report(to) => {
                let reporting_role = self.scheme.reporting_role(to)?.name.clone();
                Change::SetReportingRole(v1::SetReportingRole { reporting_role })
            }
            Remedy::ReinstateGrant => Change::ReinstateGrant(v1::ReinstateGrant { system: system() }),
            Remedy::Grant => Change::GrantSystem(v1::GrantSystem { system: system(), ..Default::default() }),
            Remedy::Place(_) | Remedy::AddToCaseload(_) | Remedy::Restore(_) => return None,
        })
    }

    /// Whether user management is on for an assignment, and another role has no switch for it.
    fn is_switched_off_by(&self, number: u32, to: RoleIx) -> bool {
        let held = self.subject.and_then(|user| user.assignments().find(|held| held.number == number));
        held.is_some_and(|held| held.options.user_management != UserManagement::None)
            && self.scheme.role(to).is_some_and(|role| role.user_management != Switch::Switch)
    }

    /// The exempt units of an assignment, with one more.
    fn exempting(&self, number: u32, unit: UnitIx) -> Vec<String> {
        let held = self.subject.and_then(|user| user.assignments().find(|held| held.number == number));
        let exempt = held.map_or(&[][..], |held| &held.options.caseload.exempt);
        exempt.iter().chain([&unit]).map(|&unit| unit_name(self.world, unit)).collect()
    }
}

fn assignment_name(number: u32) -> String {
    Collection::Assignments.name(number)
}

/// An obstacle, in the words of the API.
pub(super) fn obstacle(obstacle: Obstacle) -> v1::Obstacle {
    match obstacle {
        Obstacle::RoleLacksCapability => v1::Obstacle::RoleLacksCapability,
        Obstacle::NotHeldHere => v1::Obstacle::NotHeldHere,
        Obstacle::NotPlaced => v1::Obstacle::NotPlaced,
        Obstacle::NotOwnRecord => v1::Obstacle::NotOwnRecord,
        Obstacle::OwnRecord => v1::Obstacle::OwnRecord,
        Obstacle::NotCovered => v1::Obstacle::NotCovered,
        Obstacle::PlacedBelow => v1::Obstacle::PlacedBelow,
        Obstacle::Dismissed => v1::Obstacle::Dismissed,
        Obstacle::Closed => v1::Obstacle::Closed,
        Obstacle::Disabled => v1::Obstacle::Disabled,
        Obstacle::Suspended => v1::Obstacle::Suspended,
        Obstacle::NotStarted => v1::Obstacle::NotStarted,
        Obstacle::HeldAtClosed => v1::Obstacle::HeldAtClosed,
        Obstacle::NotSwitchedOn => v1::Obstacle::NotSwitchedOn,
        Obstacle::NoRankedRole => v1::Obstacle::NoRankedRole,
        Obstacle::NotInReach => v1::Obstacle::NotInReach,
        Obstacle::RefusedUnderCaseload => v1::Obstacle::RefusedUnderCaseload,
        Obstacle::NotOnCaseload => v1::Obstacle::NotOnCaseload,
        Obstacle::BelowMinimumRank => v1::Obstacle::BelowMinimumRank,
    }
}
