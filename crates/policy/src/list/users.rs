//! Whom may a subject see or manage, and who may see or manage this user?
//!
//! A user is reached through what they hold, or through their home: so those who come into question stand at or below
//! what the subject covers, and those who could reach a user at or above what the user holds.

use bailiwick_identity::Instant;
use bailiwick_membership::{RoleIx, Scope, UnitIx, UserIx, World};

use super::Rows;
use super::merge::merge;
use super::subjects::Carrying;
use crate::check::Deciding;
use crate::holding::{highest, lowest};
use crate::manage::sight::rights;
use crate::manage::{Actor, Level, Other, ReachNeeded, Right, suffices};
use crate::reason::Reason;
use crate::scheme::{CapIx, Rank, Scheme};

/// So many units are read side by side. Who reaches more is asked about everybody, in order: most are in reach.
const MOST_OPENED: usize = 20_000;

/// What is done to a user, of what is a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToUser {
    /// `user.view`: the row *see*, or oneself.
    View,
    /// `user.manage`: rules 2 to 5 with part reach.
    Manage,
}

impl ToUser {
    /// What a capability over users stands for; nothing where it is no question.
    #[must_use]
    pub fn of(scheme: &Scheme, cap: CapIx) -> Option<Self> {
        let core = scheme.core();
        if cap == core.user_view {
            Some(Self::View)
        } else if cap == core.user_manage {
            Some(Self::Manage)
        } else {
            None
        }
    }
}

impl<'w> Actor<'w> {
    /// Whether the actor may do this to a user, as a question is answered. Tells the assignment that decides; none for
    /// oneself.
    ///
    /// # Errors
    /// The first rule that refuses.
    pub fn may_do(&self, what: ToUser, other: Option<UserIx>) -> Result<Option<Deciding>, Reason> {
        let by = match what {
            ToUser::View if other == Some(self.ix) => return Ok(None),
            ToUser::View => self.may_see(other.and_then(|ix| Other::as_held(self.world, ix))),
            ToUser::Manage => {
                self.may_manage(other, Right::Of(self.scheme.core().user_manage), ReachNeeded::Part)
            }
        };
        by.map(|by| Some(Deciding::of(&by)))
    }

    /// Everybody of interest whom the actor could see, and some whom they do not: ascending, each once. Nothing where
    /// these are more than `most`.
    #[must_use]
    pub fn who_may_be_seen(&self, most: usize, wanted: impl Fn(UserIx) -> bool) -> Option<Vec<UserIx>> {
        self.in_question(ToUser::View, most, wanted)
    }

    /// Everybody of interest to whom the actor could do this, the actor among them.
    fn in_question(&self, what: ToUser, most: usize, wanted: impl Fn(UserIx) -> bool) -> Option<Vec<UserIx>> {
        let Tops { around, beside } = self.tops(what);
        let around = self.world.subtrees(around);
        let near = around.flat_map(|unit| self.world.holders(unit).chain(self.world.at_home(unit)));
        let beside = self.world.subtrees(beside).flat_map(|unit| self.world.holders(unit));
        let near = near.chain(beside.filter(|&user| self.is_restricted(user))).chain([self.ix]);
        gather(near.filter(|&user| wanted(user)), most)
    }

    /// Under which units those stand whom the actor could reach.
    fn tops(&self, what: ToUser) -> Tops {
        let level = what.level();
        let passing =
            || what.rights(self.scheme).into_iter().flat_map(move |right| self.passing(right, level));
        let around = passing().flat_map(|mine| match &mine.options.scope {
            Scope::All => vec![mine.unit],
            Scope::Only(chosen) => chosen.to_vec(),
        });
        let beside = passing().filter(|mine| mine.options.scope != Scope::All).map(|mine| mine.unit);
        Tops { around: around.collect(), beside: beside.collect() }
    }

    /// Whether somebody holds something that reaches chosen units only.
    fn is_restricted(&self, user: UserIx) -> bool {
        let user = self.world.user(user);
        user.is_some_and(|user| user.assignments().any(|theirs| theirs.options.scope != Scope::All))
    }
}

/// Where to look for those whom somebody could reach.
struct Tops {
    /// What is in reach stands at or below a unit where the right is held, or has its home there.
    around: Vec<UnitIx>,
    /// Beside a scope, in reach are those at or below the unit who are restricted themselves, to no more.
    beside: Vec<UnitIx>,
}

impl ToUser {
    pub(crate) fn level(self) -> Level {
        match self {
            Self::View => Level::View,
            Self::Manage => Level::Manage,
        }
    }

    pub(crate) fn rights(self, scheme: &Scheme) -> Vec<Right> {
        match self {
            Self::View => rights(scheme).collect(),
            Self::Manage => vec![Right::Of(scheme.core().user_manage)],
        }
    }

    /// Whether a role carries what this needs, wherever and however it is held.
    fn is_carried(self, scheme: &Scheme, role: RoleIx) -> bool {
        self.rights(scheme).into_iter().any(|right| match right {
            Right::Of(cap) => !scheme.abilities(role, cap).is_empty(),
            Right::Identity => false,
        })
    }
}

