//! Disabling and enabling a user, and where they belong.

use bailiwick_identity::UnitId;
use bailiwick_membership::{
    Assignment, AssignmentState, Disabled, Standing, Suspension, SuspensionCause, SystemIx, UnitIx,
};
use bailiwick_policy::manage::{Actor, Level, ReachNeeded, Right, Where};
use bailiwick_policy::scheme::ByRequest;
use bailiwick_policy::{Reason, lowest};

use super::assign::caseload_bound;
use super::{Judged, Subject, as_ref, system};
use crate::decide::draft::Draft;
use crate::decide::judge::{Asked, Judge, Reach, Rules, Unranked};
use crate::event::Effect;
use crate::refusal::Refusal;

pub(super) fn disable(draft: &mut Draft<'_>, subject: &Subject) -> Judged {
    let judge = draft.judge()?;
    judge.ask(
        subject.other(draft),
        &Rules {
            right: Right::Of(judge.scheme.core().user_manage),
            reach: Reach::Of(ReachNeeded::WholeOrHome),
            lowers_lowest: false,
            rank: Asked::Yes,
            unranked: Unranked::AllOrThroughHome,
        },
    )?;
    let by = judge.actor.map(|actor| actor.foremost());
    let by_lowest = by.and_then(|actor| actor.lowest()).map(|rank| rank.0);
    let by = by.map(|actor| actor.ix());
    let ix = subject.known()?;
    if standing(draft, subject) != Some(Standing::Active) {
        return Err(Refusal::precondition(Reason::NothingToChange));
    }
    let disabled = Disabled { at: draft.now, by, by_lowest };
    draft.edit_access(ix, |access| access.standing = Standing::Disabled(disabled));
    let reason = draft.command.reason.clone();
    draft.edit_notes(&subject.id, |notes| notes.disabled = reason);
    Ok(())
}

fn standing(draft: &Draft<'_>, subject: &Subject) -> Option<Standing> {
    draft.state.world.user(subject.ix?).map(|user| user.access().standing)
}

pub(super) fn enable(draft: &mut Draft<'_>, subject: &Subject) -> Judged {
    let judge = draft.judge()?;
    judge.ask(
        subject.other(draft),
        &Rules {
            right: Right::Of(judge.scheme.core().user_manage),
            reach: Reach::Of(ReachNeeded::WholeOrHome),
            lowers_lowest: false,
            rank: Asked::Yes,
            unranked: Unranked::NotAsked,
        },
    )?;
    match standing(draft, subject) {
        Some(Standing::Disabled(disabled)) => {
            may_undo(&judge, &disabled)?;
            reactivate(draft, subject)
        }
        Some(Standing::Active | Standing::Erased(_)) | None => {
            Err(Refusal::precondition(Reason::NothingToChange))
        }
    }
}

/// Adding a disabled user to a unit enables them, where the scheme says so and the actor may enable there: what the kind asks
/// of who adds may be another right. Otherwise they stay disabled.
pub(super) fn enable_by_add(draft: &mut Draft<'_>, subject: &Subject, added: UnitIx) -> Judged {
    let Some(Standing::Disabled(disabled)) = standing(draft, subject) else { return Ok(()) };
    if !draft.state.scheme.users().enabled_by_add || !may_enable_at(&draft.judge()?, added) {
        return Ok(());
    }
    may_undo(&draft.judge()?, &disabled)?;
    reactivate(draft, subject)?;
    draft.effects.push(Effect::Enabled { user: subject.id.clone() });
    Ok(())
}

fn may_enable_at(judge: &Judge<'_>, unit: UnitIx) -> bool {
    let right = Right::Of(judge.scheme.core().user_manage);
    let enables = |actor: &Actor<'_>| actor.covering(right, Level::Manage, unit).is_some();
    let asked = |actor: &Actor<'_>| actor.is_approving() || !judge.scheme.by_request(ByRequest::Enable);
    judge.actor.as_ref().is_none_or(|actor| enables(actor) && asked(actor))
}

/// Who was disabled by somebody of higher lowest rank is not enabled by this actor. The disabler's rank counts as it is,
/// and as it was: losing a rank since undoes nothing.
fn may_undo(judge: &Judge<'_>, disabled: &Disabled) -> Judged {
    let Some(actor) = &judge.actor else { return Ok(()) };
    let disabler = disabled.by.and_then(|by| judge.world.user(by));
    let present = disabler.and_then(|user| lowest(judge.scheme, user, judge.now)).map(|rank| rank.0);
    let mine = actor.lowest().map(|rank| rank.0);
    if present.max(disabled.by_lowest) > mine { Err(Refusal::denied(Reason::RankTooLow)) } else { Ok(()) }
}

/// What enabling must leave without effect.
struct Left {
    assignments: Vec<u32>,
    grants: Vec<SystemIx>,
    reporting_role: bool,
}

