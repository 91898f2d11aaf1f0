//! Reporting roles, clearances and grants of systems.

use bailiwick_identity::Instant;
use bailiwick_membership::{AssignmentState, Grant, ReportingRoleIx, SystemIx};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Level, ReachNeeded, Right};
use bailiwick_policy::scheme::{Compulsory, Fulfilment, System};

use super::amend::check_interval;
use super::end::{is_suspended, suspended_over};
use super::{Judged, Subject};
use crate::command::{Actor, GrantSpec};
use crate::decide::draft::Draft;
use crate::decide::judge::{Asked, Judge, Reach, Rules, Unranked};
use crate::refusal::{Refusal, Refused};

pub(super) fn set_reporting_role(draft: &mut Draft<'_>, subject: &Subject, name: Option<&str>) -> Judged {
    let role = {
        let scheme = &draft.state.scheme;
        let known =
            || scheme.reporting_roles().iter().map(|r| r.name.as_str()).collect::<Vec<_>>().join(", ");
        let unknown = || {
            Refusal::new(Refused::Invalid, Reason::UnknownName)
                .at_field("reporting_role")
                .because(format!("one of: {}", known()))
        };
        name.map(|name| scheme.reporting_role_named(name).ok_or_else(unknown)).transpose()?
    };
    judge_reporting_role(&draft.judge()?, draft, subject, role)?;
    let ix = subject.known()?;
    draft.edit_access(ix, |access| access.reporting_role = role);
    Ok(())
}

/// `user.manage` over all that the other holds, covering every unit that the scope would show.
pub(super) fn judge_reporting_role(
    judge: &Judge<'_>,
    draft: &Draft<'_>,
    subject: &Subject,
    role: Option<ReportingRoleIx>,
) -> Judged {
    let right = Right::Of(judge.scheme.core().user_manage);
    let whole = |rank, unranked| Rules {
        right,
        reach: Reach::Of(ReachNeeded::Whole),
        lowers_lowest: false,
        rank,
        unranked,
    };
    let other = subject.other(draft);
    // Reach comes before rank: first the other, then the units shown, then rank.
    judge.ask(other, &whole(Asked::No, Unranked::NotAsked))?;
    let role = role.and_then(|role| judge.scheme.reporting_role(role));
    if let (Some(actor), Some(other), Some(role)) = (&judge.actor, &other, role) {
        let shown = judge.shown_by(other.user, role);
        if !shown.iter().all(|&unit| actor.covering(right, Level::Manage, unit).is_some()) {
            return Err(Refusal::denied(Reason::OutOfReach));
        }
    }
    judge.ask(other, &whole(Asked::Yes, Unranked::All))
}

/// The clearance: `clearance.set` over a part of what the other holds; rank is not asked.
pub(super) fn set_clearance(draft: &mut Draft<'_>, subject: &Subject, cleared: bool) -> Judged {
    use bailiwick_membership::Clearance;
    let judge = draft.judge()?;
    judge.ask(
        subject.other(draft),
        &Rules {
            right: Right::Of(judge.scheme.core().clearance_set),
            reach: Reach::Of(ReachNeeded::Part),
            lowers_lowest: false,
            rank: Asked::No,
            unranked: Unranked::NotAsked,
        },
    )?;
    let clearance = if cleared { Clearance::Cleared } else { Clearance::None };
    let ix = subject.known()?;
    draft.edit_access(ix, |access| access.clearance = clearance);
    Ok(())
}

/// Judges a change of a user's entitlement to a system: the right that the scheme names, over all that they hold.
fn judged(draft: &Draft<'_>, subject: &Subject, name: &str, why: Option<&str>) -> Judged<SystemIx> {
    let scheme = &draft.state.scheme;
    let known = || scheme.systems().iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
    let ix = scheme.system_named(name);
    let (ix, system) = ix.and_then(|ix| scheme.system(ix).map(|s| (ix, s))).ok_or_else(|| {
        Refusal::new(Refused::Invalid, Reason::UnknownName)
            .at_field("system")
            .because(format!("one of: {}", known()))
    })?;
    let judge = draft.judge()?;
    let by_oneself = !draft.is_approved() && matches!(draft.command.actor, Actor::User(_));
    if needs_request(system) && by_oneself {
        return Err(Refusal::denied(Reason::RequestRequired));
    }
    judge.ask(
        subject.other(draft),
        &Rules {
            right: Right::Of(system.grant_right),
            reach: Reach::Of(ReachNeeded::Whole),
            lowers_lowest: false,
            rank: Asked::Yes,
            unranked: Unranked::All,
        },
    )?;
    let said = why.or(draft.command.reason.as_deref()).is_some_and(|reason| !reason.trim().is_empty());
    if system.reason == Compulsory::Yes && !said {
        return Err(Refusal::new(Refused::Invalid, Reason::ReasonRequired).at_field("reason"));
    }
    Ok(ix)
}

