//! What tables say, brought up to date by what earlier commands of the same group wrote.

use bailiwick_identity::{Field, Instant, Profile, UserId};
use bailiwick_realm::{Event, Facts, Lookups, Person, Revision, UsedNames, canonical};

use crate::codec::{self, Names};
use crate::log::Damage;
use crate::log::StoredChange;
use crate::log::tables::RequestKey;

/// What the driver read for a group, undecoded.
#[derive(Debug, Clone, Default)]
pub(crate) struct FactRows {
    pub(crate) people: Vec<PersonRow>,
    pub(crate) usernames: UsedNames,
    /// Canonical, and whose.
    pub(crate) emails: Vec<(String, UserId)>,
    /// Name, value, and whose.
    pub(crate) external_ids: Vec<((String, String), UserId)>,
    /// As the identity provider has it, and whose.
    pub(crate) provider_subjects: Vec<(String, UserId)>,
    /// Those that were used up.
    pub(crate) used_handles: Vec<[u8; 16]>,
    /// Body and personal part.
    pub(crate) credentials: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    pub(crate) requests: Vec<FoundRequest>,
}

/// What tables know of a user, undecoded.
#[derive(Debug, Clone)]
pub(crate) struct PersonRow {
    pub(crate) user: UserId,
    pub(crate) etag: Revision,
    /// An encoded personal part.
    pub(crate) profile: Option<Vec<u8>>,
    /// An encoded personal part.
    pub(crate) notes: Option<Vec<u8>>,
}

/// A command that was accepted under a caller's own id.
#[derive(Debug, Clone)]
pub(crate) struct FoundRequest {
    pub(crate) key: RequestKey,
    pub(crate) body: [u8; 32],
    pub(crate) change: StoredChange,
}

impl PersonRow {
    /// The person.
    pub(crate) fn read(&self, names: &Names<'_>) -> Result<Person, Damage> {
        Ok(Person {
            profile: codec::read_profile(self.profile.as_deref())?,
            notes: codec::read_notes(names, self.notes.as_deref())?,
            etag: self.etag,
        })
    }
}

/// All that a group knows of tables.
#[derive(Debug, Default)]
pub(crate) struct Known(Facts);

impl Known {
    /// What was read; nothing is where there is no state yet.
    pub(crate) fn read(rows: &FactRows, names: Option<&Names<'_>>) -> Result<Self, Damage> {
        let mut facts = Facts::default();
        if let Some(names) = names {
            for row in &rows.people {
                facts.people.insert(row.user.clone(), row.read(names)?);
            }
        }
        facts.usernames = rows.usernames.clone();
        facts.emails.extend(rows.emails.iter().cloned());
        facts.external_ids.extend(rows.external_ids.iter().cloned());
        facts.provider_subjects.extend(rows.provider_subjects.iter().cloned());
        facts.used_handles.extend(&rows.used_handles);
        for (body, personal) in &rows.credentials {
            let (user, credentials) = codec::read_credentials(body, personal.as_deref())?;
            facts.credentials.insert(user, credentials);
        }
        Ok(Self(facts))
    }

    /// The facts that one command asked for.
    pub(crate) fn facts(&self, wanted: &Lookups) -> Facts {
        let mut facts = Facts::default();
        if !wanted.username_families.is_empty() {
            facts.usernames = self.0.usernames.clone();
        }
        for email in &wanted.emails {
            if let Some(user) = self.0.emails.get(email) {
                facts.emails.insert(email.clone(), user.clone());
            }
        }
        for key in &wanted.external_ids {
            if let Some(user) = self.0.external_ids.get(key) {
                facts.external_ids.insert(key.clone(), user.clone());
            }
        }
        for subject in &wanted.provider_subjects {
            if let Some(user) = self.0.provider_subjects.get(subject) {
                facts.provider_subjects.insert(subject.clone(), user.clone());
            }
        }
        let owners = facts.emails.values().chain(facts.external_ids.values()).cloned().collect::<Vec<_>>();
        for user in wanted.people.iter().chain(&owners) {
            if let Some(person) = self.0.people.get(user) {
                facts.people.insert(user.clone(), person.clone());
            }
        }
        facts.used_handles = self.0.used_handles.intersection(&wanted.handles).copied().collect();
        for user in &wanted.credentials {
            if let Some(credentials) = self.0.credentials.get(user) {
                facts.credentials.insert(user.clone(), credentials.clone());
            }
        }
        facts
    }

    /// Notes handles that a command of the group has used up.
    pub(crate) fn use_up(&mut self, handles: &[([u8; 16], Instant)]) {
        self.0.used_handles.extend(handles.iter().map(|(handle, _)| *handle));
    }

    /// Takes in what a command of the group made true.
    pub(crate) fn absorb(&mut self, events: &[Event], revision: Revision) {
        for event in events {
            match event {
                Event::Profile { user, profile } => {
                    self.absorb_profile(user, profile);
                    let person = self.0.people.entry(user.clone()).or_default();
                    person.profile = profile.clone();
                    person.etag = revision;
                }
                Event::Access { user, access: _, notes } => {
                    let person = self.0.people.entry(user.clone()).or_default();
                    person.notes = notes.clone();
                    person.etag = revision;
                }
                Event::Credentials { user, credentials } => {
                    self.0.credentials.insert(user.clone(), credentials.clone());
                }
                Event::Realm { .. }
                | Event::Scheme(_)
                | Event::Unit(_)
                | Event::Caseload { .. }
                | Event::Placements { .. } => {}
            }
        }
    }

    fn absorb_profile(&mut self, user: &UserId, profile: &Profile) {
        if !profile.username.is_empty() {
            self.0.usernames.insert(&profile.username);
        }
        self.0.emails.retain(|_, owner| owner != user);
        if let Some(email) = profile.get(Field::Email) {
            self.0.emails.insert(canonical(email), user.clone());
        }
        self.0.provider_subjects.retain(|_, owner| owner != user);
        if let Some(known_as) = profile.get(Field::ProviderSubject) {
            self.0.provider_subjects.insert(known_as.to_owned(), user.clone());
        }
        self.0.external_ids.retain(|_, owner| owner != user);
        for (name, value) in &profile.external_ids {
            self.0.external_ids.insert((name.clone(), value.clone()), user.clone());
        }
    }
}
