//! Who a person is: opaque ids, instants and profiles.
//!
//! Nothing here knows units, roles or rules; those start in `bailiwick-membership`. Pure: no I/O, no clock,
//! no randomness.

pub mod compare;
mod id;
mod instant;
mod profile;

pub use id::{CustomerId, IdFault, RealmId, UnitId, UserId, examine_id};
pub use instant::Instant;
pub use profile::{Field, FieldFault, Profile};
