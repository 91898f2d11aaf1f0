//! Settings, migrations, and how long a start takes.

use std::time::Instant;

use bailiwick_realm::{Body, LoadItem, ManageUser};
use tempfile::TempDir;

use super::open;
use crate::conformance::fixture::{accepted, assign, command, create_user, found, submit, user};
use crate::{Location, Store, StoreOptions};

#[tokio::test]
async fn the_writing_connection_is_set_as_it_must_be() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path(), 100).await;
    found(&store).await;
    let settings = store.writer_settings().await.unwrap();
    assert_eq!(settings["journal_mode"], "wal");
    assert_eq!(settings["synchronous"], "2", "FULL");
    assert_eq!(settings["foreign_keys"], "1");
    assert_eq!(settings["busy_timeout"], "5000");
    assert!(store.ping().await.is_ok());
    store.close().await;
    // Everything is in the one file.
    let wal = directory.path().join("test.db-wal");
    assert!(std::fs::metadata(wal).map_or(0, |wal| wal.len()) == 0);
}

#[tokio::test]
async fn a_store_without_a_file_is_gone_at_its_end() {
    let store = Store::open(StoreOptions { location: Location::Temporary, queue: 10 }).await.unwrap();
    found(&store).await;
    assert_eq!(store.states().len(), 1);
    store.close().await;
    drop(store);
    let store = Store::open(StoreOptions { location: Location::Temporary, queue: 10 }).await.unwrap();
    assert!(store.states().is_empty());
}

#[test]
fn every_migration_is_listed() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite");
    let files = std::fs::read_dir(directory).unwrap().count();
    assert_eq!(super::super::open::migrations().iter().count(), files);
}

/// Prints how many commands a second are written, and how many rows a second a start reads. Run by hand:
/// `cargo test --release -p bailiwick-store -- --ignored --nocapture start_and_write`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn start_and_write_are_measured() {
    const USERS: usize = 20_000;
    let directory = TempDir::new().unwrap();
    let store = open(directory.path(), 10_000).await;
    found(&store).await;
    let began = Instant::now();
    for block in 0..USERS / 500 {
        let ids: Vec<String> = (block * 500..(block + 1) * 500).map(|n| format!("u{n}")).collect();
        let item = |id: &String| {
            let mut changes = Vec::new();
            for made in [create_user(id), assign(id, "s1", "staff", Some(&["p1"]))] {
                if let Body::ManageUser(manage) = made.body {
                    changes.extend(manage.changes);
                }
            }
            LoadItem::User(ManageUser { user: user(id), etag: None, handles: Vec::new(), changes })
        };
        accepted(&store, command(Body::Load(ids.iter().map(item).collect()))).await;
    }
    let loading = began.elapsed().as_secs_f64();
    println!("load: {:.0} users/s in commands of 500", USERS as f64 / loading);
    let began = Instant::now();
    for round in 0..10 {
        let together = (0..500).map(|n| submit(&store, create_user(&format!("w{round}x{n}"))));
        assert!(futures_util::future::join_all(together).await.iter().all(Result::is_ok));
    }
    println!("write: {:.0} commands/s, 500 waiting", 5_000.0 / began.elapsed().as_secs_f64());
    let began = Instant::now();
    for n in 0..500 {
        accepted(&store, create_user(&format!("s{n}"))).await;
    }
    println!("write: {:.0} commands/s, one after the other", 500.0 / began.elapsed().as_secs_f64());
    store.close().await;
    let began = Instant::now();
    let store = open(directory.path(), 100).await;
    let took = began.elapsed().as_secs_f64();
    println!("start: {took:.2} s, {:.0} users/s", USERS as f64 / took);
    let began = Instant::now();
    let head = store.verify(&crate::conformance::fixture::realm()).await.unwrap();
    println!("verify: {:.2} s for {} revisions", began.elapsed().as_secs_f64(), head.0);
    store.close().await;
}
