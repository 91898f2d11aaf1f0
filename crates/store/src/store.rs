//! The handle through which everybody else uses a store.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_identity::{Instant, RealmId, UserId};
use bailiwick_realm::{ChainHash, Command, Decided, Revision, State, lookups};
use sqlx::SqlitePool;
use sqlx::pool::PoolConnection;
use tokio::sync::{mpsc, oneshot};

use crate::api::{
    ApiKey, ChangeRecord, Committed, OpenError, PastUser, RequestId, StoreError, StoreOptions, SubmitError,
    UserKey, UserQuery, UserRow, VerifyError, WriterSettings,
};
use crate::codec::{self, Header, Names};
use crate::driver::{Driver, Message};
use crate::log::{Damage, StoredChange};
use crate::machine::{Limits, Machine, Pending, Publication};
use crate::shared::Shared;
use crate::sqlite::{self, Fault, Identity, KeyWrite, Session};
use crate::surroundings::{Surroundings, random};
use crate::verify::Verifier;

/// Commands that share a transaction at most.
const GROUP: usize = 128;
/// Changes are listed up to so many bytes, and read in such portions.
const LISTED_BYTES: usize = 1024 * 1024;
const PORTION: usize = 16;
/// Changes that are verified at a time.
const PAGE: usize = 256;
/// How often a dry run waits for the state to reach what is in the database, and how long each time.
const LEVEL_TRIES: u32 = 100;
const LEVEL_WAIT: Duration = Duration::from_millis(10);

