//! Signing in: whether a password is the user's, and setting another one.
//!
//! Passwords are hashed before the writer, never inside it. Of who has no password, or is nobody, no more is told than
//! of a wrong one, and it takes as long.

use std::time::Duration;

use bailiwick_identity::{Field, PasswordHash, PasswordStanding, RealmId, UserId};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::Passwords;
use bailiwick_proto::parse::{Collection, LoginAttempt, RedeemProof, Redeeming};
use bailiwick_proto::{parse, v1};
use bailiwick_realm::{Actor, Body, Command, Proof, RedeemSecret, Refusal, Spares, State, has_outgrown};
use bailiwick_store::{Login, LoginStep, SubmitError, UserKey, UserRow};

use crate::backend::{Backend, live};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::sealing::digest;
use crate::token::Token;

/// Somebody who has typed the right password.
struct SignedIn {
    user: UserId,
    standing: PasswordStanding,
    hash: PasswordHash,
}

pub(super) async fn verify(
    backend: &Backend,
    caller: &Caller,
    request: v1::VerifyPasswordRequest,
) -> Result<v1::VerifyPasswordResponse, Fault> {
    use v1::PasswordOutcome as Outcome;
    let state = keeping(backend, caller, &request.realm)?;
    let realm = request.realm.clone();
    let attempt = parse::verify_password(request)?;
    let answer = |outcome: Outcome, user| v1::VerifyPasswordResponse { outcome: outcome.into(), user };
    let Some(signed_in) = sign_in(backend, &state, attempt).await? else {
        return Ok(answer(Outcome::Denied, String::new()));
    };
    // Who was disabled meanwhile is so now.
    let world = &keeping(backend, caller, &realm)?.world;
    let user = world.user_ix(signed_in.user.as_str()).and_then(|ix| world.user(ix));
    if !user.is_some_and(|user| user.is_active()) {
        return Ok(answer(Outcome::UserDisabled, String::new()));
    }
    let outcome = match signed_in.standing {
        PasswordStanding::OneTime(_) => Outcome::MustChange,
        PasswordStanding::Chosen => Outcome::Verified,
        // Of these no password is good.
        PasswordStanding::Unset | PasswordStanding::Revoked => {
            return Ok(answer(Outcome::Denied, String::new()));
        }
    };
    Ok(answer(outcome, Collection::Users.name(&signed_in.user)))
}

pub(super) async fn redeem(
    backend: &Backend,
    caller: &Caller,
    request: v1::RedeemSecretRequest,
) -> Result<v1::RedeemSecretResponse, Fault> {
    let state = keeping(backend, caller, &request.realm)?;
    let least = usize::try_from(state.scheme.credentials().minimum_length).unwrap_or(usize::MAX);
    let Redeeming { proof, password, client } = parse::redeem_secret(request, least)?;
    let Proved { user, proof } = prove(backend, &state, proof, &password).await?;
    let by_secret = matches!(proof, Proof::Secret(_));
    let row = backend.store.user(&state.realm, &UserKey::Id(user.clone())).await?.ok_or_else(not_good)?;
    parse::password_of(password.examine_for(&row.person.profile))?;
    let hash = backend.hasher.enter(state.realm.as_str())?.hash(password).await?;
    let command = Command {
        actor: Actor::User(user.clone()),
        caller: caller.id().into_owned(),
        reason: None,
        may_remove_last_manager: false,
        expects: None,
        spares: Spares::default(),
        body: Body::RedeemSecret(RedeemSecret { user: user.clone(), proof, password: hash }),
    };
    // Without a request id: its digest would be one of the password, too, and a quick one.
    let committed = backend.store.submit(state.realm.clone(), command, None).await;
    let committed = committed.map_err(|error| match error {
        SubmitError::UnknownRealm => caller.unknown_realm(),
        other @ (SubmitError::Refused(_)
        | SubmitError::RealmExists
        | SubmitError::RequestIdReused
        | SubmitError::Overloaded
        | SubmitError::Unavailable
        | SubmitError::Unknown) => Fault::from(other),
    })?;
    if by_secret {
        let profile = &row.person.profile;
        let email = profile.get(Field::Email).map(str::to_owned);
        let names = [profile.username.clone()].into_iter().chain(email).collect();
        start_anew(backend, state.realm.clone(), user.clone(), names, client).await;
    }
    let token = Token::of(backend.store.epoch(), committed.revision, &committed.hash).encode();
    let user = Collection::Users.name(&user);
    Ok(v1::RedeemSecretResponse { user, revision: committed.revision.0, token })
}

/// Somebody who may set a password, as far as can be told before the writer judges it.
struct Proved {
    user: UserId,
    proof: Proof,
}

