//! SQLite passes the suite; and what only SQLite can get wrong.

mod damage;
mod personal;
mod start;

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::{Store, StoreOptions, conformance};

async fn open(directory: &Path, queue: usize) -> Store {
    Store::open(StoreOptions { path: Some(directory.join("test.db")), queue }).await.unwrap()
}

/// The file behind the store's back.
async fn behind(directory: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(directory.join("test.db")).foreign_keys(false);
    options.connect().await.unwrap()
}

macro_rules! suite {
    ($($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let directory = TempDir::new().unwrap();
                conformance::$name(async |queue| open(directory.path(), queue).await).await;
            }
        )*
    };
}

suite! {
    addresses_move_on
    cancelled_calls_lose_nothing
    changes_say_who_and_why
    closing_drains
    etags_move_on
    frozen_realms_stand_still
    groups_are_committed
    ids_are_compared_byte_by_byte
    keys_are_kept
    names_are_unique
    notes_stay_with_their_owners
    overload_is_answered_at_once
    previews_write_nothing
    realms_are_apart
    refusals_take_no_revision
    repeated_requests_are_answered
    restart_is_replay
    revisions_are_dense
    states_are_known_to_be_new
    two_managers_cannot_end_each_other
    two_processes_share_a_database
    users_are_listed
    what_is_known_comes_back
    what_the_rules_dropped_stays_readable
}
