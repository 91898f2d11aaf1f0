//! Capabilities, and what a role's holding of one amounts to.

use bailiwick_membership::{KindIx, SystemIx};

/// A capability of the scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CapIx(pub u16);

/// What a capability can be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// A place.
    Unit,
    /// A person whose record is protected.
    Customer,
    /// A person who can sign in.
    User,
    /// An application or facility.
    System,
}

/// Whether a caseload restriction that binds refuses a unit or customer capability outright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnderCaseload {
    /// It goes on: for customers, only those on the caseload.
    Kept,
    /// It is refused where the restriction binds.
    Refused,
}

/// Which placements a customer capability accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Only where the customer is enrolled.
    Enrolled,
    /// Dismissed placements count too, where the unit's kind keeps them visible.
    Any,
}

/// Something that can be done to one type of resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// `customer.view`, `team.manage` …
    pub name: String,
    /// For people who read.
    pub title: String,
    /// What it is asked about.
    pub resource: Resource,
    /// Under a caseload restriction.
    pub under_caseload: UnderCaseload,
    /// For customer capabilities.
    pub needs: Needs,
}

/// A set of record classes; at most 64 in a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClassSet(pub u64);

/// A set of unit kinds; at most 64 in a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindSet(pub u64);

/// A set of systems; at most 64 in a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SystemSet(pub u64);

impl ClassSet {
    /// No class.
    pub const EMPTY: Self = Self(0);

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The positions of the classes in the scheme, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..64).filter(move |&ix| self.0 >> ix & 1 == 1)
    }
}

impl KindSet {
    /// Every kind.
    pub const ALL: Self = Self(u64::MAX);

    /// No kind.
    pub const EMPTY: Self = Self(0);

    /// This set and one kind.
    #[must_use]
    pub fn with(self, kind: KindIx) -> Self {
        Self(self.0 | bit(kind.0))
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds, ascending.
    pub fn iter(self) -> impl Iterator<Item = KindIx> {
        (0..64).map(KindIx).filter(move |&kind| self.contains(kind))
    }

    /// Whether a kind is in the set.
    #[must_use]
    pub fn contains(self, kind: KindIx) -> bool {
        kind.0 < 64 && self.0 >> kind.0 & 1 == 1
    }
}

impl SystemSet {
    /// No system.
    pub const EMPTY: Self = Self(0);

    /// This set and one system.
    #[must_use]
    pub fn with(self, system: SystemIx) -> Self {
        Self(self.0 | bit(system.0))
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The systems, ascending.
    pub fn iter(self) -> impl Iterator<Item = SystemIx> {
        (0..64).map(SystemIx).filter(move |&system| self.contains(system))
    }

    /// Whether a system is in the set.
    #[must_use]
    pub fn contains(self, system: SystemIx) -> bool {
        system.0 < 64 && self.0 >> system.0 & 1 == 1
    }
}

/// The bit of an index below 64; none for any other.
fn bit(ix: u8) -> u64 {
    1_u64.checked_shl(u32::from(ix)).unwrap_or(0)
}

/// How far from an assignment a capability reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The assignment's unit and everything below it, within its scope.
    Below,
    /// The nearest units of a kind at or above the assignment's unit; unit capabilities only.
    Enclosing(KindIx),
    /// The user's own record; customer capabilities only.
    Own,
}

/// One way in which a role has a capability, inclusion of roles already spread out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ability {
    /// How far it reaches.
    pub reach: Reach,
    /// The kinds of unit an assignment must stand at for the role to have it.
    pub at: KindSet,
    /// The record classes that it shows; for customer capabilities.
    pub classes: ClassSet,
    /// The systems it is about; for system capabilities such as `system.approve`.
    pub systems: SystemSet,
}
