//! What is asked of the connection that writes beside the machine, while no transaction is open.

use std::collections::BTreeSet;

use bailiwick_identity::{Instant, RealmId};

use super::{Session, Stage};
use crate::api::{ApiKey, Counted, Login, Questions, StoreError, WriterSettings};
use crate::database::{Database, Fault, KeyWrite, Question, secrets, timely};
use crate::log::Head;

impl<D: Database> Session<D> {
    pub(super) async fn read_keys(&mut self) -> Result<(), Fault> {
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
        timely(self.patience, async {
            self.read_keys().await?;
            self.conn().await?.heads().await
        })
        .await
    }

    /// Keys that were read since they were last taken out, where they changed.
    pub(crate) fn take_keys(&mut self) -> Option<Vec<ApiKey>> {
        self.new_keys.take()
    }

    /// Changes the keys, while no transaction is open.
    pub(crate) async fn write_key(&mut self, write: &KeyWrite) -> Result<bool, StoreError> {
        self.stage = Stage::Before;
        let writing = timely(self.patience, async {
            self.begin().await?;
            let changed = self.conn().await?.write_key(write).await?;
            self.commit().await?;
            Ok(changed)
        });
        let written = writing.await;
        let changed = self.kept(written).await.map_err(|fault| {
            let error = fault.told("writing a key");
            if self.stage == Stage::Committing { StoreError::Unknown } else { error }
        })?;
        // It is done, whether or not that can be read back now: the next look at the heads reads the keys, too.
        let read = timely(self.patience, self.read_keys()).await;
        if let Err(fault) = self.kept(read).await {
            fault.told("reading the keys");
        }
        Ok(changed)
    }

    /// Counts a question, while no transaction is open.
    pub(crate) async fn count(&mut self, question: &Question) -> Result<Counted, Fault> {
        let done = timely(self.patience, async {
            let now = self.compared_clock().await?;
            let Question { realm, actor, questions } = question;
            let conn = self.conn().await?;
            match *questions {
                Questions::Asked(asked) => conn.count_question(realm, actor, asked, now).await,
                Questions::TakenBack(asked, hour) => conn.take_question_back(realm, actor, asked, hour).await,
            }
        });
        let done = done.await;
        self.kept(done).await
    }

    /// Counts a step of signing in, while no transaction is open; yields until when an attempt has to wait.
    pub(crate) async fn login(&mut self, login: &Login) -> Result<Option<Instant>, Fault> {
        let done = timely(self.patience, async {
            let (now, key) = (self.compared_clock().await?, self.identity.username_key);
            secrets::step(self.conn().await?, login, |text| key.digest(text), now).await
        });
        let done = done.await;
        self.kept(done).await
    }

    /// Drops what was delivered, while no transaction is open.
    pub(crate) async fn acknowledge(&mut self, realm: &RealmId, ids: &BTreeSet<u64>) -> Result<u64, Fault> {
        let done = timely(self.patience, async { self.conn().await?.acknowledge(realm, ids).await }).await;
        self.kept(done).await
    }

    /// How the connection is set.
    pub(crate) async fn settings(&mut self) -> Result<WriterSettings, Fault> {
        let done = timely(self.patience, async { self.conn().await?.settings().await }).await;
        self.kept(done).await
    }
}
