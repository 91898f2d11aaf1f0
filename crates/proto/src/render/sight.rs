//! What the one who reads may see.

use bailiwick_identity::{CustomerId, UserId};
use bailiwick_membership::UnitIx;

/// What the one who reads may see of what stands beside the thing they asked for.
pub trait Sight {
    /// Whether a unit is seen.
    fn unit(&self, unit: UnitIx) -> bool;
    /// Whether a user is seen.
    fn user(&self, user: &UserId) -> bool;
    /// Whether a customer may be viewed; at a unit, where one is named.
    fn customer(&self, customer: &CustomerId, at: Option<UnitIx>) -> bool;
}
