//! What changes write into tables beside the log: the newest state of each entity and the columns for queries.
//!
//! A pure projection of events, the same for every database.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_identity::{
    Credentials, Field, Instant, Profile, RealmId, SecretDigest, UserId, names_form, username_form,
};
use bailiwick_realm::{Event, Message, Notice, Revision, canonical};

use super::waiting::{ReviewRow, WaitingRow};
use super::{EntityKind, StoredChange};
use crate::codec;

/// All that one transaction writes.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// Of which realm.
    pub(crate) realm: RealmId,
    /// The revision before; 0 brings the realm into being.
    pub(crate) base: Revision,
    /// The log's new end, consecutive; at least one.
    pub(crate) changes: Vec<StoredChange>,
    /// The newest state of every entity touched, in the order in which they were first touched.
    pub(crate) entities: Vec<EntityRow>,
    /// Who people are, in columns for queries.
    pub(crate) profiles: Vec<ProfileRow>,
    /// Which users changed.
    pub(crate) touched: Vec<TouchedRow>,
    /// Users of whom tables know nothing before.
    pub(crate) made: BTreeSet<UserId>,
    /// Callers' ids of commands.
    pub(crate) requests: Vec<RequestRow>,
    /// Handles that were used up, and until when each is remembered.
    pub(crate) handles: Vec<([u8; 16], Instant)>,
    /// Who is erased, and by which revision: all that is personal about them goes from the log, too.
    pub(crate) erased: Vec<(UserId, Revision)>,
    /// Whose credentials are other ones now: what was compared with before, and was to be mailed, goes.
    pub(crate) credentials: Vec<CredentialRow>,
    /// What is to be mailed.
    pub(crate) messages: Vec<MessageRow>,
    /// What users are linked to.
    pub(crate) links: Vec<Link>,
    /// Changes that wait for their approvers, in columns for queries.
    pub(crate) waiting: Vec<WaitingRow>,
    /// Reviews, in columns for queries.
    pub(crate) reviews: Vec<ReviewRow>,
}

/// To what a user is linked, so that it is asked about the past from the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkKind {
    /// To the customer whose record is their own.
    OwnRecord,
    /// To the first of the users marked as the same person.
    Person,
}

impl LinkKind {
    /// How it is stored.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::OwnRecord => 1,
            Self::Person => 2,
        }
    }
}

/// That a user is linked to something, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) kind: LinkKind,
    pub(crate) target: String,
    pub(crate) user: UserId,
}

/// What queries ask of credentials.
#[derive(Debug, Clone)]
pub(crate) struct CredentialRow {
    pub(crate) user: UserId,
    pub(crate) revision: Revision,
    /// Of the secret that is pending; unset: none.
    pub(crate) secret: Option<SecretDigest>,
}

/// What is to be mailed.
#[derive(Debug, Clone)]
pub(crate) struct MessageRow {
    /// Ascending in the order in which changes were committed.
    pub(crate) id: u64,
    pub(crate) revision: Revision,
    pub(crate) created_at: Instant,
    pub(crate) message: Message,
}

/// So many messages of one change have numbers of their own.
pub(crate) const MESSAGES: u64 = 1 << 10;

/// The newest state of one entity.
#[derive(Debug, Clone)]
pub(crate) struct EntityRow {
    pub(crate) kind: EntityKind,
    pub(crate) entity: String,
    pub(crate) revision: Revision,
    pub(crate) body: Vec<u8>,
    /// The personal part, without its salt.
    pub(crate) personal: Option<Vec<u8>>,
}

/// What queries ask of a profile.
#[derive(Debug, Clone)]
pub(crate) struct ProfileRow {
    pub(crate) user: UserId,
    /// Canonical; unset: none.
    pub(crate) username: Option<String>,
    /// The form under which the username is never used again.
    pub(crate) username_form: Option<String>,
    /// Canonical; unset: none.
    pub(crate) email: Option<String>,
    /// Canonical; empty: none.
    pub(crate) last_name: String,
    /// Canonical; empty: none.
    pub(crate) first_name: String,
    /// Both names, as [`names_form`] has them; unset: one is missing.
    pub(crate) names: Option<String>,
    /// `YYYY-MM-DD`.
    pub(crate) birth_date: Option<String>,
    /// As the identity provider has it.
    pub(crate) provider_subject: Option<String>,
    /// By name.
    pub(crate) external_ids: BTreeMap<String, String>,
}

