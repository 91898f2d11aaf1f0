//! Whom may this user see or manage, and who may see or manage this user: what `check` answers of users, as lists.
//!
//! Every user who comes into question is asked about by the rules of a single question (`manage`); this file only
//! knows where to look for them. A list stands in the order in which users came into being, which never changes.

use bailiwick_identity::Instant;
use bailiwick_membership::{RoleIx, Scope, UnitIx, UserIx, World};

use crate::check::Deciding;
use crate::manage::sight::rights;
use crate::manage::{Actor, Level, Other, ReachNeeded, Right};
use crate::reason::Reason;
use crate::scheme::{CapIx, Scheme};

/// So many users are asked about for one page; then the page ends, and says where to go on.
const MOST_ASKED: usize = 20_000;

/// What is done to a user, of what is a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToUser {
    /// `user.view`: the row *see*, or oneself.
    View,
    /// `user.manage`: rules 2 to 5 with part reach.
    Manage,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// After this user; unset: from the beginning.
    pub after: Option<UserIx>,
    /// At most so many.
    pub limit: usize,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// In the order in which the users came into being; with the assignment of the one who acts that decides, and none
    /// for oneself.
    pub users: Vec<(UserIx, Option<Deciding>)>,
    /// Where to go on: after this user. Unset: that is all.
    pub next: Option<UserIx>,
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
        let level = what.level();
        let passing =
            || what.rights(self.scheme).into_iter().flat_map(move |right| self.passing(right, level));
        // What is in reach stands at or below a unit where the right is held, or has its home there.
        let roots = passing().flat_map(|mine| match &mine.options.scope {
            Scope::All => vec![mine.unit],
            Scope::Only(chosen) => chosen.to_vec(),
        });
        let around = self.world.subtrees(roots);
        let near = around.flat_map(|unit| self.world.holders(unit).chain(self.world.at_home(unit)));
        // Beside a scope, in reach are those restricted themselves, to no more.
        let beside = passing().filter(|mine| mine.options.scope != Scope::All).map(|mine| mine.unit);
        let beside = self.world.subtrees(beside).flat_map(|unit| self.world.holders(unit));
        let near = near.chain(beside.filter(|&user| self.is_restricted(user))).chain([self.ix]);
        gather(near.filter(|&user| wanted(user)), most)
    }

    /// Whether somebody holds something that reaches chosen units only.
    fn is_restricted(&self, user: UserIx) -> bool {
        let user = self.world.user(user);
        user.is_some_and(|user| user.assignments().any(|theirs| theirs.options.scope != Scope::All))
    }
}

impl ToUser {
    fn level(self) -> Level {
        match self {
            Self::View => Level::View,
            Self::Manage => Level::Manage,
        }
    }

