//! SQLite passes the suite; and what only SQLite can get wrong.

mod before;
mod damage;
mod personal;
mod plans;
mod start;

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::{Location, Store, StoreOptions, conformance};

async fn open(directory: &Path, queue: usize) -> Store {
    let location = Location::File(directory.join("test.db"));
    Store::open(StoreOptions { location, queue }).await.unwrap()
}

/// A file of a test's own.
struct File(TempDir);

impl File {
    async fn open(&self, queue: usize) -> Store {
        open(self.0.path(), queue).await
    }
}

/// The file behind the store's back.
async fn behind(directory: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(directory.join("test.db")).foreign_keys(false);
    options.connect().await.unwrap()
}

conformance::suite!(TempDir::new().ok().map(File));
