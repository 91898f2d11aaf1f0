//! Facts: what a command must know that is kept in tables only.
//!
//! A command names what it must look up ([`lookups`]); the writer reads exactly that inside the transaction, after
//! the realm's row is locked, and hands it to `decide`.

mod keep;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bailiwick_identity::{
    Credentials, Field, Profile, RequestId, ReviewId, UserId, UsernameDigest, UsernameKey, compare, kept,
    kept_external_id, names_form, username_family, username_form,
};
use bailiwick_membership::World;

use crate::command::{Actor, Body, Command, FieldChange, LoadItem, ManageUser, NewUser, UserChange};
use crate::event::Notes;
use crate::request::{Request, RequestCommand};
use crate::review::Review;
use crate::state::Revision;

/// What must be read before a command can be decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lookups {
    /// People: profile, notes and etag.
    pub people: BTreeSet<UserId>,
    /// Families of usernames: every name of theirs that was ever used is read.
    pub username_families: BTreeSet<String>,
    /// E-mail addresses, canonical: whose each is.
    pub emails: BTreeSet<String>,
    /// External ids (name, value): whose each is.
    pub external_ids: BTreeSet<(String, String)>,
    /// Subjects of the identity provider: whose each is.
    pub provider_subjects: BTreeSet<String>,
    /// Handles: whether each was used up.
    pub handles: BTreeSet<[u8; 16]>,
    /// Users whose credentials are read.
    pub credentials: BTreeSet<UserId>,
    /// Both names of somebody, as [`names_form`] has them: who has the same, up to [`MOST_NAMESAKES`] of each; and besides,
    /// whoever of them was born on one of these dates is read whole, up to [`MOST_BORN`] of each.
    pub namesakes: BTreeMap<String, BTreeSet<String>>,
    /// Requests.
    pub requests: BTreeSet<RequestId>,
    /// Reviews.
    pub reviews: BTreeSet<ReviewId>,
    /// Users, or who never became one: the requests about them that still say something.
    pub requests_about: BTreeSet<UserId>,
}

/// So many namesakes are read of each name, besides those of a birth date asked for. Those come first by id.
pub const MOST_NAMESAKES: usize = 500;
/// So many are read of each name and birth date, first by id. Two are too many to be sure of one.
pub const MOST_BORN: usize = 5;

/// Somebody who has names that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namesake {
    /// Who.
    pub user: UserId,
    /// When they were born, where that is known.
    pub birth_date: Option<String>,
}

impl Lookups {
    /// Whether a namesake is read whole.
    #[must_use]
    pub fn wants_whole(&self, names: &str, namesake: &Namesake) -> bool {
        let dates = self.namesakes.get(names);
        let born = namesake.birth_date.as_ref();
        dates.zip(born).is_some_and(|(dates, date)| dates.contains(date))
    }
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// People who exist: those asked for, and whose an e-mail address or an external id is that was asked for.
    pub people: BTreeMap<UserId, Person>,
    /// Usernames in use or ever used, of the families asked for.
    pub usernames: UsedNames,
    /// Whose an e-mail address is, canonical.
    pub emails: BTreeMap<String, UserId>,
    /// Whose an external id is.
    pub external_ids: BTreeMap<(String, String), UserId>,
    /// Whose a subject of the identity provider is.
    pub provider_subjects: BTreeMap<String, UserId>,
    /// Handles that were used up.
    pub used_handles: BTreeSet<[u8; 16]>,
    /// Credentials of those asked for who have any.
    pub credentials: BTreeMap<UserId, Credentials>,
    /// Who has names that were asked for, by those.
    pub namesakes: BTreeMap<String, Vec<Namesake>>,
    /// Requests that were asked for, by their ids or by whom they are about, and are there.
    pub requests: BTreeMap<RequestId, Request>,
    /// Reviews that were asked for and are there.
    pub reviews: BTreeMap<ReviewId, Review>,
    /// Whether tables were asked at all.
    pub tables: Tables,
}

/// Whether tables were asked what they know of people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tables {
    /// They were.
    #[default]
    Asked,
    /// They were not: who may approve is asked of what people hold, and of nothing that is written of them.
    NotAsked,
}

/// Usernames ever used, by their digests: no name is used again, and none can be read from here.
#[derive(Debug, Clone, Default)]
pub struct UsedNames {
    /// Under which they are digested.
    pub key: UsernameKey,
    /// The digests of their forms. Commands of one group share them.
    pub digests: Arc<BTreeSet<UsernameDigest>>,
}

impl UsedNames {
    /// Whether a name, or one that looks like it, was ever used.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.digests.contains(&self.key.digest(&username_form(name)))
    }

    /// Notes a name as used.
    pub fn insert(&mut self, name: &str) {
        Arc::make_mut(&mut self.digests).insert(self.key.digest(&username_form(name)));
    }
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

/// The form under which e-mail addresses and last names are compared, and usernames are looked up.
#[must_use]
pub fn canonical(text: &str) -> String {
    compare::folded(text)
}

