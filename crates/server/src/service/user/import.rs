//! A part of a list of people: what it asks, of how many rows the actor is told, and what became of each.

use std::collections::BTreeSet;

use bailiwick_identity::UserId;
use bailiwick_proto::parse::{Collection, Write};
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::{Body, Effect, ImportedRow, RowOutcome, RowSight};
use hmac::{Hmac, KeyInit, Mac};
use prost::Message;
use sha2::Sha256;
use tracing::Instrument;

use super::matching::may_ask;
use super::tally::Tally;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::handle::Holder;
use crate::random;
use crate::writing::{Outcome, Receipt, digest};

pub(super) async fn import_users(
    backend: &Backend,
    caller: &Caller,
    request: v1::ImportUsersRequest,
) -> Result<v1::ImportUsersResponse, Fault> {
    let (body, request_id) = known_by(&request, &backend.store.page_key())?;
    let country = backend.phone_country(caller, &request.realm);
    let fresh = (0..request.rows.len()).map(|_| random::user_id()).collect::<Result<_, _>>()?;
    let (realm, actor) = (request.realm.clone(), parse::actor(&request.actor)?);
    let rows = request.rows.len();
    let write = parse::import_users(request, request_id, fresh, country)?;
    let is_dry_run = write.mode.is_dry_run();
    let is_repeated = backend.is_repeated(caller, &write, body).await?;
    // A list that is only judged keeps no place in the writer's queue: it has one among those who take long.
    let place = if is_dry_run { Some(backend.place_to_look().await?) } else { None };
    let part = Part {
        backend: backend.clone(),
        caller: caller.clone(),
        realm: realm.clone(),
        actor: actor.clone(),
        rows,
        is_repeated,
    };
    // Carried to its end, though nobody waits for it any more: what is set aside before rows are looked at is settled
    // after, once, and by what was really told.
    let carried_out = async move {
        let _place = place;
        part.carry_out(write, body).await
    };
    let outcome = tokio::spawn(carried_out.in_current_span()).await;
    let outcome = outcome.map_err(|_| Fault::Internal("a part of a list did not end"))??;
    tracing::info!(actor = actor.as_ref().map(UserId::as_str), rows, "a part of a list was imported");
    let told = if is_repeated { Told::Before } else { Told::Now };
    answer(Reply { backend, caller, realm: &realm, actor: actor.as_ref(), outcome: &outcome, told })
}

/// When an actor is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Now, and it was counted.
    Now,
    /// As before, from the log: it was counted then, and proves nothing of today.
    Before,
}

/// A part of a list, and for whom it is carried out.
struct Part {
    backend: Backend,
    caller: Caller,
    realm: String,
    actor: Option<UserId>,
    rows: usize,
    is_repeated: bool,
}

impl Part {
    async fn carry_out(&self, mut write: Write, body: [u8; 32]) -> Result<Outcome, Fault> {
        let is_dry_run = write.mode.is_dry_run();
        let tally = match &self.actor {
            Some(actor) if !self.is_repeated => Some(self.set_aside(actor, is_dry_run).await?),
            Some(_) | None => None,
        };
        let mut unreadable = 0;
        if let Body::ImportUsers(list) = &mut write.body {
            // What cannot be read tells of nobody.
            unreadable = list.rows.iter().filter(|row| row.person.is_err()).count();
            // Sent again it is answered from the log; should that have forgotten it just now, nothing is told.
            list.may_tell = tally.as_ref().map(Tally::may_tell).or(self.is_repeated.then_some(0));
        }
        let outcome = self.backend.write(&self.caller, write, body).await;
        if let Some(tally) = tally {
            tally.settle(&self.backend, &outcome, unreadable).await;
        }
        outcome
    }

    async fn set_aside(&self, actor: &UserId, is_dry_run: bool) -> Result<Tally, Fault> {
        let state = self.backend.newest(&self.caller, &self.realm)?;
        let reader = self.backend.reader(&self.caller, state, &Collection::Users.name(actor))?;
        may_ask(&reader, actor)?;
        // A dry run tells of every row: it is answered whole, or not at all.
        let least = if is_dry_run { self.rows } else { 1 };
        Tally::set_aside(&self.backend, &reader.state, actor, self.rows, least).await
    }
}

