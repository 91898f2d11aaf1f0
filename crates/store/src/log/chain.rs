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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::EntityKind;

    fn event(body: &[u8]) -> StoredEvent {
        StoredEvent { kind: EntityKind::Unit, entity: "e".to_owned(), body: body.to_vec(), personal: None }
    }

    /// The formula, written out once more with nothing but SHA-256.
    #[test]
    fn the_chain_is_what_its_description_says() {
        let by_hand = Sha256::new()
            .chain_update([7; 32])
            .chain_update([0, 0, 0, 0, 0, 0, 0, 3])
            .chain_update(b"abc")
            .chain_update([0, 0, 0, 0, 0, 0, 0, 2])
            .chain_update(b"de")
            .chain_update([0, 0, 0, 0, 0, 0, 0, 0])
            .finalize();
        let hash = hash(ChainHash([7; 32]), b"abc", &[event(b"de"), event(b"")]);
        assert_eq!(hash.0.as_slice(), by_hand.as_slice());
        let personal = Personal { salt: [1; 16], part: b"Jo".to_vec() };
        let by_hand = Sha256::new().chain_update([1; 16]).chain_update(b"Jo").finalize();
        assert_eq!(digest(&personal).as_slice(), by_hand.as_slice());
    }

    /// Bytes cannot move between header and events, or between events, without another hash.
    #[test]
    fn where_bytes_stand_counts() {
        let one = |header: &[u8], bodies: &[&[u8]]| {
            hash(ChainHash::default(), header, &bodies.iter().map(|body| event(body)).collect::<Vec<_>>())
        };
        let all = [
            one(b"abc", &[]),
            one(b"ab", &[b"c"]),
            one(b"a", &[b"bc"]),
            one(b"a", &[b"b", b"c"]),
            one(b"a", &[b"bc", b""]),
            one(b"", &[b"abc"]),
        ];
        for (n, hash) in all.iter().enumerate() {
            assert!(!all[..n].contains(hash), "{n}");
        }
    }
}
