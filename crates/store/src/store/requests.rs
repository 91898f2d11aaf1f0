//! Changes that wait for their approvers.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId, RequestId};
use bailiwick_realm::Request;

use super::Store;
use crate::api::StoreError;
use crate::codec;
use crate::database::{Entities, Requests};
use crate::log::EntityKind;
use crate::readers::reading;

impl Store {
    /// A request as it stands; none where there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn request(&self, realm: &RealmId, id: &RequestId) -> Result<Option<Request>, StoreError> {
        let wanted = BTreeSet::from([id.to_string()]);
        reading!(self.readers(), "reading a request", conn => {
            let found = conn.current(realm, EntityKind::Request, &wanted).await?;
            let read = |(body, part): &(Vec<u8>, Option<Vec<u8>>)| codec::read_request(body, part.as_deref());
            Ok(found.first().map(read).transpose()?)
        })
    }

    /// Requests of every realm to which something is due at an instant, longest due first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn due_requests(
        &self,
        now: Instant,
        limit: usize,
    ) -> Result<Vec<(RealmId, RequestId)>, StoreError> {
        reading!(self.readers(), "reading what is due", conn => conn.due(now, limit).await)
    }
}
