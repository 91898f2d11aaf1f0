//! What a user holds, as bytes and back.

use bailiwick_identity::{Instant, UserId};
use bailiwick_membership::{
    Access, Assignment, AssignmentState, CaseloadOptions, Clearance, Disabled, Grant, Options, Scope,
    Standing, Suspension, SuspensionCause, UserManagement,
};
use bailiwick_proto::log::v1 as log;

use super::names::{Names, instant, optional, optional_instant, user_id};
use crate::log::Damage;

pub(super) fn write(names: &Names<'_>, user: &UserId, access: &Access) -> Result<log::Access, Damage> {
    let Access {
        standing,
        home,
        person,
        own_record,
        clearance,
        reporting_role,
        assignments,
        grants,
        last_number,
    } = access;
    let (disabled, erased_at) = match standing {
        Standing::Active => (None, None),
        Standing::Disabled(disabled) => (Some(write_disabled(names, disabled)?), None),
        Standing::Erased(at) => (None, Some(at.as_micros())),
    };
    Ok(log::Access {
        user: user.to_string(),
        disabled,
        home_unit: names.unit_id(*home)?,
        person: person.map(|user| names.user_id(user)).transpose()?.unwrap_or_default(),
        own_record: own_record.map(|c| names.customer_id(c)).transpose()?.unwrap_or_default(),
        clearance: match clearance {
            Clearance::None => false,
            Clearance::Cleared => true,
        },
        reporting_role: reporting_role
            .map(|role| names.reporting_role_name(role))
            .transpose()?
            .unwrap_or_default(),
        assignments: assignments.iter().map(|a| write_assignment(names, a)).collect::<Result<_, _>>()?,
        grants: grants.iter().map(|g| write_grant(names, g)).collect::<Result<_, _>>()?,
        last_number: *last_number,
        erased_at,
    })
}

pub(super) fn read(names: &Names<'_>, message: log::Access) -> Result<(UserId, Access), Damage> {
    let log::Access {
        user,
        disabled,
        home_unit,
        person,
        own_record,
        clearance,
        reporting_role,
        assignments,
        grants,
        last_number,
        erased_at,
    } = message;
    let access = Access {
        standing: match (erased_at, disabled) {
            (Some(at), _) => Standing::Erased(instant(at)?),
            (None, Some(disabled)) => Standing::Disabled(read_disabled(names, disabled)?),
            (None, None) => Standing::Active,
        },
        home: names.unit(&home_unit)?,
        person: optional(&person, |id| names.user(id))?,
        own_record: optional(&own_record, |id| names.customer(id))?,
        clearance: if clearance { Clearance::Cleared } else { Clearance::None },
        reporting_role: optional(&reporting_role, |name| names.reporting_role(name))?,
        assignments: assignments.into_iter().map(|a| read_assignment(names, a)).collect::<Result<_, _>>()?,
        grants: grants.into_iter().map(|g| read_grant(names, g)).collect::<Result<_, _>>()?,
        last_number,
    };
    Ok((user_id(&user)?, access))
}

fn write_disabled(names: &Names<'_>, disabled: &Disabled) -> Result<log::Disabled, Damage> {
    let Disabled { at, by, by_lowest } = disabled;
    Ok(log::Disabled {
        by: by.map(|user| names.user_id(user)).transpose()?.unwrap_or_default(),
        by_lowest: *by_lowest,
        at: at.as_micros(),
    })
}

fn read_disabled(names: &Names<'_>, message: log::Disabled) -> Result<Disabled, Damage> {
    let log::Disabled { by, by_lowest, at } = message;
    Ok(Disabled { at: instant(at)?, by: optional(&by, |id| names.user(id))?, by_lowest })
}

fn write_assignment(names: &Names<'_>, assignment: &Assignment) -> Result<log::Assignment, Damage> {
    let Assignment { number, unit, role, options } = assignment;
    let Options { scope, default_unit, user_type, user_management, caseload, starts_at, ends_at, state } =
        options;
    let CaseloadOptions { only, exempt, own, others } = caseload;
    Ok(log::Assignment {
        number: *number,
        unit: names.unit_id(*unit)?,
        role: names.role_name(*role)?,
        scope: Some(match scope {
            Scope::All => log::assignment::Scope::All(log::AllUnits {}),
            Scope::Only(units) => {
                log::assignment::Scope::Only(log::OnlyUnits { units: names.unit_ids(units)? })
            }
        }),
        default_unit: default_unit.map(|unit| names.unit_id(unit)).transpose()?.unwrap_or_default(),
        user_type: user_type.map(|t| names.user_type_name(t)).transpose()?.unwrap_or_default(),
        user_management: match user_management {
            UserManagement::None => log::UserManagement::None,
            UserManagement::View => log::UserManagement::View,
            UserManagement::Manage => log::UserManagement::Manage,
        }
        .into(),
        caseload_only: *only,
        exempt_units: names.unit_ids(exempt)?,
        own_caseload_units: names.unit_ids(own)?,
        others_caseload_units: names.unit_ids(others)?,
        starts_at: starts_at.map(Instant::as_micros),
        ends_at: ends_at.map(Instant::as_micros),
        suspension: write_state(*state),
    })
}

