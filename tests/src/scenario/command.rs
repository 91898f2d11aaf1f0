//! Commands in scenarios: changes of a user (`change`), or one of these.
//!
//! ```text
//! create unit program n9 'Name' below {north}   rename unit n9 'Other name'   move unit n9 below {south}
//! archive unit n9            restore unit n9     place c1 in n1   dismiss c1 from n1   remove c1 from n1
//! bob takes c1 in n1         bob gives up c1 in n1
//! put scheme NAME            put scheme NAME ranking 50 as 85
//! freeze                     thaw                erase bob
//! mail bob an activation     mail bob a reset    show an activation of bob    show a reset of bob
//! give bob a password for once     bob redeems the secret     bob changes the password
//! ```

use std::sync::Arc;

use bailiwick_identity::{Instant, UserId};
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{
    Actor, Body, CaseloadChange, Command, Handle, ManageUser, NewUnit, RealmStatus, Spares, State,
};

use super::change::{Changing, customer_id, user_id};
use super::list::List;
use super::people::People;
use super::secret;
use super::unit_tree::unit_id;
use super::words::{Clause, clauses};
use crate::reading::Fields;
use crate::scheme_text;

/// A command as a scenario gives it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// On whose behalf; an operator's own where unset.
    pub(crate) actor: Option<String>,
    /// Who is changed, where it is a user.
    pub(crate) user: Option<String>,
    /// The changes, or the one command.
    pub(crate) changes: Vec<String>,
    /// A list of people, where it is none of these.
    pub(crate) list: List,
    /// Users whom the actor found out of sight before.
    pub(crate) handles: Vec<String>,
    /// Why.
    pub(crate) reason: Option<String>,
    /// An operator's word that a root may lose its last manager.
    pub(crate) may_remove_last_manager: bool,
    /// Whether the user changed since the caller read it.
    pub(crate) stale: bool,
}

/// The program that calls, in every scenario.
const CALLER: &str = "front-desk";

impl Given {
    /// Takes a command's keys.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, String> {
        Ok(Self {
            actor: fields.text("actor")?,
            user: fields.text("user")?,
            changes: fields.texts("do")?,
            list: List::read(fields)?,
            handles: fields.texts("handles")?,
            reason: fields.text("reason")?,
            may_remove_last_manager: fields.flag("may_remove_last_manager")?,
            stale: fields.flag("stale")?,
        })
    }

    /// An operator's own command.
    pub(crate) fn operator(phrase: &str) -> Self {
        Self { changes: vec![phrase.to_owned()], may_remove_last_manager: true, ..Self::default() }
    }

    /// The command, as the writer would be given it.
    pub(crate) fn command(&self, state: &State, people: &People, now: Instant) -> Result<Command, String> {
        let actor = match &self.actor {
            Some(actor) => Actor::User(user_id(actor)?),
            None => Actor::Operator,
        };
        let body = match (&self.user, self.changes.as_slice()) {
            (Some(user), changes) => self.manage(state, people, &user_id(user)?, changes, now)?,
            (None, []) if !self.list.is_empty() => self.list.body(now)?,
            (None, [one]) => body(one, state)?,
            (None, _) => return Err("without `user`, `do` is one command".to_owned()),
        };
        let spares = body.may_activate().map(|user| (user.clone(), secret::spare())).collect();
        Ok(Command {
            actor,
            caller: CALLER.to_owned(),
            reason: self.reason.clone(),
            may_remove_last_manager: self.may_remove_last_manager,
            expects: None,
            spares: Spares::new(spares),
            body,
        })
    }

    fn manage(
        &self,
        state: &State,
        people: &People,
        user: &UserId,
        changes: &[String],
        now: Instant,
    ) -> Result<Body, String> {
        let changing = Changing { state, user, now };
        let changes = changes.iter().map(|c| changing.read(c)).collect::<Result<_, _>>()?;
        let etag = people.etag(user).filter(|_| self.stale).map(|r| bailiwick_realm::Revision(r.0 - 1));
        let handles = self.handles.iter().map(|h| self.handle(h, now)).collect::<Result<_, _>>()?;
        Ok(Body::ManageUser(ManageUser { user: user.clone(), etag, handles, changes }))
    }

    /// `bob`, or `bob expired`, `bob of ann`, `bob through kiosk`.
    fn handle(&self, phrase: &str, now: Instant) -> Result<Handle, String> {
        let words: Vec<&str> = phrase.split_whitespace().collect();
        let own = self.actor.as_deref().ok_or("a handle is an actor's")?;
        let (user, actor, caller, expires) = match words.as_slice() {
            [user] => (user, own, CALLER, now.next()),
            [user, "expired"] => (user, own, CALLER, now),
            [user, "of", actor] => (user, *actor, CALLER, now.next()),
            [user, "through", caller] => (user, own, *caller, now.next()),
            _ => return Err(format!("unknown handle `{phrase}`")),
        };
        Ok(Handle {
            id: [7; 16],
            caller: caller.to_owned(),
            actor: user_id(actor)?,
            user: user_id(user)?,
            expires_at: expires,
        })
    }
}

