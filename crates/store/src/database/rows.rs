//! What rows mean, whatever database they come from.

use bailiwick_identity::delay::Failures;
use bailiwick_identity::{
    Instant, RealmId, RequestId, ReviewId, SecretKind, UserId, UsernameDigest, UsernameKey,
};
use bailiwick_realm::{ChainHash, Message, Namesake, Notice, Revision};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Type};

use super::entities::{Current, Parts};
use super::secrets::KNOWN;
use super::{Fault, Identity, KnownUser, Written};
use crate::api::{
    ApiKey, Attempts, Counted, Due, DueOf, Hour, OutboxRow, Place, PlaceKey, Placed, RequestPlace,
    ReviewPlace, UserOrder,
};
use crate::log::{Damage, EntityKind, Head, Personal, StoredChange, StoredEvent};
use crate::machine::PersonRow;

/// The columns of a row, by their places.
pub(crate) trait Columns {
    /// A number.
    fn number(&self, place: usize) -> Result<i64, Fault>;
    /// A number that may be missing.
    fn some_number(&self, place: usize) -> Result<Option<i64>, Fault>;
    /// A text.
    fn text(&self, place: usize) -> Result<&str, Fault>;
    /// A text that may be missing.
    fn some_text(&self, place: usize) -> Result<Option<&str>, Fault>;
    /// Bytes.
    fn blob(&self, place: usize) -> Result<&[u8], Fault>;
    /// Bytes that may be missing.
    fn some_blob(&self, place: usize) -> Result<Option<&[u8]>, Fault>;
}

fn column<'r, R, T>(row: &'r R, place: usize) -> Result<T, Fault>
where
    R: Row,
    T: Decode<'r, R::Database> + Type<R::Database>,
    usize: sqlx::ColumnIndex<R>,
{
    row.try_get(place).map_err(|_| Fault::Damaged(Damage("a column does not hold what it should")))
}

macro_rules! columns {
    ($row:ty) => {
        impl Columns for $row {
            fn number(&self, place: usize) -> Result<i64, Fault> {
                column(self, place)
            }
            fn some_number(&self, place: usize) -> Result<Option<i64>, Fault> {
                column(self, place)
            }
            fn text(&self, place: usize) -> Result<&str, Fault> {
                column(self, place)
            }
            fn some_text(&self, place: usize) -> Result<Option<&str>, Fault> {
                column(self, place)
            }
            fn blob(&self, place: usize) -> Result<&[u8], Fault> {
                column(self, place)
            }
            fn some_blob(&self, place: usize) -> Result<Option<&[u8]>, Fault> {
                column(self, place)
            }
        }
    };
}

columns!(SqliteRow);
columns!(PgRow);

/// Reads every row.
pub(crate) fn all<R, T>(rows: &[R], read: impl Fn(&R) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    rows.iter().map(read).collect()
}

/// A revision or another count, as databases keep it.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn revision(row: &impl Columns, place: usize) -> Result<Revision, Fault> {
    let number = row.number(place)?;
    u64::try_from(number).map(Revision).map_err(|_| Fault::Damaged(Damage("a number is negative")))
}

/// How many questions were asked, and in the hour that began when.
pub(crate) fn counted(row: &impl Columns) -> Result<Counted, Fault> {
    Ok(Counted { asked: revision(row, 0)?.0, hour: Hour(instant(row, 1)?) })
}

pub(crate) fn instant(row: &impl Columns, place: usize) -> Result<Instant, Fault> {
    from_micros(row.number(place)?)
}

fn from_micros(micros: i64) -> Result<Instant, Fault> {
    Instant::from_micros(micros).ok_or(Fault::Damaged(Damage("an instant lies outside the years 1 to 9999")))
}

pub(crate) fn bytes<const N: usize>(row: &impl Columns, place: usize) -> Result<[u8; N], Fault> {
    fixed(row.blob(place)?)
}

