//! Every role can be handed out by somebody of the realm, wherever it can be held. Operators do not count, except
//! for the highest rank and for what is named as theirs.

use bailiwick_membership::{KindIx, RoleIx};

use super::Check;
use crate::scheme::core::CORE;
use crate::scheme::{ByRequest, CapIx, Gap, HandOut, Kind, Rank, Reach, Role};

impl Check<'_> {
    pub(super) fn handing_out(&self) {
        let highest = self.live_roles().filter_map(|(_, role)| role.rank).max();
        for (kind_ix, kind) in (0..).map(KindIx).zip(&self.scheme.kinds) {
            let assigner = self.highest_assigner(kind_ix, kind);
            for (role, name) in
                kind.roles.iter().filter_map(|&ix| self.scheme.role(ix).zip(Some(self.role_name(ix))))
            {
                let problem = match &role.hand_out {
                    HandOut::ByRank if role.rank == highest => None,
                    HandOut::ByRank => self.ranked(role, kind, assigner),
                    HandOut::Roles(by) if by.is_empty() => None,
                    HandOut::Roles(by) => self.unranked(role, by, kind_ix, kind, assigner),
                };
                if let Some(problem) = problem {
                    self.faults.add(&self.at_word(&["kinds", &kind.name, "roles"], name), problem);
                }
            }
        }
    }

    fn ranked(&self, role: &Role, kind: &Kind, assigner: Option<Rank>) -> Option<String> {
        let rank = role.rank?;
        let (enough, above) = match self.scheme.gap {
            Gap::None => (assigner >= Some(rank), "at least"),
            Gap::OneGrade => (assigner > Some(rank), "above"),
        };
        if enough {
            return None;
        }
        let (role, right) = (&role.name, self.cap_name(kind.assign_right));
        Some(format!(
            "nobody could ever hand out `{role}` here: no role with a rank {above} {} has `{right}` at or above `{}`",
            rank.0, kind.name
        ))
    }

    fn unranked(
        &self,
        role: &Role,
        by: &[RoleIx],
        kind_ix: KindIx,
        kind: &Kind,
        assigner: Option<Rank>,
    ) -> Option<String> {
        let name = &role.name;
        if assigner.is_none() {
            let right = self.cap_name(kind.assign_right);
            let problem = format!("no ranked role has `{right}` at or above `{}`", kind.name);
            return Some(format!("nobody could ever hand out `{name}` here: {problem}"));
        }
        let stands_there = |ix: &RoleIx| {
            self.scheme.role(*ix).is_some_and(|r| r.kinds.iter().any(|k| self.above(kind_ix).contains(k)))
        };
        if by.iter().any(stands_there) {
            return None;
        }
        let problem = format!("no role that may is held at or above `{}`", kind.name);
        Some(format!("nobody could ever hand out `{name}` here: {problem}"))
    }

    /// The highest rank that can have the right to assign at a kind. Where what people hold changes by request
    /// only, the right to approve does.
    fn highest_assigner(&self, kind_ix: KindIx, kind: &Kind) -> Option<Rank> {
        let by_request = self.scheme.by_request(ByRequest::Holdings).then_some(CORE.request_approve);
        let rights: Vec<CapIx> = by_request.into_iter().chain([kind.assign_right]).collect();
        let assigns = |&(ix, role): &(RoleIx, &Role)| {
            role.kinds.iter().filter(|&at| self.above(kind_ix).contains(at)).any(|at| {
                let ways = rights.iter().flat_map(|&right| self.scheme.abilities(ix, right));
                ways.into_iter().any(|way| way.reach == Reach::Below && way.at.contains(at))
            })
        };
        self.live_roles().filter(assigns).filter_map(|(_, role)| role.rank).max()
    }
}
