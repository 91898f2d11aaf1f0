//! Changes of who a user is.
//!
//! Ordinary fields and filling in what was missing need `user.manage` over a part of what the other holds; what a
//! person is recognised by, once set, `user.identity.edit` over all of it. A user changes what the scheme lets them
//! change on themselves.

use bailiwick_identity::{Field, Profile, UserId, kept, kept_external_id};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Other, ReachNeeded, Right};
use bailiwick_policy::scheme::Scheme;

use super::create::never_own;
use super::{Judged, Subject};
use crate::command::FieldChange;
use crate::decide::draft::Draft;
use crate::decide::judge::{Asked, Reach, Rules, Unranked};
use crate::facts::canonical;
use crate::refusal::{Refusal, Refused};

pub(super) fn update(draft: &mut Draft<'_>, subject: &Subject, changes: &[FieldChange]) -> Judged {
    if changes.is_empty() {
        return Err(Refusal::new(Refused::Invalid, Reason::NothingToChange));
    }
    let profile = draft.people.get(&subject.id).map(|p| p.profile.clone()).unwrap_or_default();
    judge_fields(draft, subject, &profile, changes)?;
    subject.known()?;
    let mut kept = Vec::with_capacity(changes.len());
    for change in changes {
        kept.push(examine_change(draft, subject, change)?);
    }
    draft.edit_profile(&subject.id, |person| {
        for change in kept {
            put(&mut person.profile, change);
        }
    });
    Ok(())
}

fn judge_fields(draft: &Draft<'_>, subject: &Subject, profile: &Profile, changes: &[FieldChange]) -> Judged {
    let judge = draft.judge()?;
    let own = judge.actor.is_some_and(|actor| Some(actor.ix()) == subject.ix);
    let users = judge.scheme.users();
    let is_own = |change: &FieldChange| match change {
        FieldChange::Field(field, _) => users.own.contains(field) && !never_own().contains(field),
        FieldChange::ExternalId(..) => false,
    };
    if own && changes.iter().all(is_own) {
        return Ok(());
    }
    // Of somebody out of sight nothing is told by the row that is asked: what may be set counts as set. But who was
    // found by a handle may have a missing birth date filled in.
    let out_of_sight = judge.actor.is_some_and(|actor| actor.may_see(subject.other(draft)).is_err());
    let set = |field: Field| {
        let hidden = out_of_sight && !(subject.found && field == Field::BirthDate);
        hidden || profile.get(field).is_some()
    };
    let identifies = changes.iter().any(|change| identifies(judge.scheme, &set, change));
    let core = judge.scheme.core();
    let rules = if identifies {
        Rules {
            right: Right::Identity,
            reach: Reach::Of(ReachNeeded::Whole),
            lowers_lowest: false,
            rank: Asked::Yes,
            unranked: Unranked::All,
        }
    } else {
        Rules {
            right: Right::Of(core.user_manage),
            reach: Reach::Of(ReachNeeded::Part),
            lowers_lowest: false,
            rank: Asked::Yes,
            unranked: Unranked::NotAsked,
        }
    };
    let mut other = subject.other(draft);
    // Who was found by a handle may be added and have a missing birth date filled in, in one command: then what it
    // has added gives reach.
    if subject.found && !identifies && changes.iter().all(is_birth_date) {
        other = other.map(|other| Other { newest_giving_reach: u32::MAX, ..other });
    }
    judge.ask(other, &rules)
}

fn is_birth_date(change: &FieldChange) -> bool {
    matches!(change, FieldChange::Field(Field::BirthDate, Some(_)))
}

/// Whether a change is of what a person is recognised by: the e-mail, set or not; names and birth date once set; the
/// provider's subject; external ids; and, once set, what the scheme locks and what a second factor goes to.
fn identifies(scheme: &Scheme, set: &impl Fn(Field) -> bool, change: &FieldChange) -> bool {
    match change {
        FieldChange::ExternalId(..) => true,
        FieldChange::Field(Field::Email | Field::ProviderSubject, _) => true,
        FieldChange::Field(field @ (Field::FirstName | Field::LastName | Field::BirthDate), _) => set(*field),
        FieldChange::Field(field, _) => {
            let locked = scheme.users().locked.contains(field);
            (locked || second_factor(scheme).any(|proving| proving == *field)) && set(*field)
        }
    }
}

/// Examines a change, and yields it with the value as it is kept.
fn examine_change(draft: &mut Draft<'_>, subject: &Subject, change: &FieldChange) -> Judged<FieldChange> {
    match change {
        FieldChange::Field(field, None) => {
            if compulsory(&draft.state.scheme).any(|compulsory| compulsory == *field)
                || required_by_role(draft, subject, *field)
            {
                return Err(Refusal::new(Refused::Invalid, Reason::FieldRequired).at_field(field.name()));
            }
            Ok(change.clone())
        }
        FieldChange::Field(field, Some(value)) => {
            let value = examine(draft, subject, *field, value)?;
            take_field(draft, &subject.id, *field, &value)?;
            Ok(FieldChange::Field(*field, Some(value)))
        }
        FieldChange::ExternalId(name, None) => {
            if draft.state.scheme.users().compulsory_external_ids.contains(name) {
                return Err(Refusal::new(Refused::Invalid, Reason::FieldRequired).at_field("external_ids"));
            }
            Ok(change.clone())
        }
        FieldChange::ExternalId(name, Some(value)) => {
            let value = take_external_id(draft, &subject.id, name, value)?;
            Ok(FieldChange::ExternalId(name.clone(), Some(value)))
        }
    }
}

