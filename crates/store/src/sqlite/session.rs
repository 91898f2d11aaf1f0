//! The connection that writes, and what the machine asks of it.

use bailiwick_identity::{Instant, RealmId};
use bailiwick_realm::State;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use super::{Fault, KeyWrite, column, facts, keys, load, log, write};
use crate::api::{ApiKey, WriterSettings};
use crate::machine::{Action, Outcome};

/// What is open on the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    None,
    Open,
}

/// The one connection that writes. It is made anew after every error: what state an error leaves a connection in is
/// not worth knowing.
pub(crate) struct Session {
    options: SqliteConnectOptions,
    conn: Option<SqliteConnection>,
    clock: fn() -> Instant,
    transaction: Transaction,
    /// SQLite's `data_version` when the heads were last read: it moves when another connection commits.
    data_version: Option<i64>,
    keys_at: i64,
    new_keys: Option<Vec<ApiKey>>,
}

impl Session {
    pub(crate) fn new(options: SqliteConnectOptions, conn: SqliteConnection, clock: fn() -> Instant) -> Self {
        Self {
            options,
            conn: Some(conn),
            clock,
            transaction: Transaction::None,
            data_version: None,
            keys_at: -1,
            new_keys: None,
        }
    }

    /// Does what the machine asks.
    pub(crate) async fn perform(&mut self, action: Action) -> Outcome {
        let doing = doing(&action);
        let writing = matches!(action, Action::Write(_));
        match self.attempt(action).await {
            Ok(outcome) => outcome,
            Err((fault, stage)) => {
                self.break_off().await;
                if let (Fault::Damaged(damage), false) = (&fault, writing) {
                    return Outcome::Damaged(*damage);
                }
                fault.told(doing);
                match stage {
                    Stage::Before => Outcome::Failed,
                    Stage::Committing => Outcome::Unknown,
                }
            }
        }
    }

    async fn attempt(&mut self, action: Action) -> Result<Outcome, (Fault, Stage)> {
        let before = |fault: Fault| (fault, Stage::Before);
        match action {
            Action::Write(batch) => {
                let conn = self.conn().await.map_err(before)?;
                write::write(conn, &batch).await.map_err(before)?;
                sqlx::query("COMMIT").execute(conn).await.map_err(|e| (e.into(), Stage::Committing))?;
                self.transaction = Transaction::None;
                Ok(Outcome::Committed)
            }
            Action::Lock(realm) => self.lock(&realm).await.map_err(before),
            Action::ReadLog { realm, after, limit } => {
                let conn = self.conn().await.map_err(before)?;
                log::read_log(conn, &realm, after, limit).await.map(Outcome::Log).map_err(before)
            }
            Action::Load(realm) => {
                let state = self.load(&realm).await.map_err(before)?;
                Ok(Outcome::Loaded(state.map(Box::new)))
            }
            Action::ReadFacts { realm, wanted, requests, now } => {
                let conn = self.conn().await.map_err(before)?;
                let rows = facts::read_facts(conn, &realm, &wanted, &requests, now).await;
                rows.map(Outcome::Facts).map_err(before)
            }
            Action::Rollback => self.roll_back().await.map_err(before),
            Action::ReadHeads => self.read_heads().await.map_err(before),
            Action::Probe => {
                self.begin().await.map_err(before)?;
                self.roll_back().await.map_err(before)
            }
        }
    }

