//! What a request asks for, as a personal part and back: changes in the names in which they were asked for.

use std::time::Duration;

use bailiwick_identity::{Instant, UserId};
use bailiwick_policy::scheme::RequestKind;
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::{Content, GrantSpec, ManageUser, NewUser, Request, UserChange};
use log::requested_change::Change;
use prost::Message;
use sha2::{Digest, Sha256};

use super::fields;
use super::names::{instant, optional, optional_instant, unit_id};
use super::options;
use super::personal;
use super::request::write_kind;
use crate::log::Damage;

const NOT_ASKED: Damage = Damage("a request asks for what no request asks for");

/// What was written in a request.
pub(super) struct Written {
    pub(super) content: Content,
    /// Why each step was taken, in order; empty: not said.
    pub(super) reasons: Vec<String>,
}

pub(super) fn write(request: &Request) -> Result<Vec<u8>, Damage> {
    let reasons = request.steps.iter().map(|step| step.why.clone().unwrap_or_default()).collect();
    Ok(personal::encode(log::personal_part::Part::Request(log::PersonalRequest {
        reasons,
        ..write_content(&request.content)?
    })))
}

/// The digest of what a request asks for: of its kind, whom it is about, and all that was written, the random bytes among it.
pub(crate) fn digest(content: &Content) -> Result<[u8; 32], Damage> {
    let mut hash = Sha256::new();
    hash.update(i32::from(write_kind(content.kind)).to_be_bytes());
    for subject in content.subjects() {
        hash.update(subject.as_str().len().to_be_bytes());
        hash.update(subject.as_str());
    }
    hash.update(write_content(content)?.encode_to_vec());
    Ok(hash.finalize().into())
}

fn write_content(content: &Content) -> Result<log::PersonalRequest, Damage> {
    let Content { kind: _, people, wanted_at, lasts, fields, confirmed, note, nonce } = content;
    let lasts = lasts.map(|lasts| i64::try_from(lasts.as_micros()).map_err(|_| NOT_ASKED)).transpose()?;
    Ok(log::PersonalRequest {
        people: people.iter().map(write_person).collect::<Result<_, _>>()?,
        wanted_at: wanted_at.map(Instant::as_micros),
        lasts,
        fields: fields
            .iter()
            .map(|(name, value)| log::FilledIn { name: name.clone(), value: value.clone() })
            .collect(),
        confirmed: confirmed.iter().cloned().collect(),
        note: note.clone(),
        reasons: Vec::new(),
        nonce: nonce.to_vec(),
    })
}

/// Reads what was written; nothing is asked for any more where that was erased.
pub(super) fn read(
    kind: RequestKind,
    subjects: Vec<UserId>,
    personal: Option<&[u8]>,
) -> Result<Written, Damage> {
    let message = personal.map(personal::read_request).transpose()?.unwrap_or_default();
    let log::PersonalRequest { people, wanted_at, lasts, fields, confirmed, note, reasons, nonce } = message;
    let mut changes = people.into_iter();
    let people = subjects.into_iter().map(|user| {
        let log::RequestedPerson { changes } = changes.next().unwrap_or_default();
        let changes = changes.into_iter().map(read_change).collect::<Result<_, _>>()?;
        Ok(ManageUser { user, etag: None, handles: Vec::new(), changes })
    });
    let lasts = lasts.map(|lasts| u64::try_from(lasts).map(Duration::from_micros).map_err(|_| NOT_ASKED));
    let content = Content {
        kind,
        people: people.collect::<Result<_, Damage>>()?,
        wanted_at: optional_instant(wanted_at)?,
        lasts: lasts.transpose()?,
        fields: fields.into_iter().map(|log::FilledIn { name, value }| (name, value)).collect(),
        confirmed: confirmed.into_iter().collect(),
        note,
        nonce: if nonce.is_empty() { [0; 16] } else { nonce.try_into().map_err(|_| NOT_ASKED)? },
    };
    Ok(Written { content, reasons })
}

fn write_person(person: &ManageUser) -> Result<log::RequestedPerson, Damage> {
    let change = |change| Ok(log::RequestedChange { change: Some(write_change(change)?) });
    Ok(log::RequestedPerson { changes: person.changes.iter().map(change).collect::<Result<_, Damage>>()? })
}

