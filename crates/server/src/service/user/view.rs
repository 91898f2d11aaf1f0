//! A user as a reader sees it.

use bailiwick_identity::UserId;
use bailiwick_membership::{Access, UnitIx, UserRef};
use bailiwick_policy::Verdict;
use bailiwick_proto::render::{self, UserView};
use bailiwick_proto::v1;
use bailiwick_realm::{Event, Person, State};
use bailiwick_store::{PastUser, UserRow};

use crate::backend::Backend;
use crate::fault::Fault;
use crate::past::Onlooker;
use crate::reader::{Reader, Sees};
use crate::writing::Outcome;

/// A user; nothing where the reader does not see it.
pub(in crate::service) fn user(reader: &Reader, row: &UserRow) -> Option<v1::User> {
    let world = &reader.state.world;
    let access = world.user(world.user_ix(row.user.as_str())?)?.access();
    holding(reader, row, &access)
}

/// A user as they were when a question was about them; nothing where the reader did not see them.
pub(in crate::service) fn once(onlooker: &Onlooker<'_>, row: &UserRow) -> Option<v1::User> {
    let State { world, scheme, .. } = &*onlooker.when.state;
    let access = world.user(world.user_ix(row.user.as_str())?)?.access();
    let today = onlooker.reader.state.world.user_ix(row.user.as_str())?;
    let sees = onlooker.sees(&row.user)?;
    let view = seen(&sees, row, &access, onlooker.reader.may_manage(today));
    Some(render::user(&view, world, scheme, onlooker, onlooker.when.now))
}

/// A user as a change left them, for an operator.
pub(super) fn left(reader: &Reader, past: &PastUser) -> Option<v1::User> {
    holding(reader, &past.row, &past.access)
}

/// A user who holds this.
fn holding(reader: &Reader, row: &UserRow, access: &Access) -> Option<v1::User> {
    let world = &reader.state.world;
    let ix = world.user_ix(row.user.as_str())?;
    let sees = reader.sees(ix)?;
    let view = seen(&sees, row, access, reader.may_manage(ix));
    Some(render::user(&view, world, &reader.state.scheme, reader, reader.now))
}

/// A user, as far as they are seen.
fn seen<'v>(sees: &'v Sees, row: &'v UserRow, access: &'v Access, management: Verdict) -> UserView<'v> {
    let (shown, others) = match sees {
        Sees::All => (None, 0),
        Sees::Some(seen) => (Some(&seen.assignments), seen.others),
    };
    let UserRow { user, person, created_at, updated_at } = row;
    let (created_at, updated_at) = (*created_at, *updated_at);
    UserView { user, access, person, created_at, updated_at, shown, others, management }
}

/// The user that a command left, or would leave, whatever has happened since: a repeated command gets the same answer.
/// What was written stays written where this cannot be read: then the reply has no user.
pub(super) async fn after(
    backend: &Backend,
    outcome: &Outcome,
    user: &UserId,
) -> Result<Option<v1::User>, Fault> {
    let reader = &outcome.reader;
    let world = &reader.state.world;
    let erased = world.user_ix(user.as_str()).filter(|&ix| world.user(ix).is_some_and(UserRef::is_erased));
    if erased.is_some_and(|ix| reader.sees(ix).is_none()) {
        // Who was erased since is nobody any more, whatever the command left.
        return Ok(None);
    }
    let at = outcome.revision.unwrap_or(reader.state.revision);
    let found = backend.store.user_at(&reader.state.realm, user, at).await;
    let past = match (found, outcome.revision) {
        (Ok(past), _) => past,
        (Err(_), Some(revision)) => {
            tracing::warn!(revision = revision.0, "what a command left cannot be read");
            return Ok(None);
        }
        (Err(error), None) => return Err(error.into()),
    };
    let mut past = match (past, made(outcome, user)) {
        (Some(past), _) => past,
        (None, Some(access)) => PastUser { row: unborn(reader, user), access },
        (None, None) => return Ok(None),
    };
    if outcome.revision.is_none() {
        outcome.events.iter().for_each(|event| take_in(&mut past, event));
    }
    // Seen with the reader's present rights, of what the user held then: what was hidden stays hidden.
    let then = reader.with_access(user, &past.access);
    Ok(holding(&then, &past.row, &past.access))
}

/// What the outcome lets a user hold.
fn made(outcome: &Outcome, user: &UserId) -> Option<Access> {
    let mut past = PastUser { row: unborn(&outcome.reader, user), access: Access::new(UnitIx(u32::MAX)) };
    outcome.events.iter().for_each(|event| take_in(&mut past, event));
    (past.access.home != UnitIx(u32::MAX)).then_some(past.access)
}

/// Somebody whom tables do not know yet.
fn unborn(reader: &Reader, user: &UserId) -> UserRow {
    let (user, now) = (user.clone(), reader.now);
    UserRow { user, person: Person::default(), created_at: now, updated_at: now }
}

/// Lets an event change a user.
fn take_in(past: &mut PastUser, event: &Event) {
    let PastUser { row, access } = past;
    match event {
        Event::Profile { user, profile } if *user == row.user => row.person.profile = profile.clone(),
        Event::Access { user, access: held, notes } if *user == row.user => {
            *access = held.clone();
            row.person.notes = notes.clone();
        }
        Event::Profile { .. }
        | Event::Access { .. }
        | Event::Realm { .. }
        | Event::Credentials { .. }
        | Event::Scheme(_)
        | Event::Unit(_)
        | Event::Caseload { .. }
        | Event::Placements { .. }
        | Event::Request(_)
        | Event::Review(_) => {}
    }
}
