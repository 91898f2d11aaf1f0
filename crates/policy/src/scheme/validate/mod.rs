//! What must be true of a scheme as a whole. Every check tells what it finds and the next one goes on.
//!
//! Nothing is concluded from what could not be read: a check leaves out a kind, role or system whose own section
//! has a fault, and whether every role can be handed out is asked only when nothing else is wrong.

mod handing_out;
mod kinds;
mod people;
mod requests;
mod roles;
mod systems;

use bailiwick_membership::{KindIx, RoleIx};

use super::document::read::Section;
use super::document::{Draft, holdings::Listed};
use super::fault::{At, Faults};
use super::{CapIx, Kind, KindSet, Rank, Role, Scheme};

/// Examines a scheme whose sections have been read.
pub(super) fn examine(draft: &Draft, root: &Section<'_, '_>) {
    let check = Check {
        scheme: &draft.scheme,
        listed: &draft.listed,
        root,
        faults: root.faults(),
        above: kinds::above(&draft.scheme.kinds),
    };
    check.kinds();
    check.roles();
    check.systems();
    check.reporting_roles();
    check.people();
    check.requests();
    if check.faults.is_empty() {
        check.handing_out();
    }
}

/// A scheme under examination, with its document.
struct Check<'a> {
    scheme: &'a Scheme,
    listed: &'a [Listed],
    root: &'a Section<'a, 'a>,
    faults: &'a Faults,
    /// For each kind, itself and every kind that can stand above it.
    above: Vec<KindSet>,
}

impl Check<'_> {
    fn at(&self, path: &[&str]) -> At {
        self.root.locate(path)
    }

    fn at_word(&self, path: &[&str], word: &str) -> At {
        self.root.locate_word(path, word)
    }

    fn fault(&self, path: &[&str], problem: impl Into<String>) {
        self.faults.add(&self.at(path), problem);
    }

    /// Whether something was found wrong inside a section already.
    fn is_broken(&self, section: &str, name: &str) -> bool {
        self.faults.within(&self.at(&[section, name]).key)
    }

    /// Every kind of the document whose section could be read.
    fn sound_kinds(&self) -> impl Iterator<Item = (KindIx, &Kind)> {
        let kinds = (0..).map(KindIx).zip(&self.scheme.kinds);
        kinds.filter(|(ix, kind)| {
            !self.scheme.missing.kinds.contains(&ix.0) && !self.is_broken("kinds", &kind.name)
        })
    }

    /// Every role of the document.
    fn live_roles(&self) -> impl Iterator<Item = (RoleIx, &Role)> {
        let roles = (0..).map(RoleIx).zip(&self.scheme.roles);
        roles.filter(|(ix, _)| !self.scheme.missing.roles.contains(&ix.0))
    }

    /// Every role of the document whose section could be read.
    fn sound_roles(&self) -> impl Iterator<Item = (RoleIx, &Role)> {
        self.live_roles().filter(|(_, role)| !self.is_broken("roles", &role.name))
    }

    /// Itself and every kind that can stand above it.
    fn above(&self, kind: KindIx) -> KindSet {
        self.above.get(usize::from(kind.0)).copied().unwrap_or(KindSet::EMPTY)
    }

    fn role_name(&self, role: RoleIx) -> &str {
        self.scheme.role(role).map_or("", |role| role.name.as_str())
    }

    fn kind_name(&self, kind: KindIx) -> &str {
        self.scheme.kind(kind).map_or("", |kind| kind.name.as_str())
    }

    fn cap_name(&self, cap: CapIx) -> &str {
        self.scheme.capability(cap).map_or("", |cap| cap.name.as_str())
    }

    /// Whether a role of at least this rank has a capability anywhere.
    fn somebody_has(&self, cap: CapIx, least: Rank) -> bool {
        self.live_roles().any(|(ix, role)| {
            role.rank.is_some_and(|rank| rank >= least) && !self.scheme.abilities(ix, cap).is_empty()
        })
    }
}