/// Whom an actor may see or manage, of those after one, and some whom they may not.
pub(super) fn whom<'w>(actor: &Actor<'w>, what: ToUser, after: Option<UserIx>) -> Rows<'w, UserIx> {
    // Rule 5: who holds nothing ranked manages nobody.
    if what == ToUser::Manage && actor.lowest().is_none() {
        return Box::new(std::iter::empty());
    }
    let world = actor.world;
    let Tops { around, beside } = actor.tops(what);
    let [around, beside] = [around, beside].map(|tops| {
        let units = world.subtrees(tops).take(MOST_OPENED + 1);
        units.collect::<Vec<UnitIx>>()
    });
    if around.len() > MOST_OPENED || beside.len() > MOST_OPENED {
        return all(world, after);
    }
    let me = *actor;
    let to_come = move |user: &UserIx| after.is_none_or(|after| *user > after);
    let beside = merge(beside.into_iter().map(|unit| world.holders_after(unit, after)));
    let rows: [Rows<'w, UserIx>; 4] = [
        Box::new(merge(around.iter().map(|&unit| world.holders_after(unit, after)))),
        Box::new(merge(around.iter().map(|&unit| world.at_home_after(unit, after)))),
        Box::new(beside.filter(move |&user| me.is_restricted(user))),
        Box::new([actor.ix].into_iter().filter(to_come)),
    ];
    Box::new(merge(rows))
}

/// Rule 5 of managing, asked before anything else: it is soon asked, and leaves few to be asked about reach.
#[derive(Clone, Copy)]
pub(super) struct RankFirst<'w> {
    world: &'w World,
    scheme: &'w Scheme,
    now: Instant,
}

impl<'w> RankFirst<'w> {
    /// Nothing where what is asked is not whom or by whom somebody is managed.
    pub(super) fn of(world: &'w World, scheme: &'w Scheme, cap: CapIx, now: Instant) -> Option<Self> {
        (cap == scheme.core().user_manage).then_some(Self { world, scheme, now })
    }

    /// Whether rule 5 refuses a subject to manage somebody.
    pub(super) fn refuses_whom(self, subject: UserIx) -> impl Fn(UserIx) -> bool + Send + use<'w> {
        let lowest = self.lowest(subject);
        move |other| !suffices(self.scheme, lowest, self.highest(other))
    }

    /// Whether rule 5 refuses somebody to manage a user.
    pub(super) fn refuses_who(self, other: UserIx) -> impl Fn(UserIx) -> bool + Send + use<'w> {
        let highest = self.highest(other);
        move |subject| !suffices(self.scheme, self.lowest(subject), highest)
    }

    fn lowest(self, user: UserIx) -> Option<Rank> {
        self.world.user(user).and_then(|user| lowest(self.scheme, user, self.now))
    }

    fn highest(self, user: UserIx) -> Option<Rank> {
        self.world.user(user).and_then(|user| highest(self.scheme, user, self.now))
    }
}

/// Who may see or manage a user, of those after one, and some who may not.
pub(super) fn who<'w>(
    world: &'w World,
    scheme: &'w Scheme,
    other: UserIx,
    what: ToUser,
    after: Option<UserIx>,
) -> Rows<'w, UserIx> {
    let Some(user) = world.user(other) else { return Box::new(std::iter::empty()) };
    // Who reaches something stands at its unit or above it.
    let places = user.assignments().map(|a| a.unit).chain([user.home()]);
    let above = with_all_above(world, places);
    let carrying = Carrying::of(scheme, |role| what.is_carried(scheme, role));
    let near = carrying.at(world, above, after);
    let to_come = move |user: &UserIx| after.is_none_or(|after| *user > after);
    let rows: [Rows<'w, UserIx>; 2] = [Box::new(near), Box::new([other].into_iter().filter(to_come))];
    Box::new(merge(rows))
}

/// These units and every unit above any of them, each once.
pub(super) fn with_all_above(world: &World, units: impl Iterator<Item = UnitIx>) -> Vec<UnitIx> {
    let mut above: Vec<UnitIx> =
        units.filter_map(|unit| world.node(unit)).flat_map(|node| node.with_ancestors()).copied().collect();
    above.sort_unstable();
    above.dedup();
    above
}

/// Everybody after one.
fn all(world: &World, after: Option<UserIx>) -> Rows<'_, UserIx> {
    let count = u32::try_from(world.user_count()).unwrap_or(u32::MAX);
    Box::new((after.map_or(0, |after| after.0.saturating_add(1))..count).map(UserIx))
}

/// These users, ascending, each once; nothing where they are more than `most`. Stops as soon as that is clear.
#[must_use]
pub fn gather(users: impl Iterator<Item = UserIx>, most: usize) -> Option<Vec<UserIx>> {
    let mut found = Vec::new();
    for user in users {
        found.push(user);
        // Some come twice: they are counted once, and not each time.
        if found.len() > most.saturating_mul(2) {
            once(&mut found);
            if found.len() > most {
                return None;
            }
        }
    }
    once(&mut found);
    (found.len() <= most).then_some(found)
}

fn once(users: &mut Vec<UserIx>) {
    users.sort_unstable();
    users.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(numbers: &[u32]) -> Vec<UserIx> {
        numbers.iter().copied().map(UserIx).collect()
    }

    #[test]
    fn who_comes_twice_is_gathered_once_and_counts_once() {
        let twice = users(&[3, 1, 3, 2, 1, 2, 3]);
        assert_eq!(gather(twice.iter().copied(), 3), Some(users(&[1, 2, 3])));
        assert_eq!(gather(twice.iter().copied(), 2), None);
        assert_eq!(gather([].into_iter(), 0), Some(Vec::new()));
    }

    #[test]
    fn gathering_stops_where_there_are_too_many() {
        let mut looked = 0;
        let endless = (0..).map(UserIx).inspect(|_| looked += 1);
        assert_eq!(gather(endless, 10), None);
        assert!(looked <= 21, "{looked} were looked at");
    }
}
