//! A part of a list of people: what it asks, of how many rows the actor is told, and what became of each.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_identity::UserId;
use bailiwick_proto::parse::{Collection, Mode, Write};
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::{Body, Effect, ImportedRow, RowOutcome, RowSight, State};
use bailiwick_store::{Questions, RequestId};
use prost::Message;
use sha2::{Digest, Sha256};

use super::matching::may_ask;
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
    let (body, request_id) = known_by(&request);
    let country = backend.phone_country(caller, &request.realm);
    let fresh = (0..request.rows.len()).map(|_| random::user_id()).collect::<Result<Vec<_>, _>>()?;
    let mut fresh = fresh.into_iter();
    let (realm, actor) = (request.realm.clone(), parse::actor(&request.actor)?);
    let (rows, is_dry_run) = (request.rows.len(), request.validate_only);
    let first = random::user_id()?;
    let next = move || fresh.next().unwrap_or_else(|| first.clone());
    let mut write = parse::import_users(request, request_id, next, country, None)?;
    let is_repeated = is_repeated(backend, caller, &realm, actor.as_ref(), &write, body).await?;
    let tally = match &actor {
        Some(actor) if !is_repeated => {
            Some(Tally::reserve(backend, caller, &realm, actor, rows, is_dry_run).await?)
        }
        Some(_) | None => None,
    };
    if let Body::ImportUsers(list) = &mut write.body {
        // Sent again it is answered from the log; should that have forgotten it just now, nothing is told.
        list.may_tell = tally.as_ref().map(|tally| tally.reserved).or(is_repeated.then_some(0));
        // What may not be looked at to its end is looked at anew when it comes again.
        if list.may_tell.is_some_and(|may_tell| (may_tell as usize) < rows) && !is_repeated {
            write.request_id = None;
        }
    }
    let outcome = backend.write(caller, write, body).await;
    if let (Some(tally), Some(actor)) = (tally, &actor) {
        tally.settle(backend, actor, outcome.as_ref().ok(), is_dry_run).await?;
    }
    let outcome = outcome?;
    tracing::info!(actor = actor.as_ref().map(UserId::as_str), rows, "a part of a list was imported");
    let imported = imported(&outcome);
    let counts = render::counts(&imported);
    let made = imported.iter().filter(|row| row.outcome == RowOutcome::Created);
    let new = made.filter_map(|row| row.user.as_ref()).collect();
    let desk = Desk { backend, caller, realm: &realm, actor: actor.as_ref(), outcome: &outcome, new };
    let rows = imported.into_iter().map(|row| desk.row(row)).collect::<Result<_, _>>()?;
    let Receipt { revision, token, mut effects } = outcome.receipt();
    // A dry run shows nobody whom only what it would add would show.
    if is_dry_run && actor.is_some() {
        effects.clear();
    }
    Ok(v1::ImportUsersResponse { rows, revision, token, effects, counts: Some(counts) })
}

/// Whether an actor's part was accepted before: it asks nothing new.
async fn is_repeated(
    backend: &Backend,
    caller: &Caller,
    realm: &str,
    actor: Option<&UserId>,
    write: &Write,
    body: [u8; 32],
) -> Result<bool, Fault> {
    let (Some(actor), Some(id), Mode::Commit) = (actor, write.request_id.clone(), write.mode) else {
        return Ok(false);
    };
    let state = backend.newest(caller, realm)?;
    caller.may_act(Some(actor))?;
    let request = RequestId { id, body };
    Ok(backend.store.remembers(&state.realm, &caller.id(), Some(actor), request).await?)
}

/// By what a part is known when it comes again, and under which name. The name is made of the list, the part, and what
/// its rows were read as: a list that is read otherwise is another command. Why it is sent is no part of it.
fn known_by(request: &v1::ImportUsersRequest) -> ([u8; 32], String) {
    let bare = v1::ImportUsersRequest { reason: String::new(), ..request.clone() };
    let body = digest("ImportUsers", &bare);
    if request.validate_only {
        return (body, String::new());
    }
    let mut hash = Sha256::new();
    for row in &request.rows {
        hash.update(row.encode_length_delimited_to_vec());
    }
    hash.update([u8::from(request.accept_namesakes)]);
    let (list, rows) = (hex(&request.file_digest), hex(&hash.finalize()));
    (body, format!("import:{list:.64}:{}:{rows:.32}", request.part))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(32).map(|byte| format!("{byte:02x}")).collect()
}

