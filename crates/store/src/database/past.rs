//! What was true at an earlier revision: the newest event of an entity up to then.

use bailiwick_identity::{Credentials, KeptSecrets, UserId};
use bailiwick_realm::{Event, Person, Revision, State};

use super::{Database, Fault};
use crate::api::{PastUser, UserRow, Version};
use crate::codec::{self, Names};
use crate::log::{Damage, EntityKind};
use crate::record::record;

/// A user as each change after a revision left them, oldest first: at most so many.
pub(crate) async fn versions(
    conn: &mut impl Database,
    state: &State,
    user: &UserId,
    after: Revision,
    limit: usize,
) -> Result<Vec<Version>, Fault> {
    let (realm, names) = (&state.realm, Names::of(state));
    let mut versions = Vec::new();
    for revision in conn.revisions(realm, user, after, limit).await? {
        if revision > state.revision {
            break;
        }
        let Some(left) = user_at(conn, state, user, revision).await? else { continue };
        let change = conn.read_log(realm, Revision(revision.0 - 1), 1).await?.pop();
        let change = change.ok_or(Damage("an event belongs to no change"))?;
        let caseload = conn.newest(realm, EntityKind::Caseload, user.as_str(), revision).await?;
        let caseload = match caseload.map(|written| codec::decode(&written.event, &names)).transpose()? {
            Some(Event::Caseload { user: _, entries }) => entries,
            Some(_) | None => Vec::new(),
        };
        let credentials = conn.newest(realm, EntityKind::Credentials, user.as_str(), revision).await?;
        let credentials = match credentials.map(|w| codec::decode(&w.event, &names)).transpose()? {
            // Whoever looks at the past sees how a password stood, never what it is compared with.
            Some(Event::Credentials { user: _, credentials }) => {
                Some(Credentials { kept: KeptSecrets::default(), ..credentials })
            }
            Some(_) | None => None,
        };
        versions.push(Version { change: record(change, &names)?, left, caseload, credentials });
    }
    Ok(versions)
}

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
