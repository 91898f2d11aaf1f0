//! Who calls.
//!
//! A key that comes with the call decides, wherever the call comes from: a bad one is refused even where none would
//! be needed. Without a key, the certificate of the connection decides, good or not. Without either, whoever is on this
//! machine is the local operator, unless that is turned off.
//!
//! Keys are found by the hash of what was sent, so that how long it takes says nothing about the secret.

use std::sync::Arc;

use bailiwick_store::Store;
use http::Request;
use http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};

use crate::caller::Caller;
use crate::fault::Fault;
use crate::listener::{Peer, Place};
use crate::program::Programs;

/// How a key is sent.
const SCHEME: &str = "bearer";
/// How a key begins.
const KEY_PREFIX: &str = "bk_";

/// Makes callers of calls.
pub(super) struct Authenticator {
    store: Store,
    local_operator: bool,
    programs: Programs,
}

impl Authenticator {
    pub(super) fn new(store: Store, local_operator: bool, programs: Programs) -> Self {
        Self { store, local_operator, programs }
    }

    /// The caller of a request.
    pub(super) fn caller<B>(&self, request: &Request<B>) -> Result<Caller, Fault> {
        let mut sent = request.headers().get_all(AUTHORIZATION).iter();
        let Some(value) = sent.next() else {
            return self.without_key(request.extensions().get::<Peer>());
        };
        if sent.next().is_some() {
            return Err(Fault::UnknownCaller);
        }
        let secret = value.to_str().ok().and_then(secret).ok_or(Fault::UnknownCaller)?;
        let key = self.store.key(&secret_hash(secret)).ok_or(Fault::UnknownCaller)?;
        if key.revoked_at.is_some() { Err(Fault::UnknownCaller) } else { Ok(Caller::with_key(key)) }
    }

    fn without_key(&self, peer: Option<&Peer>) -> Result<Caller, Fault> {
        let peer = peer.ok_or(Fault::KeyRequired)?;
        if let Some(certified) = &peer.certified {
            let program = self.programs.named(&certified.names).filter(|_| certified.is_good());
            let program = program.ok_or(Fault::UnknownCaller)?;
            return Ok(Caller::program(Arc::clone(program), Arc::clone(certified)));
        }
        match peer.place {
            Place::Here if self.local_operator => Ok(Caller::local_operator()),
            Place::Here | Place::Elsewhere => Err(Fault::KeyRequired),
        }
    }
}

/// The hash under which a secret is kept.
pub(crate) fn secret_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// The secret in `Bearer bk_…`.
fn secret(value: &str) -> Option<&str> {
    let (scheme, secret) = value.split_once(' ')?;
    let secret = secret.trim();
    (scheme.eq_ignore_ascii_case(SCHEME) && secret.starts_with(KEY_PREFIX)).then_some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sent_as_bearer() {
        assert_eq!(secret("Bearer bk_1"), Some("bk_1"));
        assert_eq!(secret("bearer  bk_1 "), Some("bk_1"));
        for bad in ["", "bk_1", "Basic bk_1", "Bearer", "Bearer 1", "Bearer \u{e9}"] {
            assert_eq!(secret(bad), None, "{bad}");
        }
    }
}
