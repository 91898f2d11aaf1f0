//! What the service hands out and takes back unread: sealed with the database's key, so that it is good on every server
//! and after a restart, and nobody makes it up or reads it.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;

use crate::fault::Fault;
use crate::random;

/// The length of a nonce: long enough to be random.
const NONCE_LEN: usize = 24;

/// Seals.
#[derive(Clone)]
pub(crate) struct SealingKey(XChaCha20Poly1305);

impl SealingKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// Seals bytes for one purpose: they open for the same one only.
    pub(crate) fn seal(&self, purpose: &[u8], plain: &[u8]) -> Result<String, Fault> {
        let nonce: [u8; NONCE_LEN] = random::bytes()?;
        let sealed = self.0.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: purpose });
        let sealed = sealed.map_err(|_| Fault::Internal("a token cannot be sealed"))?;
        Ok(BASE64URL_NOPAD.encode(&[&nonce[..], &sealed].concat()))
    }

    /// What was sealed for this purpose; none that was not.
    pub(crate) fn open(&self, purpose: &[u8], token: &str) -> Option<Vec<u8>> {
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        self.0.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: purpose }).ok()
    }
}
