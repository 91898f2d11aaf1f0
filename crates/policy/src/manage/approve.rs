//! Approving a request: its changes are judged with its approvers as actors.
//!
//! `request.approve` stands in place of the right that a change would need, switched on where the role says `switch`, and what
//! the approvers reach, they reach together. Everything else is asked of each: rules 1, 2, 5, 5b, and 6 for what each approves. A request puts those it is
//! about in sight of who approves it.

use bailiwick_membership::{UnitIx, UserIx};

use super::{Actor, Level, Right};

impl<'w> Actor<'w> {
    /// The same actor as one of those who approve a request together; with nobody, as one who acts by themselves. Who is not among
    /// those who approve has nothing of it to approve.
    #[must_use]
    pub fn approving(self, together: &'w [UserIx]) -> Self {
        Self { together, ..self }
    }

    /// Whether the actor approves a request, and does not act by themselves.
    #[must_use]
    pub fn is_approving(&self) -> bool {
        !self.together.is_empty()
    }

    /// Whether what touches a unit is this actor's to approve: their own `request.approve` covers it. Of who acts by
    /// themselves, everything they do.
    #[must_use]
    pub fn approves_at(&self, unit: UnitIx) -> bool {
        if !self.is_approving() {
            return true;
        }
        let Some(own) = self.together.iter().position(|&ix| ix == self.ix) else { return false };
        let alone = self.together.get(own..=own).unwrap_or_default();
        let right = Right::Of(self.scheme.core().request_approve);
        self.approving(alone).covering(right, Level::Manage, unit).is_some()
    }

    /// Everybody who approves, as part of the same whole; who acts by themselves is alone.
    pub fn together(&self) -> impl Iterator<Item = Self> + use<'w> {
        let (actor, whole) = (*self, self.together);
        let alone = whole.is_empty().then_some(actor);
        alone.into_iter().chain(whole.iter().filter_map(move |&ix| actor.another(ix, whole)))
    }

    /// Everybody who approves, each for themselves: what one of them reaches without the others.
    pub fn each(&self) -> impl Iterator<Item = Self> + use<'w> {
        let actor = *self;
        let alone = self.together.is_empty().then_some(actor);
        let each = self.together.chunks(1).filter_map(move |one| actor.another(*one.first()?, one));
        alone.into_iter().chain(each)
    }

    /// In whose name something is done: of those who approve, the first whose lowest rank is the highest.
    #[must_use]
    pub fn foremost(&self) -> Self {
        let later_is_higher = |a: Self, b: Self| if b.lowest() > a.lowest() { b } else { a };
        self.together().reduce(later_is_higher).unwrap_or(*self)
    }

    fn another(self, ix: UserIx, together: &'w [UserIx]) -> Option<Self> {
        let user = self.world.user(ix).filter(|user| user.is_active())?;
        Some(Self { ix, user, together, ..self })
    }

    /// The right that is asked for another. A clearance, and what makes a person who they are, is no request's to change:
    /// those rights stay.
    pub(super) fn right_asked(&self, right: Right) -> Right {
        let core = self.scheme.core();
        match right {
            Right::Of(cap) if self.is_approving() && cap != core.clearance_set => {
                Right::Of(core.request_approve)
            }
            Right::Of(_) | Right::Identity => right,
        }
    }

    /// What somebody who approves finds, first; or who acts by themselves.
    pub(super) fn by_any<T>(&self, find: impl Fn(&Self) -> Option<T>) -> Option<T> {
        if self.together.len() <= 1 {
            return find(self);
        }
        self.each().find_map(|actor| find(&actor))
    }
}
