//! What changes of a user do to their credentials: a new user's activation, secrets for an address that is no longer on
//! file, and the passwords of those whose secrets somebody has seen who could not be shown one any more.

use std::collections::BTreeSet;

use bailiwick_identity::{Credentials, Field, PasswordStanding, SecretKind, Seer, UserId};
use bailiwick_policy::scheme::Passwords;

use super::Subject;
use super::secret::{has_address, mail, shown_to_user};
use crate::command::{Actor, Body, ManageUser, UserChange};
use crate::decide::draft::Draft;
use crate::event::Effect;
use crate::secret::has_outgrown;
use crate::state::State;

/// A user as they were before the changes of a command, and what these are.
pub(super) struct Before {
    existed: bool,
    /// Whether anything in the command may let the user do more.
    widens: bool,
    email: Option<String>,
    provider_subject: Option<String>,
}

impl Before {
    pub(super) fn of(draft: &Draft<'_>, subject: &Subject, manage: &ManageUser) -> Self {
        Self {
            existed: subject.ix.is_some(),
            widens: manage.changes.iter().any(widens),
            email: field_of(draft, subject, Field::Email),
            provider_subject: field_of(draft, subject, Field::ProviderSubject),
        }
    }

    /// What follows for the credentials from how the user stands now.
    pub(super) fn follow(&self, draft: &mut Draft<'_>, subject: &Subject) {
        if !self.existed {
            return self.activate(draft, subject);
        }
        if self.email != field_of(draft, subject, Field::Email) {
            readdress(draft, subject);
        }
        let provider_subject = field_of(draft, subject, Field::ProviderSubject);
        if self.provider_subject != provider_subject {
            // Who takes it away has none to sign in with.
            let giver = seer(draft).filter(|_| provider_subject.is_some());
            change(draft, subject, |present| Credentials { subject_by: giver, ..present });
        }
        let Some(present) = draft.credentials.get(&subject.id).cloned() else { return };
        if self.in_doubt(draft, subject, present.subject_by.as_ref()) {
            clear_provider_subject(draft, subject);
        }
        if present.are_any() && self.in_doubt(draft, subject, present.seen_by.as_ref()) {
            revoke(draft, subject);
        } else if self.in_doubt(draft, subject, present.address_by.as_ref()) {
            change(draft, subject, without_mail);
        }
    }

    /// An activation for somebody who was created, where the scheme has it mailed. What is loaded is not new.
    ///
    /// Whoever asked for them in a request wrote the address, and the subject of the identity provider. One of those who approved
    /// that vouches for them who could be shown a secret: they could have made the user themselves. Where nobody does, neither is
    /// good until a manager of all of it says so.
    fn activate(&self, draft: &mut Draft<'_>, subject: &Subject) {
        if let Some(author) = draft.asked_by.filter(|_| !is_vouched_for(draft, subject)) {
            let author = Seer { user: author.clone(), roles: Vec::new() };
            let given = |field| Some(author.clone()).filter(|_| field_of(draft, subject, field).is_some());
            let (address_by, subject_by) = (given(Field::Email), given(Field::ProviderSubject));
            change(draft, subject, |present| Credentials { address_by, ..present });
            if subject_by.is_some() {
                clear_provider_subject(draft, subject);
            }
            return;
        }
        let loaded = matches!(draft.command.body, Body::Load(_));
        if draft.state.scheme.credentials().activation_mailed && !loaded {
            mail_activation(draft, subject, Credentials::default());
        }
    }

    /// Whether somebody may know too much by now: the user stands higher than they did then, or may do more by the command,
    /// and they could not be shown a secret now.
    fn in_doubt(&self, draft: &Draft<'_>, subject: &Subject, seer: Option<&Seer>) -> bool {
        let lost = |seer| self.widens && !may_be_shown(draft, subject, seer);
        has_outgrown(&draft.state, &subject.id, seer, draft.now) || seer.is_some_and(lost)
    }
}

/// Whether a change may let a user do more than before.
fn widens(change: &UserChange) -> bool {
    match change {
        UserChange::Create(_)
        | UserChange::Assign(_)
        | UserChange::Amend { .. }
        | UserChange::Reinstate { .. }
        | UserChange::Enable
        | UserChange::SetReportingRole(_)
        | UserChange::SetOwnRecord(_)
        | UserChange::SetClearance(_)
        | UserChange::Grant(_)
        | UserChange::AmendGrant(_)
        | UserChange::ReinstateGrant { .. } => true,
        UserChange::UpdateProfile(_)
        | UserChange::End { .. }
        | UserChange::Remove { .. }
        | UserChange::Suspend { .. }
        | UserChange::SuspendAt { .. }
        | UserChange::Disable
        | UserChange::SetHome(_)
        | UserChange::SetSamePerson(_)
        | UserChange::SuspendGrant { .. }
        | UserChange::EndGrant { .. } => false,
    }
}

