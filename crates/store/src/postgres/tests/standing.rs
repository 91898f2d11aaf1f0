//! Whether a server will do, and whether what answers is what was opened.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bailiwick_identity::{Instant, UsernameKey};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::Server;
use crate::conformance::eventually;
use crate::conformance::fixture::{accepted, create_user, found, realm, submit, user};
use crate::database::{Database, Identity, Session};
use crate::heard::Heard;
use crate::machine::{Action, Outcome};
use crate::surroundings::Surroundings;
use crate::{Location, OpenError, PostgresUrl, Store, StoreOptions, SubmitError};

async fn run(server: &Server, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut server.behind().await).await.unwrap();
}

/// Makes the server say something else of itself: what is asked is looked for in the database's own schema first.
async fn lie(server: &Server, function: &str) {
    let name = server.url.split(['/', '?']).nth(3).unwrap();
    run(server, format!("ALTER DATABASE {name} SET search_path = public, pg_catalog")).await;
    run(server, format!("CREATE FUNCTION public.{function}")).await;
}

/// A server that says this of a setting, and the truth of all others.
fn says(setting: &str, value: &str) -> String {
    format!(
        "current_setting(text) RETURNS text LANGUAGE sql AS \
         'SELECT CASE $1 WHEN ''{setting}'' THEN ''{value}'' ELSE pg_catalog.current_setting($1) END'"
    )
}

const IN_RECOVERY: &str = "pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'";

async fn cut_off(server: &Server) {
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    run(server, others.to_owned()).await;
}

#[tokio::test]
async fn servers_that_will_not_do_are_refused() {
    for (lied, text) in [
        (says("server_version_num", "130009"), "older than version 14"),
        (says("server_encoding", "LATIN1"), "another encoding than UTF8"),
        (IN_RECOVERY.to_owned(), "a standby"),
    ] {
        let Some(server) = Server::new() else { return };
        lie(&server, &lied).await;
        let refused = server.try_open(10).await.err().unwrap();
        assert!(matches!(&refused, OpenError::Unreadable(told) if told.contains(text)), "{refused}");
        let tables = sqlx::query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
        let tables = tables.fetch_all(&mut server.behind().await).await.unwrap();
        assert!(tables.is_empty(), "it is left as it was");
    }
}

#[tokio::test]
async fn a_database_in_another_encoding_is_refused() {
    let Some(server) = Server::new() else { return };
    let name = server.url.split(['/', '?']).nth(3).unwrap();
    let made = format!(
        "CREATE DATABASE {name}ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
    );
    run(&server, made).await;
    let ascii = Server { url: server.url.replacen(name, &format!("{name}ascii"), 1) };
    let refused = ascii.try_open(10).await.err().unwrap();
    assert!(matches!(&refused, OpenError::Unreadable(text) if text.contains("ENCODING 'UTF8'")), "{refused}");
}

/// The tests' own server does not wait for the disk.
#[tokio::test]
async fn a_server_that_does_not_wait_for_the_disk_is_told_of() {
    let (heard, _guard) = Heard::listen();
    let Some(server) = Server::new() else { return };
    server.open(10).await.close().await;
    assert_eq!(heard.count("`fsync = off`"), 1);
    let Some(server) = Server::new() else { return };
    lie(&server, &says("fsync", "on")).await;
    server.open(10).await.close().await;
    assert_eq!(heard.count("`fsync = off`"), 1);
}

