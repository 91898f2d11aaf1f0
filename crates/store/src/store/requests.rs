//! Changes that wait for their approvers.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_identity::{Instant, RealmId, RequestId};
use bailiwick_realm::{Content, Request, State};

use super::{BEHIND, LEVEL_TRIES, Store};
use crate::api::{Due, RequestPlace, RequestQuery, RequestsRead, StoreError, UnitsWaitedFor};
use crate::codec;
use crate::database::entities::Parts;
use crate::database::{Entities, Requests};
use crate::log::{Damage, EntityKind};
use crate::readers::reading;

impl Store {
    /// Requests as they stand, and the state of that moment. Those that are not there are left out; nothing where there is no
    /// such realm.
    ///
    /// # Errors
    /// When the database does not answer, or this process does not catch up with it.
    pub async fn requests(
        &self,
        realm: &RealmId,
        ids: &BTreeSet<RequestId>,
    ) -> Result<Option<RequestsRead>, StoreError> {
        let names = ids.iter().map(ToString::to_string).collect();
        let Some((state, rows)) = self.entities(realm, EntityKind::Request, &names).await? else {
            return Ok(None);
        };
        let requests = rows.iter().map(|(body, part)| {
            let request = codec::read_request(body, part.as_deref())?;
            Ok((request.id.clone(), request))
        });
        let requests = requests.collect::<Result<_, Damage>>().map_err(|damage| {
            tracing::error!(%realm, %damage, "a request cannot be read");
            StoreError::Damaged
        })?;
        Ok(Some(RequestsRead { state, requests }))
    }

    /// Entities as they stand, body and personal part, and the state of that moment; nothing where there is no such realm.
    pub(super) async fn entities(
        &self,
        realm: &RealmId,
        kind: EntityKind,
        names: &BTreeSet<String>,
    ) -> Result<Option<(Arc<State>, Vec<Parts>)>, StoreError> {
        for _ in 0..LEVEL_TRIES {
            let Some(state) = self.state(realm.as_str()) else { return Ok(None) };
            let (head, rows) = reading!(self.readers(), "reading requests", conn => {
                conn.current_and_head(realm, kind, names).await
            })?;
            if self.is_level(Some(&state), head).await {
                return Ok(Some((state, rows)));
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
        Ok(read.and_then(|mut read| read.requests.remove(id)))
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

    /// The units in which requests that come after a place wait for approval.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn units_waited_for(
        &self,
        realm: &RealmId,
        after: Option<&RequestPlace>,
    ) -> Result<UnitsWaitedFor, StoreError> {
        reading!(self.readers(), "listing requests", conn => conn.units_waited_for(realm, after).await)
    }

    /// What is due at an instant in every realm, longest due first; after one of it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn due(&self, now: Instant, after: Option<&Due>, limit: usize) -> Result<Vec<Due>, StoreError> {
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
