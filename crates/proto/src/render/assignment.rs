//! Assignments and grants of a user.

use bailiwick_identity::Instant;
use bailiwick_membership::{
    Access, Assignment, AssignmentState, Grant, Options, Scope, Standing, SuspensionCause, UnitIx,
    UserManagement, World,
};
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::Notes;

use super::answer::unit_name;
use super::instant::timestamp;
use crate::parse::Collection;
use crate::v1;

/// Whose assignments and grants are rendered, and in what world.
pub(super) struct Holder<'a> {
    pub(super) access: &'a Access,
    pub(super) notes: &'a Notes,
    pub(super) world: &'a World,
    pub(super) scheme: &'a Scheme,
    pub(super) now: Instant,
}

pub(super) fn assignment(holder: &Holder<'_>, assignment: &Assignment) -> v1::Assignment {
    let role = holder.scheme.role(assignment.role);
    let note = holder.notes.assignments.get(&assignment.number).cloned().unwrap_or_default();
    v1::Assignment {
        name: Collection::Assignments.name(assignment.number),
        unit: unit_name(holder.world, assignment.unit),
        role: role.map(|role| role.name.clone()).unwrap_or_default(),
        rank: role.and_then(|role| role.rank).map(|rank| rank.0),
        options: Some(options(holder, &assignment.options, note)),
        standing: assignment_standing(holder, assignment).into(),
        suspension: suspension(&assignment.options.state),
    }
}

pub(super) fn grant(holder: &Holder<'_>, grant: &Grant) -> v1::Grant {
    let system = holder.scheme.system(grant.system);
    v1::Grant {
        system: system.map(|system| Collection::Systems.name(&system.name)).unwrap_or_default(),
        starts_at: grant.starts_at.map(timestamp),
        ends_at: grant.ends_at.map(timestamp),
        reason: holder.notes.grants.get(&grant.system).cloned().unwrap_or_default(),
        standing: grant_standing(holder, grant).into(),
        suspension: suspension(&grant.state),
    }
}

fn options(holder: &Holder<'_>, options: &Options, note: String) -> v1::AssignmentOptions {
    let names =
        |units: &[UnitIx]| units.iter().map(|&unit| unit_name(holder.world, unit)).collect::<Vec<_>>();
    let scope = match &options.scope {
        Scope::All => v1::assignment_options::Scope::All(v1::AllUnits {}),
        Scope::Only(units) => v1::assignment_options::Scope::Only(v1::OnlyUnits { units: names(units) }),
    };
    v1::AssignmentOptions {
        scope: Some(scope),
        default_unit: options.default_unit.map(|unit| unit_name(holder.world, unit)).unwrap_or_default(),
        user_type: options
            .user_type
            .and_then(|label| holder.scheme.user_types().get(usize::from(label.0)).cloned())
            .unwrap_or_default(),
        user_management: management(options.user_management).into(),
        caseload_only: options.caseload.only,
        exempt_units: names(&options.caseload.exempt),
        own_caseload_units: names(&options.caseload.own),
        others_caseload_units: names(&options.caseload.others),
        starts_at: options.starts_at.map(timestamp),
        ends_at: options.ends_at.map(timestamp),
        note,
    }
}

pub(super) fn management(on: UserManagement) -> v1::UserManagement {
    match on {
        UserManagement::None => v1::UserManagement::None,
        UserManagement::View => v1::UserManagement::View,
        UserManagement::Manage => v1::UserManagement::Manage,
    }
}

fn suspension(state: &AssignmentState) -> Option<v1::Suspension> {
    match state {
        AssignmentState::Live => None,
        AssignmentState::Suspended(suspension) => {
            let cause = match suspension.cause {
                SuspensionCause::Manager => v1::SuspensionCause::Manager,
                SuspensionCause::Unit => v1::SuspensionCause::Unit,
                SuspensionCause::ReactivatedElsewhere => v1::SuspensionCause::ReactivatedElsewhere,
            };
            Some(v1::Suspension {
                cause: cause.into(),
                starts_at: suspension.from.map(timestamp),
                ends_at: suspension.until.map(timestamp),
            })
        }
    }
}

fn assignment_standing(holder: &Holder<'_>, assignment: &Assignment) -> v1::Standing {
    let options = &assignment.options;
    if !options.held(holder.now) {
        v1::Standing::Ended
    } else if options.starts_at.is_some_and(|start| start > holder.now) {
        not_in_force(options.state.is_suspended(holder.now), v1::Standing::NotStarted)
    } else if !options.in_force(holder.now) {
        v1::Standing::Suspended
    } else if holder.access.standing != Standing::Active {
        v1::Standing::UserDisabled
    } else if holder.world.is_closed(assignment.unit) {
        v1::Standing::UnitClosed
    } else {
        v1::Standing::Effective
    }
}

fn grant_standing(holder: &Holder<'_>, grant: &Grant) -> v1::Standing {
    if !grant.held(holder.now) {
        v1::Standing::Ended
    } else if grant.starts_at.is_some_and(|start| start > holder.now) {
        not_in_force(grant.state.is_suspended(holder.now), v1::Standing::NotStarted)
    } else if !grant.in_force(holder.now) {
        v1::Standing::Suspended
    } else if holder.access.standing != Standing::Active {
        v1::Standing::UserDisabled
    } else if !rank_suffices(holder, grant) {
        v1::Standing::RankTooLow
    } else {
        v1::Standing::Effective
    }
}

/// Of several, the first: suspended comes before not started.
fn not_in_force(suspended: bool, otherwise: v1::Standing) -> v1::Standing {
    if suspended { v1::Standing::Suspended } else { otherwise }
}

/// Whether the highest effective rank is at least the system's minimum.
fn rank_suffices(holder: &Holder<'_>, grant: &Grant) -> bool {
    let Some(minimum) = holder.scheme.system(grant.system).and_then(|system| system.minimum_rank) else {
        return true;
    };
    let effective = |a: &&Assignment| a.options.in_force(holder.now) && !holder.world.is_closed(a.unit);
    let ranks = holder.access.assignments.iter().filter(effective).filter_map(|a| holder.scheme.rank(a.role));
    ranks.max().is_some_and(|highest| highest >= minimum)
}
