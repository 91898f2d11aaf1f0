//! Roles: inclusion without circles, capabilities that can count, limits that can be met.

use std::collections::BTreeSet;

use bailiwick_membership::RoleIx;

use super::Check;
use crate::scheme::core::CORE;
use crate::scheme::document::holdings::{Held, included};
use crate::scheme::document::read::listed;
use crate::scheme::{Compulsory, HandOut, KindSet, Reach, Role, Switch};

impl Check<'_> {
    pub(super) fn roles(&self) {
        self.inclusion();
        for (ix, role) in self.sound_roles() {
            let held = self.listed.get(usize::from(ix.0)).map_or(&[][..], |listed| &listed.held);
            if role.kinds.is_empty() {
                let problem = "no kind lists it under `roles`: it could be held nowhere";
                self.fault(&["roles", &role.name], problem);
            }
            self.switch(role, held);
            held.iter().for_each(|one| self.held(role, one));
            self.beside(role);
            self.hands_itself_on(ix, role);
            self.required(role);
        }
    }

    /// Tells each circle of included roles once, at the first of its roles.
    fn inclusion(&self) {
        let roles = &self.scheme.roles;
        let included: Vec<BTreeSet<RoleIx>> = (0..roles.len()).map(|place| included(roles, place)).collect();
        let includes = |a: RoleIx, b| included.get(usize::from(a.0)).is_some_and(|set| set.contains(&b));
        let mut told = BTreeSet::new();
        for (ix, role) in self.live_roles() {
            if !includes(ix, ix) || told.contains(&ix) {
                continue;
            }
            let round = |&(other, _): &(RoleIx, &Role)| includes(ix, other) && includes(other, ix);
            let circle: BTreeSet<RoleIx> = self.live_roles().filter(round).map(|(other, _)| other).collect();
            let names = listed(circle.iter().map(|&role| self.role_name(role)));
            let problem = match circle.len() {
                1 => format!("{names} includes itself"),
                _ => format!("the roles {names} include each other in a circle"),
            };
            self.fault(&["roles", &role.name, "includes"], problem);
            told.extend(circle);
        }
    }

    /// User management and `user.manage` go together.
    fn switch(&self, role: &Role, held: &[Held]) {
        let lists = |cap| held.iter().find(|one| one.cap == cap);
        let path = ["roles", role.name.as_str(), "user_management"];
        match (role.user_management, lists(CORE.user_manage)) {
            (Switch::Never, Some(_)) => {
                let problem = "a role that lists `user.manage` says how user management comes with it";
                self.faults.add_allowed(&self.at(&path), problem, "`always`, `switch`");
            }
            (Switch::Always | Switch::Switch, None) => {
                self.fault(
                    &path,
                    "only a role that lists `user.manage` itself has it; inclusion never brings it",
                );
            }
            (Switch::Never, None) | (Switch::Always | Switch::Switch, Some(_)) => {}
        }
        if let (Some(one), None) = (lists(CORE.user_identity_edit), lists(CORE.user_manage)) {
            self.faults
                .add(&one.at, "`user.identity.edit` counts only in a role that lists `user.manage` too");
        }
    }

    /// A capability that a role lists can count somewhere.
    fn held(&self, role: &Role, one: &Held) {
        let name = self.cap_name(one.cap);
        if self.scheme.decided_by_reporting(one.cap) {
            self.faults.add(&one.at, format!("`{name}` is decided by reporting roles: no role lists it"));
        }
        if one.ability.at != KindSet::ALL {
            for kind in one.ability.at.iter().filter(|&kind| !role.kinds.contains(kind)) {
                let kind = self.kind_name(kind);
                self.faults.add(&one.at, format!("`{}` is never held at `{kind}`", role.name));
            }
        }
        if let Reach::Enclosing(kind) = one.ability.reach
            && !role.kinds.iter().any(|held_at| self.above(held_at).contains(kind))
        {
            let problem =
                format!("no `{}` stands at or above where `{}` is held", self.kind_name(kind), role.name);
            self.faults.add(&one.at, problem);
        }
    }

    fn beside(&self, role: &Role) {
        let Some(beside) = role.beside else { return };
        let path = ["roles", role.name.as_str(), "beside"];
        if beside.is_empty() {
            self.fault(&path, "must name at least one kind");
        }
        for kind in beside.iter() {
            if !role.kinds.iter().any(|held_at| self.above(kind).contains(held_at)) {
                let name = self.kind_name(kind);
                let problem = format!("no `{name}` stands at or below where `{}` is held", role.name);
                self.faults.add(&self.at_word(&path, name), problem);
            }
        }
        if role.exclusive {
            self.fault(&path, "an exclusive role is never held beside another");
        }
    }

    /// An unranked role whose holders could hand it on, themselves or through the roles that they hand out.
    fn hands_itself_on(&self, ix: RoleIx, role: &Role) {
        let HandOut::Roles(by) = &role.hand_out else { return };
        let mut seen = BTreeSet::new();
        let mut waiting = by.clone();
        while let Some(next) = waiting.pop() {
            if next == ix {
                let path = ["roles", role.name.as_str(), "handed_out_by"];
                self.fault(&path, format!("`{}` could hand itself on", role.name));
                return;
            }
            if seen.insert(next)
                && let Some(HandOut::Roles(further)) = self.scheme.role(next).map(|role| &role.hand_out)
            {
                waiting.extend_from_slice(further);
            }
        }
    }

    fn required(&self, role: &Role) {
        for field in role.required_fields.intersection(&self.scheme.users.absent) {
            let at = self.at_word(&["roles", &role.name, "required_fields"], field.name());
            self.faults.add(&at, format!("`{}` is no field of this scheme", field.name()));
        }
        if role.user_type == Compulsory::Yes && self.scheme.user_types.is_empty() {
            self.fault(&["roles", &role.name, "user_type"], "the scheme has no user types");
        }
    }
}
