//! What changes of a user do to their credentials: a new user's activation, secrets for an address that is no longer on
//! file, and the passwords of those who rise above somebody who may know them.

use bailiwick_identity::{Credentials, Field, PasswordStanding, SecretKind, UserId};
use bailiwick_policy::scheme::{Passwords, Rank};
use bailiwick_policy::{highest, lowest};

use super::Subject;
use super::secret::{has_address, mail};
use crate::command::{Actor, Body};
use crate::decide::draft::Draft;
use crate::event::Effect;

/// A user as they were before the changes of a command.
pub(super) struct Before {
    existed: bool,
    highest: Option<Rank>,
    email: Option<String>,
}

impl Before {
    pub(super) fn of(draft: &Draft<'_>, subject: &Subject) -> Self {
        Self {
            existed: subject.ix.is_some(),
            highest: highest_of(draft, subject),
            email: email_of(draft, subject),
        }
    }

    /// What follows for the credentials from how the user stands now.
    pub(super) fn follow(&self, draft: &mut Draft<'_>, subject: &Subject) {
        if !self.existed {
            return activate(draft, subject);
        }
        if self.email != email_of(draft, subject) {
            readdress(draft, subject);
        }
        if highest_of(draft, subject) > self.highest && seer_is_below(draft, subject) {
            revoke(draft, subject);
        }
    }
}

/// A link that went to the address before must not be good for whoever reads mail there now. And who gave the address may
/// read what is mailed to it: that is as good as having seen a secret.
fn readdress(draft: &mut Draft<'_>, subject: &Subject) {
    let kept = draft.state.scheme.credentials().passwords != Passwords::Elsewhere;
    let present = draft.credentials.get(&subject.id).cloned();
    let Some(present) = present.or_else(|| kept.then(Credentials::default)) else { return };
    let mut next = present.without_mailed_secret().unwrap_or_else(|| present.clone());
    if let Actor::User(actor) = &draft.command.actor {
        next.seen_by = Some(lower_of(draft, present.seen_by.clone(), actor.clone()));
    }
    if next != present {
        draft.put_credentials(&subject.id, next);
    }
}

/// Of two who may know a password, the one whose own rank is less: whoever rises above that one has risen above one of them.
fn lower_of(draft: &Draft<'_>, one: Option<UserId>, other: UserId) -> UserId {
    match one {
        Some(one) if lowest_of(draft, &one) <= lowest_of(draft, &other) => one,
        Some(_) | None => other,
    }
}

/// The lowest rank of somebody; none, for who is gone or holds nothing ranked, is below everybody.
fn lowest_of(draft: &Draft<'_>, user: &UserId) -> Option<Rank> {
    let world = &draft.state.world;
    let user = world.user_ix(user.as_str()).and_then(|ix| world.user(ix));
    user.and_then(|user| lowest(&draft.state.scheme, user, draft.now))
}

fn highest_of(draft: &Draft<'_>, subject: &Subject) -> Option<Rank> {
    let user = draft.state.world.user(subject.ix?)?;
    highest(&draft.state.scheme, user, draft.now)
}

fn email_of(draft: &Draft<'_>, subject: &Subject) -> Option<String> {
    let person = draft.people.get(&subject.id)?;
    person.profile.get(Field::Email).map(str::to_owned)
}

/// Whether somebody has seen a secret of the user's who could not see one now. One who is gone, or holds nothing ranked,
/// is below everybody.
fn seer_is_below(draft: &Draft<'_>, subject: &Subject) -> bool {
    let Some(seer) = draft.credentials.get(&subject.id).and_then(|c| c.seen_by.as_ref()) else {
        return false;
    };
    highest_of(draft, subject) > lowest_of(draft, seer)
}

/// Takes away every password and secret, and mails an activation where one can be mailed.
fn revoke(draft: &mut Draft<'_>, subject: &Subject) {
    let revoked = Credentials { standing: PasswordStanding::Revoked, ..Credentials::default() };
    draft.put_credentials(&subject.id, revoked.clone());
    draft.effects.push(Effect::CredentialsRevoked { user: subject.id.clone() });
    mail_activation(draft, subject, revoked);
}

/// An activation for somebody who was created, where the scheme has it mailed. What is loaded is not new.
fn activate(draft: &mut Draft<'_>, subject: &Subject) {
    let loaded = matches!(draft.command.body, Body::Load(_));
    if draft.state.scheme.credentials().activation_mailed && !loaded {
        mail_activation(draft, subject, Credentials::default());
    }
}

fn mail_activation(draft: &mut Draft<'_>, subject: &Subject, present: Credentials) {
    let user = subject.ix.and_then(|ix| draft.state.world.user(ix));
    // Where passwords are kept elsewhere by now, what was kept here is taken away all the same.
    let kept = draft.state.scheme.credentials().passwords != Passwords::Elsewhere;
    let active = kept && user.is_some_and(|user| user.is_active());
    let Some(spare) = draft.command.spare.as_ref().filter(|_| active && has_address(draft, &subject.id))
    else {
        return;
    };
    mail(draft, &subject.id, SecretKind::Activation, spare, present);
    draft.effects.push(Effect::ActivationMailed { user: subject.id.clone() });
}
