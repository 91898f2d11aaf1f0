//! Entities: the newest event of each, and those before.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId, UserId};
use bailiwick_realm::{ChainHash, Revision};

use super::{Answer, Written};
use crate::log::tables::{Link, LinkKind};
use crate::log::{EntityKind, StoredEvent};

/// Body and personal part of an entity.
pub(crate) type Parts = (Vec<u8>, Option<Vec<u8>>);

/// Entities, and revision and hash of the realm at that moment, where it is there.
pub(crate) type Current = (Option<(Revision, ChainHash)>, Vec<Parts>);

/// The events of entities: the newest of each, and those before.
pub(crate) trait Entities: Send {
    /// Every scheme that a realm had up to a revision, oldest first.
    fn schemes(&mut self, realm: &RealmId, last: Revision) -> impl Answer<Vec<Vec<u8>>>;

    /// Entities of a kind in the order in which they came into being, after the row of a number; with their numbers.
    fn entities(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        after: i64,
        limit: usize,
    ) -> impl Answer<Vec<(i64, StoredEvent)>>;

    /// Personal parts of profiles, in the same order: row, user, part.
    fn profiles(
        &mut self,
        realm: &RealmId,
        after: i64,
        limit: usize,
    ) -> impl Answer<Vec<(i64, UserId, Option<Vec<u8>>)>>;

    /// The newest event of an entity up to a revision.
    fn newest(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        entity: &str,
        revision: Revision,
    ) -> impl Answer<Option<Written>>;

    /// Body and personal part of the newest events of these entities; of those that are not there, none.
    fn current(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        entities: &BTreeSet<String>,
    ) -> impl Answer<Vec<Parts>>;

    /// The same, with where the realm stands: in one statement, since each has its price.
    fn current_and_head(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        entities: &BTreeSet<String>,
    ) -> impl Answer<Current>;

    /// The newest events of several entities up to a revision; of those that were not there then, none.
    fn newest_of(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        entities: &BTreeSet<String>,
        revision: Revision,
    ) -> impl Answer<Vec<Written>>;

    /// Events of a kind, by entity and revision, after one of them.
    fn all_events(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        after: &(String, Revision),
        limit: usize,
    ) -> impl Answer<Vec<(Revision, StoredEvent)>>;

    /// Who is linked to one of these, or ever was.
    fn linked(
        &mut self,
        realm: &RealmId,
        kind: LinkKind,
        targets: &BTreeSet<String>,
    ) -> impl Answer<Vec<UserId>>;

    /// Notes what users are linked to, in the open transaction; what is known stays.
    fn note_links(&mut self, realm: &RealmId, links: &[Link]) -> impl Answer<()>;

    /// The revisions after one that left a user, a profile or a caseload of this id in a new state, ascending.
    fn revisions(
        &mut self,
        realm: &RealmId,
        user: &UserId,
        after: Revision,
        limit: usize,
    ) -> impl Answer<Vec<Revision>>;

    /// When an entity came into being.
    fn first_written(
        &mut self,
        realm: &RealmId,
        kind: EntityKind,
        entity: &str,
    ) -> impl Answer<Option<Instant>>;
}