/// Where another database or a standby answers at the address, nothing is read or written, and the states grow old; when
/// the right one is back, all goes on.
#[tokio::test]
async fn what_was_not_opened_is_not_used() {
    let stands_by = format!("CREATE FUNCTION public.{IN_RECOVERY}");
    let another = "UPDATE meta SET epoch = '\\x00112233445566778899aabbccddeeff'".to_owned();
    let rekeyed = "UPDATE meta SET username_key = sha256('x')".to_owned();
    for (changed, told) in [
        (another, "another database stands"),
        (rekeyed, "another database stands"),
        (stands_by, "is a standby now"),
    ] {
        let (heard, _guard) = Heard::listen();
        let Some(server) = Server::new() else { return };
        let name = server.url.split(['/', '?']).nth(3).unwrap();
        run(&server, format!("ALTER DATABASE {name} SET search_path = public, pg_catalog")).await;
        let store = server.open(10).await;
        found(&store).await;
        let head = store.head(&realm()).await.unwrap();
        run(&server, "CREATE TABLE was AS SELECT epoch, username_key FROM meta".to_owned()).await;
        run(&server, changed).await;
        cut_off(&server).await;
        for _ in 0..3 {
            let written = submit(&store, create_user("a")).await;
            assert!(matches!(written, Err(SubmitError::Unavailable)), "{written:?}");
        }
        assert!(store.users(&realm(), &BTreeSet::from([user("a")])).await.is_err());
        eventually(|| store.staleness() > Duration::from_secs(1)).await;
        assert_eq!(heard.count(told), 1, "once, and not with every attempt");
        let restored = "UPDATE meta SET (epoch, username_key) = (SELECT epoch, username_key FROM was); \
             DROP TABLE was; DROP FUNCTION IF EXISTS public.pg_is_in_recovery()";
        run(&server, restored.to_owned()).await;
        eventually(|| store.staleness() < Duration::from_secs(1) && store.is_writable()).await;
        assert_eq!(heard.count("the one that was opened again"), 1);
        assert_eq!(store.head(&realm()).await.unwrap(), head, "nothing was written");
        accepted(&store, create_user("a")).await;
        store.close().await;
    }
}

/// By how much the clock of a test is late, in microseconds.
static LATE: AtomicI64 = AtomicI64::new(0);

fn late() -> Instant {
    let real = (Surroundings::real().clock)();
    Instant::from_micros(real.as_micros() - LATE.load(Ordering::Relaxed)).unwrap()
}

/// Clocks that go apart are told of once, and once when they agree again; meanwhile nothing is answered or written.
#[tokio::test]
async fn clocks_are_told_of_once() {
    let (heard, _guard) = Heard::listen();
    let Some(server) = Server::new() else { return };
    let location = Location::Postgres(PostgresUrl::parse(&server.url).unwrap());
    let surroundings = Surroundings { clock: late, ..Surroundings::real() };
    let store = Store::open_in(StoreOptions { location, queue: 10 }, surroundings).await.unwrap();
    found(&store).await;
    for round in 1..3 {
        LATE.store(3_000_000, Ordering::Relaxed);
        eventually(|| store.staleness() == Duration::MAX).await;
        assert!(submit(&store, create_user("a")).await.is_err());
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert!(!store.is_writable());
        assert_eq!(heard.count("more than two seconds apart"), round);
        LATE.store(0, Ordering::Relaxed);
        eventually(|| store.staleness() < Duration::from_secs(1) && store.is_writable()).await;
        assert_eq!(heard.count("agree again"), round);
    }
    store.close().await;
}

/// Whether the database can be written is not answered by one whose time is another.
#[tokio::test]
async fn the_probe_compares_clocks() {
    fn early() -> Instant {
        let real = (Surroundings::real().clock)();
        Instant::from_micros(real.as_micros() - 3_000_000).unwrap()
    }
    let Some(server) = Server::new() else { return };
    server.open(10).await.close().await;
    for (clock, done) in [(early as fn() -> Instant, false), (Surroundings::real().clock, true)] {
        let source = server.url.parse().unwrap();
        let mut conn = PgConnection::connect(&server.url).await.unwrap();
        let identity = conn.identity().await.unwrap().unwrap();
        let surroundings = Surroundings { clock, ..Surroundings::real() };
        let mut session = Session::new(source, conn, surroundings, identity);
        assert_eq!(matches!(session.perform(Action::Probe).await, Outcome::Done), done);
        session.close().await;
    }
}

/// What was opened is told by epoch and keys, by each of them.
#[tokio::test]
async fn a_database_is_known_by_all_that_it_says() {
    let Some(server) = Server::new() else { return };
    server.open(10).await.close().await;
    let one = server.behind().await.identity().await.unwrap().unwrap();
    assert!(one != Identity { epoch: [0; 16], ..one });
    assert!(one != Identity { page_key: [0; 32], ..one });
    assert!(one != Identity { username_key: UsernameKey([0; 32]), ..one });
}
