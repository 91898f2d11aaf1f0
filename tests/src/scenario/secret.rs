//! Secrets and passwords in scenarios. There is one secret at a time, and its digest is always the same; so are passwords:
//! a scenario asks who may have them, not what they are.

use bailiwick_identity::{PasswordHash, SealedSecret, SecretDigest, SecretKind, UserId};
use bailiwick_realm::{Body, Issue, IssueSecret, Proof, RedeemSecret};

use super::change::user_id;

/// What a command may mail by itself.
pub(super) fn spare() -> SealedSecret {
    SealedSecret { digest: DIGEST, sealed: "sealed".to_owned() }
}

const DIGEST: SecretDigest = SecretDigest([7; 32]);

fn password() -> PasswordHash {
    PasswordHash("a hash".to_owned())
}

/// Whether a phrase is about secrets.
pub(super) fn is_one(words: &[&str]) -> bool {
    matches!(words, ["mail" | "show" | "give", ..] | [_, "redeems" | "changes", ..])
}

pub(super) fn read(words: &[&str]) -> Result<Option<Body>, String> {
    use SecretKind::{Activation, Reset};
    let redeem = |user: &str, proof| {
        let user = user_id(user)?;
        Ok(Some(Body::RedeemSecret(RedeemSecret { user, proof, password: password() })))
    };
    match words {
        ["mail", user, "an", "activation"] => issue(user_id(user)?, Issue::Mail(Activation, spare())),
        ["mail", user, "a", "reset"] => issue(user_id(user)?, Issue::Mail(Reset, spare())),
        ["show", "an", "activation", "of", user] => issue(user_id(user)?, Issue::Show(Activation, DIGEST)),
        ["show", "a", "reset", "of", user] => issue(user_id(user)?, Issue::Show(Reset, DIGEST)),
        ["give", user, "a", "password", "for", "once"] => {
            issue(user_id(user)?, Issue::OneTimePassword(password()))
        }
        [user, "redeems", "the", "secret"] => redeem(user, Proof::Secret(DIGEST)),
        [user, "changes", "the", "password"] => redeem(user, Proof::Password(password())),
        _ => Ok(None),
    }
}

fn issue(user: UserId, issue: Issue) -> Result<Option<Body>, String> {
    Ok(Some(Body::IssueSecret(IssueSecret { user, etag: None, issue })))
}
