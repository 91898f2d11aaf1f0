//! Systems and who makes their grants real; reporting roles, which decide what reports show.

use std::collections::BTreeSet;

use bailiwick_membership::KindIx;

use super::ability::CapIx;
use super::role::Rank;

/// An application or facility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// `verint`, `data-extract` …
    pub name: String,
    /// For people who read.
    pub title: String,
    /// The least highest effective rank of who uses it by a grant.
    pub minimum_rank: Option<Rank>,
    /// Whether a grant needs a reason.
    pub reason: Compulsory,
    /// The capability with which a grant is made by ManageUser (`user.manage` unless the scheme says otherwise).
    pub grant_right: CapIx,
    /// Whether somebody with `system.approve` for it must approve, by request.
    pub extra_approver: bool,
    /// Who fulfils, and how.
    pub fulfilment: Fulfilment,
}

/// Whether something must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compulsory {
    /// It must.
    Yes,
    /// It may.
    No,
}

/// How a grant becomes real.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fulfilment {
    /// With the decision.
    AtOnce,
    /// By the named desk of the scheme, by hand.
    ByHand(String),
}

/// What reports show, apart from roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportingRole {
    /// The name.
    pub name: String,
    /// For people who read.
    pub title: String,
    /// Where it shows anything.
    pub scope: ReportingScope,
    /// The unit capabilities that it decides.
    pub decides: BTreeSet<CapIx>,
}

/// Where a reporting role shows anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportingScope {
    /// Everywhere.
    All,
    /// In the units of a kind at, below or above which something is held.
    Kind(KindIx),
}
