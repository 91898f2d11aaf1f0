//! Files that are not what they should be are refused, with what to do; a log that was tampered with is found out.

use bailiwick_realm::Revision;
use tempfile::TempDir;

use super::{behind, open};
use crate::conformance::fixture::{create_user, found, populate, realm, submit};
use crate::{Location, OpenError, Store, StoreOptions, VerifyError};

async fn refusal(directory: &TempDir) -> OpenError {
    let location = Location::File(directory.path().join("test.db"));
    Store::open(StoreOptions { location, queue: 10 }).await.expect_err("the file is opened")
}

async fn with_realm() -> TempDir {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path(), 100).await;
    found(&store).await;
    populate(&store).await;
    store.close().await;
    directory
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("test.db"), "this is a letter to my aunt".repeat(300)).unwrap();
    let refused = refusal(&directory).await;
    assert!(matches!(&refused, OpenError::Damaged(text) if text.contains("restore a backup")), "{refused}");
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let directory = with_realm().await;
    let path = directory.path().join("test.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // The first page is left as it is: it looks like a database.
    for byte in bytes.iter_mut().skip(4_096).step_by(7) {
        *byte = byte.wrapping_add(101);
    }
    std::fs::write(&path, bytes).unwrap();
    let refused = refusal(&directory).await;
    assert!(matches!(&refused, OpenError::Damaged(text) if text.contains("restore a backup")), "{refused}");
}

#[tokio::test]
async fn a_truncated_file_is_refused() {
    let directory = with_realm().await;
    let path = directory.path().join("test.db");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(refusal(&directory).await, OpenError::Damaged(_)));
}

#[tokio::test]
async fn a_newer_version_is_refused() {
    let directory = with_realm().await;
    sqlx::query("UPDATE meta SET format = 99").execute(&mut behind(directory.path()).await).await.unwrap();
    let refused = refusal(&directory).await;
    assert!(matches!(&refused, OpenError::Newer(text) if text.contains("newer version")), "{refused}");

    let directory = with_realm().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (99, 'of tomorrow', TRUE, x'00', 1)",
    )
    .execute(&mut behind(directory.path()).await)
    .await
    .unwrap();
    assert!(matches!(refusal(&directory).await, OpenError::Newer(_)));
}

#[tokio::test]
async fn another_programs_file_is_refused() {
    let directory = TempDir::new().unwrap();
    drop(open(directory.path(), 10).await);
    let other = TempDir::new().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(other.path().join("test.db"))
        .create_if_missing(true);
    let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::query("CREATE TABLE recipes (name TEXT)").execute(&mut conn).await.unwrap();
    sqlx::Connection::close(conn).await.unwrap();
    let path = other.path().join("test.db");
    let before = std::fs::read(&path).unwrap();
    let refused = refusal(&other).await;
    assert_eq!(std::fs::read(&path).unwrap(), before, "it is left as it was");
    assert!(matches!(&refused, OpenError::Damaged(text) if text.contains("another program")), "{refused}");
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_refused() {
    let location = Location::File("/nowhere/at/all/test.db".into());
    let refused = Store::open(StoreOptions { location, queue: 10 }).await.err().unwrap();
    assert!(matches!(&refused, OpenError::Unreadable(text) if text.contains("directory")), "{refused}");
}

#[tokio::test]
async fn tampering_is_found_out() {
    let broken = async |statement: &'static str| {
        let directory = with_realm().await;
        sqlx::query(statement).execute(&mut behind(directory.path()).await).await.unwrap();
        let store = open(directory.path(), 10).await;
        let verified = store.verify(&realm()).await;
        store.close().await;
        match verified {
            Err(VerifyError::Broken { revision, .. }) => revision.0,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        broken("UPDATE change SET header = CAST(header || x'0801' AS BLOB) WHERE revision = 3").await,
        3
    );
    assert_eq!(broken("UPDATE change SET recorded_at = recorded_at + 1 WHERE revision = 4").await, 4);
    assert_eq!(broken("UPDATE change SET hash = zeroblob(32) WHERE revision = 5").await, 5);
    assert_eq!(broken("UPDATE event SET body = CAST(body || x'01' AS BLOB) WHERE revision = 6").await, 6);
    assert_eq!(broken("DELETE FROM event WHERE revision = 7 AND place = 0").await, 7);
    assert_eq!(broken("DELETE FROM change WHERE revision = 8").await, 8);
    assert_eq!(
        broken("UPDATE event SET salt = zeroblob(16) WHERE revision = 9 AND salt IS NOT NULL").await,
        9
    );
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_damage() {
    let directory = with_realm().await;
    // The user's access names a unit that is gone.
    let statement = "DELETE FROM entity WHERE kind = 3 AND entity = 'p1'";
    sqlx::query(statement).execute(&mut behind(directory.path()).await).await.unwrap();
    assert!(matches!(refusal(&directory).await, OpenError::Damaged(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_that_is_rewritten_under_a_running_server_is_loaded_anew() {
    let directory = with_realm().await;
    let (one, two) = (open(directory.path(), 100).await, open(directory.path(), 100).await);
    let (was, cut) = (two.state("r").unwrap().revision, Revision(3));
    // As if an older copy had been put in place: the log ends earlier.
    for statement in [
        "DELETE FROM event WHERE revision > 3",
        "DELETE FROM change WHERE revision > 3",
        "DELETE FROM entity WHERE revision > 3",
        "DELETE FROM used_username",
        "DELETE FROM profile",
        "UPDATE realm SET revision = 3, hash = (SELECT hash FROM change WHERE revision = 3), \
         recorded_at = (SELECT recorded_at FROM change WHERE revision = 3)",
    ] {
        sqlx::query(statement).execute(&mut behind(directory.path()).await).await.unwrap();
    }
    assert!(was > cut);
    for _ in 0..500 {
        if two.state("r").is_some_and(|state| state.revision == cut) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(two.state("r").unwrap().revision, cut);
    assert_eq!(submit(&one, create_user("a")).await.unwrap().revision, cut.next());
    assert_eq!(one.verify(&realm()).await, Ok(cut.next()));
    one.close().await;
    two.close().await;
}