/// What is written of people: who is new stands whole in one row, of others what changed.
#[derive(Debug, Default)]
pub(crate) struct People<'b> {
    pub(crate) new: Vec<(&'b TouchedRow, &'b ProfileRow)>,
    pub(crate) touched: Vec<&'b TouchedRow>,
    pub(crate) profiles: Vec<&'b ProfileRow>,
}

/// Those who have a username, with its form.
pub(crate) fn named<'b>(profiles: &[&'b ProfileRow]) -> Vec<(&'b str, &'b ProfileRow)> {
    profiles.iter().filter_map(|&profile| Some((profile.username_form.as_deref()?, profile))).collect()
}

/// When a user last changed.
#[derive(Debug, Clone)]
pub(crate) struct TouchedRow {
    pub(crate) user: UserId,
    pub(crate) revision: Revision,
    pub(crate) at: Instant,
}

/// Under what a caller's own id of a command is unique within the realm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RequestKey {
    pub(crate) caller: String,
    /// Empty: an operator.
    pub(crate) actor: String,
    /// What is remembered of the id.
    pub(crate) id: String,
    /// The id as given, by which older versions remembered it.
    pub(crate) plain: String,
}

/// A caller's own id of a command that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct RequestRow {
    pub(crate) key: RequestKey,
    pub(crate) body: [u8; 32],
    pub(crate) revision: Revision,
    /// Forgotten from then on.
    pub(crate) expires_at: Instant,
}

impl Batch {
    /// A batch that writes nothing yet.
    pub(crate) fn new(realm: RealmId, base: Revision) -> Self {
        Self {
            realm,
            base,
            changes: Vec::new(),
            entities: Vec::new(),
            profiles: Vec::new(),
            touched: Vec::new(),
            made: BTreeSet::new(),
            requests: Vec::new(),
            handles: Vec::new(),
            erased: Vec::new(),
            credentials: Vec::new(),
            messages: Vec::new(),
            links: Vec::new(),
            waiting: Vec::new(),
            reviews: Vec::new(),
        }
    }

    /// Takes a change in: its events as they are stored and as they were meant, in the same order.
    pub(crate) fn push(&mut self, change: StoredChange, events: &[Event]) {
        // Within one change each entity comes once: only where others came before is there anything to replace.
        let is_first = self.changes.is_empty();
        let mut known = BTreeSet::new();
        for stored in &change.events {
            let row = EntityRow {
                kind: stored.kind,
                entity: stored.entity.clone(),
                revision: change.revision,
                body: stored.body.clone(),
                personal: stored.personal.as_ref().map(|p| p.part.clone()),
            };
            if is_first {
                self.entities.push(row);
            } else {
                put(&mut self.entities, row, |a, b| a.kind == b.kind && a.entity == b.entity);
            }
        }
        for event in events {
            let user = match event {
                Event::Profile { user, profile } => {
                    let row = ProfileRow::new(user, profile);
                    if is_first {
                        self.profiles.push(row);
                    } else {
                        put(&mut self.profiles, row, |a, b| a.user == b.user);
                    }
                    user
                }
                Event::Access { user, access, notes: _ } => {
                    if access.own_record.is_some() || access.person.is_some() {
                        let stored = change.events.iter().filter(|stored| stored.kind == EntityKind::Access);
                        let own = stored.filter(|stored| stored.entity == user.as_str());
                        // It was encoded just now.
                        let links = own.filter_map(|stored| codec::links(user, &stored.body).ok());
                        self.links.extend(links.flatten());
                    }
                    user
                }
                // Whoever signs in changes nothing that an editor has read: the etag stays.
                Event::Credentials { user, credentials } => {
                    let row = CredentialRow::new(user, credentials, change.revision);
                    // What keeps the secret keeps its message.
                    let before = self.credentials.iter().find(|before| before.user == *user);
                    if before.is_some_and(|before| before.secret != row.secret) {
                        let is_secret =
                            |row: &MessageRow| matches!(row.message.notice, Notice::Secret { .. });
                        self.messages.retain(|row| row.message.user != *user || !is_secret(row));
                    }
                    put(&mut self.credentials, row, |a, b| a.user == b.user);
                    continue;
                }
                Event::Request(request) => {
                    let row = WaitingRow::new(request, change.revision, change.recorded_at);
                    put(&mut self.waiting, row, |a, b| a.request == b.request);
                    continue;
                }
                Event::Review(review) => {
                    let mut row = ReviewRow::new(review, change.recorded_at);
                    if let Some(before) = self.reviews.iter().find(|before| before.review == row.review) {
                        row.subjects.extend(before.subjects.iter().cloned());
                    }
                    put(&mut self.reviews, row, |a, b| a.review == b.review);
                    continue;
                }
                Event::Realm { .. }
                | Event::Scheme(_)
                | Event::Unit(_)
                | Event::Caseload { .. }
                | Event::Placements { .. } => continue,
            };
            let row = TouchedRow { user: user.clone(), revision: change.revision, at: change.recorded_at };
            match (known.insert(user.clone()), is_first) {
                (false, _) => {}
                (true, true) => self.touched.push(row),
                (true, false) => put(&mut self.touched, row, |a, b| a.user == b.user),
            }
        }
        self.changes.push(change);
    }
}

