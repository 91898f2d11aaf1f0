//! What is asked of an assignment, in names, as bytes and back.

use bailiwick_identity::{Instant, UnitId};
use bailiwick_membership::UserManagement;
use bailiwick_proto::log::v1 as log;
use bailiwick_realm::{AssignmentSpec, OptionsSpec, Patch, ScopeSpec, Seat};
use log::requested_options::Scope;

use super::names::{instant, unit_id};
use crate::log::Damage;

const UNKNOWN: Damage = Damage("a request asks for options that this version does not know");

pub(super) fn write_assignment(spec: &AssignmentSpec) -> log::RequestedAssignment {
    let AssignmentSpec { unit, seat, role, options } = spec;
    let lowest_available = *seat == Seat::LowestAvailable;
    log::RequestedAssignment {
        unit: unit.to_string(),
        role: role.clone(),
        options: Some(write(options)),
        lowest_available,
    }
}

pub(super) fn read_assignment(message: log::RequestedAssignment) -> Result<AssignmentSpec, Damage> {
    let log::RequestedAssignment { unit, role, options, lowest_available } = message;
    let seat = if lowest_available { Seat::LowestAvailable } else { Seat::There };
    Ok(AssignmentSpec { unit: unit_id(&unit)?, seat, role, options: read(options.unwrap_or_default())? })
}

pub(super) fn write(spec: &OptionsSpec) -> log::RequestedOptions {
    let OptionsSpec {
        scope,
        default_unit,
        user_type,
        user_management,
        caseload_only,
        exempt_units,
        own_caseload_units,
        others_caseload_units,
        starts_at,
        ends_at,
        note,
    } = spec;
    let units =
        |units: &Vec<UnitId>| log::OnlyUnits { units: units.iter().map(ToString::to_string).collect() };
    let mut cleared = Vec::new();
    log::RequestedOptions {
        scope: scope.as_ref().map(|scope| match scope {
            ScopeSpec::All => Scope::All(log::AllUnits {}),
            ScopeSpec::Only(only) => Scope::Only(units(only)),
        }),
        default_unit: written(default_unit, "default_unit", &mut cleared, ToString::to_string),
        user_type: written(user_type, "user_type", &mut cleared, Clone::clone),
        user_management: match user_management {
            None => log::UserManagement::Unspecified,
            Some(UserManagement::None) => log::UserManagement::None,
            Some(UserManagement::View) => log::UserManagement::View,
            Some(UserManagement::Manage) => log::UserManagement::Manage,
        }
        .into(),
        caseload_only: *caseload_only,
        exempt_units: exempt_units.as_ref().map(units),
        own_caseload_units: own_caseload_units.as_ref().map(units),
        others_caseload_units: others_caseload_units.as_ref().map(units),
        starts_at: written(starts_at, "starts_at", &mut cleared, |at: &Instant| at.as_micros()),
        ends_at: written(ends_at, "ends_at", &mut cleared, |at: &Instant| at.as_micros()),
        note: written(note, "note", &mut cleared, Clone::clone),
        cleared,
    }
}

/// The value that is set; where it is cleared, its name is noted.
fn written<T, W>(
    patch: &Patch<T>,
    name: &str,
    cleared: &mut Vec<String>,
    write: impl FnOnce(&T) -> W,
) -> Option<W> {
    match patch {
        Patch::Keep => None,
        Patch::Clear => {
            cleared.push(name.to_owned());
            None
        }
        Patch::Set(value) => Some(write(value)),
    }
}

pub(super) fn read(message: log::RequestedOptions) -> Result<OptionsSpec, Damage> {
    let log::RequestedOptions {
        scope,
        default_unit,
        user_type,
        user_management,
        caseload_only,
        exempt_units,
        own_caseload_units,
        others_caseload_units,
        starts_at,
        ends_at,
        note,
        cleared,
    } = message;
    let units = |units: log::OnlyUnits| {
        let log::OnlyUnits { units } = units;
        units.iter().map(|unit| unit_id(unit)).collect::<Result<Vec<_>, _>>()
    };
    Ok(OptionsSpec {
        scope: match scope {
            None => None,
            Some(Scope::All(log::AllUnits {})) => Some(ScopeSpec::All),
            Some(Scope::Only(only)) => Some(ScopeSpec::Only(units(only)?)),
        },
        default_unit: patch(default_unit, "default_unit", &cleared, |unit| unit_id(&unit))?,
        user_type: patch(user_type, "user_type", &cleared, Ok)?,
        user_management: match log::UserManagement::try_from(user_management).map_err(|_| UNKNOWN)? {
            log::UserManagement::Unspecified => None,
            log::UserManagement::None => Some(UserManagement::None),
            log::UserManagement::View => Some(UserManagement::View),
            log::UserManagement::Manage => Some(UserManagement::Manage),
        },
        caseload_only,
        exempt_units: exempt_units.map(units).transpose()?,
        own_caseload_units: own_caseload_units.map(units).transpose()?,
        others_caseload_units: others_caseload_units.map(units).transpose()?,
        starts_at: patch(starts_at, "starts_at", &cleared, instant)?,
        ends_at: patch(ends_at, "ends_at", &cleared, instant)?,
        note: patch(note, "note", &cleared, Ok)?,
    })
}

fn patch<T, W>(
    set: Option<W>,
    name: &str,
    cleared: &[String],
    read: impl FnOnce(W) -> Result<T, Damage>,
) -> Result<Patch<T>, Damage> {
    match set {
        Some(set) => Ok(Patch::Set(read(set)?)),
        None if cleared.iter().any(|cleared| cleared == name) => Ok(Patch::Clear),
        None => Ok(Patch::Keep),
    }
}
