//! Issuing a secret to a user, and setting a password by one.
//!
//! What a manager sees lets them sign in as the other: it needs whole reach, and is remembered. What goes to the address
//! on file shows them nothing, and needs a part.

use bailiwick_identity::{
    Credentials, Delivery, Field, Instant, KeptSecrets, PasswordStanding, PendingSecret, SealedSecret,
    SecretDigest, SecretKind, Seer, UserId,
};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Level, Other, ReachNeeded, Right};
use bailiwick_policy::scheme::{CredentialRules, Passwords};

use super::credentials::{may_be_shown, seer};
use super::{Subject, check_etag, find};
use crate::decide::Judged;
use crate::decide::draft::Draft;
use crate::decide::judge::{Asked, Judge, Reach, Rules, Sight, Unranked};
use crate::event::{Message, Notice};
use crate::refusal::{Refusal, Refused};
use crate::secret::{Issue, IssueSecret, Proof, RedeemSecret, has_outgrown};

/// How long a password for once is good, in microseconds: a day.
const ONE_TIME_VALID: i64 = 24 * 3_600 * 1_000_000;

pub(in crate::decide) fn issue(draft: &mut Draft<'_>, command: &IssueSecret) -> Judged {
    let subject = find(draft, &command.user, Sight::Needed)?;
    may_issue(draft, &subject, &command.issue)?;
    check_etag(draft, command.etag, &subject)?;
    let rules = kept(draft)?;
    let user = draft.state.world.user(subject.known()?);
    if !user.is_some_and(|user| user.is_active()) {
        return Err(Refusal::precondition(Reason::UserDisabled));
    }
    let actor = seer(draft);
    let mut present = draft.credentials.get(&subject.id).cloned().unwrap_or_default();
    let shown = matches!(command.issue, Issue::Show(..) | Issue::OneTimePassword(_));
    if shown && actor.is_some() && !rules.shown_to_manager {
        return Err(Refusal::denied(Reason::SecretsNotShown));
    }
    match &command.issue {
        Issue::Mail(kind, secret) => {
            if !has_address(draft, &subject.id) {
                return Err(Refusal::precondition(Reason::NoAddress));
            }
            if address_in_doubt(draft, &subject) {
                present.address_by = actor;
            }
            mail(draft, &subject.id, *kind, secret, present);
        }
        Issue::Show(kind, digest) => {
            let expires_at = end(draft.now, *kind, &rules);
            let pending = PendingSecret { kind: *kind, delivery: Delivery::Shown, expires_at };
            draft.put_credentials(&subject.id, shown_to(actor, Some((pending, *digest)), present));
        }
        Issue::OneTimePassword(password) => {
            let mut credentials = shown_to(actor, None, present);
            credentials.standing = PasswordStanding::OneTime(later(draft.now, ONE_TIME_VALID));
            credentials.kept.password = Some(password.clone());
            draft.put_credentials(&subject.id, credentials);
        }
    }
    Ok(())
}

/// The two rows of the table: what the actor sees, and what goes to the address on file. Where whoever gave that address
/// could not be shown a secret, what is mailed there is as good as shown: an actor who may be vouches for it.
fn may_issue(draft: &Draft<'_>, subject: &Subject, issue: &Issue) -> Judged {
    let judge = draft.judge()?;
    if matches!(issue, Issue::Show(..) | Issue::OneTimePassword(_)) {
        return shown_to_user(&judge, subject.other(draft));
    }
    judge.ask(
        subject.other(draft),
        &Rules {
            right: Right::Of(judge.scheme.core().user_manage),
            reach: Reach::Of(ReachNeeded::Part),
            lowers_lowest: false,
            rank: Asked::Yes,
            unranked: Unranked::NotAsked,
        },
    )?;
    match (address_in_doubt(draft, subject), &judge.actor) {
        (false, _) => Ok(()),
        (true, Some(_)) => shown_to_user(&judge, subject.other(draft)),
        (true, None) => Err(Refusal::precondition(Reason::AddressInDoubt)),
    }
}

fn address_in_doubt(draft: &Draft<'_>, subject: &Subject) -> bool {
    let giver = draft.credentials.get(&subject.id).and_then(|present| present.address_by.as_ref());
    giver.is_some_and(|giver| !may_be_shown(draft, subject, giver))
}

/// Whether the rules let somebody be shown a secret of a user's: with it they are the user. Whoever holds nothing but what
/// was added within one's own reach belongs elsewhere, and is not to be had by being added: the home unit counts.
pub(super) fn shown_to_user<'d>(judge: &Judge<'d>, other: Option<Other<'d>>) -> Judged {
    let right = Right::Of(judge.scheme.core().user_manage);
    judge.ask(
        other,
        &Rules {
            right,
            reach: Reach::Of(ReachNeeded::Whole),
            lowers_lowest: false,
            rank: Asked::Yes,
            unranked: Unranked::All,
        },
    )?;
    let (Some(actor), Some(other)) = (&judge.actor, other) else { return Ok(()) };
    let covers_home = actor.covering(right, Level::Manage, other.home).is_some();
    if covers_home { Ok(()) } else { Err(Refusal::denied(Reason::OutOfReach)) }
}

