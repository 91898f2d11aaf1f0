//! Tokens that one connection has shown, so that each is verified once.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Proven;

/// So many of one connection are remembered.
const MOST: usize = 256;

/// What one connection has proved. The lock is the connection's own, and held for a look.
#[derive(Default)]
pub(crate) struct Memory(Mutex<HashMap<Box<str>, Arc<Proven>>>);

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory(…)")
    }
}

impl Memory {
    /// What a token has proved, as long as it is good.
    pub(crate) fn find(&self, token: &str) -> Option<Arc<Proven>> {
        let mut proven = self.proven();
        let found = proven.get(token)?;
        if found.is_good() {
            return Some(Arc::clone(found));
        }
        proven.remove(token);
        None
    }

    /// Remembers what a token has proved.
    pub(crate) fn keep(&self, token: &str, proof: &Arc<Proven>) {
        let mut proven = self.proven();
        if proven.len() >= MOST {
            proven.retain(|_, one| one.is_good());
        }
        if proven.len() >= MOST {
            proven.clear();
        }
        proven.insert(token.into(), Arc::clone(proof));
    }

    fn proven(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<Proven>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
