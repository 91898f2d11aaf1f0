//! Changes that wait for their approvers.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId, RequestId};
use bailiwick_realm::{Content, Request};

use super::{BEHIND, LEVEL_TRIES, Store};
use crate::api::{DueRequest, RequestPlace, RequestQuery, RequestsRead, StoreError, UndecidedRequest};
use crate::codec::{self, Names};
use crate::database::{Database, Log, Requests, request_rows, undecided};
use crate::machine::Known;
use crate::readers::reading;

impl Store {
    /// Requests as they stand, with what must be known to say for whom they wait, and the state of that moment. Those that are
    /// not there are left out; nothing where there is no such realm.
    ///
    /// # Errors
    /// When the database does not answer, or this process does not catch up with it.
    pub async fn requests(
        &self,
        realm: &RealmId,
        ids: &BTreeSet<RequestId>,
    ) -> Result<Option<RequestsRead>, StoreError> {
        let (now, key) = ((self.inner.surroundings.clock)(), self.inner.identity.username_key);
        for _ in 0..LEVEL_TRIES {
            let Some(state) = self.state(realm.as_str()) else { return Ok(None) };
            let (head, rows) = reading!(self.readers(), "reading requests", conn => {
                conn.begin_reading().await?;
                let head = conn.head(realm).await?;
                let rows = request_rows(conn, realm, ids, now, key).await?;
                Ok((head.map(|head| (head.revision, head.hash)), rows))
            })?;
            if self.is_level(Some(&state), head).await {
                let known = Known::read(&rows, Some(&Names::of(&state))).map_err(|damage| {
                    tracing::error!(%realm, %damage, "what is known of whom a request is about cannot be read");
                    StoreError::Damaged
                })?;
                return Ok(Some(RequestsRead { state, facts: known.all() }));
            }
        }
        tracing::warn!(%realm, "{BEHIND}");
        Err(StoreError::Unavailable)
    }

    /// A request as it stands; none where there is none.
    ///
    /// # Errors
    /// As [`Store::requests`].
    pub async fn request(&self, realm: &RealmId, id: &RequestId) -> Result<Option<Request>, StoreError> {
        let read = self.requests(realm, &BTreeSet::from([id.clone()])).await?;
        Ok(read.and_then(|mut read| read.facts.requests.remove(id)))
    }

    /// Where the requests stand that a query asks for, in its order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn request_places(
        &self,
        realm: &RealmId,
        query: &RequestQuery,
    ) -> Result<Vec<RequestPlace>, StoreError> {
        reading!(self.readers(), "listing requests", conn => conn.request_places(realm, query).await)
    }

    /// Requests that wait for approval, with what each waits for: who expires first comes first, after one of them, so many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn undecided_requests(
        &self,
        realm: &RealmId,
        after: Option<&RequestPlace>,
        limit: usize,
    ) -> Result<Vec<UndecidedRequest>, StoreError> {
        reading!(self.readers(), "listing requests", conn => undecided(conn, realm, after, limit).await)
    }

    /// Requests of every realm to which something is due at an instant, longest due first; after one of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn due_requests(
        &self,
        now: Instant,
        after: Option<&DueRequest>,
        limit: usize,
    ) -> Result<Vec<DueRequest>, StoreError> {
        reading!(self.readers(), "reading what is due", conn => conn.due(now, after, limit).await)
    }
}

/// The digest of what a request asks for, which whoever approves it names.
///
/// # Errors
/// When it asks for what no request asks for.
pub fn content_digest(content: &Content) -> Result<[u8; 32], StoreError> {
    codec::content_digest(content).map_err(|_| StoreError::Damaged)
}