/// Credentials of which somebody has just seen the one thing that is good. Whatever was good before is not any more: so
/// the last who saw a secret is the only one who may know the password.
fn shown_to(
    seen_by: Option<Seer>,
    pending: Option<(PendingSecret, SecretDigest)>,
    before: Credentials,
) -> Credentials {
    let (pending, secret) = pending.unzip();
    Credentials {
        standing: PasswordStanding::Unset,
        pending,
        seen_by,
        address_by: before.address_by,
        subject_by: before.subject_by,
        kept: KeptSecrets { password: None, secret },
    }
}

/// Puts a secret that goes to the address on file into credentials, and into the outbox.
pub(super) fn mail(
    draft: &mut Draft<'_>,
    user: &UserId,
    kind: SecretKind,
    secret: &SealedSecret,
    present: Credentials,
) {
    let expires_at = end(draft.now, kind, draft.state.scheme.credentials());
    let pending = PendingSecret { kind, delivery: Delivery::Mail, expires_at };
    let kept = KeptSecrets { secret: Some(secret.digest), ..present.kept };
    draft.put_credentials(user, Credentials { pending: Some(pending), kept, ..present });
    let notice = Notice::Secret { kind, sealed: secret.sealed.clone() };
    draft.messages.push(Message { user: user.clone(), notice, expires_at });
}

/// Whether a user has an address on file.
pub(super) fn has_address(draft: &Draft<'_>, user: &UserId) -> bool {
    draft.people.get(user).is_some_and(|person| person.profile.get(Field::Email).is_some())
}

pub(in crate::decide) fn redeem(draft: &mut Draft<'_>, command: &RedeemSecret) -> Judged {
    kept(draft)?;
    let not_good = || Refusal::precondition(Reason::SecretNotGood);
    let present = draft.credentials.get(&command.user).ok_or_else(not_good)?;
    // Compared here, with the realm's row locked: of two at once, one finds it used up.
    let proved = match &command.proof {
        Proof::Secret(digest) => present.secret_at(digest, draft.now).map(|pending| pending.delivery),
        Proof::Password(hash) => {
            let same = present.password_at(draft.now) == Some(hash);
            same.then_some(Delivery::Shown)
        }
    };
    let delivery = proved.ok_or_else(not_good)?;
    let (address_by, subject_by) = (present.address_by.clone(), present.subject_by.clone());
    let user = draft.state.world.user_ix(command.user.as_str()).and_then(|ix| draft.state.world.user(ix));
    let user = user.filter(|user| !user.is_erased()).ok_or_else(not_good)?;
    if !user.is_active() {
        return Err(Refusal::precondition(Reason::UserDisabled));
    }
    // Whoever was shown a secret may have been the one who redeems it, whoever may know the password may be the one who
    // changes it, and whoever gave the address may read the mail.
    let (seen_by, in_doubt) = match delivery {
        Delivery::Mail => {
            let subject = find(draft, &command.user, Sight::Proved)?;
            (address_by.clone(), address_in_doubt(draft, &subject))
        }
        Delivery::Shown => {
            let seen_by = present.seen_by.clone();
            let in_doubt = has_outgrown(&draft.state, &command.user, seen_by.as_ref(), draft.now);
            (seen_by, in_doubt)
        }
    };
    if in_doubt {
        return Err(not_good());
    }
    let kept = KeptSecrets { password: Some(command.password.clone()), secret: None };
    let standing = PasswordStanding::Chosen;
    let credentials = Credentials { standing, pending: None, seen_by, address_by, subject_by, kept };
    draft.put_credentials(&command.user, credentials);
    Ok(())
}

/// What the scheme says of passwords, where it keeps them.
fn kept(draft: &Draft<'_>) -> Judged<CredentialRules> {
    let rules = draft.state.scheme.credentials();
    match rules.passwords {
        Passwords::Kept => Ok(rules.clone()),
        Passwords::Elsewhere => Err(Refusal::new(Refused::Precondition, Reason::CredentialsElsewhere)),
    }
}

/// Until when a secret issued now is good.
fn end(now: Instant, kind: SecretKind, rules: &CredentialRules) -> Instant {
    let valid = match kind {
        SecretKind::Activation => rules.activation_valid,
        SecretKind::Reset => rules.reset_valid,
    };
    later(now, i64::try_from(valid.as_micros()).unwrap_or(i64::MAX))
}

fn later(now: Instant, micros: i64) -> Instant {
    Instant::from_micros(now.as_micros().saturating_add(micros)).unwrap_or(Instant::MAX)
}
