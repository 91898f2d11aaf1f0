//! Events and changes as bytes of `bailiwick.log.v1`, and back.
//!
//! Bytes hold ids, never the numbers that stand for them in memory: encoding asks a state for the ids, decoding
//! resolves them against one. A name that does not resolve is [`Damage`], never left out. Decoding takes every message
//! apart field by field, so that a field that is added to the format does not go unread.

mod access;
mod content;
mod credentials;
mod customer;
mod effect;
mod fields;
mod header;
mod imported;
mod names;
mod options;
mod personal;
mod realm;
mod request;
mod review;
mod unit;

pub(crate) use content::digest as content_digest;
pub(crate) use header::Header;
pub(crate) use names::{Names, customer_id};
pub(crate) use personal::{read_access as read_notes, read_profile};
pub(crate) use realm::compile;
pub(crate) use request::stage_number;

use bailiwick_identity::{Credentials, UserId};
use bailiwick_membership::Unit;
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::{Event, Request, Review};
use prost::Message;

use crate::log::tables::{Link, LinkKind};
use crate::log::{Damage, EntityKind, Personal, StoredEvent, chain};

const MISFILED: Damage = Damage("an event is filed under another entity than its own");

/// Random bytes for personal parts, 16 at a time.
pub(crate) type Salts = fn() -> [u8; 16];

/// Writes an event. `names` is of the state after the event was applied, so that all it names is known.
pub(crate) fn encode(event: &Event, names: &Names<'_>, salts: Salts) -> Result<StoredEvent, Damage> {
    use log::event::Entity;
    let (kind, id, entity, part) = match event {
        Event::Realm { title, status } => {
            (EntityKind::Realm, String::new(), Entity::Realm(realm::write(names, title, *status)), None)
        }
        Event::Scheme(scheme) => {
            let message = log::Scheme { toml: scheme.source().to_string() };
            (EntityKind::Scheme, String::new(), Entity::Scheme(message), None)
        }
        Event::Unit(unit) => {
            (EntityKind::Unit, unit.id.to_string(), Entity::Unit(unit::write(names, unit)?), None)
        }
        Event::Access { user, access, notes } => {
            let message = access::write(names, user, access)?;
            let part = personal::write_access(names, notes)?;
            (EntityKind::Access, user.to_string(), Entity::Access(message), part)
        }
        Event::Profile { user, profile } => {
            let message = log::Profile { user: user.to_string() };
            let part = Some(personal::write_profile(profile));
            (EntityKind::Profile, user.to_string(), Entity::Profile(message), part)
        }
        Event::Credentials { user, credentials } => {
            let message = credentials::write(user, credentials);
            let part = personal::write_kept(&credentials.kept);
            (EntityKind::Credentials, user.to_string(), Entity::Credentials(message), part)
        }
        Event::Caseload { user, entries } => {
            let message = customer::write_caseload(names, *user, entries)?;
            (EntityKind::Caseload, message.user.clone(), Entity::Caseload(message), None)
        }
        Event::Placements { customer, placements } => {
            let message = customer::write_placements(names, customer, placements)?;
            (EntityKind::Placements, customer.to_string(), Entity::Placements(message), None)
        }
        Event::Request(request) => {
            let part = Some(content::write(request)?);
            (EntityKind::Request, request.id.to_string(), Entity::Request(request::write(request)), part)
        }
        Event::Review(review) => {
            (EntityKind::Review, review.id.to_string(), Entity::Review(review::write(review)), None)
        }
    };
    let personal = part.map(|part| Personal { salt: salts(), part });
    let personal_digest = personal.as_ref().map(|p| chain::digest(p).to_vec()).unwrap_or_default();
    let body = log::Event { entity: Some(entity), personal_digest }.encode_to_vec();
    Ok(StoredEvent { kind, entity: id, body, personal })
}

