//! Finding the person before another is made.

use bailiwick_identity::matching::{Compared, Likeness, Typed};
use bailiwick_identity::{Field, UserId};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::Actor;
use bailiwick_proto::{parse, render, v1};
use bailiwick_realm::{Search, State};
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
    Asked { backend, caller, request, actor, typed, reader }.answer().await
}

/// Only who could create a user, or add one, somewhere.
pub(super) fn may_ask(reader: &Reader, actor: &UserId) -> Result<(), Fault> {
    let state = &reader.state;
    let actor = Actor::find(&state.world, &state.scheme, actor.as_str(), reader.now);
    match actor.map(|actor| actor.may_look_for_people()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(actor_refusal(Reason::NoManagementRight).into()),
        Err(reason) => Err(actor_refusal(reason).into()),
    }
}

/// Whether an actor has asked as often as anybody may in the present hour.
pub(super) async fn has_asked_too_often(
    backend: &Backend,
    state: &State,
    actor: &UserId,
) -> Result<bool, Fault> {
    let asked = backend.store.questions_asked(&state.realm, actor).await?;
    Ok(asked >= u64::from(state.scheme.matching().per_hour))
}

/// Counts a question about people, and turns away who has asked too often: whoever is known to, without a write.
pub(super) async fn count(backend: &Backend, state: &State, actor: &UserId) -> Result<(), Fault> {
    if has_asked_too_often(backend, state, actor).await? {
        return Err(Fault::MatchLimit);
    }
    let asked = backend.store.count_question(&state.realm, actor).await?;
    match asked > u64::from(state.scheme.matching().per_hour) {
        true => Err(Fault::MatchLimit),
        false => Ok(()),
    }
}

/// What is read of who could be meant, and told of them.
struct Asked<'s> {
    backend: &'s Backend,
    caller: &'s Caller,
    request: &'s v1::MatchUsersRequest,
    actor: Option<UserId>,
    typed: Typed,
    reader: Reader,
}

/// Who could be meant and is told of; and whether not all who could were looked at.
type Told = (Vec<(UserRow, Compared)>, bool);

impl Asked<'_> {
    async fn answer(mut self) -> Result<v1::MatchUsersResponse, Fault> {
        let (told, cut) = self.candidates().await?;
        let (outcome, mut found) = self.search(|search| search.end(told))?;
        let more = cut || found.len() > MOST;
        found.truncate(MOST);
        let outcome = render::match_outcome(outcome);
        let matches = found.iter().map(|(row, compared)| self.shown(row, compared));
        let matches: Vec<_> = matches.collect::<Result<_, _>>()?;
        let actor = self.request.actor.as_str();
        tracing::info!(
            actor,
            outcome = outcome.as_str_name(),
            matches = matches.len(),
            "somebody was looked for"
        );
        Ok(v1::MatchUsersResponse { outcome: outcome.into(), matches, more })
    }

    /// Does something with the search, as the reader's state and the actor's standing are now.
    fn search<T>(&self, act: impl FnOnce(Search<'_>) -> T) -> Result<T, Fault> {
        let state = &*self.reader.state;
        let actor = self.actor.as_ref().map(|actor| {
            Actor::find(&state.world, &state.scheme, actor.as_str(), self.reader.now).map_err(actor_refusal)
        });
        let include_disabled = self.request.include_disabled;
        Ok(act(Search { state, actor: actor.transpose()?, typed: &self.typed, include_disabled }))
    }

    /// Those of the same external id, e-mail or names who are told of, each once.
    async fn candidates(&mut self) -> Result<Told, Fault> {
        let mut told: Vec<(UserRow, Compared)> = Vec::new();
        for key in self.keys()? {
            let row = self.backend.store.user(&self.reader.state.realm, &key).await?;
            self.take(&mut told, row.into_iter().collect()).await?;
        }
        let Some(names) = self.typed.names() else { return Ok((told, false)) };
        let mut after = None;
        for _ in 0..PORTIONS {
            let realm = self.reader.state.realm.clone();
            let rows = self.backend.store.namesakes(&realm, &names, after.as_ref(), PORTION).await?;
            let is_last = rows.len() < PORTION;
            after = rows.last().map(|row| row.user.clone());
            self.take(&mut told, rows).await?;
            if is_last {
                return Ok((told, false));
            }
        }
        Ok((told, true))
    }

    fn keys(&self) -> Result<Vec<UserKey>, Fault> {
        let mut keys = Vec::new();
        if let Some((name, value)) = &self.typed.external_id {
            let known = &self.reader.state.scheme.users().external_ids;
            if !known.contains(name) {
                let known = known.iter().cloned().collect::<Vec<_>>().join(", ");
                return Err(Fault::field("external_id_name", format!("one of: {known}")));
            }
            keys.push(UserKey::External(name.clone(), value.clone()));
        }
        keys.extend(self.typed.get(Field::Email).map(|email| UserKey::Email(email.to_owned())));
        Ok(keys)
    }

    /// Takes those in who are told of, judged on a state that is not older than what was read.
    async fn take(&mut self, told: &mut Vec<(UserRow, Compared)>, rows: Vec<UserRow>) -> Result<(), Fault> {
        let present = self.backend.reader(self.caller, self.reader.state.clone(), &self.request.actor)?;
        self.reader = self.backend.settle(self.caller, present, &rows, &self.request.actor).await?;
        for row in rows {
            if told.iter().any(|(known, _)| known.user == row.user) {
                continue;
            }
            let compared = self.search(|search| search.told(&row.user, &row.person.profile))?;
            told.extend(compared.map(|compared| (row, compared)));
        }
        Ok(())
    }

    fn shown(&self, row: &UserRow, compared: &Compared) -> Result<v1::UserMatch, Fault> {
        let handle = match &self.actor {
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
