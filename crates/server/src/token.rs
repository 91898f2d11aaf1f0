//! Tokens: what stands for a state.
//!
//! Epoch, revision and the first 8 bytes of that revision's chain hash, so that a token of another history is known
//! as such wherever it comes.

use bailiwick_realm::{ChainHash, Revision};

/// The length of a token.
const LEN: usize = 32;

/// A state's token, opaque to callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// The history.
    pub(crate) epoch: [u8; 16],
    /// The revision.
    pub(crate) revision: Revision,
    /// How that revision's chain hash begins.
    pub(crate) hash: [u8; 8],
}

/// The beginning of a hash that tokens carry.
pub(crate) fn beginning(hash: &ChainHash) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = hash.0;
    [a, b, c, d, e, f, g, h]
}

impl Token {
    /// The token of a revision.
    pub(crate) fn of(epoch: [u8; 16], revision: Revision, hash: &ChainHash) -> Self {
        Self { epoch, revision, hash: beginning(hash) }
    }

    /// The bytes that callers keep.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LEN);
        bytes.extend_from_slice(&self.epoch);
        bytes.extend_from_slice(&self.revision.0.to_be_bytes());
        bytes.extend_from_slice(&self.hash);
        bytes
    }

    /// Reads a token; nothing where the bytes are none.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (epoch, rest) = bytes.split_first_chunk::<16>()?;
        let (revision, rest) = rest.split_first_chunk::<8>()?;
        let hash = <[u8; 8]>::try_from(rest).ok()?;
        Some(Self { epoch: *epoch, revision: Revision(u64::from_be_bytes(*revision)), hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_they_were_written() {
        let token = Token::of([7; 16], Revision(42), &ChainHash([9; 32]));
        let bytes = token.encode();
        assert_eq!(bytes.len(), LEN);
        assert_eq!(Token::decode(&bytes), Some(token));
    }

    #[test]
    fn other_lengths_are_no_tokens() {
        let bytes = Token::of([7; 16], Revision(42), &ChainHash([9; 32])).encode();
        for len in 0..LEN {
            assert_eq!(Token::decode(bytes.get(..len).unwrap()), None, "{len}");
        }
        assert_eq!(Token::decode(&[bytes, vec![0]].concat()), None);
    }
}
