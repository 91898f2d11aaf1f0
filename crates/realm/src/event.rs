//! Events: the new state of one entity each.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_identity::{Credentials, CustomerId, Instant, Profile, RequestId, SecretKind, UserId};
use bailiwick_membership::{Access, CaseloadEntry, Placement, SystemIx, Unit, UnitIx, UserIx};
use bailiwick_policy::scheme::Scheme;

use crate::import::ImportedRow;
use crate::request::Request;
use crate::review::Review;
use crate::state::RealmStatus;

/// The new state of one entity. Applying it replaces what was there.
#[derive(Debug, Clone)]
pub enum Event {
    /// The realm itself.
    Realm {
        /// For people who read.
        title: String,
        /// Active or frozen.
        status: RealmStatus,
    },
    /// The rules. Kept as the document; compiled after the scheme before it.
    Scheme(Arc<Scheme>),
    /// A place.
    Unit(Unit),
    /// What a user holds.
    Access {
        /// Who.
        user: UserId,
        /// Everything that decides what they may do, except the caseload.
        access: Access,
        /// Free text that belongs to it: personal, kept apart.
        notes: Notes,
    },
    /// Who a user is: personal, kept apart as a whole.
    Profile {
        /// Who.
        user: UserId,
        /// All that is known.
        profile: Profile,
    },
    /// How a user's password stands; what it is compared with is personal, and kept in the newest event alone.
    Credentials {
        /// Whose.
        user: UserId,
        /// All that is kept of it.
        credentials: Credentials,
    },
    /// A user's caseload.
    Caseload {
        /// Who.
        user: UserIx,
        /// Sorted, each once.
        entries: Vec<CaseloadEntry>,
    },
    /// Where a customer is placed.
    Placements {
        /// Who.
        customer: CustomerId,
        /// Sorted by unit, one per unit.
        placements: Vec<Placement>,
    },
    /// Changes that wait for their approvers; what was written in it is personal, kept apart.
    Request(Box<Request>),
    /// What is held somewhere, looked at again.
    Review(Box<Review>),
}

/// Free text about what a user holds. Personal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Notes of assignments, by number.
    pub assignments: BTreeMap<u32, String>,
    /// Reasons of grants, by system.
    pub grants: BTreeMap<SystemIx, String>,
    /// Why the user was disabled.
    pub disabled: Option<String>,
}

/// What a command did beside what it says: told in the reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An assignment was ended, because an exclusive role does not stand beside others.
    EndedExclusive {
        /// Whose.
        user: UserId,
        /// Which.
        number: u32,
    },
    /// Enabling left this assignment suspended: the enabler does not cover it or may not hand it out.
    ReactivatedElsewhere {
        /// Whose.
        user: UserId,
        /// Which.
        number: u32,
    },
    /// Enabling left this grant suspended: the enabler could not have made it.
    GrantReactivatedElsewhere {
        /// Whose.
        user: UserId,
        /// Which system.
        system: SystemIx,
    },
    /// Enabling cleared the reporting role: the enabler could not set it.
    ReportingRoleCleared {
        /// Whose.
        user: UserId,
    },
    /// Adding to a unit enabled the user again.
    Enabled {
        /// Who.
        user: UserId,
    },
    /// The assignment was suspended at a site.
    Suspended {
        /// Whose.
        user: UserId,
        /// Which.
        number: u32,
    },
    /// The assignment still covers the site from above.
    RemainsFromAbove {
        /// Whose.
        user: UserId,
        /// Which.
        number: u32,
    },
    /// A case ended: the customer left, or the worker no longer holds anything that covers the unit.
    CaseEnded {
        /// The worker.
        user: UserId,
        /// The customer.
        customer: CustomerId,
        /// Where.
        unit: UnitIx,
    },
    /// The unit has fewer holders than it needs and takes no new customers.
    BelowMinimum {
        /// Which.
        unit: UnitIx,
    },
    /// The user's credentials were revoked: somebody who has seen a secret of theirs no longer stands as high.
    CredentialsRevoked {
        /// Whose.
        user: UserId,
    },
    /// An activation goes to the user's own address.
    ActivationMailed {
        /// Whose.
        user: UserId,
    },
    /// What became of a row of a list.
    Imported(Box<ImportedRow>),
}

impl Effect {
    /// What became of a row of a list, where this is that.
    #[must_use]
    pub fn imported(&self) -> Option<&ImportedRow> {
        match self {
            Self::Imported(row) => Some(row),
            Self::EndedExclusive { .. }
            | Self::ReactivatedElsewhere { .. }
            | Self::GrantReactivatedElsewhere { .. }
            | Self::ReportingRoleCleared { .. }
            | Self::Enabled { .. }
            | Self::Suspended { .. }
            | Self::RemainsFromAbove { .. }
            | Self::CaseEnded { .. }
            | Self::BelowMinimum { .. }
            | Self::CredentialsRevoked { .. }
            | Self::ActivationMailed { .. } => None,
        }
    }
}

/// What somebody is to be told by mail. Not part of what is true: it stands outside log and chain, and goes when it was
/// delivered. Neither address nor name is in it; they are read when it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// To whom.
    pub user: UserId,
    /// What.
    pub notice: Notice,
    /// From then on it is of no use.
    pub expires_at: Instant,
}

/// What somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// With what they choose a password.
    Secret {
        /// A first one, or another.
        kind: SecretKind,
        /// The secret, sealed.
        sealed: String,
    },
    /// A request waits for their approval.
    ToApprove(RequestId),
    /// What became of a request of theirs.
    Decided(RequestId),
}