/// What became of the rows, in their order.
fn imported<'o>(outcome: &'o Outcome) -> Vec<&'o ImportedRow> {
    let row = |effect: &'o Effect| match effect {
        Effect::Imported(row) => Some(&**row),
        Effect::EndedExclusive { .. }
        | Effect::ReactivatedElsewhere { .. }
        | Effect::GrantReactivatedElsewhere { .. }
        | Effect::ReportingRoleCleared { .. }
        | Effect::Enabled { .. }
        | Effect::Suspended { .. }
        | Effect::RemainsFromAbove { .. }
        | Effect::CaseEnded { .. }
        | Effect::BelowMinimum { .. }
        | Effect::CredentialsRevoked { .. }
        | Effect::ActivationMailed { .. } => None,
    };
    outcome.effects().iter().filter_map(row).collect()
}

/// Of how many rows an actor may be told whether somebody is known. Counted before anything is looked at, so that
/// nobody is told of more by asking several times at once; what was not told is taken back.
struct Tally {
    state: Arc<State>,
    reserved: u32,
}

impl Tally {
    async fn reserve(
        backend: &Backend,
        caller: &Caller,
        realm: &str,
        actor: &UserId,
        rows: usize,
        is_dry_run: bool,
    ) -> Result<Self, Fault> {
        let reader =
            backend.reader(caller, backend.newest(caller, realm)?, &Collection::Users.name(actor))?;
        may_ask(&reader, actor)?;
        let state = reader.state;
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let most = u64::from(state.scheme.matching().per_hour);
        let asked = backend.store.count_questions(&state.realm, actor, Questions::Asked(rows)).await?;
        let over = u32::try_from(asked.saturating_sub(most)).unwrap_or(u32::MAX).min(rows);
        let tally = Self { state, reserved: rows - over };
        // A dry run tells of every row: it is answered whole, or not at all.
        if tally.reserved == 0 || (is_dry_run && over > 0) {
            tally.take_back(backend, actor, rows).await?;
            return Err(Fault::MatchLimit);
        }
        tally.take_back(backend, actor, over).await?;
        Ok(tally)
    }

    /// Takes back what was counted and not told. A part that was refused as a whole told of nobody.
    async fn settle(
        self,
        backend: &Backend,
        actor: &UserId,
        outcome: Option<&Outcome>,
        is_dry_run: bool,
    ) -> Result<(), Fault> {
        let told = match outcome {
            Some(_) if is_dry_run => self.reserved,
            Some(outcome) => {
                let told = imported(outcome).iter().filter(|row| row.tells()).count();
                u32::try_from(told).unwrap_or(u32::MAX)
            }
            None => 0,
        };
        self.take_back(backend, actor, self.reserved.saturating_sub(told)).await
    }

    async fn take_back(&self, backend: &Backend, actor: &UserId, questions: u32) -> Result<(), Fault> {
        if questions > 0 {
            let back = Questions::TakenBack(questions);
            backend.store.count_questions(&self.state.realm, actor, back).await?;
        }
        Ok(())
    }
}

/// For whom the reply is.
struct Desk<'s> {
    backend: &'s Backend,
    caller: &'s Caller,
    realm: &'s str,
    actor: Option<&'s UserId>,
    outcome: &'s Outcome,
    /// Whom the part makes.
    new: BTreeSet<&'s UserId>,
}

impl Desk<'_> {
    fn row(&self, row: &ImportedRow) -> Result<v1::ImportedRow, Fault> {
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
        let is_new = row.user.as_ref().is_some_and(|user| self.new.contains(user));
        let would_be = row.sight == RowSight::Beyond || is_new;
        if is_preview && would_be {
            shown.user.clear();
        }
        if let (Some(actor), Some(user)) = (self.actor, &row.user)
            && leaves_something
            && row.sight == RowSight::Beyond
        {
            let holder = Holder { realm: self.realm, caller: self.caller, actor };
            shown.handle = self.backend.handles.make(&holder, user, reader.now)?;
        }
        Ok(shown)
    }
}