    fn rights(self, scheme: &Scheme) -> Vec<Right> {
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

/// Whom a subject may see or manage; nobody, for a subject who is unknown or disabled.
#[must_use]
pub fn whom(world: &World, scheme: &Scheme, subject: &str, what: ToUser, part: Part, now: Instant) -> Listed {
    let Ok(actor) = Actor::find(world, scheme, subject, now) else { return Listed::NOBODY };
    // Rule 5: who holds nothing ranked manages nobody.
    if what == ToUser::Manage && actor.lowest().is_none() {
        return Listed::NOBODY;
    }
    let to_come = |user| part.after.is_none_or(|after| user > after);
    let near = actor.in_question(what, most_gathered(world), to_come);
    page(world, near, part, |user| actor.may_do(what, Some(user)).ok())
}

/// Who may see or manage a user; nobody, for one who is unknown.
#[must_use]
pub fn who(world: &World, scheme: &Scheme, other: &str, what: ToUser, part: Part, now: Instant) -> Listed {
    let Some(ix) = world.user_ix(other) else { return Listed::NOBODY };
    let Some(user) = world.user(ix) else { return Listed::NOBODY };
    // Who reaches something stands at its unit or above it.
    let places = user.assignments().filter(|a| a.held(now)).map(|a| a.unit).chain([user.home()]);
    let mut above: Vec<UnitIx> =
        places.filter_map(|unit| world.node(unit)).flat_map(|node| node.with_ancestors()).copied().collect();
    above.sort_unstable();
    above.dedup();
    let to_come = |user: &UserIx| part.after.is_none_or(|after| *user > after);
    let carries = |actor: &UserIx| {
        let user = world.user(*actor);
        user.is_some_and(|user| user.assignments().any(|mine| what.is_carried(scheme, mine.role)))
    };
    let near = above.into_iter().flat_map(|unit| world.holders(unit)).filter(carries);
    let near = gather(near.chain([ix]).filter(to_come), most_gathered(world));
    page(world, near, part, |actor| {
        let user = world.user(actor).filter(|user| user.is_active())?;
        Actor { world, scheme, ix: actor, user, now }.may_do(what, Some(ix)).ok()
    })
}

impl Listed {
    const NOBODY: Self = Self { users: Vec::new(), next: None };
}

/// Beyond so many, everybody is asked about, in order: whoever lists them wants a small part.
fn most_gathered(world: &World) -> usize {
    (world.user_count() / 8).max(1_000)
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

/// A page of those whom `asked` allows, of some users or of all.
fn page(
    world: &World,
    some: Option<Vec<UserIx>>,
    part: Part,
    asked: impl Fn(UserIx) -> Option<Option<Deciding>>,
) -> Listed {
    match some {
        Some(users) => {
            let from = part.after.map_or(0, |after| users.partition_point(|&user| user <= after));
            fill(users.get(from..).unwrap_or_default().iter().copied(), part.limit, asked)
        }
        None => {
            let all = u32::try_from(world.user_count()).unwrap_or(u32::MAX);
            let from = part.after.map_or(0, |after| after.0.saturating_add(1));
            fill((from..all).map(UserIx), part.limit, asked)
        }
    }
}

fn fill(
    users: impl Iterator<Item = UserIx>,
    limit: usize,
    asked: impl Fn(UserIx) -> Option<Option<Deciding>>,
) -> Listed {
    let mut listed = Listed::NOBODY;
    let mut last = None;
    for (count, user) in users.enumerate() {
        if listed.users.len() == limit || count == MOST_ASKED {
            listed.next = last;
            return listed;
        }
        last = Some(user);
        listed.users.extend(asked(user).map(|by| (user, by)));
    }
    listed
}

#[cfg(test)]
mod tests {
    use bailiwick_identity::{UnitId, UserId};
    use bailiwick_membership::{Access, KindIx, Unit};

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

    /// A world of so many users at one unit.
    fn world(count: u32) -> World {
        let mut world = World::new();
        let home = world.put_unit(Unit {
            id: UnitId::parse("home").unwrap(),
            kind: KindIx(0),
            parents: Vec::new(),
            name: String::new(),
            description: String::new(),
            archived: false,
            placeholder: false,
        });
        for number in 0..count {
            let id = UserId::parse(&format!("u-{number}")).unwrap();
            world.put_access(&id, Access::new(home));
        }
        world
    }

    /// Pages of everybody, and of some who are everybody, are the same.
    #[test]
    fn pages_of_some_and_of_all_go_on_where_the_last_one_ended() {
        let world = world(50);
        let odd = |user: UserIx| (user.0 % 2 == 1).then_some(None);
        for some in [None, Some((0..50).map(UserIx).collect::<Vec<_>>())] {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let listed = page(&world, some.clone(), Part { after, limit: 7 }, odd);
                assert!(listed.users.len() <= 7);
                found.extend(listed.users.iter().map(|(user, _)| user.0));
                after = listed.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, (0..50).filter(|n| n % 2 == 1).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_page_ends_after_so_many_and_says_where_it_goes_on() {
        let most = u32::try_from(MOST_ASKED).unwrap();
        let listed = fill((0..most + 5).map(UserIx), 10, |_| None);
        assert_eq!(listed, Listed { users: Vec::new(), next: Some(UserIx(most - 1)) });
        let rest = fill((most..most + 5).map(UserIx), 10, |user| Some(user).map(|_| None));
        assert_eq!((rest.users.len(), rest.next), (5, None));
    }
}
