//! What is due without anybody doing anything: requests that expire, or take effect at their instant; reviews that end.
//!
//! Any server may try, any number of times: what is due is judged under the realm's lock, and happens once. A server that
//! starts does what is overdue.

use std::collections::BTreeSet;
use std::time::Duration;

use bailiwick_identity::{RequestId, ReviewId, UserId};
use bailiwick_policy::Reason;
use bailiwick_realm::{
    Actor, Body, Command, ReadRequest, RealmStatus, RequestCommand, ReviewCommand, ReviewOutcome,
};
use bailiwick_store::{Due, DueOf, Store, StoreError, SubmitError, content_digest};

use crate::clock;
use crate::sealing::Sealer;

/// How often it is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// After so many failures in a row it is said.
const MANY: u32 = 20;
/// So many are read at once.
const PORTION: usize = 100;
/// What the log names as the program that called.
const CALLER: &str = "due";

/// Does what is due, for as long as it is polled.
pub(crate) async fn follow(store: Store, sealer: Sealer) {
    let mut failures: u32 = 0;
    loop {
        match all(&store, &sealer).await {
            Ok(()) => failures = 0,
            Err(error) => {
                failures = failures.saturating_add(1);
                // Said once: a database that is away is told of elsewhere, again and again.
                if failures == MANY {
                    tracing::warn!(%error, "what is due cannot be done");
                }
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Does everything that is due by now, once.
pub(crate) async fn all(store: &Store, sealer: &Sealer) -> Result<(), StoreError> {
    let now = clock::now();
    let mut last: Option<Due> = None;
    loop {
        let due = store.due(now, last.as_ref(), PORTION).await?;
        let is_last = due.len() < PORTION;
        for one in &due {
            match act(store, sealer, one).await {
                // What one of them is like keeps no other waiting.
                Err(StoreError::Damaged) => {
                    tracing::error!(realm = %one.realm, "something that is due is damaged");
                }
                Err(error) => {
                    tracing::debug!(realm = %one.realm, %error, "what is due cannot be read yet");
                }
                Ok(()) => {}
            }
        }
        if is_last {
            return Ok(());
        }
        last = due.into_iter().last();
    }
}

async fn act(store: &Store, sealer: &Sealer, due: &Due) -> Result<(), StoreError> {
    // In a realm that is frozen nothing happens, and nothing else waits for it.
    let active = store.state(due.realm.as_str()).filter(|state| state.status == RealmStatus::Active);
    let Some(state) = active else { return Ok(()) };
    let body = match &due.of {
        DueOf::Request(request) => request_due(store, due, request).await?,
        DueOf::Review(review) => review_due(store, due, review).await?,
    };
    let Some(body) = body else { return Ok(()) };
    let Ok(spares) = sealer.spares(&state, &body) else {
        tracing::debug!(realm = %due.realm, "no secret can be made yet");
        return Ok(());
    };
    let command = Command {
        actor: Actor::Operator,
        caller: CALLER.to_owned(),
        reason: None,
        may_remove_last_manager: false,
        expects: None,
        spares,
        body,
    };
    match store.submit(due.realm.clone(), command, None).await {
        Ok(_) => tracing::info!(realm = %due.realm, "what was due is done"),
        // Another server was faster, or somebody did something else with it.
        Err(SubmitError::Refused(refusal)) if is_settled(refusal.reason) => {}
        Err(SubmitError::Refused(refusal)) => {
            tracing::warn!(realm = %due.realm, reason = refusal.reason.code(), "what is due is refused");
        }
        Err(error) => tracing::debug!(realm = %due.realm, %error, "what is due cannot be done yet"),
    }
    Ok(())
}

/// What is due to a request, as it was read.
async fn request_due(store: &Store, due: &Due, id: &RequestId) -> Result<Option<Body>, StoreError> {
    let Some(request) = store.request(&due.realm, id).await? else { return Ok(None) };
    let digest = content_digest(&request.content)?;
    let read = ReadRequest { id: request.id, content: request.content, digest, expects: None };
    Ok(Some(Body::Request(Box::new(RequestCommand::Due(read)))))
}

/// The end of a review, with those whose items are open.
async fn review_due(store: &Store, due: &Due, id: &ReviewId) -> Result<Option<Body>, StoreError> {
    let read = store.reviews(&due.realm, &BTreeSet::from([id.clone()])).await?;
    let Some(review) = read.and_then(|read| read.reviews.into_iter().next()) else { return Ok(None) };
    let open = review.items.iter().filter(|item| item.outcome == ReviewOutcome::Open);
    let users: BTreeSet<UserId> = open.map(|item| item.of.user.clone()).collect();
    let what = ReviewCommand::Due { id: id.clone(), users: users.into_iter().collect() };
    Ok(Some(Body::Review(Box::new(what))))
}

fn is_settled(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NotDue
            | Reason::UnknownRequest
            | Reason::UnknownReview
            | Reason::ReviewClosed
            | Reason::EtagMismatch
            | Reason::RealmFrozen
    )
}
