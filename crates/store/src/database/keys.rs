//! Keys of calling programs.

use bailiwick_identity::Instant;

use super::Answer;
use crate::api::ApiKey;

/// A change of the keys.
#[derive(Debug)]
pub(crate) enum KeyWrite {
    /// A new key.
    Create(Box<ApiKey>),
    /// An end to a key.
    Revoke { id: String, at: Instant },
}

/// Keys of calling programs.
pub(crate) trait Keys: Send {
    /// The number that is raised whenever keys change.
    fn keys_at(&mut self) -> impl Answer<i64>;

    /// Every key, revoked ones too, oldest first.
    fn keys(&mut self) -> impl Answer<Vec<ApiKey>>;

    /// Writes in the open transaction, and says whether that changed anything.
    fn write_key(&mut self, write: &KeyWrite) -> impl Answer<bool>;
}
