//! What every database must do, each in its own SQL; and what is done with it, the same for all.
//!
//! [`Database`] is one connection: `sqlite` and `postgres` say what each of its parts is in their SQL, and nothing else.
//! What is read and written through it stands here: the session that the machine drives ([`session`]), the load at the
//! start ([`load`]), the facts of a group ([`facts`]), the past ([`past`]).

pub(crate) mod entities;
mod facts;
mod fault;
mod keys;
mod load;
mod past;
mod project;
pub(crate) mod request_list;
mod requests;
pub(crate) mod rows;
pub(crate) mod secrets;
mod session;
mod then;
mod users;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use bailiwick_identity::{Instant, RealmId, UserId, UsernameDigest, UsernameKey};
use bailiwick_realm::{ChainHash, Namesake, Revision};

pub(crate) use entities::Entities;
pub(crate) use facts::read_facts;
pub(crate) use fault::{Fault, Told, timely};
pub(crate) use keys::{KeyWrite, Keys};
pub(crate) use past::{user_at, versions};
pub(crate) use project::project;
pub(crate) use request_list::Dialect;
pub(crate) use requests::Requests;
pub(crate) use secrets::Secrets;
pub(crate) use session::Session;
pub(crate) use then::{PastSchemes, last_by, then};
pub(crate) use users::{find_user, namesakes, places, some_users};

use crate::api::{
    Counted, Direction, Hour, Period, Place, Placed, Questions, UserKey, UserOrder, WriterSettings,
};
use crate::log::tables::{Batch, ProfileRow, RequestKey};
use crate::log::{Damage, Head, StoredChange, StoredEvent};
use crate::machine::PersonRow;
use crate::readers::Readers;

/// What becomes of two usernames that look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clash {
    /// An error: it should have been refused.
    Error,
    /// They were given by an older version, which did not see it: the first of them keeps the others from being given.
    OldOnes,
}

/// What a database is made with, once. Not to be shown: there is a key in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Another one after an import or a restore.
    pub(crate) epoch: [u8; 16],
    /// With what page tokens are sealed.
    pub(crate) page_key: [u8; 32],
    /// Under which usernames are digested.
    pub(crate) username_key: UsernameKey,
}

/// A database that is open.
pub(crate) struct Opened<D: Database> {
    /// How the connection that writes is made, again where it breaks.
    pub(crate) source: D::Source,
    /// The connection that writes.
    pub(crate) writer: D,
    /// Connections that read.
    pub(crate) readers: Readers,
    /// One that only asks whether the database answers: those who read do not keep it busy.
    pub(crate) probe: Readers,
    /// What the database says of itself.
    pub(crate) identity: Identity,
}

/// Who asked about people, and where.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) realm: RealmId,
    pub(crate) actor: UserId,
    pub(crate) questions: Questions,
}

/// An event with when it was written.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) revision: Revision,
    pub(crate) recorded_at: Instant,
    pub(crate) event: StoredEvent,
}

/// What tables know of a user, with when it came to be.
#[derive(Debug)]
pub(crate) struct KnownUser {
    pub(crate) person: PersonRow,
    pub(crate) created_at: Instant,
    pub(crate) updated_at: Instant,
}

/// Which users to list, in canonical values. Every filter that is set must hold.
#[derive(Debug)]
pub(crate) struct PlaceQuery<'q> {
    pub(crate) among: Option<&'q [UserId]>,
    pub(crate) last_name_from: Option<String>,
    pub(crate) last_name_before: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) updated: Period,
    pub(crate) created: Period,
    pub(crate) order: UserOrder,
    pub(crate) direction: Direction,
    pub(crate) after: Option<&'q Place>,
    pub(crate) limit: usize,
}

/// What reads and writes yield.
pub(crate) trait Answer<T>: Future<Output = Result<T, Fault>> + Send {}

impl<T, F: Future<Output = Result<T, Fault>> + Send> Answer<T> for F {}

/// One connection to a database.
pub(crate) trait Database:
    Log + Entities + People + Keys + Secrets + Requests + Send + Sized + 'static
{
    /// How a connection is made, again where one broke.
    type Source: Clone + Send + Sync + 'static;

    /// A connection that may write.
    fn open(source: &Self::Source) -> impl Answer<Self>;

    /// What the database says of itself; nothing where it is a copy that follows another, which nobody may write.
    fn identity(&mut self) -> impl Answer<Option<Identity>>;

    /// Begins a transaction whose reads all see one and the same state.
    fn begin_reading(&mut self) -> impl Answer<()>;

    /// Begins a transaction that may write.
    fn begin_writing(&mut self) -> impl Answer<()>;

    /// Waits, in a transaction that may write, until nobody else writes to the realm; yields its head.
    fn lock(&mut self, realm: &RealmId) -> impl Answer<Option<Head>>;

    /// Ends the transaction: all of it stands.
    fn commit(&mut self) -> impl Answer<()>;

    /// Ends the transaction: nothing of it stands.
    fn roll_back(&mut self) -> impl Answer<()>;

    /// A number that moves whenever another connection commits; none where the database has no such number.
    fn version(&mut self) -> impl Answer<Option<i64>>;

    /// The database's own clock; none where it runs on this machine's.
    fn clock(&mut self) -> impl Answer<Option<Instant>>;

    /// How the connection is set, where that decides whether what was committed stays.
    fn settings(&mut self) -> impl Answer<WriterSettings>;

    /// Writes all that follows from a group of changes, in the open transaction.
    fn write(&mut self, batch: &Batch, key: UsernameKey) -> impl Answer<()>;

    /// Writes what queries ask of people, anew, in the open transaction.
    fn project(&mut self, realm: &RealmId, profiles: &[ProfileRow], key: UsernameKey) -> impl Answer<()>;

    /// How far what queries ask of people has been computed.
    fn projection(&mut self) -> impl Answer<i64>;

    /// Notes how far, in the open transaction; waits until nobody else is at it, and says whether it was less before.
    fn set_projection(&mut self, version: i64) -> impl Answer<bool>;

    /// Leaves all that was written where it is to stay.
    fn tidy(&mut self) -> impl Answer<()>;

    /// Closes. What a connection leaves undone is rolled back.
    fn finish(self) -> impl Future<Output = ()> + Send;
}

