//! A place, as bytes and back.

use bailiwick_membership::Unit;
use bailiwick_proto::log::v1 as log;

use super::names::{Names, unit_id};
use crate::log::Damage;

pub(super) fn write(names: &Names<'_>, unit: &Unit) -> Result<log::Unit, Damage> {
    // Whether it is a stand-in follows from kind and name, and is derived again by whoever reads.
    let Unit { id, kind, name, description, parents, archived, placeholder: _ } = unit;
    Ok(log::Unit {
        id: id.to_string(),
        kind: names.kind_name(*kind)?,
        name: name.clone(),
        description: description.clone(),
        parents: parents.iter().map(|&parent| names.unit_id(parent)).collect::<Result<_, _>>()?,
        archived: *archived,
    })
}

pub(super) fn read(names: &Names<'_>, message: log::Unit) -> Result<Unit, Damage> {
    let log::Unit { id, kind, name, description, parents, archived } = message;
    let kind = names.kind(&kind)?;
    let placeholder = names.is_placeholder(kind, &name);
    Ok(Unit {
        id: unit_id(&id)?,
        kind,
        name,
        description,
        parents: parents.iter().map(|parent| names.unit(parent)).collect::<Result<_, _>>()?,
        archived,
        placeholder,
    })
}
