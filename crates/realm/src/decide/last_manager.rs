//! The last manager: no change by a user leaves a root that had one without an active user who manages all of it, for
//! good, at a lowest rank not below the best before.

use std::collections::BTreeSet;

use bailiwick_membership::{Scope, UnitIx, UserIx};
use bailiwick_policy::Reason;
use bailiwick_policy::manage::{Actor as PolicyActor, Level, Right};
use bailiwick_policy::scheme::Rank;

use super::Judged;
use super::draft::Draft;
use super::user::is_suspended;
use crate::command::Actor;
use crate::refusal::Refusal;
use crate::state::State;

pub(super) fn remains(draft: &Draft<'_>) -> Judged {
    if draft.command.actor == Actor::Operator && draft.command.may_remove_last_manager {
        return Ok(());
    }
    let roots = roots_to_look_at(draft);
    for root in roots {
        let Some(best) = best_manager(draft.before, root, draft) else { continue };
        if best_manager(&draft.state, root, draft).is_none_or(|after| after < best) {
            return Err(Refusal::precondition(Reason::LastManager));
        }
    }
    Ok(())
}

/// The roots whose managers a command may have touched: those at which a touched user held something before; all,
/// where units or rules changed.
fn roots_to_look_at(draft: &Draft<'_>) -> BTreeSet<UnitIx> {
    let before = &draft.before.world;
    let is_root = |unit: &UnitIx| before.node(*unit).is_some_and(|n| n.unit.parents.is_empty());
    if draft.graph_changed {
        return before.units().map(|(ix, _)| ix).filter(is_root).collect();
    }
    let touched = draft.touched_users().iter().filter_map(|id| before.user(before.user_ix(id.as_str())?));
    touched.flat_map(|user| user.assignments()).map(|a| a.unit).filter(is_root).collect()
}

/// The best lowest rank among the active users whose effective `user.manage` covers all of a root, without an end and
/// without a suspension to come.
fn best_manager(state: &State, root: UnitIx, draft: &Draft<'_>) -> Option<Rank> {
    let now = draft.now;
    state.world.holders(root).filter_map(|user| manages_for_good(state, user, root, now)).max()
}

fn manages_for_good(
    state: &State,
    user: UserIx,
    root: UnitIx,
    now: bailiwick_identity::Instant,
) -> Option<Rank> {
    let (world, scheme) = (&state.world, &*state.scheme);
    let id = world.user_id(user)?;
    let actor = PolicyActor::find(world, scheme, id.as_str(), now).ok()?;
    let right = Right::Of(scheme.core().user_manage);
    let for_good = actor.passing(right, Level::Manage).any(|a| {
        a.unit == root
            && a.options.scope == Scope::All
            && a.options.ends_at.is_none()
            && !is_suspended(&a.options.state, now)
    });
    if for_good { actor.lowest() } else { None }
}
