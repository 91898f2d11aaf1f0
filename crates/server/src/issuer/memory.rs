//! Tokens that were shown, so that each is verified once.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::Proven;

/// So many of one connection are remembered.
const OF_A_CONNECTION: usize = 256;

/// What tokens have proved, by their digests: no token lies here. The lock is a connection's own, or the gateway's, and held for a look.
pub(crate) struct Memory {
    proven: Mutex<HashMap<[u8; 32], Arc<Proven>>>,
    most: usize,
}

impl Default for Memory {
    /// That of a connection.
    fn default() -> Self {
        Self::of_at_most(OF_A_CONNECTION)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory(…)")
    }
}

impl Memory {
    /// One of at most so many tokens.
    pub(crate) fn of_at_most(most: usize) -> Self {
        Self { proven: Mutex::default(), most }
    }

    /// What a token has proved, as long as it is good.
    pub(crate) fn find(&self, token: &str) -> Option<Arc<Proven>> {
        let digest = digest(token);
        let mut proven = self.proven();
        let found = proven.get(&digest)?;
        if found.is_good() {
            return Some(Arc::clone(found));
        }
        proven.remove(&digest);
        None
    }

    /// Remembers what a token has proved.
    pub(crate) fn keep(&self, token: &str, proof: &Arc<Proven>) {
        let mut proven = self.proven();
        // Each is verified once more then, which is less than to look which of them are good, again and again.
        if proven.len() >= self.most {
            proven.clear();
        }
        proven.insert(digest(token), Arc::clone(proof));
    }

    fn proven(&self) -> MutexGuard<'_, HashMap<[u8; 32], Arc<Proven>>> {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
