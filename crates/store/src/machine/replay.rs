//! The follower's step: a stored change onto the state before it.

use bailiwick_identity::RealmId;
use bailiwick_membership::Access;
use bailiwick_realm::{Revision, State};

use crate::codec::{self, Header, Names};
use crate::log::{Damage, EntityKind, StoredChange, StoredEvent, chain};

/// The state after a change. Its revision is the next one, its hash chains to the state's own.
pub(crate) fn follow(state: &State, change: &StoredChange) -> Result<State, Damage> {
    if change.revision != state.revision.next() {
        return Err(Damage("a revision is missing from the log"));
    }
    if chain::hash(state.hash, &change.header, &change.events) != change.hash {
        return Err(Damage("a change does not chain to the one before it"));
    }
    let (revision, recorded_at, count) = Header::outline(&change.header)?;
    if revision != change.revision || recorded_at != change.recorded_at || count != change.events.len() {
        return Err(Damage("a change is not what its header says"));
    }
    let mut next = state.clone();
    let about_realm = |stored: &&StoredEvent| matches!(stored.kind, EntityKind::Realm | EntityKind::Scheme);
    for stored in change.events.iter().filter(about_realm) {
        take(&mut next, stored)?;
    }
    introduce(&mut next, &change.events)?;
    for stored in change.events.iter().filter(|stored| !about_realm(stored)) {
        take(&mut next, stored)?;
    }
    next.revision = revision;
    next.hash = change.hash;
    next.recorded_at = recorded_at;
    Ok(next)
}

fn take(state: &mut State, stored: &StoredEvent) -> Result<(), Damage> {
    let event = codec::decode(stored, &Names::of(state))?;
    state.apply(&event);
    Ok(())
}

/// Makes known what a change brings into being, in its order: an event may name what a later one brings.
fn introduce(state: &mut State, events: &[StoredEvent]) -> Result<(), Damage> {
    for stored in events {
        if stored.kind == EntityKind::Unit && state.world.unit_ix(&stored.entity).is_none() {
            let (unit, _) = codec::unit_stub(&stored.body, &Names::of(state))?;
            state.world.put_unit(unit);
        }
        if stored.kind == EntityKind::Placements && state.world.customer_ix(&stored.entity).is_none() {
            let customer = codec::customer_id(&stored.entity)?;
            state.world.put_placements(&customer, Vec::new());
        }
    }
    for stored in events {
        if stored.kind == EntityKind::Access && state.world.user_ix(&stored.entity).is_none() {
            let (user, home) = codec::access_stub(&stored.body)?;
            let home = Names::of(state).unit(&home)?;
            state.world.put_access(&user, Access::new(home));
        }
    }
    Ok(())
}

/// The state after a realm's first change.
pub(crate) fn born(realm: &RealmId, change: &StoredChange) -> Result<State, Damage> {
    let rules = change.events.iter().find(|event| event.kind == EntityKind::Scheme);
    let rules = rules.ok_or(Damage("a realm came into being without a scheme"))?;
    let scheme = codec::compile(&codec::scheme_source(&rules.body)?, None)?;
    follow(&State::unborn(realm.clone(), scheme), change)
}

/// The state after consecutive changes, onto the one before them.
pub(crate) fn follow_all(
    realm: &RealmId,
    state: Option<&State>,
    changes: &[StoredChange],
) -> Result<Option<State>, Damage> {
    let mut newest: Option<State> = None;
    for change in changes {
        let next = match newest.as_ref().or(state) {
            Some(before) => follow(before, change)?,
            None if change.revision == Revision(1) => born(realm, change)?,
            None => return Err(Damage("the log does not begin with revision 1")),
        };
        newest = Some(next);
    }
    Ok(newest)
}
