//! Changes that wait for their approvers.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId, RequestId};
use bailiwick_realm::{Content, Request};

use super::Store;
use crate::api::{DueRequest, RequestsRead, StoreError};
use crate::codec;
use crate::database::{Database, Requests, requests};
use crate::readers::reading;

impl Store {
    /// Requests as they stand, with what must be known to say for whom they wait: all of one and the same state. Those
    /// that are not there are left out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn requests(
        &self,
        realm: &RealmId,
        ids: &BTreeSet<RequestId>,
    ) -> Result<RequestsRead, StoreError> {
        let Some(state) = self.state(realm.as_str()) else { return Ok(RequestsRead::default()) };
        let (now, key) = ((self.inner.surroundings.clock)(), self.inner.identity.username_key);
        reading!(self.readers(), "reading requests", conn => {
            conn.begin_reading().await?;
            requests(conn, &state, ids, now, key).await
        })
    }

    /// A request as it stands; none where there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn request(&self, realm: &RealmId, id: &RequestId) -> Result<Option<Request>, StoreError> {
        let read = self.requests(realm, &BTreeSet::from([id.clone()])).await?;
        Ok(read.requests.into_iter().next())
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
