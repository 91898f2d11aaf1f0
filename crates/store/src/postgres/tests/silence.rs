//! A database that says nothing: nobody waits for it for ever, nothing is answered that is not so, and all goes on when it
//! speaks again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::Server;
use super::proxy::{Moment, Proxy, Weather};
use crate::conformance::eventually;
use crate::conformance::fixture::{accepted, create_user, found, realm, submit, user};
use crate::surroundings::Surroundings;
use crate::{ApiKey, Location, PostgresUrl, Store, StoreError, StoreOptions, SubmitError};

/// How long the database may take in these tests.
const PATIENCE: Duration = Duration::from_millis(500);

/// A store that reaches its database by way of a proxy.
async fn behind_a_proxy(server: &Server) -> (Store, Proxy) {
    let proxy = Proxy::before(&server.url).await;
    let location = Location::Postgres(PostgresUrl::parse(&proxy.url(&server.url)).unwrap());
    let options = StoreOptions { location, queue: 100 };
    let surroundings = Surroundings { patience: PATIENCE, ..Surroundings::real() };
    (Store::open_in(options, surroundings).await.unwrap(), proxy)
}

/// A store that is closed in fair weather.
async fn close(store: Store, proxy: Proxy) {
    proxy.set(Weather::Fair);
    store.close().await;
}

async fn within<T>(bound: Duration, what: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(bound, what).await;
    done.unwrap_or_else(|_| panic!("that took longer than {bound:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_ever() {
    let Some(server) = Server::new() else { return };
    let (store, proxy) = behind_a_proxy(&server).await;
    found(&store).await;
    for round in 0..3 {
        proxy.set(Weather::Silent);
        let id = format!("u{round}");
        let written = within(Duration::from_secs(4), submit(&store, create_user(&id))).await;
        assert!(matches!(written, Err(SubmitError::Unavailable)), "{written:?}");
        assert!(!store.is_writable());
        let (realm, anybody) = (realm(), user("a"));
        let (counted, settings, read) = tokio::join!(
            within(Duration::from_secs(4), store.count_question(&realm, &anybody)),
            within(Duration::from_secs(4), store.writer_settings()),
            within(Duration::from_secs(8), store.namesakes(&realm, "x", None, 5)),
        );
        assert_eq!(counted, Err(StoreError::Unavailable));
        assert_eq!(settings, Err(StoreError::Unavailable));
        assert_eq!(read.err(), Some(StoreError::Unavailable));
        eventually(|| store.staleness() > Duration::from_secs(1)).await;
        proxy.set(Weather::Fair);
        eventually(|| store.staleness() < Duration::from_secs(1) && store.is_writable()).await;
        accepted(&store, create_user(&id)).await;
        assert!(store.users(&realm, &BTreeSet::from([user(&id)])).await.is_ok());
    }
    assert_eq!(store.verify(&realm()).await.ok(), store.head(&realm()).await.unwrap());
    close(store, proxy).await;
}

/// What was committed into silence is found in the log when the database speaks again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_nobody_heard_of_is_found() {
    let Some(server) = Server::new() else { return };
    let (store, proxy) = behind_a_proxy(&server).await;
    found(&store).await;
    proxy.fall_silent_at(Moment::Committed);
    let (written, ()) = tokio::join!(submit(&store, create_user("a")), async {
        proxy.silence().await;
        tokio::time::sleep(PATIENCE * 3).await;
        proxy.set(Weather::Fair);
    });
    let written = written.unwrap();
    assert_eq!(store.head(&realm()).await.unwrap(), Some(written.revision));
    assert_eq!(store.hash_at(&realm(), written.revision).await.unwrap(), Some(written.hash));
    close(store, proxy).await;
}

/// A commit that did not reach the database is answered as what it is: nothing was written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_never_arrived_is_not_there() {
    let Some(server) = Server::new() else { return };
    found(&server.open(10).await).await;
    // The text of a statement is sent when a connection says it for the first time.
    let (store, proxy) = behind_a_proxy(&server).await;
    let before = store.head(&realm()).await.unwrap();
    proxy.fall_silent_at(Moment::Sending("COMMIT"));
    let (written, ()) = tokio::join!(submit(&store, create_user("a")), async {
        proxy.silence().await;
        tokio::time::sleep(PATIENCE * 3).await;
        proxy.set(Weather::Fair);
    });
    assert!(matches!(written, Err(SubmitError::Unavailable)), "{written:?}");
    assert_eq!(store.head(&realm()).await.unwrap(), before);
    accepted(&store, create_user("a")).await;
    close(store, proxy).await;
}

fn key(id: &str, secret: u8) -> ApiKey {
    ApiKey {
        id: id.to_owned(),
        name: id.to_owned(),
        secret_hash: [secret; 32],
        permissions: vec!["check".to_owned()],
        realms: Vec::new(),
        created_at: (Surroundings::real().clock)(),
        revoked_at: None,
    }
}

/// A key that is written is told as written, though it cannot be read back just then; where nobody heard of the commit,
/// that is told; and one that is revoked opens nothing, whatever can be read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_told_as_they_were_written() {
    let Some(server) = Server::new() else { return };
    let (store, proxy) = behind_a_proxy(&server).await;
    for (secret, moment, told) in
        [(1, Moment::Acknowledged, Ok(())), (2, Moment::Committed, Err(StoreError::Unknown))]
    {
        let id = format!("k-{secret}");
        proxy.fall_silent_at(moment);
        assert_eq!(within(PATIENCE * 6, store.create_key(key(&id, secret))).await, told);
        proxy.set(Weather::Fair);
        eventually(|| store.key(&[secret; 32]).is_some()).await;
        proxy.fall_silent_at(moment);
        let revoked = store.revoke_key(&id, (Surroundings::real().clock)());
        assert_eq!(within(PATIENCE * 6, revoked).await, told.map(|()| true));
        assert!(store.key(&[secret; 32]).is_none());
        proxy.set(Weather::Fair);
        eventually(|| store.is_writable()).await;
    }
    proxy.set(Weather::Silent);
    let nothing = within(PATIENCE * 6, store.create_key(key("k-3", 3))).await;
    assert_eq!(nothing, Err(StoreError::Unavailable));
    close(store, proxy).await;
    let known = server.open(10).await.keys().await.unwrap();
    assert_eq!(known.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["k-1", "k-2"]);
    assert!(known.iter().all(|key| key.revoked_at.is_some()));
}

/// However silent the database is: the store closes, and whoever waits is told what is known.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_closes_whatever_the_database_does() {
    let Some(server) = Server::new() else { return };
    // As patient as any: closing does not depend on it.
    let proxy = Proxy::before(&server.url).await;
    let location = Location::Postgres(PostgresUrl::parse(&proxy.url(&server.url)).unwrap());
    let store = Store::open(StoreOptions { location, queue: 100 }).await.unwrap();
    found(&store).await;
    proxy.fall_silent_at(Moment::Committed);
    let (first, second) = (submit(&store, create_user("a")), async {
        proxy.silence().await;
        submit(&store, create_user("b")).await
    });
    let closing = async {
        proxy.silence().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let began = Instant::now();
        store.close().await;
        began.elapsed()
    };
    let (first, second, took) =
        within(Duration::from_secs(20), async { tokio::join!(first, second, closing) }).await;
    assert!(took < Duration::from_secs(9), "{took:?}");
    assert!(matches!(first, Err(SubmitError::Unknown)), "{first:?}");
    assert!(matches!(second, Err(SubmitError::Unavailable)), "{second:?}");
}
