//! A user as they would be: to try what a change would do, without a copy of the world.

use super::shared_options::SharedOptions;
use super::user_chunk::UserChunk;
use super::user_ref::UserRef;
use crate::access::Access;
use crate::customer::CaseloadEntry;

/// The row of the only user: the last, after which nothing has to move.
const ROW: u8 = 255;

/// A user who has something else than in the world.
#[derive(Debug, Clone)]
pub struct TriedUser(UserChunk);

impl TriedUser {
    /// A user who has this, and this caseload: sorted, each entry once.
    #[must_use]
    pub fn new(access: Access, caseload: &[CaseloadEntry]) -> Self {
        let mut chunk = UserChunk::default();
        chunk.put(ROW, access, &mut SharedOptions::default());
        chunk.put_caseload(ROW, caseload);
        Self(chunk)
    }

    /// The user, as `check` reads one.
    #[must_use]
    pub fn get(&self) -> Option<UserRef<'_>> {
        UserRef::new((&self.0, ROW))
    }
}
