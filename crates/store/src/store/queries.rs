//! What is read from tables and log.

use std::collections::BTreeSet;

use bailiwick_identity::{RealmId, UserId};
use bailiwick_realm::{ChainHash, Revision, State};

use super::Store;
use crate::api::{
    ApiKey, ChangeRecord, Past, PastAt, PastRange, PastUser, PastWanted, Placed, RequestId, StoreError,
    UserKey, UserQuery, UserRow, VerifyError, Version,
};
use crate::codec::Names;
use crate::database::{
    Fault, Keys, Log, PastSchemes, People, find_user, last_by, namesakes, places, some_users, then, user_at,
    versions,
};
use crate::log::StoredChange;
use crate::readers::{BY_STEPS, Readers, reading};
use crate::record::record;
use crate::request::Named;
use crate::verify::verify;

/// Changes are listed up to so many bytes, and read in such portions.
const LISTED_BYTES: usize = 1024 * 1024;
const PORTION: usize = 16;

impl Store {
    /// The newest revision in the database; it may be newer than [`Store::state`] where another process writes.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn head(&self, realm: &RealmId) -> Result<Option<Revision>, StoreError> {
        let head = reading!(self.readers(), "reading a head", conn => conn.head(realm).await)?;
        let head = head.map(|head| head.revision);
        if head > self.state(realm.as_str()).map(|state| state.revision) {
            self.poll();
        }
        Ok(head)
    }

    /// The chain hash of a revision; none where there is no such revision.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hash_at(
        &self,
        realm: &RealmId,
        revision: Revision,
    ) -> Result<Option<ChainHash>, StoreError> {
        reading!(self.readers(), "reading a hash", conn => conn.hash_at(realm, revision).await)
    }

    /// A user, with what tables know of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user(&self, realm: &RealmId, key: &UserKey) -> Result<Option<UserRow>, StoreError> {
        let Some(state) = self.state(realm.as_str()) else { return Ok(None) };
        reading!(self.readers(), "reading a user", conn => find_user(conn, &state, key).await)
    }

    /// A user as a revision left them; nobody who did not exist then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_at(
        &self,
        realm: &RealmId,
        user: &UserId,
        revision: Revision,
    ) -> Result<Option<PastUser>, StoreError> {
        let Some(state) = self.state(realm.as_str()) else { return Ok(None) };
        reading!(self.readers(), "reading a user's past", conn => user_at(conn, &state, user, revision).await)
    }

    /// A realm as it was, as far as a question is about it; where there is no such past, from when to when there is one.
    /// Read by seeks: how long the log is costs next to nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn past(
        &self,
        present: &State,
        at: PastAt,
        wanted: &PastWanted,
    ) -> Result<Result<Past, PastRange>, StoreError> {
        reading!(self.readers(), "reading the past", conn => {
            let revision = match at {
                PastAt::Revision(revision) => Some(revision),
                PastAt::Instant(at) => last_by(conn, present, at).await?,
            };
            let there = Revision(1)..=present.revision;
            match revision.filter(|revision| there.contains(revision)) {
                Some(revision) => {
                    Ok(Ok(then(conn, present, revision, wanted, self.past_schemes()).await?))
                }
                None => {
                    let first = Revision(1);
                    let began = conn.recorded_at(&present.realm, first).await?;
                    let began = began.unwrap_or(present.recorded_at);
                    Ok(Err(PastRange { first: (first, began), last: (present.revision, present.recorded_at) }))
                }
            }
        })
    }

    /// A user as each change after a revision left them, oldest first, up to the revision of [`Store::state`]: at most so
    /// many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_versions(
        &self,
        realm: &RealmId,
        user: &UserId,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Version>, StoreError> {
        let Some(state) = self.state(realm.as_str()) else { return Ok(Vec::new()) };
        reading!(self.readers(), "reading all of a user's past", conn => {
            versions(conn, &state, user, after, limit).await
        })
    }

    /// Those of these users who exist, in the order of their ids.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn users(&self, realm: &RealmId, users: &BTreeSet<UserId>) -> Result<Vec<UserRow>, StoreError> {
        let Some(state) = self.state(realm.as_str()) else { return Ok(Vec::new()) };
        reading!(self.readers(), "reading users", conn => some_users(conn, &state, users).await)
    }

    /// Users of these names ([`names_form`](bailiwick_identity::names_form)), in the order of their ids, after one of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn namesakes(
        &self,
        realm: &RealmId,
        names: &str,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserRow>, StoreError> {
        let Some(state) = self.state(realm.as_str()) else { return Ok(Vec::new()) };
        reading!(self.readers(), "reading namesakes", conn => {
            namesakes(conn, &state, names, after, limit).await
        })
    }

    /// How many questions about people an actor has asked in the present hour.
    ///
    /// # Errors
    /// When the database does not answer: then no further one is to be answered either.
    pub async fn questions_asked(&self, realm: &RealmId, actor: &UserId) -> Result<u64, StoreError> {
        let now = (self.inner.surroundings.clock)();
        reading!(self.readers(), "reading a count", conn => conn.questions_asked(realm, actor, now).await)
    }

    /// Whether a command was accepted under this id of a caller's, with this body, and is remembered: sent again, it is
    /// answered as the first time. No actor: an operator.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remembers(
        &self,
        realm: &RealmId,
        caller: &str,
        actor: Option<&UserId>,
        request: RequestId,
    ) -> Result<bool, StoreError> {
        let now = (self.inner.surroundings.clock)();
        let named = Named::new(request, self.inner.identity.username_key);
        let key = named.key(caller, actor);
        let found =
            reading!(self.readers(), "reading a request", conn => conn.request(realm, &key, now).await)?;
        Ok(found.is_some_and(|(body, _)| named.is(&body)))
    }

    /// Where the users stand that a query asks for, in its order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn places(&self, realm: &RealmId, query: &UserQuery) -> Result<Vec<Placed>, StoreError> {
        reading!(self.readers(), "listing users", conn => places(conn, realm, query).await)
    }

    /// Changes after a revision, oldest first, up to the revision of [`Store::state`]: at most so many, and fewer where
    /// they are large; none only where there is none. Units, roles and users in
    /// their events are numbers of that state and of every later one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn changes(
        &self,
        realm: &RealmId,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<ChangeRecord>, StoreError> {
        let Some(state) = self.state(realm.as_str()) else { return Ok(Vec::new()) };
        let (mut records, mut newest, mut bytes) = (Vec::new(), after, 0);
        while records.len() < limit && bytes < LISTED_BYTES {
            let portion = (limit - records.len()).min(PORTION);
            let changes = reading!(self.readers(), "reading the log", conn => {
                conn.read_log(realm, newest, portion).await
            })?;
            let known: Vec<_> =
                changes.into_iter().take_while(|change| change.revision <= state.revision).collect();
            let Some(last) = known.last() else { break };
            newest = last.revision;
            bytes += known.iter().map(StoredChange::size).sum::<usize>();
            for change in known {
                let read = record(change, &Names::of(&state));
                records.push(read.map_err(|damage| Fault::Damaged(damage).told("reading the log"))?);
            }
        }
        Ok(records)
    }

    /// Computes the chain of a realm anew from the stored bytes, and the digest of every personal part that is not
    /// erased. Yields the revision up to which that was done.
    ///
    /// # Errors
    /// The first revision that does not verify.
    pub async fn verify(&self, realm: &RealmId) -> Result<Revision, VerifyError> {
        let verified =
            reading!(self.readers(), "verifying the log", BY_STEPS, conn => verify(conn, realm).await);
        verified.map_err(|_| VerifyError::Unavailable)?
    }

    /// Every key, revoked ones too, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        reading!(self.readers(), "reading keys", conn => conn.keys().await)
    }

    fn past_schemes(&self) -> &PastSchemes {
        &self.inner.past_schemes
    }

    pub(super) fn readers(&self) -> &Readers {
        &self.inner.readers
    }
}
