//! What is personal, as bytes and back. An erased part reads as nothing known.

use std::collections::BTreeMap;

use bailiwick_identity::{Field, KeptSecrets, PasswordHash, Profile, SecretDigest};
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::Notes;
use log::personal_part::Part;
use prost::Message;

use super::names::Names;
use crate::log::Damage;

const MISPLACED: Damage = Damage("a personal part is of another kind than its event");

pub(super) fn encode(part: Part) -> Vec<u8> {
    log::PersonalPart { part: Some(part) }.encode_to_vec()
}

fn decode(bytes: &[u8]) -> Result<Part, Damage> {
    let message = log::PersonalPart::decode(bytes).map_err(|_| Damage("a personal part cannot be read"))?;
    let log::PersonalPart { part } = message;
    part.ok_or(Damage("a personal part holds nothing that this version knows"))
}

pub(super) fn write_profile(profile: &Profile) -> Vec<u8> {
    let Profile { username, fields, external_ids } = profile;
    let external_ids = external_ids
        .iter()
        .map(|(name, value)| log::ExternalId { name: name.clone(), value: value.clone() })
        .collect();
    let mut message = log::PersonalProfile { username: username.clone(), external_ids, ..Default::default() };
    for (&field, value) in fields {
        *slot(&mut message, field) = Some(value.clone());
    }
    encode(Part::Profile(message))
}

/// Where a field stands in the message.
fn slot(message: &mut log::PersonalProfile, field: Field) -> &mut Option<String> {
    match field {
        Field::Prefix => &mut message.prefix,
        Field::FirstName => &mut message.first_name,
        Field::MiddleInitial => &mut message.middle_initial,
        Field::LastName => &mut message.last_name,
        Field::Suffix => &mut message.suffix,
        Field::Email => &mut message.email,
        Field::BirthDate => &mut message.birth_date,
        Field::WorkPhone => &mut message.work_phone,
        Field::CellPhone => &mut message.cell_phone,
        Field::Pager => &mut message.pager,
        Field::Zip => &mut message.zip,
        Field::Location => &mut message.location,
        Field::LineManager => &mut message.line_manager,
        Field::ProviderSubject => &mut message.provider_subject,
    }
}

/// Reads a profile; an erased one is empty.
pub(crate) fn read_profile(bytes: Option<&[u8]>) -> Result<Profile, Damage> {
    let Some(bytes) = bytes else { return Ok(Profile::default()) };
    let Part::Profile(message) = decode(bytes)? else { return Err(MISPLACED) };
    let log::PersonalProfile {
        username,
        prefix,
        first_name,
        middle_initial,
        last_name,
        suffix,
        email,
        birth_date,
        work_phone,
        cell_phone,
        pager,
        zip,
        location,
        line_manager,
        external_ids,
        provider_subject,
    } = message;
    let fields = [
        (Field::Prefix, prefix),
        (Field::FirstName, first_name),
        (Field::MiddleInitial, middle_initial),
        (Field::LastName, last_name),
        (Field::Suffix, suffix),
        (Field::Email, email),
        (Field::BirthDate, birth_date),
        (Field::WorkPhone, work_phone),
        (Field::CellPhone, cell_phone),
        (Field::Pager, pager),
        (Field::Zip, zip),
        (Field::Location, location),
        (Field::LineManager, line_manager),
        (Field::ProviderSubject, provider_subject),
    ];
    let fields: BTreeMap<Field, String> =
        fields.into_iter().filter_map(|(field, value)| value.map(|value| (field, value))).collect();
    let external_ids =
        external_ids.into_iter().map(|log::ExternalId { name, value }| (name, value)).collect();
    Ok(Profile { username, fields, external_ids })
}

