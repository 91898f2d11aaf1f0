//! ListUsers: the users that the reader sees, by last name, then id.
//!
//! Tables know the order and the names, memory knows who holds what: rows are read in portions and filtered. A page
//! may come short, never without saying where it goes on.

use bailiwick_identity::{Field, UserId};
use bailiwick_membership::{RoleIx, UnitIx, UserIx, UserRef};
use bailiwick_policy::Reason;
use bailiwick_proto::parse::{self, UserFilter};
use bailiwick_proto::v1;
use bailiwick_realm::canonical;
use bailiwick_store::{UserQuery, UserRow};

use super::view;
use crate::backend::{Backend, not_found};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::service::scheme_word;
use bailiwick_proto::render::Sight;

/// Rows read at a time.
const PORTION: usize = 1_000;
/// Portions read for one page at most.
const PORTIONS: usize = 20;

pub(super) async fn list_users(
    backend: &Backend,
    caller: &Caller,
    request: v1::ListUsersRequest,
) -> Result<v1::ListUsersResponse, Fault> {
    let filter = parse::user_filter(&request)?;
    let state = backend.newest(caller, &request.realm)?;
    let mut reader = backend.reader(caller, state, &request.actor)?;
    let bare = v1::ListUsersRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let paging = backend.paging(caller, "ListUsers", &bare, request.page_size, &request.page_token)?;
    let revision = reader.state.revision.0;
    paging.not_older(revision)?;
    let wanted = Wanted::of(&filter, &reader)?;

    let mut after = paging.after().and_then(row_key);
    let mut users = Vec::new();
    for _ in 0..PORTIONS {
        let query = UserQuery {
            last_name_prefix: filter.last_name_prefix.clone(),
            username: filter.username.clone(),
            after: after.clone(),
            limit: PORTION,
        };
        let rows = backend.store.list_users(&reader.state.realm, &query).await?;
        reader = backend.settle(caller, reader, &rows, &request.actor).await?;
        let is_last = rows.len() < PORTION;
        for row in &rows {
            if users.len() == paging.size {
                let next = backend.next_page(&paging, revision, token_key(after.as_ref()))?;
                return Ok(v1::ListUsersResponse { users, next_page_token: next, revision });
            }
            after = Some(key_of(row));
            users.extend(wanted.shows(&reader, row).then(|| view::user(&reader, row)).flatten());
        }
        if is_last {
            return Ok(v1::ListUsersResponse { users, next_page_token: String::new(), revision });
        }
    }
    let next = backend.next_page(&paging, revision, token_key(after.as_ref()))?;
    Ok(v1::ListUsersResponse { users, next_page_token: next, revision })
}

/// The filters that memory answers.
struct Wanted {
    role: Option<RoleIx>,
    unit: Option<UnitIx>,
    show_disabled: bool,
}

impl Wanted {
    fn of(filter: &UserFilter, reader: &Reader) -> Result<Self, Fault> {
        let scheme = &reader.state.scheme;
        let role = match &filter.role {
            None => None,
            Some(role) => {
                let valid = scheme.roles().iter().map(|role| role.name.as_str());
                Some(scheme_word("role", scheme.role_named(role), valid)?)
            }
        };
        let unit = match &filter.unit {
            None => None,
            Some(unit) => {
                let seen = reader.state.world.unit_ix(unit.as_str()).filter(|&unit| reader.unit(unit));
                Some(seen.ok_or_else(|| not_found(Reason::UnknownUnit))?)
            }
        };
        Ok(Self { role, unit, show_disabled: filter.show_disabled })
    }

    fn shows(&self, reader: &Reader, row: &UserRow) -> bool {
        let world = &reader.state.world;
        let Some(ix) = world.user_ix(row.user.as_str()) else { return false };
        let Some(user) = world.user(ix) else { return false };
        (self.show_disabled || user.is_active()) && self.holds(reader, ix, user)
    }

    /// Whether something that the reader sees of a user fits: what is not seen is not found either.
    fn holds(&self, reader: &Reader, ix: UserIx, user: UserRef<'_>) -> bool {
        if self.role.is_none() && self.unit.is_none() {
            return true;
        }
        let Some(sees) = reader.sees(ix) else { return false };
        let world = &reader.state.world;
        user.assignments().filter(|a| a.held(reader.now) && sees.assignment(a.number)).any(|a| {
            self.role.is_none_or(|role| a.role == role)
                && self.unit.is_none_or(|unit| world.is_within(a.unit, unit))
        })
    }
}

/// The order of rows: canonical last name, then id.
fn key_of(row: &UserRow) -> (String, UserId) {
    let last_name = row.person.profile.get(Field::LastName).map(canonical).unwrap_or_default();
    (last_name, row.user.clone())
}

/// A key as a page token keeps it. The id has no line break.
fn token_key(key: Option<&(String, UserId)>) -> Vec<u8> {
    key.map(|(name, user)| format!("{user}\n{name}").into_bytes()).unwrap_or_default()
}

fn row_key(text: &str) -> Option<(String, UserId)> {
    let (user, name) = text.split_once('\n')?;
    Some((name.to_owned(), UserId::parse(user).ok()?))
}
