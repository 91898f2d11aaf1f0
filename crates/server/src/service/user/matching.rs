//! Finding the person before another is made.

use std::collections::BTreeSet;

use bailiwick_identity::matching::{Compared, Likeness, Step, Typed};
use bailiwick_identity::{Field, UserId};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::Actor;
use bailiwick_proto::{parse, v1};
use bailiwick_realm::State;
use bailiwick_store::{UserKey, UserRow};

use super::view;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::handle::Holder;
use crate::reader::Reader;
use crate::status::actor_refusal;

/// The most matches that one reply has.
const MOST: usize = 50;
/// Namesakes are read so many at a time, and so often at most.
const PORTION: usize = 500;
const PORTIONS: usize = 20;

pub(super) async fn match_users(
    backend: &Backend,
    caller: &Caller,
    request: &v1::MatchUsersRequest,
) -> Result<v1::MatchUsersResponse, Fault> {
    let typed = parse::match_users(request, backend.phone_country(caller, &request.realm))?;
    let state = backend.newest(caller, &request.realm)?;
    let reader = backend.reader(caller, state, &request.actor)?;
    let actor = parse::actor(&request.actor)?;
    if let Some(actor) = &actor {
        may_ask(&reader, actor)?;
        count(backend, &reader.state, actor).await?;
    }
    let mut search = Search { backend, caller, request, typed, reader, absent: BTreeSet::new() };
    search.absent.clone_from(&search.reader.state.scheme.users().absent);
    let found = search.run().await?;
    let outcome = found.outcome.as_str_name();
    tracing::info!(actor = %request.actor, outcome, matches = found.matches.len(), "somebody was looked for");
    search.shown(found, actor.as_ref())
}

/// Only who could create a user, or add one, somewhere.
fn may_ask(reader: &Reader, actor: &UserId) -> Result<(), Fault> {
    let state = &reader.state;
    let actor = Actor::find(&state.world, &state.scheme, actor.as_str(), reader.now);
    match actor.map(|actor| actor.may_look_for_people()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(actor_refusal(Reason::NoManagementRight).into()),
        Err(reason) => Err(actor_refusal(reason).into()),
    }
}

/// Counts a question about people, and turns away who has asked too often.
pub(super) async fn count(backend: &Backend, state: &State, actor: &UserId) -> Result<(), Fault> {
    let asked = backend.store.count_question(&state.realm, actor).await?;
    match asked > u64::from(state.scheme.matching().per_hour) {
        true => Err(Fault::MatchLimit),
        false => Ok(()),
    }
}

struct Search<'s> {
    backend: &'s Backend,
    caller: &'s Caller,
    request: &'s v1::MatchUsersRequest,
    typed: Typed,
    reader: Reader,
    /// Fields that the scheme does not have: they count as equal.
    absent: BTreeSet<Field>,
}

struct Found {
    outcome: v1::MatchOutcome,
    matches: Vec<(UserRow, Compared)>,
    more: bool,
}

impl Found {
    fn one(outcome: v1::MatchOutcome, found: (UserRow, Compared)) -> Self {
        Self { outcome, matches: vec![found], more: false }
    }
}

