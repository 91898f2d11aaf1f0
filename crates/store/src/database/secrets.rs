//! What tables know of credentials, of attempts to sign in, and of what is to be mailed.

use std::collections::BTreeSet;

use bailiwick_identity::delay::Failures;
use bailiwick_identity::{Instant, RealmId, SecretDigest, UserId, UsernameDigest};
use bailiwick_realm::canonical;

use super::{Answer, Database, Fault};
use crate::api::{Attempts, Login, LoginStep, OutboxRow};

/// Clients that have not signed in under a name before are counted by so many lots: who fails from one of them slows down
/// few others.
const LOTS: u8 = 16;
/// Where the counts of known clients begin; what is below is a lot's.
pub(crate) const KNOWN: UsernameDigest = UsernameDigest([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
/// How long a client counts as one that has signed in before, in microseconds: 90 days.
const KNOWN_FOR: i64 = 90 * 86_400 * 1_000_000;
/// So many clients of one name have a count of their own; the oldest make way.
pub(crate) const KNOWN_CLIENTS: i64 = 16;

/// Whose failures in a row are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counter<'c> {
    pub(crate) realm: &'c RealmId,
    pub(crate) name: UsernameDigest,
    pub(crate) client: UsernameDigest,
}

/// What tables know of credentials, of attempts to sign in, and of what is to be mailed.
pub(crate) trait Secrets: Send {
    /// Whose a pending secret is.
    fn owner_of(&mut self, realm: &RealmId, secret: &SecretDigest) -> impl Answer<Option<UserId>>;

    /// Waits, in a transaction that may write, until nobody else counts attempts under this name.
    fn lock_name(&mut self, realm: &RealmId, name: UsernameDigest) -> impl Answer<()>;

    /// Failures in a row, unless they are forgotten; none where nothing is counted.
    fn failures(&mut self, of: Counter<'_>, now: Instant) -> impl Answer<Option<Failures>>;

    /// What is counted of attempts under the names that were known as a user's, by name and client.
    fn attempts_of(&mut self, realm: &RealmId, user: &UserId, now: Instant) -> impl Answer<Vec<Attempts>>;

    /// Counts, until forgotten; and whose name it is.
    fn put_failures(
        &mut self,
        of: Counter<'_>,
        user: Option<&UserId>,
        failures: Failures,
        expires_at: Instant,
    ) -> impl Answer<()>;

    /// Stops counting.
    fn drop_failures(&mut self, of: Counter<'_>) -> impl Answer<()>;

    /// Stops counting for all lots under the names that were known as a user's.
    fn drop_failures_of(&mut self, realm: &RealmId, user: &UserId) -> impl Answer<()>;

    /// Forgets what is to be forgotten in a realm; and of the clients of a name all but the newest.
    fn forget_failures(&mut self, realm: &RealmId, name: UsernameDigest, now: Instant) -> impl Answer<()>;

    /// What is to be mailed, after a number, ascending; nothing that is over.
    fn messages(
        &mut self,
        realm: &RealmId,
        after: u64,
        now: Instant,
        limit: usize,
    ) -> impl Answer<Vec<OutboxRow>>;

    /// Drops what was delivered; yields how many there were. No transaction may be open.
    fn acknowledge(&mut self, realm: &RealmId, ids: &BTreeSet<u64>) -> impl Answer<u64>;
}

/// Takes a step of signing in. Of an attempt it yields until when it has to wait, if it has: then it counts for nothing.
///
/// An attempt is counted as failed before its password is looked at, and a success takes that back: of many at once, no
/// more come through than of many in a row.
pub(crate) async fn step(
    conn: &mut impl Database,
    login: &Login,
    digest: impl Fn(&str) -> UsernameDigest + Send,
    now: Instant,
) -> Result<Option<Instant>, Fault> {
    let Login { realm, names, user, client, step } = login;
    let client = client.as_deref().map(|client| digest(&format!("client {client}")));
    let names: BTreeSet<_> = names.iter().map(|name| digest(&format!("name {}", canonical(name)))).collect();
    conn.begin_writing().await?;
    let mut wait = None;
    for name in names {
        conn.lock_name(realm, name).await?;
        let counted = Counted { realm, name, client, user: user.as_ref() };
        match step {
            LoginStep::Attempt => wait = wait.max(counted.attempt(conn, now).await?),
            LoginStep::Success => counted.success(conn, now).await?,
            LoginStep::Proof => counted.know_client(conn, now).await?,
        }
        conn.forget_failures(realm, name, now).await?;
    }
    if let (LoginStep::Proof, Some(user)) = (step, user) {
        conn.drop_failures_of(realm, user).await?;
    }
    conn.commit().await?;
    Ok(wait)
}

/// Attempts under one name, from one client.
struct Counted<'l> {
    realm: &'l RealmId,
    name: UsernameDigest,
    client: Option<UsernameDigest>,
    user: Option<&'l UserId>,
}

impl Counted<'_> {
    fn counter(&self, client: UsernameDigest) -> Counter<'_> {
        Counter { realm: self.realm, name: self.name, client }
    }

    /// The count of the client's own, where it has signed in before: others' failures do not touch it.
    async fn own(
        &self,
        conn: &mut impl Database,
        now: Instant,
    ) -> Result<Option<(UsernameDigest, Failures)>, Fault> {
        let Some(client) = self.client else { return Ok(None) };
        let failures = conn.failures(self.counter(client), now).await?;
        Ok(failures.map(|failures| (client, failures)))
    }

    /// The count of all clients of a lot.
    async fn lot(&self, conn: &mut impl Database, now: Instant) -> Result<(UsernameDigest, Failures), Fault> {
        let lot = lot(self.client);
        let failures = conn.failures(self.counter(lot), now).await?;
        Ok((lot, failures.unwrap_or(Failures::NONE)))
    }

    async fn attempt(&self, conn: &mut impl Database, now: Instant) -> Result<Option<Instant>, Fault> {
        let own = self.own(conn, now).await?;
        let (client, present) = match own {
            Some(own) => own,
            None => self.lot(conn, now).await?,
        };
        if let Some(until) = present.waits(now) {
            return Ok(Some(until));
        }
        let next = present.one_more(now);
        let expires_at = if own.is_some() { known_until(now) } else { next.forgotten_at(now) };
        conn.put_failures(self.counter(client), self.user, next, expires_at).await?;
        Ok(None)
    }

    /// Takes back what the attempt was counted as, and no more: others may have failed in the same lot.
    async fn success(&self, conn: &mut impl Database, now: Instant) -> Result<(), Fault> {
        if self.own(conn, now).await?.is_none() {
            let (lot, present) = self.lot(conn, now).await?;
            match present.one_less(now) {
                Failures { count: 0, .. } => conn.drop_failures(self.counter(lot)).await?,
                next => {
                    let expires_at = next.forgotten_at(now);
                    conn.put_failures(self.counter(lot), self.user, next, expires_at).await?;
                }
            }
        }
        self.know_client(conn, now).await
    }

    /// The client has a count of its own from now on.
    async fn know_client(&self, conn: &mut impl Database, now: Instant) -> Result<(), Fault> {
        let Some(client) = self.client else { return Ok(()) };
        conn.put_failures(self.counter(client), self.user, Failures::NONE, known_until(now)).await
    }
}

/// The lot in which a client is counted that is not known; the first is for those that are not named.
fn lot(client: Option<UsernameDigest>) -> UsernameDigest {
    let number = client.map_or(0, |client| 1 + client.0[0] % (LOTS - 1));
    let mut lot = UsernameDigest([0; 16]);
    lot.0[15] = number;
    lot
}

fn known_until(now: Instant) -> Instant {
    Instant::from_micros(now.as_micros().saturating_add(KNOWN_FOR)).unwrap_or(Instant::MAX)
}
