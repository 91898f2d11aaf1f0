//! Facts that go on being true: those that one command needs, and what a change makes of them.
//!
//! Whoever decides several commands on one reading (a group of the writer, the rows of a list) keeps it up to date here.

use std::collections::BTreeMap;

use bailiwick_identity::{Field, Profile, UserId, names_form};

use super::{Facts, Lookups, Namesake, Tables, canonical};
use crate::event::Event;
use crate::request::Request;
use crate::state::Revision;

impl Facts {
    /// Nothing of what tables know, since they were not asked.
    #[must_use]
    pub(crate) fn not_asked() -> Self {
        Self { tables: Tables::NotAsked, ..Self::default() }
    }

    /// The facts that were asked for, of those that are here.
    #[must_use]
    pub fn of(&self, wanted: &Lookups) -> Self {
        let mut facts = Self::default();
        if !wanted.username_families.is_empty() {
            facts.usernames = self.usernames.clone();
        }
        facts.emails = picked(&self.emails, &wanted.emails);
        facts.external_ids = picked(&self.external_ids, &wanted.external_ids);
        facts.provider_subjects = picked(&self.provider_subjects, &wanted.provider_subjects);
        let namesakes = wanted.namesakes.keys();
        let namesakes =
            namesakes.filter_map(|names| Some((names.clone(), self.namesakes.get(names)?.clone())));
        facts.namesakes = namesakes.collect();
        let whole = |(names, namesakes): (&String, &'_ Vec<Namesake>)| {
            let whole = namesakes.iter().filter(|namesake| wanted.wants_whole(names, namesake));
            whole.map(|namesake| namesake.user.clone()).collect::<Vec<_>>()
        };
        let namesakes: Vec<UserId> = facts.namesakes.iter().flat_map(whole).collect();
        let owners = facts.emails.values().chain(facts.external_ids.values()).chain(&namesakes);
        for user in wanted.people.iter().chain(owners) {
            if let Some(person) = self.people.get(user) {
                facts.people.insert(user.clone(), person.clone());
            }
        }
        // Those of whoever is found by what a list says are as good as asked for.
        let holders = wanted.credentials.iter().chain(facts.people.keys());
        facts.credentials =
            holders.filter_map(|user| Some((user.clone(), self.credentials.get(user)?.clone()))).collect();
        let is_wanted = |request: &Request| {
            let mut subjects = request.content.subjects();
            wanted.requests.contains(&request.id) || subjects.any(|user| wanted.requests_about.contains(user))
        };
        let requests = self.requests.iter().filter(|(_, request)| is_wanted(request));
        facts.requests = requests.map(|(id, request)| (id.clone(), request.clone())).collect();
        let reviews = wanted.reviews.iter();
        facts.reviews = reviews.filter_map(|id| Some((id.clone(), self.reviews.get(id)?.clone()))).collect();
        facts.used_handles = self.used_handles.intersection(&wanted.handles).copied().collect();
        facts
    }

    /// Takes in what a change made true of somebody.
    pub fn absorb(&mut self, event: &Event, revision: Revision) {
        match event {
            Event::Profile { user, profile } => {
                let before = self.people.entry(user.clone()).or_default();
                before.etag = revision;
                let before = std::mem::replace(&mut before.profile, profile.clone());
                self.forget(user, &before);
                self.note(user, profile);
            }
            Event::Access { user, access: _, notes } => {
                let person = self.people.entry(user.clone()).or_default();
                person.notes = notes.clone();
                person.etag = revision;
            }
            Event::Credentials { user, credentials } => {
                self.credentials.insert(user.clone(), credentials.clone());
            }
            Event::Request(request) => {
                self.requests.insert(request.id.clone(), (**request).clone());
            }
            Event::Review(review) => {
                self.reviews.insert(review.id.clone(), (**review).clone());
            }
            Event::Realm { .. }
            | Event::Scheme(_)
            | Event::Unit(_)
            | Event::Caseload { .. }
            | Event::Placements { .. } => {}
        }
    }

    /// What was asked for whoever is erased is not known any more.
    pub fn erase(&mut self, user: &UserId) {
        for request in self.requests.values_mut() {
            if request.content.subjects().any(|subject| subject == user) {
                request.forget();
            }
        }
    }

    /// What somebody was known by before belongs to nobody now.
    fn forget(&mut self, user: &UserId, before: &Profile) {
        if let Some(email) = before.get(Field::Email) {
            drop_if_of(&mut self.emails, &canonical(email), user);
        }
        if let Some(known_as) = before.get(Field::ProviderSubject) {
            drop_if_of(&mut self.provider_subjects, &known_as.to_owned(), user);
        }
        for (name, value) in &before.external_ids {
            drop_if_of(&mut self.external_ids, &(name.clone(), value.clone()), user);
        }
        let same_names = names_form(before).and_then(|names| self.namesakes.get_mut(&names));
        if let Some(namesakes) = same_names {
            namesakes.retain(|namesake| namesake.user != *user);
        }
    }

    fn note(&mut self, user: &UserId, profile: &Profile) {
        if !profile.username.is_empty() {
            self.usernames.insert(&profile.username);
        }
        if let Some(email) = profile.get(Field::Email) {
            self.emails.insert(canonical(email), user.clone());
        }
        if let Some(known_as) = profile.get(Field::ProviderSubject) {
            self.provider_subjects.insert(known_as.to_owned(), user.clone());
        }
        for (name, value) in &profile.external_ids {
            self.external_ids.insert((name.clone(), value.clone()), user.clone());
        }
        if let Some(names) = names_form(profile) {
            let birth_date = profile.get(Field::BirthDate).map(str::to_owned);
            self.namesakes.entry(names).or_default().push(Namesake { user: user.clone(), birth_date });
        }
    }
}

fn picked<K: Ord + Clone, V: Clone>(
    all: &BTreeMap<K, V>,
    wanted: &std::collections::BTreeSet<K>,
) -> BTreeMap<K, V> {
    wanted.iter().filter_map(|key| Some((key.clone(), all.get(key)?.clone()))).collect()
}

fn drop_if_of<K: Ord>(owners: &mut BTreeMap<K, UserId>, key: &K, user: &UserId) {
    if owners.get(key) == Some(user) {
        owners.remove(key);
    }
}
