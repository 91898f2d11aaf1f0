//! Locks, settings and connections that break.

use std::time::Duration;

use bailiwick_identity::{Instant, RealmId};

use super::Server;
use crate::conformance::eventually;
use crate::conformance::fixture::{accepted, create_realm, create_user, found, realm, submit};
use crate::surroundings::Surroundings;
use crate::{Location, PostgresUrl, Store, StoreOptions, SubmitError};

#[tokio::test]
async fn the_writing_connection_is_set_as_it_must_be() {
    let Some(server) = Server::new() else { return };
    let name = server.url.split(['/', '?']).nth(3).unwrap();
    let statement = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut server.behind().await).await.unwrap();
    let store = server.open(10).await;
    let settings = store.writer_settings().await.unwrap();
    assert_eq!(settings["synchronous_commit"], "on", "whatever the server's habit");
    assert_eq!(settings["lock_timeout"], "5s");
    assert!(store.ping().await.is_ok());
    store.close().await;
}

/// Where the clocks lie apart, nothing is answered as if it were now, and nothing is written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_that_differ_are_no_answer() {
    fn early() -> Instant {
        let real = (Surroundings::real().clock)();
        Instant::from_micros(real.as_micros() - 3_000_000).unwrap()
    }
    let Some(server) = Server::new() else { return };
    found(&server.open(10).await).await;
    let location = Location::Postgres(PostgresUrl::parse(&server.url).unwrap());
    let options = StoreOptions { location, queue: 10 };
    let store = Store::open_in(options, Surroundings { clock: early, ..Surroundings::real() }).await.unwrap();
    assert!(matches!(submit(&store, create_user("a")).await, Err(SubmitError::Unavailable)));
    eventually(|| store.staleness() == Duration::MAX).await;
    store.close().await;
}

/// Two processes make one realm at once: one does, the other is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_realm_is_made_once() {
    let Some(server) = Server::new() else { return };
    let (one, two) = (server.open(10).await, server.open(10).await);
    for round in 0..20 {
        let id = RealmId::parse(&format!("r{round}")).unwrap();
        let (first, second) = tokio::join!(
            one.submit(id.clone(), create_realm(), None),
            two.submit(id.clone(), create_realm(), None)
        );
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let refused = first.err().or(second.err());
        assert!(matches!(refused, Some(SubmitError::RealmExists)), "{refused:?}");
    }
    one.close().await;
    two.close().await;
}

/// A realm that another process keeps locked cannot be written; others can; and it can be again afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_realm_is_unavailable_and_comes_back() {
    let Some(server) = Server::new() else { return };
    let store = server.open(10).await;
    found(&store).await;
    let mut behind = server.behind().await;
    sqlx::raw_sql("BEGIN; SELECT 1 FROM realm WHERE realm = 'r' FOR UPDATE")
        .execute(&mut behind)
        .await
        .unwrap();
    assert!(matches!(submit(&store, create_user("a")).await, Err(SubmitError::Unavailable)));
    store.submit(RealmId::parse("other").unwrap(), create_realm(), None).await.unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut behind).await.unwrap();
    accepted(&store, create_user("a")).await;
    store.close().await;
}

/// Connections that the server ends are made anew; what was acknowledged is there, and nothing twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_break_are_made_anew() {
    let Some(server) = Server::new() else { return };
    let store = server.open(1_000).await;
    found(&store).await;
    let mut behind = server.behind().await;
    let (mut done, mut failed) = (0, 0);
    for round in 0..10 {
        let together = (0..20).map(|n| submit(&store, create_user(&format!("u{round}x{n}"))));
        let cut = async {
            tokio::time::sleep(Duration::from_millis(round)).await;
            let statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()";
            sqlx::raw_sql(statement).execute(&mut behind).await.unwrap();
        };
        let (answers, ()) = tokio::join!(futures_util::future::join_all(together), cut);
        for answer in answers {
            match answer {
                Ok(_) => done += 1,
                Err(SubmitError::Unavailable) => failed += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert!(done > 0, "{done} done, {failed} failed");
    let head = store.head(&realm()).await.unwrap();
    assert_eq!(head.map(|head| head.0), Some(6 + done));
    assert_eq!(store.state("r").unwrap().world.user_count() as u64, done);
    assert_eq!(store.verify(&realm()).await.ok(), head);
    store.close().await;
}
