//! How a password stood. What it is compared with is never shown.

use bailiwick_identity::{Credentials, Delivery, Instant, PasswordStanding, SecretKind, Seer};

use super::instant::timestamp;
use crate::parse::Collection;
use crate::v1;

/// Credentials, for an export.
#[must_use]
pub fn credentials(credentials: &Credentials) -> v1::CredentialsSummary {
    let Credentials { standing, pending, seen_by, address_by, subject_by, kept: _ } = credentials;
    let (standing, until) = match standing {
        PasswordStanding::Unset => (v1::PasswordStanding::Unset, None),
        PasswordStanding::Chosen => (v1::PasswordStanding::Chosen, None),
        PasswordStanding::OneTime(until) => (v1::PasswordStanding::OneTime, Some(*until)),
        PasswordStanding::Revoked => (v1::PasswordStanding::Revoked, None),
    };
    let at = |instant: Instant| timestamp(instant);
    v1::CredentialsSummary {
        standing: standing.into(),
        one_time_until: until.map(at),
        pending_kind: pending.map(|p| secret_kind(p.kind)).unwrap_or_default().into(),
        pending_delivery: pending.map(|p| delivery(p.delivery)).unwrap_or_default().into(),
        pending_until: pending.map(|p| at(p.expires_at)),
        seen_by: name(seen_by.as_ref()),
        address_by: name(address_by.as_ref()),
        subject_by: name(subject_by.as_ref()),
    }
}

fn secret_kind(kind: SecretKind) -> v1::SecretKind {
    match kind {
        SecretKind::Activation => v1::SecretKind::Activation,
        SecretKind::Reset => v1::SecretKind::Reset,
    }
}

fn delivery(delivery: Delivery) -> v1::SecretDelivery {
    match delivery {
        Delivery::Mail => v1::SecretDelivery::Mail,
        Delivery::Shown => v1::SecretDelivery::Show,
    }
}

/// What is to be mailed.
#[must_use]
pub fn outbox_kind(kind: SecretKind) -> v1::OutboxKind {
    match kind {
        SecretKind::Activation => v1::OutboxKind::Activation,
        SecretKind::Reset => v1::OutboxKind::Reset,
    }
}

fn name(seer: Option<&Seer>) -> String {
    seer.map(|seer| Collection::Users.name(&seer.user)).unwrap_or_default()
}