fn body(phrase: &str, state: &State) -> Result<Body, String> {
    let unknown = || format!("unknown command `{phrase}`");
    let [clause] = <[Clause; 1]>::try_from(clauses(phrase)?).map_err(|_| unknown())?;
    let words = clause.words();
    let body = match words.as_slice() {
        ["create", "unit", kind, id, rest @ ..] => {
            let parents = match (rest, &clause.set) {
                (["below"], Some(parents)) => parents.as_slice(),
                ([], None) => &[],
                _ => return Err(unknown()),
            };
            Body::CreateUnit(NewUnit {
                id: unit_id(id)?,
                kind: (*kind).to_owned(),
                name: clause.text.clone().unwrap_or_else(|| (*id).to_owned()),
                description: String::new(),
                parents: parents.iter().map(|p| unit_id(p)).collect::<Result<_, _>>()?,
            })
        }
        ["rename", "unit", id] => {
            Body::UpdateUnit { unit: unit_id(id)?, name: clause.text.clone(), description: None }
        }
        ["move", "unit", id, "below"] => {
            let parents = clause.set.as_ref().ok_or_else(unknown)?;
            let parents = parents.iter().map(|p| unit_id(p)).collect::<Result<_, _>>()?;
            Body::MoveUnit { unit: unit_id(id)?, parents }
        }
        ["put", "scheme", name] => put_scheme(&scheme_text(name)?, state)?,
        ["put", "scheme", name, "ranking", rank, "as", other] => {
            put_scheme(&ranked(&scheme_text(name)?, rank, other)?, state)?
        }
        words if clause.is_plain() => return plain(words)?.ok_or_else(unknown),
        _ => return Err(unknown()),
    };
    Ok(body)
}

fn plain(words: &[&str]) -> Result<Option<Body>, String> {
    let body = match words {
        ["archive", "unit", id] => Body::ArchiveUnit(unit_id(id)?),
        ["restore", "unit", id] => Body::RestoreUnit(unit_id(id)?),
        ["place", c, "in", unit] => Body::PlaceCustomer { customer: customer_id(c)?, unit: unit_id(unit)? },
        ["dismiss", c, "from", unit] => {
            Body::DismissCustomer { customer: customer_id(c)?, unit: unit_id(unit)? }
        }
        ["remove", c, "from", unit] => {
            Body::RemovePlacement { customer: customer_id(c)?, unit: unit_id(unit)? }
        }
        [user, "takes", c, "in", unit] => {
            let change = CaseloadChange::Add { customer: customer_id(c)?, unit: unit_id(unit)? };
            Body::UpdateCaseload { user: user_id(user)?, changes: vec![change] }
        }
        [user, "gives", "up", c, "in", unit] => {
            let change = CaseloadChange::Remove { customer: customer_id(c)?, unit: unit_id(unit)? };
            Body::UpdateCaseload { user: user_id(user)?, changes: vec![change] }
        }
        ["erase", user] => Body::EraseUser(user_id(user)?),
        words if secret::is_one(words) => return secret::read(words),
        ["freeze"] => Body::SetStatus(RealmStatus::Frozen),
        ["thaw"] => Body::SetStatus(RealmStatus::Active),
        _ => return Ok(None),
    };
    Ok(Some(body))
}

/// A scheme that follows the present one.
fn put_scheme(text: &str, state: &State) -> Result<Body, String> {
    let scheme = Scheme::parse_after(text, &state.scheme);
    scheme.map(|scheme| Body::PutScheme(Arc::new(scheme))).map_err(|faults| format!("scheme: {faults:?}"))
}

/// A scheme's text with another rank for the one role that has this rank.
fn ranked(text: &str, rank: &str, other: &str) -> Result<String, String> {
    let (line, next) = (format!("\nrank = {rank}\n"), format!("\nrank = {other}\n"));
    match text.matches(&line).count() {
        1 => Ok(text.replace(&line, &next)),
        roles => Err(format!("{roles} roles have rank {rank}")),
    }
}
