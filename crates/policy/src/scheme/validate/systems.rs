//! Systems that the roles who bring them may use and whose grants somebody can approve; reporting roles that decide
//! only what is theirs.

use bailiwick_membership::SystemIx;

use super::Check;
use crate::scheme::core::{CORE, is_core};
use crate::scheme::{Fulfilment, Rank, Resource, Role, System};

impl Check<'_> {
    pub(super) fn systems(&self) {
        let highest = self.live_roles().filter_map(|(_, role)| role.rank).max();
        for (place, system) in (0..).zip(&self.scheme.systems) {
            let ix = SystemIx(place);
            if self.scheme.missing.systems.contains(&place) || self.is_broken("systems", &system.name) {
                continue;
            }
            if let Some(minimum) = system.minimum_rank {
                if !self.faults.within("roles") && highest.is_none_or(|highest| highest < minimum) {
                    self.fault(&["systems", &system.name, "minimum_rank"], "no role has so high a rank");
                }
                for (_, role) in self.sound_roles().filter(|(_, role)| role.systems.contains(ix)) {
                    self.brought(role, ix, system, minimum);
                }
            }
            self.grants(ix, system);
        }
    }

    /// A role may use the systems that come with it.
    fn brought(&self, role: &Role, ix: SystemIx, system: &System, minimum: Rank) {
        let problem = match role.rank {
            Some(rank) if rank >= minimum => return,
            Some(rank) => {
                format!(
                    "`{}` is for rank {} and above, `{}` has {}",
                    system.name, minimum.0, role.name, rank.0
                )
            }
            None => {
                format!("`{}` is for rank {} and above, `{}` is unranked", system.name, minimum.0, role.name)
            }
        };
        let own = self
            .scheme
            .role_named(&role.name)
            .and_then(|role| self.listed.get(usize::from(role.0)))
            .is_some_and(|listed| listed.systems.contains(ix));
        let at = match own {
            true => self.at_word(&["roles", &role.name, "systems"], &system.name),
            false => self.at(&["roles", &role.name, "includes"]),
        };
        self.faults.add(&at, problem);
    }

    /// Somebody can approve and fulfil a grant.
    fn grants(&self, ix: SystemIx, system: &System) {
        let approver = |role| {
            let ways = self.scheme.abilities(role, CORE.system_approve);
            ways.iter().any(|way| way.systems.contains(ix))
        };
        let approvable = self.faults.within("roles") || self.live_roles().any(|(role, _)| approver(role));
        if system.extra_approver && !approvable {
            let problem = format!("nobody could approve: no role has `system.approve` for `{}`", system.name);
            self.fault(&["systems", &system.name, "extra_approver"], problem);
        }
        let by_hand = system.fulfilment != Fulfilment::AtOnce;
        if (system.extra_approver || by_hand) && !self.root.has("requests") {
            let key = if system.extra_approver { "extra_approver" } else { "fulfilled_by" };
            let problem = "such a grant goes by request: the scheme needs `[requests]`";
            self.fault(&["systems", &system.name, key], problem);
        }
    }

    /// Reporting roles decide the scheme's own unit capabilities, and none that is a kind's right.
    pub(super) fn reporting_roles(&self) {
        for role in &self.scheme.reporting_roles {
            for &cap in &role.decides {
                let name = self.cap_name(cap);
                let unit = self.scheme.capability(cap).is_some_and(|c| c.resource == Resource::Unit);
                let right = self
                    .scheme
                    .kinds
                    .iter()
                    .any(|kind| [kind.assign_right, kind.unit_right, kind.place_right].contains(&cap));
                let problem = if is_core(cap) {
                    format!("`{name}` is the engine's: reporting roles decide the scheme's own capabilities")
                } else if !unit && !self.is_broken("capabilities", name) {
                    format!("`{name}` is not about units: reporting roles decide only those")
                } else if right {
                    format!("`{name}` is a right of some kind of unit: no reporting role decides it")
                } else {
                    continue;
                };
                let at = self.at_word(&["reporting_roles", &role.name, "decides"], name);
                self.faults.add(&at, problem);
            }
        }
    }
}
