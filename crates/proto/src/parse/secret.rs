//! Secrets and passwords. None is ever repeated in a fault.

use bailiwick_identity::password::{Password, PasswordFault};
use bailiwick_identity::{RealmId, SecretKind, UserId};
use bailiwick_realm::{Body, Issue, IssueSecret};

use super::form::{Form, Violations, given};
use super::name::Collection;
use super::write::{Header, Write};
use crate::v1;

/// The longest name or client that is looked at, in characters.
const MOST_CHARS: usize = 256;
/// Messages that are acknowledged at once.
const MOST_IDS: usize = 1_000;

/// What is to be issued. It is made before the command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A secret that is mailed.
    Mail(SecretKind),
    /// A secret that is shown.
    Show(SecretKind),
    /// A password for once.
    OneTimePassword,
}

/// What is to be issued, and to whom.
///
/// # Errors
/// When it is not said, or cannot be.
pub fn wanted_secret(request: &v1::IssueSecretRequest) -> Result<(UserId, Wanted), Violations> {
    use v1::{SecretDelivery as Delivery, SecretKind as Kind};
    let mut form = Form::default();
    let user = form.id("user", Collection::Users, &request.user, UserId::parse);
    let wanted = match (Kind::try_from(request.kind), Delivery::try_from(request.delivery)) {
        (Ok(Kind::Activation), Ok(Delivery::Mail)) => Some(Wanted::Mail(SecretKind::Activation)),
        (Ok(Kind::Activation), Ok(Delivery::Show)) => Some(Wanted::Show(SecretKind::Activation)),
        (Ok(Kind::Reset), Ok(Delivery::Mail)) => Some(Wanted::Mail(SecretKind::Reset)),
        (Ok(Kind::Reset), Ok(Delivery::Show)) => Some(Wanted::Show(SecretKind::Reset)),
        (Ok(Kind::OneTimePassword), Ok(Delivery::Show)) => Some(Wanted::OneTimePassword),
        (Ok(Kind::OneTimePassword), Ok(Delivery::Mail)) => {
            form.fault("delivery", "a password for once is shown: `SECRET_DELIVERY_SHOW`");
            None
        }
        (Ok(Kind::Unspecified) | Err(_), _) => {
            form.fault("kind", "is required: what the secret is for");
            None
        }
        (_, Ok(Delivery::Unspecified) | Err(_)) => {
            form.fault("delivery", "is required: how the secret reaches the person");
            None
        }
    };
    let both = user.zip(wanted);
    form.finish(both)
}

/// Reads an IssueSecret; `issue` is what was made for it.
///
/// # Errors
/// When a field cannot be right.
pub fn issue_secret(request: v1::IssueSecretRequest, issue: Issue) -> Result<Write, Violations> {
    let v1::IssueSecretRequest {
        realm,
        actor,
        user,
        kind: _,
        delivery: _,
        request_id,
        validate_only,
        etag,
        reason,
    } = request;
    let mut form = Form::default();
    let user = form.id("user", Collection::Users, &user, UserId::parse);
    let etag = form.user_etag(&etag);
    let body = (|| Some(Body::IssueSecret(IssueSecret { user: user?, etag: etag?, issue })))();
    Header { realm, actor, request_id, validate_only, reason, ..Header::default() }.with(form, body)
}

/// An attempt to sign in, or to set a password by the present one.
#[derive(Debug)]
pub struct LoginAttempt {
    /// The username or the e-mail address, as typed.
    pub name: String,
    /// The password, as typed. One that nobody can have is one that nobody has.
    pub password: Option<Password>,
    /// The end user's device or address.
    pub client: Option<String>,
}

/// Reads a VerifyPassword.
///
/// # Errors
/// When a field cannot be right.
pub fn verify_password(request: v1::VerifyPasswordRequest) -> Result<LoginAttempt, Violations> {
    let v1::VerifyPasswordRequest { realm: _, username, password, client } = request;
    let mut form = Form::default();
    let name = form.login_name("username", username);
    let client = form.client(client);
    if password.is_empty() {
        form.fault("password", "is required");
    }
    let attempt =
        (|| Some(LoginAttempt { name: name?, password: Password::typed(&password).ok(), client: client? }))();
    form.finish(attempt)
}

/// A password that is to be set.
#[derive(Debug)]
pub struct Redeeming {
    /// By what.
    pub proof: RedeemProof,
    /// The new password.
    pub password: Password,
    /// The end user's device or address.
    pub client: Option<String>,
}

/// By what a password is to be set.
pub enum RedeemProof {
    /// A secret that was issued.
    Secret(String),
    /// The present password.
    Current(LoginAttempt),
}

impl std::fmt::Debug for RedeemProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedeemProof(…)")
    }
}

