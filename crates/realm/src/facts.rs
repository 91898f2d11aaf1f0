//! Facts: what a command must know that is kept in tables only.
//!
//! A command names what it must look up ([`lookups`]); the writer reads exactly that inside the transaction, after
//! the realm's row is locked, and hands it to `decide`.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{Field, Profile, UserId, compare};
use bailiwick_membership::World;

use crate::command::{Actor, Body, Command, FieldChange, LoadItem, ManageUser, UserChange};
use crate::event::Notes;
use crate::state::Revision;

/// What must be read before a command can be decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lookups {
    /// People: profile, notes and etag.
    pub people: BTreeSet<UserId>,
    /// Stems of usernames, canonical: each itself is read, and every username that goes on with a digit.
    pub username_stems: BTreeSet<String>,
    /// E-mail addresses, canonical: whose each is.
    pub emails: BTreeSet<String>,
    /// External ids (name, value): whose each is.
    pub external_ids: BTreeSet<(String, String)>,
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// People who exist.
    pub people: BTreeMap<UserId, Person>,
    /// Usernames in use or ever used, canonical, that are a stem asked for, or go on after one with a digit.
    pub usernames: BTreeSet<String>,
    /// Whose an e-mail address is, canonical.
    pub emails: BTreeMap<String, UserId>,
    /// Whose an external id is.
    pub external_ids: BTreeMap<(String, String), UserId>,
}

/// What tables know of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Who they are.
    pub profile: Profile,
    /// Free text about what they hold.
    pub notes: Notes,
    /// The revision that last changed them.
    pub etag: Revision,
}

/// The form under which usernames, e-mail addresses and last names are compared.
#[must_use]
pub fn canonical(text: &str) -> String {
    compare::folded(text)
}

/// What a command must look up, where so much of the realm is known: nothing, before it exists.
#[must_use]
pub fn lookups(command: &Command, world: Option<&World>) -> Lookups {
    let mut wanted = Lookups::default();
    match &command.body {
        Body::ManageUser(manage) => user_lookups(command, manage, world, &mut wanted),
        Body::Load(items) => {
            for item in items {
                if let LoadItem::User(manage) = item {
                    user_lookups(command, manage, world, &mut wanted);
                }
            }
        }
        Body::CreateRealm { .. }
        | Body::SetStatus(_)
        | Body::PutScheme(_)
        | Body::CreateUnit(_)
        | Body::UpdateUnit { .. }
        | Body::MoveUnit { .. }
        | Body::ArchiveUnit(_)
        | Body::RestoreUnit(_)
        | Body::PlaceCustomer { .. }
        | Body::DismissCustomer { .. }
        | Body::RemovePlacement { .. }
        | Body::UpdateCaseload { .. } => {}
    }
    wanted
}

fn user_lookups(command: &Command, manage: &ManageUser, world: Option<&World>, wanted: &mut Lookups) {
    wanted.people.insert(manage.user.clone());
    for change in &manage.changes {
        match change {
            UserChange::Create(new) => {
                let email = new.fields.get(&Field::Email).map(|e| canonical(e));
                // Only operators bring a username along; whoever else does is refused without looking.
                let given = new.username.as_deref();
                if given.is_none() || command.actor == Actor::Operator {
                    wanted.username_stems.extend(username_stems(given, &new.fields));
                }
                wanted.emails.extend(email);
                wanted.external_ids.extend(new.external_ids.clone());
            }
            UserChange::UpdateProfile(fields) => {
                for field in fields {
                    match field {
                        FieldChange::Field(Field::Email, Some(value)) => {
                            wanted.emails.insert(canonical(value));
                        }
                        FieldChange::ExternalId(name, Some(value)) => {
                            wanted.external_ids.insert((name.clone(), value.clone()));
                        }
                        FieldChange::Field(..) | FieldChange::ExternalId(..) => {}
                    }
                }
            }
            // Everybody concerned gets a new state, and keeps the notes that go with it.
            UserChange::SetSamePerson(other) => {
                for user in other.iter().chain([&manage.user]) {
                    wanted.people.insert(user.clone());
                    wanted.people.extend(world.into_iter().flat_map(|world| same_person(world, user)));
                }
            }
            UserChange::Assign(_)
            | UserChange::Amend { .. }
            | UserChange::End { .. }
            | UserChange::Remove { .. }
            | UserChange::Suspend { .. }
            | UserChange::Reinstate { .. }
            | UserChange::SuspendAt { .. }
            | UserChange::Disable
            | UserChange::Enable
            | UserChange::SetHome(_)
            | UserChange::SetReportingRole(_)
            | UserChange::SetOwnRecord(_)
            | UserChange::SetClearance(_)
            | UserChange::Grant(_)
            | UserChange::AmendGrant(_)
            | UserChange::SuspendGrant { .. }
            | UserChange::ReinstateGrant { .. }
            | UserChange::EndGrant { .. } => {}
        }
    }
}

/// The users who are marked as the same person as this one.
fn same_person<'w>(world: &'w World, user: &UserId) -> impl Iterator<Item = UserId> + 'w {
    let person = world.user_ix(user.as_str()).and_then(|ix| world.user(ix)).and_then(|user| user.person());
    let members = person.map_or(&[][..], |person| world.same_person(person));
    members.iter().filter_map(|&member| world.user_id(member))
}

/// The stems from which a new user's username could be made, canonical: the one brought along, the initial with the
/// last name, the e-mail address.
fn username_stems(given: Option<&str>, fields: &BTreeMap<Field, String>) -> Vec<String> {
    if let Some(given) = given {
        return Some(canonical(given)).filter(|stem| !stem.is_empty()).into_iter().collect();
    }
    let mut stems: Vec<String> = fields.get(&Field::Email).map(|e| canonical(e)).into_iter().collect();
    stems.extend(initial_and_last_name(fields).map(|stem| canonical(&stem)));
    stems
}

/// `Joe McGoo` becomes `JMcGoo`: the first letter of the first name and the last name's letters and digits.
pub(crate) fn initial_and_last_name(fields: &BTreeMap<Field, String>) -> Option<String> {
    let initial = fields.get(&Field::FirstName)?.chars().find(|c| c.is_alphanumeric())?;
    let last: String = fields.get(&Field::LastName)?.chars().filter(|c| c.is_alphanumeric()).collect();
    (!last.is_empty()).then(|| format!("{initial}{last}"))
}
