//! Revisions, the chain, replay and restart.

use std::sync::Arc;

use bailiwick_identity::RealmId;
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{Body, RealmStatus, Revision, State, UserChange};

use super::fixture::*;
use super::people::eventually;
use crate::{Store, SubmitError};

/// Revisions are 1, 2, 3 …, each later than the one before, and chain.
pub(crate) async fn revisions_are_dense(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    populate(&store).await;
    let head = store.head(&realm()).await.unwrap().unwrap();
    let changes = store.changes(&realm(), Revision(0), 10_000).await.unwrap();
    let numbers: Vec<u64> = changes.iter().map(|change| change.revision.0).collect();
    assert_eq!(numbers, (1..=head.0).collect::<Vec<_>>());
    assert!(changes.windows(2).all(|pair| pair[0].recorded_at < pair[1].recorded_at));
    for change in &changes {
        assert_eq!(store.hash_at(&realm(), change.revision).await.unwrap(), Some(change.hash));
    }
    assert_eq!(store.hash_at(&realm(), head.next()).await.unwrap(), None);
    assert_eq!(store.state("r").unwrap().hash, changes.last().unwrap().hash);
    assert_eq!(store.verify(&realm()).await, Ok(head));
    let page = store.changes(&realm(), Revision(3), 2).await.unwrap();
    assert_eq!(page.iter().map(|change| change.revision.0).collect::<Vec<_>>(), [4, 5]);
    store.close().await;
}

/// A change tells who, what and why.
pub(crate) async fn changes_say_who_and_why(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    populate(&store).await;
    let changes = store.changes(&realm(), Revision(0), 10_000).await.unwrap();
    assert_eq!(changes[0].command, "CreateRealm");
    assert_eq!(changes[0].actor, None);
    assert_eq!(changes[0].caller, "test");
    let disabled = changes.iter().find(|change| change.reason.is_some()).unwrap();
    assert_eq!(disabled.command, "ManageUser");
    assert_eq!(disabled.actor, Some(user("d")));
    assert_eq!(disabled.reason.as_deref(), Some("left in haste"));
    store.close().await;
}

/// A refusal takes no revision and disturbs nobody; a realm is created once; what is not there is said so.
pub(crate) async fn refusals_take_no_revision(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    assert!(matches!(submit(&store, create_user("a")).await, Err(SubmitError::UnknownRealm)));
    found(&store).await;
    let before = store.head(&realm()).await.unwrap();
    let bad = create_unit("z", "program", &["e"]);
    assert!(matches!(submit(&store, bad).await, Err(SubmitError::Refused(_))));
    assert!(matches!(submit(&store, create_realm()).await, Err(SubmitError::RealmExists)));
    assert_eq!(store.head(&realm()).await.unwrap(), before);
    let next = accepted(&store, create_user("a")).await;
    assert_eq!(Some(next.revision), before.map(Revision::next));
    assert_eq!(next.state.revision, next.revision);
    store.close().await;
}

/// A frozen realm takes no change but being thawed.
pub(crate) async fn frozen_realms_stand_still(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    accepted(&store, command(Body::SetStatus(RealmStatus::Frozen))).await;
    assert!(matches!(submit(&store, create_user("a")).await, Err(SubmitError::Refused(_))));
    store.close().await;
    let store = open(100).await;
    assert_eq!(store.state("r").unwrap().status, RealmStatus::Frozen);
    accepted(&store, command(Body::SetStatus(RealmStatus::Active))).await;
    accepted(&store, create_user("a")).await;
    store.close().await;
}

/// After a restart the state is the one that was, and the one that the log tells; nothing is lost or renumbered.
pub(crate) async fn restart_is_replay(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    populate(&store).await;
    accepted(&store, command(Body::PutScheme(scheme()))).await;
    let live = portrait(&store.state("r").unwrap());
    store.close().await;

    let store = open(100).await;
    assert_eq!(portrait(&store.state("r").unwrap()), live);
    let mut told = State::unborn(realm(), scheme());
    for change in store.changes(&realm(), Revision(0), 10_000).await.unwrap() {
        for event in &change.events {
            told.apply(event);
        }
        told.revision = change.revision;
        told.hash = change.hash;
        told.recorded_at = change.recorded_at;
    }
    assert_eq!(portrait(&told), live);
    assert_eq!(store.states().len(), 1);
    let epoch = store.epoch();
    store.close().await;
    assert_eq!(open(100).await.epoch(), epoch);
}

