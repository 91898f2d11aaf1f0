//! Reviews of what is held.

use std::collections::BTreeSet;

use bailiwick_identity::{RealmId, ReviewId};

use super::Store;
use crate::api::{ReviewPlace, ReviewsRead, StoreError, WhichReviews};
use crate::codec;
use crate::database::Requests;
use crate::log::EntityKind;
use crate::readers::reading;

impl Store {
    /// Reviews as they stand, and the state of that moment. Those that are not there are left out; nothing where there is no
    /// such realm.
    ///
    /// # Errors
    /// When the database does not answer, or this process does not catch up with it.
    pub async fn reviews(
        &self,
        realm: &RealmId,
        ids: &BTreeSet<ReviewId>,
    ) -> Result<Option<ReviewsRead>, StoreError> {
        let names = ids.iter().map(ToString::to_string).collect();
        let Some((state, rows)) = self.entities(realm, EntityKind::Review, &names).await? else {
            return Ok(None);
        };
        let reviews = rows.iter().map(|(body, _)| codec::read_review(body));
        let reviews = reviews.collect::<Result<_, _>>().map_err(|damage| {
            tracing::error!(%realm, %damage, "a review cannot be read");
            StoreError::Damaged
        })?;
        Ok(Some(ReviewsRead { state, reviews }))
    }

    /// Where reviews stand, the newest first, after one of them: those that are not over, or all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn review_places(
        &self,
        realm: &RealmId,
        which: WhichReviews,
        after: Option<&ReviewPlace>,
        limit: usize,
    ) -> Result<Vec<ReviewPlace>, StoreError> {
        reading!(self.readers(), "listing reviews", conn => conn.review_places(realm, which, after, limit).await)
    }
}
