//! Questions about another user: may the subject see them, may the subject manage them?

use super::{Answer, Asking, Deciding};
use crate::manage::{Actor, Other, ReachNeeded, Right};
use crate::reason::Reason;
use crate::scheme::ClassSet;

impl Asking<'_> {
    /// `user.view`: the rules of sight, or oneself. `user.manage`: the rules of management with part reach. No other
    /// capability over users is a question; what else a change needs, trying it without effect tells.
    pub(super) fn about_user(&self, other: &str) -> Answer {
        let core = self.scheme.core();
        let actor =
            Actor { world: self.world, scheme: self.scheme, ix: self.ix, user: self.user, now: self.now };
        let other = self.world.user_ix(other);
        let verdict = if self.cap == core.user_view {
            if other == Some(self.ix) {
                return Answer::allowed(None);
            }
            actor.may_see(other.and_then(|ix| Other::as_held(self.world, ix)))
        } else if self.cap == core.user_manage {
            actor.may_manage(other, Right::Of(core.user_manage), ReachNeeded::Part)
        } else {
            Err(Reason::RoleLacksCapability)
        };
        match verdict {
            Ok(assignment) => Answer::allowed(Some(Deciding::of(&assignment))),
            Err(reason) => Answer::denied(reason, ClassSet::EMPTY),
        }
    }
}
