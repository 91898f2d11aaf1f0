//! Commands about passwords: issuing a secret with which one is set, and setting one.
//!
//! They carry what was made of secrets and passwords, never these themselves.

use bailiwick_identity::{PasswordHash, SealedSecret, SecretDigest, SecretKind, UserId};

use crate::state::Revision;

/// A secret to be issued.
#[derive(Debug, Clone)]
pub struct IssueSecret {
    /// Whose.
    pub user: UserId,
    /// The user's etag as the caller read it; the command is refused where it has moved on.
    pub etag: Option<Revision>,
    /// What, and to whom.
    pub issue: Issue,
}

/// What is issued, made before anything is judged: neither secrets nor passwords are here.
#[derive(Debug, Clone)]
pub enum Issue {
    /// A secret that goes to the address on file; nobody else sees it.
    Mail(SecretKind, SealedSecret),
    /// A secret that the actor is shown.
    Show(SecretKind, SecretDigest),
    /// A password for once, which the actor is shown.
    OneTimePassword(PasswordHash),
}

/// A password to be set, by whoever can prove to be the user.
#[derive(Debug, Clone)]
pub struct RedeemSecret {
    /// Whose.
    pub user: UserId,
    /// By what.
    pub proof: Proof,
    /// The new password.
    pub password: PasswordHash,
}

/// By what a password may be set.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A secret that was issued.
    Secret(SecretDigest),
    /// The present password, which was compared with this hash: it must still be the one.
    Password(PasswordHash),
}
