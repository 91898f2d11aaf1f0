//! PostgreSQL passes the suite; and what only PostgreSQL can get wrong.

mod before;
mod damage;
mod locks;
mod proxy;
mod silence;
mod standing;

use bailiwick_cluster::Cluster;
use sqlx::{Connection, PgConnection};

use crate::{Location, OpenError, PostgresUrl, Store, StoreOptions, conformance};

/// A database of a test's own.
struct Server {
    url: String,
}

impl Server {
    fn new() -> Option<Self> {
        Some(Self { url: Cluster::shared()?.database() })
    }

    async fn try_open(&self, queue: usize) -> Result<Store, OpenError> {
        let location = Location::Postgres(PostgresUrl::parse(&self.url).unwrap());
        Store::open(StoreOptions { location, queue }).await
    }

    async fn open(&self, queue: usize) -> Store {
        self.try_open(queue).await.unwrap()
    }

    /// The database behind the store's back.
    async fn behind(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }
}

conformance::suite!(Server::new());

#[test]
fn migrations_are_the_same_for_both_databases() {
    let names = |dialect: &str| {
        let directory = format!("{}/../../migrations/{dialect}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(directory).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("postgres"), names("sqlite"));
    assert_eq!(super::open::migrations().iter().count(), names("postgres").len());
}
