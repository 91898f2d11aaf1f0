//! Questions about another user: may the subject see them, may the subject manage them?

use bailiwick_membership::{AssignmentRef, UserIx};

use super::obstacle::{Attempt, Obstacle, Part, Witness};
use super::{Answer, Asking, Deciding};
use crate::list::ToUser;
use crate::manage::reach::in_reach;
use crate::manage::{Actor, Other};
use crate::reason::Reason;
use crate::scheme::ClassSet;

impl Asking<'_> {
    /// `user.view`: the rules of sight, or oneself. `user.manage`: the rules of management with part reach. No other
    /// capability over users is a question; what else a change needs, trying it without effect tells.
    pub(super) fn about_user<W: Witness>(&self, other: Option<UserIx>, witness: &mut W) -> Answer {
        let actor = Actor::alone(self.world, self.scheme, (self.ix, self.user), self.now);
        let what = ToUser::of(self.scheme, self.cap);
        if let (Some(what), true) = (what, W::TRIES_ALL) {
            actor.try_each(what, other, witness);
        }
        let verdict = match what {
            Some(what) => actor.may_do(what, other),
            None => Err(Reason::RoleLacksCapability),
        };
        match verdict {
            Ok(by) => Answer::allowed(by),
            Err(reason) => Answer::denied(reason, ClassSet::EMPTY),
        }
    }
}

impl<'w> Actor<'w> {
    /// Tries everything that the actor holds with everything that the other holds: rules 3 and 4, as `may_do` asks them.
    fn try_each(&self, what: ToUser, other: Option<UserIx>, witness: &mut impl Witness) {
        let other = other.and_then(|ix| Other::as_held(self.world, ix));
        if other.is_some_and(|other| {
            other.ix == self.ix || self.not_self(other.ix).is_err() && what == ToUser::Manage
        }) {
            return;
        }
        for mine in self.user.assignments().filter(|mine| mine.held(self.now)) {
            let by = Deciding::of(&mine);
            let tried = self.try_rights(what, &mine);
            match other.filter(|_| tried.is_ok()) {
                Some(other) => self.try_reach(&mine, &other, witness),
                None => {
                    let nobody = tried.and(Err(Obstacle::NotInReach));
                    witness.saw(Attempt::of(by, Part::Whole, nobody));
                }
            }
        }
    }

    /// Whether an assignment passes rule 3 for one of the rights that let do this.
    fn try_rights(&self, what: ToUser, mine: &AssignmentRef<'w>) -> Result<(), Obstacle> {
        let rights = what.rights(self.scheme);
        let tried = rights.into_iter().map(|right| self.try_right(mine, right, what.level()));
        let (mut furthest, mut passes) = (Obstacle::RoleLacksCapability, false);
        for tried in tried {
            match tried {
                Ok(()) => passes = true,
                Err(obstacle) => furthest = furthest.max(obstacle),
            }
        }
        if passes { Ok(()) } else { Err(furthest) }
    }

    fn try_reach(&self, mine: &AssignmentRef<'w>, other: &Other<'w>, witness: &mut impl Witness) {
        let by = Deciding::of(mine);
        let reached = |yes: bool| if yes { Ok(()) } else { Err(Obstacle::NotInReach) };
        let mut holds_nothing = true;
        for theirs in other.user.assignments().filter(|theirs| theirs.held(self.now)) {
            holds_nothing = false;
            let tried = reached(in_reach(self.world, mine, &theirs));
            witness.saw(Attempt::of(by, Part::Held(theirs.number, theirs.unit), tried));
        }
        if holds_nothing {
            let tried = reached(mine.covers(self.world, other.home));
            witness.saw(Attempt::of(by, Part::Home(other.home), tried));
        }
    }
}
