//! Kinds of unit, and the limits that hold at each.

use bailiwick_membership::{KindIx, RoleIx};
use regex_lite::Regex;

use super::ability::{CapIx, KindSet};

/// A kind of unit.
#[derive(Debug, Clone)]
pub struct Kind {
    /// `site`, `team` …; what documents, the API and answers say.
    pub name: String,
    /// For people who read.
    pub title: String,
    /// Which kinds the parents of such a unit may be, and how many.
    pub parents: Parents,
    /// What a unit's name must look like, whole.
    pub name_pattern: Option<Regex>,
    /// The names of stand-ins of this kind (`TL999`).
    pub placeholders: Vec<String>,
    /// How many assignments there may be here at one time; unset: any number. Placeholders have none.
    pub capacity: Option<u32>,
    /// Whether a user holds at most one role at such a unit at one time.
    pub single_role: bool,
    /// Roles of which so many must remain.
    pub minimum: Option<Minimum>,
    /// The capability with which someone assigns here (`user.manage`, `team.manage`).
    pub assign_right: CapIx,
    /// The capability with which someone makes, moves and archives such a unit (`unit.manage`, `team.manage`).
    pub unit_right: CapIx,
    /// The capability with which a customer is placed here (`customer.place`; a team: `team.manage`).
    pub place_right: CapIx,
    /// Which assignments a placement here counts for.
    pub placement_reach: PlacementReach,
    /// Whether dismissed placements here stay visible to capabilities that accept any placement.
    pub dismissed_visible: bool,
    /// Whether such units can be chosen in `only`.
    pub selectable: bool,
    /// Kinds of unit directly above at which a holder here is shown as implied, without holding anything there.
    pub implied_at: KindSet,
    /// Roles that can be held here.
    pub roles: Vec<RoleIx>,
}

/// Which parents a unit of a kind has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parents {
    /// None: a root, the operator's to make.
    Root,
    /// Exactly one, of one of these kinds.
    One(KindSet),
    /// One or several, of these kinds.
    Several(KindSet),
}

impl Parents {
    /// The kinds that a parent may be.
    #[must_use]
    pub fn kinds(self) -> KindSet {
        match self {
            Self::Root => KindSet(0),
            Self::One(kinds) | Self::Several(kinds) => kinds,
        }
    }
}

/// So many holders of a role must remain at a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minimum {
    /// Which role.
    pub role: RoleIx,
    /// How many; at least 1.
    pub count: u32,
}

/// Which assignments a placement counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlacementReach {
    /// Those that cover the unit.
    Below,
    /// Those at the unit itself.
    Unit,
}

impl Kind {
    /// Whether a unit of this kind and name is a stand-in.
    #[must_use]
    pub fn is_placeholder(&self, unit_name: &str) -> bool {
        self.placeholders.iter().any(|p| p == unit_name)
    }

    /// Whether a kind may be a parent of this one.
    #[must_use]
    pub fn may_stand_below(&self, parent: KindIx) -> bool {
        self.parents.kinds().contains(parent)
    }
}
