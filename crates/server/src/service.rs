//! The services, one file each. A handler reads the request, calls, and renders the answer.

mod access;
mod behalf;
mod change;
mod customer;
mod gateway;
mod key;
mod realm;
mod request;
mod unit;
mod user;

use bailiwick_proto::parse;
use prost::Message;
use tonic::Request;

use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::page::{Cursor, Query};

pub(crate) use access::Access;
pub(crate) use change::Changes;
pub(crate) use customer::Customers;
pub(crate) use gateway::Gate;
pub(crate) use key::Keys;
pub(crate) use realm::Realms;
pub(crate) use request::Requests;
pub(crate) use unit::Units;
pub(crate) use user::Users;

/// Takes a request apart: who calls, and what.
fn open<T>(request: Request<T>) -> Result<(Caller, T), Fault> {
    let (_, mut extensions, message) = request.into_parts();
    let caller = extensions.remove::<Caller>().ok_or(Fault::UnknownCaller)?;
    Ok((caller, message))
}

/// Which page of which query.
struct Paging {
    size: usize,
    query: Query,
    cursor: Option<Cursor>,
}

impl Backend {
    /// Which page is asked for. The request comes without size and token of its page.
    fn paging(
        &self,
        caller: &Caller,
        method: &str,
        request: &impl Message,
        size: i32,
        token: &str,
    ) -> Result<Paging, Fault> {
        let page = parse::page(size, token)?;
        let query = Query::of(method, request, caller);
        let cursor = page.token.map(|token| self.pages.open(&query, &token)).transpose()?;
        Ok(Paging { size: page.size, query, cursor })
    }

    /// The token of the page that follows a row.
    fn next_page(&self, paging: &Paging, revision: u64, last: Vec<u8>) -> Result<String, Fault> {
        self.pages.seal(&paging.query, &Cursor { revision, last })
    }
}

impl Paging {
    /// The key of the last row of the page before, as text.
    fn after(&self) -> Option<&str> {
        self.cursor.as_ref().and_then(|cursor| std::str::from_utf8(&cursor.last).ok())
    }

    /// Refuses a state that is older than the page before.
    fn not_older(&self, revision: u64) -> Result<(), Fault> {
        match &self.cursor {
            Some(cursor) if cursor.revision > revision => {
                Err(Fault::Unreachable("this server has not reached the revision of the page before"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// A word of the scheme that a filter names, or what would be valid.
fn scheme_word<'a, T>(
    field: &str,
    found: Option<T>,
    valid: impl Iterator<Item = &'a str>,
) -> Result<T, Fault> {
    found.ok_or_else(|| {
        let valid: Vec<&str> = valid.collect();
        Fault::field(field, format!("is not in the scheme; valid are `{}`", valid.join("`, `")))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bailiwick_proto::v1::ListUnitsRequest;
    use bailiwick_store::{Location, Store, StoreOptions};

    use super::*;

    /// A page shows the state of the page before, or a later one: not only of the first.
    #[tokio::test(flavor = "multi_thread")]
    async fn no_page_is_older_than_the_page_before() {
        let store = Store::open(StoreOptions { location: Location::Temporary, queue: 1 }).await.unwrap();
        let backend = Backend::new(store, Duration::from_secs(60)).unwrap();
        let (caller, request) = (Caller::local_operator(), ListUnitsRequest::default());
        let turn = |token: &str| backend.paging(&caller, "ListUnits", &request, 0, token).unwrap();
        let second = turn(&backend.next_page(&turn(""), 5, b"a".to_vec()).unwrap());
        assert!(second.not_older(4).is_err() && second.not_older(5).is_ok());
        let third = turn(&backend.next_page(&second, 9, b"b".to_vec()).unwrap());
        assert!(third.not_older(8).is_err() && third.not_older(9).is_ok());
    }
}
