//! The connection that writes, and what the machine asks of it. What else is asked of it: [`errands`].

mod errands;

use std::time::Duration;

use bailiwick_identity::{Instant, RealmId};
use bailiwick_realm::State;

use super::{Database, Fault, Identity, facts, load, timely};
use crate::api::ApiKey;
use crate::machine::{Action, Outcome};
use crate::surroundings::Surroundings;

/// How far this machine's clock and the database's may lie apart, in microseconds.
const MAX_SKEW: i64 = 2_000_000;
/// So many looks at the heads lie between attempts to tidy up.
const TIDY_AGAIN: u32 = 10;
/// How long a connection that is given up may take to say goodbye.
const PARTING: Duration = Duration::from_secs(1);

/// What is open on the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    None,
    Open,
}

/// Whether something erased may still stand in what the database keeps beside its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Traces {
    None,
    /// At the start, too: nobody knows how the last process ended.
    Possible,
    /// They could not be removed, which was told; so many looks at the heads are waited.
    Told(u32),
}

/// The one connection that writes. It is made anew after every error: what state an error leaves a connection in is
/// not worth knowing. Nothing that is done with it takes longer than the patience it was given.
pub(crate) struct Session<D: Database> {
    source: D::Source,
    conn: Option<D>,
    /// What the database said of itself when it was opened.
    identity: Identity,
    clock: fn() -> Instant,
    patience: Duration,
    transaction: Transaction,
    stage: Stage,
    /// The database's version when the heads were last read.
    version: Option<i64>,
    traces: Traces,
    /// Whether the clocks lay too far apart when they were last compared.
    skewed: bool,
    /// Why the database that was found when the connection was made anew is not the one that was opened.
    stranger: Option<&'static str>,
    keys_at: i64,
    new_keys: Option<Vec<ApiKey>>,
}

impl<D: Database> Session<D> {
    pub(crate) fn new(source: D::Source, conn: D, surroundings: Surroundings, identity: Identity) -> Self {
        let Surroundings { judge: _, clock, patience } = surroundings;
        Self {
            source,
            conn: Some(conn),
            identity,
            clock,
            patience,
            transaction: Transaction::None,
            stage: Stage::Before,
            version: None,
            traces: Traces::Possible,
            skewed: false,
            stranger: None,
            keys_at: -1,
            new_keys: None,
        }
    }

    /// Does what the machine asks.
    pub(crate) async fn perform(&mut self, action: Action) -> Outcome {
        let doing = doing(&action);
        let writing = matches!(action, Action::Write(_));
        let looking = matches!(action, Action::ReadHeads);
        self.stage = Stage::Before;
        let done = if let Action::Load(realm) = &action {
            // However long all of it takes, no single read may.
            self.load(realm).await.map(|state| Outcome::Loaded(state.map(Box::new)))
        } else {
            timely(self.patience, self.attempt(action)).await
        };
        let fault = match done {
            Ok(outcome) => {
                if writing || looking {
                    self.leave_no_trace().await;
                }
                return outcome;
            }
            Err(fault) => fault,
        };
        self.break_off(&fault).await;
        if let (Fault::Damaged(damage), false) = (&fault, writing) {
            return Outcome::Damaged(*damage);
        }
        fault.told(doing);
        match self.stage {
            Stage::Before => Outcome::Failed,
            Stage::Committing => Outcome::Unknown,
        }
    }

    async fn attempt(&mut self, action: Action) -> Result<Outcome, Fault> {
        match action {
            Action::Write(batch) => {
                let key = self.identity.username_key;
                self.within_transaction()?.write(&batch, key).await?;
                self.commit().await?;
                if !batch.erased.is_empty() {
                    self.traces = Traces::Possible;
                }
                Ok(Outcome::Committed)
            }
            Action::Lock(realm) => self.lock(&realm).await,
            Action::ReadLog { realm, after, limit } => {
                self.conn().await?.read_log(&realm, after, limit).await.map(Outcome::Log)
            }
            Action::ReadEnded { realm, after, limit } => {
                self.begin().await?;
                let conn = self.conn().await?;
                conn.lock(&realm).await?;
                let log = conn.read_log(&realm, after, limit).await?;
                self.roll_back().await?;
                Ok(Outcome::Log(log))
            }
            Action::Load(realm) => {
                let state = self.load(&realm).await?;
                Ok(Outcome::Loaded(state.map(Box::new)))
            }
            Action::ReadFacts { realm, wanted, requests, now } => {
                let key = self.identity.username_key;
                let conn = self.conn().await?;
                let rows = facts::read_facts(conn, &realm, &wanted, &requests, now, key).await;
                rows.map(|rows| Outcome::Facts(Box::new(rows)))
            }
            Action::Rollback => self.roll_back().await,
            Action::ReadHeads => self.read_heads().await,
            Action::Probe => {
                self.begin().await?;
                self.compared_clock().await?;
                self.roll_back().await
            }
        }
    }

