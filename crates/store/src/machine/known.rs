//! What tables say, brought up to date by what earlier commands of the same group wrote.

use bailiwick_identity::{Instant, UserId};
use bailiwick_realm::{Event, Facts, Lookups, Namesake, Person, Revision, UsedNames};

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
    /// Names, and who has them.
    pub(crate) namesakes: Vec<(String, Namesake)>,
    /// Changes that wait for their approvers: body and personal part.
    pub(crate) waiting: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Reviews, as they are stored.
    pub(crate) reviews: Vec<Vec<u8>>,
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
        for (body, personal) in &rows.waiting {
            let request = codec::read_request(body, personal.as_deref())?;
            facts.requests.insert(request.id.clone(), request);
        }
        for body in &rows.reviews {
            let review = codec::read_review(body)?;
            facts.reviews.insert(review.id.clone(), review);
        }
        for (names, namesake) in &rows.namesakes {
            facts.namesakes.entry(names.clone()).or_default().push(namesake.clone());
        }
        Ok(Self(facts))
    }

    /// All facts: those of the only command that asked.
    pub(crate) fn all(self) -> Facts {
        self.0
    }

    /// The facts that one command asked for.
    pub(crate) fn facts(&self, wanted: &Lookups) -> Facts {
        self.0.of(wanted)
    }

    /// Notes handles that a command of the group has used up.
    pub(crate) fn use_up(&mut self, handles: &[([u8; 16], Instant)]) {
        self.0.used_handles.extend(handles.iter().map(|(handle, _)| *handle));
    }

    /// Forgets what was asked for whoever a command of the group has erased.
    pub(crate) fn erase(&mut self, user: &UserId) {
        self.0.erase(user);
    }

    /// Takes in what a command of the group made true.
    pub(crate) fn absorb(&mut self, events: &[Event], revision: Revision) {
        for event in events {
            self.0.absorb(event, revision);
        }
    }
}
