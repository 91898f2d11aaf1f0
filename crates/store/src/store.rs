//! The handle through which everybody else uses a store.

mod opening;
mod queries;
mod requests;
mod reviews;
mod secrets;

pub use requests::content_digest;

use std::sync::Arc;
use std::time::Duration;

use bailiwick_identity::{Instant, RealmId, UserId, UsernameKey};
use bailiwick_realm::{ChainHash, Command, Lookups, Revision, State, lookups};
use tokio::sync::{mpsc, oneshot};

use crate::api::{
    ApiKey, Committed, Counted, Location, OpenError, Previewed, Questions, RequestId, StoreError,
    StoreOptions, SubmitError, WriterSettings,
};
use crate::database::{Database, Identity, KeyWrite, Log, PastSchemes, Question, read_facts};
use crate::driver::Message;
use crate::machine::{FactRows, Pending};
use crate::readers::{Readers, reading};
use crate::request::Named;
use crate::shared::Shared;
use crate::surroundings::{Surroundings, random};
use crate::{postgres, sqlite};
use opening::Opening;

/// How often a dry run waits for the state to reach what is in the database, and how long each time.
const LEVEL_TRIES: u32 = 100;
const LEVEL_WAIT: Duration = Duration::from_millis(10);
/// What is said when it does not.
const BEHIND: &str = "the state does not reach what is in the database";

