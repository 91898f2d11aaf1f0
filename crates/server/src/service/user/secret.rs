//! Issuing secrets: made here, shown once, kept as a digest.

use bailiwick_identity::password::Password;
use bailiwick_identity::{Credentials, KeptSecrets, PasswordHash, PasswordStanding, UserId};
use bailiwick_proto::parse::{Mode, Wanted, Write};
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::{Event, Issue};
use bailiwick_store::RequestId;

use super::login::start_anew;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::random;
use crate::sealing::digest as secret_digest;
use crate::writing::{Outcome, Receipt, digest};

pub(super) async fn issue(
    backend: &Backend,
    caller: &Caller,
    request: v1::IssueSecretRequest,
) -> Result<v1::IssueSecretResponse, Fault> {
    let digest = digest("IssueSecret", &request);
    let realm = backend.newest(caller, &request.realm)?.realm.clone();
    let (user, wanted) = parse::wanted_secret(&request)?;
    let made = match wanted {
        Wanted::OneTimePassword if request.validate_only => Made::unhashed(),
        Wanted::OneTimePassword => {
            would_be_given(backend, caller, &request, digest).await?;
            Made::new(backend, realm.as_str(), &user, wanted).await?
        }
        Wanted::Mail(_) | Wanted::Show(_) => Made::new(backend, realm.as_str(), &user, wanted).await?,
    };
    let write = parse::issue_secret(request, made.issue)?;
    let outcome = backend.write(caller, write, digest).await?;
    let left = credentials_left(&outcome, &user);
    // A repeated request is answered as it was, and what it was answered with has the digest of another secret than the
    // one just made; or none any more.
    let first = left.is_some_and(|credentials| credentials.kept == made.kept);
    if first && outcome.revision.is_some() && made.kept.password.is_some() {
        start_anew(backend, realm, user.clone(), Vec::new(), None).await;
    }
    let (secret, already) = match (made.shown, outcome.revision) {
        (Some(secret), Some(_)) if first => (secret, false),
        (Some(_), Some(_)) => (String::new(), true),
        (_, None) | (None, Some(_)) => (String::new(), false),
    };
    let until = left.and_then(|credentials| match credentials.standing {
        PasswordStanding::OneTime(until) => Some(until),
        PasswordStanding::Unset | PasswordStanding::Chosen | PasswordStanding::Revoked => {
            credentials.pending.map(|pending| pending.expires_at)
        }
    });
    let Receipt { revision, token, effects, .. } = outcome.receipt();
    Ok(v1::IssueSecretResponse {
        revision,
        token,
        effects,
        secret,
        secret_already_shown: already,
        expire_time: until.map(render::timestamp),
    })
}

/// Asks the rules before a password is hashed: that is dear, and there are few places for it. A command that comes again is
/// answered as it was, whatever the rules say now.
async fn would_be_given(
    backend: &Backend,
    caller: &Caller,
    request: &v1::IssueSecretRequest,
    body: [u8; 32],
) -> Result<(), Fault> {
    let tried = parse::issue_secret(request.clone(), Made::unhashed().issue)?;
    if let Some(id) = tried.request_id.clone() {
        let request = RequestId { id, body };
        if backend.store.remembers(&tried.realm, &caller.id(), tried.actor.as_ref(), request).await? {
            return Ok(());
        }
    }
    backend.write(caller, Write { mode: Mode::ValidateOnly, ..tried }, body).await.map(drop)
}

/// What was made for a command.
struct Made {
    issue: Issue,
    /// The secret, where the actor is to see it.
    shown: Option<String>,
    /// What will be kept of it, where it is shown.
    kept: KeptSecrets,
}

impl Made {
    /// A password that is only asked about.
    fn unhashed() -> Self {
        let issue = Issue::OneTimePassword(PasswordHash(String::new()));
        Self { issue, shown: None, kept: KeptSecrets::default() }
    }

    async fn new(backend: &Backend, realm: &str, user: &UserId, wanted: Wanted) -> Result<Self, Fault> {
        Ok(match wanted {
            Wanted::Mail(kind) => {
                let sealed = backend.sealer.seal(realm, user, &random::secret()?)?;
                Self { issue: Issue::Mail(kind, sealed), shown: None, kept: KeptSecrets::default() }
            }
            Wanted::Show(kind) => {
                let secret = random::secret()?;
                let digest = secret_digest(&secret);
                let kept = KeptSecrets { password: None, secret: Some(digest) };
                Self { issue: Issue::Show(kind, digest), shown: Some(secret), kept }
            }
            Wanted::OneTimePassword => {
                let secret = random::one_time_password()?;
                let typed =
                    Password::typed(&secret).map_err(|_| Fault::Internal("a made password is none"))?;
                let hash = backend.hasher.enter(realm)?.hash(typed).await?;
                let kept = KeptSecrets { password: Some(hash.clone()), secret: None };
                Self { issue: Issue::OneTimePassword(hash), shown: Some(secret), kept }
            }
        })
    }
}

/// The credentials that a command left.
fn credentials_left<'o>(outcome: &'o Outcome, user: &UserId) -> Option<&'o Credentials> {
    outcome.events.iter().find_map(|event| match event {
        Event::Credentials { user: whose, credentials } if whose == user => Some(credentials),
        Event::Credentials { .. }
        | Event::Realm { .. }
        | Event::Scheme(_)
        | Event::Unit(_)
        | Event::Access { .. }
        | Event::Profile { .. }
        | Event::Caseload { .. }
        | Event::Placements { .. }
        | Event::Request(_)
        | Event::Review(_) => None,
    })
}