impl Batch {
    /// What is written of people.
    pub(crate) fn people(&self) -> People<'_> {
        let (new, profiles): (Vec<_>, Vec<_>) =
            self.profiles.iter().partition(|row| self.made.contains(&row.user));
        let mut new: BTreeMap<&UserId, &ProfileRow> = new.into_iter().map(|row| (&row.user, row)).collect();
        let mut people = People { profiles, ..People::default() };
        for touched in &self.touched {
            match new.remove(&touched.user) {
                Some(profile) => people.new.push((touched, profile)),
                None => people.touched.push(touched),
            }
        }
        people
    }
}

impl CredentialRow {
    fn new(user: &UserId, credentials: &Credentials, revision: Revision) -> Self {
        Self { user: user.clone(), revision, secret: credentials.kept.secret }
    }
}

impl Batch {
    /// Takes in what a change has to be mailed, after its events. Numbers follow from revisions: they ascend as changes
    /// are committed, and nobody who has read up to one misses another.
    pub(crate) fn push_messages(&mut self, revision: Revision, at: Instant, messages: Vec<Message>) {
        let rows = (0..MESSAGES).zip(messages).map(|(place, message)| MessageRow {
            id: revision.0.saturating_mul(MESSAGES).saturating_add(place),
            revision,
            created_at: at,
            message,
        });
        self.messages.extend(rows);
    }
}

/// Replaces the row about the same thing, keeping its place, or adds it at the end.
fn put<T>(rows: &mut Vec<T>, row: T, same: impl Fn(&T, &T) -> bool) {
    match rows.iter_mut().rev().find(|old| same(old, &row)) {
        Some(old) => *old = row,
        None => rows.push(row),
    }
}

impl ProfileRow {
    pub(crate) fn new(user: &UserId, profile: &Profile) -> Self {
        let some = |text: &str| {
            let text = canonical(text);
            (!text.is_empty()).then_some(text)
        };
        Self {
            user: user.clone(),
            username: some(&profile.username),
            username_form: some(&profile.username).map(|_| username_form(&profile.username)),
            email: profile.get(Field::Email).and_then(some),
            last_name: profile.get(Field::LastName).and_then(some).unwrap_or_default(),
            first_name: profile.get(Field::FirstName).and_then(some).unwrap_or_default(),
            names: names_form(profile),
            birth_date: profile.get(Field::BirthDate).map(str::to_owned),
            provider_subject: profile.get(Field::ProviderSubject).map(str::to_owned),
            external_ids: profile.external_ids.clone(),
        }
    }
}
