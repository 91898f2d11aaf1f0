//! A place: what a unit's newest event says of it.

use bailiwick_identity::UnitId;

use crate::ix::{KindIx, UnitIx};

/// A unit: its kind never changes, its parents may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The id, never changed, never used again.
    pub id: UnitId,
    /// The kind, from the scheme.
    pub kind: KindIx,
    /// The name that people read (`TL012`, `CYEP - Austin Peoples Action Center`).
    pub name: String,
    /// A description; may be empty.
    pub description: String,
    /// The parents, in the order given; empty for a root.
    pub parents: Vec<UnitIx>,
    /// Archived itself. A unit below an archived one is closed, not archived.
    pub archived: bool,
    /// A stand-in (`TL999`, `CW020`): no capacity, and an assignment here brings no user, customer or request
    /// capability. Derived from kind and name by the scheme.
    pub placeholder: bool,
}