/// A command that is repeated under its id is answered as before, also after a restart; another body is refused.
pub(crate) async fn repeated_requests_are_answered(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    let once = store.submit(realm(), create_user("a"), request("q", 1)).await.unwrap();
    let again = store.submit(realm(), create_user("a"), request("q", 1)).await.unwrap();
    assert_eq!((again.revision, again.hash), (once.revision, once.hash));
    assert_eq!(format!("{:?}", again.events), format!("{:?}", once.events));
    let other = store.submit(realm(), create_user("b"), request("q", 2)).await;
    assert!(matches!(other, Err(SubmitError::RequestIdReused)));
    // Another caller's ids are its own.
    let mut elsewhere = create_user("b");
    elsewhere.caller = "another".to_owned();
    let theirs = store.submit(realm(), elsewhere, request("q", 2)).await.unwrap();
    assert_eq!(theirs.revision, once.revision.next());
    // Together: one is carried out, all are answered.
    let together = (0..10).map(|_| store.submit(realm(), create_user("c"), request("t", 3)));
    let answers = futures_util::future::join_all(together).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().revision == theirs.revision.next()));
    store.close().await;
    let store = open(100).await;
    let again = store.submit(realm(), create_user("a"), request("q", 1)).await.unwrap();
    assert_eq!((again.revision, again.hash), (once.revision, once.hash));
    let created = store.submit(realm(), create_realm(), request("realm", 0)).await;
    assert!(matches!(created, Err(SubmitError::RealmExists)));
    store.close().await;
}

/// A dry run says what would be, and writes nothing.
pub(crate) async fn previews_write_nothing(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    assert!(store.preview(&realm(), &create_realm()).await.is_ok());
    assert!(store.state("r").is_none());
    found(&store).await;
    let before = store.head(&realm()).await.unwrap();
    let decided = store.preview(&realm(), &create_user("a")).await.unwrap().decided;
    assert_eq!(decided.events.len(), 2);
    assert_eq!(store.head(&realm()).await.unwrap(), before);
    accepted(&store, create_user("a")).await;
    assert!(matches!(store.preview(&realm(), &create_user("a")).await, Err(SubmitError::Refused(_))));
    store.close().await;
}

/// Realms know nothing of each other, and `R` is not `r`.
pub(crate) async fn realms_are_apart(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    let other = RealmId::parse("R").unwrap();
    let committed = store.submit(other.clone(), create_realm(), None).await.unwrap();
    assert_eq!(committed.revision, Revision(1));
    assert!(store.changes(&other, Revision(0), 10).await.unwrap().len() == 1);
    assert!(store.state("R").unwrap().world.unit_ix("e").is_none());
    assert!(store.state("q").is_none());
    assert_eq!(store.head(&RealmId::parse("q").unwrap()).await.unwrap(), None);
    assert_eq!(store.verify(&other).await, Ok(Revision(1)));
    store.close().await;
    assert_eq!(open(100).await.states().len(), 2);
}

/// What the rules no longer have stays readable where it was written: in the list of changes, in the answer to a
/// repeated command, and after a restart.
pub(crate) async fn what_the_rules_dropped_stays_readable(open: impl AsyncFn(usize) -> Store) {
    let store = open(100).await;
    found(&store).await;
    accepted(&store, create_user("a")).await;
    let give = |role: Option<&str>| manage("a", vec![UserChange::SetReportingRole(role.map(str::to_owned))]);
    let given = store.submit(realm(), give(Some("by-site")), request("give", 1)).await.unwrap();
    accepted(&store, give(None)).await;
    let present = store.state("r").unwrap();
    let source = present.scheme.source();
    let (before, rest) = source.split_once("[reporting_roles.by-site]").unwrap();
    let (_, after) = rest.split_once("[reporting_roles.").unwrap();
    let next = Scheme::parse_after(&format!("{before}[reporting_roles.{after}"), &present.scheme).unwrap();
    assert_eq!(next.reporting_role_named("by-site"), None);
    accepted(&store, command(Body::PutScheme(Arc::new(next)))).await;
    store.close().await;
    let store = open(100).await;
    let changes = store.changes(&realm(), Revision(0), 10_000).await.unwrap();
    assert_eq!(changes.last().map(|change| change.command), Some("PutScheme"));
    let again = store.submit(realm(), give(Some("by-site")), request("give", 1)).await.unwrap();
    assert_eq!((again.revision, again.events.len()), (given.revision, given.events.len()));
    assert!(matches!(submit(&store, give(Some("by-site"))).await, Err(SubmitError::Refused(_))));
    store.close().await;
}

/// A store that reaches its database knows its states to be the newest.
pub(crate) async fn states_are_known_to_be_new(open: impl AsyncFn(usize) -> Store) {
    let (store, other) = (open(100).await, open(100).await);
    found(&other).await;
    let head = other.head(&realm()).await.unwrap();
    eventually(|| store.state("r").map(|state| state.revision) == head).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert!(store.staleness() < std::time::Duration::from_secs(1), "{:?}", store.staleness());
    store.close().await;
    other.close().await;
}
