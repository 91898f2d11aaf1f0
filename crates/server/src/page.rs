//! Page tokens: where a list goes on.
//!
//! A token holds the revision of the first page and the key of the last row, and is signed together with the query
//! and the caller: one that was made up, or that belongs to another query or caller, is refused. The key lives as
//! long as the server's process.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use prost::Message;
use sha2::{Digest, Sha256};

use crate::caller::Caller;
use crate::fault::Fault;
use crate::random;

/// The length of a signature.
const MAC_LEN: usize = 32;

/// Signs page tokens.
#[derive(Clone)]
pub(crate) struct PageKey([u8; 32]);

/// Which query a page belongs to: its method, its filters and who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Query([u8; 32]);

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The revision of the first page.
    pub(crate) first_revision: u64,
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
    /// A key that nobody knows.
    pub(crate) fn random() -> Result<Self, Fault> {
        random::bytes().map(Self)
    }

    /// The token that goes on after a row.
    pub(crate) fn sign(&self, query: &Query, cursor: &Cursor) -> Result<String, Fault> {
        let mut bytes = cursor.first_revision.to_be_bytes().to_vec();
        bytes.extend_from_slice(&cursor.last);
        let mac = self.mac(query, &bytes)?.finalize().into_bytes();
        bytes.extend_from_slice(&mac);
        Ok(BASE64URL_NOPAD.encode(&bytes))
    }

    /// Where a token goes on.
    ///
    /// # Errors
    /// Where the token was not given out by this server for this query and caller.
    pub(crate) fn open(&self, query: &Query, token: &str) -> Result<Cursor, Fault> {
        let refused = || {
            Fault::field("page_token", "was not given out for this query: begin again without a page token")
        };
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).map_err(|_| refused())?;
        let (signed, mac) = bytes.split_last_chunk::<MAC_LEN>().ok_or_else(refused)?;
        self.mac(query, signed)?.verify_slice(mac).map_err(|_| refused())?;
        let (revision, last) = signed.split_first_chunk::<8>().ok_or_else(refused)?;
        Ok(Cursor { first_revision: u64::from_be_bytes(*revision), last: last.to_vec() })
    }

    fn mac(&self, query: &Query, signed: &[u8]) -> Result<Hmac<Sha256>, Fault> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| Fault::Internal("no signing key"))?;
        mac.update(&query.0);
        mac.update(signed);
        Ok(mac)
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_proto::v1;

    use super::*;

    fn query(kind: &str) -> Query {
        let request = v1::ListUnitsRequest { kind: kind.to_owned(), ..v1::ListUnitsRequest::default() };
        Query::of("ListUnits", &request, &Caller::local_operator())
    }

    fn cursor() -> Cursor {
        Cursor { first_revision: 7, last: b"site-b".to_vec() }
    }

    #[test]
    fn a_token_goes_on_where_it_says() {
        let key = PageKey::random().unwrap();
        let token = key.sign(&query("site"), &cursor()).unwrap();
        assert_eq!(key.open(&query("site"), &token).unwrap(), cursor());
    }

    #[test]
    fn a_token_is_good_for_its_query_only() {
        let key = PageKey::random().unwrap();
        let token = key.sign(&query("site"), &cursor()).unwrap();
        assert!(key.open(&query("program"), &token).is_err());
        assert!(PageKey::random().unwrap().open(&query("site"), &token).is_err());
    }

    #[test]
    fn no_changed_token_is_good() {
        let key = PageKey::random().unwrap();
        let token = key.sign(&query("site"), &cursor()).unwrap();
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
}