/// A system with an extra approver, or fulfilled by hand, is changed by request only, in every scheme.
pub(super) fn needs_request(system: &System) -> bool {
    system.extra_approver || matches!(system.fulfilment, Fulfilment::ByHand(_))
}

pub(super) fn grant(draft: &mut Draft<'_>, subject: &Subject, spec: &GrantSpec) -> Judged {
    let system = judged(draft, subject, &spec.system, spec.reason.as_deref())?;
    check_interval(spec.starts_at, spec.ends_at, draft.now)?;
    if held(draft, subject, system).is_some() {
        return Err(Refusal::precondition(Reason::AlreadyInGroup));
    }
    let grant =
        Grant { system, state: AssignmentState::Live, starts_at: spec.starts_at, ends_at: spec.ends_at };
    let ix = subject.known()?;
    draft.edit_access(ix, |access| {
        access.grants.retain(|g| g.system != system);
        access.grants.push(grant);
    });
    draft.edit_notes(&subject.id, |notes| {
        notes.grants.remove(&system);
    });
    note_reason(draft, subject, system, spec);
    Ok(())
}

fn held(draft: &Draft<'_>, subject: &Subject, system: SystemIx) -> Option<Grant> {
    let user = draft.state.world.user(subject.ix?)?;
    user.grants().iter().find(|g| g.system == system && g.held(draft.now)).cloned()
}

fn edit(draft: &mut Draft<'_>, subject: &Subject, system: SystemIx, edit: impl FnOnce(&mut Grant)) -> Judged {
    let ix = subject.known()?;
    draft.edit_access(ix, |access| {
        if let Some(grant) = access.grants.iter_mut().find(|g| g.system == system) {
            edit(grant);
        }
    });
    Ok(())
}

fn held_or_refused(draft: &Draft<'_>, subject: &Subject, system: SystemIx) -> Judged<Grant> {
    held(draft, subject, system).ok_or_else(|| Refusal::new(Refused::NotFound, Reason::NotHeld))
}

pub(super) fn amend_grant(draft: &mut Draft<'_>, subject: &Subject, spec: &GrantSpec) -> Judged {
    let system = judged(draft, subject, &spec.system, spec.reason.as_deref())?;
    held_or_refused(draft, subject, system)?;
    check_interval(spec.starts_at, spec.ends_at, draft.now)?;
    note_reason(draft, subject, system, spec);
    edit(draft, subject, system, |grant| {
        grant.starts_at = spec.starts_at;
        grant.ends_at = spec.ends_at;
    })
}

/// Keeps why a grant is what it is; what is said of it last counts.
fn note_reason(draft: &mut Draft<'_>, subject: &Subject, system: SystemIx, spec: &GrantSpec) {
    let reason = spec.reason.clone().or_else(|| draft.command.reason.clone());
    if let Some(reason) = reason {
        draft.edit_notes(&subject.id, |notes| {
            notes.grants.insert(system, reason);
        });
    }
}

pub(super) fn suspend_grant(
    draft: &mut Draft<'_>,
    subject: &Subject,
    system: &str,
    from: Option<Instant>,
    until: Option<Instant>,
) -> Judged {
    let system = judged(draft, subject, system, None)?;
    let grant = held_or_refused(draft, subject, system)?;
    let state = suspended_over(&grant.state, from, until, draft.now)?;
    edit(draft, subject, system, |grant| grant.state = state)
}

pub(super) fn reinstate_grant(draft: &mut Draft<'_>, subject: &Subject, system: &str) -> Judged {
    let system = judged(draft, subject, system, None)?;
    let grant = held_or_refused(draft, subject, system)?;
    if !is_suspended(&grant.state, draft.now) {
        return Err(Refusal::precondition(Reason::NothingToChange));
    }
    edit(draft, subject, system, |grant| grant.state = AssignmentState::Live)
}

pub(super) fn end_grant(
    draft: &mut Draft<'_>,
    subject: &Subject,
    system: &str,
    at: Option<Instant>,
) -> Judged {
    let system = judged(draft, subject, system, None)?;
    let grant = held_or_refused(draft, subject, system)?;
    let at = at.unwrap_or(draft.now);
    if at < draft.now || grant.ends_at.is_some_and(|end| at > end) {
        return Err(Refusal::new(Refused::Invalid, Reason::BadInterval).at_field("at"));
    }
    edit(draft, subject, system, |grant| grant.ends_at = Some(at))
}