fn fixed<const N: usize>(blob: &[u8]) -> Result<[u8; N], Fault> {
    blob.try_into().map_err(|_| Fault::Damaged(Damage("a value has not the length it should have")))
}

/// What a database says of itself: epoch, key of page tokens, key of usernames.
pub(crate) fn identity(row: &impl Columns) -> Result<Identity, Fault> {
    let username_key = UsernameKey(bytes(row, 2)?);
    Ok(Identity { epoch: bytes(row, 0)?, page_key: bytes(row, 1)?, username_key })
}

pub(crate) fn hash(row: &impl Columns, place: usize) -> Result<ChainHash, Fault> {
    bytes(row, place).map(ChainHash)
}

/// User, last name, first name, username, when updated, when created: where the user stands.
pub(crate) fn placed(row: &impl Columns, order: UserOrder) -> Result<Placed, Fault> {
    let (user, last_name) = (user_id(row, 0)?, row.text(1)?.to_owned());
    let username = row.some_text(3)?.map(str::to_owned);
    let (updated_at, created_at) = (instant(row, 4)?, instant(row, 5)?);
    let key = match order {
        UserOrder::Name => PlaceKey::Name(last_name.clone(), row.text(2)?.to_owned()),
        UserOrder::Username => PlaceKey::Username(username.clone().unwrap_or_default()),
        UserOrder::Updated => PlaceKey::Instant(updated_at),
        UserOrder::Created => PlaceKey::Instant(created_at),
    };
    Ok(Placed { place: Place { key, user }, last_name, username, updated_at, created_at })
}

fn realm_id(text: &str) -> Result<RealmId, Fault> {
    RealmId::parse(text).map_err(|_| Fault::Damaged(Damage("a realm's id is none")))
}

fn user_id(row: &impl Columns, place: usize) -> Result<UserId, Fault> {
    UserId::parse(row.text(place)?).map_err(|_| Fault::Damaged(Damage("a user's id is none")))
}

/// Realm, revision, hash and instant.
pub(crate) fn head(row: &impl Columns) -> Result<Head, Fault> {
    Ok(Head {
        realm: realm_id(row.text(0)?)?,
        revision: revision(row, 1)?,
        hash: hash(row, 2)?,
        recorded_at: instant(row, 3)?,
    })
}

/// Revision, instant, hash, header, salt and personal part of a change; its events are yet to come.
pub(crate) fn change(row: &impl Columns) -> Result<StoredChange, Fault> {
    Ok(StoredChange {
        revision: revision(row, 0)?,
        recorded_at: instant(row, 1)?,
        hash: hash(row, 2)?,
        header: row.blob(3)?.to_vec(),
        personal: personal(row, 4)?,
        events: Vec::new(),
    })
}

/// Revision, kind, entity, body, salt and personal part of an event.
pub(crate) fn event(row: &impl Columns) -> Result<(Revision, StoredEvent), Fault> {
    let kind = EntityKind::numbered(row.number(1)?);
    let event = StoredEvent {
        kind: kind.ok_or(Damage("an event is about a kind of entity that this version does not know"))?,
        entity: row.text(2)?.to_owned(),
        body: row.blob(3)?.to_vec(),
        personal: personal(row, 4)?,
    };
    Ok((revision(row, 0)?, event))
}

/// An event as [`event`] reads it, and in the seventh column its instant.
pub(crate) fn written(row: &impl Columns) -> Result<Written, Fault> {
    let (revision, event) = event(row)?;
    Ok(Written { revision, recorded_at: instant(row, 6)?, event })
}

/// Number, id and body of an entity of a kind.
pub(crate) fn entity(row: &impl Columns, kind: EntityKind) -> Result<(i64, StoredEvent), Fault> {
    let (entity, body) = (row.text(1)?.to_owned(), row.blob(2)?.to_vec());
    Ok((row.number(0)?, StoredEvent { kind, entity, body, personal: None }))
}

