//! A user as a reader sees it.

use bailiwick_identity::UserId;
use bailiwick_proto::render::{self, UserView};
use bailiwick_proto::v1;
use bailiwick_realm::{Event, Person};
use bailiwick_store::{UserKey, UserRow};

use crate::backend::Backend;
use crate::fault::Fault;
use crate::reader::{Reader, Sees};
use crate::writing::Outcome;

/// A user; nothing where the reader does not see it.
pub(super) fn user(reader: &Reader, row: &UserRow) -> Option<v1::User> {
    let world = &reader.state.world;
    let ix = world.user_ix(row.user.as_str())?;
    let sees = reader.sees(ix)?;
    let access = world.user(ix)?.access();
    let (shown, others) = match &sees {
        Sees::All => (None, 0),
        Sees::Some(seen) => (Some(&seen.assignments), seen.others),
    };
    let UserRow { user, person, created_at, updated_at } = row;
    let view = UserView {
        user,
        access: &access,
        person,
        created_at: *created_at,
        updated_at: *updated_at,
        shown,
        others,
    };
    Some(render::user(&view, world, &reader.state.scheme, reader, reader.now))
}

/// The user that a command left, or would leave.
pub(super) async fn after(
    backend: &Backend,
    outcome: &Outcome,
    user_id: &UserId,
) -> Result<Option<v1::User>, Fault> {
    let reader = &outcome.reader;
    let kept = backend.store.user(&reader.state.realm, &UserKey::Id(user_id.clone())).await?;
    let mut row = kept.unwrap_or_else(|| UserRow {
        user: user_id.clone(),
        person: Person::default(),
        created_at: reader.now,
        updated_at: reader.now,
    });
    for event in &outcome.events {
        match event {
            Event::Profile { user, profile } if user == user_id => row.person.profile = profile.clone(),
            Event::Access { user, access: _, notes } if user == user_id => row.person.notes = notes.clone(),
            Event::Profile { .. }
            | Event::Access { .. }
            | Event::Realm { .. }
            | Event::Scheme(_)
            | Event::Unit(_)
            | Event::Caseload { .. }
            | Event::Placements { .. } => {}
        }
    }
    Ok(user(reader, &row))
}
