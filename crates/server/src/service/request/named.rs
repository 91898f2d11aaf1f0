//! Requests that a command names.

use std::collections::BTreeSet;

use bailiwick_identity::RequestId;
use bailiwick_proto::parse;
use bailiwick_realm::{ReadRequest, Request};
use bailiwick_store::content_digest;

use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;

/// A name, and the request as it stands, where there is one.
pub(super) type Named = (RequestId, Option<Request>);

/// The requests that are named, in their order.
pub(super) async fn find<'n>(
    backend: &Backend,
    caller: &Caller,
    realm: &str,
    names: impl IntoIterator<Item = (String, &'n str)>,
) -> Result<Vec<Named>, Fault> {
    let ids = parse::request_ids(names)?;
    let state = backend.newest(caller, realm)?;
    let wanted: BTreeSet<_> = ids.iter().cloned().collect();
    let read = backend.store.requests(&state.realm, &wanted).await?.ok_or(Fault::Unavailable)?;
    let found = |id: RequestId| {
        let request = read.requests.get(&id).cloned();
        (id, request)
    };
    Ok(ids.into_iter().map(found).collect())
}

/// The requests that are named, as they are read, in their order.
pub(super) async fn read<'n>(
    backend: &Backend,
    caller: &Caller,
    realm: &str,
    names: impl IntoIterator<Item = (String, &'n str)>,
) -> Result<Vec<ReadRequest>, Fault> {
    find(backend, caller, realm, names).await?.into_iter().map(as_read).collect()
}

/// The request that is named, as it is read.
pub(super) async fn read_one(
    backend: &Backend,
    caller: &Caller,
    realm: &str,
    name: &str,
) -> Result<ReadRequest, Fault> {
    let read = read(backend, caller, realm, [("request".to_owned(), name)]).await?;
    read.into_iter().next().ok_or(Fault::Internal("a request that was named was not read"))
}

/// A request as it is read. One that is not there asks for nothing: whoever asks for it is answered when the rules are asked,
/// like one who does not see it.
pub(super) fn as_read((id, found): Named) -> Result<ReadRequest, Fault> {
    let Some(request) = found else { return Ok(ReadRequest::of_nothing(id)) };
    let digest = content_digest(&request.content)?;
    Ok(ReadRequest { id, digest, content: request.content, expects: None })
}