/// Reads a RedeemSecret, for a scheme that wants passwords so long at least.
///
/// # Errors
/// When a field cannot be right, or nobody may choose the password.
pub fn redeem_secret(request: v1::RedeemSecretRequest, least: usize) -> Result<Redeeming, Violations> {
    use v1::redeem_secret_request::Proof;
    let v1::RedeemSecretRequest { realm: _, proof, new_password, client } = request;
    let mut form = Form::default();
    let client = form.client(client);
    let password = form.new_password(&new_password, least);
    let proof = match proof {
        Some(Proof::Secret(secret)) if !secret.is_empty() && secret.chars().nth(MOST_CHARS).is_none() => {
            Some(RedeemProof::Secret(secret))
        }
        Some(Proof::Secret(_)) => {
            form.fault("secret", "is a secret that was issued");
            None
        }
        Some(Proof::Current(v1::CurrentPassword { username, password })) => {
            let name = form.login_name("current.username", username);
            let present = Password::typed(&password).ok();
            name.zip(client.clone())
                .map(|(name, client)| RedeemProof::Current(LoginAttempt { name, password: present, client }))
        }
        None => {
            form.fault("proof", "is required: `secret` or `current`");
            None
        }
    };
    let redeeming = (|| Some(Redeeming { proof: proof?, password: password?, client: client? }))();
    form.finish(redeeming)
}

/// Whether a password may be its owner's, as a fault of the request.
///
/// # Errors
/// When it may not.
pub fn password_of(fault: Result<(), PasswordFault>) -> Result<(), Violations> {
    fault.map_err(|fault| Violations::one("new_password", fault.to_string()))
}

/// Reads which messages were delivered, and where.
///
/// # Errors
/// When none or too many are named.
pub fn acknowledged(request: v1::AcknowledgeOutboxRequest) -> Result<(RealmId, Vec<u64>), Violations> {
    let v1::AcknowledgeOutboxRequest { realm, ids } = request;
    let mut form = Form::default();
    let realm = form.id("realm", Collection::Realms, &realm, RealmId::parse);
    if ids.is_empty() || ids.len() > MOST_IDS {
        form.fault("ids", format!("names 1 to {MOST_IDS}"));
    }
    form.finish(realm.map(|realm| (realm, ids)))
}

impl Form {
    fn login_name(&mut self, field: &str, text: String) -> Option<String> {
        if text.trim().is_empty()
            || text.chars().nth(MOST_CHARS).is_some()
            || text.chars().any(char::is_control)
        {
            self.fault(field, "is a username or an e-mail address: 1 to 256 characters");
            return None;
        }
        Some(text)
    }

    #[expect(
        clippy::option_option,
        reason = "the outer says whether it could be read, the inner whether it is there"
    )]
    fn client(&mut self, text: String) -> Option<Option<String>> {
        if text.chars().nth(MOST_CHARS).is_some() {
            self.fault("client", format!("has at most {MOST_CHARS} characters"));
            return None;
        }
        Some(given(text))
    }

    fn new_password(&mut self, text: &str, least: usize) -> Option<Password> {
        let password = Password::typed(text).and_then(|password| password.examine(least).map(|()| password));
        match password {
            Ok(password) => Some(password),
            Err(fault) => {
                self.fault("new_password", fault.to_string());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults<T: std::fmt::Debug>(read: Result<T, Violations>) -> Vec<String> {
        read.unwrap_err().0.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn a_password_for_once_is_shown() {
        let request = |kind: v1::SecretKind, delivery: v1::SecretDelivery| v1::IssueSecretRequest {
            user: "users/u".to_owned(),
            kind: kind.into(),
            delivery: delivery.into(),
            ..v1::IssueSecretRequest::default()
        };
        let of = |kind, delivery| wanted_secret(&request(kind, delivery)).map(|(_, wanted)| wanted);
        use v1::{SecretDelivery as Delivery, SecretKind as Kind};
        assert_eq!(of(Kind::OneTimePassword, Delivery::Show).unwrap(), Wanted::OneTimePassword);
        assert_eq!(of(Kind::Reset, Delivery::Mail).unwrap(), Wanted::Mail(SecretKind::Reset));
        assert_eq!(faults(of(Kind::OneTimePassword, Delivery::Mail)), ["delivery"]);
        assert_eq!(faults(of(Kind::Unspecified, Delivery::Mail)), ["kind"]);
        assert_eq!(faults(of(Kind::Activation, Delivery::Unspecified)), ["delivery"]);
    }

    #[test]
    fn what_is_missing_is_named_and_nothing_is_repeated() {
        let request = v1::RedeemSecretRequest { new_password: "kurz".to_owned(), ..Default::default() };
        let read = redeem_secret(request, 12);
        assert!(!format!("{read:?}").contains("kurz"));
        assert_eq!(faults(read), ["new_password", "proof"]);
        assert_eq!(faults(verify_password(v1::VerifyPasswordRequest::default())), ["username", "password"]);
        assert_eq!(faults(acknowledged(v1::AcknowledgeOutboxRequest::default())), ["realm", "ids"]);
    }
}
