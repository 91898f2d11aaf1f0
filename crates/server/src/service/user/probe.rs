//! Commands that tell, by being refused or by a dry run, whether somebody is known by an address or an id: they count as
//! questions about people.

use bailiwick_identity::{Field, UserId};
use bailiwick_proto::parse::{self, Write};
use bailiwick_realm::{Body, FieldChange, UserChange};

use super::matching::{count, has_asked_too_often};
use crate::backend::Backend;
use crate::caller::Caller;
use crate::fault::Fault;
use crate::handle::Holder;
use crate::writing::Outcome;

/// What a command of an actor would tell.
pub(super) struct Probe<'r> {
    realm: &'r str,
    actor: Option<UserId>,
    /// Whether it names what one person alone is known by.
    names_somebody: bool,
    is_dry_run: bool,
}

impl<'r> Probe<'r> {
    pub(super) fn of(write: &Write, realm: &'r str, actor: &str) -> Self {
        let names_somebody =
            matches!(&write.body, Body::ManageUser(manage) if manage.changes.iter().any(identifies));
        Self {
            realm,
            actor: parse::actor(actor).ok().flatten(),
            names_somebody,
            is_dry_run: write.mode.is_dry_run(),
        }
    }

    /// Turns away, before anything is looked at, an actor who has asked too often: else the kind of the answer would tell.
    /// A command that is sent again is no new question: it is answered as the first time.
    pub(super) async fn may_ask(
        &self,
        backend: &Backend,
        caller: &Caller,
        write: &Write,
        body: [u8; 32],
    ) -> Result<(), Fault> {
        let Some(actor) = self.actor.as_ref().filter(|_| self.names_somebody) else { return Ok(()) };
        let state = backend.newest(caller, self.realm)?;
        caller.may_act(state.realm.as_str(), Some(actor))?;
        if !has_asked_too_often(backend, &state, actor).await? {
            return Ok(());
        }
        match backend.is_repeated(caller, write, body).await? {
            true => Ok(()),
            false => Err(Fault::MatchLimit),
        }
    }

    /// The outcome, if the actor has not asked too often; one who is known already is told with a handle.
    pub(super) async fn told(
        &self,
        backend: &Backend,
        caller: &Caller,
        outcome: Result<Outcome, Fault>,
    ) -> Result<Outcome, Fault> {
        let Some(actor) = self.actor.as_ref().filter(|_| self.names_somebody) else { return outcome };
        // Whatever it was refused for: that it was not for somebody's address tells as much.
        let is_refused = matches!(&outcome, Err(Fault::Refused(..)));
        if self.is_dry_run || is_refused {
            let state = backend.newest(caller, self.realm)?;
            count(backend, &state, actor).await?;
        }
        let holder = Holder { realm: self.realm, caller, actor };
        outcome.map_err(|fault| backend.with_handle(&holder, fault))
    }
}

/// Whether a change names what one person alone is known by, or whose record or which account is somebody's besides.
pub(in crate::service) fn identifies(change: &UserChange) -> bool {
    let identifying = |field: &FieldChange| {
        matches!(
            field,
            FieldChange::Field(Field::Email | Field::ProviderSubject, Some(_))
                | FieldChange::ExternalId(_, Some(_))
        )
    };
    if let UserChange::UpdateProfile(fields) = change {
        return fields.iter().any(identifying);
    }
    matches!(
        change,
        UserChange::Create(_) | UserChange::SetOwnRecord(Some(_)) | UserChange::SetSamePerson(Some(_))
    )
}
