//! What was true at an earlier revision: the newest event of an entity up to then.

use bailiwick_identity::UserId;
use bailiwick_realm::{Event, Person, Revision, State};

use super::{Database, Fault};
use crate::api::{PastUser, UserRow};
use crate::codec::{self, Names};
use crate::log::EntityKind;

/// A user as a revision left them; none who did not exist then.
pub(crate) async fn user_at(
    conn: &mut impl Database,
    state: &State,
    user: &UserId,
    revision: Revision,
) -> Result<Option<PastUser>, Fault> {
    let (realm, id, names) = (&state.realm, user.as_str(), Names::of(state));
    let Some(held) = conn.newest(realm, EntityKind::Access, id, revision).await? else { return Ok(None) };
    let Event::Access { user: _, access, notes } = codec::decode(&held.event, &names)? else {
        return Ok(None);
    };
    let mut person = Person { notes, etag: held.revision, ..Person::default() };
    let mut updated_at = held.recorded_at;
    if let Some(known) = conn.newest(realm, EntityKind::Profile, id, revision).await?
        && let Event::Profile { user: _, profile } = codec::decode(&known.event, &names)?
    {
        person.profile = profile;
        person.etag = person.etag.max(known.revision);
        updated_at = updated_at.max(known.recorded_at);
    }
    let created_at = conn.first_written(realm, EntityKind::Access, id).await?.unwrap_or(updated_at);
    Ok(Some(PastUser { row: UserRow { user: user.clone(), person, created_at, updated_at }, access }))
}
