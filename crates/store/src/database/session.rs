//! The connection that writes, and what the machine asks of it.

use bailiwick_identity::{Instant, RealmId, UsernameKey};
use bailiwick_realm::State;

use super::{Database, Fault, KeyWrite, Question, facts, load};
use crate::api::{ApiKey, WriterSettings};
use crate::log::Head;
use crate::machine::{Action, Outcome};

/// How far this machine's clock and the database's may lie apart, in microseconds.
const MAX_SKEW: i64 = 2_000_000;

/// What is open on the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    None,
    Open,
}

/// The one connection that writes. It is made anew after every error: what state an error leaves a connection in is
/// not worth knowing.
pub(crate) struct Session<D: Database> {
    source: D::Source,
    conn: Option<D>,
    clock: fn() -> Instant,
    key: UsernameKey,
    transaction: Transaction,
    /// The database's version when the heads were last read.
    version: Option<i64>,
    /// Whether something erased may still stand beside the tables.
    untidy: bool,
    /// Whether the clocks lay too far apart when they were last compared.
    skewed: bool,
    keys_at: i64,
    new_keys: Option<Vec<ApiKey>>,
}

impl<D: Database> Session<D> {
    pub(crate) fn new(source: D::Source, conn: D, clock: fn() -> Instant, key: UsernameKey) -> Self {
        Self {
            source,
            conn: Some(conn),
            clock,
            key,
            transaction: Transaction::None,
            version: None,
            untidy: false,
            skewed: false,
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
                let key = self.key;
                let conn = self.conn().await.map_err(before)?;
                conn.write(&batch, key).await.map_err(before)?;
                conn.commit().await.map_err(|fault| (fault, Stage::Committing))?;
                self.transaction = Transaction::None;
                if !batch.erased.is_empty() {
                    self.leave_no_trace().await;
                }
                Ok(Outcome::Committed)
            }
            Action::Lock(realm) => self.lock(&realm).await.map_err(before),
            Action::ReadLog { realm, after, limit } => {
                let conn = self.conn().await.map_err(before)?;
                conn.read_log(&realm, after, limit).await.map(Outcome::Log).map_err(before)
            }
            Action::ReadEnded { realm, after, limit } => {
                self.begin().await.map_err(before)?;
                let conn = self.conn().await.map_err(before)?;
                conn.lock(&realm).await.map_err(before)?;
                let log = conn.read_log(&realm, after, limit).await.map_err(before)?;
                self.roll_back().await.map_err(before)?;
                Ok(Outcome::Log(log))
            }
            Action::Load(realm) => {
                let state = self.load(&realm).await.map_err(before)?;
                Ok(Outcome::Loaded(state.map(Box::new)))
            }
            Action::ReadFacts { realm, wanted, requests, now } => {
                let key = self.key;
                let conn = self.conn().await.map_err(before)?;
                let rows = facts::read_facts(conn, &realm, &wanted, &requests, now, key).await;
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

    /// What was erased must not stand in what the database keeps beside its tables. It is committed; where this fails
    /// now, it is tried again with the next look at the heads.
    async fn leave_no_trace(&mut self) {
        let tidied = match self.conn().await {
            Ok(conn) => conn.tidy().await,
            Err(fault) => Err(fault),
        };
        self.untidy = tidied.is_err();
        if let Err(fault) = tidied {
            fault.told("tidying up after an erasure");
        }
    }

    /// The connection, made anew where the last one was broken off.
    async fn conn(&mut self) -> Result<&mut D, Fault> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => {
                self.version = None;
                D::open(&self.source).await?
            }
        };
        Ok(self.conn.insert(conn))
    }

    async fn begin(&mut self) -> Result<(), Fault> {
        self.conn().await?.begin_writing().await?;
        self.transaction = Transaction::Open;
        Ok(())
    }

    async fn roll_back(&mut self) -> Result<Outcome, Fault> {
        self.conn().await?.roll_back().await?;
        self.transaction = Transaction::None;
        Ok(Outcome::Done)
    }

    async fn lock(&mut self, realm: &RealmId) -> Result<Outcome, Fault> {
        self.begin().await?;
        let head = self.conn().await?.lock(realm).await?;
        let clock = self.compared_clock().await?;
        Ok(Outcome::Locked { head, clock })
    }

