//! What changes of a user do to their credentials: a new user's activation, secrets for an address that is no longer on
//! file, and the passwords of those who rise above somebody who may know them.

use bailiwick_identity::{Credentials, Field, PasswordStanding, SecretKind};
use bailiwick_policy::scheme::{Passwords, Rank};
use bailiwick_policy::{highest, lowest};

use super::Subject;
use super::secret::{has_address, mail};
use crate::command::Body;
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
        if draft.state.scheme.credentials().passwords == Passwords::Elsewhere {
            return;
        }
        if !self.existed {
            return activate(draft, subject);
        }
        let Some(present) = draft.credentials.get(&subject.id) else { return };
        // A link that went to the address before must not be good for whoever reads mail there now.
        if self.email != email_of(draft, subject)
            && let Some(without) = present.without_mailed_secret()
        {
            draft.put_credentials(&subject.id, without);
        }
        if highest_of(draft, subject) > self.highest && seer_is_below(draft, subject) {
            revoke(draft, subject);
        }
    }
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
    let world = &draft.state.world;
    let seer = world.user_ix(seer.as_str()).and_then(|ix| world.user(ix));
    let reaches = seer.and_then(|seer| lowest(&draft.state.scheme, seer, draft.now));
    highest_of(draft, subject) > reaches
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
    let active = user.is_some_and(|user| user.is_active());
    let Some(spare) = draft.command.spare.as_ref().filter(|_| active && has_address(draft, &subject.id))
    else {
        return;
    };
    mail(draft, &subject.id, SecretKind::Activation, spare, present);
    draft.effects.push(Effect::ActivationMailed { user: subject.id.clone() });
}
