//! A store in memory: what a database does for the machine, without a database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bailiwick_identity::{Instant, RealmId, RequestId, UserId};
use bailiwick_realm::{Lookups, Request, Revision, State, UsedNames};

use crate::codec;
use crate::log::tables::{Batch, EntityRow, ProfileRow, RequestKey, RequestRow};
use crate::log::{EntityKind, Head, StoredChange};
use crate::machine::{FactRows, FoundRequest, PersonRow, replay};

/// What is committed.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) changes: Vec<StoredChange>,
    entities: BTreeMap<(EntityKind, String), EntityRow>,
    profiles: BTreeMap<UserId, ProfileRow>,
    etags: BTreeMap<UserId, Revision>,
    usernames: BTreeSet<String>,
    requests: BTreeMap<RequestKey, RequestRow>,
    /// Who has the lock.
    pub(super) locked_by: Option<Holder>,
}

/// Who has the lock.
#[derive(Debug)]
pub(super) enum Holder {
    /// This process.
    Process(usize),
    /// Nobody whom anybody hears of any more: a commit that was sent, and may yet be made.
    Late(Arc<Batch>),
}

impl Model {
    pub(super) fn head(&self, realm: &RealmId) -> Option<Head> {
        self.changes.last().map(|change| Head {
            realm: realm.clone(),
            revision: change.revision,
            hash: change.hash,
            recorded_at: change.recorded_at,
        })
    }

    pub(super) fn read_log(&self, after: Revision, limit: usize) -> Vec<StoredChange> {
        let from = usize::try_from(after.0).unwrap().min(self.changes.len());
        self.changes[from..].iter().take(limit).cloned().collect()
    }

    pub(super) fn load(&self, realm: &RealmId) -> Option<Box<State>> {
        replay::follow_all(realm, None, &self.changes).unwrap().map(Box::new)
    }

    pub(super) fn commit(&mut self, batch: &Batch) {
        assert_eq!(batch.base.0, self.changes.len() as u64, "a batch follows what is there");
        self.changes.extend(batch.changes.iter().cloned());
        for row in &batch.entities {
            self.entities.insert((row.kind, row.entity.clone()), row.clone());
        }
        for row in &batch.profiles {
            if let Some(username) = &row.username_form {
                let same = |p: &ProfileRow| p.username_form.as_ref() == Some(username);
                let own = self.profiles.get(&row.user).is_some_and(same);
                assert!(self.usernames.insert(username.clone()) || own, "a username is used twice");
            }
            self.profiles.insert(row.user.clone(), row.clone());
        }
        let emails: Vec<&String> = self.profiles.values().filter_map(|p| p.email.as_ref()).collect();
        assert_eq!(emails.iter().collect::<BTreeSet<_>>().len(), emails.len(), "an address is used twice");
        for row in &batch.touched {
            self.etags.insert(row.user.clone(), row.revision);
        }
        for row in &batch.requests {
            self.requests.insert(row.key.clone(), row.clone());
        }
    }

    /// All that was asked for.
    pub(super) fn asked_for(&self) -> impl Iterator<Item = Request> {
        let rows = self.entities.values().filter(|row| row.kind == EntityKind::Request);
        rows.map(|row| codec::read_request(&row.body, row.personal.as_deref()).unwrap())
    }

    pub(super) fn facts(&self, wanted: &Lookups, requests: &[RequestKey], now: Instant) -> FactRows {
        let personal = |kind, user: &UserId| {
            self.entities.get(&(kind, user.to_string())).and_then(|row| row.personal.clone())
        };
        let person = |user: &UserId| {
            Some(PersonRow {
                user: user.clone(),
                etag: *self.etags.get(user)?,
                profile: personal(EntityKind::Profile, user),
                notes: personal(EntityKind::Access, user),
            })
        };
        let mut usernames = UsedNames::default();
        self.usernames.iter().for_each(|form| usernames.insert(form));
        let of = |email: &String| {
            let owner = self.profiles.values().find(|p| p.email.as_ref() == Some(email))?;
            Some((email.clone(), owner.user.clone()))
        };
        let found = |key: &RequestKey| {
            let row = self.requests.get(key).filter(|row| row.expires_at > now)?;
            let change = self.changes[usize::try_from(row.revision.0).unwrap() - 1].clone();
            Some(FoundRequest { key: key.clone(), body: row.body, change })
        };
        let kept = |user: &UserId| {
            let row = self.entities.get(&(EntityKind::Credentials, user.to_string()))?;
            Some((row.body.clone(), row.personal.clone()))
        };
        let asked = |request: &RequestId| {
            let row = self.entities.get(&(EntityKind::Request, request.to_string()))?;
            Some((row.body.clone(), row.personal.clone()))
        };
        FactRows {
            people: wanted.people.iter().filter_map(person).collect(),
            usernames,
            emails: wanted.emails.iter().filter_map(of).collect(),
            external_ids: Vec::new(),
            provider_subjects: Vec::new(),
            credentials: wanted.credentials.iter().filter_map(kept).collect(),
            used_handles: Vec::new(),
            namesakes: Vec::new(),
            waiting: wanted.requests.iter().filter_map(asked).collect(),
            reviews: Vec::new(),
            requests: requests.iter().filter_map(found).collect(),
        }
    }
}

/// Chance, from a seed.
#[derive(Debug)]
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }

    pub(super) fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }
}

/// States that a process starts with.
pub(super) fn states(model: &Model, realm: &RealmId) -> Vec<Arc<State>> {
    model.load(realm).map(|state| vec![Arc::from(state)]).unwrap_or_default()
}
