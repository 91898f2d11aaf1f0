//! Commands about passwords: issuing a secret with which one is set, and setting one.
//!
//! They carry what was made of secrets and passwords, never these themselves.

use bailiwick_identity::{Instant, PasswordHash, SealedSecret, SecretDigest, SecretKind, Seer, UserId};
use bailiwick_policy::highest;
use bailiwick_policy::manage::suffices;
use bailiwick_policy::scheme::{Rank, Scheme};

use crate::state::{Revision, State};

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

/// Whether whoever has seen a secret of a user's did not stand high enough then for what the user is by now: nothing that
/// this one may know is good any more. A command that raises somebody revokes it; where ranks themselves have changed, only
/// this says so.
#[must_use]
pub fn has_outgrown(state: &State, user: &UserId, seer: Option<&Seer>, now: Instant) -> bool {
    let Some(seer) = seer else { return false };
    let user = state.world.user_ix(user.as_str()).and_then(|ix| state.world.user(ix));
    let highest = user.and_then(|user| highest(&state.scheme, user, now));
    !suffices(&state.scheme, rank_then(&state.scheme, seer), highest)
}

/// The lowest rank of somebody who has seen a secret, as they stood then; none, where a role is no more, or is unranked now.
fn rank_then(scheme: &Scheme, seer: &Seer) -> Option<Rank> {
    let ranks = seer.roles.iter().map(|name| scheme.role_named(name).and_then(|role| scheme.rank(role)));
    ranks.min().flatten()
}