async fn prove(
    backend: &Backend,
    state: &State,
    proof: RedeemProof,
    new: &bailiwick_identity::password::Password,
) -> Result<Proved, Fault> {
    match proof {
        RedeemProof::Secret(secret) => {
            let digest = digest(&secret);
            let owner = backend.store.owner_of_secret(&state.realm, &digest).await?;
            let user = owner.ok_or_else(not_good)?;
            let credentials = backend.store.credentials(&state.realm, &user).await?;
            let pending = credentials.and_then(|credentials| credentials.secret_at(&digest, live(state)));
            pending.ok_or_else(not_good)?;
            Ok(Proved { user, proof: Proof::Secret(digest) })
        }
        RedeemProof::Current(attempt) => {
            let same = attempt.password.as_ref() == Some(new);
            let signed_in = sign_in(backend, state, attempt).await?.ok_or_else(not_good)?;
            if same {
                return Err(Fault::field("new_password", "is another one than the present"));
            }
            Ok(Proved { user: signed_in.user, proof: Proof::Password(signed_in.hash) })
        }
    }
}

/// Whether a password is that of whoever has a name. Counted before it is looked at.
async fn sign_in(backend: &Backend, state: &State, attempt: LoginAttempt) -> Result<Option<SignedIn>, Fault> {
    let LoginAttempt { name, password, client } = attempt;
    // Who finds no place is not counted.
    let place = backend.hasher.enter(state.realm.as_str())?;
    let row = named(backend, state, &name).await?;
    let user = row.map(|row| row.user);
    let step = |step| Login {
        realm: state.realm.clone(),
        names: vec![name.clone()],
        user: user.clone(),
        client: client.clone(),
        step,
    };
    if let Some(until) = backend.store.login(step(LoginStep::Attempt)).await? {
        let wait = until.as_micros().saturating_sub(crate::clock::now().as_micros()).max(1);
        return Err(Fault::LoginDelayed(Duration::from_micros(wait.unsigned_abs())));
    }
    // Of nobody there is as much to look at as of somebody.
    let nobody = || UserId::parse("nobody").map_err(|_| Fault::Internal("no such id"));
    let id = user.clone().map_or_else(nobody, Ok)?;
    let good = good_password(backend, state, &id).await?.filter(|_| user.is_some());
    let right = place.verify(password, good.as_ref().map(|(_, hash)| hash.clone())).await?;
    let (true, Some(user)) = (right, &user) else { return Ok(None) };
    // It waited its turn, and may have been changed or taken away meanwhile.
    let state = backend.store.state(state.realm.as_str()).ok_or(Fault::Unavailable)?;
    let still = good_password(backend, &state, user).await?;
    let Some((standing, hash)) = still.filter(|still| Some(still) == good.as_ref()) else { return Ok(None) };
    backend.store.login(step(LoginStep::Success)).await?;
    Ok(Some(SignedIn { user: user.clone(), standing, hash }))
}

/// The password of somebody that is good now, and how it stands.
async fn good_password(
    backend: &Backend,
    state: &State,
    user: &UserId,
) -> Result<Option<(PasswordStanding, PasswordHash)>, Fault> {
    let credentials = backend.store.credentials(&state.realm, user).await?.unwrap_or_default();
    let now = live(state);
    let outgrown = has_outgrown(state, user, credentials.seen_by.as_ref(), now);
    let hash = credentials.password_at(now).filter(|_| !outgrown);
    Ok(hash.map(|hash| (credentials.standing, hash.clone())))
}

/// Whose a username is, or else an e-mail address: the address of one person may be the username of another, who goes first.
/// Both are looked for, whether the first is found or not.
async fn named(backend: &Backend, state: &State, name: &str) -> Result<Option<UserRow>, Fault> {
    let by_username = backend.store.user(&state.realm, &UserKey::Username(name.to_owned())).await?;
    let by_email = backend.store.user(&state.realm, &UserKey::Email(name.to_owned())).await?;
    Ok(by_username.or(by_email))
}

/// Whoever has redeemed a secret, or was just given a password, does not wait for what others have failed at.
pub(super) async fn start_anew(
    backend: &Backend,
    realm: RealmId,
    user: UserId,
    names: Vec<String>,
    client: Option<String>,
) {
    let login = Login { realm, names, user: Some(user), client, step: LoginStep::Proof };
    if backend.store.login(login).await.is_err() {
        tracing::warn!("failures to sign in could not be cleared");
    }
}

/// The state of a realm whose scheme keeps passwords.
fn keeping(backend: &Backend, caller: &Caller, realm: &str) -> Result<std::sync::Arc<State>, Fault> {
    let state = backend.newest(caller, realm)?;
    match state.scheme.credentials().passwords {
        Passwords::Kept => Ok(state),
        Passwords::Elsewhere => Err(Refusal::precondition(Reason::CredentialsElsewhere).into()),
    }
}

fn not_good() -> Fault {
    Refusal::precondition(Reason::SecretNotGood).into()
}
