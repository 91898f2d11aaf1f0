//! Realms, schemes and what a change left in a new state.

use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{Event, Fingerprint, RealmStatus, State};

use crate::parse::{Collection, fingerprint_etag};
use crate::v1::{self, EntityKind};

/// A realm.
#[must_use]
pub fn realm(state: &State) -> v1::Realm {
    let status = match state.status {
        RealmStatus::Active => v1::RealmState::Active,
        RealmStatus::Frozen => v1::RealmState::Frozen,
    };
    v1::Realm {
        name: Collection::Realms.name(&state.realm),
        title: state.title.clone(),
        state: status.into(),
        head: state.revision.0,
        scheme: state.scheme.name().to_owned(),
    }
}

/// A scheme.
#[must_use]
pub fn scheme(rules: &Scheme) -> v1::Scheme {
    v1::Scheme {
        toml: rules.source().to_string(),
        name: rules.name().to_owned(),
        title: rules.title().to_owned(),
        etag: fingerprint_etag(Fingerprint::of_scheme(rules)),
    }
}

/// What an event left in a new state.
#[must_use]
pub fn changed_entity(event: &Event, state: &State) -> v1::ChangedEntity {
    let realm = || Collection::Realms.name(&state.realm);
    let (kind, name) = match event {
        Event::Realm { title: _, status: _ } => (EntityKind::Realm, realm()),
        Event::Scheme(_) => (EntityKind::Scheme, realm()),
        Event::Unit(unit) => (EntityKind::Unit, Collection::Units.name(&unit.id)),
        Event::Access { user, access: _, notes: _ } => (EntityKind::Access, Collection::Users.name(user)),
        Event::Profile { user, profile: _ } => (EntityKind::Profile, Collection::Users.name(user)),
        Event::Credentials { user, credentials: _ } => {
            (EntityKind::Credentials, Collection::Users.name(user))
        }
        Event::Caseload { user, entries: _ } => {
            let user = state.world.user_id(*user);
            (EntityKind::Caseload, user.map(|user| Collection::Users.name(user)).unwrap_or_default())
        }
        Event::Placements { customer, placements: _ } => {
            (EntityKind::Placements, Collection::Customers.name(customer))
        }
        Event::Request(request) => (EntityKind::Request, Collection::Requests.name(&request.id)),
        Event::Review(review) => (EntityKind::Review, Collection::Reviews.name(&review.id)),
    };
    v1::ChangedEntity { kind: kind.into(), name }
}
