//! Questions about a system.

use bailiwick_membership::SystemIx;

use super::{Answer, Asking, Deciding};
use crate::reason::Reason;
use crate::scheme::{ClassSet, Rank};

/// How far an entitlement came before it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Entitlement {
    None,
    WithoutEffect,
    RankTooLow,
}

impl Asking<'_> {
    pub(super) fn about_system(&self, system: SystemIx) -> Answer {
        if self.cap == self.scheme.core().system_use { self.use_of(system) } else { self.right_over(system) }
    }

    /// Use: a role with an effective assignment brings it; or a grant is in force, and the highest effective rank is
    /// at least the system's minimum.
    fn use_of(&self, system: SystemIx) -> Answer {
        let mut furthest = Entitlement::None;
        let mut highest_effective: Option<Rank> = None;
        for assignment in self.held() {
            let Some(role) = self.scheme.role(assignment.role) else { continue };
            let in_effect = self.in_effect(&assignment);
            if role.systems.contains(system) {
                if in_effect {
                    return Answer::allowed(Some(Deciding::of(&assignment)));
                }
                furthest = furthest.max(Entitlement::WithoutEffect);
            }
            if in_effect {
                highest_effective = highest_effective.max(role.rank);
            }
        }
        let minimum = self.scheme.system(system).and_then(|s| s.minimum_rank);
        for grant in self.user.grants().iter().filter(|g| g.system == system && g.held(self.now)) {
            if !grant.in_force(self.now) {
                furthest = furthest.max(Entitlement::WithoutEffect);
            } else if minimum > highest_effective {
                furthest = furthest.max(Entitlement::RankTooLow);
            } else {
                return Answer::allowed(None);
            }
        }
        denied(furthest)
    }

    /// Any other capability over a system: an effective assignment's role carries it.
    fn right_over(&self, system: SystemIx) -> Answer {
        let mut furthest = Entitlement::None;
        for (assignment, _) in self.ways().filter(|(_, ability)| ability.systems.contains(system)) {
            if self.in_effect(&assignment) {
                return Answer::allowed(Some(Deciding::of(&assignment)));
            }
            furthest = furthest.max(Entitlement::WithoutEffect);
        }
        denied(furthest)
    }
}

fn denied(furthest: Entitlement) -> Answer {
    let reason = match furthest {
        Entitlement::None => Reason::NoEntitlement,
        Entitlement::WithoutEffect => Reason::NotEffective,
        Entitlement::RankTooLow => Reason::RankTooLow,
    };
    Answer::denied(reason, ClassSet::EMPTY)
}
