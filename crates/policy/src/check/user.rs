//! Questions about another user: may the subject see them, may the subject manage them?

use bailiwick_membership::UserIx;

use super::{Answer, Asking};
use crate::list::ToUser;
use crate::manage::Actor;
use crate::reason::Reason;
use crate::scheme::ClassSet;

impl Asking<'_> {
    /// `user.view`: the rules of sight, or oneself. `user.manage`: the rules of management with part reach. No other
    /// capability over users is a question; what else a change needs, trying it without effect tells.
    pub(super) fn about_user(&self, other: Option<UserIx>) -> Answer {
        let actor =
            Actor { world: self.world, scheme: self.scheme, ix: self.ix, user: self.user, now: self.now };
        let verdict = match ToUser::of(self.scheme, self.cap) {
            Some(what) => actor.may_do(what, other),
            None => Err(Reason::RoleLacksCapability),
        };
        match verdict {
            Ok(by) => Answer::allowed(by),
            Err(reason) => Answer::denied(reason, ClassSet::EMPTY),
        }
    }
}
