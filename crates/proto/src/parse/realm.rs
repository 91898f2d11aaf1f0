//! Commands about realms. Documents of schemes are compiled by whoever calls: what they may say is the scheme's.

use std::sync::Arc;

use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{Body, RealmStatus};

use super::form::{Form, Violations, given};
use super::name::{Collection, named};
use super::write::{Header, Write};
use crate::v1;

/// Reads a CreateRealm, with its scheme compiled.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn create_realm(request: v1::CreateRealmRequest, rules: Arc<Scheme>) -> Result<Write, Violations> {
    let v1::CreateRealmRequest { realm, title, scheme: _, request_id, validate_only, reason } = request;
    let mut form = Form::default();
    let fallback = named(Collection::Realms, &realm).unwrap_or_default().to_owned();
    let body = form
        .title("title", title)
        .map(|title| Body::CreateRealm { title: given(title).unwrap_or(fallback), scheme: rules });
    Header { realm, request_id, validate_only, reason, ..Header::default() }.with(form, body)
}

/// Reads a FreezeRealm.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn freeze_realm(request: v1::FreezeRealmRequest) -> Result<Write, Violations> {
    let v1::FreezeRealmRequest { realm, state, request_id, validate_only, reason } = request;
    let mut form = Form::default();
    let status = match v1::RealmState::try_from(state) {
        Ok(v1::RealmState::Active) => Some(RealmStatus::Active),
        Ok(v1::RealmState::Frozen) => Some(RealmStatus::Frozen),
        Ok(v1::RealmState::Unspecified) | Err(_) => {
            form.fault("state", "must be REALM_STATE_ACTIVE or REALM_STATE_FROZEN");
            None
        }
    };
    Header { realm, request_id, validate_only, reason, ..Header::default() }
        .with(form, status.map(Body::SetStatus))
}

/// Reads a PutScheme, with its document compiled.
///
/// # Errors
/// When anything in it cannot be right, whatever the state.
pub fn put_scheme(request: v1::PutSchemeRequest, rules: Arc<Scheme>) -> Result<Write, Violations> {
    let v1::PutSchemeRequest {
        realm,
        toml: _,
        request_id,
        validate_only,
        etag,
        reason,
        override_last_manager,
        skip_preview,
    } = request;
    Header {
        realm,
        request_id,
        validate_only,
        reason,
        override_last_manager,
        etag,
        skip_preview,
        ..Header::default()
    }
    .with(Form::default(), Some(Body::PutScheme(rules)))
}
