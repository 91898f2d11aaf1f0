//! The newest state of a realm, from the current tables: one ordered read per kind of entity.
//!
//! Entities are read in the order in which they came into being, so that they get the numbers that they have in a
//! process that followed the log. What names something that comes later (a parent, a user who disabled another) is
//! made known without it first and read again at the end.

use std::time::Duration;

use bailiwick_identity::RealmId;
use bailiwick_membership::Access;
use bailiwick_realm::State;

use super::{Database, Fault, timely};
use crate::codec::{self, Names};
use crate::log::{Damage, EntityKind, StoredEvent};

/// So many entities are read at a time.
const PORTION: usize = 4_096;

/// Reads a realm, each portion within the patience given; none where there is no such realm.
pub(super) async fn load(
    conn: &mut impl Database,
    realm: &RealmId,
    patience: Duration,
) -> Result<Option<State>, Fault> {
    let Some(head) = timely(patience, conn.head(realm)).await? else { return Ok(None) };
    let schemes = timely(patience, conn.schemes(realm, head.revision)).await?;
    let mut state = rules(&schemes, realm)?;
    for kind in [
        EntityKind::Realm,
        EntityKind::Unit,
        EntityKind::Placements,
        EntityKind::Access,
        EntityKind::Caseload,
    ] {
        each(conn, &mut state, kind, patience).await?;
    }
    state.revision = head.revision;
    state.hash = head.hash;
    state.recorded_at = head.recorded_at;
    Ok(Some(state))
}

/// An empty state under the newest rules, compiled after all before them: names that are gone are known still.
fn rules(schemes: &[Vec<u8>], realm: &RealmId) -> Result<State, Fault> {
    let mut scheme = None;
    for body in schemes {
        let source = codec::scheme_source(body)?;
        scheme = Some(codec::compile(&source, scheme.as_deref())?);
    }
    Ok(State::unborn(realm.clone(), scheme.ok_or(Damage("a realm has no scheme"))?))
}

async fn each(
    conn: &mut impl Database,
    state: &mut State,
    kind: EntityKind,
    patience: Duration,
) -> Result<(), Fault> {
    let realm = state.realm.clone();
    let (mut again, mut newest) = (Vec::new(), 0);
    loop {
        let portion = timely(patience, conn.entities(&realm, kind, newest, PORTION)).await?;
        let Some((last, _)) = portion.last() else { break };
        newest = *last;
        for (_, stored) in portion {
            if !take(state, &stored)? {
                again.push(stored);
            }
        }
    }
    for stored in again {
        let event = codec::decode(&stored, &Names::of(state))?;
        state.apply(&event);
    }
    Ok(())
}

/// Takes an entity in; says whether all of it. What it names may come later.
fn take(state: &mut State, stored: &StoredEvent) -> Result<bool, Fault> {
    if stored.kind == EntityKind::Unit {
        let (unit, incomplete) = codec::unit_stub(&stored.body, &Names::of(state))?;
        state.world.put_unit(unit);
        return Ok(!incomplete);
    }
    match codec::decode(stored, &Names::of(state)) {
        Ok(event) => state.apply(&event),
        Err(_) if stored.kind == EntityKind::Access => {
            let (user, home) = codec::access_stub(&stored.body)?;
            let home = Names::of(state).unit(&home)?;
            state.world.put_access(&user, Access::new(home));
            return Ok(false);
        }
        Err(damage) => return Err(damage.into()),
    }
    Ok(true)
}
