//! Roles: what their holders are called, how senior they are and who hands them out.

use std::collections::BTreeSet;

use bailiwick_identity::Field;
use bailiwick_membership::RoleIx;

use super::Compulsory;
use super::ability::{KindSet, SystemSet};

/// How senior a role is: a whole number of at least 1, higher is more senior.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank(pub u32);

/// A named bundle of capabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// `site-manager` …; what documents, the API and answers say.
    pub name: String,
    /// For people who read.
    pub title: String,
    /// How senior, or unranked.
    pub rank: Option<Rank>,
    /// The kinds of unit at which it can be held.
    pub kinds: KindSet,
    /// Whether user management comes with the role.
    pub user_management: Switch,
    /// Who hands the role out.
    pub hand_out: HandOut,
    /// How many assignments of it there may be at one unit at one time; unset: any number.
    pub max_per_unit: Option<u32>,
    /// Never held beside another role: adding another ends it.
    pub exclusive: bool,
    /// Held only beside an assignment at or below the same unit, and by nobody who holds outside it
    /// (`team_leader_permissions`: a position in that team and none outside it).
    pub beside: Option<KindSet>,
    /// Systems that come with the role, those of included roles among them.
    pub systems: SystemSet,
    /// Fields that a holder's profile must have.
    pub required_fields: BTreeSet<Field>,
    /// Whether an assignment of the role must say the user type.
    pub user_type: Compulsory,
    /// The roles directly included.
    pub includes: Vec<RoleIx>,
}

/// Whether user management comes with a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// Always on.
    Always,
    /// On as far as the assignment says.
    Switch,
    /// Never.
    Never,
}

/// Who hands a role out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandOut {
    /// A ranked role: whoever's lowest rank suffices.
    ByRank,
    /// An unranked role: holders of these roles; empty: operators alone.
    Roles(Vec<RoleIx>),
}