/// The log, and the realms' rows.
pub(crate) trait Log: Send {
    /// The newest change of a realm.
    fn head(&mut self, realm: &RealmId) -> impl Answer<Option<Head>>;

    /// The newest change of every realm, by id.
    fn heads(&mut self) -> impl Answer<Vec<Head>>;

    /// When a revision was recorded; none where there is no such revision.
    fn recorded_at(&mut self, realm: &RealmId, revision: Revision) -> impl Answer<Option<Instant>>;

    /// The chain hash of a revision.
    fn hash_at(&mut self, realm: &RealmId, revision: Revision) -> impl Answer<Option<ChainHash>>;

    /// Consecutive changes after a revision, oldest first, without their events.
    fn changes(&mut self, realm: &RealmId, after: Revision, limit: usize) -> impl Answer<Vec<StoredChange>>;

    /// The events of the changes after a revision up to another, in order.
    fn events(
        &mut self,
        realm: &RealmId,
        after: Revision,
        last: Revision,
    ) -> impl Answer<Vec<(Revision, StoredEvent)>>;

    /// Consecutive changes after a revision, oldest first, with their events.
    fn read_log(&mut self, realm: &RealmId, after: Revision, limit: usize) -> impl Answer<Vec<StoredChange>> {
        async move {
            let mut changes = self.changes(realm, after, limit).await?;
            let Some(last) = changes.last().map(|change| change.revision) else { return Ok(changes) };
            let mut place = 0;
            for (revision, event) in self.events(realm, after, last).await? {
                while changes.get(place).is_some_and(|change| change.revision < revision) {
                    place += 1;
                }
                let change = changes.get_mut(place).filter(|change| change.revision == revision);
                change.ok_or(Damage("an event belongs to no change"))?.events.push(event);
            }
            Ok(changes)
        }
    }
}

/// What tables know of users, and of callers' own ids of commands.
pub(crate) trait People: Send {
    /// Those of these users who exist, in no order.
    fn users(&mut self, realm: &RealmId, users: &BTreeSet<UserId>) -> impl Answer<Vec<KnownUser>>;

    /// Digests of the usernames ever used that are of these families.
    fn usernames(&mut self, realm: &RealmId, families: &[UsernameDigest])
    -> impl Answer<Vec<UsernameDigest>>;

    /// Whose these subjects of an identity provider are.
    fn provider_subjects(
        &mut self,
        realm: &RealmId,
        subjects: &BTreeSet<String>,
    ) -> impl Answer<Vec<(String, UserId)>>;

    /// Whose these canonical addresses are.
    fn emails(&mut self, realm: &RealmId, emails: &BTreeSet<String>) -> impl Answer<Vec<(String, UserId)>>;

    /// Whose these external ids (name, value) are.
    fn external_ids(
        &mut self,
        realm: &RealmId,
        ids: &BTreeSet<(String, String)>,
    ) -> impl Answer<Vec<((String, String), UserId)>>;

    /// Those of these handles that were used up.
    fn used_handles(&mut self, realm: &RealmId, handles: &BTreeSet<[u8; 16]>) -> impl Answer<Vec<[u8; 16]>>;

    /// Users of these names ([`names_form`](bailiwick_identity::names_form)), in the order of their ids, after one of
    /// them.
    fn namesakes(
        &mut self,
        realm: &RealmId,
        names: &str,
        after: &str,
        limit: usize,
    ) -> impl Answer<Vec<KnownUser>>;

    /// Who has one of these names: of each, [`MOST_NAMESAKES`](bailiwick_realm::MOST_NAMESAKES) by id, and of each of its
    /// birth dates [`MOST_BORN`](bailiwick_realm::MOST_BORN); each once, by name and id.
    fn namesakes_of(
        &mut self,
        realm: &RealmId,
        wanted: &BTreeMap<String, BTreeSet<String>>,
    ) -> impl Answer<Vec<(String, Namesake)>>;

    /// How many questions an actor has asked in the present hour.
    fn questions_asked(&mut self, realm: &RealmId, actor: &UserId, now: Instant) -> impl Answer<u64>;

    /// Counts questions of an actor; yields how many there were in the present hour with them. No transaction may be
    /// open.
    fn count_question(
        &mut self,
        realm: &RealmId,
        actor: &UserId,
        questions: u32,
        now: Instant,
    ) -> impl Answer<Counted>;

    /// Takes questions of an actor back that were counted in an hour; yields how many are left of it. No transaction may
    /// be open.
    fn take_question_back(
        &mut self,
        realm: &RealmId,
        actor: &UserId,
        questions: u32,
        hour: Hour,
    ) -> impl Answer<Counted>;

    /// The digest and the revision of the command that was accepted under a caller's own id, where it is still
    /// remembered.
    fn request(
        &mut self,
        realm: &RealmId,
        key: &RequestKey,
        now: Instant,
    ) -> impl Answer<Option<([u8; 32], Revision)>>;

    /// The user of this key.
    fn user(&mut self, realm: &RealmId, key: &UserKey) -> impl Answer<Option<KnownUser>>;

    /// Where users stand in an order.
    fn places(&mut self, realm: &RealmId, query: &PlaceQuery<'_>) -> impl Answer<Vec<Placed>>;
}
