//! Connections that read, to whichever database.

use sqlx::{PgPool, SqlitePool};

use crate::api::StoreError;
use crate::database::Fault;

/// Connections that read.
#[derive(Clone)]
pub(crate) enum Readers {
    /// To a file.
    Sqlite(SqlitePool),
    /// To a server.
    Postgres(PgPool),
}

/// Takes a connection and reads with it: `reading!(readers, "doing what", conn => conn.head(realm).await)`.
macro_rules! reading {
    ($readers:expr, $doing:literal, $conn:ident => $read:expr) => {{
        let read = async {
            match $readers {
                $crate::readers::Readers::Sqlite(pool) => {
                    let mut taken = pool.acquire().await?;
                    let $conn = &mut *taken;
                    $read
                }
                $crate::readers::Readers::Postgres(pool) => {
                    let mut taken = pool.acquire().await?;
                    let $conn = &mut *taken;
                    $read
                }
            }
        };
        let read: Result<_, $crate::database::Fault> = read.await;
        read.map_err(|fault| fault.told($doing))
    }};
}

pub(crate) use reading;

impl Readers {
    /// Asks the database for anything at all.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        let asked = match self {
            Self::Sqlite(pool) => sqlx::query("SELECT format FROM meta").fetch_one(pool).await.map(drop),
            Self::Postgres(pool) => sqlx::query("SELECT format FROM meta").fetch_one(pool).await.map(drop),
        };
        asked.map_err(|error| Fault::from(error).told("pinging"))
    }

    /// Closes them all.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
