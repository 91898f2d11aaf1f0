//! Credentials, attempts to sign in, and what is to be mailed.

use std::collections::BTreeSet;

use bailiwick_identity::{Credentials, Instant, RealmId, SecretDigest, UserId};
use tokio::sync::oneshot;

use super::Store;
use crate::api::{Attempts, Login, OutboxRow, StoreError};
use crate::codec;
use crate::database::{Entities, Secrets};
use crate::driver::Message;
use crate::log::EntityKind;
use crate::readers::reading;

impl Store {
    /// A user's credentials as they stand; none where there never were any.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn credentials(
        &self,
        realm: &RealmId,
        user: &UserId,
    ) -> Result<Option<Credentials>, StoreError> {
        let wanted = BTreeSet::from([user.to_string()]);
        let found = reading!(self.readers(), "reading credentials", conn => {
            let found = conn.current(realm, EntityKind::Credentials, &wanted).await?;
            let read = |(body, part): &(Vec<u8>, Option<Vec<u8>>)| codec::read_credentials(body, part.as_deref());
            Ok(found.first().map(read).transpose()?)
        })?;
        Ok(found.map(|(_, credentials)| credentials))
    }

    /// Whose a pending secret is; nobody's where there is none of this digest. Whether it is good is judged with the
    /// command.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn owner_of_secret(
        &self,
        realm: &RealmId,
        secret: &SecretDigest,
    ) -> Result<Option<UserId>, StoreError> {
        reading!(self.readers(), "reading whose a secret is", conn => conn.owner_of(realm, secret).await)
    }

    /// What is counted of attempts to sign in under the names that were known as a user's.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attempts(&self, realm: &RealmId, user: &UserId) -> Result<Vec<Attempts>, StoreError> {
        let now = (self.inner.surroundings.clock)();
        reading!(self.readers(), "reading attempts", conn => conn.attempts_of(realm, user, now).await)
    }

    /// Counts a step of signing in. Of an attempt that has to wait it yields until when: its password must not be looked
    /// at.
    ///
    /// # Errors
    /// When the database does not answer: then nobody signs in.
    pub async fn login(&self, login: Login) -> Result<Option<Instant>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.inner.outbox.send(Message::Login(Box::new(login), reply)).await;
        sent.map_err(|_| StoreError::Unavailable)?;
        answer.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// What is to be mailed, after a number, ascending: at most so much, and nothing that is over.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn outbox(
        &self,
        realm: &RealmId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let now = (self.inner.surroundings.clock)();
        reading!(self.readers(), "reading the outbox", conn => conn.messages(realm, after, now, limit).await)
    }

    /// Drops what was delivered; yields how much of it there was.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn acknowledge(&self, realm: &RealmId, ids: BTreeSet<u64>) -> Result<u64, StoreError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.inner.outbox.send(Message::Acknowledge(realm.clone(), ids, reply)).await;
        sent.map_err(|_| StoreError::Unavailable)?;
        answer.await.unwrap_or(Err(StoreError::Unavailable))
    }
}