fn answer(reply: Reply<'_>) -> Result<v1::ImportUsersResponse, Fault> {
    let imported = imported(reply.outcome);
    let counts = render::counts(&imported);
    let made = imported.iter().filter(|row| row.outcome == RowOutcome::Created);
    let new: BTreeSet<&UserId> = made.filter_map(|row| row.user.as_ref()).collect();
    let rows = imported.iter().map(|row| reply.row(row, &new)).collect::<Result<_, _>>()?;
    let is_dry_run = reply.outcome.revision.is_none();
    let Receipt { revision, token, mut effects, .. } = reply.outcome.receipt();
    // A dry run shows nobody whom only what it would add would show.
    if is_dry_run && reply.actor.is_some() {
        effects.clear();
    }
    Ok(v1::ImportUsersResponse { rows, revision, token, effects, counts: Some(counts) })
}

/// By what a part is known when it comes again, and under which name. The name is made of the list, the part, and what
/// its rows were read as: a list that is read otherwise is another command. Why it is sent is no part of it. Nobody finds
/// by it what stood in a row of somebody who was erased: it is made with a key of the database.
fn known_by(request: &v1::ImportUsersRequest, key: &[u8; 32]) -> Result<([u8; 32], String), Fault> {
    let bare = v1::ImportUsersRequest { reason: String::new(), ..request.clone() };
    let body = digest("ImportUsers", &bare);
    if request.validate_only {
        return Ok((body, String::new()));
    }
    let mac = Hmac::<Sha256>::new_from_slice(key);
    let mut mac = mac.map_err(|_| Fault::Internal("a part of a list cannot be named"))?;
    mac.update(b"a part of a list of people");
    mac.update(&request.part.to_be_bytes());
    mac.update(&[u8::from(request.accept_namesakes) | u8::from(request.give_again) << 1]);
    mac.update(&(request.file_digest.len() as u64).to_be_bytes());
    mac.update(&request.file_digest);
    for row in &request.rows {
        mac.update(&row.encode_length_delimited_to_vec());
    }
    let name = mac.finalize().into_bytes();
    Ok((body, format!("import:{}:{}", request.part, hex(&name))))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What became of the rows, in their order.
pub(super) fn imported(outcome: &Outcome) -> Vec<&ImportedRow> {
    outcome.effects().iter().filter_map(Effect::imported).collect()
}

/// For whom the reply is.
struct Reply<'s> {
    backend: &'s Backend,
    caller: &'s Caller,
    realm: &'s str,
    actor: Option<&'s UserId>,
    outcome: &'s Outcome,
    told: Told,
}

impl Reply<'_> {
    /// A row, where the part makes these.
    fn row(&self, row: &ImportedRow, new: &BTreeSet<&UserId>) -> Result<v1::ImportedRow, Fault> {
        let reader = &self.outcome.reader;
        let mut shown = render::imported_row(row, reader);
        let leaves_something = match row.outcome {
            RowOutcome::NeedsDecision(_) | RowOutcome::Refused(_) => true,
            RowOutcome::Created
            | RowOutcome::Added
            | RowOutcome::Updated
            | RowOutcome::Unchanged
            | RowOutcome::NotLookedAt => false,
        };
        let is_preview = self.outcome.revision.is_none();
        // A dry run makes nobody, and shows nobody whom only what it would add would show.
        let is_new = row.user.as_ref().is_some_and(|user| new.contains(user));
        let would_be = row.sight == RowSight::Beyond || is_new;
        // Of who was erased since the part was carried out, nothing is told.
        let is_erased = row.user.as_ref().is_some_and(|user| self.is_erased(user));
        if is_erased || (is_preview && would_be) {
            shown.user.clear();
        }
        if let (Some(actor), Some(user)) = (self.actor, &row.user)
            && leaves_something
            && row.sight == RowSight::Beyond
            && self.told == Told::Now
        {
            let holder = Holder { realm: self.realm, caller: self.caller, actor };
            shown.handle = self.backend.handles.make(&holder, user, reader.now)?;
        }
        Ok(shown)
    }

    fn is_erased(&self, user: &UserId) -> bool {
        let world = &self.outcome.reader.state.world;
        world.user_ix(user.as_str()).and_then(|ix| world.user(ix)).is_some_and(|user| user.is_erased())
    }
}