/// Salt and part, from two neighbouring columns.
fn personal(row: &impl Columns, place: usize) -> Result<Option<Personal>, Fault> {
    match (row.some_blob(place)?, row.some_blob(place + 1)?) {
        (Some(salt), Some(part)) => Ok(Some(Personal { salt: fixed(salt)?, part: part.to_vec() })),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(Damage("half of a personal part is missing").into()),
    }
}

/// Id, etag, and the personal parts of profile and access.
fn person(row: &impl Columns) -> Result<PersonRow, Fault> {
    Ok(PersonRow {
        user: user_id(row, 0)?,
        etag: revision(row, 1)?,
        profile: row.some_blob(2)?.map(<[u8]>::to_vec),
        notes: row.some_blob(3)?.map(<[u8]>::to_vec),
    })
}

/// What [`person`] reads, and the instants of creation and of the last change.
pub(crate) fn user(row: &impl Columns) -> Result<KnownUser, Fault> {
    Ok(KnownUser { person: person(row)?, created_at: instant(row, 4)?, updated_at: instant(row, 5)? })
}

/// Row, user and personal part of a profile.
pub(crate) fn profile(row: &impl Columns) -> Result<(i64, UserId, Option<Vec<u8>>), Fault> {
    Ok((row.number(0)?, user_id(row, 1)?, row.some_blob(2)?.map(<[u8]>::to_vec)))
}

/// Body and personal part of an entity.
pub(crate) fn part(row: &impl Columns) -> Result<Parts, Fault> {
    Ok((row.blob(0)?.to_vec(), row.some_blob(1)?.map(<[u8]>::to_vec)))
}

/// Body and personal part of entities, each with revision and hash of the realm; without a body, these alone.
pub(crate) fn parts_and_head<R: Columns>(found: &[R]) -> Result<Current, Fault> {
    let head = |row: &R| Ok::<_, Fault>((revision(row, 2)?, hash(row, 3)?));
    let head = found.first().map(head).transpose()?;
    // What cannot be read is told of.
    let is_there = |row: &&R| !matches!(row.some_blob(0), Ok(None));
    Ok((head, found.iter().filter(is_there).map(part).collect::<Result<_, _>>()?))
}

/// What is due: since when, in which realm, to what.
pub(crate) fn due(row: &impl Columns) -> Result<Due, Fault> {
    let id = row.text(3)?;
    let of = match row.number(2)? {
        REQUEST => DueOf::Request(request_id(id)?),
        _ => DueOf::Review(review_id(id)?),
    };
    Ok(Due { at: instant(row, 0)?, realm: realm_id(row.text(1)?)?, of })
}

/// How [`due`] numbers a request.
const REQUEST: i64 = 1;

/// Kind and id of what something is due to, as they are ordered.
pub(crate) fn due_key(of: &DueOf) -> (i64, &str) {
    match of {
        DueOf::Request(request) => (REQUEST, request.as_str()),
        DueOf::Review(review) => (REQUEST + 1, review.as_str()),
    }
}

fn request_id(text: &str) -> Result<RequestId, Fault> {
    RequestId::parse(text).map_err(|_| Damage("a request's id is none").into())
}

fn review_id(text: &str) -> Result<ReviewId, Fault> {
    ReviewId::parse(text).map_err(|_| Damage("a review's id is none").into())
}

/// Where a review stands in the list.
pub(crate) fn review_place(row: &impl Columns) -> Result<ReviewPlace, Fault> {
    Ok(ReviewPlace { opened_at: instant(row, 0)?, review: review_id(row.text(1)?)? })
}

/// Places of requests, as one text: instant and request of each.
pub(crate) fn request_places(row: &impl Columns) -> Result<Vec<RequestPlace>, Fault> {
    let text = row.some_text(0)?.unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    let place = |pair: &[&str]| {
        let &[at, request] = pair else { return Err(Damage("a place is none").into()) };
        let at = at.parse().ok().and_then(Instant::from_micros);
        let at = at.ok_or(Damage("an instant is out of range"))?;
        Ok(RequestPlace { at, request: request_id(request)? })
    };
    words.chunks(2).map(place).collect()
}