/// Whether somebody who has seen a secret of a user's, or may, could be shown one now as well: by all rules, and as they
/// stood then. Who has been raised since may have been somebody else's to sign in as until then.
pub(super) fn may_be_shown(draft: &Draft<'_>, subject: &Subject, seer: &Seer) -> bool {
    let judge = draft.judge_for(Some(&seer.user));
    let shown = judge.is_ok_and(|judge| shown_to_user(&judge, subject.other(draft)).is_ok());
    shown && !has_outgrown(&draft.state, &subject.id, Some(seer), draft.now)
}

/// Whether one of those who approve what is asked for could be shown a secret of whom it makes.
fn is_vouched_for(draft: &Draft<'_>, subject: &Subject) -> bool {
    let mut approvers = draft.approvers.iter().filter_map(|&user| draft.state.world.user_id(user));
    approvers.any(|user| may_be_shown(draft, subject, &seer_of(draft, &user)))
}

/// A link that went to the address before must not be good for whoever reads mail there now. And who gave the address may
/// read what is mailed to it: whoever sets a password by that is as good as shown it.
fn readdress(draft: &mut Draft<'_>, subject: &Subject) {
    let giver = seer(draft);
    change(draft, subject, |present| Credentials { address_by: giver, ..without_mail(present) });
}

fn without_mail(present: Credentials) -> Credentials {
    present.without_mailed_secret().unwrap_or(present)
}

/// Changes somebody's credentials; nothing is written where they stay as they were.
fn change(draft: &mut Draft<'_>, subject: &Subject, edit: impl FnOnce(Credentials) -> Credentials) {
    let present = draft.credentials.get(&subject.id).cloned().unwrap_or_default();
    let next = edit(present.clone());
    if next != present {
        draft.put_credentials(&subject.id, next);
    }
}

/// The actor, as one who sees a secret now; none, for an operator.
pub(super) fn seer(draft: &Draft<'_>) -> Option<Seer> {
    match &draft.command.actor {
        Actor::User(actor) => Some(seer_of(draft, actor)),
        Actor::Operator => None,
    }
}

fn seer_of(draft: &Draft<'_>, user: &UserId) -> Seer {
    Seer { user: user.clone(), roles: ranked_roles(draft, user) }
}

/// The names of the ranked roles that somebody holds, each once.
fn ranked_roles(draft: &Draft<'_>, user: &UserId) -> Vec<String> {
    let State { world, scheme, .. } = &draft.state;
    let user = world.user_ix(user.as_str()).and_then(|ix| world.user(ix));
    let held = user.into_iter().flat_map(|user| user.assignments()).filter(|a| a.held(draft.now));
    let ranked = held.filter(|a| scheme.rank(a.role).is_some());
    let names: BTreeSet<_> = ranked.filter_map(|a| scheme.role(a.role)).map(|role| &role.name).collect();
    names.into_iter().cloned().collect()
}

fn field_of(draft: &Draft<'_>, subject: &Subject, field: Field) -> Option<String> {
    let person = draft.people.get(&subject.id)?;
    person.profile.get(field).map(str::to_owned)
}

/// Takes away every password and secret, and mails an activation where one can be mailed: not to an address that is in
/// doubt.
fn revoke(draft: &mut Draft<'_>, subject: &Subject) {
    let Some(Credentials { address_by, subject_by, .. }) = draft.credentials.get(&subject.id).cloned() else {
        return;
    };
    let trusted = address_by.as_ref().is_none_or(|giver| may_be_shown(draft, subject, giver));
    let standing = PasswordStanding::Revoked;
    let revoked = Credentials { standing, address_by, subject_by, ..Credentials::default() };
    draft.put_credentials(&subject.id, revoked.clone());
    tell_revoked(draft, subject);
    if trusted {
        mail_activation(draft, subject, revoked);
    }
}

/// Takes away what the identity provider knows a user by: whoever gave it may sign in there as them.
fn clear_provider_subject(draft: &mut Draft<'_>, subject: &Subject) {
    draft.edit_profile(&subject.id, |person| drop(person.profile.fields.remove(&Field::ProviderSubject)));
    change(draft, subject, |present| Credentials { subject_by: None, ..present });
    tell_revoked(draft, subject);
}

/// Says so, once.
fn tell_revoked(draft: &mut Draft<'_>, subject: &Subject) {
    let revoked = Effect::CredentialsRevoked { user: subject.id.clone() };
    if !draft.effects.contains(&revoked) {
        draft.effects.push(revoked);
    }
}

fn mail_activation(draft: &mut Draft<'_>, subject: &Subject, present: Credentials) {
    let user = subject.ix.and_then(|ix| draft.state.world.user(ix));
    // Where passwords are kept elsewhere by now, what was kept here is taken away all the same.
    let kept = draft.state.scheme.credentials().passwords != Passwords::Elsewhere;
    let active = kept && user.is_some_and(|user| user.is_active());
    let spare = draft.command.spares.get(&subject.id);
    let Some(spare) = spare.filter(|_| active && has_address(draft, &subject.id)) else { return };
    mail(draft, &subject.id, SecretKind::Activation, spare, present);
    draft.effects.push(Effect::ActivationMailed { user: subject.id.clone() });
}
