//! What tables know of people, kept in memory for the commands of a scenario; and profiles for people of whom a
//! scenario says nothing.

use std::collections::BTreeMap;

use bailiwick_identity::{
    Credentials, Field, RequestId, UnitId, UserId, names_form, username_family, username_form,
};
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{Event, Facts, Lookups, Namesake, NewUser, Person, Request, Revision, canonical};

/// Everybody, as tables would have them; and requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct People(BTreeMap<UserId, Person>, BTreeMap<UserId, Credentials>, Vec<Request>);

impl People {
    /// Takes in what an accepted command made true.
    pub(crate) fn record(&mut self, event: &Event, revision: Revision) {
        match event {
            Event::Access { user, notes, .. } => {
                let person = self.0.entry(user.clone()).or_default();
                person.notes = notes.clone();
                person.etag = revision;
            }
            Event::Profile { user, profile } => {
                let person = self.0.entry(user.clone()).or_default();
                person.profile = profile.clone();
                person.etag = revision;
            }
            Event::Credentials { user, credentials } => {
                drop(self.1.insert(user.clone(), credentials.clone()))
            }
            Event::Realm { .. }
            | Event::Scheme(_)
            | Event::Unit(_)
            | Event::Caseload { .. }
            | Event::Placements { .. }
            | Event::Review(_) => {}
            Event::Request(request) => {
                self.2.retain(|other| other.id != request.id);
                self.2.push((**request).clone());
            }
        }
    }

    /// Reads exactly what a command must know.
    pub(crate) fn read(&self, wanted: &Lookups) -> Facts {
        let mut facts = Facts::default();
        for (id, person) in &self.0 {
            let profile = &person.profile;
            if wanted.people.contains(id) {
                facts.people.insert(id.clone(), person.clone());
            }
            let form = username_form(&profile.username);
            if wanted.username_families.contains(username_family(&form)) {
                facts.usernames.insert(&profile.username);
            }
            if let Some(known_as) =
                profile.get(Field::ProviderSubject).filter(|s| wanted.provider_subjects.contains(*s))
            {
                facts.provider_subjects.insert(known_as.to_owned(), id.clone());
            }
            if let Some(email) =
                profile.get(Field::Email).map(canonical).filter(|e| wanted.emails.contains(e))
            {
                facts.emails.insert(email, id.clone());
            }
            for external in &profile.external_ids {
                let external = (external.0.clone(), external.1.clone());
                if wanted.external_ids.contains(&external) {
                    facts.external_ids.insert(external, id.clone());
                }
            }
        }
        for (id, person) in &self.0 {
            let Some(names) = names_form(&person.profile).filter(|n| wanted.namesakes.contains_key(n)) else {
                continue;
            };
            let birth_date = person.profile.get(Field::BirthDate).map(str::to_owned);
            let namesake = Namesake { user: id.clone(), birth_date };
            if wanted.wants_whole(&names, &namesake) {
                facts.people.insert(id.clone(), person.clone());
            }
            facts.namesakes.entry(names).or_default().push(namesake);
        }
        let owners: Vec<_> = facts.emails.values().chain(facts.external_ids.values()).cloned().collect();
        for owner in owners {
            let person = self.0.get(&owner).cloned().unwrap_or_default();
            facts.people.insert(owner, person);
        }
        let holders = wanted.credentials.iter().chain(facts.people.keys());
        let holders = holders.filter_map(|user| Some((user.clone(), self.1.get(user)?.clone())));
        facts.credentials = holders.collect();
        let requests = self.2.iter().filter(|request| wanted.requests.contains(&request.id));
        facts.requests = requests.map(|request| (request.id.clone(), request.clone())).collect();
        facts
    }

    /// The request to which something happened last.
    pub(crate) fn newest_request(&self) -> Option<&Request> {
        self.2.last()
    }

    /// The request of this id.
    pub(crate) fn request(&self, id: &RequestId) -> Option<&Request> {
        self.2.iter().find(|request| request.id == *id)
    }

    /// An id that no request has.
    pub(crate) fn next_request(&self) -> Result<RequestId, String> {
        RequestId::parse(&format!("r-{}", self.2.len() + 1)).map_err(|fault| fault.to_string())
    }

    /// Everybody.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&UserId, &Person)> {
        self.0.iter()
    }

    /// The etag of a user.
    pub(crate) fn etag(&self, user: &UserId) -> Option<Revision> {
        self.0.get(user).map(|person| person.etag)
    }
}

/// A user with a value in every field that the scheme wants.
pub(crate) fn new_user(scheme: &Scheme, id: &UserId, home: UnitId) -> NewUser {
    let rules = scheme.users();
    let fields = rules.compulsory.iter().map(|&field| (field, value(scheme, id, field))).collect();
    let external_ids =
        rules.compulsory_external_ids.iter().map(|name| (name.clone(), format!("{name}-{id}"))).collect();
    NewUser { home, username: None, fields, external_ids }
}

fn value(scheme: &Scheme, id: &UserId, field: Field) -> String {
    let listed = scheme.users().value_lists.iter().find(|(f, _)| *f == field);
    if let Some(first) = listed.and_then(|(_, values)| values.first()) {
        return first.clone();
    }
    match field {
        Field::Email => format!("{id}@example.org"),
        Field::BirthDate => "1980-01-31".to_owned(),
        Field::WorkPhone | Field::CellPhone | Field::Pager => "+13125550100".to_owned(),
        Field::Zip => "60601".to_owned(),
        Field::MiddleInitial => "Q".to_owned(),
        Field::LastName => format!("{id}son"),
        Field::Prefix
        | Field::FirstName
        | Field::Suffix
        | Field::Location
        | Field::LineManager
        | Field::ProviderSubject => id.to_string(),
    }
}

/// Sets a field or an external id of a new user; an empty value takes it away.
pub(crate) fn set(new: &mut NewUser, name: &str, value: &str) {
    match Field::named(name) {
        Some(field) if value.is_empty() => drop(new.fields.remove(&field)),
        Some(field) => drop(new.fields.insert(field, value.to_owned())),
        None if value.is_empty() => drop(new.external_ids.remove(name)),
        None if name == "username" => new.username = Some(value.to_owned()),
        None => drop(new.external_ids.insert(name.to_owned(), value.to_owned())),
    }
}
