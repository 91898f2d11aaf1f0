//! The ranks that an answer compares.

use bailiwick_membership::{SystemIx, UserIx, UserRef};

use crate::check::{Asking, Deciding, Found};
use crate::holding::rank_held;
use crate::list::ToUser;
use crate::manage::Other;
use crate::scheme::{Gap, Rank};

/// A rank, and the assignment that has it; of several, the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranked {
    /// The rank.
    pub rank: Rank,
    /// The assignment.
    pub by: Deciding,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Rule 5 of managing somebody: lowest must be at least highest, plus the gap.
    Users {
        /// The subject's lowest, over everything held; with none, they manage nobody.
        lowest: Option<Ranked>,
        /// The other's highest, over everything held; with none, it is below every rank.
        highest: Option<Ranked>,
        /// What is asked beyond.
        gap: Gap,
    },
    /// Use of a system by a grant: highest must be at least the minimum.
    System {
        /// The subject's highest, of what is effective.
        highest: Option<Ranked>,
        /// The system's minimum.
        minimum: Rank,
    },
}

/// The ranks that matter to a question; nothing where none does.
pub(super) fn compared(asking: &Asking<'_>, found: Found) -> Option<Compared> {
    match found {
        Found::User(other) => users(asking, other?),
        Found::System(system) => of_system(asking, system),
        Found::Unit(_) | Found::Customer(..) => None,
    }
}

fn users(asking: &Asking<'_>, other: UserIx) -> Option<Compared> {
    let manages = ToUser::of(asking.scheme, asking.cap) == Some(ToUser::Manage) && other != asking.ix;
    let other = Other::as_held(asking.world, other).filter(|_| manages)?;
    let lowest = ranked(asking, asking.user).min_by_key(|ranked| (ranked.rank, ranked.by.number));
    let highest = ranked(asking, other.user).max_by_key(|r| (r.rank, std::cmp::Reverse(r.by.number)));
    Some(Compared::Users { lowest, highest, gap: asking.scheme.gap() })
}

fn of_system(asking: &Asking<'_>, system: SystemIx) -> Option<Compared> {
    let minimum = asking.scheme.system(system)?.minimum_rank?;
    if asking.cap != asking.scheme.core().system_use {
        return None;
    }
    let effective = asking.held().filter(|held| asking.in_effect(held).is_ok());
    let effective = effective
        .filter_map(|held| Some(Ranked { rank: asking.scheme.rank(held.role)?, by: Deciding::of(&held) }));
    let highest = effective.max_by_key(|r| (r.rank, std::cmp::Reverse(r.by.number)));
    Some(Compared::System { highest, minimum })
}

/// The ranks that a user holds.
fn ranked(asking: &Asking<'_>, user: UserRef<'_>) -> impl Iterator<Item = Ranked> {
    user.assignments().filter_map(|held| {
        let rank = rank_held(asking.scheme, &held, asking.now)?;
        Some(Ranked { rank, by: Deciding::of(&held) })
    })
}
