//! What was true at an earlier revision: the newest event of an entity up to then.

use bailiwick_identity::{Instant, UserId};
use bailiwick_realm::{Event, Person, Revision, State};
use sqlx::SqliteConnection;

use super::log::event;
use super::{Fault, column, instant, signed, unsigned};
use crate::api::{PastUser, UserRow};
use crate::codec::{self, Names};
use crate::log::{EntityKind, StoredEvent};

/// An event with when it was written.
struct Written {
    revision: Revision,
    recorded_at: Instant,
    event: StoredEvent,
}

/// A user as a revision left them; none who did not exist then.
pub(crate) async fn user_at(
    conn: &mut SqliteConnection,
    state: &State,
    user: &UserId,
    revision: Revision,
) -> Result<Option<PastUser>, Fault> {
    let names = Names::of(state);
    let Some(held) = newest(conn, state, EntityKind::Access, user, revision).await? else { return Ok(None) };
    let Event::Access { user: _, access, notes } = codec::decode(&held.event, &names)? else {
        return Ok(None);
    };
    let mut person = Person { notes, etag: held.revision, ..Person::default() };
    let mut updated_at = held.recorded_at;
    if let Some(known) = newest(conn, state, EntityKind::Profile, user, revision).await?
        && let Event::Profile { user: _, profile } = codec::decode(&known.event, &names)?
    {
        person.profile = profile;
        person.etag = person.etag.max(known.revision);
        updated_at = updated_at.max(known.recorded_at);
    }
    let created_at = first_written(conn, state, EntityKind::Access, user).await?.unwrap_or(updated_at);
    Ok(Some(PastUser { row: UserRow { user: user.clone(), person, created_at, updated_at }, access }))
}

async fn newest(
    conn: &mut SqliteConnection,
    state: &State,
    kind: EntityKind,
    entity: &UserId,
    revision: Revision,
) -> Result<Option<Written>, Fault> {
    let row = sqlx::query(
        "SELECT e.revision, e.kind, e.entity, e.body, e.salt, e.personal, c.recorded_at FROM event AS e \
         CROSS JOIN change AS c ON c.realm = e.realm AND c.revision = e.revision \
         WHERE e.realm = ? AND e.kind = ? AND e.entity = ? AND e.revision <= ? \
         ORDER BY e.revision DESC, e.place DESC LIMIT 1",
    )
    .bind(state.realm.as_str())
    .bind(kind.number())
    .bind(entity.as_str())
    .bind(signed(revision.0))
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Written {
        revision: Revision(unsigned(column(&row, 0)?)?),
        recorded_at: instant(column(&row, 6)?)?,
        event: event(&row)?,
    }))
}

async fn first_written(
    conn: &mut SqliteConnection,
    state: &State,
    kind: EntityKind,
    entity: &UserId,
) -> Result<Option<Instant>, Fault> {
    let row = sqlx::query(
        "SELECT c.recorded_at FROM event AS e \
         CROSS JOIN change AS c ON c.realm = e.realm AND c.revision = e.revision \
         WHERE e.realm = ? AND e.kind = ? AND e.entity = ? ORDER BY e.revision LIMIT 1",
    )
    .bind(state.realm.as_str())
    .bind(kind.number())
    .bind(entity.as_str())
    .fetch_optional(conn)
    .await?;
    row.map(|row| instant(column(&row, 0)?)).transpose()
}