/// What a command must look up, where so much of the realm is known: nothing, before it exists.
#[must_use]
pub fn lookups(command: &Command, world: Option<&World>) -> Lookups {
    let mut wanted = Lookups::default();
    match &command.body {
        Body::ManageUser(manage) => user_lookups(&command.actor, manage, world, &mut wanted),
        Body::EraseUser(user) => {
            wanted.people.insert(user.clone());
            wanted.people.extend(world.into_iter().flat_map(|world| same_person(world, user)));
            wanted.credentials.insert(user.clone());
            wanted.requests_about.insert(user.clone());
        }
        Body::IssueSecret(issue) => {
            wanted.people.insert(issue.user.clone());
            wanted.credentials.insert(issue.user.clone());
        }
        Body::RedeemSecret(redeem) => {
            wanted.credentials.insert(redeem.user.clone());
        }
        Body::Load(items) => {
            for item in items {
                if let LoadItem::User(manage) = item {
                    user_lookups(&command.actor, manage, world, &mut wanted);
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
        Body::ImportUsers(list) => {
            for person in list.rows.iter().filter_map(|row| row.person.as_ref().ok()) {
                let fields = new_user_lookups(&command.actor, &person.new, &mut wanted);
                let birth_date = fields.get(&Field::BirthDate).cloned();
                if let Some(names) = names_form(&Profile { fields, ..Profile::default() }) {
                    wanted.namesakes.entry(names).or_default().extend(birth_date);
                }
            }
        }
        Body::Request(what) => {
            if let RequestCommand::Create { id, .. } = &**what {
                wanted.requests.insert(id.clone());
            }
            wanted.requests.extend(what.read().iter().map(|read| read.id.clone()));
            let contents = what.read().iter().map(|read| &read.content).chain(what.drafted());
            for person in contents.flat_map(|content| &content.people) {
                user_lookups(&command.actor, person, world, &mut wanted);
            }
        }
        Body::Review(what) => {
            wanted.reviews.insert(what.id().clone());
            wanted.people.extend(what.users().into_iter().cloned());
            wanted.credentials.extend(what.users().into_iter().cloned());
        }
    }
    wanted
}

/// What making somebody asks of tables; yields the fields as they are kept.
fn new_user_lookups(by: &Actor, new: &NewUser, wanted: &mut Lookups) -> BTreeMap<Field, String> {
    let fields = kept_fields(&new.fields);
    // Only operators bring a username along; whoever else does is refused without looking.
    let given = new.username.as_deref();
    if given.is_none() || *by == Actor::Operator {
        wanted.username_families.extend(username_families(given, &fields));
    }
    wanted.emails.extend(fields.get(&Field::Email).map(|email| canonical(email)));
    wanted.external_ids.extend(new.external_ids.iter().filter_map(kept_id));
    wanted.provider_subjects.extend(fields.get(&Field::ProviderSubject).cloned());
    fields
}

fn user_lookups(by: &Actor, manage: &ManageUser, world: Option<&World>, wanted: &mut Lookups) {
    wanted.people.insert(manage.user.clone());
    wanted.credentials.insert(manage.user.clone());
    wanted.handles.extend(manage.handles.iter().map(|handle| handle.id));
    for change in &manage.changes {
        match change {
            UserChange::Create(new) => {
                new_user_lookups(by, new, wanted);
            }
            UserChange::UpdateProfile(fields) => {
                for field in fields {
                    match field {
                        FieldChange::Field(Field::Email, Some(value)) => {
                            wanted.emails.insert(canonical(value));
                        }
                        FieldChange::Field(Field::ProviderSubject, Some(value)) => {
                            wanted.provider_subjects.extend(kept(Field::ProviderSubject, value));
                        }
                        FieldChange::ExternalId(name, Some(value)) => {
                            wanted.external_ids.extend(kept_id((name, value)));
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

/// Fields as they are kept; those that are not are refused later.
fn kept_fields(fields: &BTreeMap<Field, String>) -> BTreeMap<Field, String> {
    fields.iter().filter_map(|(&field, value)| Some((field, kept(field, value).ok()?))).collect()
}

/// An external id as it is kept; none that is not.
fn kept_id((name, value): (&String, &String)) -> Option<(String, String)> {
    kept_external_id(value).ok().map(|value| (name.clone(), value))
}

/// The families of which a new user's username could be: of the one brought along, of the initial with the last name,
/// of the e-mail address.
fn username_families(given: Option<&str>, fields: &BTreeMap<Field, String>) -> Vec<String> {
    let stems = match given {
        Some(given) => vec![given.to_owned()],
        None => {
            let email = fields.get(&Field::Email).cloned();
            email.into_iter().chain(initial_and_last_name(fields)).collect()
        }
    };
    stems.iter().map(|stem| username_family(&username_form(stem)).to_owned()).collect()
}

/// `Joe McGoo` becomes `JMcGoo`: the first letter of the first name and the last name's letters and digits.
pub(crate) fn initial_and_last_name(fields: &BTreeMap<Field, String>) -> Option<String> {
    let initial = fields.get(&Field::FirstName)?.chars().find(|c| c.is_alphanumeric())?;
    let last: String = fields.get(&Field::LastName)?.chars().filter(|c| c.is_alphanumeric()).collect();
    (!last.is_empty()).then(|| format!("{initial}{last}"))
}