    /// What was erased must not stand in what the database keeps beside its tables. It is committed; where this fails
    /// now, it is tried again with a later look at the heads.
    async fn leave_no_trace(&mut self) {
        match &mut self.traces {
            Traces::None => return,
            Traces::Told(looks @ 1..) => return *looks -= 1,
            Traces::Possible | Traces::Told(0) => {}
        }
        let tidied = timely(self.patience, async { self.conn().await?.tidy().await }).await;
        let Err(fault) = tidied else {
            self.traces = Traces::None;
            return;
        };
        if matches!(fault, Fault::Silent) {
            self.break_off(&fault).await;
        }
        if std::mem::replace(&mut self.traces, Traces::Told(TIDY_AGAIN)) == Traces::Possible {
            fault.told("tidying up after an erasure");
        }
    }

    /// The connection, made anew where the last one was broken off.
    async fn conn(&mut self) -> Result<&mut D, Fault> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => {
                self.version = None;
                let mut conn = D::open(&self.source).await?;
                self.recognise(&mut conn).await?;
                conn
            }
        };
        Ok(self.conn.insert(conn))
    }

    /// What answers at the same address must be the same database, and one that may be written. What is known of another
    /// does not hold there.
    async fn recognise(&mut self, conn: &mut D) -> Result<(), Fault> {
        let stranger = match conn.identity().await? {
            Some(found) if found == self.identity => None,
            Some(_) => Some("another database stands at the address of the one that was opened"),
            None => Some("the database is a standby now, which cannot be written"),
        };
        let before = std::mem::replace(&mut self.stranger, stranger);
        match (stranger, before) {
            (None, None) => Ok(()),
            (None, Some(_)) => {
                tracing::info!("the database is the one that was opened again");
                Ok(())
            }
            (Some(why), before) => {
                if before != stranger {
                    tracing::error!("{why}; nothing is read or written there");
                }
                Err(Fault::Unfit)
            }
        }
    }

    async fn begin(&mut self) -> Result<(), Fault> {
        self.conn().await?.begin_writing().await?;
        self.transaction = Transaction::Open;
        Ok(())
    }

    /// Ends the transaction. From here on, only the database knows whether it stands.
    async fn commit(&mut self) -> Result<(), Fault> {
        self.within_transaction()?;
        self.stage = Stage::Committing;
        self.within_transaction()?.commit().await?;
        self.transaction = Transaction::None;
        Ok(())
    }

    /// The connection in whose transaction things are written: outside of one, each statement would stand by itself.
    fn within_transaction(&mut self) -> Result<&mut D, Fault> {
        let open = self.transaction == Transaction::Open;
        self.conn.as_mut().filter(|_| open).ok_or(Fault::Unfit)
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
        let patience = self.patience;
        let begun = timely(patience, async {
            let conn = self.conn().await?;
            if own {
                conn.begin_reading().await?;
            }
            Ok(conn)
        });
        let conn = begun.await?;
        let state = load::load(conn, realm, patience).await?;
        if own {
            timely(patience, conn.roll_back()).await?;
        }
        Ok(state)
    }

    async fn read_heads(&mut self) -> Result<Outcome, Fault> {
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
        let skewed = !(earliest..=latest).contains(&theirs.as_micros());
        match (std::mem::replace(&mut self.skewed, skewed), skewed) {
            (false, true) => {
                let microseconds = theirs.as_micros().saturating_sub(before.as_micros());
                tracing::error!(
                    microseconds,
                    "the database's clock and this machine's lie more than two seconds apart"
                );
            }
            (true, false) => tracing::info!("the database's clock and this machine's agree again"),
            (true, true) | (false, false) => {}
        }
        if skewed { Err(Fault::Unfit) } else { Ok(theirs) }
    }

    /// Whether the clocks lay too far apart when they were last compared.
    pub(crate) fn is_skewed(&self) -> bool {
        self.skewed
    }

    /// The connection is kept only where nothing went wrong.
    async fn kept<T>(&mut self, done: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(fault) = &done {
            self.break_off(fault).await;
        }
        done
    }

    /// Gives the connection up. One that says nothing is not asked to say goodbye.
    async fn break_off(&mut self, fault: &Fault) {
        self.transaction = Transaction::None;
        let Some(conn) = self.conn.take() else { return };
        if !matches!(fault, Fault::Silent) {
            // What it leaves undone is rolled back, whether or not it hears of the end.
            drop(tokio::time::timeout(PARTING, conn.finish()).await);
        }
    }

    /// Leaves all that was written where it is to stay, and closes. Where there is no connection, none is made for that.
    pub(crate) async fn close(self) {
        let Some(mut conn) = self.conn else { return };
        match timely(self.patience, conn.tidy()).await {
            Ok(()) => {}
            Err(fault) => {
                let is_silent = matches!(fault, Fault::Silent);
                fault.told("closing");
                if is_silent {
                    return;
                }
            }
        }
        drop(tokio::time::timeout(PARTING, conn.finish()).await);
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
