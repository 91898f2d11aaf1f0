//! The newest state of a realm, from the current tables: one ordered read per kind of entity.
//!
//! Entities are read in the order in which they came into being, so that they get the numbers that they have in a
//! process that followed the log. What names something that comes later (a parent, a user who disabled another) is
//! made known without it first and read again at the end.

use bailiwick_identity::RealmId;
use bailiwick_membership::Access;
use bailiwick_realm::{Revision, State};
use futures_util::TryStreamExt;
use sqlx::SqliteConnection;

use super::{Fault, chain_hash, column, instant, unsigned};
use crate::codec::{self, Names};
use crate::log::{Damage, EntityKind, StoredEvent};

/// Reads a realm; none where there is no such realm.
pub(super) async fn load(conn: &mut SqliteConnection, realm: &RealmId) -> Result<Option<State>, Fault> {
    let head = sqlx::query("SELECT revision, hash, recorded_at FROM realm WHERE realm = ?")
        .bind(realm.as_str())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(head) = head else { return Ok(None) };
    let mut state = rules(conn, realm).await?;
    for stored in small(conn, realm, EntityKind::Realm).await? {
        let event = codec::decode(&stored, &Names::of(&state))?;
        state.apply(&event);
    }
    units(conn, &mut state).await?;
    each(conn, &mut state, EntityKind::Placements).await?;
    each(conn, &mut state, EntityKind::Access).await?;
    each(conn, &mut state, EntityKind::Caseload).await?;
    state.revision = Revision(unsigned(column(&head, 0)?)?);
    state.hash = chain_hash(column(&head, 1)?)?;
    state.recorded_at = instant(column(&head, 2)?)?;
    Ok(Some(state))
}

/// An empty state under the newest rules, compiled after all before them: names that are gone are known still.
async fn rules(conn: &mut SqliteConnection, realm: &RealmId) -> Result<State, Fault> {
    let rows = sqlx::query("SELECT body FROM event WHERE realm = ? AND kind = ? ORDER BY revision, place")
        .bind(realm.as_str())
        .bind(EntityKind::Scheme.number())
        .fetch_all(conn)
        .await?;
    let mut scheme = None;
    for row in &rows {
        let source = codec::scheme_source(column(row, 0)?)?;
        scheme = Some(codec::compile(&source, scheme.as_deref())?);
    }
    Ok(State::unborn(realm.clone(), scheme.ok_or(Damage("a realm has no scheme"))?))
}

const IN_ORDER: &str = "SELECT entity, body FROM entity WHERE realm = ? AND kind = ? ORDER BY id";

async fn small(
    conn: &mut SqliteConnection,
    realm: &RealmId,
    kind: EntityKind,
) -> Result<Vec<StoredEvent>, Fault> {
    let rows = sqlx::query(IN_ORDER).bind(realm.as_str()).bind(kind.number()).fetch_all(conn).await?;
    rows.iter()
        .map(|row| Ok(StoredEvent { kind, entity: column(row, 0)?, body: column(row, 1)?, personal: None }))
        .collect()
}

async fn units(conn: &mut SqliteConnection, state: &mut State) -> Result<(), Fault> {
    let mut again = Vec::new();
    for stored in small(conn, &state.realm.clone(), EntityKind::Unit).await? {
        let (unit, incomplete) = codec::unit_stub(&stored.body, &Names::of(state))?;
        state.world.put_unit(unit);
        if incomplete {
            again.push(stored);
        }
    }
    for stored in again {
        let event = codec::decode(&stored, &Names::of(state))?;
        state.apply(&event);
    }
    Ok(())
}

async fn each(conn: &mut SqliteConnection, state: &mut State, kind: EntityKind) -> Result<(), Fault> {
    let mut again = Vec::new();
    let realm = state.realm.clone();
    let mut rows = sqlx::query(IN_ORDER).bind(realm.as_str()).bind(kind.number()).fetch(conn);
    while let Some(row) = rows.try_next().await? {
        let stored = StoredEvent { kind, entity: column(&row, 0)?, body: column(&row, 1)?, personal: None };
        match codec::decode(&stored, &Names::of(state)) {
            Ok(event) => state.apply(&event),
            Err(_) if kind == EntityKind::Access => {
                let (user, home) = codec::access_stub(&stored.body)?;
                let home = Names::of(state).unit(&home)?;
                state.world.put_access(&user, Access::new(home));
                again.push(stored);
            }
            Err(damage) => return Err(damage.into()),
        }
    }
    for stored in again {
        let event = codec::decode(&stored, &Names::of(state))?;
        state.apply(&event);
    }
    Ok(())
}
