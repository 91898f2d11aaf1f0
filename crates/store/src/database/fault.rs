//! Why a database did not do what it was asked, and how long it is waited for.

use std::future::Future;
use std::time::Duration;

use crate::api::StoreError;
use crate::log::Damage;

/// Why a read or a write did not come to its end.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The database's own word.
    Database(sqlx::Error),
    /// What was read is not what was written.
    Damaged(Damage),
    /// It said nothing for too long. What it was asked may yet be done; the connection is not used again.
    Silent,
    /// It is not to be worked with as it is. Told when that began, and not each time.
    Unfit,
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match crate::sqlite::is_damage(&error) {
            true => Self::Damaged(Damage("the file is damaged")),
            false => Self::Database(error),
        }
    }
}

impl From<Damage> for Fault {
    fn from(damage: Damage) -> Self {
        Self::Damaged(damage)
    }
}

impl Fault {
    /// Tells the log; what callers get says nothing of the database.
    pub(crate) fn told(self, doing: &'static str) -> StoreError {
        match self {
            Self::Database(error) => {
                tracing::error!(error = %Told(&error), doing, "the database did not answer");
                StoreError::Unavailable
            }
            Self::Damaged(damage) => {
                tracing::error!(%damage, doing, "what is stored is damaged");
                StoreError::Damaged
            }
            Self::Silent => {
                tracing::error!(doing, "the database did not answer in time");
                StoreError::Unavailable
            }
            Self::Unfit => StoreError::Unavailable,
        }
    }
}

/// What is done with a connection, for so long at most: then it is [`Fault::Silent`], and the connection is in a state
/// that nobody knows.
pub(crate) async fn timely<T>(
    patience: Duration,
    doing: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    tokio::time::timeout(patience, doing).await.unwrap_or(Err(Fault::Silent))
}

/// An error of the database without its detail: that may quote a row, and people stand in rows.
pub(crate) struct Told<'e>(pub(crate) &'e sqlx::Error);

impl std::fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.as_database_error() {
            Some(error) => write!(f, "{} ({})", error.message(), error.code().unwrap_or_default()),
            None => self.0.fmt(f),
        }
    }
}