/// A store that is open. Cheap to clone; all clones are the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    identity: Identity,
    shared: Arc<Shared>,
    readers: SqlitePool,
    probe: SqlitePool,
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
        let (path, directory) = match options.path {
            Some(path) => (path, None),
            None => {
                let directory = tempfile::Builder::new().prefix("bailiwick-").tempdir().map_err(|error| {
                    OpenError::Unreadable(format!("no temporary directory can be made: {error}"))
                })?;
                (directory.path().join("bailiwick.db"), Some(directory))
            }
        };
        let new = Identity { epoch: random(), page_key: random() };
        let opened = sqlite::open(&path, new).await?;
        let sqlite::Opened { options: connect, writer, readers, probe, identity } = opened;
        let mut session = Session::new(connect, writer, surroundings.clock);
        let unreadable = |error: StoreError| match error {
            StoreError::Damaged => OpenError::Damaged(format!(
                "what `{}` holds is damaged: restore a backup; the log says which realm and what is wrong",
                path.display()
            )),
            StoreError::Unavailable => OpenError::Unreadable(format!("`{}` cannot be read", path.display())),
        };
        let states = load_all(&mut session).await.map_err(|fault| unreadable(fault.told("loading")))?;
        let shared = Arc::new(Shared::new());
        for state in &states {
            shared.publish(Publication::State(Arc::clone(state)));
        }
        if let Some(keys) = session.take_keys() {
            shared.publish_keys(keys);
        }
        let queue = options.queue.max(1);
        let machine = Machine::new(surroundings.judge, Limits { queue, group: GROUP }, states);
        let (outbox, inbox) = mpsc::channel(queue.saturating_add(16));
        let driver = Driver::new(machine, Arc::clone(&shared), [readers.clone(), probe.clone()], inbox);
        tokio::spawn(driver.run(session));
        let inner = Inner { identity, shared, readers, probe, outbox, surroundings, _directory: directory };
        Ok(Self { inner: Arc::new(inner) })
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
    pub async fn preview(&self, realm: &RealmId, command: &Command) -> Result<Decided, SubmitError> {
        for _ in 0..LEVEL_TRIES {
            let state = self.state(realm.as_str());
            let wanted = lookups(command, state.as_ref().map(|state| &state.world));
            let known = state.as_ref().map(|s| (s.revision, s.hash));
            let (head, rows) = self.facts(realm, &wanted).await.map_err(|_| SubmitError::Unavailable)?;
            if head == known {
                let Surroundings { judge, clock } = self.inner.surroundings;
                return judge.preview(realm, state.as_deref(), command, &rows, clock());
            }
            self.poll();
            tokio::time::sleep(LEVEL_WAIT).await;
        }
        tracing::warn!(%realm, "the state does not reach what is in the database");
        Err(SubmitError::Unavailable)
    }

    /// Head and facts of one and the same state of the database.
    async fn facts(
        &self,
        realm: &RealmId,
        wanted: &bailiwick_realm::Lookups,
    ) -> Result<(Option<(Revision, ChainHash)>, crate::machine::FactRows), StoreError> {
        let now = (self.inner.surroundings.clock)();
        let mut conn = self.reader().await?;
        let read = async {
            sqlx::query("BEGIN").execute(&mut *conn).await?;
            let head = sqlite::head(&mut conn, realm).await?;
            let rows = sqlite::read_facts(&mut conn, realm, wanted, &[], now).await?;
            // The transaction ends when the connection goes back to the pool.
            Ok::<_, Fault>((head.map(|head| (head.revision, head.hash)), rows))
        };
        read.await.map_err(|fault| fault.told("reading facts"))
    }

    /// The newest revision in the database; it may be newer than [`Store::state`] where another process writes.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn head(&self, realm: &RealmId) -> Result<Option<Revision>, StoreError> {
        let mut conn = self.reader().await?;
        let head = sqlite::head(&mut conn, realm).await.map_err(|fault| fault.told("reading a head"))?;
        let head = head.map(|head| head.revision);
        if head > self.state(realm.as_str()).map(|state| state.revision) {
            self.poll();
        }
        Ok(head)
    }

    /// The chain hash of a revision; none where there is no such revision.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hash_at(
        &self,
        realm: &RealmId,
        revision: Revision,
    ) -> Result<Option<ChainHash>, StoreError> {
        let mut conn = self.reader().await?;
        sqlite::hash_at(&mut conn, realm, revision).await.map_err(|fault| fault.told("reading a hash"))
    }

    /// A user, with what tables know of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user(&self, realm: &RealmId, key: &UserKey) -> Result<Option<UserRow>, StoreError> {
        let Some(state) = self.state(realm.as_str()) else { return Ok(None) };
        let mut conn = self.reader().await?;
        sqlite::find_user(&mut conn, &state, key).await.map_err(|fault| fault.told("reading a user"))
    }

    /// A user as a revision left them; nobody who did not exist then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn user_at(
        &self,
        realm: &RealmId,
        user: &UserId,
        revision: Revision,
    ) -> Result<Option<PastUser>, StoreError> {
        let Some(state) = self.state(realm.as_str()) else { return Ok(None) };
        let mut conn = self.reader().await?;
        let found = sqlite::user_at(&mut conn, &state, user, revision).await;
        found.map_err(|fault| fault.told("reading a user's past"))
    }

    /// Those of these users who exist, in the order of their ids.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn users(&self, realm: &RealmId, ids: &[UserId]) -> Result<Vec<UserRow>, StoreError> {
        let Some(state) = self.state(realm.as_str()) else { return Ok(Vec::new()) };
        let mut conn = self.reader().await?;
        sqlite::some_users(&mut conn, &state, ids).await.map_err(|fault| fault.told("reading users"))
    }

    /// Users in the order of canonical last name and id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_users(&self, realm: &RealmId, query: &UserQuery) -> Result<Vec<UserRow>, StoreError> {
        let Some(state) = self.state(realm.as_str()) else { return Ok(Vec::new()) };
        let mut conn = self.reader().await?;
        sqlite::list_users(&mut conn, &state, query).await.map_err(|fault| fault.told("listing users"))
    }

    /// Changes after a revision, oldest first, up to the revision of [`Store::state`]: at most so many, and fewer where
    /// they are large; none only where there is none. Units, roles and users in
    /// their events are numbers of that state and of every later one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn changes(
        &self,
        realm: &RealmId,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<ChangeRecord>, StoreError> {
        let Some(state) = self.state(realm.as_str()) else { return Ok(Vec::new()) };
        let mut conn = self.reader().await?;
        let names = Names::of(&state);
        let (mut records, mut newest, mut bytes) = (Vec::new(), after, 0);
        while records.len() < limit && bytes < LISTED_BYTES {
            let portion = (limit - records.len()).min(PORTION);
            let read = sqlite::read_log(&mut conn, realm, newest, portion).await;
            let changes = read.map_err(|fault| fault.told("reading the log"))?;
            let known: Vec<_> =
                changes.into_iter().take_while(|change| change.revision <= state.revision).collect();
            let Some(last) = known.last() else { break };
            newest = last.revision;
            bytes += known.iter().map(StoredChange::size).sum::<usize>();
            for change in known {
                let read = record(change, &names);
                records.push(read.map_err(|damage| Fault::Damaged(damage).told("reading the log"))?);
            }
        }
        Ok(records)
    }

    /// Computes the chain of a realm anew from the stored bytes, and the digest of every personal part that is not
    /// erased. Yields the revision up to which that was done.
    ///
    /// # Errors
    /// The first revision that does not verify.
    pub async fn verify(&self, realm: &RealmId) -> Result<Revision, VerifyError> {
        let mut conn = self.reader().await.map_err(|_| VerifyError::Unavailable)?;
        let unavailable = |fault: Fault| {
            fault.told("verifying the log");
            VerifyError::Unavailable
        };
        let head = sqlite::head(&mut conn, realm).await.map_err(unavailable)?;
        let head = head.ok_or(VerifyError::UnknownRealm)?;
        let mut verifier = Verifier::new();
        let mut limit = PAGE;
        while verifier.revision() < head.revision {
            let page = match sqlite::read_log(&mut conn, realm, verifier.revision(), limit).await {
                Ok(page) => page,
                // Somewhere in the page: change by change, to tell where.
                Err(Fault::Damaged(_)) if limit > 1 => {
                    limit = 1;
                    continue;
                }
                Err(Fault::Damaged(Damage(what))) => return Err(verifier.broken_next(what)),
                Err(fault) => return Err(unavailable(fault)),
            };
            if page.is_empty() {
                return Err(verifier.broken_next("it is missing"));
            }
            for change in page.iter().take_while(|change| change.revision <= head.revision) {
                verifier.take(change)?;
            }
            tokio::task::yield_now().await;
        }
        verifier.end(&head)
    }

    /// Writes a new key.
    ///
    /// # Errors
    /// When the database does not answer, or has a key of this id or secret already.
    pub async fn create_key(&self, key: ApiKey) -> Result<(), StoreError> {
        self.write_key(KeyWrite::Create(Box::new(key))).await.map(|_| ())
    }

    /// Every key, revoked ones too, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        let mut conn = self.reader().await?;
        sqlite::read_keys(&mut conn).await.map_err(|fault| fault.told("reading keys"))
    }

    /// Ends a key. Says whether there was a live one of this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revoke_key(&self, id: &str, at: Instant) -> Result<bool, StoreError> {
        self.write_key(KeyWrite::Revoke { id: id.to_owned(), at }).await
    }

    async fn write_key(&self, write: KeyWrite) -> Result<bool, StoreError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.inner.outbox.send(Message::Key(write, reply)).await;
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
        let read = sqlx::query("SELECT format FROM meta").fetch_one(&self.inner.probe).await;
        read.map(|_| ()).map_err(|error| Fault::from(error).told("pinging"))
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

    async fn reader(&self) -> Result<PoolConnection<sqlx::Sqlite>, StoreError> {
        self.inner
            .readers
            .acquire()
            .await
            .map_err(|error| Fault::from(error).told("waiting for a connection"))
    }
}

async fn load_all(session: &mut Session) -> Result<Vec<Arc<State>>, Fault> {
    let mut states = Vec::new();
    for head in session.heads().await? {
        if let Some(state) = session.load(&head.realm).await? {
            states.push(Arc::new(state));
        }
    }
    Ok(states)
}

fn record(change: StoredChange, names: &Names<'_>) -> Result<ChangeRecord, Damage> {
    let header = Header::decode(&change.header, names)?;
    Ok(ChangeRecord {
        revision: change.revision,
        hash: change.hash,
        recorded_at: change.recorded_at,
        actor: header.actor,
        caller: header.caller,
        command: header.command,
        request_id: header.request_id,
        reason: Header::reason(change.personal.as_ref())?,
        events: change.events.iter().map(|event| codec::decode(event, names)).collect::<Result<_, _>>()?,
        effects: header.effects,
    })
}
