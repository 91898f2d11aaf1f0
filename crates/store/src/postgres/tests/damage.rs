//! Databases that are not what they should be are refused, with what to do; what is told keeps passwords to itself.

use bailiwick_realm::Revision;

use super::Server;
use crate::conformance::fixture::{found, populate, realm};
use crate::{Location, OpenError, PostgresUrl, Store, StoreOptions, VerifyError};

#[tokio::test]
async fn another_programs_database_is_refused() {
    let Some(server) = Server::new() else { return };
    let mut behind = server.behind().await;
    sqlx::query("CREATE TABLE recipes (name TEXT)").execute(&mut behind).await.unwrap();
    let refused = server.try_open(10).await.err().unwrap();
    assert!(matches!(&refused, OpenError::Damaged(text) if text.contains("another program")), "{refused}");
    let tables = sqlx::query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
    assert_eq!(tables.fetch_all(&mut behind).await.unwrap().len(), 1, "it is left as it was");
}

#[tokio::test]
async fn a_newer_version_is_refused() {
    let Some(server) = Server::new() else { return };
    server.open(10).await.close().await;
    sqlx::query("UPDATE meta SET format = 99").execute(&mut server.behind().await).await.unwrap();
    let refused = server.try_open(10).await.err().unwrap();
    assert!(matches!(&refused, OpenError::Newer(text) if text.contains("newer version")), "{refused}");
}

#[tokio::test]
async fn what_cannot_be_reached_is_said_without_the_address() {
    for url in [
        "postgres://scott:tiger@127.0.0.1:1/bailiwick?sslmode=disable",
        "postgres://scott:tiger@[::bad/bailiwick",
        "postgres://scott:tiger@127.0.0.1:70000/bailiwick",
    ] {
        let location = Location::Postgres(PostgresUrl::parse(url).unwrap());
        let options = StoreOptions { location, queue: 10 };
        assert!(!format!("{options:?}").contains("tiger"));
        let refused = Store::open(options).await.err().unwrap();
        assert!(matches!(&refused, OpenError::Unreadable(text) if !text.contains("tiger")), "{refused}");
    }
    assert_eq!(PostgresUrl::parse("mysql://localhost/x"), None);
}

#[tokio::test]
async fn tampering_is_found_out() {
    for (statement, revision) in [
        (r"UPDATE change SET header = header || '\x0801' WHERE revision = 3", 3),
        ("UPDATE change SET recorded_at = recorded_at + 1 WHERE revision = 4", 4),
        (r"UPDATE event SET body = body || '\x01' WHERE revision = 6", 6),
        ("DELETE FROM event WHERE revision = 7 AND place = 0", 7),
        ("DELETE FROM event WHERE revision = 8; DELETE FROM change WHERE revision = 8", 8),
        (
            r"UPDATE event SET salt = '\x00112233445566778899aabbccddeeff' WHERE revision = 9 AND salt IS NOT NULL",
            9,
        ),
    ] {
        let Some(server) = Server::new() else { return };
        let store = server.open(100).await;
        found(&store).await;
        populate(&store).await;
        sqlx::raw_sql(statement).execute(&mut server.behind().await).await.unwrap();
        let verified = store.verify(&realm()).await;
        assert!(
            matches!(verified, Err(VerifyError::Broken { revision: at, .. }) if at == Revision(revision)),
            "{statement}: {verified:?}"
        );
        store.close().await;
    }
}