fn read_assignment(names: &Names<'_>, message: log::Assignment) -> Result<Assignment, Damage> {
    let log::Assignment {
        number,
        unit,
        role,
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
        suspension,
    } = message;
    let options = Options {
        scope: match scope {
            None => return Err(Damage("an assignment has no scope that this version knows")),
            Some(log::assignment::Scope::All(log::AllUnits {})) => Scope::All,
            Some(log::assignment::Scope::Only(log::OnlyUnits { units })) => Scope::Only(names.units(&units)?),
        },
        default_unit: optional(&default_unit, |id| names.unit(id))?,
        user_type: optional(&user_type, |name| names.user_type(name))?,
        user_management: match log::UserManagement::try_from(user_management) {
            Ok(log::UserManagement::None) => UserManagement::None,
            Ok(log::UserManagement::View) => UserManagement::View,
            Ok(log::UserManagement::Manage) => UserManagement::Manage,
            Ok(log::UserManagement::Unspecified) | Err(_) => {
                return Err(Damage("an assignment's user management is none that this version knows"));
            }
        },
        caseload: CaseloadOptions {
            only: caseload_only,
            exempt: names.units(&exempt_units)?,
            own: names.units(&own_caseload_units)?,
            others: names.units(&others_caseload_units)?,
        },
        starts_at: optional_instant(starts_at)?,
        ends_at: optional_instant(ends_at)?,
        state: read_state(suspension)?,
    };
    Ok(Assignment { number, unit: names.unit(&unit)?, role: names.role(&role)?, options })
}

fn write_grant(names: &Names<'_>, grant: &Grant) -> Result<log::Grant, Damage> {
    let Grant { system, state, starts_at, ends_at } = grant;
    Ok(log::Grant {
        system: names.system_name(*system)?,
        starts_at: starts_at.map(Instant::as_micros),
        ends_at: ends_at.map(Instant::as_micros),
        suspension: write_state(*state),
    })
}

fn read_grant(names: &Names<'_>, message: log::Grant) -> Result<Grant, Damage> {
    let log::Grant { system, starts_at, ends_at, suspension } = message;
    Ok(Grant {
        system: names.system(&system)?,
        state: read_state(suspension)?,
        starts_at: optional_instant(starts_at)?,
        ends_at: optional_instant(ends_at)?,
    })
}

fn write_state(state: AssignmentState) -> Option<log::Suspension> {
    match state {
        AssignmentState::Live => None,
        AssignmentState::Suspended(Suspension { cause, from, until }) => Some(log::Suspension {
            cause: match cause {
                SuspensionCause::Manager => log::SuspensionCause::Manager,
                SuspensionCause::Unit => log::SuspensionCause::Unit,
                SuspensionCause::ReactivatedElsewhere => log::SuspensionCause::ReactivatedElsewhere,
            }
            .into(),
            starts_at: from.map(Instant::as_micros),
            ends_at: until.map(Instant::as_micros),
        }),
    }
}

fn read_state(suspension: Option<log::Suspension>) -> Result<AssignmentState, Damage> {
    let Some(log::Suspension { cause, starts_at, ends_at }) = suspension else {
        return Ok(AssignmentState::Live);
    };
    let cause = match log::SuspensionCause::try_from(cause) {
        Ok(log::SuspensionCause::Manager) => SuspensionCause::Manager,
        Ok(log::SuspensionCause::Unit) => SuspensionCause::Unit,
        Ok(log::SuspensionCause::ReactivatedElsewhere) => SuspensionCause::ReactivatedElsewhere,
        Ok(log::SuspensionCause::Unspecified) | Err(_) => {
            return Err(Damage("a suspension has no cause that this version knows"));
        }
    };
    Ok(AssignmentState::Suspended(Suspension {
        cause,
        from: optional_instant(starts_at)?,
        until: optional_instant(ends_at)?,
    }))
}
