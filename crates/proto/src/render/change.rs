//! Changes of a user that were asked for, in the names in which they were.

use bailiwick_identity::UnitId;
use bailiwick_realm::{AssignmentSpec, GrantSpec, NewUser, OptionsSpec, Patch, ScopeSpec, Seat, UserChange};

use super::assignment::management;
use super::instant::timestamp;
use crate::parse::Collection;
use crate::v1::{self, user_change::Change};

/// A change as it was asked for; none that no request asks for.
pub(super) fn change(change: &UserChange) -> Option<v1::UserChange> {
    let assignment = |number: &u32| Collection::Assignments.name(number);
    let system = |name: &String| Collection::Systems.name(name);
    let change = match change {
        UserChange::Create(new) => Change::Create(create(new)),
        UserChange::Assign(spec) => Change::Assign(assign(spec)),
        UserChange::Amend { number, role, options } => Change::AmendAssignment(v1::AmendAssignment {
            assignment: assignment(number),
            role: role.clone().unwrap_or_default(),
            options: Some(self::options(options)),
            fields: named(options),
        }),
        UserChange::End { number, at } => {
            Change::EndAssignment(v1::EndAssignment { assignment: assignment(number), at: at.map(timestamp) })
        }
        UserChange::Remove { number } => {
            Change::RemoveAssignment(v1::RemoveAssignment { assignment: assignment(number) })
        }
        UserChange::Suspend { number, from, until } => Change::SuspendAssignment(v1::SuspendAssignment {
            assignment: assignment(number),
            starts_at: from.map(timestamp),
            ends_at: until.map(timestamp),
        }),
        UserChange::Reinstate { number } => {
            Change::ReinstateAssignment(v1::ReinstateAssignment { assignment: assignment(number) })
        }
        UserChange::SuspendAt { unit } => Change::SuspendAtUnit(v1::SuspendAtUnit { unit: unit_name(unit) }),
        UserChange::Disable => Change::Disable(v1::DisableUser {}),
        UserChange::Enable => Change::Enable(v1::EnableUser {}),
        UserChange::SetHome(unit) => Change::SetHomeUnit(v1::SetHomeUnit { home_unit: unit_name(unit) }),
        UserChange::SetReportingRole(role) => Change::SetReportingRole(v1::SetReportingRole {
            reporting_role: role.clone().unwrap_or_default(),
        }),
        UserChange::Grant(spec) => Change::GrantSystem(grant(spec)),
        UserChange::AmendGrant(spec) => {
            let v1::GrantSystem { system, starts_at, ends_at, reason } = grant(spec);
            Change::AmendGrant(v1::AmendGrant { system, starts_at, ends_at, reason })
        }
        UserChange::SuspendGrant { system: name, from, until } => Change::SuspendGrant(v1::SuspendGrant {
            system: system(name),
            starts_at: from.map(timestamp),
            ends_at: until.map(timestamp),
        }),
        UserChange::ReinstateGrant { system: name } => {
            Change::ReinstateGrant(v1::ReinstateGrant { system: system(name) })
        }
        UserChange::EndGrant { system: name, at } => {
            Change::EndGrant(v1::EndGrant { system: system(name), at: at.map(timestamp) })
        }
        // In no request.
        UserChange::UpdateProfile(_)
        | UserChange::SetOwnRecord(_)
        | UserChange::SetSamePerson(_)
        | UserChange::SetClearance(_) => return None,
    };
    Some(v1::UserChange { change: Some(change) })
}

fn unit_name(unit: &UnitId) -> String {
    Collection::Units.name(unit)
}

fn create(new: &NewUser) -> v1::CreateUser {
    let NewUser { home, username, fields, external_ids } = new;
    v1::CreateUser {
        home_unit: unit_name(home),
        profile: Some(super::user::given_profile(fields, external_ids)),
        username: username.clone().unwrap_or_default(),
    }
}

fn assign(spec: &AssignmentSpec) -> v1::Assign {
    let AssignmentSpec { unit, seat, role, options } = spec;
    v1::Assign {
        unit: unit_name(unit),
        role: role.clone(),
        options: Some(self::options(options)),
        lowest_available: *seat == Seat::LowestAvailable,
    }
}

fn grant(spec: &GrantSpec) -> v1::GrantSystem {
    let GrantSpec { system, starts_at, ends_at, reason } = spec;
    v1::GrantSystem {
        system: Collection::Systems.name(system),
        starts_at: starts_at.map(timestamp),
        ends_at: ends_at.map(timestamp),
        reason: reason.clone().unwrap_or_default(),
    }
}

fn options(spec: &OptionsSpec) -> v1::AssignmentOptions {
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
    let names = |units: &Option<Vec<UnitId>>| units.iter().flatten().map(unit_name).collect::<Vec<_>>();
    v1::AssignmentOptions {
        scope: scope.as_ref().map(|scope| match scope {
            ScopeSpec::All => v1::assignment_options::Scope::All(v1::AllUnits {}),
            ScopeSpec::Only(units) => {
                let units = units.iter().map(unit_name).collect();
                v1::assignment_options::Scope::Only(v1::OnlyUnits { units })
            }
        }),
        default_unit: set(default_unit).map(unit_name).unwrap_or_default(),
        user_type: set(user_type).cloned().unwrap_or_default(),
        user_management: user_management.map_or(v1::UserManagement::Unspecified, management).into(),
        caseload_only: caseload_only.unwrap_or_default(),
        exempt_units: names(exempt_units),
        own_caseload_units: names(own_caseload_units),
        others_caseload_units: names(others_caseload_units),
        starts_at: set(starts_at).copied().map(timestamp),
        ends_at: set(ends_at).copied().map(timestamp),
        note: set(note).cloned().unwrap_or_default(),
    }
}

/// The options of which something is said, by the names of an amendment.
fn named(spec: &OptionsSpec) -> Vec<String> {
    let said = [
        ("scope", spec.scope.is_some()),
        ("default_unit", spec.default_unit != Patch::Keep),
        ("user_type", spec.user_type != Patch::Keep),
        ("user_management", spec.user_management.is_some()),
        ("caseload_only", spec.caseload_only.is_some()),
        ("exempt_units", spec.exempt_units.is_some()),
        ("own_caseload_units", spec.own_caseload_units.is_some()),
        ("others_caseload_units", spec.others_caseload_units.is_some()),
        ("starts_at", spec.starts_at != Patch::Keep),
        ("ends_at", spec.ends_at != Patch::Keep),
        ("note", spec.note != Patch::Keep),
    ];
    said.into_iter().filter(|(_, said)| *said).map(|(name, _)| name.to_owned()).collect()
}

fn set<T>(patch: &Patch<T>) -> Option<&T> {
    match patch {
        Patch::Set(value) => Some(value),
        Patch::Keep | Patch::Clear => None,
    }
}