fn write_change(change: &UserChange) -> Result<Change, Damage> {
    let micros = |instant: &Option<Instant>| instant.map(Instant::as_micros);
    let ending =
        |number: u32, system: &str, at| log::Ending { number, system: system.to_owned(), at: micros(at) };
    let pause = |number: u32, system: &str, from, until| log::Pause {
        number,
        system: system.to_owned(),
        from: micros(from),
        until: micros(until),
    };
    Ok(match change {
        UserChange::Create(NewUser { home, username: _, fields, external_ids }) => {
            let profile = Some(fields::write(fields, external_ids));
            Change::Create(log::RequestedUser { home_unit: home.to_string(), profile })
        }
        UserChange::UpdateProfile(changes) => Change::UpdateProfile(fields::write_changes(changes)),
        UserChange::Assign(spec) => Change::Assign(options::write_assignment(spec)),
        UserChange::Amend { number, role, options } => Change::Amend(log::AmendedAssignment {
            number: *number,
            role: role.clone(),
            options: Some(options::write(options)),
        }),
        UserChange::End { number, at } => Change::End(ending(*number, "", at)),
        UserChange::Remove { number } => Change::Remove(*number),
        UserChange::Suspend { number, from, until } => Change::Suspend(pause(*number, "", from, until)),
        UserChange::Reinstate { number } => Change::Reinstate(*number),
        UserChange::SuspendAt { unit } => Change::SuspendAt(unit.to_string()),
        UserChange::Disable => Change::Disable(log::Nothing {}),
        UserChange::Enable => Change::Enable(log::Nothing {}),
        UserChange::SetHome(unit) => Change::SetHome(unit.to_string()),
        UserChange::SetReportingRole(role) => Change::SetReportingRole(role.clone().unwrap_or_default()),
        UserChange::Grant(spec) => Change::Grant(write_grant(spec)),
        UserChange::AmendGrant(spec) => Change::AmendGrant(write_grant(spec)),
        UserChange::SuspendGrant { system, from, until } => {
            Change::SuspendGrant(pause(0, system, from, until))
        }
        UserChange::ReinstateGrant { system } => Change::ReinstateGrant(system.clone()),
        UserChange::EndGrant { system, at } => Change::EndGrant(ending(0, system, at)),
        UserChange::SetOwnRecord(_) | UserChange::SetSamePerson(_) | UserChange::SetClearance(_) => {
            return Err(NOT_ASKED);
        }
    })
}

fn read_change(message: log::RequestedChange) -> Result<UserChange, Damage> {
    Ok(match message.change.ok_or(NOT_ASKED)? {
        Change::Create(log::RequestedUser { home_unit, profile }) => {
            let (fields, external_ids) = fields::read(profile.unwrap_or_default())?;
            UserChange::Create(NewUser { home: unit_id(&home_unit)?, username: None, fields, external_ids })
        }
        Change::UpdateProfile(message) => UserChange::UpdateProfile(fields::read_changes(message)?),
        Change::Assign(message) => UserChange::Assign(options::read_assignment(message)?),
        Change::Amend(log::AmendedAssignment { number, role, options }) => {
            UserChange::Amend { number, role, options: options::read(options.unwrap_or_default())? }
        }
        Change::End(log::Ending { number, system: _, at }) => {
            UserChange::End { number, at: optional_instant(at)? }
        }
        Change::Remove(number) => UserChange::Remove { number },
        Change::Suspend(log::Pause { number, system: _, from, until }) => {
            let (from, until) = (optional_instant(from)?, optional_instant(until)?);
            UserChange::Suspend { number, from, until }
        }
        Change::Reinstate(number) => UserChange::Reinstate { number },
        Change::SuspendAt(unit) => UserChange::SuspendAt { unit: unit_id(&unit)? },
        Change::Disable(log::Nothing {}) => UserChange::Disable,
        Change::Enable(log::Nothing {}) => UserChange::Enable,
        Change::SetHome(unit) => UserChange::SetHome(unit_id(&unit)?),
        Change::SetReportingRole(role) => {
            UserChange::SetReportingRole(optional(&role, |role| Ok(role.to_owned()))?)
        }
        Change::Grant(message) => UserChange::Grant(read_grant(message)?),
        Change::AmendGrant(message) => UserChange::AmendGrant(read_grant(message)?),
        Change::SuspendGrant(log::Pause { number: _, system, from, until }) => {
            let (from, until) = (optional_instant(from)?, optional_instant(until)?);
            UserChange::SuspendGrant { system, from, until }
        }
        Change::ReinstateGrant(system) => UserChange::ReinstateGrant { system },
        Change::EndGrant(log::Ending { number: _, system, at }) => {
            UserChange::EndGrant { system, at: at.map(instant).transpose()? }
        }
    })
}

fn write_grant(spec: &GrantSpec) -> log::RequestedGrant {
    let GrantSpec { system, starts_at, ends_at, reason } = spec;
    log::RequestedGrant {
        system: system.clone(),
        starts_at: starts_at.map(Instant::as_micros),
        ends_at: ends_at.map(Instant::as_micros),
        reason: reason.clone(),
    }
}

fn read_grant(message: log::RequestedGrant) -> Result<GrantSpec, Damage> {
    let log::RequestedGrant { system, starts_at, ends_at, reason } = message;
    let (starts_at, ends_at) = (optional_instant(starts_at)?, optional_instant(ends_at)?);
    Ok(GrantSpec { system, starts_at, ends_at, reason })
}