fn put(profile: &mut Profile, change: FieldChange) {
    match change {
        FieldChange::Field(field, Some(value)) => {
            profile.fields.insert(field, value);
        }
        FieldChange::Field(field, None) => {
            profile.fields.remove(&field);
        }
        FieldChange::ExternalId(name, Some(value)) => {
            profile.external_ids.insert(name, value);
        }
        FieldChange::ExternalId(name, None) => {
            profile.external_ids.remove(&name);
        }
    }
}

/// The fields that everybody has: those of the scheme, and those that a second factor needs where there is one.
pub(super) fn compulsory(scheme: &Scheme) -> impl Iterator<Item = Field> + '_ {
    scheme.users().compulsory.iter().copied().chain(second_factor(scheme))
}

/// The fields that a second factor goes to, where there is one.
fn second_factor(scheme: &Scheme) -> impl Iterator<Item = Field> + '_ {
    let credentials = scheme.credentials();
    credentials.second_factor_fields.iter().filter(move |_| credentials.second_factor).copied()
}

/// Whether a role that the user holds needs a field.
fn required_by_role(draft: &Draft<'_>, subject: &Subject, field: Field) -> bool {
    let scheme = &draft.state.scheme;
    let user = subject.ix.and_then(|ix| draft.state.world.user(ix));
    let needs = |role| scheme.role(role).is_some_and(|role| role.required_fields.contains(&field));
    user.is_some_and(|user| user.assignments().any(|a| a.held(draft.now) && needs(a.role)))
}

/// Examines a value: its form, the scheme's list where it has one, and what it stands for. Yields it as it is kept, and
/// says nothing of it.
pub(super) fn examine(draft: &Draft<'_>, subject: &Subject, field: Field, value: &str) -> Judged<String> {
    let scheme = &draft.state.scheme;
    let invalid = |why: String| {
        Refusal::new(Refused::Invalid, Reason::FieldInvalid).at_field(field.name()).because(why)
    };
    if scheme.users().absent.contains(&field) {
        return Err(invalid("the scheme has no such field".to_owned()));
    }
    let value = kept(field, value).map_err(|fault| invalid(fault.to_string()))?;
    // East of Greenwich it may be tomorrow.
    if field == Field::BirthDate && value > draft.now.tomorrow().utc_date() {
        return Err(invalid("nobody is born in the future".to_owned()));
    }
    if field == Field::LineManager {
        examine_line_manager(draft, subject, &value)?;
    }
    let list = scheme.users().value_lists.iter().find(|(listed, _)| *listed == field);
    match list {
        Some((_, values)) if !values.contains(&value) => {
            Err(invalid(format!("one of: {}", values.join(", "))))
        }
        Some(_) | None => Ok(value),
    }
}

/// A line manager is another user, whom the actor sees or is: naming somebody must not tell whether they exist. Whom a request
/// names was asked of its author.
fn examine_line_manager(draft: &Draft<'_>, subject: &Subject, named: &str) -> Judged {
    let judge = draft.judge()?;
    let refused = |why: &str| {
        Refusal::new(Refused::Invalid, Reason::FieldInvalid).at_field(Field::LineManager.name()).because(why)
    };
    if named == subject.id.as_str() {
        return Err(refused("nobody is their own line manager"));
    }
    let known = judge.world.user_ix(named).and_then(|ix| Other::as_held(judge.world, ix));
    let seen = match (&judge.actor, known) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(actor), Some(other)) => {
            draft.is_approved() || actor.ix() == other.ix || actor.may_see(Some(other)).is_ok()
        }
    };
    if seen { Ok(()) } else { Err(refused("there is no such user")) }
}

/// Takes what one person alone is known by, unless it is another's; any other field is free to all.
pub(super) fn take_field(draft: &mut Draft<'_>, user: &UserId, field: Field, value: &str) -> Judged {
    if field == Field::Email {
        return take_email(draft, user, value);
    }
    if field == Field::ProviderSubject {
        let owner = draft.facts.provider_subjects.get(value);
        let free = owner.is_none_or(|owner| owner == user);
        return take(draft, free, format!("subject {value}"), field.name());
    }
    Ok(())
}

/// Takes an e-mail address, unless it is another's.
fn take_email(draft: &mut Draft<'_>, user: &UserId, email: &str) -> Judged {
    let email = canonical(email);
    let owner = draft.facts.emails.get(&email);
    take(draft, owner.is_none_or(|owner| owner == user), format!("email {email}"), Field::Email.name())
}

/// Takes an external id, unless it is another's or the scheme has no such name. Yields it as it is kept.
pub(super) fn take_external_id(
    draft: &mut Draft<'_>,
    user: &UserId,
    name: &str,
    value: &str,
) -> Judged<String> {
    let names = &draft.state.scheme.users().external_ids;
    if !names.contains(name) {
        let known = names.iter().cloned().collect::<Vec<_>>().join(", ");
        return Err(Refusal::new(Refused::Invalid, Reason::UnknownName)
            .at_field("external_ids")
            .because(format!("one of: {known}")));
    }
    let value = kept_external_id(value).map_err(|fault| {
        let invalid = Refusal::new(Refused::Invalid, Reason::FieldInvalid).at_field("external_ids");
        invalid.because(fault.to_string())
    })?;
    let owner = draft.facts.external_ids.get(&(name.to_owned(), value.clone()));
    let free = owner.is_none_or(|owner| owner == user);
    take(draft, free, format!("external {name} {value}"), "external_ids")?;
    Ok(value)
}

fn take(draft: &mut Draft<'_>, free: bool, key: String, field: &str) -> Judged {
    if !free || !draft.taken.insert(key) {
        return Err(Refusal::new(Refused::Exists, Reason::FieldTaken).at_field(field));
    }
    Ok(())
}
