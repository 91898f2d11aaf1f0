//! The follower's step: a stored change onto the state before it.

use bailiwick_identity::RealmId;
use bailiwick_membership::Access;
use bailiwick_realm::{Event, Revision, State};

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
    for stored in &change.events {
        let event = read(&mut next, stored)?;
        next.apply(&event);
    }
    next.revision = revision;
    next.hash = change.hash;
    next.recorded_at = recorded_at;
    Ok(next)
}

/// Reads an event onto a state. A new user is made known first: their access may name themselves.
fn read(state: &mut State, stored: &StoredEvent) -> Result<Event, Damage> {
    if stored.kind == EntityKind::Access && state.world.user_ix(&stored.entity).is_none() {
        let (user, home) = codec::access_stub(&stored.body)?;
        let home = Names::of(state).unit(&home)?;
        state.world.put_access(&user, Access::new(home));
    }
    codec::decode(stored, &Names::of(state))
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
