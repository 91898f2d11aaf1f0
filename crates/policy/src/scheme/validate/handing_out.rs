//! Every role can be handed out by somebody of the realm, wherever it can be held. Operators do not count, except
//! for the highest rank and for what is named as theirs.

use bailiwick_membership::{KindIx, RoleIx};

use super::Check;
use crate::scheme::core::CORE;
use crate::scheme::{ByRequest, CapIx, Gap, HandOut, Kind, Rank, Reach, Role};

impl Check<'_> {
    pub(super) fn handing_out(&self) {
        let highest = self.live_roles().filter_map(|(_, role)| role.rank).max();
        for (ix, role) in self.live_roles() {
            for kind_ix in role.kinds.iter() {
                let Some(kind) = self.scheme.kind(kind_ix) else { continue };
                let problem = match &role.hand_out {
                    HandOut::ByRank if role.rank == highest => None,
                    HandOut::ByRank => self.ranked(role, kind_ix, kind),
                    HandOut::Roles(by) if by.is_empty() => None,
                    HandOut::Roles(by) => self.unranked(role, by, kind_ix, kind),
                };
                if let Some(problem) = problem {
                    let at = self.at_word(&["kinds", &kind.name, "roles"], self.role_name(ix));
                    self.faults.add(&at, problem);
                }
            }
        }
    }

    fn ranked(&self, role: &Role, kind_ix: KindIx, kind: &Kind) -> Option<String> {
        let rank = role.rank?;
        let (least, above) = match self.scheme.gap {
            Gap::None => (rank, "at least"),
            Gap::OneGrade => (Rank(rank.0.saturating_add(1)), "above"),
        };
        if self.somebody_assigns(kind_ix, kind, least) {
            return None;
        }
        let (role, right) = (&role.name, self.cap_name(kind.assign_right));
        Some(format!(
            "nobody could ever hand out `{role}` here: no role with a rank {above} {} has `{right}` at or above `{}`",
            rank.0, kind.name
        ))
    }

    fn unranked(&self, role: &Role, by: &[RoleIx], kind_ix: KindIx, kind: &Kind) -> Option<String> {
        let right = self.cap_name(kind.assign_right);
        if !self.somebody_assigns(kind_ix, kind, Rank(1)) {
            let problem = format!(
                "nobody could ever hand out `{}` here: no ranked role has `{right}` at or above `{}`",
                role.name, kind.name
            );
            return Some(problem);
        }
        let stands_there = |ix: &RoleIx| {
            self.scheme.role(*ix).is_some_and(|r| r.kinds.iter().any(|k| self.above(kind_ix).contains(k)))
        };
        if by.iter().any(stands_there) {
            return None;
        }
        Some(format!(
            "nobody could ever hand out `{}` here: no role that may is held at or above `{}`",
            role.name, kind.name
        ))
    }

    /// Whether a role of at least this rank can have the right to assign at a kind. Where what people hold changes
    /// by request only, the right to approve does.
    fn somebody_assigns(&self, kind_ix: KindIx, kind: &Kind, least: Rank) -> bool {
        let by_request = self.scheme.by_request(ByRequest::Holdings).then_some(CORE.request_approve);
        let rights: Vec<CapIx> = by_request.into_iter().chain([kind.assign_right]).collect();
        self.live_roles().any(|(ix, role)| {
            role.rank.is_some_and(|rank| rank >= least)
                && role.kinds.iter().filter(|&at| self.above(kind_ix).contains(at)).any(|at| {
                    rights.iter().any(|&right| {
                        let ways = self.scheme.abilities(ix, right);
                        ways.iter().any(|way| way.reach == Reach::Below && way.at.contains(at))
                    })
                })
        })
    }
}
