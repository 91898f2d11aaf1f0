//! SQLite: one file, one connection that writes, a few that read.
//!
//! The only place that knows SQL. What is written follows from `log`; when, from `machine`.

mod facts;
mod json;
mod keys;
mod load;
mod log;
mod open;
mod past;
mod session;
mod users;
mod write;

pub(crate) use facts::read_facts;
pub(crate) use keys::{KeyWrite, read_keys};
pub(crate) use log::{hash_at, head, read_log};
pub(crate) use open::{Identity, Opened, open};
pub(crate) use past::user_at;
pub(crate) use session::Session;
pub(crate) use users::{find_user, list_users, some_users};

use bailiwick_identity::{Instant, RealmId, UserId};
use bailiwick_realm::ChainHash;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

use crate::api::StoreError;
use crate::log::Damage;

/// Why a read or a write did not come to its end.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The database's own word.
    Database(sqlx::Error),
    /// What was read is not what was written.
    Damaged(Damage),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match open::code(&error) {
            Some(open::CORRUPT | open::NOT_A_DATABASE) => Self::Damaged(Damage("the file is damaged")),
            Some(_) | None => Self::Database(error),
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
                tracing::error!(%error, doing, "the database did not answer");
                StoreError::Unavailable
            }
            Self::Damaged(damage) => {
                tracing::error!(%damage, doing, "what is stored is damaged");
                StoreError::Damaged
            }
        }
    }
}

/// A column by its place.
fn column<'r, T>(row: &'r SqliteRow, place: usize) -> Result<T, Fault>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
{
    row.try_get(place).map_err(|_| Fault::Damaged(Damage("a column does not hold what it should")))
}

fn unsigned(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::Damaged(Damage("a number is negative")))
}

/// A revision or another count as SQLite keeps it.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn instant(micros: i64) -> Result<Instant, Fault> {
    Instant::from_micros(micros).ok_or(Fault::Damaged(Damage("an instant lies outside the years 1 to 9999")))
}

fn bytes<const N: usize>(blob: &[u8]) -> Result<[u8; N], Fault> {
    blob.try_into().map_err(|_| Fault::Damaged(Damage("a value has not the length it should have")))
}

fn chain_hash(blob: &[u8]) -> Result<ChainHash, Fault> {
    bytes(blob).map(ChainHash)
}

fn realm_id(text: &str) -> Result<RealmId, Fault> {
    RealmId::parse(text).map_err(|_| Fault::Damaged(Damage("a realm's id is none")))
}

fn user_id(text: &str) -> Result<UserId, Fault> {
    UserId::parse(text).map_err(|_| Fault::Damaged(Damage("a user's id is none")))
}

#[cfg(test)]
mod tests;
