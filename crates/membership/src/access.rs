//! A user's access: whether they may act at all, and everything they hold.

use bailiwick_identity::Instant;

use crate::ix::{CustomerIx, ReportingRoleIx, RoleIx, SystemIx, UnitIx, UserIx, UserTypeIx};

/// Everything that decides what one user may do, except the caseload: the state that a user's event carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Active or disabled.
    pub standing: Standing,
    /// The unit where the person belongs; set at creation.
    pub home: UnitIx,
    /// The first of the users marked as the same person, where the user is one of several.
    pub person: Option<UserIx>,
    /// The customer record that is this user's own.
    pub own_record: Option<CustomerIx>,
    /// Cleared for more than two positions.
    pub clearance: Clearance,
    /// What reports show to the user.
    pub reporting_role: Option<ReportingRoleIx>,
    /// What the user holds, oldest first. Removed ones are gone; ended ones may still stand here.
    pub assignments: Vec<Assignment>,
    /// Entitlements to systems, oldest first.
    pub grants: Vec<Grant>,
    /// The number of the newest assignment ever made; numbers are never used again.
    pub last_number: u32,
}

/// May the user act at all?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Standing {
    /// Yes.
    #[default]
    Active,
    /// No, until enabled.
    Disabled(Disabled),
    /// Never again, since that instant: nothing is known of the person but the id, which is never used again.
    Erased(Instant),
}

/// Who disabled a user, so that nobody of less standing enables them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Disabled {
    /// When.
    pub at: Instant,
    /// The user who did it; unset for an operator.
    pub by: Option<UserIx>,
    /// That user's lowest rank at the time; unset for an operator.
    pub by_lowest: Option<u32>,
}

/// Cleared for more than two positions, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Clearance {
    /// Not cleared.
    #[default]
    None,
    /// Cleared.
    Cleared,
}

/// User × unit × role, with its options: what a person *has*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// 1, 2, 3 … within the user, in the order of creation.
    pub number: u32,
    /// Where.
    pub unit: UnitIx,
    /// As what.
    pub role: RoleIx,
    /// How.
    pub options: Options,
}

/// The options of an assignment. The default is what most have: everything below, live, no limits in time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Options {
    /// All below the unit, or chosen units only.
    pub scope: Scope,
    /// The unit that a session starts in; covered by the scope.
    pub default_unit: Option<UnitIx>,
    /// A label (partner type, title).
    pub user_type: Option<UserTypeIx>,
    /// How far the role's user management is switched on, where the role says `switch`.
    pub user_management: UserManagement,
    /// How caseloads restrict, and which of them may be changed.
    pub caseload: CaseloadOptions,
    /// From when; unset: from creation.
    pub starts_at: Option<Instant>,
    /// Until when, that instant excluded; unset: for ever.
    pub ends_at: Option<Instant>,
    /// Live or suspended.
    pub state: AssignmentState,
}

/// What an assignment covers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub enum Scope {
    /// The unit and everything below it.
    #[default]
    All,
    /// These units, and what is below them, where they are strictly below the assignment's unit. Sorted, each
    /// once. Empty covers nothing; nothing turns it into `All` by itself.
    Only(Vec<UnitIx>),
}

/// How far user management is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub enum UserManagement {
    /// Off.
    #[default]
    None,
    /// Sees users.
    View,
    /// Sees and manages users.
    Manage,
}

/// How caseloads restrict an assignment, and which caseloads its holder may change. Unit lists are sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct CaseloadOptions {
    /// Only customers on the user's caseload are seen, in every covered unit that is not exempt.
    pub only: bool,
    /// Units, and everything below them, in which `only` does not bind.
    pub exempt: Vec<UnitIx>,
    /// Units in which the user may change their own caseload.
    pub own: Vec<UnitIx>,
    /// Units in which the user may change the caseloads of others.
    pub others: Vec<UnitIx>,
}

/// Live or suspended. Ending and removing are final and are told by `ends_at` and by absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum AssignmentState {
    /// In force, within its times.
    #[default]
    Live,
    /// Held, without effect while the suspension binds.
    Suspended(Suspension),
}

/// Why and for how long something is without effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Suspension {
    /// What brought it about.
    pub cause: SuspensionCause,
    /// From when; unset: at once.
    pub from: Option<Instant>,
    /// Until when, that instant excluded; unset: until somebody reinstates it.
    pub until: Option<Instant>,
}

/// What suspended an assignment or a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuspensionCause {
    /// Somebody suspended just this one.
    Manager,
    /// The user was disabled at a unit at or above it.
    Unit,
    /// The user was enabled elsewhere, by somebody who does not cover it or may not hand it out.
    ReactivatedElsewhere,
}

impl Suspension {
    /// A suspension from now on, until somebody reinstates.
    #[must_use]
    pub fn open(cause: SuspensionCause) -> Self {
        Self { cause, from: None, until: None }
    }

    /// Whether it takes effect away at an instant.
    #[must_use]
    pub fn binds(&self, now: Instant) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| until > now)
    }
}

impl AssignmentState {
    /// Whether a suspension takes effect away at an instant.
    #[must_use]
    pub fn is_suspended(&self, now: Instant) -> bool {
        match self {
            Self::Live => false,
            Self::Suspended(suspension) => suspension.binds(now),
        }
    }
}

/// A user's own entitlement to a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Which system.
    pub system: SystemIx,
    /// Live or suspended.
    pub state: AssignmentState,
    /// From when; unset: from the grant.
    pub starts_at: Option<Instant>,
    /// Until when, that instant excluded; unset: for ever.
    pub ends_at: Option<Instant>,
}

impl Default for Options {
    fn default() -> Self {
        Self::USUAL
    }
}

impl Options {
    /// What most assignments have; the default.
    pub const USUAL: Self = Self {
        scope: Scope::All,
        default_unit: None,
        user_type: None,
        user_management: UserManagement::None,
        caseload: CaseloadOptions { only: false, exempt: Vec::new(), own: Vec::new(), others: Vec::new() },
        starts_at: None,
        ends_at: None,
        state: AssignmentState::Live,
    };

    /// Held at an instant: `ends_at` unset or later. Suspended and not-yet-started assignments are held.
    #[must_use]
    pub fn held(&self, now: Instant) -> bool {
        self.ends_at.is_none_or(|end| end > now)
    }

    /// In force at an instant as far as the assignment itself says: held, live and started. Whether the user is
    /// active and the unit open is asked elsewhere.
    #[must_use]
    pub fn in_force(&self, now: Instant) -> bool {
        self.held(now) && !self.state.is_suspended(now) && self.starts_at.is_none_or(|start| start <= now)
    }
}

impl Grant {
    /// Held at an instant: `ends_at` unset or later.
    #[must_use]
    pub fn held(&self, now: Instant) -> bool {
        self.ends_at.is_none_or(|end| end > now)
    }

    /// In force at an instant: held, live and started.
    #[must_use]
    pub fn in_force(&self, now: Instant) -> bool {
        self.held(now) && !self.state.is_suspended(now) && self.starts_at.is_none_or(|start| start <= now)
    }
}

impl Access {
    /// A new, active user who holds nothing.
    #[must_use]
    pub fn new(home: UnitIx) -> Self {
        Self {
            standing: Standing::Active,
            home,
            person: None,
            own_record: None,
            clearance: Clearance::None,
            reporting_role: None,
            assignments: Vec::new(),
            grants: Vec::new(),
            last_number: 0,
        }
    }

    /// The assignment of this number.
    #[must_use]
    pub fn assignment(&self, number: u32) -> Option<&Assignment> {
        self.assignments.iter().find(|a| a.number == number)
    }
}
