//! Page tokens: where a list goes on.
//!
//! A token holds the revision of the page before and the key of its last row. It is sealed together with the query and
//! the caller: one that was made up, or that belongs to another query or caller, is refused, and nobody reads from it
//! whose row came last. The key is the database's, so that a token is good on every server and after a restart.

use prost::Message;
use sha2::{Digest, Sha256};

use crate::caller::Caller;
use crate::fault::Fault;
use crate::seal::SealingKey;

/// Seals page tokens.
#[derive(Clone)]
pub(crate) struct PageKey(SealingKey);

/// Which query a page belongs to: its method, its filters and who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Query([u8; 32]);

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The revision of the page before: no page shows an older one.
    pub(crate) revision: u64,
    /// The key of the last row.
    pub(crate) last: Vec<u8>,
}

impl Query {
    /// The query of a request, from which size and token of the page have been taken.
    pub(crate) fn of(method: &str, request: &impl Message, caller: &Caller) -> Self {
        let mut hash = Sha256::new();
        for part in [method.as_bytes(), caller.id().as_bytes(), &request.encode_to_vec()] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl PageKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(SealingKey::new(key))
    }

    /// The token that goes on after a row.
    pub(crate) fn seal(&self, query: &Query, cursor: &Cursor) -> Result<String, Fault> {
        let mut plain = cursor.revision.to_be_bytes().to_vec();
        plain.extend_from_slice(&cursor.last);
        self.0.seal(&query.0, &plain)
    }

    /// Where a token goes on.
    ///
    /// # Errors
    /// Where the token was not given out for this query and caller.
    pub(crate) fn open(&self, query: &Query, token: &str) -> Result<Cursor, Fault> {
        let refused = || {
            Fault::field("page_token", "was not given out for this query: begin again without a page token")
        };
        let plain = self.0.open(&query.0, token).ok_or_else(refused)?;
        let (revision, last) = plain.split_first_chunk::<8>().ok_or_else(refused)?;
        Ok(Cursor { revision: u64::from_be_bytes(*revision), last: last.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bailiwick_identity::Instant;
    use bailiwick_proto::v1;
    use bailiwick_store::ApiKey;
    use data_encoding::BASE64URL_NOPAD;

    use super::*;

    fn query(kind: &str) -> Query {
        let request = v1::ListUnitsRequest { kind: kind.to_owned(), ..v1::ListUnitsRequest::default() };
        Query::of("ListUnits", &request, &Caller::local_operator())
    }

    fn cursor() -> Cursor {
        Cursor { revision: 7, last: b"site-b".to_vec() }
    }

    #[test]
    fn a_token_goes_on_where_it_says() {
        let key = PageKey::new(&[7; 32]);
        let token = key.seal(&query("site"), &cursor()).unwrap();
        assert_eq!(key.open(&query("site"), &token).unwrap(), cursor());
    }

    #[test]
    fn a_token_is_good_for_its_query_only() {
        let key = PageKey::new(&[7; 32]);
        let token = key.seal(&query("site"), &cursor()).unwrap();
        assert!(key.open(&query("program"), &token).is_err());
        assert!(PageKey::new(&[8; 32]).open(&query("site"), &token).is_err());
    }

    #[test]
    fn a_token_is_good_for_its_caller_only() {
        let of = |id: &str| {
            let key = ApiKey {
                id: id.to_owned(),
                name: "a program".to_owned(),
                secret_hash: [0; 32],
                permissions: Vec::new(),
                realms: Vec::new(),
                created_at: Instant::MIN,
                revoked_at: None,
            };
            Query::of("ListUnits", &v1::ListUnitsRequest::default(), &Caller::with_key(Arc::new(key)))
        };
        let key = PageKey::new(&[7; 32]);
        let token = key.seal(&of("k-1"), &cursor()).unwrap();
        assert_eq!(key.open(&of("k-1"), &token).unwrap(), cursor());
        assert!(key.open(&of("k-2"), &token).is_err());
    }

    #[test]
    fn no_changed_token_is_good() {
        let key = PageKey::new(&[7; 32]);
        let token = key.seal(&query("site"), &cursor()).unwrap();
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            assert!(key.open(&query("site"), &BASE64URL_NOPAD.encode(&forged)).is_err(), "byte {at}");
        }
        for bad in ["", "x", "====", "AAAA"] {
            assert!(key.open(&query("site"), bad).is_err());
        }
    }

    #[test]
    fn a_token_does_not_show_whose_row_came_last() {
        let key = PageKey::new(&[7; 32]);
        let token = key.seal(&query("site"), &cursor()).unwrap();
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"site-b"));
        assert_ne!(token, key.seal(&query("site"), &cursor()).unwrap());
    }
}
