//! Kinds of unit: every one reaches a root, none stands above itself through others.

use bailiwick_membership::KindIx;

use super::Check;
use crate::scheme::document::read::listed;
use crate::scheme::{Kind, KindSet, Parents};

/// For each kind, itself and every kind that can stand above it.
pub(super) fn above(kinds: &[Kind]) -> Vec<KindSet> {
    let mut above: Vec<KindSet> = (0..).map(|ix| KindSet::EMPTY.with(KindIx(ix))).take(kinds.len()).collect();
    loop {
        let mut grown = false;
        for (place, kind) in kinds.iter().enumerate() {
            let mut set = above.get(place).copied().unwrap_or(KindSet::EMPTY);
            let before = set;
            for parent in kind.parents.kinds().iter() {
                let further = above.get(usize::from(parent.0)).copied().unwrap_or(KindSet::EMPTY);
                set = KindSet(set.0 | further.0);
            }
            if set != before {
                grown = true;
                above.get_mut(place).into_iter().for_each(|slot| *slot = set);
            }
        }
        if !grown {
            return above;
        }
    }
}

impl Check<'_> {
    pub(super) fn kinds(&self) {
        let roots: KindSet = self
            .scheme
            .kinds
            .iter()
            .zip((0..).map(KindIx))
            .filter(|(kind, _)| kind.parents == Parents::Root)
            .fold(KindSet::EMPTY, |set, (_, ix)| set.with(ix));
        if roots.is_empty() && !self.faults.within("kinds") {
            self.fault(&["kinds"], "no kind is a `root`");
        }
        for (ix, kind) in self.sound_kinds() {
            let circle = self.circle(ix);
            if circle.iter().next().is_some_and(|first| first == ix) {
                let names = listed(circle.iter().map(|kind| self.kind_name(kind)));
                let problem = format!("the kinds {names} stand above each other in a circle");
                let path = ["kinds", kind.name.as_str(), "parents"];
                self.faults.add_allowed(&self.at(&path), problem, "a kind directly below itself");
            } else if circle.is_empty() && self.above(ix).0 & roots.0 == 0 && !roots.is_empty() {
                self.fault(&["kinds", &kind.name, "parents"], "no path leads from here up to a root");
            }
            self.minimum(kind);
            self.small_things(kind);
        }
    }

    /// The kinds, this one among them, that stand above it and below it; none where only itself does.
    fn circle(&self, kind: KindIx) -> KindSet {
        let both = self.above(kind).iter().filter(|&other| self.above(other).contains(kind));
        let circle = both.fold(KindSet::EMPTY, KindSet::with);
        if circle.0.count_ones() > 1 { circle } else { KindSet::EMPTY }
    }

    fn minimum(&self, kind: &Kind) {
        let Some(minimum) = kind.minimum else { return };
        let path = |key| ["kinds", kind.name.as_str(), "minimum", key];
        let name = self.role_name(minimum.role);
        if !kind.roles.contains(&minimum.role) {
            self.fault(&path("role"), format!("`{name}` cannot be held at `{}`", kind.name));
        }
        let most = self.scheme.role(minimum.role).and_then(|role| role.max_per_unit);
        if let Some(most) = most.into_iter().chain(kind.capacity).min().filter(|&most| minimum.count > most) {
            self.fault(&path("count"), format!("at most {most} can hold `{name}` at one unit"));
        }
    }

    fn small_things(&self, kind: &Kind) {
        let parents = kind.parents.kinds();
        for above in kind.implied_at.iter().filter(|&above| !parents.contains(above)) {
            let name = self.kind_name(above);
            let at = self.at_word(&["kinds", &kind.name, "implied_at"], name);
            self.faults.add(&at, format!("`{name}` is no parent kind of `{}`", kind.name));
        }
        if kind.selectable && kind.parents == Parents::Root {
            self.fault(
                &["kinds", &kind.name, "selectable"],
                "a root stands below nothing and is never selected",
            );
        }
    }
}
