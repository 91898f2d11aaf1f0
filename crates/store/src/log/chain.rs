//! The chain of hashes.
//!
//! ```text
//! digest  = SHA-256(salt ‖ part)                    salt: 16 random bytes; part: an encoded `PersonalPart`
//! hash(0) = 32 zero bytes
//! hash(n) = SHA-256( hash(n − 1)
//!                  ‖ u64(len(header)) ‖ header
//!                  ‖ for each event, in order:  u64(len(body)) ‖ body )
//! ```
//!
//! `header` is the encoded `bailiwick.log.v1.Change`, `body` the encoded `bailiwick.log.v1.Event`, both exactly as
//! they were first written. `u64` is a length in bytes, eight bytes, big-endian. The digest of a personal part stands
//! inside the header or body that it belongs to (field `personal_digest`, which ends the message): so the part and its
//! salt can be erased and the chain still verifies, and whoever holds the bytes alone can verify them. The header names
//! revision, instant and number of events; the first change's `Realm` event names the realm.

use bailiwick_realm::ChainHash;
use sha2::{Digest, Sha256};

use super::{Personal, StoredEvent};

/// The hash of a change after the one before it.
pub(crate) fn hash(previous: ChainHash, header: &[u8], events: &[StoredEvent]) -> ChainHash {
    let mut hasher = Sha256::new();
    hasher.update(previous.0);
    update(&mut hasher, header);
    for event in events {
        update(&mut hasher, &event.body);
    }
    ChainHash(hasher.finalize().into())
}

fn update(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_be_bytes());
    hasher.update(bytes);
}

/// What stands in the chain for a personal part.
pub(crate) fn digest(personal: &Personal) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(personal.salt);
    hasher.update(&personal.part);
    hasher.finalize().into()
}
