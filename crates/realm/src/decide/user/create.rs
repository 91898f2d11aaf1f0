//! Creating a user: `user.manage` covering the home unit named; each first assignment is a change of its own.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::matching::Typed;
use bailiwick_identity::{Field, Profile, kept_external_id, kept_username, username_form};
use bailiwick_membership::Access;
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Level, Right};
use bailiwick_policy::scheme::UsernameRule;

use super::profile::{compulsory, examine, take_external_id, take_field};
use super::{Judged, Subject};
use crate::command::{Actor, Body, NewUser};
use crate::decide::draft::Draft;
use crate::decide::judge::Sight;
use crate::decide::{no_national_identifier, room_in_world};
use crate::facts::{canonical, initial_and_last_name};
use crate::refusal::{Refusal, Refused};

pub(super) fn create(draft: &mut Draft<'_>, subject: &mut Subject, new: &NewUser) -> Judged {
    let home = {
        let judge = draft.judge()?;
        let right = Right::Of(judge.scheme.core().user_manage);
        let home = judge.world.unit_ix(new.home.as_str());
        if let Some(actor) = &judge.actor {
            if actor.passing(right, Level::Manage).next().is_none() {
                return Err(Refusal::denied(Reason::NoManagementRight));
            }
            let covered = home.and_then(|unit| actor.covering(right, Level::Manage, unit));
            covered.ok_or_else(|| judge.unknown_unit())?;
            if actor.lowest().is_none() {
                return Err(Refusal::denied(Reason::NoManagementRight));
            }
        }
        home.ok_or_else(|| judge.unknown_unit())?
    };
    if draft.state.world.user_ix(subject.id.as_str()).is_some() {
        return Err(Refusal::new(Refused::Exists, Reason::AlreadyExists));
    }
    no_national_identifier(subject.id.as_str(), "user")?;
    room_in_world(draft.state.world.has_room_for_users(1))?;
    let profile = profile(draft, subject, new)?;
    subject.ix = Some(draft.put_access(&subject.id, Access::new(home)));
    subject.home = home;
    subject.newest_giving_reach = 0;
    subject.sight = Sight::Proved;
    draft.edit_profile(&subject.id, |person| person.profile = profile);
    Ok(())
}

fn profile(draft: &mut Draft<'_>, subject: &Subject, new: &NewUser) -> Judged<Profile> {
    let scheme = draft.state.scheme.clone();
    let mut fields = BTreeMap::new();
    for (&field, value) in &new.fields {
        fields.insert(field, examine(draft, subject, field, value)?);
    }
    // What is loaded is not new: it is taken as it is, and may lack what is compulsory now.
    let loaded = matches!(draft.command.body, Body::Load(_));
    let missing = compulsory(&scheme).find(|field| !fields.contains_key(field));
    if let Some(missing) = missing.filter(|_| !loaded) {
        return Err(Refusal::new(Refused::Invalid, Reason::FieldRequired).at_field(missing.name()));
    }
    let ids = &scheme.users().compulsory_external_ids;
    let missing = ids.iter().find(|name| !new.external_ids.contains_key(*name));
    if let Some(missing) = missing.filter(|_| !loaded) {
        return Err(Refusal::new(Refused::Invalid, Reason::FieldRequired)
            .at_field("external_ids")
            .because(format!("`{missing}` is compulsory")));
    }
    is_new(draft, &fields, &new.external_ids)?;
    for (&field, value) in &fields {
        take_field(draft, &subject.id, field, value)?;
    }
    let mut external_ids = BTreeMap::new();
    for (name, value) in &new.external_ids {
        external_ids.insert(name.clone(), take_external_id(draft, &subject.id, name, value)?);
    }
    let username = username(draft, new, &fields)?;
    draft.taken.insert(taken(&username));
    Ok(Profile { username, fields, external_ids })
}