/// Whose something is.
pub(crate) fn owner(row: &impl Columns) -> Result<UserId, Fault> {
    user_id(row, 0)
}

/// Failures in a row, and until when those that follow wait.
pub(crate) fn failures(row: &impl Columns) -> Result<Failures, Fault> {
    let count = u32::try_from(row.number(0)?).map_err(|_| Damage("a count is none"))?;
    Ok(Failures { count, until: instant(row, 1)? })
}

/// Failures, the client that they are counted for, and until when.
pub(crate) fn attempts(row: &impl Columns) -> Result<Attempts, Fault> {
    let client = UsernameDigest(bytes(row, 2)?);
    Ok(Attempts { known_client: client >= KNOWN, failures: failures(row)?, expires_at: instant(row, 3)? })
}

/// Id, kind, user, sealed secret, the instants of creation and of the end, and the request of something to be mailed.
pub(crate) fn message(row: &impl Columns) -> Result<OutboxRow, Fault> {
    let sealed = || row.text(3).map(str::to_owned);
    let request = || request_id(row.some_text(6)?.unwrap_or_default());
    let notice = match row.number(1)? {
        1 => Notice::Secret { kind: SecretKind::Activation, sealed: sealed()? },
        2 => Notice::Secret { kind: SecretKind::Reset, sealed: sealed()? },
        3 => Notice::ToApprove(request()?),
        4 => Notice::Decided(request()?),
        _ => return Err(Damage("something to be mailed is none that this version knows").into()),
    };
    let message = Message { user: user_id(row, 2)?, notice, expires_at: instant(row, 5)? };
    Ok(OutboxRow { id: revision(row, 0)?.0, created_at: instant(row, 4)?, message })
}

/// How something to be mailed is stored: the number of its kind, the sealed secret, the request.
pub(crate) fn stored_notice(notice: &Notice) -> (i64, &str, Option<&str>) {
    match notice {
        Notice::Secret { kind: SecretKind::Activation, sealed } => (1, sealed, None),
        Notice::Secret { kind: SecretKind::Reset, sealed } => (2, sealed, None),
        Notice::ToApprove(request) => (3, "", Some(request.as_str())),
        Notice::Decided(request) => (4, "", Some(request.as_str())),
    }
}

/// The digest of a username.
pub(crate) fn digest(row: &impl Columns) -> Result<UsernameDigest, Fault> {
    bytes(row, 0).map(UsernameDigest)
}

/// A value that is one person's, and whose it is.
pub(crate) fn whose(row: &impl Columns) -> Result<(String, UserId), Fault> {
    Ok((row.text(0)?.to_owned(), user_id(row, 1)?))
}

/// Both names, and who has them.
pub(crate) fn namesake(row: &impl Columns) -> Result<(String, Namesake), Fault> {
    let birth_date = row.some_text(2)?.map(str::to_owned);
    Ok((row.text(0)?.to_owned(), Namesake { user: user_id(row, 1)?, birth_date }))
}

/// Name and value of an external id, and whose it is.
pub(crate) fn whose_external_id(row: &impl Columns) -> Result<((String, String), UserId), Fault> {
    Ok(((row.text(0)?.to_owned(), row.text(1)?.to_owned()), user_id(row, 2)?))
}

/// Id, name, hash of the secret, permissions, realms, and the instants of creation and revocation.
pub(crate) fn key(row: &impl Columns) -> Result<ApiKey, Fault> {
    Ok(ApiKey {
        id: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        secret_hash: bytes(row, 2)?,
        permissions: row.text(3)?.split_whitespace().map(str::to_owned).collect(),
        realms: row.text(4)?.split_whitespace().map(realm_id).collect::<Result<_, _>>()?,
        created_at: instant(row, 5)?,
        revoked_at: row.some_number(6)?.map(from_micros).transpose()?,
    })
}
