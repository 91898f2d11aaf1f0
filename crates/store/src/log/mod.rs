//! The log as it is stored: bytes, salts and hashes, without a database.
//!
//! What the bytes mean is `codec`'s; how they are chained is [`chain`]; what else a change writes into tables is
//! [`tables`].

pub(crate) mod chain;
pub(crate) mod tables;
pub(crate) mod waiting;

use bailiwick_identity::{Instant, RealmId};
use bailiwick_realm::{ChainHash, Revision};

/// What kind of entity an event is about. The numbers stand in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum EntityKind {
    /// The realm itself.
    Realm = 1,
    /// The rules.
    Scheme = 2,
    /// A place.
    Unit = 3,
    /// What a user holds.
    Access = 4,
    /// Who a user is.
    Profile = 5,
    /// A user's caseload.
    Caseload = 6,
    /// A customer's placements.
    Placements = 7,
    /// How a user's password stands.
    Credentials = 8,
    /// Changes that wait for their approvers.
    Request = 9,
    /// What is held somewhere, looked at again.
    Review = 10,
}

impl EntityKind {
    /// The kind's number in the database.
    pub(crate) fn number(self) -> i64 {
        self as i64
    }

    /// The kind of this number.
    pub(crate) fn numbered(number: i64) -> Option<Self> {
        let all = [
            Self::Realm,
            Self::Scheme,
            Self::Unit,
            Self::Access,
            Self::Profile,
            Self::Caseload,
            Self::Placements,
            Self::Credentials,
            Self::Request,
            Self::Review,
        ];
        all.into_iter().find(|kind| kind.number() == number)
    }
}

/// What is personal in an event or a change, and the random bytes with which it is hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Personal {
    /// Makes the digest tell nothing of a guessable part.
    pub(crate) salt: [u8; 16],
    /// An encoded `PersonalPart`.
    pub(crate) part: Vec<u8>,
}

/// One event as it was first written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredEvent {
    /// About what kind of entity.
    pub(crate) kind: EntityKind,
    /// About which: its id; empty for realm and scheme.
    pub(crate) entity: String,
    /// An encoded `Event`.
    pub(crate) body: Vec<u8>,
    /// What is personal in it; gone once it is erased.
    pub(crate) personal: Option<Personal>,
}

/// One change as it was first written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredChange {
    /// Its number.
    pub(crate) revision: Revision,
    /// Its instant.
    pub(crate) recorded_at: Instant,
    /// Its chain hash.
    pub(crate) hash: ChainHash,
    /// An encoded `Change`.
    pub(crate) header: Vec<u8>,
    /// The reason, where one was given; gone once it is erased.
    pub(crate) personal: Option<Personal>,
    /// What it made true, in order.
    pub(crate) events: Vec<StoredEvent>,
}

impl StoredChange {
    /// How much it holds, in bytes.
    pub(crate) fn size(&self) -> usize {
        let events = self.events.iter().map(|event| {
            event.body.len() + event.personal.as_ref().map_or(0, |personal| personal.part.len())
        });
        self.header.len() + events.sum::<usize>()
    }
}

/// The newest change of a realm, as the realm's row tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Which realm.
    pub(crate) realm: RealmId,
    /// Its newest revision.
    pub(crate) revision: Revision,
    /// That revision's chain hash.
    pub(crate) hash: ChainHash,
    /// That revision's instant.
    pub(crate) recorded_at: Instant,
}

/// Stored bytes that do not mean what they should. Says what is wrong, without any of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damage(pub(crate) &'static str);

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}