/// Reads an event. `names` is of a state in which all that the event names is known.
pub(crate) fn decode(stored: &StoredEvent, names: &Names<'_>) -> Result<Event, Damage> {
    use log::event::Entity;
    let personal = stored.personal.as_ref().map(|p| p.part.as_slice());
    let (kind, id, event) = match entity(&stored.body)? {
        Entity::Realm(message) => {
            let (title, status) = realm::read(names, message)?;
            (EntityKind::Realm, String::new(), Event::Realm { title, status })
        }
        Entity::Scheme(message) => {
            let log::Scheme { toml } = message;
            (EntityKind::Scheme, String::new(), Event::Scheme(compile(&toml, Some(names.scheme()))?))
        }
        Entity::Unit(message) => {
            let unit = unit::read(names, message)?;
            (EntityKind::Unit, unit.id.to_string(), Event::Unit(unit))
        }
        Entity::Access(message) => {
            let (user, access) = access::read(names, message)?;
            let notes = personal::read_access(names, personal)?;
            (EntityKind::Access, user.to_string(), Event::Access { user, access, notes })
        }
        Entity::Profile(message) => {
            let log::Profile { user } = message;
            let profile = read_profile(personal)?;
            (EntityKind::Profile, user.clone(), Event::Profile { user: names::user_id(&user)?, profile })
        }
        Entity::Credentials(message) => {
            let (user, credentials) = credentials::read(message, personal::read_kept(personal)?)?;
            (EntityKind::Credentials, user.to_string(), Event::Credentials { user, credentials })
        }
        Entity::Caseload(message) => {
            let id = message.user.clone();
            let (user, entries) = customer::read_caseload(names, message)?;
            (EntityKind::Caseload, id, Event::Caseload { user, entries })
        }
        Entity::Placements(message) => {
            let (customer, placements) = customer::read_placements(names, message)?;
            (EntityKind::Placements, customer.to_string(), Event::Placements { customer, placements })
        }
        Entity::Request(message) => {
            let request = request::read(message, personal)?;
            (EntityKind::Request, request.id.to_string(), Event::Request(Box::new(request)))
        }
        Entity::Review(message) => {
            let review = review::read(message)?;
            (EntityKind::Review, review.id.to_string(), Event::Review(Box::new(review)))
        }
    };
    if kind != stored.kind || id != stored.entity {
        return Err(MISFILED);
    }
    Ok(event)
}

/// The entity of an encoded event.
fn entity(body: &[u8]) -> Result<log::event::Entity, Damage> {
    let message = log::Event::decode(body).map_err(|_| Damage("an event cannot be read"))?;
    let log::Event { entity, personal_digest: _ } = message;
    entity.ok_or(Damage("an event is about nothing that this version knows"))
}

/// Credentials, from body and personal part; no names are needed.
pub(crate) fn read_credentials(
    body: &[u8],
    personal: Option<&[u8]>,
) -> Result<(UserId, Credentials), Damage> {
    let log::event::Entity::Credentials(message) = entity(body)? else { return Err(MISFILED) };
    credentials::read(message, personal::read_kept(personal)?)
}

/// A review; no names are needed.
pub(crate) fn read_review(body: &[u8]) -> Result<Review, Damage> {
    let log::event::Entity::Review(message) = entity(body)? else { return Err(MISFILED) };
    review::read(message)
}

/// A request, from body and personal part; no names are needed.
pub(crate) fn read_request(body: &[u8], personal: Option<&[u8]>) -> Result<Request, Damage> {
    let log::event::Entity::Request(message) = entity(body)? else { return Err(MISFILED) };
    request::read(message, personal)
}

/// The digest that stands in an encoded event for its personal part; empty if it has none.
pub(crate) fn personal_digest(body: &[u8]) -> Result<Vec<u8>, Damage> {
    let message = log::Event::decode(body).map_err(|_| Damage("an event cannot be read"))?;
    Ok(message.personal_digest)
}

/// The parts of a scheme event that need no state: the document.
pub(crate) fn scheme_source(body: &[u8]) -> Result<String, Damage> {
    let log::event::Entity::Scheme(log::Scheme { toml }) = entity(body)? else { return Err(MISFILED) };
    Ok(toml)
}

/// Of an access event: whose, and the home unit. Enough to know a user by before all that is named is known.
pub(crate) fn access_stub(body: &[u8]) -> Result<(UserId, String), Damage> {
    let log::event::Entity::Access(message) = entity(body)? else { return Err(MISFILED) };
    Ok((names::user_id(&message.user)?, message.home_unit))
}

/// Of an access event: to what the user is linked.
pub(crate) fn links(user: &UserId, body: &[u8]) -> Result<Vec<Link>, Damage> {
    let log::event::Entity::Access(message) = entity(body)? else { return Err(MISFILED) };
    let named = [(LinkKind::OwnRecord, message.own_record), (LinkKind::Person, message.person)];
    let named = named.into_iter().filter(|(_, target)| !target.is_empty());
    Ok(named.map(|(kind, target)| Link { kind, target, user: user.clone() }).collect())
}

/// Of an access event: the home unit, and those in which something is held, ended or not.
pub(crate) fn held_units(body: &[u8]) -> Result<Vec<String>, Damage> {
    let log::event::Entity::Access(message) = entity(body)? else { return Err(MISFILED) };
    let held = message.assignments.into_iter().map(|assignment| assignment.unit);
    Ok(held.chain([message.home_unit]).collect())
}

/// Of a unit event: the unit without those parents that are not known yet, and whether there are such.
pub(crate) fn unit_stub(body: &[u8], names: &Names<'_>) -> Result<(Unit, bool), Damage> {
    let log::event::Entity::Unit(mut message) = entity(body)? else { return Err(MISFILED) };
    let all = message.parents.len();
    message.parents.retain(|parent| names.unit(parent).is_ok());
    let incomplete = message.parents.len() < all;
    Ok((unit::read(names, message)?, incomplete))
}

#[cfg(test)]
mod request_tests;
#[cfg(test)]
mod tests;
