//! Changes of who a user is.
//!
//! Ordinary fields and filling in what was missing need `user.manage` over a part of what the other holds; what a
//! person is recognised by, once set, `user.identity.edit` over all of it. A user changes what the scheme lets them
//! change on themselves.

use bailiwick_identity::{Field, Profile, UserId};
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
    for change in changes {
        examine_change(draft, subject, change)?;
    }
    draft.edit_profile(&subject.id, |person| {
        for change in changes {
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
/// provider's subject; external ids; and what the scheme locks, once set.
fn identifies(scheme: &Scheme, set: &impl Fn(Field) -> bool, change: &FieldChange) -> bool {
    match change {
        FieldChange::ExternalId(..) => true,
        FieldChange::Field(Field::Email | Field::ProviderSubject, _) => true,
        FieldChange::Field(field @ (Field::FirstName | Field::LastName | Field::BirthDate), _) => set(*field),
        FieldChange::Field(field, _) => scheme.users().locked.contains(field) && set(*field),
    }
}

fn examine_change(draft: &mut Draft<'_>, subject: &Subject, change: &FieldChange) -> Judged {
    match change {
        FieldChange::Field(field, None) => {
            if compulsory(&draft.state.scheme).any(|compulsory| compulsory == *field)
                || required_by_role(draft, subject, *field)
            {
                return Err(Refusal::new(Refused::Invalid, Reason::FieldRequired).at_field(field.name()));
            }
            Ok(())
        }
        FieldChange::Field(field, Some(value)) => {
            let scheme = draft.state.scheme.clone();
            examine(&scheme, *field, value)?;
            if *field == Field::Email { take_email(draft, &subject.id, value) } else { Ok(()) }
        }
        FieldChange::ExternalId(name, None) => {
            if draft.state.scheme.users().compulsory_external_ids.contains(name) {
                return Err(Refusal::new(Refused::Invalid, Reason::FieldRequired).at_field("external_ids"));
            }
            Ok(())
        }
        FieldChange::ExternalId(name, Some(value)) => take_external_id(draft, &subject.id, name, value),
    }
}

fn put(profile: &mut Profile, change: &FieldChange) {
    match change {
        FieldChange::Field(field, Some(value)) => {
            profile.fields.insert(*field, value.clone());
        }
        FieldChange::Field(field, None) => {
            profile.fields.remove(field);
        }
        FieldChange::ExternalId(name, Some(value)) => {
            profile.external_ids.insert(name.clone(), value.clone());
        }
        FieldChange::ExternalId(name, None) => {
            profile.external_ids.remove(name);
        }
    }
}

/// The fields that everybody has: those of the scheme, and those that a second factor needs where there is one.
pub(super) fn compulsory(scheme: &Scheme) -> impl Iterator<Item = Field> + '_ {
    let credentials = scheme.credentials();
    let second_factor = credentials.second_factor_fields.iter().filter(move |_| credentials.second_factor);
    scheme.users().compulsory.iter().chain(second_factor).copied()
}

/// Whether a role that the user holds needs a field.
fn required_by_role(draft: &Draft<'_>, subject: &Subject, field: Field) -> bool {
    let scheme = &draft.state.scheme;
    let user = subject.ix.and_then(|ix| draft.state.world.user(ix));
    let needs = |role| scheme.role(role).is_some_and(|role| role.required_fields.contains(&field));
    user.is_some_and(|user| user.assignments().any(|a| a.held(draft.now) && needs(a.role)))
}

/// Examines a value: its form, and the scheme's list where it has one. Says nothing of the value.
pub(super) fn examine(scheme: &Scheme, field: Field, value: &str) -> Judged {
    let invalid = |why: String| {
        Refusal::new(Refused::Invalid, Reason::FieldInvalid).at_field(field.name()).because(why)
    };
    if scheme.users().absent.contains(&field) {
        return Err(invalid("the scheme has no such field".to_owned()));
    }
    Profile::examine(field, value).map_err(|fault| invalid(fault.to_string()))?;
    let list = scheme.users().value_lists.iter().find(|(listed, _)| *listed == field);
    match list {
        Some((_, values)) if !values.iter().any(|v| v == value) => {
            Err(invalid(format!("one of: {}", values.join(", "))))
        }
        Some(_) | None => Ok(()),
    }
}

/// Takes an e-mail address, unless it is another's.
pub(super) fn take_email(draft: &mut Draft<'_>, user: &UserId, email: &str) -> Judged {
    let email = canonical(email);
    let owner = draft.facts.emails.get(&email);
    take(draft, owner.is_none_or(|owner| owner == user), format!("email {email}"), Field::Email.name())
}

/// Takes an external id, unless it is another's or the scheme has no such name.
pub(super) fn take_external_id(draft: &mut Draft<'_>, user: &UserId, name: &str, value: &str) -> Judged {
    let names = &draft.state.scheme.users().external_ids;
    if !names.contains(name) {
        let known = names.iter().cloned().collect::<Vec<_>>().join(", ");
        return Err(Refusal::new(Refused::Invalid, Reason::UnknownName)
            .at_field("external_ids")
            .because(format!("one of: {known}")));
    }
    if value.is_empty() || value.len() > 128 || value.chars().any(char::is_control) {
        return Err(Refusal::new(Refused::Invalid, Reason::FieldInvalid).at_field("external_ids"));
    }
    let owner = draft.facts.external_ids.get(&(name.to_owned(), value.to_owned()));
    let free = owner.is_none_or(|owner| owner == user);
    take(draft, free, format!("external {name} {value}"), "external_ids")
}

fn take(draft: &mut Draft<'_>, free: bool, key: String, field: &str) -> Judged {
    if !free || !draft.taken.insert(key) {
        return Err(Refusal::new(Refused::Exists, Reason::FieldTaken).at_field(field));
    }
    Ok(())
}
