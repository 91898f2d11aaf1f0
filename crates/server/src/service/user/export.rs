//! All that is kept about one person.

use bailiwick_identity::delay::Failures;
use bailiwick_identity::{Instant, RealmId, UserId};
use bailiwick_membership::{CaseloadEntry, World};
use bailiwick_policy::Reason;
use bailiwick_proto::parse::{self, Collection};
use bailiwick_proto::render;
use bailiwick_proto::v1;
use bailiwick_realm::Revision;
use bailiwick_store::{Attempts, Version};

use super::view;
use crate::backend::{Backend, live, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::service::change::change;

/// A page of what every change of a user left.
pub(super) async fn export(
    backend: &Backend,
    caller: &Caller,
    request: &v1::ExportUserRequest,
) -> Result<v1::ExportUserResponse, Fault> {
    let v1::ExportUserRequest { realm, user, page_size, page_token } = request;
    let bare = v1::ExportUserRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let state = backend.newest(caller, realm)?;
    let user = parse::user(user)?;
    let paging = backend.paging(caller, "ExportUser", &bare, *page_size, page_token)?;
    paging.not_older(state.revision.0)?;
    state.world.user_ix(user.as_str()).ok_or_else(|| not_found(Reason::UnknownUser))?;
    let after = match paging.after() {
        Some(last) => last.parse().map_err(|_| Fault::Internal("a page token holds no revision"))?,
        None => 0,
    };
    tracing::info!(realm = %state.realm, user = %user, "all that is kept about a person is exported");
    let wanted = paging.size.saturating_add(1);
    let mut versions = backend.store.user_versions(&state.realm, &user, Revision(after), wanted).await?;
    let more = versions.len() > paging.size;
    versions.truncate(paging.size);
    let next_page_token = match versions.last() {
        Some(last) if more => {
            backend.next_page(&paging, state.revision.0, last.change.revision.0.to_string().into_bytes())?
        }
        Some(_) | None => String::new(),
    };
    let (sign_ins, questions_asked) = match after {
        0 => counted(backend, &state.realm, &user).await?,
        _ => (Vec::new(), 0),
    };
    let head = backend.store.state(state.realm.as_str()).unwrap_or(state);
    let reader = Reader::operator(head.clone(), live(&head));
    let versions = versions.into_iter().map(|version| shown(version, &reader)).collect();
    Ok(v1::ExportUserResponse { versions, next_page_token, sign_ins, questions_asked })
}

/// What is counted of somebody, outside the log: attempts to sign in, and questions about people.
async fn counted(
    backend: &Backend,
    realm: &RealmId,
    user: &UserId,
) -> Result<(Vec<v1::SignInCount>, u64), Fault> {
    let attempts = backend.store.attempts(realm, user).await?;
    let waits = |failures: Failures| (failures.until > Instant::MIN).then_some(failures.until);
    let count = |attempts: Attempts| v1::SignInCount {
        known_client: attempts.known_client,
        failures: attempts.failures.count,
        wait_until: waits(attempts.failures).map(render::timestamp),
        expire_time: Some(render::timestamp(attempts.expires_at)),
    };
    let asked = backend.store.questions_asked(realm, user).await?;
    Ok((attempts.into_iter().map(count).collect(), asked))
}

fn shown(version: Version, reader: &Reader) -> v1::UserVersion {
    let Version { change: made_by, left, caseload, credentials } = version;
    v1::UserVersion {
        user: view::left(reader, &left),
        change: Some(change(made_by, &reader.state, reader, true)),
        credentials: credentials.as_ref().map(render::credentials),
        caseload: caseload.iter().filter_map(|entry| case(entry, &reader.state.world)).collect(),
    }
}

fn case(entry: &CaseloadEntry, world: &World) -> Option<v1::CaseloadEntry> {
    let customer = Collection::Customers.name(world.customer_id(entry.customer)?);
    Some(v1::CaseloadEntry { unit: render::unit_name(world, entry.unit), customer })
}