/// Writes notes; none where there is nothing to keep apart.
pub(super) fn write_access(names: &Names<'_>, notes: &Notes) -> Result<Option<Vec<u8>>, Damage> {
    let Notes { assignments, grants, disabled } = notes;
    if assignments.is_empty() && grants.is_empty() && disabled.is_none() {
        return Ok(None);
    }
    let mut reasons = Vec::with_capacity(grants.len());
    for (&system, reason) in grants {
        reasons.push(log::GrantReason { system: names.system_name(system)?, reason: reason.clone() });
    }
    reasons.sort_unstable_by(|a, b| a.system.cmp(&b.system));
    Ok(Some(encode(Part::Access(log::PersonalAccess {
        disabled_reason: disabled.clone(),
        assignments: assignments
            .iter()
            .map(|(&number, note)| log::AssignmentNote { number, note: note.clone() })
            .collect(),
        grants: reasons,
    }))))
}

/// Reads notes; none were given, or they are erased, where there is no part.
pub(crate) fn read_access(names: &Names<'_>, bytes: Option<&[u8]>) -> Result<Notes, Damage> {
    let Some(bytes) = bytes else { return Ok(Notes::default()) };
    let Part::Access(message) = decode(bytes)? else { return Err(MISPLACED) };
    let log::PersonalAccess { disabled_reason, assignments, grants } = message;
    let mut notes = Notes { disabled: disabled_reason, ..Notes::default() };
    for log::AssignmentNote { number, note } in assignments {
        notes.assignments.insert(number, note);
    }
    for log::GrantReason { system, reason } in grants {
        notes.grants.insert(names.system(&system)?, reason);
    }
    Ok(notes)
}

/// Reads what a request asks for.
pub(super) fn read_request(bytes: &[u8]) -> Result<log::PersonalRequest, Damage> {
    let Part::Request(message) = decode(bytes)? else { return Err(MISPLACED) };
    Ok(message)
}

/// Writes what passwords and secrets are compared with; none where there is nothing.
pub(super) fn write_kept(kept: &KeptSecrets) -> Option<Vec<u8>> {
    let KeptSecrets { password, secret } = kept;
    (password.is_some() || secret.is_some()).then(|| {
        encode(Part::Credentials(log::PersonalCredentials {
            password: password.as_ref().map(|hash| hash.0.clone()),
            secret: secret.map(|digest| digest.0.to_vec()).unwrap_or_default(),
        }))
    })
}

/// Reads what passwords and secrets are compared with; there is nothing, or newer ones took its place, where there is no
/// part.
pub(super) fn read_kept(bytes: Option<&[u8]>) -> Result<KeptSecrets, Damage> {
    let Some(bytes) = bytes else { return Ok(KeptSecrets::default()) };
    let Part::Credentials(message) = decode(bytes)? else { return Err(MISPLACED) };
    let log::PersonalCredentials { password, secret } = message;
    let digest = |bytes: Vec<u8>| <[u8; 32]>::try_from(bytes).map(SecretDigest);
    let secret = Some(secret).filter(|bytes| !bytes.is_empty()).map(digest).transpose();
    let secret = secret.map_err(|_| Damage("the digest of a secret has not the length it should have"))?;
    Ok(KeptSecrets { password: password.map(PasswordHash), secret })
}

/// What was said along with a command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// Why.
    pub(crate) reason: Option<String>,
    /// The caller's own id of it.
    pub(crate) request_id: Option<String>,
}

/// Writes what was said; nothing where nothing was.
pub(super) fn write_said(reason: Option<&str>, request_id: Option<&str>) -> Option<Vec<u8>> {
    let [reason, request_id] = [reason, request_id].map(|text| text.unwrap_or_default().to_owned());
    let is_silent = reason.is_empty() && request_id.is_empty();
    (!is_silent).then(|| encode(Part::Reason(log::PersonalReason { reason, request_id })))
}

/// Reads what was said; nothing was, or it is erased, where there is no part.
pub(super) fn read_said(bytes: Option<&[u8]>) -> Result<Said, Damage> {
    let Some(bytes) = bytes else { return Ok(Said::default()) };
    let Part::Reason(log::PersonalReason { reason, request_id }) = decode(bytes)? else {
        return Err(MISPLACED);
    };
    let [reason, request_id] = [reason, request_id].map(|text| (!text.is_empty()).then_some(text));
    Ok(Said { reason, request_id })
}
