//! Connections that read, to whichever database.

use std::time::Duration;

use sqlx::{PgPool, SqlitePool};

use crate::api::StoreError;
use crate::database::{Fault, timely};

/// Connections that read.
#[derive(Clone)]
pub(crate) enum Readers {
    /// To a file.
    Sqlite(SqlitePool),
    /// To a server.
    Postgres(PgPool),
}

/// How long a read may take. The server itself ends a statement at about the same time.
pub(crate) const READING: Duration = Duration::from_secs(20);
/// However long it takes, where each of its steps is bounded.
pub(crate) const BY_STEPS: Duration = Duration::MAX;
/// How long the database may take to say that it is there.
const PING: Duration = Duration::from_secs(5);
/// How long connections may take to say goodbye.
const PARTING: Duration = Duration::from_secs(1);

/// Takes a connection and reads with it: `reading!(readers, "doing what", conn => conn.head(realm).await)`. A connection
/// that did not answer in time is not used again.
macro_rules! reading {
    ($readers:expr, $doing:literal, $conn:ident => $read:expr) => {
        $crate::readers::reading!($readers, $doing, $crate::readers::READING, $conn => $read)
    };
    ($readers:expr, $doing:literal, $patience:expr, $conn:ident => $read:expr) => {{
        let read = async {
            match $readers {
                $crate::readers::Readers::Sqlite(pool) => {
                    let mut taken = pool.acquire().await?;
                    let $conn = &mut *taken;
                    let read = $crate::database::timely($patience, async { $read }).await;
                    if let Err($crate::database::Fault::Silent) = &read {
                        taken.close_on_drop();
                    }
                    read
                }
                $crate::readers::Readers::Postgres(pool) => {
                    let mut taken = pool.acquire().await?;
                    let $conn = &mut *taken;
                    let read = $crate::database::timely($patience, async { $read }).await;
                    if let Err($crate::database::Fault::Silent) = &read {
                        taken.close_on_drop();
                    }
                    read
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
        let asked = timely(PING, async {
            match self {
                Self::Sqlite(pool) => sqlx::query("SELECT format FROM meta").fetch_one(pool).await.map(drop),
                Self::Postgres(pool) => {
                    sqlx::query("SELECT format FROM meta").fetch_one(pool).await.map(drop)
                }
            }
            .map_err(Fault::from)
        });
        asked.await.map_err(|fault| fault.told("pinging"))
    }

    /// Closes them all. Whoever reads just now is not waited for for long.
    pub(crate) async fn close(&self) {
        let closing = async {
            match self {
                Self::Sqlite(pool) => pool.close().await,
                Self::Postgres(pool) => pool.close().await,
            }
        };
        drop(tokio::time::timeout(PARTING, closing).await);
    }
}
