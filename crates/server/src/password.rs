//! Hashing passwords: Argon2id, off the threads that serve, two at a time at most.
//!
//! A hash takes some tens of milliseconds and 19 MiB by design. Whoever waits for a place is one of few; more are turned
//! away at once, of one realm sooner than of all, so that no realm keeps another waiting for ever. An attempt under a name
//! that nobody has costs the same as one under a name that somebody has.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use bailiwick_identity::PasswordHash;
use bailiwick_identity::password::Password;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::fault::Fault;
use crate::random;

/// Passwords that are hashed at once.
const AT_ONCE: usize = 2;
/// Those that wait, and those that are hashed.
const WAITING: usize = 64;
/// Of these, of one realm.
const OF_ONE_REALM: usize = 32;
/// OWASP's parameters for Argon2id: memory in KiB, passes, lanes.
const COST: (u32, u32, u32) = (19 * 1_024, 2, 1);

/// Hashes passwords. Cheap to clone; all clones share their places.
#[derive(Clone)]
pub(crate) struct Hasher {
    waiting: Arc<Semaphore>,
    of_realms: Arc<Mutex<HashMap<String, usize>>>,
    hashing: Arc<Semaphore>,
}

/// A place among those who wait for a hash.
pub(crate) struct Place {
    hashing: Arc<Semaphore>,
    _waiting: OwnedSemaphorePermit,
    _of_realm: OfRealm,
}

/// One of a realm's places.
struct OfRealm {
    realm: String,
    of_realms: Arc<Mutex<HashMap<String, usize>>>,
}

impl Drop for OfRealm {
    fn drop(&mut self) {
        let mut of_realms = self.of_realms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut taken) = of_realms.entry(std::mem::take(&mut self.realm)) {
            *taken.get_mut() -= 1;
            if *taken.get() == 0 {
                taken.remove();
            }
        }
    }
}

impl Hasher {
    pub(crate) fn new() -> Self {
        Self {
            waiting: Arc::new(Semaphore::new(WAITING)),
            of_realms: Arc::default(),
            hashing: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// A place for a realm, if there is one: to be had before an attempt is counted.
    pub(crate) fn enter(&self, realm: &str) -> Result<Place, Fault> {
        let waiting = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| Fault::Overloaded)?;
        let of_realm = self.enter_realm(realm)?;
        Ok(Place { hashing: Arc::clone(&self.hashing), _waiting: waiting, _of_realm: of_realm })
    }

    fn enter_realm(&self, realm: &str) -> Result<OfRealm, Fault> {
        let mut of_realms = self.of_realms.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = of_realms.entry(realm.to_owned()).or_default();
        if *taken == OF_ONE_REALM {
            return Err(Fault::Overloaded);
        }
        *taken += 1;
        Ok(OfRealm { realm: realm.to_owned(), of_realms: Arc::clone(&self.of_realms) })
    }
}

impl Place {
    /// The hash of a password, with a salt of its own.
    pub(crate) async fn hash(self, password: Password) -> Result<PasswordHash, Fault> {
        self.work(move || hash(&password)).await
    }

    /// Whether a password has this hash. Where there is nothing to compare with, the same is done for nothing.
    pub(crate) async fn verify(
        self,
        password: Option<Password>,
        hash: Option<PasswordHash>,
    ) -> Result<bool, Fault> {
        self.work(move || match (password, hash) {
            (Some(password), Some(hash)) => verify(&password, &hash),
            (Some(password), None) => self::hash(&password).map(|_| false),
            (None, _) => {
                let nobodys = Password::typed("").map_err(|_| Fault::Internal("no password to hash"))?;
                self::hash(&nobodys).map(|_| false)
            }
        })
        .await
    }

    async fn work<T: Send + 'static>(
        self,
        job: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let turn = Arc::clone(&self.hashing).acquire_owned().await;
        let turn = turn.map_err(|_| Fault::Internal("nobody may hash"))?;
        let done = tokio::task::spawn_blocking(move || {
            // The place is kept for as long as the work goes on, whether somebody still waits for it or not.
            let _kept = (turn, self);
            job()
        });
        done.await.map_err(|_| Fault::Internal("hashing a password broke off"))?
    }
}

fn argon2() -> Result<Argon2<'static>, Fault> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|_| Fault::Internal("no such cost"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &Password) -> Result<PasswordHash, Fault> {
    let salt: [u8; 16] = random::bytes()?;
    let hashed = argon2()?.hash_password_with_salt(password.expose().as_bytes(), &salt);
    let hashed: phc::PasswordHash = hashed.map_err(|_| Fault::Internal("a password cannot be hashed"))?;
    Ok(PasswordHash(hashed.to_string()))
}

fn verify(password: &Password, hash: &PasswordHash) -> Result<bool, Fault> {
    let kept = phc::PasswordHash::new(&hash.0).map_err(|_| Fault::Internal("a kept hash is none"))?;
    match argon2()?.verify_password(password.expose().as_bytes(), &kept) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(_) => Err(Fault::Internal("a kept hash cannot be compared with")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn typed(text: &str) -> Password {
        Password::typed(text).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_no_other_is() {
        let hasher = Hasher::new();
        let hash = hasher.enter("one").unwrap().hash(typed("correct horse")).await.unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
        let again = hasher.enter("one").unwrap().hash(typed("correct horse")).await.unwrap();
        assert_ne!(hash, again);
        for (text, right) in [("correct horse", true), ("Correct horse", false), ("", false)] {
            let place = hasher.enter("one").unwrap();
            assert_eq!(place.verify(Some(typed(text)), Some(hash.clone())).await.unwrap(), right, "{text}");
        }
        assert!(!hasher.enter("one").unwrap().verify(Some(typed("correct horse")), None).await.unwrap());
        assert!(!hasher.enter("one").unwrap().verify(None, Some(hash)).await.unwrap());
        let broken = PasswordHash("$argon2id$".to_owned());
        assert!(hasher.enter("one").unwrap().verify(Some(typed("x")), Some(broken)).await.is_err());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_more_than_two_are_hashed_at_once() {
        let hasher = Hasher::new();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut jobs = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (place, now, most) = (hasher.enter("one").unwrap(), Arc::clone(&now), Arc::clone(&most));
            jobs.spawn(place.work(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(std::time::Duration::from_millis(20));
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }));
        }
        assert!(jobs.join_all().await.iter().all(Result::is_ok));
        assert_eq!(most.load(Ordering::SeqCst), AT_ONCE);
    }

    #[tokio::test]
    async fn who_finds_no_place_is_turned_away_at_once() {
        let hasher = Hasher::new();
        let places = |realm| (0..OF_ONE_REALM).map(|_| hasher.enter(realm).unwrap()).collect::<Vec<_>>();
        let one = places("one");
        assert!(matches!(hasher.enter("one").err(), Some(Fault::Overloaded)), "others have places yet");
        let other = places("other");
        assert!(matches!(hasher.enter("third").err(), Some(Fault::Overloaded)));
        drop(one);
        assert!(hasher.enter("one").is_ok());
        drop(other);
        assert!(hasher.of_realms.lock().unwrap().is_empty(), "a realm that asks no more is forgotten");
    }
}
