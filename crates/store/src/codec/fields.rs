//! Fields of a profile that a request asks to set or to clear, as bytes and back.

use std::collections::BTreeMap;

use bailiwick_identity::Field;
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::FieldChange;

use crate::log::Damage;

const UNKNOWN: Damage = Damage("a request names a field that this version does not know");

pub(super) fn write(
    fields: &BTreeMap<Field, String>,
    external_ids: &BTreeMap<String, String>,
) -> log::RequestedProfile {
    let mut fields: Vec<log::FilledIn> =
        fields.iter().map(|(field, value)| filled_in(field.name(), value)).collect();
    fields.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let external_ids = external_ids.iter().map(|(name, value)| filled_in(name, value)).collect();
    log::RequestedProfile { fields, external_ids }
}

fn filled_in(name: &str, value: &str) -> log::FilledIn {
    log::FilledIn { name: name.to_owned(), value: value.to_owned() }
}

/// Fields, and external ids by name.
type Filled = (BTreeMap<Field, String>, BTreeMap<String, String>);

pub(super) fn read(message: log::RequestedProfile) -> Result<Filled, Damage> {
    let log::RequestedProfile { fields, external_ids } = message;
    let field = |log::FilledIn { name, value }| Ok((Field::named(&name).ok_or(UNKNOWN)?, value));
    let external_ids = external_ids.into_iter().map(|log::FilledIn { name, value }| (name, value));
    Ok((fields.into_iter().map(field).collect::<Result<_, Damage>>()?, external_ids.collect()))
}

pub(super) fn write_changes(changes: &[FieldChange]) -> log::RequestedFields {
    let (mut fields, mut external_ids) = (BTreeMap::new(), BTreeMap::new());
    let (mut cleared, mut cleared_external_ids) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            FieldChange::Field(field, Some(value)) => drop(fields.insert(*field, value.clone())),
            FieldChange::Field(field, None) => cleared.push(field.name().to_owned()),
            FieldChange::ExternalId(name, Some(value)) => {
                drop(external_ids.insert(name.clone(), value.clone()));
            }
            FieldChange::ExternalId(name, None) => cleared_external_ids.push(name.clone()),
        }
    }
    cleared.sort_unstable();
    cleared_external_ids.sort_unstable();
    log::RequestedFields { set: Some(write(&fields, &external_ids)), cleared, cleared_external_ids }
}

pub(super) fn read_changes(message: log::RequestedFields) -> Result<Vec<FieldChange>, Damage> {
    let log::RequestedFields { set, cleared, cleared_external_ids } = message;
    let (fields, external_ids) = read(set.unwrap_or_default())?;
    let set = fields.into_iter().map(|(field, value)| FieldChange::Field(field, Some(value)));
    let ids = external_ids.into_iter().map(|(name, value)| FieldChange::ExternalId(name, Some(value)));
    let mut changes: Vec<FieldChange> = set.chain(ids).collect();
    for name in cleared {
        let field = Field::named(&name).ok_or(UNKNOWN)?;
        changes.push(FieldChange::Field(field, None));
    }
    changes.extend(cleared_external_ids.into_iter().map(|name| FieldChange::ExternalId(name, None)));
    Ok(changes)
}
