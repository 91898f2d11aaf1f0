//! What is personal stands apart, and the chain holds without it.

use bailiwick_identity::Field;
use bailiwick_realm::Revision;
use sqlx::Row;
use tempfile::TempDir;

use super::{behind, open};
use crate::UserKey;
use crate::conformance::fixture::{accepted, found, populate, realm, set_field, user};

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

#[tokio::test]
async fn an_erased_person_leaves_a_chain_that_verifies() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path(), 100).await;
    found(&store).await;
    populate(&store).await;
    let head = store.head(&realm()).await.unwrap().unwrap();
    store.close().await;
    let mut conn = behind(directory.path()).await;
    for statement in [
        "UPDATE event SET salt = NULL, personal = NULL WHERE entity = 'a'",
        "UPDATE entity SET personal = NULL WHERE entity = 'a'",
        "UPDATE change SET salt = NULL, personal = NULL",
    ] {
        sqlx::query(statement).execute(&mut conn).await.unwrap();
    }
    let store = open(directory.path(), 100).await;
    assert_eq!(store.verify(&realm()).await, Ok(head));
    let row = store.user(&realm(), &UserKey::Id(user("a"))).await.unwrap().unwrap();
    assert_eq!(row.person.profile, bailiwick_identity::Profile::default());
    let changes = store.changes(&realm(), Revision(0), 10_000).await.unwrap();
    assert!(changes.iter().all(|change| change.reason.is_none()));
    assert!(store.state("r").unwrap().world.user_ix("a").is_some());
    store.close().await;
}
