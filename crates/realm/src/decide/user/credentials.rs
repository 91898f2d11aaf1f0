//! What changes of a user do to their credentials: a new user's activation, secrets for an address that is no longer on
//! file, and the passwords of those who rise above somebody who may know them.

use bailiwick_identity::{Credentials, Field, PasswordStanding, SecretKind, Seer, UserId};
use bailiwick_policy::scheme::{Passwords, Rank};
use bailiwick_policy::{highest, lowest};

use super::Subject;
use super::secret::{has_address, mail};
use crate::command::{Actor, Body};
use crate::decide::draft::Draft;
use crate::event::Effect;
use crate::secret::{has_outgrown, rank_then};
use crate::state::State;

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
        let Some(present) = draft.credentials.get(&subject.id).filter(|present| present.are_any()) else {
            return;
        };
        if self.rises_above(draft, subject, present.seen_by.as_ref()) {
            revoke(draft, subject);
        } else if self.rises_above(draft, subject, present.address_by.as_ref()) {
            let next = present.without_mailed_secret();
            next.into_iter().for_each(|next| draft.put_credentials(&subject.id, next));
        }
    }

    /// Whether the change raises a user above somebody, or they stood higher already. One who is gone, or holds nothing
    /// ranked, is below everybody.
    fn rises_above(&self, draft: &Draft<'_>, subject: &Subject, seer: Option<&Seer>) -> bool {
        let highest = highest_of(draft, subject);
        let risen = highest > self.highest && seer.is_some_and(|seer| highest > reach_of(draft, seer));
        risen || has_outgrown(&draft.state, &subject.id, seer, draft.now)
    }
}

/// A link that went to the address before must not be good for whoever reads mail there now. And who gave the address may
/// read what is mailed to it: whoever sets a password by that is as good as shown it.
fn readdress(draft: &mut Draft<'_>, subject: &Subject) {
    let kept = draft.state.scheme.credentials().passwords != Passwords::Elsewhere;
    let present = draft.credentials.get(&subject.id).cloned();
    let Some(present) = present.or_else(|| kept.then(Credentials::default)) else { return };
    let mut next = present.without_mailed_secret().unwrap_or_else(|| present.clone());
    next.address_by = seer(draft);
    if next != present {
        draft.put_credentials(&subject.id, next);
    }
}

/// The actor, as one who sees a secret now; none, for an operator.
pub(super) fn seer(draft: &Draft<'_>) -> Option<Seer> {
    match &draft.command.actor {
        Actor::User(actor) => Some(Seer { user: actor.clone(), lowest: lowest_role(draft, actor) }),
        Actor::Operator => None,
    }
}

/// The name of the role of somebody's lowest rank.
fn lowest_role(draft: &Draft<'_>, user: &UserId) -> Option<String> {
    let State { world, scheme, .. } = &draft.state;
    let user = world.user(world.user_ix(user.as_str())?)?;
    let held = user.assignments().filter(|assignment| assignment.held(draft.now));
    let ranked = held.filter_map(|assignment| Some((scheme.rank(assignment.role)?, assignment.role)));
    let (_, role) = ranked.min_by_key(|(rank, _)| *rank)?;
    scheme.role(role).map(|role| role.name.clone())
}

/// How high somebody stands who has seen a secret: as they stood then, or stand now, whichever is less. Who has been raised
/// since may have been somebody else's to sign in as until then.
fn reach_of(draft: &Draft<'_>, seer: &Seer) -> Option<Rank> {
    rank_then(&draft.state.scheme, seer).min(lowest_of(draft, &seer.user))
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

/// Takes away every password and secret, and mails an activation where one can be mailed: not to an address that somebody
/// below has given.
fn revoke(draft: &mut Draft<'_>, subject: &Subject) {
    let address_by = draft.credentials.get(&subject.id).and_then(|present| present.address_by.clone());
    let trusted =
        address_by.as_ref().is_none_or(|giver| highest_of(draft, subject) <= reach_of(draft, giver));
    let revoked = Credentials { standing: PasswordStanding::Revoked, address_by, ..Credentials::default() };
    draft.put_credentials(&subject.id, revoked.clone());
    draft.effects.push(Effect::CredentialsRevoked { user: subject.id.clone() });
    if trusted {
        mail_activation(draft, subject, revoked);
    }
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
