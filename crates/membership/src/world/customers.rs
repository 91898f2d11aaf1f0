//! All customers of a world: a word for each placement, and who is placed at a unit.

use super::at_units::AtUnits;
use super::csr::Csr;
use super::interner::{Interner, MAX_IDS};
use super::radix::Radix;
use super::word;
use crate::customer::Placement;
use crate::ix::{CustomerIx, UnitIx};

/// The customer that no customer is: what one becomes for whom there is no room.
const NOBODY: CustomerIx = CustomerIx(MAX_IDS);

/// Customers by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Customers {
    ids: Interner,
    placements: Radix<Csr>,
    /// INVARIANT (other side): says of customers what `placements` says, read from the units.
    placed: AtUnits<CustomerIx>,
}

impl Customers {
    pub(super) fn len(&self) -> u32 {
        self.ids.len()
    }

    pub(super) fn find(&self, id: &str) -> Option<CustomerIx> {
        self.ids.find(id).map(CustomerIx)
    }

    pub(super) fn id(&self, customer: CustomerIx) -> Option<&str> {
        self.ids.text(customer.0)
    }

    pub(super) fn placements(&self, customer: CustomerIx) -> impl Iterator<Item = Placement> + '_ {
        let words = self.placements.leaf(customer.0).map_or(&[][..], |(lists, row)| lists.row(row));
        words.iter().map(|&word| word::read_placement(word))
    }

    pub(super) fn placed(
        &self,
        unit: UnitIx,
        after: Option<CustomerIx>,
    ) -> impl Iterator<Item = CustomerIx> + '_ {
        self.placed.after(unit, after)
    }

    /// Creates a customer or replaces the placements of the one of this id.
    pub(super) fn put(&mut self, id: &str, placements: &[Placement]) -> CustomerIx {
        let Some(customer) = self.ids.intern(id).map(CustomerIx) else { return NOBODY };
        let before: Vec<UnitIx> = self.placements(customer).map(|placement| placement.unit).collect();
        if let Some((lists, row)) = self.placements.leaf_mut(customer.0) {
            lists.replace(row, placements.iter().map(|&placement| word::placement(placement)));
        }
        // INVARIANT (other side): follows every change of a list.
        let after: Vec<UnitIx> = self.placements(customer).map(|placement| placement.unit).collect();
        self.placed.replace(customer, &before, &after);
        customer
    }
}