    /// The connection, made anew where the last one was broken off.
    async fn conn(&mut self) -> Result<&mut SqliteConnection, Fault> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => {
                self.data_version = None;
                self.options.clone().create_if_missing(false).connect().await?
            }
        };
        Ok(self.conn.insert(conn))
    }

    async fn begin(&mut self) -> Result<(), Fault> {
        sqlx::query("BEGIN IMMEDIATE").execute(self.conn().await?).await?;
        self.transaction = Transaction::Open;
        Ok(())
    }

    async fn roll_back(&mut self) -> Result<Outcome, Fault> {
        sqlx::query("ROLLBACK").execute(self.conn().await?).await?;
        self.transaction = Transaction::None;
        Ok(Outcome::Done)
    }

    /// `BEGIN IMMEDIATE` is the lock: SQLite has one writer.
    async fn lock(&mut self, realm: &RealmId) -> Result<Outcome, Fault> {
        self.begin().await?;
        let head = log::head(self.conn().await?, realm).await?;
        Ok(Outcome::Locked { head, clock: (self.clock)() })
    }

    /// Several reads that must see one and the same state of the database.
    pub(crate) async fn load(&mut self, realm: &RealmId) -> Result<Option<State>, Fault> {
        let own = self.transaction == Transaction::None;
        if own {
            sqlx::query("BEGIN").execute(self.conn().await?).await?;
        }
        let state = load::load(self.conn().await?, realm).await?;
        if own {
            sqlx::query("ROLLBACK").execute(self.conn().await?).await?;
        }
        Ok(state)
    }

    async fn read_heads(&mut self) -> Result<Outcome, Fault> {
        let row = sqlx::query("PRAGMA data_version").fetch_one(self.conn().await?).await?;
        let version: i64 = column(&row, 0)?;
        if self.data_version == Some(version) {
            return Ok(Outcome::Done);
        }
        self.read_keys().await?;
        let heads = log::heads(self.conn().await?).await?;
        self.data_version = Some(version);
        Ok(Outcome::Heads(heads))
    }

    async fn read_keys(&mut self) -> Result<(), Fault> {
        let keys_at = keys::changed_at(self.conn().await?).await?;
        if keys_at != self.keys_at {
            self.new_keys = Some(keys::read_keys(self.conn().await?).await?);
            self.keys_at = keys_at;
        }
        Ok(())
    }

    /// Every realm's head, for the start.
    pub(crate) async fn heads(&mut self) -> Result<Vec<crate::log::Head>, Fault> {
        self.read_keys().await?;
        log::heads(self.conn().await?).await
    }

    /// Keys that were read since they were last taken out, where they changed.
    pub(crate) fn take_keys(&mut self) -> Option<Vec<ApiKey>> {
        self.new_keys.take()
    }

    /// Changes the keys, while no transaction is open.
    pub(crate) async fn write_key(&mut self, write: &KeyWrite) -> Result<bool, Fault> {
        let done = async {
            let changed = keys::write(self.conn().await?, write).await?;
            self.read_keys().await?;
            Ok(changed)
        }
        .await;
        if done.is_err() {
            self.break_off().await;
        }
        done
    }

    /// How the connection is set.
    pub(crate) async fn settings(&mut self) -> Result<WriterSettings, Fault> {
        let conn = self.conn().await?;
        let journal = sqlx::query("PRAGMA journal_mode").fetch_one(&mut *conn).await?;
        let synchronous = sqlx::query("PRAGMA synchronous").fetch_one(&mut *conn).await?;
        let foreign_keys = sqlx::query("PRAGMA foreign_keys").fetch_one(&mut *conn).await?;
        let busy = sqlx::query("PRAGMA busy_timeout").fetch_one(conn).await?;
        Ok(WriterSettings {
            journal_mode: column(&journal, 0)?,
            synchronous: column(&synchronous, 0)?,
            foreign_keys: column::<i64>(&foreign_keys, 0)? == 1,
            busy_timeout_ms: column(&busy, 0)?,
        })
    }

    async fn break_off(&mut self) {
        self.transaction = Transaction::None;
        if let Some(conn) = self.conn.take() {
            // Closing rolls back what is open; that it cannot be closed tidily adds nothing.
            let _ = conn.close().await;
        }
    }

    /// Moves everything into the main file and closes.
    pub(crate) async fn close(mut self) {
        if let Ok(conn) = self.conn().await {
            let done = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(conn).await;
            if let Err(error) = done {
                tracing::warn!(%error, "the write-ahead log stays beside the file");
            }
        }
        self.break_off().await;
    }
}

/// How far a write came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Before,
    Committing,
}

fn doing(action: &Action) -> &'static str {
    match action {
        Action::Lock(_) => "locking a realm",
        Action::ReadLog { .. } => "reading the log",
        Action::Load(_) => "loading a realm",
        Action::ReadFacts { .. } => "reading facts",
        Action::Write(_) => "writing",
        Action::Rollback => "rolling back",
        Action::ReadHeads => "reading heads",
        Action::Probe => "probing",
    }
}
