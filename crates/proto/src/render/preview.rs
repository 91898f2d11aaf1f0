//! What a command would change for whom.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_membership::{UnitIx, UserIx, World};
use bailiwick_policy::impact::{Classes, Comparison, Extent, Others, Turn, Turned, cover};
use bailiwick_policy::list::ResourceIx;
use bailiwick_policy::scheme::Scheme;

use super::allowed::resource_name;
use crate::v1;

/// What turns in the same way: whether it is gained, how much of it, and which record classes.
type Way = (Turn, Extent, Classes);

/// What is compared, and where what it names is found.
pub struct Compared<'c> {
    /// What is compared.
    pub comparison: &'c Comparison<'c>,
    /// The world after the command.
    pub world: &'c World,
    /// The rules after it.
    pub scheme: &'c Scheme,
}

impl Compared<'_> {
    /// What one user gains and loses; of units, those that are seen are told together with what lies below them.
    #[must_use]
    pub fn access(
        &self,
        turned: &[Turned<ResourceIx>],
        is_seen: impl Fn(UnitIx) -> bool,
    ) -> Vec<v1::AccessChange> {
        let told = self.together(turned).into_iter().map(|((turn, extent, classes), capabilities, what)| {
            let (mut units, mut others) = (BTreeSet::new(), Vec::new());
            for what in what {
                match what {
                    ResourceIx::Unit(unit) => drop(units.insert(unit)),
                    ResourceIx::Customer(_) | ResourceIx::User(_) | ResourceIx::System(_) => {
                        others.push(what)
                    }
                }
            }
            let units = cover(self.world, &units, &is_seen);
            let single = units.single.into_iter().map(ResourceIx::Unit);
            let whole = units.whole.into_iter().map(ResourceIx::Unit);
            v1::AccessChange {
                turn: self::turn(turn).into(),
                capabilities,
                record_classes: self.classes(classes),
                classes_only: extent == Extent::Classes,
                resources: single.chain(others).map(|what| self.name(what)).collect(),
                units_with_all_below: whole.map(|what| self.name(what)).collect(),
            }
        });
        told.collect()
    }

    /// Who gains and loses something over one resource.
    #[must_use]
    pub fn holders(&self, turned: &[Turned<UserIx>]) -> Vec<v1::HolderChange> {
        let told = self.together(turned).into_iter().map(|((turn, extent, classes), capabilities, users)| {
            v1::HolderChange {
                turn: self::turn(turn).into(),
                capabilities,
                record_classes: self.classes(classes),
                classes_only: extent == Extent::Classes,
                users: users.into_iter().map(|user| self.name(ResourceIx::User(user))).collect(),
            }
        });
        told.collect()
    }

    /// How many others gain and lose something.
    #[must_use]
    pub fn others(&self, others: &Others) -> Vec<v1::CapabilityChange> {
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let told = others.counts.iter().map(|count| v1::CapabilityChange {
            capability: self.comparison.capability(count.capability).to_owned(),
            users_gaining: small(count.gaining),
            users_losing: small(count.losing),
        });
        told.collect()
    }

    /// Some of these others.
    #[must_use]
    pub fn examples(&self, others: &Others) -> Vec<v1::AccessExample> {
        let told = others.examples.iter().map(|example| {
            let Turned { turn, capability, extent, classes, what } = example.turned;
            v1::AccessExample {
                user: self.name(ResourceIx::User(example.user)),
                turn: self::turn(turn).into(),
                capability: self.comparison.capability(capability).to_owned(),
                resource: self.name(what),
                record_classes: self.classes(classes),
                classes_only: extent == Extent::Classes,
            }
        });
        told.collect()
    }

    /// What turns in the same way over the same things, said once for all capabilities: what is gained first, then by the
    /// first capability.
    fn together<T: Copy + Ord>(&self, turned: &[Turned<T>]) -> Vec<(Way, Vec<String>, Vec<T>)> {
        let mut by_capability: BTreeMap<(Way, usize), Vec<T>> = BTreeMap::new();
        for turned in turned {
            let way = (turned.turn, turned.extent, turned.classes);
            by_capability.entry((way, turned.capability)).or_default().push(turned.what);
        }
        let mut alike: BTreeMap<(Way, Vec<T>), Vec<usize>> = BTreeMap::new();
        for ((way, capability), what) in by_capability {
            alike.entry((way, what)).or_default().push(capability);
        }
        let mut told: Vec<_> = alike.into_iter().collect();
        told.sort_by_cached_key(|(((turn, extent, _), _), capabilities)| {
            (*turn, capabilities.clone(), *extent)
        });
        let named = |capability: &usize| self.comparison.capability(*capability).to_owned();
        told.into_iter()
            .map(|((way, what), capabilities)| (way, capabilities.iter().map(named).collect(), what))
            .collect()
    }

    fn name(&self, what: ResourceIx) -> String {
        resource_name(what, self.world, self.scheme)
    }

    fn classes(&self, classes: Classes) -> Vec<String> {
        self.comparison.classes(classes).map(str::to_owned).collect()
    }
}

fn turn(turn: Turn) -> v1::AccessTurn {
    match turn {
        Turn::Gained => v1::AccessTurn::Gained,
        Turn::Lost => v1::AccessTurn::Lost,
    }
}