    /// Several reads that must see one and the same state of the database.
    pub(crate) async fn load(&mut self, realm: &RealmId) -> Result<Option<State>, Fault> {
        let own = self.transaction == Transaction::None;
        let conn = self.conn().await?;
        if own {
            conn.begin_reading().await?;
        }
        let state = load::load(conn, realm).await?;
        if own {
            conn.roll_back().await?;
        }
        Ok(state)
    }

    async fn read_heads(&mut self) -> Result<Outcome, Fault> {
        if self.untidy {
            self.leave_no_trace().await;
        }
        self.compared_clock().await?;
        let version = self.conn().await?.version().await?;
        if version.is_some() && self.version == version {
            return Ok(Outcome::Done);
        }
        self.read_keys().await?;
        let heads = self.conn().await?.heads().await?;
        self.version = version;
        Ok(Outcome::Heads(heads))
    }

    /// The database's clock. Where this machine's is another, what is held would begin and end at the wrong time:
    /// that is no answer at all.
    async fn compared_clock(&mut self) -> Result<Instant, Fault> {
        let own = self.clock;
        let before = own();
        let Some(theirs) = self.conn().await?.clock().await? else { return Ok(before) };
        let earliest = before.as_micros().saturating_sub(MAX_SKEW);
        let latest = own().as_micros().saturating_add(MAX_SKEW);
        self.skewed = !(earliest..=latest).contains(&theirs.as_micros());
        if self.skewed {
            let apart = theirs.as_micros().saturating_sub(before.as_micros());
            tracing::error!(
                microseconds = apart,
                "the database's clock and this machine's lie more than two seconds apart"
            );
            return Err(Fault::Database(sqlx::Error::Protocol("the clocks differ".to_owned())));
        }
        Ok(theirs)
    }

    /// Whether the clocks lay too far apart when they were last compared.
    pub(crate) fn is_skewed(&self) -> bool {
        self.skewed
    }

    async fn read_keys(&mut self) -> Result<(), Fault> {
        let known = self.keys_at;
        let conn = self.conn().await?;
        let keys_at = conn.keys_at().await?;
        if keys_at != known {
            self.new_keys = Some(conn.keys().await?);
            self.keys_at = keys_at;
        }
        Ok(())
    }

    /// Every realm's head, for the start.
    pub(crate) async fn heads(&mut self) -> Result<Vec<Head>, Fault> {
        self.read_keys().await?;
        self.conn().await?.heads().await
    }

    /// Keys that were read since they were last taken out, where they changed.
    pub(crate) fn take_keys(&mut self) -> Option<Vec<ApiKey>> {
        self.new_keys.take()
    }

    /// Changes the keys, while no transaction is open.
    pub(crate) async fn write_key(&mut self, write: &KeyWrite) -> Result<bool, Fault> {
        let done = async {
            let changed = self.conn().await?.write_key(write).await?;
            self.read_keys().await?;
            Ok(changed)
        }
        .await;
        if done.is_err() {
            self.break_off().await;
        }
        done
    }

    /// Counts a question, while no transaction is open.
    pub(crate) async fn count(&mut self, question: &Question) -> Result<u64, Fault> {
        let done = async {
            let now = self.compared_clock().await?;
            self.conn().await?.count_question(&question.realm, &question.actor, question.questions, now).await
        }
        .await;
        if done.is_err() {
            self.break_off().await;
        }
        done
    }

    /// How the connection is set.
    pub(crate) async fn settings(&mut self) -> Result<WriterSettings, Fault> {
        self.conn().await?.settings().await
    }

    async fn break_off(&mut self) {
        self.transaction = Transaction::None;
        if let Some(conn) = self.conn.take() {
            conn.finish().await;
        }
    }

    /// Leaves all that was written where it is to stay, and closes.
    pub(crate) async fn close(mut self) {
        if let Ok(conn) = self.conn().await
            && let Err(fault) = conn.tidy().await
        {
            fault.told("closing");
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
        Action::ReadLog { .. } | Action::ReadEnded { .. } => "reading the log",
        Action::Load(_) => "loading a realm",
        Action::ReadFacts { .. } => "reading facts",
        Action::Write(_) => "writing",
        Action::Rollback => "rolling back",
        Action::ReadHeads => "reading heads",
        Action::Probe => "probing",
    }
}
