//! What proves that somebody is who they say: a password, and the secret with which one is set.
//!
//! Neither password nor secret is ever kept: of a password its hash, of a secret its digest. How passwords are judged is
//! [`crate::password`]'s, how failures are counted [`crate::delay`]'s; hashing and randomness are arguments, as time is.

use std::fmt;

use crate::{Instant, UserId};

/// What is kept of a user's credentials. A user of whom nothing is kept has the default: none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// How the password stands.
    pub standing: PasswordStanding,
    /// A secret that was issued and not redeemed.
    pub pending: Option<PendingSecret>,
    /// Who last saw a secret of this user's, and may know the password therefore. Operators are nobody here.
    pub seen_by: Option<Seer>,
    /// Who gave the address on file, where it was given anew, or last vouched for it: they may read what is mailed there.
    pub address_by: Option<Seer>,
    /// Who gave the subject of the identity provider, where it was given anew: they may sign in there as the user.
    pub subject_by: Option<Seer>,
    /// What is compared with: personal, kept apart, and gone with the next change of these credentials.
    pub kept: KeptSecrets,
}

/// Somebody who has seen a secret of another's, or may sign in as them otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seer {
    /// Who.
    pub user: UserId,
    /// The names of the ranked roles that they held then; with none they are below every rank. Whoever has their password
    /// stands no higher, whatever becomes of them later. Roles and not a rank: a scheme may change what ranks mean.
    pub roles: Vec<String>,
}

/// How a password stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PasswordStanding {
    /// There is none.
    #[default]
    Unset,
    /// Its owner, or whoever had a secret, has chosen it.
    Chosen,
    /// A manager has set it for once: it must be changed, and is good before this instant.
    OneTime(Instant),
    /// It was taken away: somebody who may know it no longer stands high enough.
    Revoked,
}

/// A secret that was issued and not redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingSecret {
    /// What for.
    pub kind: SecretKind,
    /// How it reached its owner.
    pub delivery: Delivery,
    /// Good before this instant.
    pub expires_at: Instant,
}

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    /// To choose the first password.
    Activation,
    /// To choose another one.
    Reset,
}

/// How a secret reaches its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// By mail to the address on file: nobody else sees it.
    Mail,
    /// Through whoever issued it, who saw it.
    Shown,
}

/// What passwords and secrets are compared with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeptSecrets {
    /// The password's hash.
    pub password: Option<PasswordHash>,
    /// The pending secret's digest.
    pub secret: Option<SecretDigest>,
}

/// A password's hash with its parameters and salt, in PHC form (`$argon2id$v=19$…`). Not to be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

/// The SHA-256 of a secret. Not to be shown, though nobody finds 256 random bits by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretDigest(pub [u8; 32]);

/// A secret that is to be mailed: what is kept of it, and the secret itself, sealed for whoever mails it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// What is kept.
    pub digest: SecretDigest,
    /// What only a server with the sealing key reads.
    pub sealed: String,
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest(…)")
    }
}

impl fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedSecret(…)")
    }
}

impl Credentials {
    /// The hash that a password is compared with at an instant; none where no password is good.
    #[must_use]
    pub fn password_at(&self, now: Instant) -> Option<&PasswordHash> {
        let good = match self.standing {
            PasswordStanding::Chosen => true,
            PasswordStanding::OneTime(until) => now < until,
            PasswordStanding::Unset | PasswordStanding::Revoked => false,
        };
        self.kept.password.as_ref().filter(|_| good)
    }

    /// The pending secret, where this is its digest and it is good at an instant.
    #[must_use]
    pub fn secret_at(&self, digest: &SecretDigest, now: Instant) -> Option<PendingSecret> {
        let pending = self.pending.filter(|pending| now < pending.expires_at)?;
        (self.kept.secret.as_ref() == Some(digest)).then_some(pending)
    }

    /// Whether there is a password, good or not, or a secret to set one.
    #[must_use]
    pub fn are_any(&self) -> bool {
        self.kept.password.is_some() || self.pending.is_some()
    }

    /// The same without a pending secret that was to go by mail: what the address on file was then is no more.
    #[must_use]
    pub fn without_mailed_secret(&self) -> Option<Self> {
        let mailed = self.pending.is_some_and(|pending| pending.delivery == Delivery::Mail);
        let kept = KeptSecrets { secret: None, ..self.kept.clone() };
        mailed.then(|| Self { pending: None, kept, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros).unwrap()
    }

    fn hash() -> PasswordHash {
        PasswordHash("$argon2id$secret".to_owned())
    }

    fn standing(standing: PasswordStanding) -> Credentials {
        let kept = KeptSecrets { password: Some(hash()), secret: None };
        Credentials { standing, kept, ..Credentials::default() }
    }

    #[test]
    fn a_password_is_good_while_it_stands() {
        assert_eq!(standing(PasswordStanding::Chosen).password_at(at(5)), Some(&hash()));
        assert_eq!(standing(PasswordStanding::OneTime(at(5))).password_at(at(4)), Some(&hash()));
        for over in [PasswordStanding::OneTime(at(5)), PasswordStanding::Unset, PasswordStanding::Revoked] {
            assert_eq!(standing(over).password_at(at(5)), None, "{over:?}");
        }
    }

    #[test]
    fn a_secret_is_good_until_its_end_and_for_itself() {
        let digest = SecretDigest([1; 32]);
        let pending = PendingSecret { kind: SecretKind::Reset, delivery: Delivery::Mail, expires_at: at(5) };
        let credentials = Credentials {
            pending: Some(pending),
            kept: KeptSecrets { password: None, secret: Some(digest) },
            ..Credentials::default()
        };
        assert_eq!(credentials.secret_at(&digest, at(4)), Some(pending));
        assert_eq!(credentials.secret_at(&digest, at(5)), None);
        assert_eq!(credentials.secret_at(&SecretDigest([2; 32]), at(4)), None);
        let without = credentials.without_mailed_secret().unwrap();
        assert_eq!((without.pending, without.kept.secret), (None, None));
        assert_eq!(without.without_mailed_secret(), None);
    }

    #[test]
    fn nothing_secret_is_shown() {
        let sealed = SealedSecret { digest: SecretDigest([7; 32]), sealed: "secret".to_owned() };
        let shown = format!("{:?} {sealed:?}", standing(PasswordStanding::Chosen));
        assert!(
            !shown.contains("secret\"") && !shown.contains("argon") && !shown.contains("7, 7"),
            "{shown}"
        );
    }
}