/// Nobody is made twice: who has the same e-mail, names and birth date, or the same external id, is the same person. The
/// answer leads to them where what was given shows that they are known.
fn is_new(
    draft: &Draft<'_>,
    fields: &BTreeMap<Field, String>,
    external_ids: &BTreeMap<String, String>,
) -> Judged {
    let absent = &draft.state.scheme.users().absent;
    let by_email = fields.get(&Field::Email).and_then(|email| draft.facts.emails.get(&canonical(email)));
    let deciding = &draft.state.scheme.matching().external_ids;
    let decides = |name: &String| deciding.is_empty() || deciding.contains(name);
    let by_id = external_ids.iter().filter(|(name, _)| decides(name)).filter_map(|id| {
        let value = kept_external_id(id.1).ok()?;
        let id = (id.0.clone(), value);
        Some((draft.facts.external_ids.get(&id)?, Some(id)))
    });
    for (owner, external_id) in by_email.map(|owner| (owner, None)).into_iter().chain(by_id) {
        let Some(person) = draft.facts.people.get(owner) else { continue };
        let compared = Typed { fields: fields.clone(), external_id }.compare(&person.profile);
        if compared.is_exact(absent) && compared.proves_acquaintance() {
            let mut refusal = Refusal::new(Refused::Exists, Reason::AlreadyExists)
                .because("the person is there: add them, with the handle");
            refusal.found = Some(owner.clone());
            return Err(refusal);
        }
    }
    Ok(())
}

/// The name to sign in with: the one that an operator brings along, or made by the scheme's rule. Never one that was
/// ever used.
fn username(draft: &Draft<'_>, new: &NewUser, fields: &BTreeMap<Field, String>) -> Judged<String> {
    let rule = draft.state.scheme.users().username;
    let used = |name: &str| draft.facts.usernames.contains(name) || draft.taken.contains(&taken(name));
    if let Some(given) = &new.username {
        if draft.command.actor != Actor::Operator {
            return Err(Refusal::new(Refused::Invalid, Reason::FieldLocked).at_field("username"));
        }
        let given = kept_username(given).map_err(|fault| {
            let invalid = Refusal::new(Refused::Invalid, Reason::FieldInvalid).at_field("username");
            invalid.because(fault.to_string())
        })?;
        if used(&given) {
            return Err(Refusal::new(Refused::Exists, Reason::FieldTaken).at_field("username"));
        }
        return Ok(given);
    }
    let stem = match rule {
        UsernameRule::InitialAndLastName => initial_and_last_name(fields),
        UsernameRule::Email => fields.get(&Field::Email).cloned(),
    };
    let stem = stem.ok_or_else(|| {
        let field = match rule {
            UsernameRule::InitialAndLastName => Field::LastName,
            UsernameRule::Email => Field::Email,
        };
        Refusal::new(Refused::Invalid, Reason::FieldRequired).at_field(field.name())
    })?;
    Ok(first_free(&stem, &used))
}

/// The stem, or the stem with the first number that makes it new: `JMcGoo`, `JMcGoo1`, `JMcGoo2` …
fn first_free(stem: &str, used: &impl Fn(&str) -> bool) -> String {
    if !used(stem) {
        return stem.to_owned();
    }
    let numbered = |number: u64| format!("{stem}{number}");
    let near = (1..=NEAR).find(|&number| !used(&numbered(number)));
    // Numbers are given out in order: between one in use and a free one lies the first that is free.
    let number = near.unwrap_or_else(|| {
        let (mut low, mut high) = (NEAR, 2 * NEAR);
        while used(&numbered(high)) {
            (low, high) = (high, high.saturating_mul(2));
        }
        while high - low > 1 {
            let middle = low.midpoint(high);
            if used(&numbered(middle)) { low = middle } else { high = middle }
        }
        high
    });
    numbered(number)
}

/// Up to here, the first free number is looked for one by one.
const NEAR: u64 = 16;

/// What a username that this command takes is noted under.
fn taken(username: &str) -> String {
    format!("username {}", username_form(username))
}

/// Every field that may never be a user's own to change, whatever a scheme says.
pub(super) fn never_own() -> BTreeSet<Field> {
    BTreeSet::from([
        Field::Email,
        Field::FirstName,
        Field::MiddleInitial,
        Field::LastName,
        Field::BirthDate,
        Field::ProviderSubject,
        Field::LineManager,
    ])
}