/// Makes a user active. Only what the enabler covers and may hand out becomes effective; everything else is suspended
/// until somebody who covers it reinstates it.
fn reactivate(draft: &mut Draft<'_>, subject: &Subject) -> Judged {
    let left = left_without_effect(draft, subject)?;
    let ix = subject.known()?;
    let open = AssignmentState::Suspended(Suspension::open(SuspensionCause::ReactivatedElsewhere));
    draft.edit_access(ix, |access| {
        access.standing = Standing::Active;
        for a in access.assignments.iter_mut().filter(|a| left.assignments.contains(&a.number)) {
            a.options.state = open;
        }
        for grant in access.grants.iter_mut().filter(|g| left.grants.contains(&g.system)) {
            grant.state = open;
        }
        if left.reporting_role {
            access.reporting_role = None;
        }
    });
    draft.edit_notes(&subject.id, |notes| notes.disabled = None);
    let user = &subject.id;
    let assignments = left.assignments.iter().map(|&number| (user.clone(), number));
    draft.effects.extend(assignments.map(|(user, number)| Effect::ReactivatedElsewhere { user, number }));
    let grants = left.grants.iter().map(|&system| (user.clone(), system));
    draft.effects.extend(grants.map(|(user, system)| Effect::GrantReactivatedElsewhere { user, system }));
    if left.reporting_role {
        draft.effects.push(Effect::ReportingRoleCleared { user: user.clone() });
    }
    Ok(())
}

fn left_without_effect(draft: &Draft<'_>, subject: &Subject) -> Judged<Left> {
    let judge = draft.judge()?;
    let mut left = Left { assignments: Vec::new(), grants: Vec::new(), reporting_role: false };
    let Some(other) = subject.other(draft) else { return Ok(left) };
    if judge.actor.is_none() {
        return Ok(left);
    }
    let access = other.user.access();
    let indefinitely = |state: &AssignmentState| match state {
        AssignmentState::Live => false,
        AssignmentState::Suspended(s) => s.until.is_none() && s.from.is_none_or(|from| from <= draft.now),
    };
    for assignment in access.assignments.iter().filter(|a| a.options.held(draft.now)) {
        if !indefinitely(&assignment.options.state) && !gives(&judge, assignment) {
            left.assignments.push(assignment.number);
        }
    }
    for grant in access.grants.iter().filter(|g| g.held(draft.now) && !indefinitely(&g.state)) {
        let system = judge.scheme.system(grant.system).filter(|system| !system::needs_request(system));
        let right = system.map(|system| Right::Of(system.grant_right));
        let all_give = |right, actor: Actor<'_>| {
            actor.together().all(|one| one.may_hand_out_all_held(other.user, right, Where::There).is_ok())
        };
        let gives =
            |right| judge.whole(&other, right) && judge.actor.is_none_or(|actor| all_give(right, actor));
        if !right.is_some_and(gives) {
            left.grants.push(grant.system);
        }
    }
    let may_set = |role| {
        let mut judges = judge.actor.into_iter().flat_map(|actor| actor.together());
        judges.all(|actor| {
            let judge = Judge { actor: Some(actor), ..judge };
            system::judge_reporting_role(&judge, draft, subject, Some(role)).is_ok()
        })
    };
    left.reporting_role = access.reporting_role.is_some_and(|role| !may_set(role));
    Ok(left)
}

/// Whether the enabler covers an assignment and may hand its role out there; of those who approve together, one of them.
fn gives(judge: &Judge<'_>, assignment: &Assignment) -> bool {
    let right = judge.kind_right(assignment.unit);
    let one_gives = |actor: Actor<'_>| {
        actor.reaching(right, Level::Manage, &as_ref(assignment)).is_some()
            && actor.may_hand_out(assignment.role, assignment.unit, right, Where::There).is_ok()
            && caseload_bound(&Judge { actor: Some(actor), ..*judge }, assignment).is_ok()
    };
    judge.actor.is_none_or(|actor| actor.each().any(one_gives))
}

/// The home unit: both the old and the new one are covered.
pub(super) fn set_home(draft: &mut Draft<'_>, subject: &Subject, unit: &UnitId) -> Judged {
    let home = {
        let judge = draft.judge()?;
        let other = subject.other(draft);
        let present = other.map(|o| o.user.home());
        let wanted = judge.find_unit(unit);
        // A unit that is not there is covered by nobody.
        let units: Vec<_> = present.into_iter().chain([wanted.unwrap_or(UnitIx(u32::MAX))]).collect();
        judge.ask(
            other,
            &Rules {
                right: Right::Of(judge.scheme.core().user_manage),
                reach: Reach::Units(&units),
                lowers_lowest: false,
                rank: Asked::Yes,
                unranked: Unranked::NotAsked,
            },
        )?;
        let wanted = wanted.ok_or_else(|| judge.unknown_unit())?;
        if present == Some(wanted) {
            return Err(Refusal::precondition(Reason::NothingToChange));
        }
        wanted
    };
    let ix = subject.known()?;
    draft.edit_access(ix, |access| access.home = home);
    Ok(())
}