/// A store that is open. Cheap to clone; all clones are the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    identity: Identity,
    shared: Arc<Shared>,
    readers: Readers,
    /// One that only asks whether the database answers: those who read do not keep it busy.
    probe: Readers,
    past_schemes: PastSchemes,
    outbox: mpsc::Sender<Message>,
    surroundings: Surroundings,
    /// Kept for as long as the store is: the directory of a store without a file of its own.
    _directory: Option<tempfile::TempDir>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a store: looks at the file, brings it to this version, reads every realm's newest state. Must be called
    /// within a tokio runtime, on which the store's task then runs.
    ///
    /// # Errors
    /// When the file is damaged, another program's, of a newer version, or cannot be read and written. The text says
    /// what to do.
    pub async fn open(options: StoreOptions) -> Result<Self, OpenError> {
        Self::open_in(options, Surroundings::real()).await
    }

    pub(crate) async fn open_in(
        options: StoreOptions,
        surroundings: Surroundings,
    ) -> Result<Self, OpenError> {
        let new = Identity { epoch: random(), page_key: random(), username_key: UsernameKey(random()) };
        let name = options.location.to_string();
        let opening = Opening { name, queue: options.queue.max(1), surroundings, directory: None };
        match options.location {
            Location::Temporary => {
                let directory = tempfile::Builder::new().prefix("bailiwick-").tempdir().map_err(|error| {
                    OpenError::Unreadable(format!("no temporary directory can be made: {error}"))
                })?;
                let opened = sqlite::open(&directory.path().join("bailiwick.db"), new).await?;
                opening.with_directory(directory).begin(opened).await
            }
            Location::File(path) => opening.begin(sqlite::open(&path, new).await?).await,
            Location::Postgres(url) => opening.begin(postgres::open(&url, new).await?).await,
        }
    }

    /// The database's epoch: another one after an import or a restore.
    #[must_use]
    pub fn epoch(&self) -> [u8; 16] {
        self.inner.identity.epoch
    }

    /// With what page tokens are sealed: the same for every server of the database.
    #[must_use]
    pub fn page_key(&self) -> [u8; 32] {
        self.inner.identity.page_key
    }

    /// A realm's newest committed state. A snapshot: no lock, no await.
    #[must_use]
    pub fn state(&self, realm: &str) -> Option<Arc<State>> {
        self.inner.shared.state(realm)
    }

    /// Whether there is a realm of this id in the database, as far as this store has seen; its state may be being loaded
    /// anew.
    #[must_use]
    pub fn knows(&self, realm: &str) -> bool {
        self.inner.shared.knows(realm)
    }

    /// Every realm's newest committed state, by id.
    #[must_use]
    pub fn states(&self) -> Vec<Arc<State>> {
        self.inner.shared.states()
    }

    /// How long ago the states were last known to be the newest in the database. This grows while the database does not
    /// answer, or another process keeps it locked; otherwise it stays below a second.
    #[must_use]
    pub fn staleness(&self) -> Duration {
        self.inner.shared.staleness()
    }

    /// Carries a command out as one revision. When this returns `Ok`, the change is on the disk and every
    /// [`Store::state`] from now on shows it. Dropping the future does not undo what was begun.
    ///
    /// # Errors
    /// When the rules refuse it, too many wait, or the database does not answer; see [`SubmitError`].
    pub async fn submit(
        &self,
        realm: RealmId,
        command: Command,
        request: Option<RequestId>,
    ) -> Result<Committed, SubmitError> {
        let request = request.map(|request| Named::new(request, self.inner.identity.username_key));
        let pending = Box::new(Pending { ticket: 0, realm, command, request });
        let (caller, answer) = oneshot::channel();
        match self.inner.outbox.try_send(Message::Submit(pending, caller)) {
            Ok(()) => answer.await.unwrap_or(Err(SubmitError::Unknown)),
            Err(mpsc::error::TrySendError::Full(_)) => Err(SubmitError::Overloaded),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(SubmitError::Unavailable),
        }
    }

    /// Decides a command without writing anything: what it would make true at this moment.
    ///
    /// # Errors
    /// As [`Store::submit`].
    pub async fn preview(&self, realm: &RealmId, command: &Command) -> Result<Previewed, SubmitError> {
        if self.staleness() == Duration::MAX {
            return Err(SubmitError::Unavailable);
        }
        for _ in 0..LEVEL_TRIES {
            let state = self.state(realm.as_str());
            let wanted = lookups(command, state.as_ref().map(|state| &state.world));
            let (head, rows) = self.facts(realm, &wanted).await.map_err(|_| SubmitError::Unavailable)?;
            if self.is_level(state.as_ref(), head).await {
                return self.judge(realm.clone(), state, command.clone(), rows).await;
            }
        }
        tracing::warn!(%realm, "{BEHIND}");
        Err(SubmitError::Unavailable)
    }

    /// Whether the database was in this state when something was read from it; else this process is given time to catch up.
    async fn is_level(&self, state: Option<&Arc<State>>, head: Option<(Revision, ChainHash)>) -> bool {
        if head == state.map(|state| (state.revision, state.hash)) {
            return true;
        }
        self.poll();
        tokio::time::sleep(LEVEL_WAIT).await;
        false
    }

    /// Decides on what was read; not on a thread that answers others, since a list is long.
    async fn judge(
        &self,
        realm: RealmId,
        state: Option<Arc<State>>,
        command: Command,
        rows: FactRows,
    ) -> Result<Previewed, SubmitError> {
        let Surroundings { judge, clock, patience: _ } = self.inner.surroundings;
        let judging = tokio::task::spawn_blocking(move || {
            judge.preview(&realm, state.as_deref(), &command, &rows, clock())
        });
        judging.await.unwrap_or(Err(SubmitError::Unavailable))
    }

    /// Head and facts of one and the same state of the database.
    async fn facts(
        &self,
        realm: &RealmId,
        wanted: &Lookups,
    ) -> Result<(Option<(Revision, ChainHash)>, FactRows), StoreError> {
        let (now, key) = ((self.inner.surroundings.clock)(), self.inner.identity.username_key);
        reading!(&self.inner.readers, "reading facts", conn => {
            conn.begin_reading().await?;
            let head = conn.head(realm).await?;
            let rows = read_facts(conn, realm, wanted, &[], now, key).await?;
            // The transaction ends when the connection goes back to the pool.
            Ok((head.map(|head| (head.revision, head.hash)), rows))
        })
    }

    /// Writes a new key.
    ///
    /// # Errors
    /// When the database does not answer, or has a key of this id or secret already; [`StoreError::Unknown`] where it may
    /// have been written.
    pub async fn create_key(&self, key: ApiKey) -> Result<(), StoreError> {
        self.write_key(KeyWrite::Create(Box::new(key))).await.map(|_| ())
    }

    /// Ends a key. Says whether there was a live one of this id.
    ///
    /// # Errors
    /// When the database does not answer; [`StoreError::Unknown`] where it may have been written.
    pub async fn revoke_key(&self, id: &str, at: Instant) -> Result<bool, StoreError> {
        self.write_key(KeyWrite::Revoke { id: id.to_owned(), at }).await
    }

    async fn write_key(&self, write: KeyWrite) -> Result<bool, StoreError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.inner.outbox.send(Message::Key(write, reply)).await;
        sent.map_err(|_| StoreError::Unavailable)?;
        // What was begun and is not answered may be done.
        answer.await.unwrap_or(Err(StoreError::Unknown))
    }

    /// Counts a question of an actor about people; yields how many it asked in the present hour, with this one.
    ///
    /// # Errors
    /// When the database does not answer: then the question is not to be answered either.
    pub async fn count_question(&self, realm: &RealmId, actor: &UserId) -> Result<u64, StoreError> {
        Ok(self.count_questions(realm, actor, Questions::Asked(1)).await?.asked)
    }

    /// Counts several questions of an actor about people, or takes some back; yields how many it asked in the same hour,
    /// with these.
    ///
    /// # Errors
    /// When the database does not answer: then the question is not to be answered either.
    pub async fn count_questions(
        &self,
        realm: &RealmId,
        actor: &UserId,
        questions: Questions,
    ) -> Result<Counted, StoreError> {
        let question = Question { realm: realm.clone(), actor: actor.clone(), questions };
        let (reply, answer) = oneshot::channel();
        let sent = self.inner.outbox.send(Message::Count(question, reply)).await;
        sent.map_err(|_| StoreError::Unavailable)?;
        answer.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// The live key of this secret. A snapshot: no lock, no await.
    #[must_use]
    pub fn key(&self, secret_hash: &[u8; 32]) -> Option<Arc<ApiKey>> {
        self.inner.shared.key(secret_hash)
    }

    /// Whether the last attempt to write came to a good end, and the store is not closing.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.inner.shared.is_writable() && !self.inner.outbox.is_closed()
    }

    /// Asks the database for anything at all.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.inner.probe.ping().await
    }

    /// How the connection that writes is set, read back from it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn writer_settings(&self) -> Result<WriterSettings, StoreError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.inner.outbox.send(Message::Settings(reply)).await;
        sent.map_err(|_| StoreError::Unavailable)?;
        answer.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// Takes no more commands, carries out those that wait, moves everything into the main file and closes.
    pub async fn close(&self) {
        let (done, end) = oneshot::channel();
        if self.inner.outbox.send(Message::Close(done)).await.is_ok() {
            let _ = end.await;
        }
    }

    fn poll(&self) {
        // Where the inbox is full, the task is awake anyway.
        let _ = self.inner.outbox.try_send(Message::Poll);
    }
}
