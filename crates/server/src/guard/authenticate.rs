//! Who calls.
//!
//! A key, or a bearer token, that comes with the call decides, wherever the call comes from: a bad one is refused even where
//! none would be needed. Without either, the certificate of the connection decides, good or not. Without any of them, whoever
//! is on this machine is the local operator, unless that is turned off.
//!
//! Keys are found by the hash of what was sent, so that how long it takes says nothing about the secret.

use std::sync::Arc;

use bailiwick_store::Store;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};

use crate::caller::{Caller, Proof};
use crate::fault::Fault;
use crate::issuer::{Issuers, Proven, bearer};
use crate::listener::{Peer, Place};
use crate::program::Programs;

/// How a key begins.
const KEY_PREFIX: &str = "bk_";

/// What is known of who calls, before anything is waited for.
pub(super) enum Known {
    /// Who it is; nobody, where it does not matter.
    Caller(Option<Caller>),
    /// A token that nobody remembers.
    Token(String),
}

/// Makes callers of calls.
pub(super) struct Authenticator {
    store: Store,
    local_operator: bool,
    programs: Programs,
    issuers: Arc<Issuers>,
}

impl Authenticator {
    pub(super) fn new(store: Store, local_operator: bool, programs: Programs, issuers: Arc<Issuers>) -> Self {
        Self { store, local_operator, programs, issuers }
    }

    /// What the head of a request, and its connection, say of who calls.
    pub(super) fn known(&self, headers: &HeaderMap, peer: Option<&Peer>) -> Result<Known, Fault> {
        let mut sent = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = sent.next() else {
            return self.by_connection(peer).map(|caller| Known::Caller(Some(caller)));
        };
        if sent.next().is_some() {
            return Err(Fault::UnknownCaller);
        }
        let secret = value.to_str().ok().and_then(bearer).ok_or(Fault::UnknownCaller)?;
        if secret.starts_with(KEY_PREFIX) {
            return self.by_key(secret).map(|caller| Known::Caller(Some(caller)));
        }
        match peer.and_then(|peer| peer.memory.find(secret)) {
            Some(proven) => self.by_proof(proven).map(|caller| Known::Caller(Some(caller))),
            None => Ok(Known::Token(secret.to_owned())),
        }
    }

    /// The caller whose token it is.
    pub(super) async fn prove(&self, token: &str, peer: Option<&Peer>) -> Result<Caller, Fault> {
        self.by_proof(match peer {
            Some(peer) => self.issuers.prove_once(token, &peer.memory).await?,
            None => Arc::new(self.issuers.prove(token).await?),
        })
    }

    fn by_key(&self, secret: &str) -> Result<Caller, Fault> {
        let key = self.store.key(&secret_hash(secret)).ok_or(Fault::UnknownCaller)?;
        if key.revoked_at.is_some() { Err(Fault::UnknownCaller) } else { Ok(Caller::with_key(key)) }
    }

    fn by_proof(&self, proven: Arc<Proven>) -> Result<Caller, Fault> {
        match self.programs.proven(&proven) {
            Some(program) => Ok(Caller::program(Arc::clone(program), Proof::Token(proven))),
            None if proven.issuer.user_realms.is_empty() => Err(Fault::UnknownCaller),
            None => Ok(Caller::user(proven)),
        }
    }

    fn by_connection(&self, peer: Option<&Peer>) -> Result<Caller, Fault> {
        let peer = peer.ok_or(Fault::UnknownCaller)?;
        if let Some(certified) = &peer.certified {
            let program = self.programs.named(&certified.names).filter(|_| certified.is_good());
            let program = program.ok_or(Fault::UnknownCaller)?;
            return Ok(Caller::program(Arc::clone(program), Proof::Certificate(Arc::clone(certified))));
        }
        match peer.place {
            Place::Here if self.local_operator => Ok(Caller::local_operator()),
            Place::Here | Place::Elsewhere => Err(Fault::UnknownCaller),
        }
    }
}

/// The hash under which a secret is kept.
pub(crate) fn secret_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_tokens_are_sent_as_bearer() {
        assert_eq!(bearer("Bearer bk_1"), Some("bk_1"));
        assert_eq!(bearer("bearer  a.b.c "), Some("a.b.c"));
        for bad in ["", "bk_1", "Basic bk_1", "Bearer"] {
            assert_eq!(bearer(bad), None, "{bad}");
        }
    }
}
