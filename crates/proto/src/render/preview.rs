//! What a command would change for whom.

use bailiwick_membership::{UnitIx, UserIx, World};
use bailiwick_policy::Onlooker;
use bailiwick_policy::impact::{
    Classes, Comparison, Covered, Extent, Meter, Others, Together, Turn, Unfinished, cover,
};
use bailiwick_policy::list::ResourceIx;
use bailiwick_policy::scheme::Scheme;

use super::allowed::resource_name;
use crate::v1;

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
    /// What one user gains and loses; many units and customers in few words, as far as they are seen.
    ///
    /// # Errors
    /// When there is too much to ask.
    pub fn access(
        &self,
        found: &[Together<ResourceIx>],
        onlooker: Option<&dyn Onlooker>,
        meter: &Meter<'_>,
    ) -> Result<Vec<v1::AccessChange>, Unfinished> {
        let told = found.iter().map(|together| {
            let Covered { units, placed, named } = cover(self.world, &together.what, onlooker, meter)?;
            let single = units.single.into_iter().map(ResourceIx::Unit);
            let units_of = |units: Vec<UnitIx>| self.names(units.into_iter().map(ResourceIx::Unit));
            Ok(v1::AccessChange {
                turn: turn(together.turned.turn).into(),
                capabilities: self.capabilities(&together.capabilities),
                record_classes: self.classes(together.turned.classes),
                classes_only: together.turned.extent == Extent::Classes,
                resources: self.names(single.chain(named)),
                units_with_all_below: units_of(units.whole),
                customers_of_units: units_of(placed.single),
                customers_of_units_with_all_below: units_of(placed.whole),
            })
        });
        told.collect()
    }

    /// Who gains and loses something over one resource.
    #[must_use]
    pub fn holders(&self, found: &[Together<UserIx>]) -> Vec<v1::HolderChange> {
        let told = found.iter().map(|together| v1::HolderChange {
            turn: turn(together.turned.turn).into(),
            capabilities: self.capabilities(&together.capabilities),
            record_classes: self.classes(together.turned.classes),
            classes_only: together.turned.extent == Extent::Classes,
            users: self.names(together.what.iter().copied().map(ResourceIx::User)),
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
        let told = others.examples.iter().map(|example| v1::AccessExample {
            user: self.name(ResourceIx::User(example.user)),
            turn: turn(example.turned.turn).into(),
            capability: self.comparison.capability(example.capability).to_owned(),
            resource: self.name(example.what),
            record_classes: self.classes(example.turned.classes),
            classes_only: example.turned.extent == Extent::Classes,
        });
        told.collect()
    }

    fn capabilities(&self, capabilities: &[usize]) -> Vec<String> {
        capabilities.iter().map(|&capability| self.comparison.capability(capability).to_owned()).collect()
    }

    fn names(&self, what: impl Iterator<Item = ResourceIx>) -> Vec<String> {
        what.map(|what| self.name(what)).collect()
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
