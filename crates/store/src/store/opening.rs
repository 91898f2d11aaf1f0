//! Opening: every realm's newest state is read before anything is asked, and the store's task begins.

use std::sync::Arc;

use bailiwick_realm::State;
use tokio::sync::mpsc;

use super::{Inner, Store};
use crate::api::{OpenError, StoreError};
use crate::database::{Database, Fault, Opened, PastSchemes, Session};
use crate::driver::Driver;
use crate::machine::{Limits, Machine, Publication};
use crate::shared::Shared;
use crate::surroundings::Surroundings;

/// Commands that share a transaction at most.
const GROUP: usize = 128;

/// A store about to be opened.
pub(super) struct Opening {
    /// The database, as it may be shown.
    pub(super) name: String,
    /// Commands that may wait.
    pub(super) queue: usize,
    pub(super) surroundings: Surroundings,
    /// Where a database without a place of its own is.
    pub(super) directory: Option<tempfile::TempDir>,
}

impl Opening {
    pub(super) fn with_directory(self, directory: tempfile::TempDir) -> Self {
        Self { directory: Some(directory), ..self }
    }

    /// Reads what is there and begins.
    pub(super) async fn begin<D: Database>(self, opened: Opened<D>) -> Result<Store, OpenError> {
        let Opened { source, writer, readers, probe, identity } = opened;
        let mut session = Session::new(source, writer, self.surroundings, identity);
        let states = load_all(&mut session).await.map_err(|fault| self.unreadable(fault.told("loading")))?;
        let shared = Arc::new(Shared::new());
        for state in &states {
            shared.publish(Publication::State(Arc::clone(state)));
        }
        if let Some(keys) = session.take_keys() {
            shared.publish_keys(keys);
        }
        let limits = Limits { queue: self.queue, group: GROUP };
        let machine = Machine::new(self.surroundings.judge, limits, states);
        let (outbox, inbox) = mpsc::channel(self.queue.saturating_add(16));
        let driver = Driver::new(machine, Arc::clone(&shared), [readers.clone(), probe.clone()], inbox);
        tokio::spawn(driver.run(session));
        let Self { name: _, queue: _, surroundings, directory } = self;
        let inner = Inner {
            identity,
            shared,
            readers,
            probe,
            past_schemes: PastSchemes::default(),
            outbox,
            surroundings,
            _directory: directory,
        };
        Ok(Store { inner: Arc::new(inner) })
    }

    fn unreadable(&self, error: StoreError) -> OpenError {
        match error {
            StoreError::Damaged => OpenError::Damaged(format!(
                "what {} holds is damaged: restore a backup; the log says which realm and what is wrong",
                self.name
            )),
            StoreError::Unavailable | StoreError::Unknown => {
                OpenError::Unreadable(format!("{} cannot be read", self.name))
            }
        }
    }
}

async fn load_all<D: Database>(session: &mut Session<D>) -> Result<Vec<Arc<State>>, Fault> {
    let mut states = Vec::new();
    for head in session.heads().await? {
        if let Some(state) = session.load(&head.realm).await? {
            states.push(Arc::new(state));
        }
    }
    Ok(states)
}
