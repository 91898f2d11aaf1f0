//! What is personal stands apart, and the chain holds without it.

use bailiwick_identity::Field;
use bailiwick_realm::Body;
use sqlx::Row;
use tempfile::TempDir;

use super::{behind, open};
use crate::conformance::eventually;
use crate::conformance::fixture::{accepted, command, found, populate, set_field, user};

#[tokio::test]
async fn nothing_personal_stands_in_what_is_hashed() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path(), 100).await;
    found(&store).await;
    populate(&store).await;
    accepted(&store, set_field("a", Field::LastName, "Featherstonehaugh")).await;
    store.close().await;
    let mut conn = behind(directory.path()).await;
    let rows = sqlx::query("SELECT header FROM change UNION ALL SELECT body FROM event").fetch_all(&mut conn);
    for row in rows.await.unwrap() {
        let text = String::from_utf8_lossy(row.get::<&[u8], _>(0)).to_string();
        for secret in ["Featherstonehaugh", "McGoo", "@example.org", "left in haste"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let salts = sqlx::query(
        "SELECT salt FROM event WHERE salt IS NOT NULL UNION ALL SELECT salt FROM change WHERE salt IS NOT NULL",
    );
    let mut salts: Vec<Vec<u8>> =
        salts.fetch_all(&mut conn).await.unwrap().iter().map(|row| row.get(0)).collect();
    let all = salts.len();
    salts.sort();
    salts.dedup();
    assert_eq!(salts.len(), all, "salts are never used twice");
}

/// Every byte that the store has on the disk.
fn on_the_disk(directory: &TempDir) -> Vec<u8> {
    let files = std::fs::read_dir(directory.path()).unwrap();
    files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}

#[tokio::test]
async fn nothing_of_an_erased_person_stays_on_the_disk() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path(), 100).await;
    found(&store).await;
    populate(&store).await;
    accepted(&store, set_field("a", Field::LastName, "Featherstonehaugh")).await;
    accepted(&store, set_field("a", Field::WorkPhone, "+13125550147")).await;
    accepted(&store, set_field("d", Field::LastName, "Cholmondeley")).await;
    let before = on_the_disk(&directory);
    let canaries = ["Featherstonehaugh", "+13125550147", "a@example.org"];
    assert!(canaries.iter().all(|canary| holds(&before, canary)), "they were there");
    accepted(&store, command(Body::EraseUser(user("a")))).await;
    // While the store is open, too: also not in what SQLite keeps beside the file.
    for bytes in [on_the_disk(&directory), {
        store.close().await;
        on_the_disk(&directory)
    }] {
        for canary in canaries {
            assert!(!holds(&bytes, canary), "{canary} is on the disk");
        }
        assert!(holds(&bytes, "Cholmondeley"), "others stay");
    }
}

/// Where somebody was reading when a person was erased, the next process to open the file removes what is left.
#[tokio::test]
async fn what_could_not_be_tidied_up_is_tidied_up_after_a_restart() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path(), 100).await;
    found(&store).await;
    populate(&store).await;
    accepted(&store, set_field("a", Field::LastName, "Featherstonehaugh")).await;
    let mut reader = behind(directory.path()).await;
    let looking = sqlx::raw_sql("BEGIN; SELECT count(*) FROM change");
    looking.execute(&mut reader).await.unwrap();
    accepted(&store, command(Body::EraseUser(user("a")))).await;
    store.close().await;
    assert!(holds(&on_the_disk(&directory), "Featherstonehaugh"), "the reader still sees it");
    sqlx::raw_sql("ROLLBACK").execute(&mut reader).await.unwrap();
    let store = open(directory.path(), 100).await;
    eventually(|| !holds(&on_the_disk(&directory), "Featherstonehaugh")).await;
    store.close().await;
}