impl Search<'_> {
    /// The steps in their order; the first with a hit ends the search.
    async fn run(&mut self) -> Result<Found, Fault> {
        if let Some(found) = self.by_external_id().await? {
            return Ok(Found::one(v1::MatchOutcome::Exact, found));
        }
        if let Some(found) = self.by_email().await? {
            let exact = found.1.is_exact(&self.absent);
            let outcome =
                if exact { v1::MatchOutcome::Exact } else { v1::MatchOutcome::EmailButDetailsDiffer };
            return Ok(Found::one(outcome, found));
        }
        if let Some(found) = self.by_names().await? {
            return Ok(found);
        }
        let outcome = match self.request.include_disabled {
            true => v1::MatchOutcome::None,
            false => v1::MatchOutcome::NoneActive,
        };
        Ok(Found { outcome, matches: Vec::new(), more: false })
    }

    async fn by_external_id(&mut self) -> Result<Option<(UserRow, Compared)>, Fault> {
        let Some((name, value)) = self.typed.external_id.clone() else { return Ok(None) };
        let scheme = &self.reader.state.scheme;
        let deciding = &scheme.matching().external_ids;
        let known = &scheme.users().external_ids;
        if !known.contains(&name) {
            let known = known.iter().cloned().collect::<Vec<_>>().join(", ");
            return Err(Fault::field("external_id_name", format!("one of: {known}")));
        }
        if !deciding.is_empty() && !deciding.contains(&name) {
            return Ok(None);
        }
        self.by_key(UserKey::External(name, value)).await
    }

    async fn by_email(&mut self) -> Result<Option<(UserRow, Compared)>, Fault> {
        let Some(email) = self.typed.get(Field::Email).map(str::to_owned) else { return Ok(None) };
        self.by_key(UserKey::Email(email)).await
    }

    async fn by_key(&mut self, key: UserKey) -> Result<Option<(UserRow, Compared)>, Fault> {
        let row = self.backend.store.user(&self.reader.state.realm, &key).await?;
        self.settle(row.as_slice()).await?;
        Ok(row.and_then(|row| self.told(&row).map(|compared| (row, compared))))
    }

    /// By names and birth date; where nobody is found so, by names.
    async fn by_names(&mut self) -> Result<Option<Found>, Fault> {
        let Some(names) = self.typed.names() else { return Ok(None) };
        let (mut born, mut named) = (Vec::new(), Vec::new());
        let (mut after, mut more) = (None, true);
        for _ in 0..PORTIONS {
            let realm = self.reader.state.realm.clone();
            let rows = self.backend.store.namesakes(&realm, &names, after.as_ref(), PORTION).await?;
            self.settle(&rows).await?;
            after = rows.last().map(|row| row.user.clone());
            let is_last = rows.len() < PORTION;
            for row in rows {
                let Some(compared) = self.told(&row) else { continue };
                match compared.step(&self.absent) {
                    Some(Step::NamesAndBirthDate | Step::Email | Step::ExternalId) => {
                        born.push((row, compared))
                    }
                    Some(Step::Names) => named.push((row, compared)),
                    None => {}
                }
            }
            if is_last {
                more = false;
                break;
            }
            if born.len() > MOST {
                break;
            }
        }
        let exact = born.iter().any(|(_, compared)| compared.is_exact(&self.absent));
        let (outcome, mut matches) = match (born.is_empty(), named.is_empty()) {
            (false, _) if exact => (v1::MatchOutcome::Exact, born),
            (false, _) => (v1::MatchOutcome::NameAndBirthDateButEmailDiffers, born),
            (true, false) => (v1::MatchOutcome::NameOnly, named),
            (true, true) => return Ok(None),
        };
        more |= matches.len() > MOST;
        matches.truncate(MOST);
        Ok(Some(Found { outcome, matches, more }))
    }

    /// A state that is not older than what was read.
    async fn settle(&mut self, rows: &[UserRow]) -> Result<(), Fault> {
        let state = self.reader.state.clone();
        let reader = self.backend.reader(self.caller, state, &self.request.actor)?;
        self.reader = self.backend.settle(self.caller, reader, rows, &self.request.actor).await?;
        Ok(())
    }

    /// How somebody compares, if the one who asks is to be told: of who is out of sight only where what was typed shows
    /// that they are known.
    fn told(&self, row: &UserRow) -> Option<Compared> {
        let world = &self.reader.state.world;
        let ix = world.user_ix(row.user.as_str())?;
        let user = world.user(ix).filter(|user| !user.is_erased())?;
        if !user.is_active() && !self.request.include_disabled {
            return None;
        }
        let compared = self.typed.compare(&row.person.profile);
        let seen = self.reader.sees(ix).is_some();
        (seen || compared.proves_acquaintance()).then_some(compared)
    }

    fn shown(&self, found: Found, actor: Option<&UserId>) -> Result<v1::MatchUsersResponse, Fault> {
        let Found { outcome, matches, more } = found;
        let matches = matches.into_iter().map(|(row, compared)| self.one(&row, &compared, actor));
        let matches = matches.collect::<Result<_, _>>()?;
        Ok(v1::MatchUsersResponse { outcome: outcome.into(), matches, more })
    }

    fn one(
        &self,
        row: &UserRow,
        compared: &Compared,
        actor: Option<&UserId>,
    ) -> Result<v1::UserMatch, Fault> {
        let handle = match actor {
            Some(actor) => {
                let holder = Holder { realm: &self.request.realm, caller: self.caller, actor };
                self.backend.handles.make(&holder, &row.user, self.reader.now)?
            }
            None => String::new(),
        };
        let external = compared.external_id.map(|likeness| field("external_id", likeness));
        let fields = compared.fields.iter().map(|(&of, &likeness)| {
            field(if of == Field::WorkPhone { "phone" } else { of.name() }, likeness)
        });
        Ok(v1::UserMatch {
            username: row.person.profile.username.clone(),
            user: view::user(&self.reader, row),
            fields: fields.chain(external).collect(),
            handle,
        })
    }
}

fn field(name: &str, likeness: Likeness) -> v1::FieldMatch {
    let likeness = match likeness {
        Likeness::Equal => v1::Likeness::Equal,
        Likeness::Differs => v1::Likeness::Differs,
        Likeness::Missing => v1::Likeness::Missing,
    };
    v1::FieldMatch { field: name.to_owned(), likeness: likeness.into() }
}
